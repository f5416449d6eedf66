"""Climbing from cell to cell: points stay in the box and get better, a vertex is the best point of its cell."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import examples

import lumpform as lf
from lumpform.equivalence import largest_difference
from lumpform.equivalence.best import Best
from lumpform.equivalence.budget import Budget
from lumpform.equivalence.cells import Cells, _cell
from lumpform.equivalence.falsify import Falsifier, starts
from lumpform.equivalence.verdict import Question
from lumpform.graph.graph import IDENTITY
from lumpform.networks.functions import RELU, SIGMOID, leaky_relu

FUNCTIONS = (RELU, RELU, leaky_relu(Fraction(1, 4)), leaky_relu(Fraction(-1, 2)))


def near_pair(seed, widths=(3, 8, 8, 2), amount=0.01):
    """Return two networks that nearly agree."""
    rng = np.random.default_rng(seed)
    functions = [FUNCTIONS[seed % len(FUNCTIONS)]] * (len(widths) - 2) + [IDENTITY]
    first, second = [], []
    for function, (a, b) in zip(functions, pairwise(widths), strict=True):
        w, c = rng.normal(size=(a, b)), rng.normal(size=b)
        first.append((w, c, function))
        second.append((w * (1 + amount * rng.normal(size=w.shape)), c * (1 + amount * rng.normal(size=b)), function))
    return lf.Network.from_layers(first), lf.Network.from_layers(second)


def cells_of(pair, low=-1.0, high=1.0):
    inputs = sum(pair[0].graph.group(p.group).size for p in pair[0].inputs)
    found = Cells.of(*pair, np.full(inputs, low), np.full(inputs, high))
    assert found is not None
    return found


def gaps(pair, points):
    return np.abs(pair[0].forward(points) - pair[1].forward(points)).max(axis=1)


@pytest.mark.medium
@settings(max_examples=examples(20))
@given(seed=st.integers(0, 999), amount=st.sampled_from([0.0, 1e-12, 0.01, 3.0]))
def test_a_climb_stays_in_the_box_and_never_goes_down(seed, amount):
    pair = near_pair(seed, (3, 5, 2), amount)
    cells = cells_of(pair)
    x = np.random.default_rng(seed).uniform(-1, 1, (1, 3))
    reached = cells.climb(x[0], Budget(60))[None]
    assert (np.abs(reached) <= 1).all()
    assert gaps(pair, reached)[0] >= gaps(pair, x)[0] * (1 - 1e-9) - 1e-12
    np.testing.assert_allclose(cells.gaps(x), gaps(pair, x), rtol=1e-9, atol=1e-12)


@pytest.mark.medium
@settings(max_examples=examples(40))
@given(seed=st.integers(0, 999))
def test_a_vertex_is_at_least_as_good_as_all_points_of_the_cell(seed):
    """Of the cell closed: the outputs are linear up to there. The difference counts with the sign that it has."""
    pair = near_pair(seed, (2, 6, 5, 1))
    cells = cells_of(pair)
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, 2)
    here = [_cell(side, x) for side in cells.sides]
    slope, shift = here[0].slopes - here[1].slopes, here[0].shift - here[1].shift
    vertex = cells._vertex(x, Budget(60))
    assert (vertex is None) == (not slope.any())
    if vertex is None:
        return
    sign = np.sign(slope[0] @ x + shift[0])
    best = sign * (slope[0] @ vertex + shift[0])
    points = np.concatenate([x + 10.0 ** rng.uniform(-6, 0) * rng.normal(size=(16, 2)) for _ in range(8)])
    points = points[(np.abs(points) <= 1).all(axis=1)]
    same = [p for p in points if [_cell(side, p).signs for side in cells.sides] == [c.signs for c in here]]
    assert all(sign * (slope[0] @ p + shift[0]) <= best * (1 + 1e-6) for p in (x, *same))
    for cell in here:
        assert (cell.rows @ vertex + cell.constants >= -1e-6).all()


@pytest.mark.medium
@pytest.mark.parametrize("seed", range(4))
def test_climbs_find_more_than_many_random_points(seed):
    pair = near_pair(seed, (5, 20, 20, 20, 2), 1e-4)
    cells = cells_of(pair)
    rng = np.random.default_rng(seed)
    starts = rng.uniform(-1, 1, (500, 5))
    starts = starts[np.argsort(-cells.gaps(starts))[:6]]
    reached = max(gaps(pair, cells.climb(x, Budget(60))[None])[0] for x in starts)
    assert reached > gaps(pair, rng.uniform(-1, 1, (5_000, 5))).max()


def test_climbs_begin_at_the_best_of_more_points_where_inputs_are_few():
    """No point that is thrown away is better, and without time for more the first points remain."""
    first, second = near_pair(3)
    pairs = tuple((Fraction(-1), Fraction(1)) for _ in range(3))
    best = Best(Falsifier(first, second, Question(pairs)), Budget(60))
    few = starts(best.falsifier.probe, 0, Budget(60))
    chosen, early = (best._highest(best.cells, Budget(seconds)) for seconds in (60, 0))
    assert len(chosen) == 6
    assert 0 < len(early) <= 6
    assert (np.abs(chosen) <= 1).all()
    sizes = best.cells.gaps(chosen)
    assert (np.diff(sizes) <= 0).all()
    assert sizes[0] > best.cells.gaps(few).max() * (1 - 1e-12)
    assert sizes[0] >= best.cells.gaps(early)[0]


def test_no_cell_is_searched_twice():
    pair = near_pair(0)
    cells = cells_of(pair)
    x = np.zeros(3)
    assert cells._vertex(x, Budget(60)) is not None
    assert cells._vertex(x, Budget(60)) is None
    assert cells_of(pair)._vertex(x, Budget(0)) is not None  # one program, however little time there is
    assert (cells_of(pair).climb(x, Budget(0)) == x).all()


def test_what_has_no_cells_is_said():
    """Other functions, several inputs, and networks so large that a linear program takes long."""
    ends = np.full(3, -1.0), np.full(3, 1.0)
    smooth = lf.Network.from_layers([(np.eye(3), None)], output=SIGMOID)
    assert Cells.of(smooth, smooth, *ends) is None
    plain = lf.Network.from_layers([(np.eye(3), None)])
    assert Cells.of(plain, plain, ends[0], np.full(3, np.inf)) is None
    wide = lf.Network.from_layers([(np.ones((3, 100_000)), None)])
    assert Cells.of(wide, wide, *ends) is None
    assert Cells.of(plain, plain, *ends) is not None


@pytest.mark.medium
@pytest.mark.parametrize("seed", range(3))
def test_both_ends_meet_for_deep_copies(seed):
    """What is found helps the bound: nothing below it need be split."""
    pair = near_pair(4 * seed, (3, 10, 10, 10, 2), 1e-4)
    found = largest_difference(*pair, (-1, 1), ratio=1.2, timeout=30)
    assert found.ratio <= 1.2
    x = np.random.default_rng(seed).uniform(-1, 1, (10_000, 3))
    assert gaps(pair, x).max() <= float(found.bound)


@pytest.mark.medium
@pytest.mark.parametrize("depth", [8, 12])
def test_float16_copies_of_deep_networks_are_bounded(depth):
    """Rounded weights, layer after layer: the bound is near what is found, and decides questions on either side."""
    rng = np.random.default_rng(depth)
    widths = (4, *[12] * depth, 2)
    layers = [(rng.normal(size=(a, b)) * np.sqrt(2 / a), 0.1 * rng.normal(size=b)) for a, b in pairwise(widths)]
    rounded = [tuple(m.astype(np.float16).astype(np.float64) for m in layer) for layer in layers]
    pair = lf.Network.from_layers(layers), lf.Network.from_layers(rounded)
    box = (Fraction("-0.02"), Fraction("0.02"))
    found = largest_difference(*pair, box, ratio=1.2, timeout=30)
    assert 0 < found.found <= found.bound <= Fraction("1.2") * found.found
    x = np.random.default_rng(0).uniform(-0.02, 0.02, (5_000, 4))
    assert gaps(pair, x).max() <= float(found.bound)
    within = lf.equivalent(*pair, box=box, epsilon=2 * found.bound, stages=("differential",))
    beyond = lf.equivalent(*pair, box=box, epsilon=found.found / 2, stages=("differential",))
    assert (within.answer, beyond.answer) == ("EQUIVALENT", "DIFFERENT")
