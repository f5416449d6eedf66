"""Folds exit rates and action rewards of explicit files, in exact arithmetic over distinct values."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.numerals import show
from lumpform.errors import FormatError
from lumpform.graph.entries import added, distinct_pairs
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.make import recoded

TOLERANCE = Fraction(1, 10**9)
"""How far (relatively) an exit rate printed as a double may be from the sum of the rates printed as doubles."""


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


def folded(state: CodedValues, action: CodedValues, rates: SparseWeights | None) -> CodedValues:
    """Add action rewards to state rewards: ``state + action``, or ``state + exit rate * action`` for rates."""
    if all(v == 0 for v in action.table):
        return state
    if rates is not None:
        exits, rewards, codes, pairs = distinct_pairs(rates.row_sums(), action)
        action = recoded(codes, [exits[p // len(rewards)] * rewards[p % len(rewards)] for p in pairs])
    return added(state, action)


def _agree(total: Fraction, stated: Fraction, exact: bool) -> bool:
    if total == stated or exact or any(getattr(v, "parametric", False) for v in (total, stated)):
        return total == stated
    return abs(total - stated) <= TOLERANCE * max(total, stated)
