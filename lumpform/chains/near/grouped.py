"""Measures sparse rows of many classes at once: how far each is from a row of its class, and which is farthest.

Rows of one class stand together. All distances are total variation, half the sum of the absolute differences. A row of
a class is an array over *cells*: the columns in which a class has an entry, class by class.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.entries import entries_of_rows

Index = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def summed(matrix: Any, states: Index, labels: Index) -> tuple[Index, Index, Floats]:
    """Return the sums of the rows of some states over all classes: rows, from 0 on and ascending, classes, values."""
    places, pointers = entries_of_rows(matrix.indptr.astype(np.int64), states)
    count = int(labels.max(initial=0)) + 1
    key = np.repeat(np.arange(len(states)) * count, np.diff(pointers)) + labels[matrix.indices[places]]
    key, cell = np.unique(key, return_inverse=True)
    values: Any = np.bincount(cell, matrix.data[places], len(key))
    return key // count, key % count, values


@dataclass
class Grouped:
    """Holds rows of several classes.

    Attributes
    ----------
    group : (m,) int64
        The place of a row's class among those that are held: ascending, none left out.
    row, cell : (entries,) int64
    values : (entries,) floats
    column, class_of_cell : (cells,) int64
    """

    group: Index
    row: Index
    cell: Index
    values: Floats
    column: Index
    class_of_cell: Index

    @classmethod
    def of_entries(cls, group: Index, row: Index, column: Index, values: Floats) -> Grouped:
        """Return the rows with these entries. O(entries log entries)."""
        width = int(column.max(initial=0)) + 1
        cells, cell = np.unique(group[row] * width + column, return_inverse=True)
        return cls(group, row, cell, values, cells % width, cells // width)

    @property
    def firsts(self) -> Index:
        """Return the first row of every class."""
        return np.flatnonzero(np.diff(self.group, prepend=-1))

    def of(self, wanted: Mask) -> tuple[Grouped, Index]:
        """Return the rows of the classes that are wanted, and which rows these are. O(entries)."""
        rows, cells = wanted[self.group], wanted[self.class_of_cell]
        entries = rows[self.row]
        new = np.cumsum(wanted) - 1
        held = Grouped(
            new[self.group[rows]],
            (np.cumsum(rows) - 1)[self.row[entries]],
            (np.cumsum(cells) - 1)[self.cell[entries]],
            self.values[entries],
            self.column[cells],
            new[self.class_of_cell[cells]],
        )
        return held, np.flatnonzero(rows)

    def dense(self) -> tuple[Floats, Index]:
        """Return the rows as a matrix, and its columns; of one class only."""
        matrix = np.zeros((len(self.group), len(self.column)))
        matrix[self.row, self.cell] = self.values
        return matrix, self.column

    def picked(self, rows: Index) -> Floats:
        """Return one row for every class as cells."""
        chosen = np.zeros(len(self.group), dtype=bool)
        chosen[rows] = True
        entries = chosen[self.row]
        cells = np.zeros(len(self.column))
        cells[self.cell[entries]] = self.values[entries]
        return cells

    def means(self) -> Floats:
        """Return the mean row of every class as cells."""
        return np.bincount(self.cell, self.values, len(self.column)) / np.bincount(self.group)[self.class_of_cell]

    def apart(self, centres: Floats) -> Floats:
        """Return the distance of every row from the row of its class. O(entries)."""
        there, size = centres[self.cell], np.abs(centres)
        # what is in both, and what is in the centre only: all of it, without what the row meets
        met = np.bincount(self.row, np.abs(self.values - there) - size[self.cell], len(self.group))
        whole = np.bincount(self.class_of_cell, size, self.group[-1] + 1 if len(self.group) else 0)
        return np.maximum(0.5 * (met + whole[self.group]), 0.0)

    def most(self, values: Any) -> Any:
        """Return the largest value in every class."""
        return np.maximum.reduceat(values, self.firsts) if len(values) else values

    def farthest(self, values: Floats) -> Index:
        """Return the first row of every class that has its largest value."""
        found = np.flatnonzero(values == self.most(values)[self.group])
        return found[np.flatnonzero(np.diff(self.group[found], prepend=-1))]
