"""A Markov chain as the checker keeps it: packed arrays and tables of exact numbers, in canonical form."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress, islice
from typing import Any

from .arrays import CODE, OFFSET, STATE
from .failure import fail
from .limits import MAX_STATES
from .polynomial import ZERO, Number, Polynomial, ordered, show, total
from .rational import SMALL_BITS, Pair, bounded_denominator, common_denominator, product, reduced, scaled


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
    """A square sparse matrix by rows: columns increase inside a row, no entry is zero."""

    size: int
    indptr: array[int]
    indices: array[int]
    weights: Column

    def row_of_entries(self) -> array[int]:
        rows = array(STATE)
        pointers = self.indptr
        for r in range(self.size):
            rows.extend([r] * (pointers[r + 1] - pointers[r]))
        return rows

    def transposed(self) -> Matrix:
        """Rows and columns exchanged."""
        order = sorted(range(len(self.indices)), key=self.indices.__getitem__)
        rows = self.row_of_entries()
        counts = array(OFFSET, bytes(8 * (self.size + 1)))
        for column in self.indices:
            counts[column + 1] += 1
        for i in range(self.size):
            counts[i + 1] += counts[i]
        codes = array(CODE, map(self.weights.codes.__getitem__, order))
        targets = array(STATE, map(rows.__getitem__, order))
        return Matrix(self.size, counts, targets, Column.coded(codes, self.weights.table))

    def entries(self, row: int) -> list[tuple[int, Any]]:
        span = range(self.indptr[row], self.indptr[row + 1])
        return [(self.indices[e], self.weights.value(e)) for e in span]

    def row_sum(self, row: int) -> Number:
        return total(value for _, value in self.entries(row))


@dataclass
class Model:
    """A DTMC (matrix P) or CTMC (matrix R)."""

    path: str
    kind: str
    matrix: Matrix
    labels: dict[str, array[int]]
    rewards: dict[str, Column]
    initial: Column | None

    @property
    def states(self) -> int:
        return self.matrix.size


def assemble(
    path: str,
    kind: str,
    n: int,
    indptr: array[int],
    indices: array[int],
    codes: array[int],
    table: Sequence[Number],
    *,
    labels: dict[str, Iterable[int]],
    rewards: dict[str, Column],
    initial: Column | None,
    rows: str = "exact",
    deadlocks: str = "error",
) -> Model:
    """A model in canonical form from the parts of a file: parallel entries added, zeros dropped, numbers checked."""
    if not 0 <= n <= MAX_STATES:
        fail(path, "", f"{n} states", f"at most {MAX_STATES}")
    matrix = canonical(n, indptr, indices, codes, table)
    # Polynomials have no sign; with parameters a generator is known by its rows, which all sum to zero.
    if kind == "ctmc" and (not matrix.weights.parametric or first_row_not_summing(matrix, 0) is None):
        matrix = _without_generator_diagonal(path, matrix)
    negative = {v for v in matrix.weights.table if _negative(v)}
    if negative:
        entry = next(e for e in range(len(matrix.indices)) if matrix.weights.value(e) in negative)
        fail(path, f"entry {entry}", f"the weight {show(matrix.weights.value(entry))}", "a number that is not negative")
    if kind == "dtmc":
        matrix = _with_loops(matrix) if deadlocks == "loop" else matrix
        # A quotient of polynomials is none.
        matrix = _normalised(matrix) if rows == "normalise" and not matrix.weights.parametric else matrix
        wrong = first_row_not_summing(matrix, 1)
        if wrong is not None:
            fail(
                path,
                f"state {wrong}",
                f"a row that sums to {show(matrix.row_sum(wrong))}",
                "exactly 1",
            )
    kept = {name: array(OFFSET, sorted(set(states))) for name, states in labels.items()}
    if initial is not None and n:
        if any(value[0] < 0 for value in initial.table):
            fail(path, "", "a negative initial probability", "a distribution")
        if _column_total(initial) != (1, 1):
            fail(path, "", f"an initial distribution that sums to {show(_column_total(initial))}", "exactly 1")
    return Model(path, kind, matrix, {k: v for k, v in kept.items() if v}, rewards, initial if n else None)


def _negative(value: Number) -> bool:
    """Tell whether a value is a negative number; what depends on a parameter has no sign."""
    return not isinstance(value, Polynomial) and value[0] < 0


def uniform(states: Iterable[int], n: int) -> Column | None:
    """The uniform distribution over some states; None if there are none."""
    codes = array(CODE, bytes(4 * n))
    for s in states:
        codes[s] = 1
    count = sum(codes)
    return Column(codes, [(0, 1), (1, count)]) if count else None


def first_row_not_summing(matrix: Matrix, wanted: int) -> int | None:
    """The first row whose exact sum is not `wanted`."""
    pointers, codes, table = matrix.indptr, matrix.weights.codes, matrix.weights.table
    common = None if matrix.weights.parametric else common_denominator({d for _, d in table}, SMALL_BITS)
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
    """The matrix in canonical form: rows sorted, parallel entries added, zeros dropped."""
    starts = bytearray(len(indices) + 1)
    for pointer in indptr:
        starts[pointer] = 1
    falls = [y <= x for x, y in zip(indices, islice(indices, 1, None), strict=False)]
    ordered = all(compress(islice(starts, 1, None), falls))
    column = Column(codes, table)
    if ordered and (0, 1) not in column.table:
        return Matrix(n, indptr, indices, column)
    return _rebuilt(n, indptr, indices, column)


def _rebuilt(n: int, indptr: array[int], indices: array[int], column: Column) -> Matrix:
    """The matrix with rows sorted, parallel entries added and zeros dropped."""
    table = list(column.table)
    position = {value: i for i, value in enumerate(table)}
    pointers, targets, codes = array(OFFSET, [0]), array(STATE), array(CODE)
    for r in range(n):
        row: dict[int, list[int]] = {}
        for e in range(indptr[r], indptr[r + 1]):
            row.setdefault(indices[e], []).append(column.codes[e])
        for target in sorted(row):
            parallel = row[target]
            value = table[parallel[0]] if len(parallel) == 1 else total(table[c] for c in parallel)
            if value == ZERO:
                continue
            code = position.setdefault(value, len(table))
            if code == len(table):
                table.append(value)
            targets.append(target)
            codes.append(code)
        pointers.append(len(targets))
    return Matrix(n, pointers, targets, Column(codes, table))


def _without_generator_diagonal(path: str, matrix: Matrix) -> Matrix:
    """The rates of a generator: recognised by a negative diagonal, its rows must sum to zero."""
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
    table = [*matrix.weights.table, (1, 1)]
    grown, targets, codes = array(OFFSET, [0]), array(STATE), array(CODE)
    for r in range(matrix.size):
        span = slice(pointers[r], pointers[r + 1])
        targets.extend(matrix.indices[span] or [r])
        codes.extend(matrix.weights.codes[span] or [len(table) - 1])
        grown.append(len(targets))
    return Matrix(matrix.size, grown, targets, Column(codes, table))


def _normalised(matrix: Matrix) -> Matrix:
    """Every row divided by its sum; a row without entries becomes absorbing."""
    table: list[Pair] = [(1, 1)]
    position: dict[Pair, int] = {(1, 1): 0}
    pointers, targets, codes = array(OFFSET, [0]), array(STATE), array(CODE)
    for r in range(matrix.size):
        entries = matrix.entries(r)
        common = bounded_denominator({d for _, (_, d) in entries})
        numerators = [(target, n * (common // d)) for target, (n, d) in entries] or [(r, 1)]
        whole = sum(n for _, n in numerators)
        for target, n in numerators:
            value = reduced(n, whole)
            code = position.setdefault(value, len(table))
            if code == len(table):
                table.append(value)
            targets.append(target)
            codes.append(code)
        pointers.append(len(targets))
    return Matrix(matrix.size, pointers, targets, Column(codes, table))
