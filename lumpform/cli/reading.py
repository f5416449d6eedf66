"""Reads models for the commands, by the options that they share, and says what was assumed."""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from lumpform.cli.parameters import Repeated
from lumpform.cli.show import clean, working
from lumpform.display.words import with_article
from lumpform.errors import OptionError


@Parameter(name="*")
@dataclass(frozen=True)
class Mending:
    """Hold what is done with chains that break a rule; the checker has the same options.

    Parameters
    ----------
    rows
        What to do with a DTMC row that does not sum to exactly one: refuse it, or divide it by its sum.
    deadlocks
        What to do with a state of a DTMC without transitions: refuse it, or add a self-loop of probability 1.
    """

    rows: Literal["exact", "normalise"] = "exact"
    deadlocks: Literal["error", "loop"] = "error"


@Parameter(name="*")
@dataclass(frozen=True)
class Reading(Mending):
    """Hold the options of reading, called as the readers call them.

    Parameters
    ----------
    kind
        Of a file that does not state it: a .mtx file, a .tra file of an older version of PRISM.
    constants
        Values for undefined constants of a PRISM or JANI model: N=3,p=0.5
    """

    kind: Annotated[Literal["dtmc", "ctmc"] | None, Parameter(name="--model-kind")] = None
    constants: str | None = None

    @property
    def options(self) -> dict[str, Any]:
        """Return what to pass to `lumpform.formats.read`: what was given, since no reader knows all of them."""
        given = {option.name: getattr(self, option.name) for option in fields(self)}
        return {option.name: given[option.name] for option in fields(self) if given[option.name] != option.default}

    def read(self, path: Path, domains: tuple[str, ...] | None = ("chain", "network")) -> Any:
        """Read the model in a file, of whatever domain if None are named; notes go to standard error, one line each.

        Raises
        ------
        OptionError
            If it is of another domain than those that the command takes.
        """
        from lumpform.formats import listed, reader_for
        from lumpform.reduction.options import CALLED

        with working(f"reading {path.name}"):
            with_borders = {"borders": True} if "islands" in (domains or ()) and path.suffix.lower() == ".onnx" else {}
            model = reader_for(path, **self.options, **with_borders)()
        if domains is not None and model.domain not in domains:
            expected = listed(CALLED[domain] for domain in domains if domain in CALLED)
            found = with_article(CALLED[model.domain])
            raise OptionError(f"{path.name} holds {found}, this command expected {with_article(expected)}")
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
        from lumpform.formats import suffixes

        programs = [path.suffix.lower() in suffixes(lambda row: row.program) for path in paths]
        if self.constants is not None and not any(programs):
            names = " and ".join(path.name for path in paths)
            raise OptionError(f"--constants is for PRISM and JANI models, and {names} are none")
        plain = replace(self, constants=None)
        return [self if program else plain for program in programs]


@Parameter(name="*")
@dataclass(frozen=True)
class ReadingOne(Reading):
    """Hold the options of a command that reads one model.

    Parameters
    ----------
    properties
        A property of a PRISM or JANI model, in PRISM's notation; only labels and rewards that properties mention are
        kept. May be repeated. By default all of them, and the formulas in a JANI file's own properties.
    """

    properties: Annotated[Repeated, Parameter(name="--property")] = ()
