"""Makes exact matrices of what a file says, and compares their rows with the exit rates that it states."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import FormatError
from lumpform.files.limits import MAX_SUM_BITS
from lumpform.graph.entries import distinct_pairs
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.numerals import show
from lumpform.numbers.rational import bounded_denominator

TOLERANCE = Fraction(1, 10**9)
"""How far (relatively) an exit rate printed as a double may be from the sum of the rates printed as doubles."""


def sparse(path: str | Path, rows: Any, columns: Any, values: Values, shape: int | tuple[int, int]) -> SparseWeights:
    """Return a canonical matrix, square if `shape` is a number.

    What it refuses becomes a `FormatError`, and so do numbers too long to add.
    """
    _check_sums(path, rows, values)
    try:
        return SparseWeights.from_coo(rows, columns, values, (shape, shape) if isinstance(shape, int) else shape)
    except (ValueError, OverflowError) as error:
        raise FormatError(path, "", str(error), "a square matrix" if isinstance(shape, int) else "a matrix") from None


def _check_sums(path: str | Path, rows: Any, values: Values) -> None:
    """Refuse a row whose numbers have a common denominator that would take too long to add over."""
    if not isinstance(values, CodedValues) or values.field.names or not len(values):
        return
    bits = np.array([v.denominator.bit_length() - 1 for v in values.table], dtype=np.float64)
    origins = np.asarray(rows)
    for state in np.flatnonzero(np.bincount(origins, weights=bits[values.codes]) > MAX_SUM_BITS).tolist():
        codes = np.unique(values.codes[origins == state])
        if bounded_denominator([values.table[c] for c in codes.tolist()], MAX_SUM_BITS) is None:
            found = f"numbers with a common denominator of more than {MAX_SUM_BITS} bits"
            raise FormatError(path, f"state {state}", found, "numbers that can be added")


def check_exits(
    path: str | Path,
    weights: SparseWeights,
    exits: Values,
    given: NDArray[np.bool_],
    *,
    exact: bool,
    place: Callable[[int], str],
) -> None:
    """Compare the exit rates that a file states with the sums of the rates that it lists. O(m).

    Raises
    ------
    FormatError
        For the first state whose exit rate is not the sum (with `exact` false: not to within `TOLERANCE`).
    """
    if not given.any():
        return
    sums = weights.row_sums()
    a, b, codes, pairs = distinct_pairs(sums, exits)
    wrong = np.array([not _agree(a[p // len(b)], b[p % len(b)], exact) for p in pairs] or [False], dtype=bool)
    bad = np.flatnonzero(wrong[codes] & given) if len(codes) else np.empty(0, dtype=np.int64)
    if bad.size:
        state = int(bad[0])
        raise FormatError(
            path,
            f"{place(state)} (state {state})",
            f"exit rate {show(exits.value(state))}",
            f"the sum of the rates, {show(sums.value(state))}",
        )


def _agree(total: Fraction, stated: Fraction, exact: bool) -> bool:
    if total == stated or exact or any(getattr(v, "parametric", False) for v in (total, stated)):
        return total == stated
    return abs(total - stated) <= TOLERANCE * max(total, stated)
