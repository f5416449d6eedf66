"""Makes a box of the bounds of all inputs."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path

from lumpform.equivalence.vnnlib.alternatives import Bounds
from lumpform.errors import FormatError

Box = list[tuple[Fraction, Fraction]]


def box_of(path: Path, inputs: Iterable[tuple[Hashable, str, int]], bounds: Bounds, *, several: bool) -> Box | None:
    """Return the box of some bounds; None if it is empty, which one of several may be.

    Parameters
    ----------
    path : Path
        For the message.
    inputs : iterable
        Of every input the key in `bounds`, its name, and the line where it is declared.
    bounds : Bounds
    several : bool
        Whether there are other boxes.

    Raises
    ------
    FormatError
        If an input lacks a bound, or the only box is empty.
    """
    box = []
    for key, name, line in inputs:
        low, high = bounds.low.get(key), bounds.high.get(key)
        if low is None or high is None:
            raise FormatError(path, f"line {line}", f"{name} without two bounds", "a lower and an upper bound")
        if low > high:
            if several:
                return None
            raise FormatError(path, f"line {line}", f"{name} with crossing bounds", "the lower bound first")
        box.append((low, high))
    return box


def not_all_empty(path: Path, boxes: Sequence[Box | None]) -> list[Box]:
    """Return the boxes that are not empty.

    Raises
    ------
    FormatError
        If all are.
    """
    kept = [box for box in boxes if box is not None]
    if not kept:
        raise FormatError(path, "", "alternatives whose bounds all cross", "a box that is not empty")
    return kept
