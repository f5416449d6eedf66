"""Bounds the difference of two networks on one box, by zonotopes in integers. docs/certificate-epsilon.md, section 3.

A value is a centre, plus coefficients times symbols from -1 to 1, plus or minus a remainder, all in units of 2^-60. The
lanes of a vector (lanes.py) are the centre and the coefficients. Values of the original have the symbols of inputs and
of its undecided neurons (`vector`); differences from the reduced network have these (`shared`) and others of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ...effort import TooLarge, spend
from ...limits import Limits
from .function import SLOPE_BITS, Line, Ranges, apart, line_of_differences, line_of_values
from .lanes import Lanes
from .pair import WEIGHT_BITS, Layer, Pair, Reading

UNIT_BITS = 60
"""Values are multiples of 2^-60."""

TINY = 1 << 20
"""Half widths below 2^-40 get no symbol."""

WORD = 30
"""Bits of a digit of Python's integers."""

Interval = tuple[int, int, int]
"""Numerators of both ends, and their denominator."""


@dataclass
class Values:
    """Holds the values of a group of the original, by neuron: vectors, remainders and the greatest sizes."""

    vectors: list[int] = field(default_factory=list)
    rests: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)


@dataclass
class Differences:
    """Holds the differences of values, by neuron of the reduced network."""

    shared: list[int] = field(default_factory=list)
    own: list[int] = field(default_factory=list)
    rests: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)


