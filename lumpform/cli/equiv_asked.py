"""Reads what files ask `lumpform equiv`: boxes, and in VNN-LIB 2 how far outputs may be apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lumpform.display.words import counted
from lumpform.errors import FormatError


@dataclass(frozen=True)
class Asked:
    """Hold the boxes, the epsilon, and what a property file says besides."""

    boxes: list[Any]
    epsilon: Any
    left_out: int = 0
    limits: list[Any] | None = None


def of_property(path: Path, models: Sequence[Any], files: Sequence[Path], epsilon: Any) -> Asked:
    """Return what a property file asks about two models; the epsilon holds if it does not say how far outputs may be.

    Raises
    ------
    FormatError
    """
    from lumpform.equivalence.vnnlib import read_property
    from lumpform.equivalence.vnnlib.asked import check_networks, epsilons

    found = read_property(path)
    if all(model.domain == "network" for model in models):
        check_networks(path, found, models, files)
    if found.limits is None:
        return Asked(list(found.boxes), epsilon, found.left_out)
    return Asked(list(found.boxes), epsilons(found.limits[0]), limits=found.limits)


def read_box(path: Path) -> list[tuple[str, str]]:
    """Read a box file: one input a line, its lower and its upper bound, separated by spaces or a comma.

    Raises
    ------
    FormatError
        With the line.
    """
    from lumpform.equivalence.vnnlib.text import text_of

    pairs = []
    lines = text_of(path, "a box file, one pair of bounds a line").splitlines()
    for number, line in enumerate(lines, start=1):
        words = line.partition("#")[0].replace(",", " ").split()
        if not words:
            continue
        if len(words) != 2:
            raise FormatError(path, f"line {number}", counted(len(words), "number"), "a lower and an upper bound")
        pairs.append((words[0], words[1]))
    return pairs
