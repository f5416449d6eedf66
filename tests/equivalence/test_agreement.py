"""Parametric chains: the parameter values at which two of them agree."""

from __future__ import annotations

import time
from fractions import Fraction
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import examples

import lumpform as lf
from lumpform.equivalence import budget, equivalent
from lumpform.equivalence.agreement import agreement
from lumpform.equivalence.compare_chains import compare_chains
from lumpform.numbers.symbolic import parameters
from lumpform.reduction.parametric import instantiate

P, Q = parameters("p", "q")


def branching(first, second):
    """From the start to the goal by one of two middle states, or back."""
    return lf.MarkovChain(
        [[0, P, 1 - P, 0], [1 - first, 0, 0, first], [1 - second, 0, 0, second], [0, 0, 0, 1]],
        labels={"goal": [3]},
        initial=0,
    )


def test_a_lumped_copy_agrees_everywhere():
    chain = branching(Q, Q)
    quotient = lf.lump(chain, respect=("labels",)).quotient
    found = agreement(chain, quotient)
    assert found is not None
    assert found.always
    assert equivalent(chain, quotient).answer == "EQUIVALENT"


def test_where_two_chains_agree():
    """The same goal probability in two steps needs p q + (1 - p) / 2 = q, so (q - 1/2)(p - 1) = 0."""
    left, right = branching(Q, Fraction(1, 2)), branching(Q, Q)
    found = agreement(left, right)
    assert found is not None
    assert (found.always, found.never, found.step) == (False, False, 2)
    assert found.conditions == ("p*q - p/2 - q + 1/2",)
    for values, equal in ((found.agree_at, True), (found.differ_at, False)):
        assert values is not None
        assert compare_chains(*(instantiate(c, named(c, values)) for c in (left, right))).equal is equal
    verdict = equivalent(left, right)
    assert verdict.answer == "DIFFERENT"
    assert "exactly where p*q - p/2 - q + 1/2 = 0" in verdict.reason


@pytest.mark.parametrize("memory", [1, 3])
def test_memory_limits_hold(monkeypatch, memory):
    """Every look at the memory finds half a mebibyte more."""
    grown = count()
    monkeypatch.setattr(budget, "resident", lambda: next(grown) / 2)
    verdict = equivalent(branching(Q, Fraction(1, 2)), branching(Q, Q), memory=memory)
    assert verdict.answer == "UNKNOWN"
    assert f"the memory limit of {memory} MiB is used up" in verdict.reason


def named(chain, values):
    return {n: v for n, v in values.items() if n in chain.parameters}


def test_nowhere():
    left = lf.MarkovChain([[P, 1 - P], [0, 1]], labels={"goal": [1]}, initial=0)
    right = lf.MarkovChain([[P, 1 - P], [0, 1]], labels={"goal": [1]}, initial=1)
    found = agreement(left, right)
    assert found is not None
    assert found.never
    half = lf.MarkovChain([[P / 2 + Fraction(1, 2), Fraction(1, 2) - P / 2], [0, 1]], labels={"goal": [1]}, initial=0)
    found = agreement(left, half)
    assert found is not None
    assert found.agree_at == {"p": 1}


@pytest.mark.medium
@settings(max_examples=examples(30), deadline=None)
@given(st.fractions(0, 1, max_denominator=6), st.fractions(0, 1, max_denominator=6))
def test_the_conditions_are_right_at_every_value(p, q):
    """At numbers, the chains agree if and only if the polynomials are zero."""
    left, right = branching(Q, P), branching(P * Q, P)
    found = agreement(left, right)
    assert found is not None
    values = {"p": p, "q": q}
    zero = all(eval(c, {"p": p, "q": q, "__builtins__": {}}) == 0 for c in found.conditions)
    equal = compare_chains(*(instantiate(c, named(c, values)) for c in (left, right))).equal
    assert zero is equal


