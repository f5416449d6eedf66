"""Bounds of the difference, and the largest one: no point is above them, wherever the search is stopped."""

from __future__ import annotations

from fractions import Fraction
from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nudged import FUNCTIONS, outputs
from sizes import examples

import lumpform as lf
from lumpform import strategies as ls
from lumpform.equivalence import budget, largest_difference
from lumpform.equivalence.forms import Atoms, forms_of, plus, times
from lumpform.equivalence.pipeline import STAGES, equivalent


@settings(max_examples=examples(40))
@given(data=st.data())
def test_bounds_are_sound(data):
    """No point of the box has a larger difference than the bound."""
    first, second = (data.draw(ls.networks(structure="dense", functions=FUNCTIONS, max_width=3)) for _ in range(2))
    sizes = [(n.graph.groups[1].size, n.graph.groups[-1].size) for n in (first, second)]
    if sizes[0] != sizes[1]:
        return
    box = tuple((Fraction(-1), Fraction(1)) for _ in range(sizes[0][0]))
    atoms = Atoms.start(sizes[0][0], box)
    forms = forms_of(first, atoms), forms_of(second, atoms)
    bounds = [atoms.bounds(plus(a, times(b, Fraction(-1)))) for a, b in zip(*forms, strict=True)]
    rng = np.random.default_rng(1)
    for _ in range(10):
        x = [Fraction(int(rng.integers(-8, 9)), 8) for _ in range(sizes[0][0])]
        for (low, high), a, b in zip(bounds, outputs(first, x), outputs(second, x), strict=True):
            assert low <= a - b <= high


@pytest.mark.medium
@settings(max_examples=examples(40))
@given(data=st.data())
def test_the_largest_difference_lies_between_what_is_found_and_the_bound(data):
    """No sample is above the bound, small networks are exact, and questions on either side of it have the answer."""
    first, second = (data.draw(ls.networks(structure="dense", functions=FUNCTIONS, max_width=3)) for _ in range(2))
    sizes = [(n.graph.groups[1].size, n.graph.groups[-1].size) for n in (first, second)]
    if sizes[0] != sizes[1]:
        return
    box = (Fraction(-1), Fraction(1))
    found = largest_difference(first, second, box, ratio=1.0, timeout=10)
    assert found.found <= found.bound
    assert found.ratio < 1.001
    rng = np.random.default_rng(2)
    for _ in range(10):
        x = [Fraction(int(rng.integers(-8, 9)), 8) for _ in range(sizes[0][0])]
        assert all(abs(a - b) <= found.bound for a, b in zip(outputs(first, x), outputs(second, x), strict=True))
    for stages in (("forms", "branch"), ("forms", "z3"), STAGES):
        above = equivalent(first, second, box=box, epsilon=found.bound + Fraction(1, 100), stages=stages)
        assert above.answer == "EQUIVALENT", above.reason
        if found.found > Fraction(1, 100):
            below = equivalent(first, second, box=box, epsilon=found.found - Fraction(1, 100), stages=stages)
            assert below.answer == "DIFFERENT", below.reason
            assert below.witness.difference > found.found - Fraction(1, 100)


@pytest.mark.medium
@pytest.mark.parametrize("seed", range(3))
def test_branch_and_bound_looks_at_both_halves(seed):
    """Networks that need many splits: no sample is above the bound, and both ends meet."""
    rng = np.random.default_rng(seed)
    first, second = (
        lf.Network.from_layers(
            [
                (rng.integers(-4, 5, (2, 8)).tolist(), rng.integers(-2, 3, 8).tolist()),
                (rng.integers(-4, 5, (8, 1)).tolist(), None),
            ]
        )
        for _ in range(2)
    )
    found = largest_difference(first, second, (-1, 1), ratio=1.0, timeout=60)
    assert found.splits > 4
    x = rng.uniform(-1, 1, (20_000, 2))
    seen = float(np.abs(first.forward(x) - second.forward(x)).max())
    assert seen <= float(found.bound) * (1 + 1e-12)
    assert found.ratio < 1.0001
    epsilon = Fraction(seen) * Fraction(999, 1000)
    assert equivalent(first, second, box=(-1, 1), epsilon=epsilon, stages=("forms", "branch")).answer == "DIFFERENT"
    assert equivalent(first, second, box=(-1, 1), epsilon=found.bound, stages=("forms", "branch")).answer != "DIFFERENT"


@pytest.mark.medium
@pytest.mark.parametrize("seed", range(2))
def test_bounds_hold_wherever_the_search_is_stopped(seed, monkeypatch):
    """After any number of looks at the clock what is open still counts."""
    rng = np.random.default_rng(seed)
    first, second = (
        lf.Network.from_layers(
            [(rng.integers(-3, 4, (2, 5)).tolist(), [0] * 5), (rng.integers(-3, 4, (5, 1)).tolist(), None)]
        )
        for _ in range(2)
    )
    true = largest_difference(first, second, (-1, 1), ratio=1.0).found
    assert true > 0
    for looks in [*range(0, 60, 3), *range(60, 1500, 97)]:
        counter = count()

        def check(self, counter=counter, looks=looks):
            if next(counter) >= looks:
                raise budget.OutOfBudget("stopped by the test")

        with monkeypatch.context() as patch:
            patch.setattr(budget.Budget, "check", check)
            patch.setattr("lumpform.equivalence.best.Best.replay", lambda *_: None)  # nothing but the bound
            assert largest_difference(first, second, (-1, 1), ratio=1.0).bound >= true
