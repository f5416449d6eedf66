"""Reads what ``lumpform reduce NETWORK --map`` writes: what became of every hidden neuron, one JSON list a line.

A line is ``["group", neuron, "why", "became group", neuron, "scale"]``; the last three are null for neurons that
are gone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from lumpform.files.text import TextFile

STAY, GONE = ("kept", "merged"), ("constant", "dropped", "folded")
"""Why a neuron has a place in the reduced network, and why it has none, as far as lumping goes."""


class Neuron(NamedTuple):
    """Says what became of a neuron: the group and number that it has now, or None, and why."""

    why: str
    became: tuple[str, int] | None


def is_map(path: str | Path) -> bool:
    """Tell by its first line that is not empty whether a text file is such a map; archives are none."""
    if Path(path).suffix.lower() == ".npz":
        return False
    return next((line.startswith("[") for line in TextFile(path).lines() if line), False)


def read_map(path: str | Path, groups: Mapping[str, int]) -> dict[tuple[str, int], Neuron]:
    """Read what became of every hidden neuron.

    Parameters
    ----------
    path : str or Path
    groups : mapping from the names of hidden groups to their sizes

    Returns
    -------
    mapping from group and number to Neuron
        O(neurons).

    Raises
    ------
    FormatError
        With the line: no list of six, a neuron that the network does not have, one twice, one that is missing, or one
        that is expressed by others, which is more than a lumping.
    """
    source, found = TextFile(path), dict[tuple[str, int], Neuron]()
    for line in source.lines():
        group, index, why, *target = _parsed(source, line)
        size = groups.get(group) if isinstance(group, str) else None
        if size is None or type(index) is not int or not 0 <= index < size:
            source.fail(f"neuron {index!r} of {group!r}", "a hidden neuron of the network")
        if (group, index) in found:
            source.fail(f"neuron {index} of {group!r} again", "each once")
        found[group, index] = _neuron(source, why, target)
    missing = sum(groups.values()) - len(found)
    if missing:
        source.fail_at_end(f"{len(found)} neurons", f"{len(found) + missing}, all that are hidden in the network")
    return found


def _parsed(source: TextFile, line: str) -> list[Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, list) or len(value) != 6:
        source.fail(repr(line[:60]), '["group", neuron, "why", "became group", neuron, "scale"]')
    return value


def _neuron(source: TextFile, why: Any, target: list[Any]) -> Neuron:
    """Return what became of the neuron of a line, from its last four entries."""
    if not isinstance(why, str) or why not in (*STAY, *GONE):
        expected = f"one of {', '.join((*STAY, *GONE))} (what is expressed by others is more than lumped)"
        source.fail(f"a neuron that is {why!r}", expected)
    if why in GONE and target == [None, None, None]:
        return Neuron(why, None)
    name, place, scale = target
    if why in GONE or not isinstance(name, str) or type(place) is not int or not isinstance(scale, str):
        source.fail(
            f"{why} with {json.dumps(target)[:60]}", "three times null" if why in GONE else "a neuron and a scale"
        )
    return Neuron(why, (name, place))
