"""Measures sparse rows of many classes at once: how far each is from a row of its class, and which is farthest.

Rows of one class stand together. All distances are total variation, half the sum of the absolute differences.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]
Floats = NDArray[np.float64]


def summed(matrix: Any, states: Index, labels: Index) -> Any:
    """Return the sums of the rows of some states over all classes, (states, classes) csr_array."""
    from scipy.sparse import csr_array

    rows = matrix[states]
    shape = (len(states), int(labels.max(initial=-1)) + 1)
    sums = csr_array((rows.data.copy(), labels[rows.indices], rows.indptr), shape=shape)
    sums.sum_duplicates()
    return sums


@dataclass
class Grouped:
    """Holds rows of several classes.

    Attributes
    ----------
    rows : csr_array of floats, (m, columns)
    group : (m,) int64
        The place of a row's class among those that are held: ascending, none left out.
    """

    rows: Any
    group: Index

    @property
    def firsts(self) -> Index:
        """Return the first row of every class."""
        return np.searchsorted(self.group, np.arange(int(self.group[-1]) + 1)) if len(self.group) else self.group

    def of(self, wanted: NDArray[np.bool_]) -> tuple[Grouped, Index]:
        """Return the rows of the classes that are wanted, and which rows these are."""
        kept = np.flatnonzero(wanted[self.group])
        return Grouped(self.rows[kept], (np.cumsum(wanted) - 1)[self.group[kept]]), kept

    def apart(self, centres: Any) -> Floats:
        """Return the distance of every row from the row of its class, of (classes, columns). O(entries)."""
        return 0.5 * np.asarray(abs(self.rows - centres[self.group]).sum(axis=1))

    def most(self, values: Floats) -> Floats:
        """Return the largest value in every class."""
        return np.maximum.reduceat(values, self.firsts) if len(values) else values

    def farthest(self, values: Floats) -> Index:
        """Return the first row of every class that has its largest value."""
        found = np.flatnonzero(values == self.most(values)[self.group])
        return found[np.unique(self.group[found], return_index=True)[1]]

    def means(self) -> Any:
        """Return the mean row of every class, csr_array."""
        from scipy.sparse import csr_array

        m, share = len(self.group), 1.0 / np.bincount(self.group)
        picked = csr_array((share[self.group], (self.group, np.arange(m))), shape=(len(share), m))
        return (picked @ self.rows).tocsr()
