"""Tells whoever asked how much of a long step is done, in large steps; no verdict depends on it.

Who asked is kept in a context variable, so that readers and rules need not hand it on.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from .failure import printable

Progress = Callable[[str, int, int], None]
"""Is told a step, how much of it is done, and of how much: 0 where that is not known."""

STEP = 1 << 14
"""States, classes or lines after which is told how many are done."""

OFTEN = 0.2
"""Seconds between two lines of `print_progress`."""

Item = TypeVar("Item")

_asked: ContextVar[Progress | None] = ContextVar("who asked for progress", default=None)


@contextmanager
def telling(progress: Progress | None) -> Iterator[None]:
    """Let a function be told, in this block, what is being done."""
    token = _asked.set(progress)
    try:
        yield
    finally:
        _asked.reset(token)


def tell(step: str, done: int = 0, total: int = 0) -> None:
    """Tell who asked, if anybody did."""
    asked = _asked.get()
    if asked is not None:
        asked(step, done, total)


def in_steps(
    items: Iterable[Item], step: str, total: int, size: Callable[[Item], int] = lambda item: 1
) -> Iterable[Item]:
    """Return the items; if anybody asked, whoever goes through them tells how much of `total` they were until then."""
    return items if _asked.get() is None else _counted(items, step, total, size)


def _counted(items: Iterable[Item], step: str, total: int, size: Callable[[Item], int]) -> Iterator[Item]:
    done, following = 0, 0
    for item in items:
        if done >= following:
            tell(step, done, total)
            following = done + STEP
        yield item
        done += size(item)
    tell(step, total, total)


def print_progress() -> Progress:
    """Return what prints lines ``progress DONE/TOTAL STEP`` on standard error, some in a second, one for every step."""
    last, said = -OFTEN, ""

    def show(step: str, done: int, total: int) -> None:
        nonlocal last, said
        now = time.monotonic()
        if step != said or now - last >= OFTEN:
            last, said = now, step
            print(f"progress {done}/{total} {printable(step, 200)}", file=sys.stderr, flush=True)

    return show
