"""From what a user has (arrays, lists, scipy, names) to the checked parts of a `MarkovChain`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError, OptionError
from lumpform.exact import is_negative
from lumpform.values import CodedValues, Values, exact_values, from_fractions
from lumpform.weights import SparseWeights

Rows = Literal["exact", "normalise"]
Floats = Literal["dyadic", "decimal"]


def matrix_of(matrix: Any, floats: Floats) -> SparseWeights:
    """A canonical sparse matrix from any supported container; few distinct values become codes."""
    if floats not in ("dyadic", "decimal"):
        raise OptionError(f"floats is {floats!r}, expected 'dyadic' or 'decimal'")
    if isinstance(matrix, SparseWeights):
        return matrix
    try:
        if hasattr(matrix, "tocoo"):  # scipy sparse, without importing it
            coo = matrix.tocoo()
            return SparseWeights.from_coo(
                coo.coords[0] if hasattr(coo, "coords") else coo.row,
                coo.coords[1] if hasattr(coo, "coords") else coo.col,
                _meaning(np.asarray(coo.data), floats),
                coo.shape,
            )
        if isinstance(matrix, np.ndarray) and matrix.ndim == 2 and matrix.dtype.kind in "iufb":
            rows, columns = np.nonzero(matrix)
            return SparseWeights.from_coo(rows, columns, _meaning(matrix[rows, columns], floats), matrix.shape)
        if floats == "decimal":
            matrix = [[str(v) if isinstance(v, float) else v for v in row] for row in matrix]
        if any(getattr(v, "free_symbols", None) for row in matrix for v in row):
            from lumpform.symbolic import understood

            matrix = understood(matrix)
        return SparseWeights.from_dense(matrix)
    except (TypeError, ValueError) as error:
        raise ModelError(f"the matrix is not usable: {error}") from None


def _meaning(data: NDArray[Any], floats: Floats) -> Values:
    """Float data as the numbers that they are, or as the shortest decimals; coded when that is small."""
    if data.dtype.kind != "f":
        return exact_values(data)
    if floats == "dyadic":
        column = exact_values(data)
        return (
            column.coded()
            if len(data) < 1 << 16 or len(np.unique(data[:: max(1, len(data) >> 12)])) < 1 << 11
            else column
        )
    distinct, codes = np.unique(data, return_inverse=True)
    return CodedValues(codes.reshape(-1), tuple(Fraction(str(v)) for v in distinct.tolist()))


def check_non_negative(weights: SparseWeights, what: str) -> None:
    """Raise `ModelError` with the place of the first negative entry."""
    coded = weights.values if isinstance(weights.values, CodedValues) else weights.values.coded()
    negative = np.array([is_negative(v) for v in coded.table] or [False], dtype=bool)
    if not negative.any():
        return
    bad = np.flatnonzero(negative[coded.codes])
    if bad.size:
        entry = int(bad[0])
        row = int(np.searchsorted(weights.indptr, entry, side="right")) - 1
        place = f"from state {row} to state {int(weights.indices[entry])}"
        raise ModelError(f"the {what} {place} is {weights.values.value(entry)}, expected a non-negative number")


def strip_generator(weights: SparseWeights) -> SparseWeights:
    """Rates of a CTMC; a generator (negative diagonal, rows that sum to zero) loses its diagonal."""
    rows = weights.row_of_entries()
    diagonal = np.flatnonzero(rows == weights.indices)
    coded = weights.values.take(diagonal).coded()
    if any(map(is_negative, coded.table)):
        sums = weights.row_sums().coded()
        if any(v != 0 for v in sums.table):
            code = next(i for i, v in enumerate(sums.table) if v != 0)
            state = int(np.flatnonzero(sums.codes == code)[0])
            raise ModelError(
                f"the diagonal is negative, so this is a generator, but row {state} sums to {sums.table[code]}, "
                "expected 0"
            )
        keep = rows != weights.indices
        weights = SparseWeights.from_coo(rows[keep], weights.indices[keep], weights.values.take(keep), weights.shape)
    check_non_negative(weights, "rate")
    return weights


def normalised_rows(weights: SparseWeights, rows: Rows) -> SparseWeights:
    """Probabilities of a DTMC: every row sums to exactly one, or is made to if `rows` says so."""
    if rows not in ("exact", "normalise"):
        raise OptionError(f"rows is {rows!r}, expected 'exact' or 'normalise'")
    check_non_negative(weights, "probability")
    sums = weights.row_sums().coded()
    wrong = np.array([v != 1 for v in sums.table] or [False], dtype=bool)
    if not wrong.any():
        return weights
    states = np.flatnonzero(wrong[sums.codes])
    if rows == "exact":
        state = int(states[0])
        more = f" ({len(states)} such rows)" if len(states) > 1 else ""
        value = sums.table[sums.codes[state]]
        shown = str(value)
        if getattr(value, "denominator", 1) > 1:
            shown += f" (about {float(value):.17g})"
        raise ModelError(
            f"the probabilities of state {state} sum to {shown}, expected exactly 1{more}; "
            "rows='normalise' divides each row by its sum"
        )
    return _divide_rows(weights, sums)


def _divide_rows(weights: SparseWeights, sums: CodedValues) -> SparseWeights:
    row = weights.row_of_entries()
    entry = weights.values.coded()
    width = len(entry.table)
    pairs, codes = np.unique(sums.codes[row].astype(np.int64) * max(width, 1) + entry.codes, return_inverse=True)
    table = [entry.table[p % width] / sums.table[p // width] for p in pairs.tolist()]
    empty = np.flatnonzero(np.diff(weights.indptr) == 0)
    everything = from_fractions([*table, Fraction(1)])  # one column of the distinct quotients, and 1 for new self-loops
    chosen = np.concatenate((codes.reshape(-1), np.full(len(empty), len(table), dtype=np.int64)))
    return SparseWeights.from_coo(
        np.concatenate((row, empty)), np.concatenate((weights.indices, empty)), everything.take(chosen), weights.shape
    )


def state_mask(name: str, states: Any, n: int) -> NDArray[np.bool_]:
    """The states that carry a label, as a read-only boolean array."""
    array = (
        states
        if isinstance(states, np.ndarray)
        else np.asarray(list(states) if isinstance(states, Iterable) else [states])
    )
    if array.dtype == np.bool_:
        if array.shape != (n,):
            raise ModelError(f"label {name!r} has {array.size} entries, expected {n}")
        mask = array.copy()
    else:
        if array.size and array.dtype.kind not in "iu":
            raise ModelError(f"label {name!r} is not a boolean array or a list of state numbers")
        index = array.astype(np.int64).ravel()
        bad = index[(index < 0) | (index >= n)]
        if bad.size:
            raise ModelError(f"label {name!r} names state {int(bad[0])}, expected 0..{n - 1}")
        mask = np.zeros(n, dtype=np.bool_)
        mask[index] = True
    mask.flags.writeable = False
    return mask


def column_of(what: str, numbers: Any, n: int, floats: Floats) -> Values:
    """A column of n exact numbers."""
    try:
        if isinstance(numbers, np.ndarray) and numbers.dtype.kind == "f":
            column = _meaning(numbers.ravel(), floats)
        elif isinstance(numbers, Values):
            column = numbers
        else:
            items = list(numbers)
            column = exact_values([str(v) if floats == "decimal" and isinstance(v, float) else v for v in items])
    except (TypeError, ValueError) as error:
        raise ModelError(f"{what}: {error}") from None
    if len(column) != n:
        raise ModelError(f"{what} has {len(column)} entries, expected {n}")
    return column


def initial_column(initial: Any, n: int, floats: Floats) -> Values:
    """The initial distribution as a column; it must be non-negative and sum to exactly one."""
    if isinstance(initial, int | np.integer):
        initial = {int(initial): 1}
    if isinstance(initial, Mapping):
        codes = np.zeros(n, dtype=np.int64)
        table: list[Any] = [Fraction(0)]
        for state, value in initial.items():
            if not 0 <= state < n:
                raise ModelError(f"the initial distribution names state {state}, expected 0..{n - 1}")
            codes[state] = len(table)
            table.append(value)
        values = from_fractions(table)
        column: Values = CodedValues(values.codes[codes].astype(np.int64), values.table)
    else:
        column = column_of("the initial distribution", initial, n, floats)
    coded = column.coded()
    if any(map(is_negative, coded.table)):
        raise ModelError("the initial distribution has a negative entry")
    counts = np.bincount(coded.codes, minlength=len(coded.table)).tolist()
    total = sum((v * c for v, c in zip(coded.table, counts, strict=False)), Fraction(0))
    if total != 1 and n:
        raise ModelError(f"the initial distribution sums to {total}, expected exactly 1")
    return column
