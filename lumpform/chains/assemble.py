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
from lumpform.chains.rows import LOOP_OPTION, Deadlocks, Rows, check_deadlocks, check_rows, first_deadlock, with_loops
from lumpform.chains.sources import Source
from lumpform.errors import FormatError, LumpFormError, ModelError
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.numerals import show


def check_options(rows: str, kind: str | None, deadlocks: str = "error") -> None:
    """Raise `OptionError` unless the options of a chain reader are among the known ones."""
    check_rows(rows)
    check_kind(kind)
    check_deadlocks(deadlocks)


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
