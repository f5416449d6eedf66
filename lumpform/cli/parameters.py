"""Names the types of arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from lumpform.formats import Domain, listed, suffixes

Flag = Annotated[bool, Parameter(negative=())]
Repeated = Annotated[tuple[str, ...], Parameter(negative=())]
Many = Annotated[tuple[str, ...], Parameter(negative=(), consume_multiple=True)]
Box = Annotated[tuple[str, str] | None, Parameter(negative=())]
Json = Annotated[bool, Parameter(name="--json", negative=(), help="Print one JSON object.")]


def _files(domain: Domain) -> str:
    return listed(suffixes(lambda row: row.domain == domain and not row.program))


_PROGRAMS = listed(suffixes(lambda row: row.program))

Model = Annotated[
    Path,
    Parameter(
        help=f"A chain in a file {_files('chain')} (with the extra storm also a PRISM or JANI model, {_PROGRAMS}), "
        f"a decision process in a file {_files('mdp')}, a weighted automaton in a file {_files('automaton')}, "
        f"or a network in a file {_files('network')}."
    ),
]
"""A model file that is read."""

WRITTEN = " ".join(suffixes(lambda row: row.writer))
"""The suffixes by which models are written."""
