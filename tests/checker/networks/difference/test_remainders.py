"""Every operation on enclosures takes no more away than it adds to the remainder, by the least unit.

Weights, biases and slopes of the files are up to one unit above what was read: the sums below take the worst of these.
The examples have residues next to a whole unit, so that a remainder that is one unit short is seen.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from lumpform.checker.limits import DEFAULT
from lumpform.checker.networks.difference.function import ONE, SLOPE_BITS, Line, Ranges, apart, line_of_values
from lumpform.checker.networks.difference.leaf import UNIT_BITS, Differences, Leaf, Values, _Layer
from lumpform.checker.networks.difference.pair import WEIGHT_BITS, Arrow, Layer, Pair, Reading, cut

WIDTH = 400
UNIT, WEIGHT = 1 << UNIT_BITS, 1 << WEIGHT_BITS
NEXT = WEIGHT - 1
"""Times 1 it leaves a residue next to one unit."""

NUMBERS = st.one_of(st.integers(-3, 3), st.integers(-(2**61), 2**61), st.sampled_from([NEXT, -1, 1]))
WEIGHTS = st.one_of(st.integers(-3, 3), st.integers(-(2**54), 2**54), st.sampled_from([NEXT, 1 - WEIGHT]))
RESTS = st.one_of(st.integers(0, 3), st.integers(0, 2**40))


def lists(numbers: Any, count: int) -> Any:
    return st.lists(numbers, min_size=count, max_size=count)


def packed(leaf: Leaf, numbers: list[int]) -> int:
    return sum(leaf.lanes.unit(k, number) for k, number in enumerate(numbers))


def unpacked(leaf: Leaf, vector: int, count: int) -> list[int]:
    found = []
    for _ in range(count):
        found.append(leaf.lanes.first(vector))
        vector = (vector - found[-1]) >> WIDTH
    assert vector == 0
    return found


def one_neuron(case: dict[str, Any], slope: int = 0) -> tuple[Leaf, _Layer]:
    """A neuron of each network that reads n neurons, in the middle of a leaf."""
    n, shared, own = len(case["w"]), len(case["values"][0]), len(case["own"][0])
    pair = Pair([(1, n)], [(), tuple(range(n)), (0,)], [], [])
    leaf = Leaf(pair, WIDTH, DEFAULT)
    leaf.symbols, leaf.own_symbols = shared - 1, own
    sizes = [sum(map(abs, v)) + r for v, r in zip(case["values"], case["rests"], strict=True)]
    leaf.values[1] = Values([packed(leaf, v) for v in case["values"]], case["rests"], sizes)
    gaps = zip(case["shared"], case["own"], case["gap_rests"], strict=True)
    leaf.differences[1] = Differences(
        [packed(leaf, v) for v in case["shared"]],
        [packed(leaf, v) for v in case["own"]],
        case["gap_rests"],
        [sum(map(abs, v)) + sum(map(abs, o)) + r for v, o, r in gaps],
    )
    places = tuple(range(n))
    first, second = Reading(places, tuple(case["w"])), Reading(places, tuple(case["v"]))
    between = Reading(places, tuple(w - v for w, v in zip(case["w"], case["v"], strict=True))).absolute()
    arrow = Arrow(1, [first], [second], [first.absolute()], [second.absolute()], [between])
    layer = Layer(2, slope, slope not in (0, 1 << WEIGHT_BITS), (0,), 1, [arrow], [case["bias"]], [case["second_bias"]])
    return leaf, _Layer(leaf, layer)


@st.composite
def cases(draw: Any) -> dict[str, Any]:
    n, shared, own = draw(st.integers(1, 3)), draw(st.integers(1, 4)), draw(st.integers(0, 3))
    return {
        "w": draw(lists(WEIGHTS, n)),
        "v": draw(lists(WEIGHTS, n)),
        "bias": draw(WEIGHTS),
        "second_bias": draw(WEIGHTS),
        "values": draw(lists(lists(NUMBERS, shared), n)),
        "rests": draw(lists(RESTS, n)),
        "shared": draw(lists(lists(NUMBERS, shared), n)),
        "own": draw(lists(lists(NUMBERS, own), n)),
        "gap_rests": draw(lists(RESTS, n)),
    }


def case(w: int, v: int, values: list[int], shared: list[int], own: list[int], **rests: int) -> dict[str, Any]:
    return {
        "w": [w],
        "v": [v],
        "bias": 0,
        "second_bias": 0,
        "values": [values],
        "rests": [rests.get("rest", 0)],
        "shared": [shared],
        "own": [own],
        "gap_rests": [rests.get("gap_rest", 0)],
    }


def lost(exact: list[int], kept: list[int]) -> Fraction:
    """How far coefficients in units of 2^-112 are from those that are kept, in units, all together."""
    return sum((abs(Fraction(e, WEIGHT) - k) for e, k in zip(exact, kept, strict=True)), Fraction(0))


@given(cases())
@example(case(NEXT, NEXT, [1], [0], []))
@example(case(NEXT, NEXT, [1, 1, 1, 1], [0] * 4, [], rest=1))
@example(case(1, 1, [0], [0], [], rest=1))
@example(case(1, 1, [2**60], [0], []))
def test_the_sum_of_a_neuron_is_enclosed(case: dict[str, Any]) -> None:
    leaf, layer = one_neuron(case)
    given_ = layer._given()
    source = leaf.values[1]
    kept = layer._differing(given_)  # rounds what was given, too
    assert len(kept.rests) == 1
    found = unpacked(leaf, given_.vectors[0], len(case["values"][0]))
    exact = [sum(w * v[k] for w, v in zip(case["w"], case["values"], strict=True)) for k in range(len(found))]
    exact[0] += case["bias"] << UNIT_BITS
    inside = sum(abs(w) * rest for w, rest in zip(case["w"], case["rests"], strict=True))
    weights = sum(source.sizes) + UNIT  # as if every weight and the bias were one unit larger
    assert lost(exact, found) + Fraction(inside + weights, WEIGHT) <= given_.rests[0]


@given(cases())
@example(case(NEXT, 0, [1], [0], []))
@example(case(0, NEXT, [0], [0], [1, 1, 1], gap_rest=1))
@example(case(0, NEXT, [0], [1], [0], gap_rest=1))
@example(case(NEXT, NEXT, [0, 0], [1, 1], [1], gap_rest=1))
@example(case(1, 1, [2**60], [0], []))
@example(case(1, 1, [0], [2**60], []))
@example(case(NEXT, 0, [0], [0], [], rest=2**20))
@example(case(0, NEXT, [0], [0], [], gap_rest=2**20))
def test_the_difference_of_two_sums_is_enclosed(case: dict[str, Any]) -> None:
    leaf, layer = one_neuron(case)
    found = layer._differing(layer._given())
    count, own = len(case["values"][0]), len(case["own"][0])
    both = list(zip(case["w"], case["v"], case["values"], case["shared"], strict=True))
    exact = [sum((w - v) * a[k] + v * d[k] for w, v, a, d in both) for k in range(count)]
    exact[0] += case["bias"] - case["second_bias"] << UNIT_BITS
    more = [sum(v * o[k] for v, o in zip(case["v"], case["own"], strict=True)) for k in range(own)]
    taken = lost(exact, unpacked(leaf, found.shared[0], count)) + lost(more, unpacked(leaf, found.own[0], own))
    rests = zip(case["w"], case["v"], case["rests"], case["gap_rests"], strict=True)
    inside = sum(abs(w - v) * ra + abs(v) * rd for w, v, ra, rd in rests)
    weights = sum(leaf.values[1].sizes) + sum(leaf.differences[1].sizes) + UNIT
    assert taken + Fraction(inside + weights, WEIGHT) <= found.rests[0]


@given(lists(NUMBERS, 3), st.integers(-2 * ONE, 2 * ONE), RESTS)
@example([-1, -1, -1], 1, 0)
@example([-1, -1, -1], 1, 1)
@example([1, 1, 1], ONE - 1, 1)
def test_a_multiple_of_an_enclosure_is_enclosed(numbers: list[int], slope: int, rest: int) -> None:
    leaf, layer = one_neuron(case(0, 0, [0], [0], []))
    vector, more = layer._along(Line(slope, 0, 0), packed(leaf, numbers), rest, len(numbers))
    found = unpacked(leaf, vector, len(numbers))
    taken = sum((abs(Fraction(slope * v, ONE) - f) for v, f in zip(numbers, found, strict=True)), Fraction(0))
    assert taken + Fraction(abs(slope) * rest, ONE) <= more


@given(st.integers(0, 2**120))
@example(1)
@example(WEIGHT - 1)
def test_what_is_cut_from_a_slope_counts(size: int) -> None:
    """A slope that was rounded down by less than 2^-52 changes a value by less than this."""
    assert one_neuron(case(0, 0, [0], [0], []), slope=WEIGHT // 3)[1]._cut(size) * WEIGHT >= size
    for exact in (0, WEIGHT):
        assert one_neuron(case(0, 0, [0], [0], []), slope=exact)[1]._cut(size) == 0


ENDS = st.tuples(st.integers(-(2**40), 2**40), st.integers(0, 2**40), st.integers(1, 2**40))


@given(ENDS)
@example((0, 1, 3))
@example((1, 1, 3))
@example((-1, 0, 3 * 2**60))
@example((UNIT - 1, 0, UNIT))
def test_an_input_is_enclosed(ends: tuple[int, int, int]) -> None:
    low, width, d = ends
    leaf = Leaf(Pair([(1, 1)], [(), (0,)], [], []), WIDTH, DEFAULT)
    leaf.claim = lambda numbers: None  # type: ignore[method-assign]
    leaf._take_inputs([(low, low + width, d)])
    centre, radius = unpacked(leaf, leaf.values[1].vectors[0], 2)
    exact = Fraction((2 * low + width) * UNIT, 2 * d), Fraction(width * UNIT, 2 * d)
    assert abs(exact[0] - centre) + abs(exact[1] - radius) <= leaf.values[1].rests[0]
    assert max(abs(Fraction(end * UNIT, d)) for end in (low, low + width)) <= leaf.values[1].sizes[0]


SMALL = st.integers(-9, 9)


@given(SMALL, SMALL, st.integers(-ONE, 2 * ONE))
@example(-1, 1, 0)
@example(-3, 1, 1)
@example(-1, 2, ONE // 3)
def test_a_line_beside_few_units_encloses(one: int, other: int, below: int) -> None:
    """Where a whole unit is a large part of all there is, the rounding of middle and half must go outward."""
    low, high = min(one, other), max(one, other)
    line = line_of_values(low, high, below)
    for x in (low, high, *([0] if low <= 0 <= high else [])):
        value = Fraction(x) if x >= 0 else Fraction(x * below, ONE)
        assert abs(value - Fraction(line.slope * x, ONE) - line.middle) <= line.half


@given(SMALL, SMALL, st.integers(-ONE, 2 * ONE))
@example(-1, -1, ONE // 3)
def test_the_greatest_difference_is_rounded_up(z: int, y: int, below: int) -> None:
    values = [Fraction(x) if x >= 0 else Fraction(x * below, ONE) for x in (z, y)]
    assert abs(values[0] - values[1]) <= apart(Ranges(z, z, y, y, z - y, z - y), below)


@given(st.fractions(-9, 9))
def test_a_weight_is_less_than_a_unit_above_what_is_read(weight: Fraction) -> None:
    assert 0 <= weight * WEIGHT - cut(weight.as_integer_ratio()) < 1


def test_units_are_those_of_the_rule() -> None:
    assert (UNIT_BITS, WEIGHT_BITS, SLOPE_BITS) == (60, 52, 53)
