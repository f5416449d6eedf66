"""Keeps a matrix of exact weights in full: one column of numbers, row by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.display.words import with_article
from lumpform.graph.base import Weights
from lumpform.graph.entries import Index, added, taken_or_zero
from lumpform.graph.sparse import SparseWeights
from lumpform.numbers.column import Values
from lumpform.numbers.make import exact_values


@dataclass(frozen=True, eq=False)
class DenseWeights(Weights):
    """Holds a full exact matrix, row-major: entry (r, c) is ``values.value(r * columns + c)``."""

    shape: tuple[int, int]
    values: Values

    def __post_init__(self) -> None:
        if len(self.values) != self.shape[0] * self.shape[1]:
            raise ValueError(
                f"{len(self.values)} values for {with_article(f'{self.shape[0]} x {self.shape[1]}')} matrix"
            )

    @classmethod
    def from_coo(cls, rows: Any, columns: Any, values: Any, shape: tuple[int, int]) -> DenseWeights:
        """Return the matrix with these entries and zeros elsewhere; those at one place are added exactly."""
        return cls(shape, SparseWeights.from_coo(rows, columns, values, shape).all_values())

    @classmethod
    def from_array(cls, matrix: Any) -> DenseWeights:
        """Return the matrix of a two-dimensional array of integers, floats (dyadic) or exact objects.

        Numbers are never copied to objects.
        """
        array = np.asarray(matrix)
        if array.ndim != 2:
            raise ValueError("a matrix has two dimensions")
        return cls((array.shape[0], array.shape[1]), exact_values(np.ascontiguousarray(array).reshape(-1)))

    def __eq__(self, other: object) -> bool:
        """Tell whether shapes and all entries are equal."""
        if not isinstance(other, DenseWeights):
            return NotImplemented
        return self is other or (self.shape == other.shape and self.values == other.values)

    def __hash__(self) -> int:
        return hash(self.shape)

    @property
    def nnz(self) -> int:
        """Return the number of non-zero entries."""
        return int(np.count_nonzero(self.values.nonzero()))

    def places(self) -> tuple[Index, Index]:
        return self._places(np.arange(len(self.values)))

    def triples(self) -> tuple[Index, Index, Values]:
        chosen = np.flatnonzero(self.values.nonzero())
        return (*self._places(chosen), self.values.take(chosen))

    def _places(self, numbers: Index) -> tuple[Index, Index]:
        return np.divmod(numbers, max(self.shape[1], 1))

    def entry(self, row: int, column: int) -> Any:
        return self.values.value(row * self.shape[1] + column)

    def row(self, index: int) -> list[tuple[int, Any]]:
        return self._nonzero(index * self.shape[1] + np.arange(self.shape[1]))

    def column(self, index: int) -> list[tuple[int, Any]]:
        return self._nonzero(np.arange(self.shape[0]) * self.shape[1] + index)

    def _nonzero(self, numbers: Index) -> list[tuple[int, Any]]:
        return [(i, v) for i, v in enumerate(self.values.take(numbers).fractions()) if v != 0]

    def all_values(self) -> Values:
        return self.values

    def to_sparse(self) -> SparseWeights:
        height, width = self.shape
        chosen = np.flatnonzero(self.values.nonzero())
        indptr = np.searchsorted(chosen, np.arange(height + 1) * width)
        columns = self._places(chosen)[1].astype(np.int32)
        return SparseWeights(self.shape, indptr, columns, self.values.take(chosen))

    def with_values(self, values: Values) -> DenseWeights:
        return DenseWeights(self.shape, values)

    def select(self, rows: NDArray[Any] | None, columns: NDArray[Any] | None) -> DenseWeights:
        if rows is None and columns is None:
            return self
        height, width = self.shape
        r = np.arange(height) if rows is None else rows
        c = np.arange(width) if columns is None else columns
        index = np.where((r[:, None] < 0) | (c[None, :] < 0), -1, r[:, None] * width + c[None, :])
        return DenseWeights((len(r), len(c)), taken_or_zero(self.values, index.reshape(-1)))

    def transpose(self) -> DenseWeights:
        order = np.arange(len(self.values)).reshape(self.shape).T.reshape(-1)
        return DenseWeights((self.shape[1], self.shape[0]), self.values.take(order))

    def plus(self, other: Weights) -> DenseWeights:
        return DenseWeights(self.shape, added(self.values, other.all_values()))

    def same_places(self, other: Weights) -> bool:
        return isinstance(other, DenseWeights) and self.shape == other.shape
