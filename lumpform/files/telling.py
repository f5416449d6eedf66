"""Tells by the head of a file which domain reads it, where chains and decision processes share a suffix.

Where a file does not say what it is, it is for the reader of chains, which says what is wrong with it.
"""

from __future__ import annotations

import re
from pathlib import Path

from lumpform.errors import FormatError
from lumpform.files.limits import MAX_PROGRAM_BYTES
from lumpform.files.text import TextFile
from lumpform.files.umb_archive import index

_OF_MDPS = frozenset(("MDP", "MA", "MARKOV AUTOMATON", "POMDP", "SMG"))
_HEAD = 1000
_SIZES = re.compile(r"\d{1,10}\s+\d{1,10}\s+\d{1,10}", re.ASCII)
_COMMENTS = re.compile(r"//[^\n]*")
_WORD = re.compile(r"(?m)^\s*(dtmc|ctmc|probabilistic|stochastic|mdp|nondeterministic|ma)\b")
_JANI = re.compile(r'"type"\s*:\s*"(dtmc|ctmc|mdp|ma)"')


def domain_of_drn(path: Path) -> str:
    """Return "mdp" if the type in the head of a DRN file is one of those, also one that no reader knows."""
    section = False
    for line in _lines(path):
        if section and line and not line.startswith("//"):
            return "mdp" if line.upper() in _OF_MDPS else "chain"
        if line.startswith("@type"):
            word = line.partition(":")[2].strip().upper()
            section = not word
            if word:
                return "mdp" if word in _OF_MDPS else "chain"
        if line.startswith("@model"):
            break
    return "chain"


def domain_of_tra(path: Path) -> str:
    """Return "mdp" if a ``.tra`` file begins with three sizes."""
    for line in _lines(path):
        if line and not line.startswith("#"):
            return "mdp" if _SIZES.fullmatch(line) else "chain"
    return "chain"


def domain_of_program(path: Path) -> str:
    """Return "mdp" if a PRISM or JANI program says that it is an MDP or a Markov automaton."""
    try:
        with open(path, "rb") as file:
            text = file.read(MAX_PROGRAM_BYTES).decode("utf-8", "replace")
    except OSError:
        return "chain"
    found = _JANI.search(text) if path.suffix.lower() == ".jani" else _WORD.search(_COMMENTS.sub("", text))
    return "mdp" if found and found[1] in ("mdp", "nondeterministic", "ma") else "chain"


def domain_of_umb(path: Path) -> str:
    """Return "mdp" if the index of a UMB file says that there are players."""
    try:
        system = index(path).get("transition-system")
    except FormatError:
        return "chain"
    return "mdp" if isinstance(system, dict) and system.get("#players") not in (None, 0) else "chain"


def _lines(path: Path) -> list[str]:
    """Return the first lines, as far as they can be read."""
    source, lines = TextFile(path), list[str]()
    try:
        for line in source.lines():
            lines.append(line)
            if len(lines) >= _HEAD:
                break
    except FormatError:
        pass
    return lines
