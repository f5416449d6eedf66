"""The read form and the canonical form of networks: they compute the same, and many ways to write a network are one."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import numpy as np
import pytest
from checker_values import outputs_of
from hypothesis import given
from hypothesis import strategies as st
from part_cases import ONE, matrix
from random_networks import random_network, rewritten

from lumpform.checker.networks.budget import Budget, TooMuch
from lumpform.checker.networks.canonical import canonical, read_form
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.graph import Group, Matrix, Network, Port

SEEDS = st.integers(0, 2**32)
FORMS = [canonical, read_form]


def contents(network: Network):
    """All that a network is."""
    arrows = {key: dict(((u, v), w) for u, v, w in m.entries()) for key, m in network.arrows.items()}
    return network.groups, network.inputs, network.outputs, arrows


def inputs_for(network: Network, seed: int) -> list[np.ndarray]:
    rng = Random(seed)
    sizes = [network.groups[p.group].entries for p in network.inputs]
    return [np.array([Fraction(rng.randint(-9, 9), rng.randint(1, 4)) for _ in range(n)], dtype=object) for n in sizes]


def values(network: Network, inputs: list[np.ndarray]) -> list[list[Fraction]]:
    return [list(out) for out in outputs_of(network, inputs, exact=True)]


@pytest.mark.parametrize("form", FORMS)
@given(seed=SEEDS)
def test_a_form_computes_the_same_and_is_one_already(form, seed):
    network = random_network(seed)
    inputs = inputs_for(network, seed)
    made = form(network)
    assert values(made, inputs) == values(network, inputs)
    again = form(made)
    assert contents(again) == contents(made)
    assert digest(again) == digest(made)


@given(seed=SEEDS, how=SEEDS)
def test_other_ways_to_write_a_network_have_one_canonical_form(seed, how):
    network = canonical(random_network(seed))
    other = rewritten(network, how)
    assert values(other, inputs_for(network, seed)) == values(network, inputs_for(network, seed))
    assert contents(canonical(other)) == contents(network)
    assert digest(canonical(other)) == digest(network)


@given(seed=SEEDS)
def test_what_is_left_is_what_the_rules_leave(seed):
    """No arrow without entries, nothing that no output reads, groups in the order of their depth."""
    network = canonical(random_network(seed))
    assert all(m.rows for m in network.arrows.values())
    read = {source for source, _, _ in network.arrows}
    assert all(group.pinned or g in read for g, group in enumerate(network.groups))
    depth = [0] * len(network.groups)
    for source, _, target in sorted(network.arrows, key=lambda key: key[2]):
        assert source < target
        depth[target] = max(depth[target], depth[source] + 1)
    rest = [max(1, d) for d in depth[1 + len(network.inputs) :]]
    assert rest == sorted(rest)
    assert [p.group for p in network.inputs] == list(range(1, len(network.inputs) + 1))


def chain(*groups: Group, arrows: dict, outputs: tuple[int, ...]) -> Network:
    """The unit node and these groups, of which the first is the input."""
    return Network([ONE, *groups], arrows, [Port(1)], [Port(g) for g in outputs])


TWO = matrix((0, 0, 1), (1, 1, 1))
INPUT, OUTPUT, RELU = Group(2, pinned=True), Group(2, pinned=True), ("relu",)


def test_copies_and_sums_are_left_out_and_outputs_take_functions():
    hidden = [Group(2), Group(2, RELU), Group(2)]
    arrows = {(1, None, 2): matrix((0, 0, 2), (1, 0, 1), (1, 1, 1)), (0, None, 3): matrix((0, 1, 5))}
    arrows |= {(2, None, 3): TWO, (3, None, 4): TWO, (4, None, 5): TWO}
    made = canonical(chain(INPUT, *hidden, OUTPUT, arrows=arrows, outputs=(5,)))
    assert made.groups == [ONE, INPUT, Group(2, RELU, pinned=True)]
    assert contents(made)[3] == {
        (0, None, 2): {(0, 1): (5, 1)},
        (1, None, 2): {(0, 0): (2, 1), (1, 0): (1, 1), (1, 1): (1, 1)},
    }


def test_a_bias_is_not_copied():
    """What is a constant of the value 1 is not the unit node."""
    arrows = {(0, None, 2): matrix((0, 0, 1)), (1, None, 3): TWO, (2, None, 3): matrix((0, 1, 1), (1, 1, 3))}
    network = chain(INPUT, Group(2), OUTPUT, arrows=arrows, outputs=(3,))
    assert len(canonical(network).groups) == 4


@pytest.mark.parametrize(("weight", "left"), [((1, 1), 3), ((2, 1), 4)])
def test_sums_in_the_canonical_form_have_weights_of_one(weight, left):
    """In the read form any factor is handed on; the canonical form rounds factors and weights apart."""
    arrows = {(1, None, 2): matrix((0, 0, 3), (1, 0, 1)), (2, None, 3): Matrix.of([(0, 0, weight)])}
    network = chain(INPUT, Group(1), Group(1, pinned=True), arrows=arrows, outputs=(3,))
    assert len(canonical(network).groups) == left
    assert len(read_form(network).groups) == 3


def test_solid_arrows_keep_layers():
    """A product with a matrix that only copies is a layer of the file all the same."""
    arrows = {(1, None, 2): TWO, (2, None, 3): TWO}
    network = chain(INPUT, Group(2), OUTPUT, arrows=arrows, outputs=(3,))
    assert len(read_form(network).groups) == 3
    network.solid = {(1, None, 2), (2, None, 3)}
    kept = read_form(network)
    assert (len(kept.groups), kept.solid) == (4, {(1, None, 2), (2, None, 3)})
    assert len(canonical(network).groups) == 3
    network.solid = {(2, None, 3)}
    handed_on = read_form(network)
    assert (len(handed_on.groups), handed_on.solid) == (3, {(1, None, 2)})


def test_a_number_that_is_made_a_map_is_not_handed_on_to_a_maximum():
    """Nothing else tells of how many positions the maximum is taken."""
    pool = Group(1, ("max_pool", (2,), (1,), (0,), (0,)), shape=(2,))
    arrows = {(1, None, 2): matrix((0, 0, 1)), (2, None, 3): matrix((0, 0, 1)), (3, None, 4): matrix((0, 0, 1))}
    groups = [Group(1, pinned=True), Group(1, shape=(3,)), pool, Group(1, pinned=True, shape=(2,))]
    assert len(canonical(chain(*groups, arrows=arrows, outputs=(4,))).groups) == 4
    groups[1] = Group(1, shape=(3,))
    arrows = {(1, None, 2): matrix((0, 0, 1)), (2, ("mean",), 3): matrix((0, 0, 1))}
    network = chain(*groups[:2], Group(1, pinned=True), arrows=arrows, outputs=(3,))
    assert len(canonical(network).groups) == 4  # the mean of a map is no number's


def test_operators_have_one_form():
    """A map of one position is a number; a shift that takes all or one position is nothing or a pixel."""
    maps, one = Group(1, pinned=True, shape=(2, 3)), Group(1, shape=(1, 1))
    for operator, made in (
        (("shift", (0, 0), (1, 1), (2, 3)), None),
        (("shift", (0, 0), (2, 5), (1, 3)), ("shift", (0, 0), (1, 5), (1, 3))),
        (("shift", (1, 2), (4, 4), (1, 1)), ("pixel", (1, 2))),
        (("average", (2, 3), (1, 1), (0, 0), (0, 0), 1), ("mean",)),
    ):
        sides = operator[-1] if operator[0] == "shift" else (1, 1)
        target = Group(1, pinned=True, shape=sides)
        network = chain(maps, target, arrows={(1, operator, 2): matrix((0, 0, 1))}, outputs=(2,))
        assert list(canonical(network).arrows) == [(1, made, 2)]
    arrows = {(1, ("mean",), 2): matrix((0, 0, 1)), (2, ("shift", (-2, 0), (1, 1), (3, 1)), 3): matrix((0, 0, 1))}
    network = chain(maps, one, Group(1, pinned=True, shape=(3, 1)), arrows=arrows, outputs=(3,))
    assert list(canonical(network).arrows) == [(1, ("mean",), 2), (2, ("put", (2, 0), (3, 1)), 3)]
    assert canonical(network).groups[2].shape == ()


def test_sums_that_cancel_leave_nothing():
    """A group whose only reader reads it no longer goes, and all that only it read."""
    arrows = {(1, None, 2): matrix((0, 0, 1)), (2, None, 3): matrix((0, 0, 1)), (2, None, 4): matrix((0, 0, -1))}
    arrows |= {(3, None, 4): matrix((0, 0, 1)), (1, None, 4): matrix((1, 0, 1))}
    network = chain(INPUT, Group(1, RELU), Group(1), Group(1, pinned=True), arrows=arrows, outputs=(4,))
    assert [g.size for g in canonical(network).groups] == [1, 2, 1]
    assert contents(canonical(network))[3] == {(1, None, 2): {(1, 0): (1, 1)}}


def test_long_chains_take_little_time_and_endless_ones_are_refused():
    size = 3000
    groups = [Group(1, pinned=True), *(Group(1) for _ in range(size)), Group(1, pinned=True)]
    arrows = {(g, None, g + 1): matrix((0, 0, 1)) for g in range(1, size + 2)}
    network = chain(*groups, arrows=arrows, outputs=(size + 2,))
    assert len(canonical(network).groups) == 3
    with pytest.raises(TooMuch):
        canonical(network, Budget(-(1 << 22)))
