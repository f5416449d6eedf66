"""Splits classes of a chain until each has a row that is within epsilon of the class sums of its members.

A round looks at all classes at once that may have changed: those with a state that leads into what was split.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.near.centres import CLOSE, Effort, radius_at_most
from lumpform.chains.near.grouped import Grouped, Index, summed

FIRST = 20
"""So many linear programs are solved while classes are split: what is split too far is merged again."""

Mask = NDArray[np.bool_]


def split(matrix: Any, start: Index, epsilon: float, spread: float, *, generator: bool) -> Index:
    """Split classes until a row is within epsilon of all members of each; parts reach as far as the spread.

    Returns
    -------
    (n,) int64 : the class of every state.

    Notes
    -----
    A round costs O(entries of the classes that it looks at) times the parts into which the first of them falls.
    """
    labels, effort, sources = start.copy(), Effort(FIRST), matrix.T.tocsr()
    look = np.ones(int(labels.max(initial=-1)) + 1, dtype=bool)
    while True:
        states = np.flatnonzero(look[labels] & (np.bincount(labels, minlength=len(look)) > 1)[labels])
        if not len(states):
            return labels
        states = states[np.argsort(labels[states], kind="stable")]
        classes, group = np.unique(labels[states], return_inverse=True)
        held = Grouped(summed(matrix, states, labels), group)
        held, kept = held.of(~_within(held, epsilon, classes if generator else None, effort))
        look = np.zeros(len(look), dtype=bool)
        if len(kept):
            states, parts = states[kept], _parts(held, spread)
            before = np.concatenate(([0], np.cumsum(held.most(parts))))
            new = parts > 0
            labels[states[new]] = len(look) + (before[held.group] + parts - 1)[new]
            look = np.zeros(len(look) + int(before[-1]), dtype=bool)
            look[labels[states]] = look[labels[np.unique(sources[states].indices)]] = True


def _within(held: Grouped, epsilon: float, own: Index | None, effort: Effort) -> Mask:
    """Tell of every class whether a row is found that is within epsilon of all its rows, as far as floats tell."""
    firsts = held.apart(held.rows[held.firsts])
    within = held.most(firsts) <= epsilon
    one = held.farthest(firsts)
    second = held.apart(held.rows[one])
    other, wide = held.farthest(second), held.most(second) > 2 * epsilon * (1 + CLOSE)
    open_ = ~within & ~wide
    if not open_.any():
        return within
    some, _ = held.of(open_)
    middles = (held.rows[one[open_]] + held.rows[other[open_]]) / 2
    cheap = np.minimum(*(some.most(some.apart(centre)) for centre in (some.means(), middles)))
    within[np.flatnonzero(open_)[cheap <= epsilon]] = True
    for g in np.flatnonzero(open_)[cheap > epsilon].tolist():
        if effort.programs <= 0:
            break
        rows, columns = dense(held.rows[held.group == g])
        within[g] = radius_at_most(rows, epsilon, None if own is None else place(columns, int(own[g])), effort)
    return within


def dense(rows: Any) -> tuple[NDArray[np.float64], Index]:
    """Return sparse rows without columns of zeros only, and which columns these are."""
    columns = np.unique(rows.indices)
    return rows[:, columns].toarray(), columns


def place(columns: Index, c: int) -> int | None:
    """Return where a column is among those that are left, if it is."""
    found = int(np.searchsorted(columns, c))
    return found if found < len(columns) and columns[found] == c else None


def _parts(held: Grouped, spread: float) -> Index:
    """Return the part of every row, at least two in a class.

    The first row of each part is the one farthest from all first ones before, and rows go to the nearest.
    """
    parts = np.zeros(len(held.group), dtype=np.int64)
    nearest, count = held.apart(held.rows[held.firsts]), 1
    rows = np.arange(len(parts))
    while len(rows):
        distances = held.apart(held.rows[held.farthest(nearest)])
        nearer = distances < nearest
        parts[rows[nearer]], nearest[nearer] = count, distances[nearer]
        count += 1
        far = held.most(nearest) > spread
        if not far.all():
            held, kept = held.of(far)
            rows, nearest = rows[kept], nearest[kept]
    return parts
