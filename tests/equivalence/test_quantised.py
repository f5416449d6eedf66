"""Networks that round: compared at points exactly, on boxes by ends that never decrease."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform.equivalence.evaluate import Evaluator
from lumpform.equivalence.verdict import high_end, low_end
from lumpform.networks.functions import quantize

POINTS = st.fractions(-3, 3, max_denominator=16)


def network(weight: float) -> lf.Network:
    first = np.array([[1.0, 2.0], [weight, -1.0]]), np.array([0.25, 0]), quantize(Fraction(1, 4), 3, -20, 19)
    return lf.Network.from_layers([first, (np.eye(2), np.zeros(2)), (np.ones((2, 1)), np.zeros(1))])


@given(st.tuples(POINTS, POINTS), st.tuples(POINTS, POINTS))
def test_values_lie_between_those_of_the_ends(one: tuple[Fraction, ...], two: tuple[Fraction, ...]) -> None:
    net = network(0.5)
    at = Evaluator(net)
    assert at.at(one) == [Fraction(v) for v in net.forward([list(one)], exact=True)[0]]
    (bound,) = at.over([(min(pair), max(pair)) for pair in zip(one, two, strict=True)])
    for x in (one, two):
        (value,) = at.at(x)
        assert low_end(bound) <= low_end(value) <= high_end(value) <= high_end(bound)


def test_another_weight_is_told_by_an_input() -> None:
    assert lf.equivalent(network(0.5), network(0.5)).answer == "EQUIVALENT"
    assert lf.equivalent(network(0.5), network(0.75), box=(0, 1), timeout=10).answer == "DIFFERENT"
