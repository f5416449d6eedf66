"""Matrices of exact weights: the two ways an arrow keeps its edges.

`SparseWeights` is a compressed-row matrix (row = source node); `DenseWeights` is a full one. Both keep their numbers
in a column of `lumpform.numbers`, so ten million transitions are three arrays and a dense layer is one, never objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.files.limits import MAX_STATES
from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.integer import IntegerValues
from lumpform.numbers.make import exact_values, from_fractions, recoded
from lumpform.numbers.rational import as_rational
from lumpform.numbers.rational_function import total


@dataclass(frozen=True, eq=False)
class SparseWeights:
    """A sparse exact matrix in canonical compressed-row form.

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
            raise ValueError(f"{len(self.values)} values for {len(indices)} entries")
        if len(indices) and (int(indices.min()) < 0 or int(indices.max()) >= columns):
            raise ValueError(f"a column index is outside 0..{columns - 1}")
        indices = np.ascontiguousarray(indices, dtype=np.int32)
        if not _rows_increase(indptr, indices):
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
        """A canonical matrix from triples; parallel entries are added exactly, zeros dropped. O(m log m).

        Raises
        ------
        ValueError
            If an index is outside `shape` or a value is not a finite number.
        """
        r, c = np.asarray(rows, dtype=np.int64).ravel(), np.asarray(columns, dtype=np.int64).ravel()
        column = exact_values(values)
        if not len(r) == len(c) == len(column):
            raise ValueError(f"{len(r)} rows, {len(c)} columns and {len(column)} values")
        for what, index, size in (("row", r, shape[0]), ("column", c, shape[1])):
            bad = np.flatnonzero((index < 0) | (index >= size))
            if bad.size:
                raise ValueError(f"{what} index {int(index[bad[0]])} is outside 0..{size - 1}")
        key = r * max(shape[1], 1) + c
        if (np.diff(key) < 0).any():
            order = np.argsort(key, kind="stable")
            key, column = key[order], column.take(order)
        if (np.diff(key) == 0).any():
            key, column = _add_parallel(key, column)
        key, column = _drop_zeros(key, column)
        r, c = np.divmod(key, max(shape[1], 1))
        indptr = np.concatenate(([0], np.cumsum(np.bincount(r, minlength=shape[0])))).astype(np.int64)
        return cls(shape, indptr, c.astype(np.int32), column)

    @classmethod
    def from_dense(cls, matrix: Any) -> SparseWeights:
        """A sparse matrix from a rectangular array or nested lists of numbers (floats are dyadic rationals)."""
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

    @property
    def nnz(self) -> int:
        """Number of (non-zero) entries."""
        return len(self.indices)

    @cached_property
    def max_row_length(self) -> int:
        """The largest number of entries in one row."""
        return int(np.diff(self.indptr).max(initial=0))

    def row_of_entries(self) -> NDArray[np.int32]:
        """The row of every entry, (m,) int32."""
        return np.repeat(np.arange(self.shape[0], dtype=np.int32), np.diff(self.indptr))

    def row(self, index: int) -> list[tuple[int, Any]]:
        """The entries of one row as pairs (column, exact value)."""
        span = range(int(self.indptr[index]), int(self.indptr[index + 1]))
        return [(int(self.indices[e]), self.values.value(e)) for e in span]

    def transpose(self) -> SparseWeights:
        """The matrix with rows and columns exchanged. O(m log m)."""
        order = np.argsort(self.indices, kind="stable")
        counts = np.bincount(self.indices, minlength=self.shape[1])
        indptr = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        return SparseWeights(
            (self.shape[1], self.shape[0]), indptr, self.row_of_entries()[order], self.values.take(order)
        )

    def row_sums(self) -> Values:
        """The exact sum of every row, as a column of length ``shape[0]``. O(m) when the sums fit 64 bits."""
        numerators = self.values.numerators()
        if isinstance(self.values, CodedValues) and numerators is None:
            return sums_by_code(self.values, self.indptr)
        if numerators is not None and self.values.bound * max(self.max_row_length, 1) < 1 << 63:
            total = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(numerators)))
            return IntegerValues(total[self.indptr[1:]] - total[self.indptr[:-1]], self.values.denominator)
        entries = self.values.fractions()
        return from_fractions(
            sum(entries[a:b], Fraction(0))
            for a, b in zip(self.indptr[:-1].tolist(), self.indptr[1:].tolist(), strict=True)
        )

    def to_scipy(self) -> Any:
        """A `scipy.sparse.csr_array` of float64, every entry rounded to nearest."""
        from scipy.sparse import csr_array

        return csr_array((self.values.floats(), self.indices, self.indptr), shape=self.shape)

    def to_fractions(self) -> list[list[Any]]:
        """The full matrix as nested lists of exact numbers; for small ones."""
        full: list[list[Any]] = [[Fraction(0)] * self.shape[1] for _ in range(self.shape[0])]
        for r in range(self.shape[0]):
            for c, value in self.row(r):
                full[r][c] = value
        return full

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SparseWeights):
            return NotImplemented
        return (
            self.shape == other.shape
            and np.array_equal(self.indptr, other.indptr)
            and np.array_equal(self.indices, other.indices)
            and self.values == other.values
        )

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what pickle and copy keep: the fields; the constructor makes arrays read-only again."""
        return SparseWeights, (self.shape, self.indptr, self.indices, self.values)

    def __repr__(self) -> str:
        return f"<SparseWeights {self.shape[0]} x {self.shape[1]}, {self.nnz} entries>"


@dataclass(frozen=True, eq=False)
class DenseWeights:
    """A full exact matrix, row-major: entry (r, c) is ``values.value(r * columns + c)``."""

    shape: tuple[int, int]
    values: Values

    def __post_init__(self) -> None:
        if len(self.values) != self.shape[0] * self.shape[1]:
            raise ValueError(f"{len(self.values)} values for a {self.shape[0]} x {self.shape[1]} matrix")

    @classmethod
    def from_array(cls, matrix: Any) -> DenseWeights:
        """From a two-dimensional array of integers, floats (dyadic) or exact objects; never copied to objects."""
        array = np.asarray(matrix)
        if array.ndim != 2:
            raise ValueError("a matrix has two dimensions")
        return cls((array.shape[0], array.shape[1]), exact_values(np.ascontiguousarray(array).reshape(-1)))

    @property
    def nnz(self) -> int:
        """Number of non-zero entries."""
        return int(np.count_nonzero(self.values.nonzero()))

    def row(self, index: int) -> list[tuple[int, Any]]:
        """The non-zero entries of one row as pairs (column, exact value)."""
        start = index * self.shape[1]
        entries = ((c, self.values.value(start + c)) for c in range(self.shape[1]))
        return [(c, v) for c, v in entries if v != 0]

    def transpose(self) -> DenseWeights:
        """The matrix with rows and columns exchanged."""
        order = np.arange(len(self.values)).reshape(self.shape).T.reshape(-1)
        return DenseWeights((self.shape[1], self.shape[0]), self.values.take(order))

    def to_sparse(self) -> SparseWeights:
        """The same matrix in compressed-row form."""
        r, c = np.divmod(np.arange(len(self.values)), max(self.shape[1], 1))
        return SparseWeights.from_coo(r, c, self.values, self.shape)


Weights = SparseWeights | DenseWeights


def _rows_increase(indptr: NDArray[np.int64], indices: NDArray[np.int32]) -> bool:
    if len(indices) < 2:
        return True
    falls = np.flatnonzero(indices[1:] <= indices[:-1]) + 1
    is_start = np.zeros(len(indices) + 1, dtype=bool)
    is_start[indptr] = True
    return bool(is_start[falls].all())


def _add_parallel(key: NDArray[np.int64], column: Values) -> tuple[NDArray[np.int64], Values]:
    starts = np.flatnonzero(np.concatenate(([True], np.diff(key) != 0)))
    counts = np.diff(np.concatenate((starts, [len(key)])))
    numerators = column.numerators()
    if numerators is not None and column.bound * int(counts.max()) < 1 << 63:
        return key[starts], IntegerValues(np.add.reduceat(numerators, starts), column.denominator).coded()
    if isinstance(column, CodedValues) and numerators is None:
        pointers = np.concatenate((starts, [len(key)]))
        return key[starts], sums_by_code(column, pointers)
    entries = column.fractions()
    ends = (starts + counts).tolist()
    return key[starts], from_fractions(
        sum(entries[a:b], Fraction(0)) for a, b in zip(starts.tolist(), ends, strict=True)
    )


def sums_by_code(values: CodedValues, pointers: NDArray[np.int64]) -> Values:
    """Sums of consecutive runs of numbers that are costly to add: once for each collection of codes that is a run."""
    known: dict[Any, int] = {}
    runs, sums = [], []
    codes = values.codes.tolist()
    for a, b in zip(pointers[:-1].tolist(), pointers[1:].tolist(), strict=True):
        run = tuple(sorted(codes[a:b]))
        code = known.setdefault(run, len(known))
        if code == len(sums):
            sums.append(total(values.table[c] for c in run))
        runs.append(code)
    return recoded(np.array(runs, dtype=np.int64), sums)


def _drop_zeros(key: NDArray[np.int64], column: Values) -> tuple[NDArray[np.int64], Values]:
    if isinstance(column, CodedValues):
        zero = np.array([v == 0 for v in column.table], dtype=bool)
        keep = ~zero[column.codes] if zero.any() else None
    elif isinstance(column, IntegerValues):
        keep = column.numerators_ != 0
    else:
        keep = np.array([v != 0 for v in column.fractions()], dtype=bool)
    if keep is None or keep.all():
        return key, column
    return key[keep], column.take(keep)
