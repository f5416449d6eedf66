"""Says that no verdict is possible about some input: the one exception of the checker."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from .effort import TooLarge


class Unreadable(Exception):
    """Says in one line that a file cannot be read: the file, the place, what was found there and what was expected."""

    def __init__(self, path: object, place: str, found: str, expected: str) -> None:
        self.path, self.place, self.found, self.expected = str(path), place, found, expected
        parts = [printable(str(path), 300), *([printable(place)] if place else [])]
        super().__init__(f"{': '.join(parts)}: found {printable(found)}, expected {printable(expected, 200)}")

    def __reduce__(self) -> tuple[type[Unreadable], tuple[str, ...]]:  # so that it comes out of another process
        return Unreadable, (self.path, self.place, self.found, self.expected)


def fail(path: object, place: str, found: str, expected: str) -> NoReturn:
    """Raise `Unreadable`."""
    raise Unreadable(path, place, found, expected)


@contextmanager
def within_limits(path: object, expected: str) -> Iterator[None]:
    """Raise `Unreadable` about a file whose numbers or size the block cannot take; `expected` is what it could."""
    try:
        yield
    except TooLarge as error:
        fail(path, "", str(error), "numbers of a moderate size")
    except MemoryError:
        fail(path, "", "more than this machine's memory can hold", expected)


def printable(text: str, limit: int = 100) -> str:
    """Return one line of at most `limit` characters without control characters."""
    clean = "".join(c if c.isprintable() else "?" for c in text[: limit + 1])
    return clean if len(clean) <= limit else clean[: limit - 3] + "..."


def require_file(path: str, expected: str) -> None:
    """Raise `Unreadable` unless there is a regular file: reading a FIFO or a device could wait for ever.

    Raises `OSError` as `os.stat` does, but for a file that is missing.
    """
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):  # the last of a NUL in the name
        fail(path, "", "no such file", expected)
    if not stat.S_ISREG(mode):
        kinds = ((stat.S_ISDIR, "a directory"), (stat.S_ISFIFO, "a FIFO"), (stat.S_ISSOCK, "a socket"))
        fail(path, "", next((name for test, name in kinds if test(mode)), "a device"), expected)
