"""Exact values and enclosures: the same as the forward pass where there is one, and around the truth elsewhere."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from equivalence_cases import FUNCTIONS, POOLS, any_networks, contains, input_count, outputs_at, pooled
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import examples

import lumpform as lf
from lumpform.equivalence.enclose import ELEMENTWISE, precision, softmax
from lumpform.equivalence.evaluate import Evaluator, numerators
from lumpform.equivalence.ranges import Range, applied
from lumpform.equivalence.verdict import Enclosure, Question, high_end, low_end
from lumpform.graph.graph import NodeFunction
from lumpform.networks.functions import leaky_relu
from lumpform.numbers.dyadic import DyadicValues
from lumpform.numbers.integer import IntegerValues
from lumpform.numbers.make import from_fractions

SIZED = st.builds(lambda n, e: Fraction(n) * Fraction(2) ** e, st.integers(-99, 99), st.integers(-12, 12))


@settings(max_examples=examples(30))
@given(data=st.data())
def test_values_at_a_point(data):
    network = data.draw(any_networks())
    size = input_count(network)
    x = data.draw(st.lists(SIZED, min_size=size, max_size=size))
    found = Evaluator(network)
    for bits in (16, 64, 200):
        for value, true in zip(found.at(x, bits), outputs_at(network, x), strict=True):
            assert contains(value, true)
            assert isinstance(value, Fraction) is found.rational
            if bits == 200:
                assert high_end(value) - low_end(value) <= Fraction(1, 2**100) * (1 + abs(low_end(value)))


@pytest.mark.medium
@settings(max_examples=examples(30))
@given(data=st.data())
def test_values_on_a_box(data):
    network = data.draw(any_networks())
    size = input_count(network)
    low = data.draw(st.lists(SIZED, min_size=size, max_size=size))
    widths = data.draw(st.lists(st.integers(0, 3), min_size=size, max_size=size))
    box = [(v, v + w) for v, w in zip(low, widths, strict=True)]
    bounds = Evaluator(network).over(box)
    for k in range(3):
        x = [v + w * Fraction(k, 2) for v, w in zip(low, widths, strict=True)]
        for bound, true in zip(bounds, outputs_at(network, x), strict=True):
            assert contains(Enclosure(low_end(bound), high_end(bound)), true)


@pytest.mark.parametrize("operator", POOLS)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_pooling(operator, function):
    network = pooled(operator, function)
    x = [Fraction(k * k % 11, 4) - 1 for k in range(32)]
    for value, true in zip(Evaluator(network).at(x, 100), outputs_at(network, x), strict=True):
        assert contains(value, true)


FUNCTION = {f.name: f for f in ELEMENTWISE}
TRUE = {
    "sigmoid": lambda v: 1 / (1 + mpmath.exp(-v)),
    "tanh": mpmath.tanh,
    "gelu": lambda v: v * mpmath.erfc(-v / mpmath.sqrt(2)) / 2,
}


@pytest.mark.parametrize("name", sorted(FUNCTION))
@given(st.tuples(SIZED, st.integers(0, 40)), st.sampled_from([1, 20, 64, 150]))
def test_functions_of_one_number(name, where, bits):
    low, high = where[0], where[0] + Fraction(where[1], 8)
    d = 8 * 2**12
    with precision(bits):
        found = ELEMENTWISE[FUNCTION[name]]((int(low * d), int(high * d)), d, bits)
    ends = [Fraction(v, 1 << bits) for v in found]
    with mpmath.workdps(80):
        for k in range(9):
            true = TRUE[name](mpmath.mpmathify(low + (high - low) * Fraction(k, 8)))
            assert mpmath.mpmathify(ends[0]) <= true <= mpmath.mpmathify(ends[1])
    if low == high:
        assert ends[1] - ends[0] <= Fraction(2 + abs(int(low)), 1 << bits)


@pytest.mark.parametrize("name", sorted(FUNCTION))
@pytest.mark.parametrize("size", [10**3, 10**30, 10**400])
def test_functions_far_out(name, size):
    """Where exponentials leave every range, the limits of the functions are the bounds."""
    with precision(64):
        for sign in (1, -1):
            low, high = (Fraction(v, 1 << 64) for v in ELEMENTWISE[FUNCTION[name]]((sign * size, sign * size), 1, 64))
            limit = {"sigmoid": (sign + 1) // 2, "tanh": sign, "gelu": max(sign, 0) * size}[name]
            assert low <= limit <= high or abs(high - limit) < Fraction(1, 2**60) * (1 + abs(limit))
            assert high - low <= 1 + Fraction(size, 2**30)


@given(st.lists(st.tuples(SIZED, st.integers(0, 9)), min_size=1, max_size=6))
def test_softmax_of_intervals(parts):
    d = 2**12
    pairs = [(int(v * d), int((v + w) * d)) for v, w in parts]
    with precision(64):
        found = softmax(pairs, d, 64)
    assert all(0 <= low <= high <= 1 << 64 for low, high in found)
    with mpmath.workdps(60):
        for k in range(3):
            x = [mpmath.exp(mpmath.mpmathify(v + w * Fraction(k, 2))) for v, w in parts]
            for (low, high), e in zip(found, x, strict=True):
                assert mpmath.mpf(low) / 2**64 <= e / sum(x) * (1 + mpmath.mpf(10) ** -50)
                assert e / sum(x) * (1 - mpmath.mpf(10) ** -50) <= mpmath.mpf(high) / 2**64


def test_the_precision_is_put_back():
    from flint import ctx

    before = ctx.prec
    with pytest.raises(ZeroDivisionError), precision(500):
        raise ZeroDivisionError
    assert ctx.prec == before


FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(FLOATS, max_size=9), st.lists(st.fractions(), max_size=9), st.integers(1, 400))
def test_numerators(floats, rationals, repeat):
    """Few and many numbers, as they are kept in different columns."""
    columns = [DyadicValues(np.array(floats * repeat)), from_fractions(rationals * repeat)]
    columns += [IntegerValues(np.arange(repeat) - 5, 7), DyadicValues(np.arange(3 * repeat, dtype=np.float32) / 8)]
    for column in columns:
        numbers, denominator = numerators(column)
        assert [Fraction(n, denominator) for n in numbers] == column.fractions()


@pytest.mark.parametrize(
    "strange",
    [
        NodeFunction("strange", homogeneous=False),
        NodeFunction("gelu", homogeneous=False, parameters=("tanh",)),  # the approximation is another function
        NodeFunction("softmax", homogeneous=False, parameters=(2,), couples=True),
    ],
)
def test_functions_that_nobody_knows(strange):
    network = lf.Network.from_layers([([[1]], [0], strange), ([[1]], [0])])
    assert Evaluator(network).unknown() == strange.name
    with pytest.raises(lf.ModelError, match=f"{strange.name} has no exact values, and no enclosure is known"):
        Evaluator(network).at([Fraction(1)])
    other = lf.Network.from_layers([([[2]], [0], strange), ([[1]], [0])])
    assert lf.equivalent(network, network).answer == "EQUIVALENT"
    verdict = lf.equivalent(network, other, box=(0, 1))
    assert verdict.answer == "UNKNOWN"
    assert f"the function {strange.name} has neither exact values nor enclosures" in verdict.reason


def enclosure(low, high):
    return Enclosure(Fraction(low), Fraction(high))


def test_enclosures_answer_only_what_they_prove():
    question = Question()
    assert question.violated([enclosure(0, 1)], [enclosure(2, 3)])
    assert not question.violated([enclosure(0, 1)], [enclosure(1, 3)])
    assert not Question(epsilon=Fraction(1)).violated([enclosure(0, 1)], [enclosure(2, 3)])
    best = Question(argmax=True)
    assert best.violated([enclosure(2, 3), enclosure(0, 1)], [enclosure(0, 1), enclosure(2, 3)])
    assert not best.violated([enclosure(1, 3), enclosure(0, 1)], [enclosure(0, 1), enclosure(2, 3)])
    assert not best.violated([enclosure(2, 3), enclosure(0, 1)], [enclosure(0, 1), enclosure(1, 3)])


@pytest.mark.parametrize(("low", "high", "ends"), [(-2, 3, (0, 3)), (-8, 3, (0, 4)), (-8, -2, (1, 4)), (2, 3, (2, 3))])
def test_a_slope_below_zero_goes_down_and_up(low, high, ends):
    """With slope -1/2 an interval that holds zero has its least value there."""
    below, above = (np.array([[v]], dtype=object) for v in (low, high))
    found = applied(leaky_relu(Fraction(-1, 2)), Range(below, above, 5), 64)
    assert (Fraction(found.low.item(), found.denominator), Fraction(found.high.item(), found.denominator)) == (
        Fraction(ends[0], 5),
        Fraction(ends[1], 5),
    )
