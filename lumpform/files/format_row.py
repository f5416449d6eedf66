"""Defines the row that describes a format of files; `lumpform.formats` has the table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Domain = Literal["chain", "mdp", "automaton", "network"]


@dataclass(frozen=True)
class Format:
    """Describes one kind of file.

    Attributes
    ----------
    suffix : str
    domain : {"chain", "mdp", "automaton", "network"}
        What such a file holds.
    reader, writer : str
        Functions as ``module:function``, imported when they are first used; without `writer`, files are only read.
    checkable : bool
        Whether the independent checker reads such files.
    array : str
        Of archives, which share a suffix: the array by whose name this layout is recognised.
    told_by : str
        Of other files that share a suffix: a function as ``module:function`` that tells the domain of a file.
    siblings : tuple of str
        Suffixes of files that are read and written with this one, of the same stem, or after ``*`` of any stem that
        begins with it.
    program, folder : bool
        Whether it is a program, which may have constants and properties; whether it is a folder of files.
    parametric : bool
        Whether it holds functions of parameters.
    floats : str
        What a number becomes that the format cannot hold: a float of that type; ``input``: of the type of the first
        input. Empty: every number that is written can be read again.
    """

    suffix: str
    domain: Domain
    reader: str
    writer: str = ""
    checkable: bool = False
    array: str = ""
    told_by: str = ""
    siblings: tuple[str, ...] = ()
    program: bool = False
    parametric: bool = False
    folder: bool = False
    floats: str = ""

    def family(self, path: Path) -> list[Path]:
        """Return the file at `path` and those that are, or could be, read and written with it."""
        import glob

        files = [path]
        for sibling in self.siblings:
            files.append(path.with_suffix(sibling.removeprefix("*")))
            if sibling.startswith("*"):
                files += path.parent.glob(glob.escape(path.stem) + sibling)
        return list(dict.fromkeys(files))
