"""Finds the files beside a ``.tra`` file that belong to it, and refuses to leave old ones there."""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path

from lumpform.errors import FormatError, OptionError
from lumpform.files.limits import MAX_STRUCTURES

_NAME = re.compile(r'#\s*Reward structure\s+"([^"]+)"', re.IGNORECASE)


def named_structure(comment: str) -> str | None:
    """Return the name that a comment gives to the reward structure of its file; None if it gives none."""
    found = _NAME.match(comment)
    return found[1] if found else None


def reward_files(path: Path) -> dict[str, list[Path]]:
    """Find the reward files that belong to a ``.tra`` file, by the name a structure has if no comment names it.

    ``model.srew`` and ``model.trew`` are one structure, ``reward``; ``model1.srew`` and ``model1.trew`` are ``reward1``
    unless there is a ``model1.tra``, and so on up to the first missing number.
    """
    found: dict[str, list[Path]] = {}
    for number in count():
        if number > MAX_STRUCTURES:
            raise FormatError(path, "", f"more than {MAX_STRUCTURES} reward structures", "fewer")
        stem = f"{path.stem}{number or ''}"
        files = [path.with_name(stem + suffix) for suffix in (".srew", ".trew")]
        files = [file for file in files if file.exists()]
        if number and (not files or path.with_name(stem + ".tra").exists()):
            break
        if files:
            found[f"reward{number or ''}"] = files
    return found


def refuse_leftovers(path: Path, written: set[Path]) -> None:
    """Raise if reading would take in a file that is there and not among the `written` ones."""
    siblings = [path.with_suffix(".lab"), path.with_suffix(".sta")]
    for files in reward_files(path).values():
        siblings.extend(files)
    following = len({file.stem for file in written if file.suffix in (".srew", ".trew")}) + 1
    if (
        following > 2 and not path.with_name(f"{path.stem}{following}.tra").exists()
    ):  # numbered, and one more would count
        siblings += [path.with_name(f"{path.stem}{following}{suffix}") for suffix in (".srew", ".trew")]
    for file in siblings:
        if file.exists() and file not in written:
            name = f"{str(file)!r} would be read as a part of {path.name!r}"
            raise OptionError(f"{name}: remove it or choose another name")
