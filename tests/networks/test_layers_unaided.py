"""The fast path alone: it falls back to the definition only for collisions, so elsewhere it must do without."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from network_cases import networks

import lumpform as lf
from lumpform import strategies as ls
from lumpform.graph import IDENTITY
from lumpform.lumping import layered
from lumpform.lumping.feedforward import Scaled, arrows_in_order, keep_apart, lump_by_reference
from lumpform.lumping.layered import Claim, Layer, lump_layers
from lumpform.networks.functions import SIGMOID


def refuse(*arguments):
    raise AssertionError("the definition was needed")


@pytest.fixture
def unaided(monkeypatch):
    """Without the way back to the definition."""
    monkeypatch.setattr(layered, "lump_group", refuse)


def agrees(network):
    fast, primes = lump_layers(network.graph)
    plain = lump_by_reference(network.graph)
    assert lf.Partition(fast.class_of) == lf.Partition(plain.class_of)
    assert fast.scales == plain.scales
    merged = len(fast.class_of) - len(fast.representatives)
    assert merged or not primes


@given(network=networks())
def test_any_network(network):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layered, "lump_group", refuse)
        agrees(network)


@pytest.mark.parametrize("structure", ["dense", "residual", "convolutional"])
@given(data=st.data())
def test_planted_networks(structure, data):
    found = data.draw(ls.lumpable_networks(structure=structure))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layered, "lump_group", refuse)
        agrees(found.network)


@pytest.mark.parametrize("function", [IDENTITY, SIGMOID])
@pytest.mark.usefixtures("unaided")
def test_ratios_and_constants(function):
    """Linear nodes merge with any ratio but zero, others with ratio one; what is constant joins the unit node."""
    first = [[1, -2, 1, 0, 3], [2, -4, 2, 0, 5]]
    agrees(lf.Network.from_layers([(first, [1, -2, 1, 4, 0], function), ([[1], [1], [1], [1], [1]], None)]))
    agrees(lf.Network.from_layers([(first, [1, -1, 1, 4, 0], function), ([[1], [1], [1], [1], [1]], None)]))


@pytest.mark.usefixtures("unaided")
def test_scales_with_denominators_in_the_next_layer():
    first = [[1, "1/3", "2/7", 5, "1/2"], [1, "1/3", "2/7", -5, "1/2"]]
    second = [[3, 1, 6], [3, 1, 0], [7, 9, 0], [1, 1, 2], [4, 0, 4]]
    agrees(lf.Network.from_layers([(first, None), (second, ["1/5", "1/5", "2/5"]), ([[1], [2], [3]], None)]))


def last_layer(network):
    """The layer object of the last hidden group, classified."""
    state = Scaled.start(network.graph)
    found = None
    for group, arrows in arrows_in_order(network.graph):
        if group.pinned:
            keep_apart(network.graph, group, state)
            continue
        found = Layer(network.graph, group, arrows, state, 0)
        assert found.classify()
    assert found is not None
    return found


def test_false_claims_are_not_proved():
    network = lf.Network.from_layers([([[1, 2, 3, 0], [1, 2, 4, 0]], [1, 2, 3, 5]), ([[1]] * 4, None)])
    layer = last_layer(network)
    assert layer.claims == [Claim(3, -1, Fraction(5)), Claim(1, 0, Fraction(2))]
    assert layer.prove() == 1
    for false in (
        Claim(1, 0, Fraction(3)),
        Claim(2, 0, Fraction(3)),
        Claim(0, 1, Fraction(2)),
        Claim(0, -1, Fraction(1)),
        Claim(1, 2, Fraction(1, 2)),
    ):
        layer.claims = [false]
        assert layer.prove() == -1
        layer.claims = [Claim(1, 0, Fraction(2)), false, Claim(1, 0, Fraction(2))]
        assert layer.prove() == -1
    layer.claims = []
    assert layer.prove() == 0


def test_claims_are_proved_in_blocks(monkeypatch):
    monkeypatch.setattr(layered, "BLOCK", 2)
    network = lf.Network.from_layers([([[1, 2, 3, 4, 5, 6, 7]], None), ([[1]] * 7, None)])
    layer = last_layer(network)
    assert len(layer.claims) == 6
    assert layer.prove() == 1
    layer.claims[5] = replace(layer.claims[5], scale=Fraction(8))
    assert layer.prove() == -1


def test_large_numbers_need_more_primes():
    big = 10**30
    network = lf.Network.from_layers([([[big, 2 * big, 1]], [1, 2, big]), ([[1]] * 3, None)])
    layer = last_layer(network)
    assert layer.prove() > 1
    assert layer.bound() > 2 * 3 * big
    layer.claims = [Claim(1, 0, Fraction(2 * big + 1, big))]
    assert layer.prove() == -1
