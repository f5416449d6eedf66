"""Reads the whole content of a file that holds a network."""

from __future__ import annotations

import os

from ..failure import fail, require_file


def whole_file(path: str, most: int, expected: str) -> bytes:
    """Return the bytes of a file, at most so many. Raises `Unreadable`."""
    try:
        require_file(path, expected)
        if os.path.getsize(path) > most:
            fail(path, "", f"more than {most} bytes", "a smaller network")
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        fail(path, "", str(error), "a readable file")
