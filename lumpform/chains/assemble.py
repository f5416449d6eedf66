"""The last step of every reader: from the parts found in a file to a checked `MarkovChain`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.build import Rows
from lumpform.chains.chain import ChainKind, MarkovChain
from lumpform.chains.numerals import show
from lumpform.errors import FormatError, LumpFormError, ModelError, OptionError
from lumpform.values import Values
from lumpform.weights import SparseWeights

NEARLY_ONE = Fraction(1, 1000)
"""How far from one the rows of a matrix of unknown kind may be to be taken for rounded probabilities."""


def check_options(rows: str, kind: str | None) -> None:
    """Raise `OptionError` unless the options of a chain reader are among the known ones."""
    if rows not in ("exact", "normalise"):
        raise OptionError(f"rows is {rows!r}, expected 'exact' or 'normalise'")
    if kind not in (None, "dtmc", "ctmc"):
        raise OptionError(f"kind is {kind!r}, expected 'dtmc', 'ctmc' or None")


def sparse(path: str | Path, rows: Any, columns: Any, values: Values, n: int) -> SparseWeights:
    """A canonical n x n matrix; what the matrix refuses becomes a `FormatError`."""
    try:
        return SparseWeights.from_coo(rows, columns, values, (n, n))
    except (ValueError, OverflowError) as error:
        raise FormatError(path, "", str(error), "a square matrix") from None


def settle_kind(path: str | Path, weights: SparseWeights, kind: ChainKind | None, rows: Rows) -> ChainKind:
    """The kind of a matrix whose file does not say it.

    Every row sums to exactly one: a DTMC. Every row sums to one within a thousandth: most likely a DTMC that was
    rounded, so the row is reported. Otherwise (and with a negative diagonal): a CTMC.
    """
    if kind is not None:
        return kind
    if rows == "normalise":
        return "dtmc"
    sums = weights.row_sums().coded()
    if all(v == 1 for v in sums.table):
        return "dtmc"
    if all(abs(v - 1) <= NEARLY_ONE for v in sums.table):
        state = _first_wrong(sums.codes, sums.table)
        raise FormatError(
            path,
            f"state {state}",
            f"a row that sums to {show(sums.value(state))}",
            "exactly 1, or one of the options rows='normalise' (DTMC) and kind='ctmc'",
        )
    return "ctmc"


def assemble(
    path: str | Path,
    weights: SparseWeights,
    kind: ChainKind,
    *,
    rows: Literal["exact", "normalise"] = "exact",
    place: Callable[[int], str] | None = None,
    labels: Mapping[str, NDArray[Any]] | None = None,
    rewards: Mapping[str, Values] | None = None,
    initial: Values | None = None,
    state_names: Any = None,
) -> MarkovChain:
    """A `MarkovChain` from the parts of a file.

    Parameters
    ----------
    path : str or Path
        The file, for messages.
    place : function from a state to a text, optional
        Where the state is described, e.g. ``line 12``.

    Raises
    ------
    FormatError
        For everything that `MarkovChain` refuses; a DTMC row that does not sum to one is named with its state.
    """
    try:
        if kind == "dtmc" and rows == "exact":
            sums = weights.row_sums().coded()
            if any(v != 1 for v in sums.table):
                state = _first_wrong(sums.codes, sums.table)
                where = f"{place(state)} (state {state})" if place else f"state {state}"
                raise FormatError(
                    path,
                    where,
                    f"a row that sums to {show(sums.value(state))}",
                    "exactly 1 (rows='normalise' divides each row by its sum)",
                )
        return MarkovChain(
            weights, kind=kind, labels=labels, rewards=rewards, initial=initial, rows=rows, state_names=state_names
        )
    except ModelError as error:
        raise FormatError(path, "", str(error), "a Markov chain") from None
    except LumpFormError:
        raise
    except (ValueError, OverflowError) as error:
        raise FormatError(path, "", str(error), "numbers of a moderate size") from None


def _first_wrong(codes: NDArray[Any], table: tuple[Fraction, ...]) -> int:
    wrong = np.array([v != 1 for v in table], dtype=bool)
    return int(np.flatnonzero(wrong[codes])[0])
