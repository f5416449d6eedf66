"""A network at a rational point, exactly, or within proved bounds where a function has no rational values.

Values of a group are integers over one denominator. An interval is a pair of them; where both ends are one array, the
value is exact. Sums over edges are integer matrix products by FLINT. All operators on arrows choose or average, so they
keep the order of two maps, and lower ends give lower ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.equivalence.enclose import ELEMENTWISE, precision, softmax
from lumpform.equivalence.verdict import Enclosure
from lumpform.errors import ModelError
from lumpform.exact import lcm_of_denominators
from lumpform.graph import Arrow, Group, NodeFunction
from lumpform.networks.functions import RATIONAL, apply
from lumpform.networks.operators import operate
from lumpform.weights import DenseWeights

INCREASING = ("identity", "relu", "max_pool")
"""Rational functions that keep the order of their arguments, as leaky ReLU does with a slope that is not negative."""


@dataclass(frozen=True)
class Range:
    """Values of the nodes of a group: ``low / denominator <= value <= high / denominator``.

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
        """Whether both ends are one."""
        return self.low is self.high

    def mapped(self, function: Callable[[NDArray[Any]], NDArray[Any]]) -> Range:
        """Return the same with another array for either end."""
        low = function(self.low)
        return Range(low, low if self.exact else function(self.high), self.denominator)


