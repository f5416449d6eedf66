"""The search by parts of a box: stages, the largest difference, trees for certificates."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from differential_cases import exact_gaps, nearby_pairs, points
from hypothesis import given, settings
from sizes import examples

import lumpform as lf
from lumpform.equivalence import largest_difference
from lumpform.equivalence.budget import Budget, OutOfBudget
from lumpform.equivalence.differential.match import matches
from lumpform.equivalence.differential.pair import layers_of, paired
from lumpform.equivalence.differential.splitting import Splitting, float_box
from lumpform.equivalence.differential.tree import split_tree
from lumpform.equivalence.differential.zonotope import leaves_on


def deep(seed=0, widths=(3, 8, 8, 2)):
    rng = np.random.default_rng(seed)
    return [(rng.normal(size=(a, b)) / np.sqrt(a), rng.normal(size=b) / 4) for a, b in pairwise(widths)]


def perturbed(layers, amount, seed=1):
    rng = np.random.default_rng(seed)
    return [(w * (1 + amount * rng.normal(size=w.shape)), b) for w, b in layers]


@pytest.mark.medium
@settings(max_examples=examples(20))
@given(case=nearby_pairs(max_width=3))
def test_bounds_hold_wherever_splitting_is_stopped(case):
    first, second, box = case
    sides = layers_of(first, second)
    low, high = float_box(box)
    layers = paired(*sides, matches(*sides, low, high))
    seen = max(abs(g) for x in points(box, 8) for g in exact_gaps(first, second, x))
    before = np.inf
    for most in (1, 9, 60):
        search = Splitting(layers, low, high, np.zeros(len(layers[-1].bias)), lambda x: False, Budget(60))
        search.run(lambda excess, search=search, most=most: search.parts >= most)
        assert seen <= Fraction(search.bound) if np.isfinite(search.bound) else True
        assert search.bound <= before
        before = search.bound


def test_what_is_not_finished_stays_open():
    layers = deep()
    first, second = (lf.Network.from_layers(m) for m in (layers, perturbed(layers, 0.1)))
    sides = layers_of(first, second)
    low, high = np.full(3, -1.0), np.full(3, 1.0)
    search = Splitting(paired(*sides, matches(*sides, low, high)), low, high, np.zeros(2), lambda x: False, Budget(60))
    search.run(lambda excess: search.parts >= 5)
    bound, parts = search.bound, len(search.open)
    search.budget = Budget(0)
    with pytest.raises(OutOfBudget):
        search.run()
    assert (search.bound, len(search.open)) == (bound, parts)


@pytest.mark.medium
def test_the_stage_proves_and_refutes():
    """Within what is proved: EQUIVALENT; below what was found: DIFFERENT."""
    layers = deep()
    first, second = (lf.Network.from_layers(m) for m in (layers, perturbed(layers, 0.001)))
    found = largest_difference(first, second, (-1, 1), ratio=1.5, timeout=20)
    assert 0 < found.found <= found.bound
    above = lf.equivalent(first, second, box=(-1, 1), epsilon=2 * found.bound, stages=("differential",))
    assert above.answer == "EQUIVALENT", above.reason
    assert above.bound <= 2 * found.bound
    assert "differential bounds" in above.reason
    below = lf.equivalent(first, second, box=(-1, 1), epsilon=found.found / 4, stages=("differential",))
    assert below.answer == "DIFFERENT"
    for options in ({}, {"box": (-1, 1)}, {"box": (-1, 1), "argmax": True}):
        assert lf.equivalent(first, second, stages=("differential",), **options).answer == "UNKNOWN"


def test_a_difference_planted_in_one_path_is_found():
    layers = deep(widths=(3, 8, 8, 8, 2))
    changed = [(w.copy(), b) for w, b in layers]
    changed[2][0][3, 4] += 0.5
    first, second = (lf.Network.from_layers(m) for m in (layers, changed))
    verdict = lf.equivalent(first, second, box=(-1, 1), epsilon="0.01", stages=("differential",))
    assert verdict.answer == "DIFFERENT"
    assert verdict.witness.difference > Fraction(1, 100)


def test_neurons_in_another_order_and_missing_ones_are_matched():
    layers = deep(widths=(3, 8, 2))
    (w, b), (v, c) = layers
    order = np.array([5, 2, 7, 0, 1, 3, 4])
    v = v.copy()
    v[6] = 1e-4
    first = lf.Network.from_layers([(w, b), (v, c)])
    second = lf.Network.from_layers([(w[:, order], b[order]), (v[order], c)])
    found = split_tree(first, second, (-1, 1), Fraction(1, 1000), Budget(60))
    assert found is not None
    assert found.correspondence == (tuple(order.tolist()),)
    verdict = lf.equivalent(first, second, box=(-1, 1), epsilon="0.001", stages=("differential",))
    assert verdict.answer == "EQUIVALENT"


@pytest.mark.medium
@settings(max_examples=examples(30))
@given(case=nearby_pairs())
def test_leaves_are_not_below_what_is_found(case):
    """Zonotopes are rounded outward: no exact difference is above them."""
    first, second, box = case
    sides = layers_of(first, second)
    low, high = float_box(box)
    layers = paired(*sides, matches(*sides, low, high))
    with np.errstate(all="ignore"):
        bound = float(leaves_on(layers, low[None], high[None]).bounds[0])
    seen = max(abs(g) for x in points(box, 8) for g in exact_gaps(first, second, x))
    assert not np.isfinite(bound) or seen <= Fraction(bound)


def test_a_tree_has_one_split_less_than_leaves():
    layers = deep()
    first, second = (lf.Network.from_layers(m) for m in (layers, perturbed(layers, 0.01)))
    found = split_tree(first, second, (-1, 1), Fraction(1, 10), Budget(60))
    assert found is not None
    words = found.tokens.split()
    assert words.count(".") == found.leaves
    assert len(words) == 2 * found.leaves - 1
    same = split_tree(first, first, (-1, 1), Fraction(1, 10), Budget(60))
    assert same is not None
    assert same.tokens == "."
    assert same.correspondence == (None, None)
