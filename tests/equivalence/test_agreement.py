"""Parametric chains: the parameter values at which two of them agree."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

import lumpform as lf
from lumpform.equivalence import equivalent
from lumpform.equivalence.agreement import agreement
from lumpform.equivalence.chains import compare_chains
from lumpform.parametric import instantiate
from lumpform.symbolic import parameters

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


@settings(max_examples=30, deadline=None)
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
