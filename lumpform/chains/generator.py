"""Makes the generator Q of a CTMC from its rate matrix R: off-diagonal rates, minus their sum on the diagonal."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.integer import IntegerValues
from lumpform.numbers.make import column_of_table
from lumpform.numbers.rational import lcm_of_denominators


def generator_of(rates: SparseWeights) -> SparseWeights:
    """Return the generator of a rate matrix. Self-loops cancel; without other transitions a row is empty. O(m)."""
    n = rates.shape[0]
    row = rates.row_of_entries()
    keep = row != rates.indices
    off_row, off_col = row[keep], rates.indices[keep]
    indptr = np.concatenate(([0], np.cumsum(np.bincount(off_row, minlength=n)))).astype(np.int64)
    off = SparseWeights(rates.shape, indptr, off_col, rates.values.take(keep))
    has_exit = np.diff(indptr) > 0
    exits = off.row_sums().take(np.flatnonzero(has_exit))

    # Insert one diagonal entry into every row with an exit, at the place that keeps columns increasing.
    inserted_before = np.concatenate(([0], np.cumsum(has_exit)))
    after_diagonal = off_col > off_row
    place_off = np.arange(off.nnz) + inserted_before[off_row] + after_diagonal
    below = np.bincount(off_row[~after_diagonal], minlength=n)
    place_diag = (indptr[:-1] + below + inserted_before[:-1])[has_exit]
    new_indptr = indptr + inserted_before
    indices = np.empty(int(new_indptr[-1]), dtype=np.int32)
    indices[place_off] = off_col
    indices[place_diag] = np.flatnonzero(has_exit)
    return SparseWeights(rates.shape, new_indptr, indices, _interleave(off.values, exits, place_off, place_diag))


def _interleave(off: Values, exits: Values, place_off: np.ndarray, place_diag: np.ndarray) -> Values:
    """Return the column with `off` at `place_off` and the negatives of `exits` at `place_diag`."""
    total = len(off) + len(exits)
    exit_codes = exits.coded()
    if isinstance(off, CodedValues) and len(exit_codes.table) < 1 << 20:
        codes = np.empty(total, dtype=np.int64)
        codes[place_off] = off.codes
        codes[place_diag] = exit_codes.codes.astype(np.int64) + len(off.table)
        return column_of_table(codes, off.table + tuple(-v for v in exit_codes.table))
    denominator = lcm_of_denominators([Fraction(1, off.denominator), Fraction(1, exits.denominator)])
    a, b = off.numerators(denominator), exits.numerators(denominator)
    if a is not None and b is not None:
        numerators = np.empty(total, dtype=np.int64)
        numerators[place_off], numerators[place_diag] = a, -b
        return IntegerValues(numerators, denominator)
    codes = np.empty(total, dtype=np.int64)
    coded = off.coded()
    codes[place_off] = coded.codes
    codes[place_diag] = exit_codes.codes.astype(np.int64) + len(coded.table)
    return CodedValues(codes, coded.table + tuple(-v for v in exit_codes.table))
