"""Marks all but a few of many of a kind as `medium`, so that the quick line takes only these few."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from typing import Any

import pytest
from hypothesis import settings


def medium_but(quick: Collection[Any], values: Iterable[Any]) -> list[Any]:
    """Return values for `parametrize`, `medium` unless they are among `quick`; a tuple is several arguments."""
    return [value if value in quick else _medium(value) for value in values]


def medium_among(heavy: Collection[Any], values: Iterable[Any]) -> list[Any]:
    """Return values for `parametrize`, `medium` if they are among `heavy`; a tuple is several arguments."""
    return [_medium(value) if value in heavy else value for value in values]


def _medium(value: Any) -> Any:
    return pytest.param(*(value if isinstance(value, tuple) else [value]), marks=pytest.mark.medium)


def examples(usual: int) -> int:
    """Return how many examples a property gets that names a number of its own: in a hurry no more than others do."""
    return usual if os.environ.get("HYPOTHESIS_PROFILE") != "glance" else min(usual, settings().max_examples)
