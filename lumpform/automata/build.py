"""Makes the matrices and columns of an automaton from what a user gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import Any

import numpy as np

from lumpform.display.words import counted
from lumpform.errors import ModelError
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import Values
from lumpform.numbers.make import exact_values


def matrices_of(given: Any) -> dict[str, SparseWeights]:
    """Return an exact sparse matrix per letter.

    Raises
    ------
    ModelError
        With the letter: no matrix, or an entry that is no finite number.
    """
    if not isinstance(given, Mapping):
        raise ModelError(f"matrices are given as {type(given).__name__}, expected a mapping from letters")
    return {letter: _matrix(letter, matrix) for letter, matrix in given.items()}


def _matrix(letter: Any, given: Any) -> SparseWeights:
    if isinstance(given, SparseWeights):
        return given
    try:
        if hasattr(given, "tocoo"):  # every sparse format of scipy
            found = given.tocoo()
            return SparseWeights.from_coo(found.row, found.col, found.data, found.shape)
        return SparseWeights.from_dense(given)
    except (TypeError, ValueError, OverflowError) as error:
        raise ModelError(f"the matrix of letter {letter!r} is not usable: {error}") from None


def columns_of(initial: Any, final: Any, size: int | None) -> tuple[Values, Values]:
    """Return initial and final weights, one for each of n states; without matrices the first sequence says how many.

    Raises
    ------
    ModelError
        If there are more or fewer, a number is not finite, or a mapping names a state that does not exist.
    """
    given = {"initial": initial, "final": final}
    columns = {what: _column(what, v) for what, v in given.items() if not isinstance(v, Mapping)}
    n = next(map(len, columns.values()), None) if size is None else size
    if n is None:
        raise ModelError("without letters the weights are mappings, which do not say how many states there are")
    columns |= {what: _of_mapping(what, v, n) for what, v in given.items() if isinstance(v, Mapping)}
    for what, column in columns.items():
        if len(column) != n:
            raise ModelError(f"{len(column)} {what} weights for {counted(n, 'state')}")
    return columns["initial"], columns["final"]


def _column(what: str, given: Any) -> Values:
    if isinstance(given, Values):
        return given
    if isinstance(given, str | bytes | Set) or not isinstance(given, Iterable):
        raise ModelError(f"the {what} weights are given as {type(given).__name__}, expected one number for every state")
    try:
        return exact_values(given if isinstance(given, np.ndarray) else list(given))
    except (TypeError, ValueError, OverflowError) as error:
        raise ModelError(f"the {what} weights are not usable: {error}") from None


def _of_mapping(what: str, given: Mapping[Any, Any], n: int) -> Values:
    weights: list[Any] = [0] * n
    for state, weight in given.items():
        if isinstance(state, bool) or not isinstance(state, int | np.integer) or not 0 <= state < n:
            expected = f"0..{n - 1}" if n else "none: there are no states"
            raise ModelError(f"the {what} weights name state {state!r}, expected {expected}")
        weights[state] = weight
    return _column(what, weights)
