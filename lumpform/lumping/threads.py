"""Uses two or more cores for kernels that release the interpreter lock.

Ranges of independent rows go to a small pool of threads. The result never depends on how many there are. The number is
that of the processors this process may use, at most `MOST`; the environment variable LUMPFORM_THREADS overrides it.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from lumpform.display.watched import tell

MOST = 32
WORTH_IT = 300_000
"""Below so many edges a thread costs more than it saves."""

CHUNKS = 4
"""Ranges per thread."""

_pool: ThreadPoolExecutor | None = None


def threads() -> int:
    """Return how many threads kernels may use."""
    wanted = os.environ.get("LUMPFORM_THREADS", "")
    if wanted.isdecimal():
        return max(1, int(wanted))
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(available, MOST)


def _forget_pool() -> None:
    global _pool
    _pool = None  # a forked child has none of its parent's threads


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pool)


def background(work: Callable[..., Any], *arguments: Any) -> Future[Any]:
    """Start `work` in the pool; the caller collects it with ``.result()``."""
    global _pool
    if _pool is None:
        _pool = ThreadPoolExecutor(max_workers=MOST, thread_name_prefix="lumpform")
    return _pool.submit(work, *arguments)


def collect(started: Future[Any], work: Callable[..., Any], *arguments: Any) -> Any:
    """Return the result of background work; if no thread has taken it up, it is done here, not waited for."""
    return work(*arguments) if started.cancel() else started.result()


def ranges(total: int) -> list[tuple[int, int]]:
    """Return ranges that cover 0..total, some for every thread."""
    pieces = CHUNKS * threads()
    bounds = [total * i // pieces for i in range(pieces + 1)]
    return list(itertools.pairwise(bounds))


def on_threads(
    work: Callable[[Any], Any], pieces: Iterable[Any], done: Callable[[int], None] | None = None
) -> list[Any]:
    """Return ``work(piece)`` for all pieces, in their order.

    Every thread takes the next one when it is free, this one too, so that a busy machine delays nothing. `done` is told
    by this thread, now and then and at the end, how many are finished. The first error ends all.
    """
    listed = list(pieces)
    results: list[Any] = [None] * len(listed)
    following, finished, stop = iter(range(len(listed))), list[int](), False

    def take(tell: Callable[[int], None] | None = None) -> None:
        nonlocal stop
        try:
            for i in following:
                if stop:
                    return
                results[i] = work(listed[i])
                finished.append(i)
                if tell is not None:
                    tell(len(finished))
        except BaseException:
            stop = True
            raise

    started = [background(take) for _ in range(min(threads(), len(listed)) - 1)]
    try:
        take(done)
    finally:
        errors = [error for other in started if (error := _error(other)) is not None]
    if errors:
        raise errors[0]
    if done is not None:
        done(len(listed))  # others may have done the last ones
    return results


def _error(other: Future[Any]) -> BaseException | None:
    """Wait for a thread that helped, unless none has taken it up; return what it raised."""
    try:
        collect(other, lambda: None)
    except BaseException as error:
        return error
    return None


def over_ranges(kernel: Callable[..., Any], total: int, edges: int, *arguments: Any, phase: str = "") -> list[Any]:
    """Return the results of ``kernel(low, high, *arguments)`` over ranges that cover 0..total.

    Who watches (`lumpform.display.watched`) is told how many are finished, if the phase has a name.
    """
    bounds = ranges(total) if edges >= WORTH_IT and threads() > 1 else [(0, total)]
    told = (lambda done: tell(phase, done, len(bounds))) if phase and len(bounds) > 1 else None
    return on_threads(lambda b: kernel(*b, *arguments), bounds, told)
