"""Tells by the type in the head of a DRN file which domain reads it."""

from __future__ import annotations

from pathlib import Path

from lumpform.errors import FormatError
from lumpform.files.text import TextFile

_OF_MDPS = frozenset(("MDP", "MA", "MARKOV AUTOMATON", "POMDP", "SMG"))
_HEAD = 1000


def domain_of(path: Path) -> str:
    """Return "mdp" if the file says so among its first lines, else "chain", whose reader says what is wrong.

    The types that no reader knows count as those of decision processes, which they extend.
    """
    source, section = TextFile(path), False
    try:
        for line in source.lines():
            if section and line and not line.startswith("//"):
                return "mdp" if line.upper() in _OF_MDPS else "chain"
            if line.startswith("@type"):
                word = line.partition(":")[2].strip().upper()
                section = not word
                if word:
                    return "mdp" if word in _OF_MDPS else "chain"
            if line.startswith("@model") or source.line > _HEAD:
                break
    except FormatError:
        return "chain"
    return "chain"
