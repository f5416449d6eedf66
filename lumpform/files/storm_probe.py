"""Tries in another process whether Storm survives a model: its exact numbers end a process on a division by zero.

The trial costs as much as building the model, so it is made only where a program divides by what is no number.
"""

from __future__ import annotations

import faulthandler
import os
import re
import signal
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lumpform.errors import FormatError

_COMMENT = re.compile(r"//[^\n]*")
_DIVISION = re.compile(r"/(?!\s*(?:\d*[1-9]|\d*\.\d*[1-9]|0+[1-9]))|\b(?:mod|pow|log)\b")
_OF_JANI = re.compile(r'"(?:/|%|pow|log|mod)"')


def may_stop_the_process(path: Path) -> bool:
    """Return whether a program divides by something that is not plainly a number other than zero. O(characters)."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix.lower() == ".jani":
        return _OF_JANI.search(text) is not None
    return _DIVISION.search(_COMMENT.sub("", text)) is not None


def check_survives(path: Path, build: Callable[[], Any]) -> None:
    """Raise `FormatError` if building a model ends the process in which it is done; what else goes wrong is no concern.

    Notes
    -----
    The trial is made in a fork, which does nothing but build and leaves without cleaning up. Where there is no fork,
    nothing is tried.
    """
    if not hasattr(os, "fork"):
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that there are other threads, which the fork does not use
        child = os.fork()
    if child == 0:
        _build_and_leave(build)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGFPE, signal.SIGABRT, signal.SIGSEGV):
        name = signal.Signals(os.WTERMSIG(status)).name
        found = f"a model in which Storm stops the whole process ({name})"
        raise FormatError(path, "", found, "a DTMC or CTMC that it can build, without division by zero")


def _build_and_leave(build: Callable[[], Any]) -> None:
    """Build in silence, and end this process whatever happens."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        faulthandler.disable()  # which may write to a copy of standard error
        build()
    finally:
        os._exit(0)
