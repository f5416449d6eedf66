"""Assumed images: shape, size and smoothness, masks, and that a seed fixes them."""

from __future__ import annotations

import numpy as np
import pytest

from lumpform.networks import assumed_maps
from lumpform.networks.assumed_maps import fields


@pytest.mark.parametrize("shape", [(7,), (6, 9), (3, 4, 5), (1, 1)])
def test_shapes_and_seeds(shape):
    found, again = (fields(np.random.default_rng(1), 5, 2, shape) for _ in range(2))
    assert found.shape == (5, 2, *shape)
    assert np.array_equal(found, again)
    assert np.isfinite(found).all()


def test_without_masks_the_mean_square_is_one(monkeypatch):
    monkeypatch.setattr(assumed_maps, "MASKED", 0.0)
    found = fields(np.random.default_rng(2), 400, 1, (8, 8))
    assert (found != 0).all()
    assert (found**2).mean() == pytest.approx(1.0, abs=0.15)


def test_rough_fields_are_white_and_smooth_ones_are_not(monkeypatch):
    monkeypatch.setattr(assumed_maps, "MASKED", 0.0)

    def alike(exponent):
        monkeypatch.setattr(assumed_maps, "ROUGHNESS", (exponent, exponent))
        found = fields(np.random.default_rng(3), 200, 1, (12, 12))
        return np.corrcoef(found[..., 1:].ravel(), found[..., :-1].ravel())[0, 1]

    assert abs(alike(0.0)) < 0.05
    assert alike(2.0) > 0.8


def test_masks_take_some_samples_and_all_nodes_alike(monkeypatch):
    monkeypatch.setattr(assumed_maps, "MASKED", 1.0)
    zero = fields(np.random.default_rng(4), 200, 3, (8, 8)) == 0
    assert np.array_equal(zero[:, 0], zero[:, 2])
    assert 0.3 < zero.mean() < 0.7
