"""Reads a partition that somebody has: one class number a line, or the array `class_of` of a NumPy archive.

Both are what ``lumpform reduce --map`` writes. Numbers need not begin at zero; equal ones mean one class.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.display.words import counted
from lumpform.files.archive import Archive
from lumpform.files.text import TextFile, parse_count


def read_classes(path: str | Path, length: int) -> NDArray[Any]:
    """Read the class of every state.

    Parameters
    ----------
    path : str or Path
        With the suffix ``.npz`` an archive, else text.
    length : int
        How many there must be.

    Returns
    -------
    (length,) array of int
        O(length).

    Raises
    ------
    FormatError
        With file and line: a line that is no number, a number too few or too many; an archive without `class_of`.
    """
    if Path(path).suffix.lower() == ".npz":
        with Archive(path) as archive:
            return archive.array("class_of", "iu", length)
    source, found = TextFile(path), np.zeros(length, dtype=np.int64)
    count = 0
    for text in source.lines():
        if count == length:
            source.fail("another line", f"{length} of them, one for each state")
        found[count] = parse_count(source, text, "the number of a class")
        count += 1
    if count < length:
        source.fail_at_end(counted(count, "number"), f"{length}, one for each state")
    return found
