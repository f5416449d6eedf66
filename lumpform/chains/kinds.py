"""Decides whether a file is about a DTMC or a CTMC: what it states is obeyed, what it leaves open is assumed aloud.

A file states its kind (DRN, NumPy archives, the first line of a current ``.tra`` file, the comment that LumpForm puts
into Matrix Market files), or it does not. Then the option ``kind`` decides. Without it, the sums of the rows are looked
at, and what was assumed becomes a note of the chain, which the command line prints.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Literal, NoReturn

import numpy as np

from lumpform.errors import FormatError, OptionError
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.numerals import show

ChainKind = Literal["dtmc", "ctmc"]

NEARLY_ONE = Fraction(1, 20)
"""How far below one the sum of a row may be to look like rounded probabilities."""

SPARE = Fraction(1, 1000)
"""How far above one the sum of a row may be to look like rounded probabilities."""

HOW_TO_SAY = "kind='dtmc' or kind='ctmc' (--model-kind)"

OTHER_KINDS = frozenset(
    ("MDP", "MA", "CTMDP", "PTA", "POMDP", "SMG", "LTS", "IDTMC", "IMDP", "ICTMC", "POPTA", "TSG", "CSG", "STPG")
)
"""Kinds of models that PRISM or Storm may name in the first line and that are no Markov chains."""

_NAMED = re.compile(r"(?<![^\W_])(?:DTMC|CTMC|MDP|CTMDP|POMDP|IDTMC|IMDP|ICTMC)(?![^\W_])", re.IGNORECASE)
"""A kind as a word of its own; shorter ones, such as MA, may be words of a language."""


def named_kinds(comment: str) -> set[str]:
    """Return the kinds of models that a comment names, in lower case. O(characters)."""
    return {word.lower() for word in _NAMED.findall(comment)}


def check_kind(kind: str | None) -> None:
    """Raise `OptionError` unless `kind` is one that the readers know."""
    if kind not in (None, "dtmc", "ctmc"):
        raise OptionError(f"kind is {kind!r}, expected 'dtmc', 'ctmc' or None")


def agreed_kind(path: str | Path, place: str, stated: ChainKind, asked: ChainKind | None) -> ChainKind:
    """Return the kind that a file states, unless the caller asked for the other one.

    Raises
    ------
    FormatError
        If `asked` contradicts what the file says at `place`.
    """
    if asked is not None and asked != stated:
        raise FormatError(path, place, f"a {stated.upper()}", f"a {asked.upper()}, as the option kind={asked!r} says")
    return stated


def assumed_kind(
    path: str | Path,
    weights: SparseWeights,
    asked: ChainKind | None,
    *,
    normalise: bool = False,
    loops: bool = False,
    named: Mapping[str, int] | None = None,
) -> tuple[ChainKind, tuple[str, ...]]:
    """Return the kind of a matrix whose file does not state it, and the note that says what was assumed.

    Parameters
    ----------
    path : str or Path
        For messages.
    weights : SparseWeights, (n, n)
    asked : {"dtmc", "ctmc"}, optional
        What the caller says; then nothing is assumed.
    normalise : bool
        The caller wants rows divided by their sums, which is done to probabilities only.
    loops : bool
        The caller wants self-loops where there are no transitions, so such rows do not count.
    named : mapping from str to int, optional
        Kinds that comments of the file name without stating the kind as its format does, and in which lines.

    Raises
    ------
    FormatError
        If the rows look like probabilities but do not all sum to exactly one: a rounded DTMC, one with states without
        transitions, or a CTMC with slow rates; or if a comment names another kind than the one that would be assumed.
        That is for the caller to say.
    """
    if asked is not None:
        return asked, ()
    kind, notes = _assumed(path, weights, normalise=normalise, loops=loops)
    for other, line in (named or {}).items():
        if other != kind:
            found = f"a comment that names {other.upper()}, where the kind would be taken to be {kind.upper()}"
            raise FormatError(path, f"line {line}", found, HOW_TO_SAY)
    return kind, notes


def _assumed(
    path: str | Path, weights: SparseWeights, *, normalise: bool, loops: bool
) -> tuple[ChainKind, tuple[str, ...]]:
    """Return the kind that the sums of the rows suggest, and the note about it."""
    if normalise:
        return "dtmc", (_note("dtmc", "rows='normalise' is about probabilities"),)
    column = weights.row_sums().coded()
    sums = [Fraction(1) if loops and v == 0 else v for v in column.table]
    if any(getattr(v, "parametric", False) for v in sums):
        raise FormatError(path, "", "parameters in a file that does not state its kind", HOW_TO_SAY)
    if all(v == 1 for v in sums):
        return "dtmc", (_note("dtmc", "every row sums to exactly 1"),)
    if all(v <= 1 + SPARE for v in sums) and any(v >= 1 - NEARLY_ONE for v in sums):
        wrong = np.array([v != 1 for v in sums], dtype=bool)
        state = int(np.flatnonzero(wrong[column.codes])[0])
        _refuse(path, state, column.value(state))
    return "ctmc", (_note("ctmc", "not every row sums to 1"),)


def _refuse(path: str | Path, state: int, total: Fraction) -> NoReturn:
    """Raise `FormatError` about a row that fits neither kind without a word of the caller."""
    found, wanted = f"a row that sums to {show(total)}", "exactly 1"
    mended = "rows='normalise' (a rounded DTMC)"
    if total == 0:
        found, wanted = "no transitions", "at least one"
        mended = "deadlocks='loop' (--deadlocks loop; a DTMC with deadlocks)"
    expected = f"{wanted}; the file does not state its kind: expected kind='ctmc' (--model-kind ctmc) or {mended}"
    raise FormatError(path, f"state {state}", found, expected)


def _note(kind: ChainKind, why: str) -> str:
    return f"the file does not state its kind: taken for a {kind.upper()}, since {why}; {HOW_TO_SAY} decides"
