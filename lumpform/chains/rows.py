"""Checks the rows of a chain (probabilities that sum to one, rates, a generator), and mends them where it may."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lumpform.display.words import counted
from lumpform.errors import ModelError, OptionError
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import CodedValues
from lumpform.numbers.make import from_fractions, recoded
from lumpform.numbers.meaning import DECIMAL_OPTION, is_dust
from lumpform.numbers.numerals import show
from lumpform.numbers.rational import is_negative

Rows = Literal["exact", "normalise"]
Deadlocks = Literal["error", "loop"]

LOOP_OPTION = "a transition (deadlocks='loop', or --deadlocks loop, adds a self-loop of probability 1)"
"""What messages about a state of a DTMC without transitions expect."""

NONE = Fraction(0)


def check_rows(rows: str) -> None:
    """Raise `OptionError` unless `rows` is one of the known values."""
    if rows not in ("exact", "normalise"):
        raise OptionError(f"rows is {rows!r}, expected 'exact' or 'normalise'")


def check_deadlocks(deadlocks: str) -> None:
    """Raise `OptionError` unless `deadlocks` is one of the known values."""
    if deadlocks not in ("error", "loop"):
        raise OptionError(f"deadlocks is {deadlocks!r}, expected 'error' or 'loop'")


def check_non_negative(weights: SparseWeights, what: str) -> None:
    """Raise `ModelError` with the place of the first negative entry; functions of parameters have no sign."""
    coded = weights.values if isinstance(weights.values, CodedValues) else weights.values.coded()
    negative = np.array([is_negative(v) for v in coded.table] or [False], dtype=bool)
    if not negative.any():
        return
    bad = np.flatnonzero(negative[coded.codes])
    if bad.size:
        entry = int(bad[0])
        row = int(np.searchsorted(weights.indptr, entry, side="right")) - 1
        place = f"from state {row} to state {int(weights.indices[entry])}"
        raise ModelError(f"the {what} {place} is {show(weights.values.value(entry))}, expected a non-negative number")


def strip_generator(weights: SparseWeights, dust: Fraction = NONE) -> SparseWeights:
    """Return the rates of a CTMC; a generator (negative diagonal, rows that sum to zero) loses its diagonal.

    Functions of parameters have no sign; with parameters a generator is known by its rows, which all sum to zero.

    Parameters
    ----------
    weights : SparseWeights
    dust : Fraction
        The entries were floats, each the dyadic rational that it is, and sums may be off by so much: then there is a
        remedy to be named.

    Raises
    ------
    ModelError
        For a negative rate, or a row of a generator that does not sum to zero.
    """
    rows = weights.row_of_entries()
    diagonal = np.flatnonzero(rows == weights.indices)
    coded = weights.values.take(diagonal).coded()
    symbolic = bool(weights.values.field.names)
    if any(is_negative(v) for v in coded.table) or (symbolic and _sums_are_zero(weights)):
        sums = weights.row_sums().coded()
        if any(v != 0 for v in sums.table):
            code = next(i for i, v in enumerate(sums.table) if v != 0)
            state = int(np.flatnonzero(sums.codes == code)[0])
            total = sums.table[code]
            hint = f"; {DECIMAL_OPTION}" if is_dust(total, dust) else ""
            raise ModelError(
                f"the diagonal is negative, so this is a generator, but row {state} sums to {show(total)}, "
                f"expected 0{hint}"
            )
        keep = rows != weights.indices
        weights = SparseWeights.from_coo(rows[keep], weights.indices[keep], weights.values.take(keep), weights.shape)
    check_non_negative(weights, "rate")
    return weights


def _sums_are_zero(weights: SparseWeights) -> bool:
    return weights.nnz > 0 and all(v == 0 for v in weights.row_sums().coded().table)


def first_deadlock(weights: SparseWeights) -> int | None:
    """Return the first state without transitions, or None."""
    empty = np.flatnonzero(np.diff(weights.indptr) == 0)
    return int(empty[0]) if empty.size else None


def with_loops(weights: SparseWeights) -> tuple[SparseWeights, tuple[str, ...]]:
    """Give every state of a DTMC without transitions a self-loop of probability 1, and say so. O(m).

    Returns
    -------
    (weights, notes)
        One note, or none if every state had a transition.
    """
    empty = np.flatnonzero(np.diff(weights.indptr) == 0).astype(np.int64)
    if not empty.size:
        return weights, ()
    coded = weights.values.coded()
    codes = np.concatenate((coded.codes.astype(np.int64), np.full(len(empty), len(coded.table), dtype=np.int64)))
    mended = SparseWeights.from_coo(
        np.concatenate((weights.row_of_entries(), empty)),
        np.concatenate((weights.indices, empty)),
        recoded(codes, [*coded.table, Fraction(1)]),
        weights.shape,
    )
    many = counted(len(empty), "state")
    return mended, (f"{many} without transitions got a self-loop of probability 1 (the first: state {int(empty[0])})",)


def normalised_rows(weights: SparseWeights, rows: Rows, dust: Fraction = NONE) -> tuple[SparseWeights, tuple[str, ...]]:
    """Return the probabilities of a DTMC, whose rows sum to exactly one or are made to, and what is to be said of it.

    Parameters
    ----------
    weights : SparseWeights
    rows : {"exact", "normalise"}
    dust : Fraction
        The entries were floats, each the dyadic rational that it is, and sums may be off by so much.

    Raises
    ------
    ModelError
        For a negative entry; unless rows are normalised also for a state without transitions and for another sum.
    """
    check_rows(rows)
    check_non_negative(weights, "probability")
    sums = weights.row_sums().coded()
    wrong = np.array([v != 1 for v in sums.table] or [False], dtype=bool)
    if not wrong.any():
        return weights, ()
    states = np.flatnonzero(wrong[sums.codes])
    if rows == "normalise":
        mended, notes = with_loops(weights)
        if any(is_dust(v - 1, dust) for v in sums.table):
            notes += (_note_of_dust(states, sums, dust),)
        return _divided(mended), notes
    state = int(states[0])
    more = f" ({len(states)} such rows)" if len(states) > 1 else ""
    if state == first_deadlock(weights):
        raise ModelError(f"state {state} of a DTMC has no transitions, expected {LOOP_OPTION}{more}")
    total = sums.value(state)
    hint = f", {DECIMAL_OPTION}" if is_dust(total - 1, dust) else ", kind='ctmc' takes the entries for rates"
    raise ModelError(
        f"the probabilities of state {state} sum to {show(total)}, expected exactly 1{more}; "
        f"rows='normalise' divides each row by its sum{hint}"
    )


def _note_of_dust(states: NDArray[np.int64], sums: CodedValues, dust: Fraction) -> str:
    state = next(s for s in states.tolist() if is_dust(sums.value(s) - 1, dust))
    return (
        f"rows of floats that missed 1 by rounding were divided by their sums (the first: state {state}): rows that "
        f"agree as decimals may now differ, so that nothing merges; {DECIMAL_OPTION}"
    )


def _divided(weights: SparseWeights) -> SparseWeights:
    """Divide every row by its sum; none is empty."""
    sums = weights.row_sums().coded()
    row = weights.row_of_entries()
    entry = weights.values.coded()
    width = max(len(entry.table), 1)
    pairs, codes = np.unique(sums.codes[row].astype(np.int64) * width + entry.codes, return_inverse=True)
    table = from_fractions([entry.table[p % width] / sums.table[p // width] for p in pairs.tolist()])
    return SparseWeights.from_coo(row, weights.indices, table.take(codes.reshape(-1)), weights.shape)
