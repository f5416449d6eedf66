"""Looks for a partition with few classes, each with a row that is within epsilon of the class sums of its members.

First from above: classes are split until each has such a row. Sums over fewer classes differ less, so whatever had to
be split has to be split in the end too; how is a choice, and several are tried. Then from below: two classes become one
wherever the result still has such a row, which makes all other rows differ less. No two of the classes that are left
can be merged (but for what `DENSE`, `PAIRS` and `Effort` leave out).

Floats decide here. Whoever takes the partition computes in rationals how far the rows are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.near.centres import Effort, Rows, apart, radius_at_most

Labels = NDArray[np.int64]

SPREADS = (1.0, 1.5, 2.0)
"""How far from the first of its part a row may be, in epsilons, when a class is split; all are tried."""

DENSE = 30_000_000
"""Up to so many sums (states times classes) classes are merged pair by pair."""

FIRST = 20
"""So many linear programs are solved while classes are split: what is split too far is merged again."""

PAIRS = 20_000
"""So many pairs are looked at in one pass, those with the nearest first members first."""


def few_classes(matrix: Any, start: Labels, epsilon: float, *, generator: bool) -> Labels:
    """Return a partition with few classes within epsilon, as a number for every state.

    Parameters
    ----------
    matrix : csr_array of floats, (n, n)
        Rows have equal sums; of a generator with the diagonal.
    start : (n,) int
        The classes that must not be merged.
    epsilon : float
        The largest total variation distance of a state's class sums from the row of its class.
    generator : bool

    Notes
    -----
    Per spread at most n rounds (usually few) of O(entries) and the distances within classes; then passes over pairs.
    """
    found: dict[bytes, Labels] = {}
    for spread in SPREADS:
        parts = split(matrix, start, epsilon, spread * epsilon, generator=generator)
        parts = np.unique(parts, return_inverse=True)[1]
        if parts.tobytes() not in found:
            found[parts.tobytes()] = merge(matrix, parts, start, epsilon, generator=generator)
    return min(found.values(), key=lambda labels: int(labels.max(initial=0)))


def split(matrix: Any, start: Labels, epsilon: float, spread: float, *, generator: bool) -> Labels:
    """Split classes until a row is within epsilon of all members of each; parts reach as far as the spread."""
    labels, effort = start.copy(), Effort(FIRST)
    while True:
        count, sums = int(labels.max(initial=-1)) + 1, sums_over(matrix, labels)
        order = np.argsort(labels, kind="stable")
        bounds = np.searchsorted(labels[order], np.arange(count + 1))
        following = count
        for c in range(count):
            members = order[bounds[c] : bounds[c + 1]]
            if len(members) < 2:
                continue
            rows, columns = dense(sums, members)
            if radius_at_most(rows, epsilon, _place(columns, c) if generator else None, effort):
                continue
            parts = _parts(rows, spread)
            labels[members[parts > 0]] = following + parts[parts > 0] - 1
            following += int(parts.max())
        if following == count:
            return labels


def sums_over(matrix: Any, labels: Labels) -> Any:
    """Return the sums of all rows over all classes, (n, classes) csr_array."""
    from scipy.sparse import csr_array

    n = len(labels)
    shape = (n, int(labels.max(initial=-1)) + 1)
    return (matrix @ csr_array((np.ones(n), labels, np.arange(n + 1)), shape=shape)).tocsr()


def dense(sums: Any, members: Labels) -> tuple[Rows, Labels]:
    """Return the rows of some members without columns of zeros only, and which columns these are."""
    rows = sums[members]
    columns = np.unique(rows.indices)
    return rows[:, columns].toarray(), columns


def _place(columns: Labels, c: int) -> int | None:
    found = int(np.searchsorted(columns, c))
    return found if found < len(columns) and columns[found] == c else None


def _parts(rows: Rows, spread: float) -> Labels:
    """Return at least two parts: the first of each is the row farthest from all firsts, rows go to the nearest."""
    nearest = apart(rows, rows[0])
    parts = np.zeros(len(rows), dtype=np.int64)
    count = 1
    while count == 1 or nearest.max() > spread:
        distances = apart(rows, rows[int(nearest.argmax())])
        nearer = distances < nearest
        parts[nearer], nearest[nearer] = count, distances[nearer]
        count += 1
    return np.unique(parts, return_inverse=True)[1]


def merge(matrix: Any, labels: Labels, start: Labels, epsilon: float, *, generator: bool) -> Labels:
    """Merge two classes wherever a row is within epsilon of the members of both, as long as there are any."""
    labels = np.unique(labels, return_inverse=True)[1]
    count = int(labels.max(initial=-1)) + 1
    if len(labels) * count > DENSE:
        return labels
    sums, effort = sums_over(matrix, labels).toarray(), Effort()
    while _merging_pass(sums, labels, start, epsilon, generator, effort):
        pass
    return np.unique(labels, return_inverse=True)[1]


def _merging_pass(sums: Rows, labels: Labels, start: Labels, epsilon: float, generator: bool, effort: Effort) -> bool:
    """Merge what can be merged in one pass over the pairs, in place; return whether anything was."""
    merged = False
    for b, c in near_pairs(sums, labels, start, epsilon):
        of_both = [labels == b, labels == c]
        if not (of_both[0].any() and of_both[1].any()):
            continue  # one of them was merged with a third
        rows = sums[of_both[0] | of_both[1]]
        rows[:, b] += rows[:, c]
        rows[:, c] = 0
        columns = np.flatnonzero(rows.any(axis=0))
        if radius_at_most(rows[:, columns], epsilon, _place(columns, b) if generator else None, effort):
            labels[of_both[1]] = b
            sums[:, b] += sums[:, c]
            sums[:, c] = 0
            merged = True
    return merged


def near_pairs(sums: Rows, labels: Labels, start: Labels, epsilon: float) -> list[tuple[int, int]]:
    """Return pairs of classes whose first members are within two epsilons, were they merged; the nearest first."""
    from scipy.spatial.distance import cdist

    classes, firsts = np.unique(labels, return_index=True)
    rows, own = sums[firsts], sums[np.ix_(firsts, classes)]
    into_mine, into_theirs = own.diagonal()[:, None] - own.T, own - own.diagonal()
    apart_by = cdist(rows, rows, "cityblock") - np.abs(into_mine) - np.abs(into_theirs)
    apart_by += np.abs(into_mine + into_theirs)
    together = np.equal.outer(start[firsts], start[firsts]) & (apart_by <= 4 * epsilon)
    i, j = np.nonzero(np.triu(together, 1))
    nearest = np.argsort(apart_by[i, j], kind="stable")[:PAIRS]
    return list(zip(classes[i[nearest]].tolist(), classes[j[nearest]].tolist(), strict=True))
