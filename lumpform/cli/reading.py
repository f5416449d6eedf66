"""Reads models for the commands, by the options that they share, and says what was assumed."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lumpform.cli.show import clean, working
from lumpform.errors import OptionError


@dataclass(frozen=True)
class Reading:
    """Holds the options of reading that the command line gives; the others are left to the readers."""

    rows: str = "exact"
    kind: str | None = None
    deadlocks: str = "error"
    constants: str | None = None
    properties: tuple[str, ...] = ()

    @property
    def options(self) -> dict[str, Any]:
        """Return what to pass to `lumpform.formats.read`."""
        options: dict[str, Any] = {} if self.rows == "exact" else {"rows": self.rows}
        options |= {} if self.kind is None else {"kind": self.kind}
        options |= {} if self.deadlocks == "error" else {"deadlocks": self.deadlocks}
        options |= {} if self.constants is None else {"constants": self.constants}
        return options | ({"properties": self.properties} if self.properties else {})

    def read(self, path: Path) -> Any:
        """Read the model in a file; what was assumed goes to standard error, one line each."""
        from lumpform.formats import read

        with working(f"reading {path.name}"):
            model = read(path, **self.options)
        for note in getattr(model, "notes", ()):
            print(f"lumpform: note: {path.name}: {clean(note)}", file=sys.stderr)
        return model

    def of(self, *paths: Path) -> list[Reading]:
        """Return the options that concern each of several files of one command: constants are for programs.

        Raises
        ------
        OptionError
            If there are constants, and no file is a program.
        """
        from lumpform.formats import SYMBOLIC

        programs = [path.suffix.lower() in SYMBOLIC for path in paths]
        if self.constants is not None and not any(programs):
            names = " and ".join(path.name for path in paths)
            raise OptionError(f"--constants is for PRISM and JANI models, and {names} are none")
        plain = replace(self, constants=None, properties=())
        return [self if program else plain for program in programs]
