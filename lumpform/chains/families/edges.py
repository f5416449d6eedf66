"""Collects transitions in bulk: columns of sources, targets and value codes, never one object per transition."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import OptionError
from lumpform.files.limits import MAX_STATES
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.make import recoded

MAX_TRANSITIONS = 1 << 31
"""Larger families are refused before any memory is allocated."""


class EdgeList:
    """Collects transitions of a chain with `states` states, and makes a canonical matrix of them at the end."""

    def __init__(self, states: int) -> None:
        self.states = states
        self._sources: list[NDArray[np.int64]] = []
        self._targets: list[NDArray[np.int64]] = []
        self._codes: list[NDArray[Any]] = []
        self._table: list[Fraction] = []

    def add(self, sources: Any, targets: Any, value: Fraction) -> None:
        """Add one transition ``sources[i] -> targets[i]`` for every i, all with the same value."""
        self.add_coded(sources, targets, np.zeros(len(sources), dtype=np.uint16), [value])

    def add_coded(self, sources: Any, targets: Any, codes: Any, table: Sequence[Fraction]) -> None:
        """Add one transition for every i, with the value ``table[codes[i]]``."""
        self._sources.append(np.asarray(sources, dtype=np.int64))
        self._targets.append(np.asarray(targets, dtype=np.int64))
        self._codes.append(np.asarray(codes).astype(np.uint32) + np.uint32(len(self._table)))
        self._table.extend(table)

    def weights(self) -> SparseWeights:
        """Return the matrix; parallel transitions are added exactly. O(m log m), near O(m) for sorted groups."""
        values = recoded(np.concatenate(self._codes), self._table)
        rows, columns = np.concatenate(self._sources), np.concatenate(self._targets)
        return SparseWeights.from_coo(rows, columns, values, (self.states, self.states))


def parameter(name: str, value: Any, smallest: int, largest: int = MAX_TRANSITIONS) -> int:
    """Return `value` as a Python integer from `smallest` to `largest`.

    Raises
    ------
    OptionError
        If it is anything else.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not smallest <= value <= largest:
        raise OptionError(f"{name} is {value!r}, expected an integer from {smallest} to {largest}")
    return int(value)


def check_size(states: int, transitions: int) -> None:
    """Refuse a chain that is too large for the library, before memory is allocated.

    Raises
    ------
    OptionError
        If there would be more than `MAX_STATES` states or `MAX_TRANSITIONS` transitions.
    """
    if states > MAX_STATES or transitions > MAX_TRANSITIONS:
        raise OptionError(
            f"a chain of {states} states and {transitions} transitions, "
            f"expected at most {MAX_STATES} and {MAX_TRANSITIONS}"
        )
