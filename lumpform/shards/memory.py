"""Divides a limit of memory: arrays are kept in memory while there is room, and in mapped files beyond."""

from __future__ import annotations

import os
import re
import shutil
import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import OptionError
from lumpform.files.atomic import os_error

USUAL = 1 << 32
"""Bytes, if nobody says how many and the machine has twice as many."""

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def memory_limit(text: str | int | None) -> int:
    """Return a number of bytes that is given as a number or as a text such as ``4G``; by default what is usual.

    Raises
    ------
    OptionError
        If it is neither.
    """
    if text is None:
        return min(USUAL, _physical() // 2)
    match = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,3})?) *([KMGT]?)(?:i?B)?", str(text).strip(), re.IGNORECASE)
    if match is None:
        raise OptionError(f"memory is {text!r}, expected a number of bytes such as 500M or 4G")
    return int(float(match[1]) * _UNITS[match[2].upper()])


def _physical() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 2 * USUAL


class Store:
    """Makes arrays, in memory up to a number of bytes and in files of a folder beyond; all are freed together.

    Attributes
    ----------
    spilled : int
        Bytes that went into files.
    """

    def __init__(self, folder: Path, room: int) -> None:
        self.folder, self.room, self.spilled = folder, room, 0
        self._lock, self._number = threading.Lock(), 0

    def empty(self, length: int, dtype: Any) -> NDArray[Any]:
        """Return an array whose entries are not set.

        Raises
        ------
        FormatError
            If a file of that size cannot be made.
        """
        size = length * np.dtype(dtype).itemsize
        with self._lock:
            if size <= self.room or not size:
                self.room -= size
                return np.empty(length, dtype=dtype)
            self.spilled += size
            self._number += 1
            path = self.folder / f"{self._number:06d}.spill"
        return new_mapped(path, length, dtype)

    def keep(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return an array of the same entries, in memory or in a file."""
        kept = self.empty(len(array), array.dtype)
        kept[:] = array
        return kept

    def clear(self) -> None:
        """Remove the files; what is mapped still can be read."""
        for path in self.folder.glob("*.spill"):
            path.unlink(missing_ok=True)


def new_mapped(path: Path, length: int, dtype: Any) -> NDArray[Any]:
    """Return an array in a new file, whose bytes are reserved, so that a full disk is noticed here.

    Raises
    ------
    FormatError
        If there is no room for it.
    """
    size = length * np.dtype(dtype).itemsize
    try:
        with open(path, "w+b") as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)
            else:
                file.truncate(size)
        return np.asarray(np.memmap(path, dtype=dtype, mode="r+", shape=(length,)))
    except OSError as error:
        raise os_error(path, error, f"room for {size} bytes") from None


def clean_folder(path: Path) -> Path:
    """Return an empty folder at `path`, whatever was there."""
    try:
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise os_error(path, error, "a folder that can be written") from None
    return path
