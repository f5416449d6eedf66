"""Goes through items in order, on one process or on several, with the same outcome."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Self

from ..effort import allowed, left, spend
from ..failure import fail
from ..limits import Limits
from ..progress import tell

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor


class Jobs:
    """Calls functions of a context and an item; the processes, if there are several, get the context once.

    Parameters
    ----------
    path : str
        What the work is about, for messages.
    context : object
        Can be pickled, if `number` is more than one.
    number : int
        Of processes.
    limits : Limits

    Notes
    -----
    Units of work (effort.py) are counted item by item and added up in order, so that what is too much does not depend
    on the number of processes.
    """

    def __init__(self, path: str, context: Any, number: int, limits: Limits) -> None:
        self.path, self.context, self.number, self.limits = path, context, number, limits
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def over(self, function: Callable[[Any, Any], Any], items: Iterable[Any], step: str = "") -> Iterator[Any]:
        """Yield the results for all items, in their order; `step` is what is told to be done (progress.py).

        Raises
        ------
        Unreadable
            If a process ended without a result, or what the function raises.
        """
        listed, units = list(items), left()
        if self.number == 1 or len(listed) < 2:
            results = (_call(self.context, function, item, self.limits, units) for item in listed)
        else:
            results = self._on_processes(function, listed, units)
        for done, (result, spent) in enumerate(results, 1):
            spend(spent)
            if step:
                tell(step, done, len(listed))
            yield result

    def _on_processes(self, function: Callable[[Any, Any], Any], items: list[Any], units: int) -> Iterator[Any]:
        import multiprocessing  # which changes what modules there are: not where one process is enough
        from concurrent.futures import ProcessPoolExecutor
        from concurrent.futures.process import BrokenProcessPool

        if self._pool is None:
            # New processes, not copies of this one: that may have threads.
            method = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self.number, method, _begin, (self.context, self.limits))
        try:
            tasks = [self._pool.submit(_in_process, function, item, units) for item in items]
            for task in tasks:
                yield task.result()
        except BrokenProcessPool:
            fail(self.path, "", f"one of {self.number} jobs ended without a result", "all of them to go on")


def _call(context: Any, function: Callable[[Any, Any], Any], item: Any, limits: Limits, units: int) -> tuple[Any, int]:
    """Return the result, and the units of work that were spent on it."""
    with allowed(units, limits):
        result = function(context, item)
        return result, units - left()


_given: list[Any] = []
"""In a process of its own: context and limits."""


def _begin(context: Any, limits: Limits) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who is interrupted is the process that has started this one
    _given[:] = [context, limits]


def _in_process(function: Callable[[Any, Any], Any], item: Any, units: int) -> tuple[Any, int]:
    context, limits = _given
    return _call(context, function, item, limits, units)
