"""`equivalent` on chains: equal distributions of label sets at all times."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform import strategies as ls
from lumpform.theorems.common import after, one_step, uniform_rate


def seen(chain, steps, rate=None):
    """The probabilities of label sets after each of some steps, by definition."""
    sets = [frozenset(n for n, mask in chain.labels.items() if mask[s]) for s in range(chain.states)]
    p, matrix, result = chain.initial.fractions(), one_step(chain, rate), []
    for _ in range(steps):
        row = {}
        for s, v in enumerate(p):
            row[sets[s]] = row.get(sets[s], Fraction(0)) + v
        result.append({k: v for k, v in row.items() if v})
        p = after(p, matrix)
    return result


@given(found=ls.lumpable_chains())
def test_a_chain_and_its_quotient(found):
    verdict = lf.equivalent(found.chain, found.quotient)
    assert verdict.answer == "EQUIVALENT"
    assert "joint lumping" in verdict.reason


@pytest.mark.parametrize("kind", ["dtmc", "ctmc"])
@given(data=st.data())
def test_the_answer_is_that_of_many_steps(kind, data):
    first, second = (data.draw(ls.chains(kind=kind, max_states=4)) for _ in range(2))
    verdict = lf.equivalent(first, second)
    rate = max(uniform_rate(c) for c in (first, second)) if kind == "ctmc" else None
    steps = [a != b for a, b in zip(seen(first, 10, rate), seen(second, 10, rate), strict=True)]
    assert verdict.answer == ("DIFFERENT" if any(steps) else "EQUIVALENT")
    if any(steps):
        assert f" {steps.index(True)}, by " in verdict.reason


def test_two_chains_that_differ_first_at_step_17():
    def line(last):
        n = 20
        rows = [[0] * n for _ in range(n)]
        for s in range(n - 1):
            rows[s][s + 1] = 1
        rows[n - 1][n - 1] = 1
        return lf.MarkovChain(rows, labels={"goal": [last]}, initial=0)

    verdict = lf.equivalent(line(17), line(18))
    assert verdict.answer == "DIFFERENT"
    assert "differs first at step 17" in verdict.reason
    spent = lf.equivalent(line(17), line(18), timeout=1e-9)
    assert spent.answer == "UNKNOWN"
    assert "the time limit of 1e-09 s is used up" in spent.reason


def test_equal_without_a_common_lumping():
    """The same distributions of labels although no states of the two are bisimilar: by the span of differences."""
    first = lf.MarkovChain([[0, 1, 0], [0, 0, 1], [1, 0, 0]], labels={"a": []}, initial=0)
    mixed = lf.MarkovChain(
        [[0, "1/2", "1/2", 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1]],
        labels={"a": [3], "b": [4]},
        initial=0,
    )
    late = lf.MarkovChain(
        [[0, 1, 0, 0], [0, 0, "1/2", "1/2"], [0, 0, 1, 0], [0, 0, 0, 1]], labels={"a": [2], "b": [3]}, initial=0
    )
    assert lf.equivalent(first, first).answer == "EQUIVALENT"
    verdict = lf.equivalent(mixed, late)
    assert verdict.answer == "EQUIVALENT"
    assert "joint lumping" not in verdict.reason


def test_what_cannot_be_compared():
    with pytest.raises(lf.ModelError, match="no initial distribution"):
        lf.equivalent(lf.MarkovChain([[1]]), lf.MarkovChain([[1]], initial=0))
    with pytest.raises(lf.ModelError, match="not defined"):
        lf.equivalent(lf.MarkovChain([[1]], initial=0), lf.MarkovChain([[1]], kind="ctmc", initial=0))
