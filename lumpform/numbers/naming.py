"""Checks which names a format can hold, and what it cannot say about the initial distribution."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError
from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.numerals import uniform_support

WORD_NAME = re.compile(r"[^\s\"\[\]]+")


def check_names(
    labels: Iterable[str], rewards: Iterable[str], format_name: str, reward_allowed: Callable[[str], bool]
) -> None:
    """Raise `ModelError` for names that would not be read back as they are.

    A label called ``init`` is refused everywhere: files keep the initial distribution under that name.
    """
    for name in labels:
        if name == "init":
            raise ModelError(
                f"a label is called 'init', the name under which {format_name} keeps the initial distribution"
            )
        if not name or not name.isprintable() or '"' in name:
            raise ModelError(f"{format_name} cannot hold the label name {name!r}")
    for name in rewards:
        if not name or not name.isprintable() or not reward_allowed(name):
            raise ModelError(f"{format_name} cannot hold the reward name {name!r}")


def initial_mask(initial: Values | None, format_name: str) -> NDArray[np.bool_] | None:
    """Return the states over which the initial distribution is uniform; None if there is no such distribution.

    Raises
    ------
    ModelError
        If it is not uniform: explicit text formats express nothing else.
    """
    if initial is None or not len(initial):
        return None
    mask = uniform_support(initial)
    if mask is None:
        raise ModelError(
            f"{format_name} cannot hold an initial distribution that is not uniform over some states (.npz can)"
        )
    return mask


def combined(columns: Sequence[tuple[NDArray[Any], int]], n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the combinations of several coded columns: a number per state, and one state of each combination."""
    codes = np.zeros(n, dtype=np.int64)
    first = np.zeros(min(n, 1), dtype=np.int64)
    for column, size in columns:
        _, first, codes = np.unique(codes * max(size, 1) + column, return_index=True, return_inverse=True)
        codes = codes.reshape(-1)
    return codes, first


def coded_rewards(rewards: Mapping[str, Values]) -> dict[str, CodedValues]:
    """Return every reward as codes and a table of the values that occur."""
    return {name: column.coded() for name, column in rewards.items()}
