"""Keeps a Markov chain in canonical form: packed arrays and tables of exact numbers."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress, islice
from typing import Any

from .arrays import CODE, OFFSET, STATE, pointers_of, rows_of
from .failure import fail
from .limits import DEFAULT, Limits
from .polynomial import Number, Polynomial, ordered, show, total
from .progress import tell
from .rational import ONE, ZERO, bounded_denominator, product, reduced, scaled, small_denominator
from .words import counted


class Column:
    """Holds exact numbers: entry i is ``table[codes[i]]``; the table is ascending and every entry of it occurs.

    Where a value depends on a parameter it is a polynomial, and stands behind the numbers in the table.
    """

    __slots__ = ("codes", "table")

    def __init__(self, codes: Iterable[int], raw_table: Sequence[Number]) -> None:
        packed = codes if isinstance(codes, array) and codes.typecode == CODE else array(CODE, codes)
        used = sorted(set(packed))
        self.table: Any = ordered({raw_table[c] for c in used})
        position = {value: i for i, value in enumerate(self.table)}
        renumber = array(CODE, bytes(4 * (used[-1] + 1 if used else 0)))
        for c in used:
            renumber[c] = position[raw_table[c]]
        self.codes = array(CODE, map(renumber.__getitem__, packed))

    def __len__(self) -> int:
        return len(self.codes)

    @classmethod
    def coded(cls, codes: array[int], table: Sequence[Number]) -> Column:
        """Return a column with a table as it is: enough for sums, not for a digest, which needs it in order."""
        column = cls.__new__(cls)
        column.codes, column.table = codes, table
        return column

    @property
    def parametric(self) -> bool:
        """Tell whether a value that occurs depends on a parameter."""
        return any(isinstance(value, Polynomial) for value in self.table)

    def value(self, index: int) -> Any:
        return self.table[self.codes[index]]


@dataclass
class Matrix:
    """Keeps a square sparse matrix by rows: columns increase inside a row, no entry is zero."""

    size: int
    indptr: array[int]
    indices: array[int]
    weights: Column

    def row_of_entries(self) -> array[int]:
        return rows_of(self.indptr)

    def transposed(self) -> Matrix:
        """Return the matrix with rows and columns exchanged."""
        order = sorted(range(len(self.indices)), key=self.indices.__getitem__)
        rows = self.row_of_entries()
        codes = array(CODE, map(self.weights.codes.__getitem__, order))
        targets = array(STATE, map(rows.__getitem__, order))
        pointers = pointers_of(self.indices, self.size)
        return Matrix(self.size, pointers, targets, Column.coded(codes, self.weights.table))

    def entries(self, row: int) -> list[tuple[int, Any]]:
        span = range(self.indptr[row], self.indptr[row + 1])
        return [(self.indices[e], self.weights.value(e)) for e in span]

    def row_sum(self, row: int) -> Number:
        return total(value for _, value in self.entries(row))


@dataclass
class Model:
    """Holds a DTMC (matrix P) or CTMC (matrix R)."""

    path: str
    kind: str
    matrix: Matrix
    labels: dict[str, array[int]]
    rewards: dict[str, Column]
    initial: Column | None

    @property
    def states(self) -> int:
        return self.matrix.size


@dataclass
class Parts:
    """Holds what a file says of a chain: rows of targets and of the codes of their weights, and what states have."""

    path: str
    kind: str
    states: int
    indptr: array[int]
    indices: array[int]
    codes: array[int]
    table: Sequence[Number]
    labels: Mapping[str, Iterable[int]]
    rewards: dict[str, Column] = field(default_factory=dict)
    initial: Column | None = None

    def matrix(self) -> Matrix:
        """Return the matrix in canonical form."""
        return canonical(self.states, self.indptr, self.indices, self.codes, self.table)


def assemble(parts: Parts, rows: str = "exact", deadlocks: str = "error", limits: Limits = DEFAULT) -> Model:
    """Return the model in canonical form: parallel entries added, zeros dropped, numbers checked."""
    path, kind, n, initial = parts.path, parts.kind, parts.states, parts.initial
    if not 0 <= n <= limits.max_states:
        fail(path, "", counted(n, "state"), f"at most {limits.max_states}")
    tell(f"bringing {os.path.basename(path)} into canonical form")
    matrix = parts.matrix()
    # Polynomials have no sign; with parameters a generator is known by its rows, which all sum to zero.
    if kind == "ctmc" and (not matrix.weights.parametric or first_row_not_summing(matrix, 0) is None):
        matrix = _without_generator_diagonal(path, matrix)
    check_not_negative(path, matrix)
    if kind == "dtmc":
        # A quotient of polynomials is none.
        divided = rows == "normalise" and not matrix.weights.parametric
        matrix = _with_loops(matrix) if divided or deadlocks == "loop" else matrix
        matrix = normalised(matrix, range(n)) if divided else matrix
        wrong = first_row_not_summing(matrix, 1)
        if wrong is not None:
            fail(path, f"state {wrong}", f"a row that sums to {show(matrix.row_sum(wrong))}", "exactly 1")
    kept = {name: array(OFFSET, sorted(set(states))) for name, states in parts.labels.items()}
    if initial is not None and n:
        check_distribution(path, initial)
    return Model(path, kind, matrix, {k: v for k, v in kept.items() if v}, parts.rewards, initial if n else None)


def check_distribution(path: str, initial: Column) -> None:
    """Raise `Unreadable` unless initial probabilities are not negative and sum to 1."""
    if any(value[0] < 0 for value in initial.table):
        fail(path, "", "a negative initial probability", "a distribution")
    if _column_total(initial) != ONE:
        fail(path, "", f"an initial distribution that sums to {show(_column_total(initial))}", "exactly 1")


def check_not_negative(path: str, matrix: Matrix) -> None:
    """Raise `Unreadable` about the first entry that is a negative number."""
    negative = {v for v in matrix.weights.table if _negative(v)}
    if negative:
        entry = next(e for e in range(len(matrix.indices)) if matrix.weights.value(e) in negative)
        fail(path, f"entry {entry}", f"the weight {show(matrix.weights.value(entry))}", "a number that is not negative")


def _negative(value: Number) -> bool:
    """Tell whether a value is a negative number; what depends on a parameter has no sign."""
    return not isinstance(value, Polynomial) and value[0] < 0


def uniform(states: Iterable[int], n: int) -> Column | None:
    """Return the uniform distribution over some states; None if there are none."""
    codes = array(CODE, bytes(4 * n))
    for s in states:
        codes[s] = 1
    count = sum(codes)
    return Column(codes, [ZERO, (1, count)]) if count else None


def first_row_not_summing(matrix: Matrix, wanted: int) -> int | None:
    """Return the first row whose exact sum is not `wanted`, or None."""
    pointers, codes, table = matrix.indptr, matrix.weights.codes, matrix.weights.table
    common = None if matrix.weights.parametric else small_denominator({d for _, d in table})
    if common is None:
        return next((r for r in range(matrix.size) if matrix.row_sum(r) != (wanted, 1)), None)
    numbers = list(map(scaled(table, common).__getitem__, codes))
    target, start = wanted * common, 0
    for r in range(matrix.size):
        end = pointers[r + 1]
        if sum(numbers[start:end]) != target:
            return r
        start = end
    return None


def _column_total(column: Column) -> Number:
    counts = [0] * len(column.table)
    for code in column.codes:
        counts[code] += 1
    return total(product(value, (count, 1)) for value, count in zip(column.table, counts, strict=True))


def canonical(n: int, indptr: array[int], indices: array[int], codes: array[int], table: Sequence[Number]) -> Matrix:
    """Return the matrix in canonical form: rows sorted, parallel entries added, zeros dropped."""
    starts = bytearray(len(indices) + 1)
    for pointer in indptr:
        starts[pointer] = 1
    falls = [y <= x for x, y in zip(indices, islice(indices, 1, None), strict=False)]
    ordered = all(compress(islice(starts, 1, None), falls))
    column = Column(codes, table)
    if ordered and ZERO not in column.table:
        return Matrix(n, indptr, indices, column)
    return _rebuilt(n, indptr, indices, column)


def _rebuilt(n: int, indptr: array[int], indices: array[int], column: Column) -> Matrix:
    """Return the matrix with rows sorted, parallel entries added and zeros dropped."""
    place = {value: i for i, value in enumerate(column.table)}
    pointers, targets, codes = array(OFFSET, [0]), array(STATE), array(CODE)
    for r in range(n):
        row: dict[int, list[int]] = {}
        for e in range(indptr[r], indptr[r + 1]):
            row.setdefault(indices[e], []).append(column.codes[e])
        for target in sorted(row):
            parallel = row[target]
            value = column.table[parallel[0]] if len(parallel) == 1 else total(column.table[c] for c in parallel)
            if value != ZERO:
                targets.append(target)
                codes.append(place.setdefault(value, len(place)))
        pointers.append(len(targets))
    return Matrix(n, pointers, targets, Column(codes, list(place)))


def _without_generator_diagonal(path: str, matrix: Matrix) -> Matrix:
    """Return the rates of a generator: recognised by a negative diagonal, its rows must sum to zero."""
    if not matrix.weights.parametric and not any(map(_negative, matrix.weights.table)):
        return matrix
    rows = matrix.row_of_entries()
    diagonal = [e for e, r in enumerate(rows) if r == matrix.indices[e]]
    if not matrix.weights.parametric and not any(_negative(matrix.weights.value(e)) for e in diagonal):
        return matrix
    wrong = first_row_not_summing(matrix, 0)
    if wrong is not None:
        fail(path, f"state {wrong}", f"a generator's row that sums to {show(matrix.row_sum(wrong))}", "exactly 0")
    keep = bytearray(b"\1") * len(rows)
    for e in diagonal:
        keep[e] = 0
    counts = array(OFFSET, [0])
    for r in range(matrix.size):
        counts.append(counts[-1] + sum(keep[matrix.indptr[r] : matrix.indptr[r + 1]]))
    codes = array(CODE, compress(matrix.weights.codes, keep))
    return Matrix(
        matrix.size, counts, array(STATE, compress(matrix.indices, keep)), Column(codes, matrix.weights.table)
    )


def _with_loops(matrix: Matrix) -> Matrix:
    """Give every row without entries a self-loop of probability 1."""
    pointers = matrix.indptr
    empty = [r for r in range(matrix.size) if pointers[r] == pointers[r + 1]]
    if not empty:
        return matrix
    table = [*matrix.weights.table, ONE]
    grown, targets, codes = array(OFFSET, [0]), array(STATE), array(CODE)
    for r in range(matrix.size):
        span = slice(pointers[r], pointers[r + 1])
        targets.extend(matrix.indices[span] or [r])
        codes.extend(matrix.weights.codes[span] or [len(table) - 1])
        grown.append(len(targets))
    return Matrix(matrix.size, grown, targets, Column(codes, table))


def normalised(matrix: Matrix, rows: Iterable[int]) -> Matrix:
    """Return the matrix with some rows, none of them empty, divided by their sums."""
    place = {value: i for i, value in enumerate(matrix.weights.table)}
    codes = matrix.weights.codes[:]
    for row in rows:
        values = [value for _, value in matrix.entries(row)]
        common = bounded_denominator({d for _, d in values})
        numerators = [n * (common // d) for n, d in values]
        whole = sum(numerators)
        for entry, n in enumerate(numerators, matrix.indptr[row]):
            codes[entry] = place.setdefault(reduced(n, whole), len(place))
    return Matrix(matrix.size, matrix.indptr, matrix.indices, Column(codes, list(place)))
