"""Merges classes of a chain two by two, as long as the members of both have a row within epsilon in common.

Pairs come in passes, those with the nearest first members first. Merging makes all other rows differ less, so a pair
that failed is tried again, but only if one of its classes may have changed since: it was merged with a third, or one of
its members leads into classes that were merged.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lumpform.chains.near.centres import Effort, Rows, radius_at_most
from lumpform.chains.near.grouped import Index, summed
from lumpform.chains.near.pairs import near_pairs
from lumpform.chains.near.split import place
from lumpform.graph.entries import entries_of_rows


def merge(matrix: Any, labels: Index, start: Index, epsilon: float, *, generator: bool) -> Index:
    """Merge two classes wherever a row is within epsilon of the members of both, as long as there are any.

    Returns
    -------
    (n,) int64 : the class of every state.
    """
    return Merging(matrix, labels, start, epsilon, generator).done()


class Merging:
    """Holds classes that are merged, by numbers that stay: a class has the number of the first that was merged into it.

    Attributes
    ----------
    now : (classes,) int64
        What became of every class that there was.
    members : list of lists of rows, by class
    changed : (classes,) int64
        When a class may have changed for the last time, as a number of mergers.
    """

    def __init__(self, matrix: Any, labels: Index, start: Index, epsilon: float, generator: bool) -> None:
        self.labels = np.unique(labels, return_inverse=True)[1]
        self.epsilon, self.generator, self.effort = epsilon, generator, Effort()
        order = np.argsort(self.labels, kind="stable")
        sums = _csr(matrix, order, self.labels)
        fresh = _fresh(sums, self.labels[order])
        states, self.sums = order[fresh], sums[fresh]
        self.of_row = self.labels[states]
        self.start = start[states[np.searchsorted(self.of_row, np.arange(self.sums.shape[1]))]]
        self.leading = self.sums.T.tocsr()
        self.now = np.arange(self.sums.shape[1])
        self.members: list[list[int]] = [[] for _ in self.now]
        for row, c in enumerate(self.of_row.tolist()):
            self.members[c].append(row)
        self.columns: list[list[int]] = [[c] for c in self.now.tolist()]
        self.changed = np.zeros(len(self.now), dtype=np.int64)
        self.failed: dict[tuple[int, int], int] = {}
        self.mergers = 0

    def done(self) -> Index:
        """Merge until a pass merges nothing; return the class of every state."""
        while self._pass():
            pass
        return np.unique(self.now[self.labels], return_inverse=True)[1]

    def _pass(self) -> bool:
        """Try all near pairs once; return whether anything was merged."""
        before = self.mergers
        classes = np.unique(self.now)
        firsts = np.array([self.members[c][0] for c in classes.tolist()], dtype=np.int64)
        narrow = np.searchsorted(classes, self.now)
        rows = _csr(self.sums, firsts, narrow)
        for i, j in near_pairs(rows, self.start[classes], self.epsilon):
            b, c = int(classes[i]), int(classes[j])
            if self.now[b] != b or self.now[c] != c:
                continue  # one of them was merged with a third
            if self.failed.get((b, c), -1) >= max(self.changed[b], self.changed[c]):
                continue
            if self._fits(b, c):
                self._merge(b, c)
            else:
                self.failed[b, c] = self.mergers
        return self.mergers > before

    def _fits(self, b: int, c: int) -> bool:
        """Tell whether a row is found that is within epsilon of the members of both, were they one."""
        rows, columns = self._rows(b, c)
        return radius_at_most(rows, self.epsilon, place(columns, b) if self.generator else None, self.effort)

    def _rows(self, b: int, c: int) -> tuple[Rows, Index]:
        """Return the rows of the members of both, without columns of zeros only, and which columns these are."""
        members = np.array(self.members[b] + self.members[c])
        places, pointers = entries_of_rows(self.sums.indptr, members)
        columns = self.now[self.sums.indices[places]]
        columns[columns == c] = b
        used, column = np.unique(columns, return_inverse=True)
        key = np.repeat(np.arange(len(members)) * len(used), np.diff(pointers)) + column
        cells: Any = np.bincount(key, self.sums.data[places], len(members) * len(used))
        return cells.reshape(len(members), len(used)), used

    def _merge(self, b: int, c: int) -> None:
        self.mergers += 1
        self.members[b] += self.members[c]
        self.columns[b] += self.columns[c]
        self.now[self.columns[c]] = b
        into = self.leading[self.columns[b]].indices
        self.changed[self.now[self.of_row[into]]] = self.mergers
        self.changed[b] = self.mergers


def _csr(matrix: Any, states: Index, labels: Index) -> Any:
    """Return the sums of the rows of some states over all classes, (states, classes) csr_array."""
    from scipy.sparse import csr_array

    row, column, values = summed(matrix, states, labels)
    pointers = np.searchsorted(row, np.arange(len(states) + 1))
    return csr_array((values, column, pointers), shape=(len(states), int(labels.max(initial=-1)) + 1))


def _fresh(sums: Any, classes: Index) -> Index:
    """Return the rows that are the first of their kind in their class."""
    seen: set[tuple[int, bytes, bytes]] = set()
    found = []
    for row, c in enumerate(classes.tolist()):
        low, high = sums.indptr[row], sums.indptr[row + 1]
        key = (c, sums.indices[low:high].tobytes(), sums.data[low:high].tobytes())
        if key not in seen:
            seen.add(key)
            found.append(row)
    return np.array(found, dtype=np.int64)
