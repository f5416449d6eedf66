"""Tells whoever watches what long work is at: how much of a file is read, which round, how many rows are proved.

Work tells, whether anybody watches or not, in steps so large that it costs nothing; it never depends on who watches.
`Steps` is a watcher that says in words what it was told last.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Phase = str | Callable[[], str]
"""What is being done, in a few words; a function where only the moment of looking tells, as while a kernel runs."""

Watcher = Callable[[Phase, int, int], None]
"""Is told a phase, how much of it is done, and of how much: 0 where nobody can know."""

_watcher: ContextVar[Watcher | None] = ContextVar("who watches long work", default=None)


@contextmanager
def watched(watcher: Watcher) -> Iterator[None]:
    """Call a function with what is being done in this block, how much of it is done, and of how much."""
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)


def tell(phase: Phase, done: int = 0, total: int = 0) -> None:
    """Tell the watcher, if there is one."""
    watcher = _watcher.get()
    if watcher is not None:
        watcher(phase, done, total)


@contextmanager
def part(before: int, size: int, whole: int) -> Iterator[None]:
    """Count what is told in this block as `size` of `whole`, of which `before` is done already."""
    watcher = _watcher.get()
    if watcher is None or size == whole:
        yield
        return

    def scaled(phase: Phase, done: int, total: int) -> None:
        watcher(phase, before * total + done * size, whole * total)

    with watched(scaled):
        yield


class Steps:
    """Keeps what it was told last, and says it in words: the phase, its share and the time left where these are known.

    Parameters
    ----------
    clock : callable
        Gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = self._last = clock()
        self._phase: Phase = ""
        self._done = self._total = 0

    def __call__(self, phase: Phase, done: int, total: int) -> None:
        """Take what is told; a phase begins where the one before was heard of last."""
        if phase != self._phase:
            self._began = self._last
        self._phase, self._done, self._total, self._last = phase, done, total, self._clock()

    @property
    def words(self) -> str:
        """Return the phase as it is now, and if it has a share that share and about how many seconds are left."""
        phase, done, total = self._phase, self._done, self._total
        named = phase if isinstance(phase, str) else phase()
        if not 0 < done < total:
            return named
        left = (self._last - self._began) * (total - done) / done - (self._clock() - self._last)
        return f"{named} {done / total:.0%}, about {max(left, 0.0):.0f} s left".lstrip()
