"""Evaluates a network at a rational point, exactly, or within proved bounds where functions have no rational values.

Sums over edges are integer matrix products by FLINT. All operators on arrows choose or average, so they keep the order
of two maps, and lower ends give lower ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import lcm, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.equivalence.enclose import KNOWN, precision
from lumpform.equivalence.ranges import Range, Sum, applied, array_of, rounded
from lumpform.equivalence.verdict import Enclosure
from lumpform.graph.graph import Arrow, Group
from lumpform.networks.functions import RATIONAL
from lumpform.networks.operators import operate
from lumpform.networks.port import spans
from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.dyadic import DyadicValues
from lumpform.numbers.rational import lcm_of_denominators

SMALL = 2_000
"""Up to so many weights are read one by one."""


class Evaluator:
    """Evaluates a network exactly or in enclosures; integer matrices are kept from one point to the next.

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
        functions = (g.function for g in self.network.graph.groups)
        return next((f.name for f in functions if f.name not in RATIONAL and f not in KNOWN), None)

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
        exact = all(low is high or low == high for low, high in box)
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
        graph = self.network.graph
        one = np.ones((1, 1), dtype=object)
        values = {graph.groups[0].name: Range(one, one, 1)}
        for group, span in spans(graph, self.network.inputs):
            sides = [[pair[k] for pair in box[span]] for k in ((0,) if exact else (0, 1))]
            common = lcm(*map(lcm_of_denominators, sides))
            shape = (1, group.size, *group.shape)
            ends = [array_of([v.numerator * (common // v.denominator) for v in side], shape) for side in sides]
            values[group.name] = Range(ends[0], ends[-1], common)
        return values

    def _group(self, group: Group, values: dict[str, Range], rounding: int | None, tick: Callable[[], None]) -> Range:
        sums: dict[tuple[int, ...], Sum] = {}  # by positions: numbers, and the positions of a map
        for arrow in self.into[group.name]:
            tick()
            shape, found = self._along(arrow, values[arrow.source])
            sums[shape] = found if shape not in sums else sums[shape].plus(found)
        dimensions = 2 + len(group.shape)
        arrived = [s.ranges((1, *shape, group.size), dimensions) for shape, s in sums.items()]
        if not arrived:
            zero = array_of([0] * group.size, (1, group.size, *[1] * len(group.shape)))
            arrived = [Range(zero, zero, 1)]
        total = arrived[0]
        for other in arrived[1:]:
            total = total.plus(other)
        if rounding is not None:
            total = rounded(total, rounding)
        tick()
        found = applied(group.function, total, rounding, tick)
        if found.low.shape[2:] != group.shape:  # a number on its way into a map
            shape = (1, group.size, *group.shape)
            found = found.mapped(lambda end: np.broadcast_to(end, shape))
        return found

    def _along(self, arrow: Arrow, source: Range) -> tuple[tuple[int, ...], Sum]:
        """Return ``sum over u of A(u, v) x(u)`` for every target v, one row for every position of the map."""
        whole, sizes, denominator = self._matrix(arrow, not source.exact)
        sent = [operate(arrow.operator, end) for end in ((source.low,) if source.exact else (source.low, source.high))]
        rows = [np.moveaxis(end, 1, -1) for end in sent]
        shape = rows[0].shape[1:-1]
        integers = [_integers(end.reshape(prod(shape), arrow.weights.shape[0])) for end in rows]
        common = lcm(*(d for _, d in integers))
        ends = [m if d == common else m * (common // d) for m, d in integers]
        denominator *= common * source.denominator
        if source.exact:
            return shape, Sum(ends[0] * whole, None, denominator)
        middle, radius = (ends[0] + ends[1]) * whole, (ends[1] - ends[0]) * sizes  # twice both
        return shape, Sum(middle - radius, middle + radius, 2 * denominator)

    def _matrix(self, arrow: Arrow, sized: bool) -> tuple[Any, Any, int]:
        """Return an arrow's numerators as a FLINT matrix, their absolute values if asked for, and the denominator."""
        from flint import fmpz_mat

        kept = self.matrices.get(arrow.name)
        rows, columns = arrow.weights.shape
        if kept is None:
            numbers, denominator = numerators(arrow.weights.all_values())
            kept = self.matrices[arrow.name] = (fmpz_mat(rows, columns, numbers), None, denominator)
        if sized and kept[1] is None:
            sizes = fmpz_mat(rows, columns, [abs(v) for v in kept[0].entries()])
            kept = self.matrices[arrow.name] = (kept[0], sizes, kept[2])
        return kept


def numerators(values: Values) -> tuple[list[int], int]:
    """Return a column as numerators over its common denominator."""
    if len(values) <= SMALL and not isinstance(values, CodedValues):  # no kernel need be loaded
        fractions = values.fractions()
        common = lcm_of_denominators(fractions)
        return [v.numerator * (common // v.denominator) for v in fractions], common
    denominator = values.denominator
    small = values.numerators()
    if small is not None:
        return small.tolist(), denominator
    if isinstance(values, DyadicValues):
        whole, exponents = np.frexp(values.floats())
        shift = denominator.bit_length() - 1 - 53
        numbers = np.ldexp(whole, 53).astype(np.int64).tolist()
        places = (exponents.astype(np.int64) + shift).tolist()
        return [n << k if k >= 0 else n >> -k for n, k in zip(numbers, places, strict=True)], denominator
    if isinstance(values, CodedValues):
        table = [v.numerator * (denominator // v.denominator) for v in values.table]
        return [table[c] for c in values.codes.tolist()], denominator
    return [v.numerator * (denominator // v.denominator) for v in values.fractions()], denominator


def _integers(rows: NDArray[Any]) -> tuple[Any, int]:
    """Return rows of rationals as a FLINT matrix of integers, and their common denominator."""
    from flint import fmpz_mat

    entries = rows.reshape(-1).tolist()
    common = lcm_of_denominators(entries)
    entries = [v.numerator * (common // v.denominator) for v in entries]
    return fmpz_mat(rows.shape[0], rows.shape[1], entries), common
