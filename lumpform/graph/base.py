"""Says what every matrix of weights can do, whichever way it keeps its entries.

Nothing is rounded by these verbs but by `floats`. A matrix stays dense or sparse as it is, and floats stay floats where
no arithmetic happens to them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.entries import Index, times
from lumpform.numbers.column import Values


class Weights(ABC):
    """Stands for an exact matrix: entry (u, v) is the weight of the edge from u to v.

    Attributes
    ----------
    shape : (rows, columns)
    values : Values
        The entries that are kept, row by row: all of them, or those that are not zero.
    """

    shape: tuple[int, int]
    values: Values

    @classmethod
    @abstractmethod
    def from_coo(cls, rows: Any, columns: Any, values: Any, shape: tuple[int, int]) -> Weights:
        """Return the matrix with these entries; those at one place are added exactly. O(m log m)."""

    @property
    @abstractmethod
    def nnz(self) -> int:
        """Return the number of non-zero entries."""

    @property
    def stored(self) -> int:
        """Return the number of entries that are kept, zeros included in a dense matrix."""
        return len(self.values)

    @abstractmethod
    def places(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the row and the column of every entry that is kept."""

    @abstractmethod
    def triples(self) -> tuple[NDArray[Any], NDArray[Any], Values]:
        """Return the rows, the columns and the values of the non-zero entries, row by row. O(entries)."""

    def entries(self) -> Iterable[tuple[int, int, Any]]:
        """Return the non-zero entries as (row, column, exact value), row by row."""
        rows, columns, values = self.triples()
        return zip(rows.tolist(), columns.tolist(), values.fractions(), strict=True)

    @abstractmethod
    def entry(self, row: int, column: int) -> Any:
        """Return one entry, exactly."""

    @abstractmethod
    def row(self, index: int) -> list[tuple[int, Any]]:
        """Return the non-zero entries of one row as pairs (column, exact value)."""

    @abstractmethod
    def column(self, index: int) -> list[tuple[int, Any]]:
        """Return the non-zero entries of one column as pairs (row, exact value)."""

    @abstractmethod
    def all_values(self) -> Values:
        """Return all entries, zeros included, row by row. O(rows * columns)."""

    def to_fractions(self) -> list[list[Any]]:
        """Return the full matrix as nested lists of exact numbers; for small ones."""
        return self.objects().tolist()

    def objects(self) -> NDArray[Any]:
        """Return the full matrix as an array of exact numbers."""
        rows, columns, values = self.triples()
        numbers = np.empty(len(values), dtype=object)
        numbers[:] = values.fractions()
        full = np.full(self.shape, Fraction(0), dtype=object)  # one zero for all of them
        full[rows, columns] = numbers
        return full

    def floats(self) -> NDArray[np.float64]:
        """Return the full matrix as float64, every entry rounded to nearest."""
        return self.all_values().floats().reshape(self.shape)

    @abstractmethod
    def to_sparse(self) -> Any:
        """Return the same matrix as `SparseWeights`. O(entries)."""

    @abstractmethod
    def with_values(self, values: Values) -> Weights:
        """Return a matrix with other values at the places that are kept."""

    @abstractmethod
    def select(self, rows: Index | None, columns: Index | None) -> Weights:
        """Return the matrix of the given rows and columns; -1 stands for zeros, None for all in order. O(entries).

        A row or column may be named several times in a dense matrix, at most once in a sparse one.
        """

    @abstractmethod
    def transpose(self) -> Weights:
        """Return the matrix with rows and columns exchanged."""

    @abstractmethod
    def plus(self, other: Weights) -> Weights:
        """Return the exact sum of two matrices; dense if one of them is. O(entries) exact additions."""

    def scaled_by(
        self, rows: Sequence[Any] | Values | None = None, columns: Sequence[Any] | Values | None = None
    ) -> Weights:
        """Multiply rows and columns by exact numbers. O(distinct products), plus O(entries)."""
        values = self.values
        for index, factors in zip(self.places(), (rows, columns), strict=True):
            if factors is None:
                continue
            if any(f != 1 for f in (factors.coded().table if isinstance(factors, Values) else factors)):
                values = times(values, index, factors)
        return self if values is self.values else self.with_values(values)

    @abstractmethod
    def same_places(self, other: Weights) -> bool:
        """Tell whether another matrix has the same representation and keeps entries at the same places."""

    def all_ones(self) -> bool:
        """Tell whether all entries that are not zero are 1."""
        return all(v == 1 for v in self.triples()[2].coded().table)

    def is_identity(self) -> bool:
        """Tell whether the matrix is the identity."""
        size = self.shape[0]
        if size != self.shape[1] or self.nnz != size:
            return False
        rows, columns, values = self.triples()
        diagonal = np.arange(size)
        on_it = np.array_equal(rows, diagonal) and np.array_equal(columns, diagonal)
        return on_it and all(v == 1 for v in values.coded().table)
