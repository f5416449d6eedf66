"""Makes the rows of an aggregated chain, exactly, and says how far each is from the members of its class.

The distance is the total variation of one step: half the sum of the absolute differences between the class sums of a
state and the row of its class, in a generator per unit of time. It is computed in rationals for the rows as they are,
so it is proved, however the rows were found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor, log10

import numpy as np

from lumpform.chains.near.centres import apart, centre, extremes
from lumpform.graph.partition import Partition
from lumpform.graph.weights import SparseWeights
from lumpform.lumping.sums import class_sums

ZERO = Fraction(0)
Row = dict[int, Fraction]

DIGITS = 12
"""Decimal digits, counted from the largest entry, to which rows found in floats are rounded."""

BETTER = 1e-6
"""How much smaller, relatively, the distance of a rounded row must be to take the place of a mean."""


@dataclass(frozen=True)
class Aggregate:
    """Holds the rows of an aggregated chain and, for every class, the largest distance of a member: exact."""

    rows: tuple[Row, ...]
    distances: tuple[Fraction, ...]

    @property
    def distance(self) -> Fraction:
        """Return the largest distance of a state."""
        return max(self.distances, default=ZERO)


def distance(one: Row, other: Row) -> Fraction:
    """Return half the sum of the absolute differences."""
    return sum((abs(one.get(k, ZERO) - other.get(k, ZERO)) for k in one.keys() | other.keys()), ZERO) / 2


def aggregate(
    matrix: SparseWeights, partition: Partition, weights: Sequence[int], *, generator: bool, best: bool
) -> Aggregate:
    """Return the rows that are nearest to all members of their classes, or the means of these.

    Parameters
    ----------
    matrix : SparseWeights
        Of exact numbers, with the diagonal if it is a generator.
    partition : Partition
    weights : sequence of int
        How much a state counts in means.
    generator : bool
    best : bool
        Whether rows are centres (`lumpform.chains.near.centres`), which are rounded where they come from a linear
        program, or means.

    Notes
    -----
    O(entries) exact operations, besides the linear programs.
    """
    rows, distances = [], []
    for b, members in enumerate(partition.classes()):
        counts: dict[frozenset[tuple[int, Fraction]], int] = {}
        for s in members:
            key = frozenset(class_sums(matrix, s, partition.class_of).items())
            counts[key] = counts.get(key, 0) + weights[s]
        distinct = [dict(key) for key in counts]
        row, worst = _nearest(distinct, [_mean(distinct, list(counts.values()))])
        if best and worst:
            row, worst = _nearest(distinct, _candidates(distinct, row, b if generator else None))
        rows.append(row)
        distances.append(worst)
    return Aggregate(tuple(rows), tuple(distances))


def _mean(rows: list[Row], counts: list[int]) -> Row:
    whole = sum(counts)
    if len(rows) == 1:
        return rows[0]
    total: Row = {}
    for row, count in zip(rows, counts, strict=True):
        for c, v in row.items():
            total[c] = total.get(c, ZERO) + v * count
    return {c: v / whole for c, v in total.items() if v}


def _nearest(rows: list[Row], candidates: Iterable[Row]) -> tuple[Row, Fraction]:
    """Return the candidate whose largest distance from the rows is least, the first of several, and this distance."""
    measured = [(max(distance(row, candidate) for row in rows), candidate) for candidate in candidates]
    worst, found = min(measured, key=lambda pair: pair[0])
    return found, worst


def _candidates(rows: list[Row], mean: Row, own: int | None) -> list[Row]:
    """Return rows that may be the centre: the mean, a row, the middle of two that are far, and that of a program."""
    keys = sorted({c for row in rows for c in row})
    floats = np.array([[float(row.get(c, ZERO)) for c in keys] for row in rows])
    one, other = extremes(floats)
    found = [mean, rows[0], _mean([rows[one], rows[other]], [1, 1])]
    signed = keys.index(own) if own in keys else None
    row, least = centre(floats, signed)
    cheap = min(float(apart(floats, np.array([float(r.get(c, ZERO)) for c in keys])).max()) for r in found)
    if least < cheap * (1 - BETTER):
        found.append(_rounded(dict(zip(keys, row.tolist(), strict=True)), own, sum(rows[0].values(), ZERO)))
    return found


def _rounded(row: dict[int, float], own: int | None, total: Fraction) -> Row:
    """Return a row with few digits that is one of a chain: no negative rate, and exactly the sum of the others."""
    largest = max(row, key=lambda c: row[c] if c != own else -1.0)
    scale = Fraction(10) ** (DIGITS - 1 - floor(log10(row[largest]))) if row[largest] > 0 else Fraction(1)
    result = {c: round(Fraction(max(v, 0.0)) * scale) / scale for c, v in row.items()}
    slack = largest if own is None else own
    result[slack] = ZERO
    result[slack] = total - sum(result.values(), ZERO)
    return {c: v for c, v in result.items() if v}
