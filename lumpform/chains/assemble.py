"""Makes a checked `MarkovChain` of the parts found in a file: the last step of every reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.chain import MarkovChain
from lumpform.chains.kinds import check_kind
from lumpform.chains.numerals import show
from lumpform.chains.rows import LOOP_OPTION, Deadlocks, Rows, check_deadlocks, check_rows, first_deadlock, with_loops
from lumpform.chains.sources import Source
from lumpform.errors import FormatError, LumpFormError, ModelError
from lumpform.files.limits import MAX_SUM_BITS
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.rational import bounded_denominator


def check_options(rows: str, kind: str | None, deadlocks: str = "error") -> None:
    """Raise `OptionError` unless the options of a chain reader are among the known ones."""
    check_rows(rows)
    check_kind(kind)
    check_deadlocks(deadlocks)


def sparse(path: str | Path, rows: Any, columns: Any, values: Values, n: int) -> SparseWeights:
    """Return a canonical n x n matrix; what it refuses becomes a `FormatError`, and so do numbers too long to add."""
    _check_sums(path, rows, values)
    try:
        return SparseWeights.from_coo(rows, columns, values, (n, n))
    except (ValueError, OverflowError) as error:
        raise FormatError(path, "", str(error), "a square matrix") from None


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


def assemble(
    path: str | Path,
    source: Source,
    *,
    rows: Rows = "exact",
    deadlocks: Deadlocks = "error",
    place: Callable[[int], str] | None = None,
) -> MarkovChain:
    """Make a `MarkovChain` from the parts of a file.

    Parameters
    ----------
    path : str or Path
        The file, for messages.
    source : Source
        The parts, with their kind.
    rows, deadlocks
        As for `MarkovChain`.
    place : function from a state to a text, optional
        Where the state is described, e.g. ``line 12``.

    Raises
    ------
    FormatError
        For everything that `MarkovChain` refuses; a DTMC row that does not sum to one, or that is empty, is named with
        its state.
    """
    try:
        if source.kind == "dtmc" and deadlocks == "loop":
            weights, mended = with_loops(source.weights)
            source = replace(source, weights=weights, notes=(*source.notes, *mended))
        if source.kind == "dtmc" and rows == "exact":
            _check_rows(path, source.weights, place)
        return MarkovChain(source, rows=rows)
    except ModelError as error:
        found, _, expected = str(error).partition(", expected ")
        raise FormatError(path, "", found, f"{expected} (a Markov chain)" if expected else "a Markov chain") from None
    except LumpFormError:
        raise
    except (ValueError, OverflowError) as error:
        raise FormatError(path, "", str(error), "numbers of a moderate size") from None


def _check_rows(path: str | Path, weights: SparseWeights, place: Callable[[int], str] | None) -> None:
    """Raise `FormatError` with the first state whose probabilities do not sum to exactly one."""
    sums = weights.row_sums().coded()
    if all(v == 1 for v in sums.table):
        return
    empty, state = first_deadlock(weights), _first_wrong(sums.codes, sums.table)
    if empty is not None and empty <= state:
        raise FormatError(path, _where(empty, place), "a state of a DTMC without transitions", LOOP_OPTION)
    raise FormatError(
        path,
        _where(state, place),
        f"a row that sums to {show(sums.value(state))}",
        "exactly 1 (rows='normalise' divides each row by its sum)",
    )


def _where(state: int, place: Callable[[int], str] | None) -> str:
    return f"{place(state)} (state {state})" if place else f"state {state}"


def _first_wrong(codes: NDArray[Any], table: tuple[Fraction, ...]) -> int:
    wrong = np.array([v != 1 for v in table], dtype=bool)
    return int(np.flatnonzero(wrong[codes])[0])
