"""Tells whoever watches how much of a text file has been read, since large ones take a minute."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Watcher = Callable[[int, int], None]
_watcher: ContextVar[Watcher | None] = ContextVar("who watches files being read", default=None)


@contextmanager
def watched(watcher: Watcher) -> Iterator[None]:
    """Call a function with the bytes that are read, and those of the whole file, while files are read in this block."""
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)


def tell(done: int, total: int) -> None:
    """Tell the watcher, if there is one."""
    watcher = _watcher.get()
    if watcher is not None and total:
        watcher(done, total)
