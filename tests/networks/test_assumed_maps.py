"""Assumed pictures: shape, range and smoothness, dark backgrounds, and that a seed fixes them."""

from __future__ import annotations

import numpy as np
import pytest

from lumpform.networks import assumed_maps
from lumpform.networks.assumed_maps import lights, pictures, shapes, smooth, things


@pytest.mark.parametrize("shape", [(7,), (6, 9), (3, 4, 5), (1, 1)])
@pytest.mark.parametrize("draw", [pictures, shapes, things, lights, smooth])
def test_shapes_and_seeds(draw, shape):
    found, again = (draw(np.random.default_rng(1), 5, 2, shape) for _ in range(2))
    assert found.shape == (5, 2, *shape)
    assert np.array_equal(found, again)
    assert np.isfinite(found).all()


def test_the_mean_square_of_a_field_is_one():
    found = smooth(np.random.default_rng(2), 400, 1, (8, 8))
    assert (found**2).mean() == pytest.approx(1.0, abs=0.15)


def test_rough_fields_are_white_and_smooth_ones_are_not(monkeypatch):
    def alike(exponent):
        monkeypatch.setattr(assumed_maps, "ROUGHNESS", (exponent, exponent))
        found = smooth(np.random.default_rng(3), 60, 1, (12, 12))
        return np.corrcoef(found[..., 1:].ravel(), found[..., :-1].ravel())[0, 1]

    assert abs(alike(0.0)) < 0.1
    assert alike(2.0) > 0.8


def test_nothing_is_below_zero_and_backgrounds_are_zero():
    found = pictures(np.random.default_rng(4), 90, 3, (8, 8))
    assert (found >= 0).all()
    assert 0.2 < (found == 0).mean() < 0.8


def test_things_are_in_the_middle_and_inside_all_channels_alike():
    found = things(np.random.default_rng(5), 60, 2, (9, 9)) > 0
    assert np.array_equal(found[:, 0], found[:, 1])
    assert found[:, :, 4, 4].all()
    assert found[:, :, 0, 0].mean() < 0.3


def test_shapes_have_sharp_edges_and_fields_have_none():
    """Most neighbours in shapes are nearly alike, and a few are far apart: the kurtosis of differences is large."""

    def tails(found):
        steps = np.diff(found, axis=-1)
        return (steps**4).mean() / (steps**2).mean() ** 2

    rng = np.random.default_rng(6)
    assert tails(shapes(rng, 40, 1, (16, 16))) > 2 * tails(smooth(rng, 40, 1, (16, 16)))