class Leaf:
    """Bounds the outputs' differences on one box.

    Parameters
    ----------
    pair : Pair
    width : int
        Bits of the lanes; the bound does not depend on it.
    limits : Limits
    """

    def __init__(self, pair: Pair, width: int, limits: Limits) -> None:
        self.pair, self.lanes, self.limits = pair, Lanes(width), limits
        self.values: dict[int, Values] = {}
        self.differences: dict[int, Differences] = {}
        self.symbols = self.own_symbols = self.held = 0
        self.worst = 0
        self.highest: list[int] = []

    def bound(self, box: Sequence[Interval]) -> int:
        """Return a bound of the difference of all outputs, in units.

        Raises
        ------
        Narrow
            If lanes are too narrow for the numbers.
        TooLarge
            If it takes more work or memory than the limits allow.
        """
        self._take_inputs(box)
        for layer in self.pair.layers:
            _Layer(self, layer).carry_on()
        return self.worst

    def tops(self, box: Sequence[Interval]) -> list[int]:
        """Return what arrives at the outputs of the original at most, in units; raises as `bound`."""
        self.bound(box)
        return self.highest

    def _take_inputs(self, box: Sequence[Interval]) -> None:
        start = 0
        self.symbols = len(box)
        self.claim(len(box) * (1 + len(box)))
        for group, size in self.pair.inputs:
            values, differences = Values(), Differences([0] * size, [0] * size, [0] * size, [0] * size)
            for i, (low, high, d) in enumerate(box[start : start + size], start):
                centre, radius = (low + high << UNIT_BITS) // (2 * d), (high - low << UNIT_BITS) // (2 * d)
                largest = abs(centre) + radius + 2
                self.lanes.require(largest.bit_length() + 3)
                values.vectors.append(centre + self.lanes.unit(1 + i, radius))
                values.rests.append(2)
                values.sizes.append(largest)
            self.values[group], self.differences[group] = values, differences
            start += size

    def claim(self, numbers: int) -> None:
        """Count numbers that are about to be kept, and the work of making them."""
        self.held += numbers * self.lanes.width >> 3
        spend(numbers * (1 + self.lanes.width // WORD))
        if self.held > self.limits.max_zonotope:
            raise TooLarge(f"zonotopes of more than {self.limits.max_zonotope} bytes")


class _Layer:
    """Carries values and differences through one layer."""

    def __init__(self, leaf: Leaf, layer: Layer) -> None:
        self.leaf, self.layer, self.lanes = leaf, layer, leaf.lanes
        self.count, self.own_count = 1 + leaf.symbols, leaf.own_symbols
        self.growth = 1 + (abs(layer.slope) >> WEIGHT_BITS) if layer.rounded else 1
        self.below = layer.slope << SLOPE_BITS - WEIGHT_BITS

    def carry_on(self) -> None:
        """Find the vectors of what neurons are given, and then of what they give."""
        leaf, layer = self.leaf, self.layer
        n, m = layer.size, len(layer.matched)
        leaf.claim((n + m) * self.count + m * self.own_count)
        width = self.lanes.width // WORD + 1
        spend(layer.weights * (20 + 4 * width * (2 * self.count + self.own_count)) + 2000 * (n + m))
        given = self._given()
        differing = self._differing(given)
        partners = dict(zip(layer.matched, range(m), strict=True))
        ranges = [self._ranges(j, partners.get(j), given, differing) for j in range(n)]
        leaf.values[layer.group] = self._values(given, ranges)
        own = [ranges[j] for j in layer.matched]
        leaf.differences[layer.group] = self._differences(differing, own)
        if layer.group in leaf.pair.outputs:
            sizes = leaf.differences[layer.group].sizes
            found = (apart(r, self.below) + self._cut(size) for r, size in zip(own, sizes, strict=True))
            leaf.worst = max(leaf.worst, *found, 0)
            leaf.highest += [r.high for r in ranges]

    def _given(self) -> Values:
        """Return the sums that arrive at the neurons of the original, not yet rounded."""
        leaf, layer = self.leaf, self.layer
        result = Values([b << UNIT_BITS for b in layer.bias], [0] * layer.size, [])
        rounding = 1 << UNIT_BITS
        for arrow in layer.arrows:
            source = leaf.values[arrow.source]
            self._fit(arrow.first, source.sizes)
            rounding += sum(source.sizes)
            for j, reading in enumerate(arrow.first):
                result.vectors[j] += reading.of(source.vectors)
                result.rests[j] += arrow.first_size[j].of(source.rests)
        result.rests = [-(-(rest + rounding) >> WEIGHT_BITS) + self.count for rest in result.rests]
        return result

    def _differing(self, given: Values) -> Differences:
        """Return the differences of what arrives, and round it and them."""
        leaf, layer = self.leaf, self.layer
        m = len(layer.matched)
        seconds = [b << UNIT_BITS for b in layer.second_bias]
        result = Differences([], [0] * m, [0] * m, [])
        rounding = 1 << UNIT_BITS
        for arrow in layer.arrows:
            source, apart_ = leaf.values[arrow.source], leaf.differences[arrow.source]
            matched = leaf.pair.matched[arrow.source]
            others = [source.vectors[u] - d for u, d in zip(matched, apart_.shared, strict=True)]
            largest = [source.sizes[u] + d for u, d in zip(matched, apart_.sizes, strict=True)]
            self._fit(arrow.second, largest)
            rounding += sum(source.sizes) + sum(apart_.sizes)
            for k, reading in enumerate(arrow.second):
                seconds[k] += reading.of(others)
                result.own[k] += reading.of(apart_.own)
                result.rests[k] += arrow.second_size[k].of(apart_.rests) + arrow.apart[k].of(source.rests)
        lanes, count, own = self.lanes, self.count, self.own_count
        for j, second in zip(layer.matched, seconds, strict=True):
            result.shared.append(lanes.floored(given.vectors[j] - second, WEIGHT_BITS, count))
        result.own = [lanes.floored(vector, WEIGHT_BITS, own) for vector in result.own]
        result.rests = [-(-(rest + rounding) >> WEIGHT_BITS) + count + own for rest in result.rests]
        given.vectors = [lanes.floored(vector, WEIGHT_BITS, count) for vector in given.vectors]
        return result

    def _fit(self, readings: list[Reading], sizes: list[int]) -> None:
        """Raise `Narrow` unless sums of weights times numbers of these sizes fit the lanes."""
        weight = max((reading.size for reading in readings), default=0)
        arrows = len(self.layer.arrows) + 1
        bias = max(map(abs, (*self.layer.bias, *self.layer.second_bias)), default=0).bit_length() + UNIT_BITS
        bits = max(weight.bit_length() + max(sizes, default=0).bit_length(), bias)
        self.lanes.require(bits + arrows.bit_length() + 3)

    def _ranges(self, j: int, k: int | None, given: Values, differing: Differences) -> Ranges:
        """Return the ranges of what arrives at neuron j and at its partner k, and of their difference."""
        vector, rest = given.vectors[j], given.rests[j]
        low, high = self._range(vector, 0, rest)
        given.sizes.append(max(high, -low))
        if k is None:
            return Ranges(low, high, low, high, 0, 0)
        shared, own, more = differing.shared[k], differing.own[k], differing.rests[k]
        other = self._range(vector - shared, own, rest + more)
        return Ranges(low, high, *other, *self._range(shared, own, more)).tightened()

    def _range(self, shared: int, own: int, rest: int) -> tuple[int, int]:
        lanes = self.lanes
        centre = lanes.first(shared)
        size = lanes.size(shared - centre, self.count) + lanes.size(own, self.own_count) + rest
        return centre - size, centre + size

    def _values(self, given: Values, ranges: list[Ranges]) -> Values:
        """Return what the neurons of the original give; those that are undecided have a symbol each."""
        result = Values()
        for j, r in enumerate(ranges):
            line = line_of_values(r.low, r.high, self.below)
            size = given.sizes[j]
            self._fits(size)
            vector, rest = self._along(line, given.vectors[j], given.rests[j], self.count)
            rest += self._cut(size)
            vector += line.middle
            if line.half >= TINY:
                self.leaf.symbols += 1
                vector += self.lanes.unit(self.leaf.symbols, line.half)
            else:
                rest += line.half
            result.vectors.append(vector)
            result.rests.append(rest)
            result.sizes.append(self.growth * size)
        return result

    def _differences(self, differing: Differences, ranges: list[Ranges]) -> Differences:
        """Return the differences of what the neurons give; those that are not along a line have a symbol each."""
        result = Differences()
        for k, r in enumerate(ranges):
            line = line_of_differences(r, self.below)
            shared, own = differing.shared[k], differing.own[k]
            low, high = self._range(shared, own, differing.rests[k])
            size = max(high, -low)
            self._fits(size)
            shared, rest = self._along(line, shared, differing.rests[k], self.count)
            own, more = self._along(line, own, 0, self.own_count)
            rest += more + self._cut(size)
            if line.half >= TINY:
                own += self.lanes.unit(self.leaf.own_symbols, line.half)
                self.leaf.own_symbols += 1
            else:
                rest += line.half
            result.shared.append(shared + line.middle)
            result.own.append(own)
            result.rests.append(rest)
            result.sizes.append(self.growth * size)
        return result

    def _fits(self, size: int) -> None:
        """Raise `Narrow` unless numbers of this size fit the lanes when they are multiplied by a slope."""
        self.lanes.require((self.growth * size).bit_length() + SLOPE_BITS + 3)

    def _along(self, line: Line, vector: int, rest: int, count: int) -> tuple[int, int]:
        """Return a vector times the slope of a line, and the remainder."""
        scaled = self.lanes.scaled(vector, line.slope, SLOPE_BITS, count)
        return scaled, -(-abs(line.slope) * rest >> SLOPE_BITS) + count

    def _cut(self, size: int) -> int:
        """Return what it may change that a slope was rounded to 2^-52."""
        return (size >> WEIGHT_BITS) + 1 if self.layer.rounded else 0
