"""Splits classes of a chain until each has a row that is within epsilon of the class sums of its members.

A round looks at all classes at once that may have changed: those with a state that leads into what was split.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lumpform.chains.near.centres import CLOSE, Effort, radius_at_most
from lumpform.chains.near.grouped import Floats, Grouped, Index, Mask, summed
from lumpform.graph.entries import entries_of_rows

FIRST = 20
"""So many linear programs are solved while classes are split: what is split too far is merged again."""


@dataclass(frozen=True)
class Way:
    """Says how a class is split.

    Attributes
    ----------
    spread : float
        How far from the first row of its part a row may be, in epsilons.
    later : bool
        Whether a row that is as near to the first row of a later part goes there.
    """

    spread: float
    later: bool = False


def split(matrix: Any, start: Index, epsilon: float, way: Way, *, generator: bool) -> Index:
    """Split classes until a row is within epsilon of all members of each.

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
        held = Grouped.of_entries(group, *summed(matrix, states, labels))
        held, kept = held.of(~_within(held, epsilon, classes if generator else None, effort))
        look = np.zeros(len(look), dtype=bool)
        if len(kept):
            states, parts = states[kept], _parts(held, epsilon, way)
            before = np.concatenate(([0], np.cumsum(held.most(parts))))
            new = parts > 0
            labels[states[new]] = len(look) + (before[held.group] + parts - 1)[new]
            look = np.zeros(len(look) + int(before[-1]), dtype=bool)
            look[labels[states]] = look[labels[_leading_into(sources, states)]] = True


def _leading_into(sources: Any, states: Index) -> Index:
    """Return the states with a transition into some states."""
    return sources.indices[entries_of_rows(sources.indptr.astype(np.int64), states)[0]]


def _within(held: Grouped, epsilon: float, own: Index | None, effort: Effort) -> Mask:
    """Tell of every class whether a row is found that is within epsilon of all its rows, as far as floats tell."""
    firsts = held.apart(held.picked(held.firsts))
    within = held.most(firsts) <= epsilon
    one = held.farthest(firsts)
    second = held.apart(held.picked(one))
    other, wide = held.farthest(second), held.most(second) > 2 * epsilon * (1 + CLOSE)
    unsure = np.flatnonzero(~within & ~wide)
    middles = (held.picked(one) + held.picked(other)) / 2
    cheap = np.minimum(*(held.most(held.apart(centre)) for centre in (held.means(), middles)))[unsure]
    within[unsure[cheap <= epsilon]] = True
    for g in unsure[cheap > epsilon].tolist():
        if effort.programs <= 0:
            break
        rows, columns = held.of(np.arange(len(within)) == g)[0].dense()
        within[g] = radius_at_most(rows, epsilon, None if own is None else place(columns, int(own[g])), effort)
    return within


def place(columns: Index, c: int) -> int | None:
    """Return where a column is among those that are left, if it is."""
    found = int(np.searchsorted(columns, c))
    return found if found < len(columns) and columns[found] == c else None


def _parts(held: Grouped, epsilon: float, way: Way) -> Index:
    """Return the part of every row, at least two in a class.

    The first row of each part is the one farthest from all first ones before, and rows go to the nearest.
    """
    parts = np.zeros(len(held.group), dtype=np.int64)
    nearest, count = _even(held.apart(held.picked(held.firsts)), epsilon), 1
    rows = np.arange(len(parts))
    while len(rows):
        distances = _even(held.apart(held.picked(held.farthest(nearest))), epsilon)
        nearer = distances <= nearest if way.later else distances < nearest
        parts[rows[nearer]], nearest[nearer] = count, distances[nearer]
        count += 1
        far = held.most(nearest) > way.spread * epsilon
        if not far.all():
            held, kept = held.of(far)
            rows, nearest = rows[kept], nearest[kept]
    return parts


def _even(distances: Floats, epsilon: float) -> Floats:
    """Return distances without what rounding makes of equal ones, so that of these the first counts."""
    unit = epsilon * CLOSE
    return np.round(distances / unit) * unit
