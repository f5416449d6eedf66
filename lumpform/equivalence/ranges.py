"""Holds values of a group of nodes as integers over one denominator, exact or between two ends, for node functions.

Sums over edges stay matrices of FLINT integers until all that arrives is added up. A rational function that keeps the
order of its arguments is applied to both ends; the others have enclosures of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.equivalence.enclose import ELEMENTWISE, KNOWN, softmax
from lumpform.errors import ModelError
from lumpform.graph.graph import NodeFunction
from lumpform.networks.functions import RATIONAL, SOFTMAX, apply
from lumpform.numbers.rational import lcm_of_denominators

INCREASING = ("identity", "relu", "max_pool")
"""Rational functions that keep the order of their arguments, as leaky ReLU does with a slope that is not negative."""


@dataclass(frozen=True)
class Range:
    """Encloses the values of the nodes of a group: ``low / denominator <= value <= high / denominator``.

    Attributes
    ----------
    low, high : (1, nodes, *shape) arrays of int
        One array if the values are exact.
    denominator : int
    """

    low: NDArray[Any]
    high: NDArray[Any]
    denominator: int

    @property
    def exact(self) -> bool:
        """Tell whether both ends are one."""
        return self.low is self.high

    def plus(self, other: Range) -> Range:
        """Return the sum; numbers are added to every position of a map."""
        common = lcm(self.denominator, other.denominator)
        one, two = common // self.denominator, common // other.denominator
        low = self.low * one + other.low * two
        exact = self.exact and other.exact
        return Range(low, low if exact else self.high * one + other.high * two, common)

    def mapped(self, function: Callable[[NDArray[Any]], NDArray[Any]]) -> Range:
        """Return the same with another array for either end."""
        low = function(self.low)
        return Range(low, low if self.exact else function(self.high), self.denominator)


@dataclass(frozen=True)
class Sum:
    """Holds what arrives at a group: matrices of integers over one denominator, a row for every position.

    Attributes
    ----------
    low, high : FLINT matrix
        `high` is None if the values are exact.
    denominator : int
    """

    low: Any
    high: Any
    denominator: int

    def plus(self, other: Sum) -> Sum:
        """Return the sum."""
        common = lcm(self.denominator, other.denominator)
        one, two = common // self.denominator, common // other.denominator
        low = _times(self.low, one) + _times(other.low, two)
        if self.high is None and other.high is None:
            return Sum(low, None, common)
        tops = [s.low if s.high is None else s.high for s in (self, other)]
        return Sum(low, _times(tops[0], one) + _times(tops[1], two), common)

    def ranges(self, shape: tuple[int, ...], dimensions: int) -> Range:
        """Return the same as arrays of so many dimensions, nodes before positions."""

        def array(matrix: Any) -> NDArray[Any]:
            found = np.moveaxis(array_of([int(v) for v in matrix.entries()], shape), -1, 1)
            return found.reshape(*found.shape, *[1] * (dimensions - found.ndim))

        low = array(self.low)
        return Range(low, low if self.high is None else array(self.high), self.denominator)


def _times(matrix: Any, factor: int) -> Any:
    return matrix if factor == 1 else matrix * factor


def applied(function: NodeFunction, x: Range, bits: int | None, tick: Callable[[], None] = lambda: None) -> Range:
    """Return a node function at a range of values.

    Raises
    ------
    ModelError
        If it has neither rational values nor an enclosure.
    """
    if function.name in RATIONAL and function.homogeneous and (x.exact or _increasing(function)):
        return _whole(x.mapped(lambda end: apply(function, end)))
    if function.name == "quantize":  # it never decreases
        part = Fraction(1, x.denominator)
        low, high = (apply(function, end * part) for end in (x.low, x.high))
        return _whole(Range(low, high, 1))
    if function.name == "leaky_relu":  # with a negative slope: down to zero, then up
        ends = [apply(function, end) for end in (x.low, x.high)]
        crossed = (x.low < 0) & (x.high > 0)
        low = np.where(crossed, 0, np.where(ends[0] < ends[1], *ends))
        return _whole(Range(low, np.where(ends[0] < ends[1], ends[1], ends[0]), x.denominator))
    if bits is None or function not in KNOWN:
        raise ModelError(f"{function.name} has no exact values, and no enclosure is known")
    lows, highs = (np.moveaxis(end, 1, -1).reshape(-1, end.shape[1]).tolist() for end in (x.low, x.high))
    rows = [list(zip(low, high, strict=True)) for low, high in zip(lows, highs, strict=True)]
    found: list[Any] = []
    for row in rows:
        tick()
        if function == SOFTMAX:
            found.append(softmax(row, x.denominator, bits))
        else:
            found.append([ELEMENTWISE[function](pair, x.denominator, bits) for pair in row])
    shape = np.moveaxis(x.low, 1, -1).shape
    ends = [np.moveaxis(array_of([pair[k] for row in found for pair in row], shape), -1, 1) for k in (0, 1)]
    return Range(ends[0], ends[1], 1 << bits)


def _increasing(function: NodeFunction) -> bool:
    return function.name in INCREASING or (function.name == "leaky_relu" and function.parameters[0] >= 0)


def _whole(x: Range) -> Range:
    """Return a range whose ends may hold fractions with integers again."""
    entries = [end.reshape(-1).tolist() for end in ((x.low,) if x.exact else (x.low, x.high))]
    common = lcm(*map(lcm_of_denominators, entries))
    ends = [array_of([v.numerator * (common // v.denominator) for v in end], x.low.shape) for end in entries]
    return Range(ends[0], ends[-1], x.denominator * common)


def rounded(x: Range, bits: int) -> Range:
    """Return the range with ends over ``2^bits``, rounded outward, if its denominator is larger."""
    if x.denominator <= 1 << bits:
        return x
    low = np.asarray((x.low << bits) // x.denominator)
    high = np.asarray(-((-x.high << bits) // x.denominator))
    return Range(low, high, 1 << bits)


def array_of(entries: list[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """Return Python numbers as an array of objects."""
    flat = np.empty(len(entries), dtype=object)
    flat[:] = entries
    return flat.reshape(shape)
