"""Finds the row from which the farthest of some rows is nearest, in total variation: a centre of Chebyshev.

All rows have the same sum, so the total variation distance of x and z is the sum of ``max(x - z, 0)``, and the best z
is a linear program with one variable for every entry of a row. Only rows that matter are in it: it begins with two that
are far apart, and takes in the farthest from its solution until none is farther than those that are in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]

CLOSE = 1e-9
"""How much, relatively, a centre may be above a lower bound and count as the best."""

LARGEST = 200_000
"""Up to so many entries of the rows that matter a linear program is solved."""

ROUNDS = 60
"""How many programs are solved for one centre, if nothing else is said."""


def apart(rows: Rows, row: Rows) -> Rows:
    """Return the total variation distance of every row from one."""
    return 0.5 * np.abs(rows - row).sum(axis=1)


def extremes(rows: Rows) -> tuple[int, int]:
    """Return two rows that are far from each other: the farthest from the first, and the farthest from that."""
    one = int(apart(rows, rows[0]).argmax())
    return one, int(apart(rows, rows[one]).argmax())


@dataclass
class Effort:
    """Counts how many linear programs may still be solved in a search; without one only means are tried."""

    programs: int = 100


def radius_at_most(rows: Rows, epsilon: float, signed: int | None, effort: Effort) -> bool:
    """Tell whether a row is found that is within epsilon of all rows, as far as floats tell.

    Parameters
    ----------
    rows : (m, n) floats
        With equal sums.
    signed : int, optional
        The column in which entries may be negative: the own class of a generator.
    effort : Effort
    """
    if len(rows) < 2 or apart(rows, rows[0]).max() <= epsilon:
        return True
    one, other = extremes(rows)
    if apart(rows[one : one + 1], rows[other])[0] > 2 * epsilon * (1 + CLOSE):
        return False
    cheap = (rows.mean(axis=0), (rows[one] + rows[other]) / 2)
    return (
        any(apart(rows, row).max() <= epsilon for row in cheap) or centre(rows, signed, epsilon, effort)[1] <= epsilon
    )


def centre(
    rows: Rows, signed: int | None = None, enough: float = 0.0, effort: Effort | None = None
) -> tuple[Rows, float]:
    """Return a row whose largest distance from the rows is least, and this distance; in floats.

    Parameters
    ----------
    rows : (m, n) floats
    signed : int, optional
    enough : float
        A distance at which the search may end.
    effort : Effort, optional
        Of a search; without it, `ROUNDS` programs.

    Notes
    -----
    A linear program for every row that is taken in; where these have more than `LARGEST` entries, or effort is
    spent, the best row so far is returned.
    """
    one, other = extremes(rows)
    known = [rows.mean(axis=0), (rows[one] + rows[other]) / 2, rows[0]]
    best = min(known, key=lambda row: float(apart(rows, row).max()))
    least, below = float(apart(rows, best).max()), float(apart(rows[one : one + 1], rows[other])[0]) / 2
    chosen = [one, other]
    effort = Effort(ROUNDS) if effort is None else effort
    while effort.programs > 0:
        effort.programs -= 1
        if least <= max(enough, below * (1 + CLOSE)) or 0 < enough < below:
            break
        if np.count_nonzero(rows[chosen]) > LARGEST:
            break
        solved = _program(rows[chosen], signed)
        if solved is None:
            break
        row, below = solved
        distances = apart(rows, row)
        if distances.max() < least:
            best, least = row, float(distances.max())
        farthest = int(distances.argmax())
        if farthest in chosen:
            break
        chosen.append(farthest)
    return best, least


def _program(rows: Rows, signed: int | None) -> tuple[Rows, float] | None:
    """Solve the linear program for these rows: the row, and the least largest distance; None if it was not solved."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    m, n = rows.shape
    counted = rows != 0
    if signed is not None:
        counted[:, signed] = True  # elsewhere no entry is negative, so only entries that are there can be above z
    of_row, of_column = np.nonzero(counted)
    k = len(of_row)
    # variables: the row z (n), how far each entry is above it (k), the largest distance
    places = np.arange(k)
    up = np.concatenate([places, places, k + of_row, k + np.arange(m)])
    across = np.concatenate([of_column, n + places, n + places, np.full(m, n + k)])
    values = np.concatenate([np.full(2 * k, -1.0), np.ones(k), np.full(m, -1.0)])
    above = csr_array((values, (up, across)), shape=(k + m, n + k + 1))
    right = np.concatenate([-rows[of_row, of_column], np.zeros(m)])
    total = csr_array((np.ones(n), (np.zeros(n, dtype=int), np.arange(n))), shape=(1, n + k + 1))
    cost = np.zeros(n + k + 1)
    cost[-1] = 1.0
    limits: list[Any] = [(0.0, None)] * (n + k + 1)
    if signed is not None:
        limits[signed] = (None, None)
    found = linprog(cost, above, right, total, [float(rows[0].sum())], limits, method="highs")
    return (found.x[:n], float(found.fun)) if found.status == 0 else None
