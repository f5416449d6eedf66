"""Encloses a function, and differences of its values, between parallel lines. docs/certificate-epsilon.md, 3.3.

The function is x for x >= 0 and a multiple of x below. A slope and what is left beside it are integers: slopes in
units of 2^-53, values in units of 2^-60.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .pair import WEIGHT_BITS

SLOPE_BITS = WEIGHT_BITS + 1
"""Half of a slope of 2^-52 has one more."""

ONE = 1 << SLOPE_BITS

CUT = 20
"""Bits that are kept of the slope of an undecided neuron: any slope is right, the rest is computed for it."""


@dataclass(frozen=True)
class Line:
    """Says that a function is ``slope x + middle +- half``."""

    slope: int
    middle: int
    half: int


@dataclass(frozen=True)
class Ranges:
    """Holds the least and greatest input of a neuron, of the one that it corresponds to, and of their difference."""

    low: int
    high: int
    other_low: int
    other_high: int
    least: int
    greatest: int

    def tightened(self) -> Ranges:
        """Return what each of the three says about the others."""
        return Ranges(
            max(self.low, self.other_low + self.least),
            min(self.high, self.other_high + self.greatest),
            max(self.other_low, self.low - self.greatest),
            min(self.other_high, self.high - self.least),
            max(self.least, self.low - self.other_high),
            min(self.greatest, self.high - self.other_low),
        )

    def corners(self) -> set[tuple[int, int]]:
        """Return points between which two piecewise linear functions of both inputs have no least or greatest sum."""
        own, others = (self.low, self.high, 0), (self.other_low, self.other_high, 0)
        found = {(z, y) for z in own for y in others}
        for d in (self.least, self.greatest):
            found |= {(z, z - d) for z in own} | {(y + d, y) for y in others}
        return {corner for corner in found if self.has(*corner)}

    def has(self, z: int, y: int) -> bool:
        """Tell whether two inputs are possible."""
        inside = self.low <= z <= self.high and self.other_low <= y <= self.other_high
        return inside and self.least <= z - y <= self.greatest


def image(value: int, below: int) -> int:
    """Return the function of a value, in units of 2^-53 of its own; `below` is the slope of what is negative."""
    return value << SLOPE_BITS if value >= 0 else value * below


def line_of_values(low: int, high: int, below: int) -> Line:
    """Return a line along the function between two inputs, both in the same part or with the least area between."""
    if low >= 0:
        return Line(ONE, 0, 0)
    if high <= 0:
        return Line(below, 0, 0)
    share = (high << CUT) // (high - low)
    slope = below + ((ONE - below) * share >> CUT)
    return _line(slope, (image(x, below) - slope * x for x in (low, 0, high)))


def line_of_differences(ranges: Ranges, below: int) -> Line:
    """Return a line along the difference of two values as a function of that of their inputs.

    The slope is that of one of the parts, or the mean of both if that leaves clearly less beside it.
    """
    if ranges.low >= 0 and ranges.other_low >= 0:
        return Line(ONE, 0, 0)
    if ranges.high <= 0 and ranges.other_high <= 0:
        return Line(below, 0, 0)
    corners = ranges.corners()
    best = least = greatest = 0
    for number, slope in enumerate((below, ONE, (ONE + below) // 2)):
        beside = [image(z, below) - image(y, below) - slope * (z - y) for z, y in corners]
        height = max(beside) - min(beside)
        if not number or 16 * height < 15 * (greatest - least):
            best, least, greatest = slope, min(beside), max(beside)
    return _line(best, iter((least, greatest)))


def apart(ranges: Ranges, below: int) -> int:
    """Return the greatest difference that the values of two neurons can have, rounded up."""
    most = max(abs(image(z, below) - image(y, below)) for z, y in ranges.corners())
    return -(-most >> SLOPE_BITS)


def _line(slope: int, beside: Iterator[int]) -> Line:
    """Return the line with this slope, given what it must leave on both sides."""
    ends = list(beside)
    least, greatest = min(ends), max(ends)
    middle = least + greatest >> SLOPE_BITS + 1
    half = max(-(-greatest >> SLOPE_BITS) - middle, middle - (least >> SLOPE_BITS))
    return Line(slope, middle, half)
