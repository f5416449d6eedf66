"""Reads properties of networks in VNN-LIB (https://www.vnnlib.org), versions 1 and 2, as what is asked of two."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

from lumpform.equivalence.vnnlib.box import Box as Box
from lumpform.equivalence.vnnlib.property import Property as Property
from lumpform.equivalence.vnnlib.text import expressions, text_of
from lumpform.equivalence.vnnlib.version1 import boxes_of
from lumpform.equivalence.vnnlib.version2 import property_of
from lumpform.errors import FormatError


def read_property(path: str | Path) -> Property:
    """Read a property file; one of version 2 begins with its version.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Property
        Boxes of exact numbers, and of a file about two networks how far their outputs may be apart.

    Raises
    ------
    FormatError
        With the line: not VNN-LIB, an input without two bounds, or a condition that is none of those that are read.
    """
    path = Path(path)
    commands = expressions(path, text_of(path, "a VNN-LIB file"))
    first = next(commands, None)
    if first is not None and first.head == "vnnlib-version":
        return property_of(path, first, commands)
    boxes, left_out = boxes_of(path, commands if first is None else chain([first], commands))
    return Property(boxes, left_out)


def read_boxes(path: str | Path) -> tuple[list[Box], int]:
    """Read the boxes of a property file, which may overlap, and how many conditions on outputs were left out.

    Raises
    ------
    FormatError
        As `read_property`.
    """
    found = read_property(path)
    return found.boxes, found.left_out


def read_vnnlib(path: str | Path) -> tuple[Box, int]:
    """Read the one box of a property file, and how many conditions on outputs were left out.

    Raises
    ------
    FormatError
        As `read_property`, or if there are several boxes.
    """
    boxes, left_out = read_boxes(path)
    if len(boxes) > 1:
        raise FormatError(path, "", f"{len(boxes)} boxes of inputs", "one box")
    return boxes[0], left_out
