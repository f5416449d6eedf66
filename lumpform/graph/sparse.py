"""Keeps a matrix of exact weights as its non-zero entries in compressed rows: three arrays, however many they are."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.display.words import counted
from lumpform.files.limits import MAX_STATES
from lumpform.graph.base import Weights
from lumpform.graph.entries import (
    Index,
    add_parallel,
    drop_zeros,
    entries_of_rows,
    ones,
    rows_increase,
    sums_by_code,
    sums_of_runs,
    taken_or_zero,
)
from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.integer import IntegerValues
from lumpform.numbers.make import exact_values
from lumpform.numbers.rational import as_rational


@dataclass(frozen=True, eq=False)
class SparseWeights(Weights):
    """Holds a sparse exact matrix in canonical compressed-row form.

    Canonical: in every row the columns increase strictly, and no entry is zero. The constructor verifies it; use
    `from_coo` for anything else (it sorts, adds parallel entries exactly and drops zeros).

    Parameters
    ----------
    shape : (rows, columns)
    indptr : (rows + 1,) int64 array
        Row r has the entries ``indptr[r]:indptr[r + 1]``.
    indices : (m,) int32 array
        The column of every entry.
    values : Values
        The exact weight of every entry.
    """

    shape: tuple[int, int]
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    values: Values

    def __post_init__(self) -> None:
        rows, columns = self.shape
        if not (0 <= rows <= MAX_STATES and 0 <= columns <= MAX_STATES):
            raise ValueError(f"a matrix of {rows} x {columns} is outside the supported size")
        indptr = np.ascontiguousarray(self.indptr, dtype=np.int64)
        indices = np.asarray(self.indices)
        if len(indptr) != rows + 1 or indptr[0] != 0 or indptr[-1] != len(indices):
            raise ValueError("row pointers do not fit the entries")
        if (np.diff(indptr) < 0).any():
            raise ValueError("row pointers decrease")
        if len(self.values) != len(indices):
            raise ValueError(f"{counted(len(self.values), 'value')} for {counted(len(indices), 'entry')}")
        if len(indices) and (int(indices.min()) < 0 or int(indices.max()) >= columns):
            raise ValueError(f"a column index is outside 0..{columns - 1}")
        indices = np.ascontiguousarray(indices, dtype=np.int32)
        if not rows_increase(indptr, indices):
            raise ValueError("columns must increase strictly inside every row")
        if isinstance(self.values, CodedValues) and Fraction(0) in self.values.table:
            zero = self.values.table.index(Fraction(0))
            if (self.values.codes == zero).any():
                raise ValueError("zero entries must be left out")
        for name, array in (("indptr", indptr), ("indices", indices)):
            view = array.view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)

    @classmethod
    def from_coo(cls, rows: Any, columns: Any, values: Any, shape: tuple[int, int]) -> SparseWeights:
        """Return the canonical matrix of triples; parallel entries are added exactly, zeros dropped. O(m log m).

        Raises
        ------
        ValueError
            If an index is outside `shape` or a value is not a finite number.
        """
        r, c = np.asarray(rows, dtype=np.int64).ravel(), np.asarray(columns, dtype=np.int64).ravel()
        column = exact_values(values)
        if not len(r) == len(c) == len(column):
            raise ValueError(
                f"{counted(len(r), 'row')}, {counted(len(c), 'column')} and {counted(len(column), 'value')}"
            )
        for what, index, size in (("row", r, shape[0]), ("column", c, shape[1])):
            bad = np.flatnonzero((index < 0) | (index >= size))
            if bad.size:
                raise ValueError(f"{what} index {int(index[bad[0]])} is outside 0..{size - 1}")
        key = r * max(shape[1], 1) + c
        if (np.diff(key) < 0).any():
            order = np.argsort(key, kind="stable")
            key, column = key[order], column.take(order)
        if (np.diff(key) == 0).any():
            key, column = add_parallel(key, column)
        key, column = drop_zeros(key, column)
        r, c = np.divmod(key, max(shape[1], 1))
        indptr = np.concatenate(([0], np.cumsum(np.bincount(r, minlength=shape[0])))).astype(np.int64)
        return cls(shape, indptr, c.astype(np.int32), column)

    @classmethod
    def from_dense(cls, matrix: Any) -> SparseWeights:
        """Return the matrix of a rectangular array or nested lists of numbers (floats are dyadic rationals)."""
        array = matrix if isinstance(matrix, np.ndarray) and matrix.dtype.kind in "iufb" else None
        if array is None:
            listed = [list(row) for row in matrix]
            if any(len(row) != len(listed[0]) for row in listed):
                raise ValueError("the rows have different lengths")
            array = np.empty((len(listed), len(listed[0]) if listed else 0), dtype=object)
            for i, row in enumerate(listed):
                for j, entry in enumerate(row):
                    array[i, j] = entry if getattr(entry, "parametric", False) else as_rational(entry)
        if array.ndim != 2:
            raise ValueError("a matrix has two dimensions")
        r, c = np.nonzero(array)
        return cls.from_coo(r, c, exact_values(array[r, c]), (array.shape[0], array.shape[1]))

    @classmethod
    def selection(cls, rows: Any, columns: Any, shape: tuple[int, int]) -> SparseWeights:
        """Return the matrix with ones at the given places, each named once, and zeros elsewhere."""
        return cls.from_coo(rows, columns, ones(len(rows)), shape)

    @classmethod
    def identity(cls, size: int) -> SparseWeights:
        """Return the identity matrix."""
        return cls((size, size), np.arange(size + 1), np.arange(size, dtype=np.int32), ones(size))

    @property
    def nnz(self) -> int:
        """Return the number of (non-zero) entries."""
        return len(self.indices)

    @cached_property
    def max_row_length(self) -> int:
        """Return the largest number of entries in one row."""
        return int(np.diff(self.indptr).max(initial=0))

    def row_of_entries(self) -> NDArray[np.int32]:
        """Return the row of every entry, (m,) int32."""
        return np.repeat(np.arange(self.shape[0], dtype=np.int32), np.diff(self.indptr))

    def places(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        return self.row_of_entries(), self.indices

    def triples(self) -> tuple[NDArray[np.int32], NDArray[np.int32], Values]:
        return self.row_of_entries(), self.indices, self.values

    def entry(self, row: int, column: int) -> Any:
        first, end = int(self.indptr[row]), int(self.indptr[row + 1])  # a row of biases is long, and is asked often
        place = first + int(np.searchsorted(self.indices[first:end], column))
        return self.values.value(place) if place < end and self.indices[place] == column else Fraction(0)

    def row(self, index: int) -> list[tuple[int, Any]]:
        span = range(int(self.indptr[index]), int(self.indptr[index + 1]))
        return [(int(self.indices[e]), self.values.value(e)) for e in span]

    def column(self, index: int) -> list[tuple[int, Any]]:
        where = np.flatnonzero(self.indices == index)
        rows = np.searchsorted(self.indptr, where, side="right") - 1
        return list(zip(rows.tolist(), self.values.take(where).fractions(), strict=True))

    def all_values(self) -> Values:
        index = np.full(self.shape, -1, dtype=np.int64)
        index[self.places()] = np.arange(self.nnz)
        return taken_or_zero(self.values, index.reshape(-1))

    def to_sparse(self) -> SparseWeights:
        return self

    def with_values(self, values: Values) -> SparseWeights:
        """Return a matrix with other values at the places of the entries; what is zero now is left out."""
        return SparseWeights.from_coo(*self.places(), values, self.shape)

    def select(self, rows: Index | None, columns: Index | None) -> SparseWeights:
        if rows is None and columns is None:
            return self
        if columns is None and rows is not None and (rows[1:] > rows[:-1]).all() and (rows[:1] >= 0).all():
            return self._rows(rows)
        r, height = _moved(self.row_of_entries(), self.shape[0], rows)
        c, width = _moved(self.indices, self.shape[1], columns)
        keep = (r >= 0) & (c >= 0)
        return SparseWeights.from_coo(r[keep], c[keep], self.values.take(keep), (height, width))

    def _rows(self, rows: Index) -> SparseWeights:
        """Return the matrix of some rows, in order. O(their entries)."""
        entries, indptr = entries_of_rows(self.indptr, rows)
        return SparseWeights((len(rows), self.shape[1]), indptr, self.indices[entries], self.values.take(entries))

    def transpose(self) -> SparseWeights:
        """Return the matrix with rows and columns exchanged. O(m log m)."""
        order = np.argsort(self.indices, kind="stable")
        counts = np.bincount(self.indices, minlength=self.shape[1])
        indptr = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        return SparseWeights(
            (self.shape[1], self.shape[0]), indptr, self.row_of_entries()[order], self.values.take(order)
        )

    def plus(self, other: Weights) -> Weights:
        if not isinstance(other, SparseWeights):
            return other.plus(self)  # a dense matrix knows how
        rows, columns = (np.concatenate(both) for both in zip(self.places(), other.places(), strict=True))
        values = exact_values([*self.values.fractions(), *other.values.fractions()])
        return SparseWeights.from_coo(rows, columns, values, self.shape)

    def same_places(self, other: Weights) -> bool:
        return (
            isinstance(other, SparseWeights)
            and self.shape == other.shape
            and np.array_equal(self.indptr, other.indptr)
            and np.array_equal(self.indices, other.indices)
        )

    def row_sums(self) -> Values:
        """Return the exact sum of every row, as a column of length ``shape[0]``. O(m) when the sums fit 64 bits."""
        numerators = self.values.numerators()
        if isinstance(self.values, CodedValues) and numerators is None:
            return sums_by_code(self.values, self.indptr)
        if numerators is not None and self.values.bound * max(self.max_row_length, 1) < 1 << 63:
            total = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(numerators)))
            return IntegerValues(total[self.indptr[1:]] - total[self.indptr[:-1]], self.values.denominator)
        return sums_of_runs(self.values, self.indptr)

    def to_scipy(self) -> Any:
        """Return a `scipy.sparse.csr_array` of float64, every entry rounded to nearest."""
        from scipy.sparse import csr_array

        return csr_array((self.values.floats(), self.indices, self.indptr), shape=self.shape)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SparseWeights):
            return NotImplemented
        return self.same_places(other) and self.values == other.values

    __hash__ = None  # type: ignore[assignment]  # matrices are compared, never keys

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what pickle and copy keep: the fields; the constructor makes arrays read-only again."""
        return SparseWeights, (self.shape, self.indptr, self.indices, self.values)

    def __repr__(self) -> str:
        return f"<SparseWeights {self.shape[0]} x {self.shape[1]}, {counted(self.nnz, 'entry')}>"


def _moved(index: NDArray[Any], count: int, chosen: Index | None) -> tuple[Index, int]:
    """Return where the rows (or columns) of entries go when some are chosen: -1 for those that are not."""
    if chosen is None:
        return index.astype(np.int64), count
    where = np.full(count + 1, -1, dtype=np.int64)
    where[chosen] = np.arange(len(chosen))
    where[-1] = -1
    return where[index], len(chosen)