class Evaluator:
    """The exact side of a network; integer matrices are kept from one point to the next.

    Parameters
    ----------
    network : Network
    """

    def __init__(self, network: Any) -> None:
        self.network = network
        graph = network.graph
        self.into: dict[str, list[Arrow]] = {g.name: [] for g in graph.groups}
        for arrow in graph.arrows:
            self.into[arrow.target].append(arrow)
        self.rational = all(g.function.name in RATIONAL for g in graph.groups)
        self.matrices: dict[str, Any] = {}

    def unknown(self) -> str | None:
        """Return the name of a function that has neither rational values nor enclosures here, if there is one."""
        known = RATIONAL | set(ELEMENTWISE) | {"softmax"}
        return next((g.function.name for g in self.network.graph.groups if g.function.name not in known), None)

    def at(
        self, x: Sequence[Fraction], bits: int = 64, tick: Callable[[], None] = lambda: None
    ) -> list[Fraction] | list[Enclosure]:
        """Return all outputs at one input.

        Parameters
        ----------
        x : sequence of Fraction
            All inputs in order, maps row by row.
        bits : int
            Ends of enclosures are multiples of ``2^-bits``. Without meaning for networks of rational functions.
        tick : function
            Called all the time; it may raise.

        Returns
        -------
        list of Fraction or list of Enclosure
            Exact if all functions are rational.

        Raises
        ------
        ModelError
            For a function without values here.
        """
        return self.over([(v, v) for v in x], bits, tick)

    def over(
        self, box: Sequence[tuple[Fraction, Fraction]], bits: int = 64, tick: Callable[[], None] = lambda: None
    ) -> list[Fraction] | list[Enclosure]:
        """Return bounds of all outputs on a box with one pair for every input; the rest is as for `at`."""
        exact = all(low == high for low, high in box)
        rounding = None if exact and self.rational else bits
        with precision(bits):
            values = self._inputs(box, exact)
            for group in self.network.graph.groups:
                if group.name not in values:
                    tick()
                    values[group.name] = self._group(group, values, rounding, tick)
        result: list[Any] = []
        for port in self.network.outputs:
            r = values[port.group]
            for low, high in zip(r.low.reshape(-1).tolist(), r.high.reshape(-1).tolist(), strict=True):
                ends = Fraction(low, r.denominator), Fraction(high, r.denominator)
                result.append(ends[0] if rounding is None else Enclosure(*ends))
        return result

    def _inputs(self, box: Sequence[tuple[Fraction, Fraction]], exact: bool) -> dict[str, Range]:
        graph, start = self.network.graph, 0
        one = np.ones((1, 1), dtype=object)
        values = {graph.groups[0].name: Range(one, one, 1)}
        for port in self.network.inputs:
            group = graph.group(port.group)
            size = group.size * int(np.prod(group.shape, dtype=np.int64))
            part = box[start : start + size]
            common = lcm_of_denominators(v for pair in part for v in pair)
            ends = [_array([int(p[k] * common) for p in part], (1, group.size, *group.shape)) for k in (0, 1)]
            values[port.group] = Range(ends[0], ends[0] if exact else ends[1], common)
            start += size
        return values

    def _group(
        self, group: Group, values: dict[str, Range], rounding: int | None, tick: Callable[[], None]
    ) -> Range:
        arrived = []
        for arrow in self.into[group.name]:
            tick()
            arrived.append(self._along(arrow, values[arrow.source], 2 + len(group.shape)))
        if arrived:
            common = lcm(*(r.denominator for r in arrived))
            exact = all(r.exact for r in arrived)
            low = sum(r.low * (common // r.denominator) for r in arrived)
            high = low if exact else sum(r.high * (common // r.denominator) for r in arrived)
            total = Range(np.asarray(low), np.asarray(high), common)
        else:
            zero = _array([0] * group.size, (1, group.size, *[1] * len(group.shape)))
            total = Range(zero, zero, 1)
        if rounding is not None:
            total = _rounded(total, rounding)
        tick()
        found = applied(group.function, total, rounding)
        if found.low.shape[2:] != group.shape:  # a number on its way into a map
            shape = (1, group.size, *group.shape)
            found = found.mapped(lambda a: np.broadcast_to(a, shape))
        return found

    def _along(self, arrow: Arrow, source: Range, dimensions: int) -> Range:
        """Return ``sum over u of A(u, v) x(u)`` for every target v."""
        whole, positive, negative, denominator = self._matrix(arrow, not source.exact)
        sent = [operate(arrow.operator, end) for end in ((source.low,) if source.exact else (source.low, source.high))]
        shape = np.moveaxis(sent[0], 1, -1).shape[:-1]
        columns = arrow.weights.shape[1]
        integers = [_integers(np.moveaxis(end, 1, -1).reshape(-1, arrow.weights.shape[0])) for end in sent]
        common = lcm(*(d for _, d in integers))
        ends = [m if d == common else m * (common // d) for m, d in integers]
        if source.exact:
            products = [ends[0] * whole]
        else:
            products = [ends[0] * positive + ends[1] * negative, ends[1] * positive + ends[0] * negative]

        def array(product: Any) -> NDArray[Any]:
            result = np.moveaxis(_array([int(v) for v in product.entries()], (*shape, columns)), -1, 1)
            return result.reshape(*result.shape, *[1] * (dimensions - result.ndim))

        low = array(products[0])
        return Range(low, low if source.exact else array(products[1]), denominator * common * source.denominator)

    def _matrix(self, arrow: Arrow, signed: bool) -> tuple[Any, Any, Any, int]:
        """Return an arrow's numerators as a FLINT matrix, its positive and its negative part, and the denominator."""
        from flint import fmpz_mat

        kept = self.matrices.get(arrow.name)
        if kept is None:
            weights: Any = arrow.weights
            denominator = weights.values.denominator
            numbers = [v.numerator * (denominator // v.denominator) for v in weights.values.fractions()]
            if not isinstance(weights, DenseWeights):
                flat = [0] * (weights.shape[0] * weights.shape[1])
                places = weights.row_of_entries().astype(np.int64) * weights.shape[1] + weights.indices
                for place, v in zip(places.tolist(), numbers, strict=True):
                    flat[place] = v
                numbers = flat
            rows, columns = weights.shape
            kept = self.matrices[arrow.name] = (fmpz_mat(rows, columns, numbers), None, None, denominator)
        if signed and kept[1] is None:
            entries = [int(v) for v in kept[0].entries()]
            rows, columns = arrow.weights.shape
            positive, negative = ([f(v, 0) for v in entries] for f in (max, min))
            kept = kept[0], fmpz_mat(rows, columns, positive), fmpz_mat(rows, columns, negative), kept[3]
            self.matrices[arrow.name] = kept
        return kept


def applied(function: NodeFunction, x: Range, bits: int | None) -> Range:
    """Return a node function at a range of values.

    Raises
    ------
    ModelError
        If it has neither rational values nor an enclosure.
    """
    if function.name in RATIONAL and function.homogeneous and (x.exact or _increasing(function)):
        return _whole(x.mapped(lambda end: apply(function, end)))
    if function.name == "leaky_relu":  # with a negative slope: down to zero, then up
        ends = [apply(function, end) for end in (x.low, x.high)]
        crossed = (x.low < 0) & (x.high > 0)
        low = np.where(crossed, 0, np.where(ends[0] < ends[1], *ends))
        return _whole(Range(low, np.where(ends[0] < ends[1], ends[1], ends[0]), x.denominator))
    if bits is None or function.name not in (*ELEMENTWISE, "softmax"):
        raise ModelError(f"{function.name} has no exact values, and no enclosure is known")
    lows, highs = (np.moveaxis(end, 1, -1).reshape(-1, end.shape[1]).tolist() for end in (x.low, x.high))
    rows = [list(zip(low, high, strict=True)) for low, high in zip(lows, highs, strict=True)]
    if function.name == "softmax":
        found = [softmax(row, x.denominator, bits) for row in rows]
    else:
        enclosure = ELEMENTWISE[function.name]
        found = [[enclosure(pair, x.denominator, bits) for pair in row] for row in rows]
    shape = np.moveaxis(x.low, 1, -1).shape
    ends = [np.moveaxis(_array([pair[k] for row in found for pair in row], shape), -1, 1) for k in (0, 1)]
    return Range(ends[0], ends[1], 1 << bits)


def _increasing(function: NodeFunction) -> bool:
    return function.name in INCREASING or (function.name == "leaky_relu" and function.parameters[0] >= 0)


def _whole(x: Range) -> Range:
    """Return a range whose ends may hold fractions with integers again."""
    parts = [(m, lcm_of_denominators(m.reshape(-1).tolist())) for m in ((x.low,) if x.exact else (x.low, x.high))]
    common = lcm(*(d for _, d in parts))
    ends = [_array([int(v * common) for v in m.reshape(-1).tolist()], m.shape) for m, _ in parts]
    return Range(ends[0], ends[-1], x.denominator * common)


def _rounded(x: Range, bits: int) -> Range:
    """Return the range with ends over ``2^bits``, rounded outward, if its denominator is larger."""
    if x.denominator <= 1 << bits:
        return x
    low = np.asarray((x.low << bits) // x.denominator)
    high = np.asarray(-((-x.high << bits) // x.denominator))
    return Range(low, high, 1 << bits)


def _integers(rows: NDArray[Any]) -> tuple[Any, int]:
    """Return rows of rationals as a FLINT matrix of integers, and their common denominator."""
    from flint import fmpz_mat

    entries = rows.reshape(-1).tolist()
    common = lcm_of_denominators(entries)
    if common != 1:
        entries = [v.numerator * (common // v.denominator) for v in entries]
    return fmpz_mat(rows.shape[0], rows.shape[1], [int(v) for v in entries]), common


def _array(entries: list[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """Return Python numbers as an array of objects."""
    flat = np.empty(len(entries), dtype=object)
    flat[:] = entries
    return flat.reshape(shape)