M = lf.MarkovChain
GOAL = {"goal": [1]}
MIXED = [
    (lambda p, q: M([[0, p, 1 - p], [0, 1, 0], [0, 0, 1]], labels=GOAL, initial=0), (Fraction(1, 2), None)),
    (lambda p, q: M([[0, 1], [0, 1]], rewards={"cost": [p, 0]}, initial=0), (Fraction(3), None)),
    (lambda p, q: M([[0, 1], [0, 1]], rewards={"cost": [p * q, 0]}, initial=0), (Fraction(3), Fraction(-1, 2))),
    (lambda p, q: M([[0, p], [q, 0]], kind="ctmc", labels=GOAL, initial=0), (Fraction(2), Fraction(1, 3))),
    (
        lambda p, q: M([[0, p / (p + q), q / (p + q)], [1, 0, 0], [1, 0, 0]], labels=GOAL, initial=0),
        (Fraction(1), Fraction(2)),
    ),
]


@pytest.mark.parametrize(("make", "values"), MIXED)
def test_a_parametric_chain_and_one_of_numbers(make, values):
    """Exactly where the conditions are zero; the values of the one are among them."""
    chain, numbers = make(P, Q), make(*values)
    for pair in ((chain, numbers), (numbers, chain)):
        found = agreement(*pair)
        assert (found.always, found.never, found.stopped) == (False, False, "")
        at = dict(zip("pq", values, strict=True))
        assert all(eval(c, {**at, "__builtins__": {}}) == 0 for c in found.conditions)
        assert found.differ_at is not None
        assert compare_chains(make(*(found.differ_at.get(n) for n in "pq")), numbers).equal is False
        assert equivalent(*pair).answer == "DIFFERENT"
        assert equivalent(*pair, respect=("labels",)).answer == ("DIFFERENT" if chain.labels else "EQUIVALENT")
    assert equivalent(chain, chain).answer == "EQUIVALENT"


@pytest.mark.parametrize("initial", [[P, 1 - P], {0: P, 1: 1 - P}])
def test_an_initial_distribution_with_parameters(initial):
    chain = M([[1, 0], [0, 1]], labels=GOAL, initial=initial)
    found = agreement(chain, M([[1, 0], [0, 1]], labels=GOAL, initial=0))
    assert (found.conditions, found.step, found.agree_at) == (("p - 1",), 0, {"p": 1})
    assert equivalent(chain, chain).answer == "EQUIVALENT"


def ring(weight, at, n=60):
    rows = [[0] * n for _ in range(n)]
    for s in range(n):
        rows[s][(s + 1) % n], rows[s][s] = weight, 1 - weight
    return M(rows, labels={"goal": [at]}, initial=0)


@pytest.mark.medium
@pytest.mark.usefixtures("own_clock")
def test_many_classes_with_parameters():
    """What can be answered is; what was looked at is said, within the time."""
    assert equivalent(ring(P, 59), lf.lump(ring(P, 59)).quotient).answer == "EQUIVALENT"
    late = agreement(ring(P, 58), ring(P, 59))
    assert (late.step, late.conditions) == (58, ("p",))
    hard = (P * Q + 1) / (P + Q * Q + 1)
    began = time.perf_counter()
    verdict = equivalent(ring(hard, 59), ring(P, 59), timeout=2)
    assert time.perf_counter() - began < 2 * 1.2 + 0.5
    assert verdict.answer == "DIFFERENT"
    assert "they differ at p = 0.5, q = 1/3; no condition in the first " in verdict.reason


@pytest.mark.parametrize(("terms", "conditions"), [(3, ()), (5, ("p**2*q - p*q",)), (11, ("p**2*q - p*q",))])
def test_what_was_not_looked_at_proves_nothing(terms, conditions):
    """Functions that are cut short leave conditions that are necessary only."""
    left, right = branching(Q, P), branching(P * Q, P)
    found = agreement(left, right, terms=terms)
    assert f"then a rational function has more than {terms} terms" in found.stopped
    assert (found.always, found.agree_at, found.conditions) == (False, None, conditions)
    assert ("at most where" in found.text) is bool(conditions)
    assert found.answer == "DIFFERENT"
    assert equivalent(left, right).answer == "DIFFERENT"


def test_long_conditions_are_counted_in_the_text():
    found = agreement(ring(P, 11, 12), ring(Q * Q, 11, 12))
    assert "(see `agreement`)" in found.text or len(found.conditions) < 3
    assert all(eval(c, {"p": Fraction(1, 9), "q": Fraction(1, 3), "__builtins__": {}}) == 0 for c in found.conditions)
    assert any(eval(c, {"p": Fraction(1, 9), "q": Fraction(1, 2), "__builtins__": {}}) != 0 for c in found.conditions)
