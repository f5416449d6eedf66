"""Numbers beyond the range of floats, and below it: every stage works, nothing overflows, and answers stay right."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
from equivalence_cases import FUNCTIONS, check
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import examples, medium_but

import lumpform as lf
from lumpform.cli.equiv import described
from lumpform.equivalence import difference_bound, largest_difference
from lumpform.equivalence.pipeline import STAGES, equivalent
from lumpform.networks.functions import IDENTITY, RELU, leaky_relu

HUGE = Fraction(10) ** 400
TINY = 1 / HUGE
SIZES = st.sampled_from([HUGE, -HUGE, TINY, Fraction(10) ** 200, Fraction(10) ** 308 * 2, Fraction(1), Fraction(0)])


def network(rows, bias, last, function=RELU):
    return lf.Network.from_layers([(rows, bias, function), ([[v] for v in last], None)])


OPTIONS = [
    {},
    {"box": (-1, 1)},
    {"box": (-HUGE, HUGE)},
    {"box": (-1, 1), "epsilon": TINY},
    {"box": (0, 1), "epsilon": HUGE},
    {"box": (-TINY, TINY), "argmax": True},
    {"timeout": float("inf"), "memory": None},
]


@pytest.mark.parametrize("function", [*FUNCTIONS, leaky_relu(HUGE), leaky_relu(TINY)])
@pytest.mark.parametrize("options", medium_but(OPTIONS[:1], OPTIONS))
def test_pairs_with_huge_and_tiny_weights(function, options):
    first = network([[HUGE, -HUGE], [1, TINY]], [0, HUGE], [1, 1], function)
    same = network([[-HUGE, HUGE], [TINY, 1]], [HUGE, 0], [1, 1], function)
    assert equivalent(first, same, **options).answer == "EQUIVALENT"
    other = lf.Network.from_layers(
        [([[HUGE, -HUGE], [1, TINY]], [0, HUGE], function), ([[1], [1]], [HUGE / 2])]
    )  # everywhere larger by HUGE / 2
    verdict = equivalent(first, other, **options)
    asked = options.get("epsilon", 0) >= HUGE / 2 or options.get("argmax", False)
    assert verdict.answer in (("EQUIVALENT", "UNKNOWN") if asked else ("DIFFERENT",)), verdict.reason
    assert json.loads(json.dumps(described(verdict), allow_nan=False))["answer"] == verdict.answer
    check(verdict, first, other, [])


@settings(max_examples=examples(60))
@given(st.lists(SIZES, min_size=7, max_size=7), st.integers(0, 6), SIZES, st.sampled_from(STAGES), st.booleans())
def test_no_stage_overflows(numbers, place, amount, stage, boxed):
    def made(v):
        return network([[v[0], v[1]], [v[2], v[3]]], [v[4], 1], v[5:], IDENTITY if stage == "joint" else RELU)

    first = made(numbers)
    second = made([v + (amount if i == place else 0) for i, v in enumerate(numbers)])
    options = {"box": (-1, 1), "epsilon": HUGE if stage == "branch" else 0} if boxed else {}
    verdict = equivalent(first, second, stages=("forms", stage), timeout=10, **options)
    points = [[Fraction(1, 2), Fraction(-1)], [Fraction(0), Fraction(1)]]
    if verdict.answer == "DIFFERENT":
        check(verdict, first, second, [])
    if verdict.answer == "EQUIVALENT":
        for x in points:
            a, b = (n.forward([x], exact=True)[0, 0] for n in (first, second))
            assert abs(a - b) <= options.get("epsilon", 0)


def test_doubles_whose_sums_overflow():
    first = network(np.array([[1.5e308, 1.7e308]]), np.array([0.0, 1e308]), [1, 1])
    second = lf.Network.from_layers(
        [(np.array([[1.5e308, 1.7e308]]), np.array([0.0, 1e308])), ([[1], [1]], [Fraction(2) ** -1074])]
    )
    for options in ({}, {"box": (-1, 1)}):
        assert equivalent(first, first, **options).answer == "EQUIVALENT"
        verdict = equivalent(first, second, **options)
        assert verdict.answer == "DIFFERENT"
        assert verdict.witness.difference == Fraction(2) ** -1074
        assert "differ by about 4.94066e-324" in verdict.reason


def test_largest_differences_beyond_floats():
    first, second = network([[HUGE, 1]], [0, HUGE], [1, 1]), network([[HUGE, 1]], [0, HUGE], [2, 1])
    found = largest_difference(first, second, (-1, 1))
    assert found.found == found.bound == HUGE
    assert found.ratio == 1
    assert difference_bound(first, second, (-1, 1)) == HUGE
    wide = largest_difference(first, second, (-HUGE, HUGE), timeout=5)
    assert wide.found <= wide.bound
    assert wide.bound >= HUGE * HUGE


@pytest.mark.medium
def test_more_digits_than_python_converts():
    """Exact outputs of a deep network with long weights."""
    layer = ([[Fraction(10**600 + 1, 7**300)]], [Fraction(1, 11**300)])
    first = lf.Network.from_layers([layer] * 9)
    second = lf.Network.from_layers([*[layer] * 8, ([[Fraction(10**600 + 2, 7**300)]], [Fraction(1, 11**300)])])
    verdict = equivalent(first, second, box=(1, 1))
    assert verdict.answer == "DIFFERENT"
    text = json.dumps(described(verdict))
    assert len(text) > 5000
    assert equivalent(first, second, box=(1, 1), stages=("forms", "z3")).answer == "DIFFERENT"


@pytest.mark.parametrize("options", [{"timeout": 0}, {"timeout": -1}, {"timeout": float("nan")}, {"memory": 0}])
def test_limits_that_are_none(options):
    with pytest.raises(lf.OptionError, match="expected a positive number"):
        equivalent(network([[1]], [0], [1]), network([[1]], [0], [2]), **options)


@pytest.mark.parametrize("large", [10**309, 2 * 10**310, 7 * 10**3000])
def test_weights_that_no_float_holds(large):
    def network(first, second):
        return lf.Network.from_layers([([[first]], None), ([[second]], None)])

    assert lf.equivalent(network(large, 1), network(large, 1)).answer == "EQUIVALENT"
    assert lf.equivalent(network(large, 1), network(2 * large, Fraction(1, 2))).answer == "EQUIVALENT"
    verdict = lf.equivalent(network(large, 1), network(large + 1, 1))
    assert verdict.answer == "DIFFERENT"
    (x,) = verdict.witness.inputs
    assert verdict.witness.first == (max(large * x, 0),)
