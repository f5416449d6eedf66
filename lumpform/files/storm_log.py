"""Keeps Storm's log off standard output, where results go, and gives its warnings to the caller.

Storm is C++ and writes to the file descriptor, not to `sys.stdout`; so the descriptor is what is redirected.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from typing import IO

_MESSAGE = re.compile(r"(WARN|ERROR|INFO|DEBUG|TRACE)\s+\([^()]*\):\s*(.*)")
STDOUT = 1


@contextlib.contextmanager
def caught_log() -> Iterator[list[str]]:
    """Catch what is written to standard output inside the block; gives a list that holds the warnings afterwards.

    Errors are left out, since they arrive as exceptions as well. What is no message of Storm (another thread may have
    printed) is passed on to standard error.
    """
    warnings: list[str] = []
    try:
        sys.stdout.flush()
        saved = os.dup(STDOUT)
    except (OSError, ValueError, AttributeError):  # no standard output, so nothing to protect
        yield warnings
        return
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), STDOUT)
        try:
            yield warnings
        finally:
            with contextlib.suppress(OSError, AttributeError):
                ctypes.CDLL(None).fflush(None)
            os.dup2(saved, STDOUT)
            os.close(saved)
            warnings.extend(_sorted_out(file))


def _sorted_out(file: IO[bytes]) -> list[str]:
    """Return the distinct warnings in a log, and pass foreign lines on to standard error."""
    file.seek(0)
    found: dict[str, str] = {}
    level = text = ""
    for line in file.read().decode("utf-8", "replace").splitlines():
        match = _MESSAGE.fullmatch(line)
        if match is not None:
            level, text = match[1], match[2]
            if level == "WARN":
                found[text] = text
        elif level == "WARN":  # a message of several lines
            found[text] = f"{found[text]} {line.strip()}".strip()
        elif not level and line.strip():
            print(line, file=sys.stderr)
    return list(found.values())
