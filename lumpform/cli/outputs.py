"""Writes the files of a command, all of them or none, and tells by an exit code how it went."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from lumpform.cli.parameters import WRITTEN
from lumpform.display.words import with_article
from lumpform.errors import OptionError
from lumpform.formats import Format, listed, suffix_of, suffixes, writable_format

if TYPE_CHECKING:
    from lumpform.numbers.rounding import Rounding

Content = Callable[[Path, "Rounding | None"], bytes]
"""What to put in a file, given its path and what was rounded in the model that was written before it."""

PICTURES = (".svg", ".pdf", ".png")


@Parameter(name="*")
@dataclass(frozen=True)
class Outputs:
    """Hold the files to write; the fields are options.

    Parameters
    ----------
    certificate
        File for the certificate, which `lumpform verify` and `python -m lumpform.checker` judge.
    map
        File for the class of every state: one number a line, or an array class_of in a .npz file (of a decision
        process also choice_of, the choice that every choice becomes). Of a network: what became of every hidden neuron,
        one JSON list a line.
    draw
        Networks of up to 200 nodes: file (.svg .pdf .png) for a drawing with merged neurons in one colour; needs
        matplotlib.
    """

    out: Annotated[
        Path | None,
        Parameter(name=("--out", "-o"), help=f"File for the reduced model; its suffix ({WRITTEN}) is the format."),
    ] = None
    certificate: Path | None = None
    map: Path | None = None
    draw: Path | None = None

    @property
    def by_option(self) -> dict[str, Path]:
        """Return the files to write, by option."""
        named = {"--out": self.out, "--certificate": self.certificate, "--map": self.map, "--draw": self.draw}
        return {option: path for option, path in named.items() if path is not None}

    def check(self, model: Path, read_as: Format) -> None:
        """Refuse, before any work is done, what could not be written or would overwrite the model that is read.

        Raises
        ------
        OptionError, FormatError
        """
        from lumpform.files.atomic import check_writable

        written_as = None if self.out is None else _format_of_out(self.out, read_as)
        if self.draw is not None and self.draw.suffix.lower() not in PICTURES:
            raise OptionError(f"--draw {self.draw.name}: expected one of the suffixes {' '.join(PICTURES)}")
        taken = {os.path.realpath(path): "the model that is read" for path in read_as.family(model)}
        for option, path in self.by_option.items():
            for each in written_as.family(path) if written_as is not None and option == "--out" else [path]:
                real = os.path.realpath(each)
                if real in taken:
                    raise OptionError(f"{option} {path}: that file is {taken[real]}; choose another name")
                taken[real] = f"what {option} writes"
            check_writable(path)

    def write(self, model: Any, contents: Mapping[str, Content]) -> Rounding | None:
        """Write the model and then the other files beside their places, then put all in place; all of them, or none.

        Parameters
        ----------
        model : MarkovChain, MDP or Network
            For ``--out``.
        contents : mapping from option to Content
            For the others; those without a path are not asked for.

        Returns
        -------
        Rounding or None
            What was rounded in the model; None if it was not to be written.
        """
        from lumpform.files.atomic import replacement
        from lumpform.formats import write_into

        rounding = None
        with ExitStack() as stack:
            if self.out is not None:
                rounding = write_into(model, self.out, stack.enter_context(replacement(self.out)))
            for option, content in contents.items():
                path = self.by_option.get(option)
                if path is not None:
                    with stack.enter_context(replacement(path)).open(path) as file:
                        file.write(content(path, rounding))
        return rounding


def _format_of_out(out: Path, read_as: Format) -> Format:
    """Return the format of the reduced model, which has the domain of the one that is read."""
    written = suffixes(lambda row: row.writer)
    if suffix_of(out) not in written:
        raise OptionError(f"--out {out.name}: expected one of the suffixes {' '.join(written)}")
    written_as = writable_format(out, read_as.domain)
    if written_as is None:
        from lumpform.reduction.options import CALLED

        fitting = listed(suffixes(lambda row: row.writer and row.domain == read_as.domain))
        raise OptionError(f"--out {out.name}: {with_article(CALLED[read_as.domain])} is written to {fitting}")
    return written_as


def exit_code(verdict: str | None, second_opinion: str | None) -> int:
    """Return 0, or 1 if the checker or the comparison of the models rejects what was written."""
    rejected = verdict is not None and not verdict.startswith("VERIFIED")
    return int(rejected or (second_opinion is not None and second_opinion.startswith("DIFFERENT")))
