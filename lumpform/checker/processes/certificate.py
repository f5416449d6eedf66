"""Reads a certificate of a decision process: its form, none of its claims. docs/certificate-processes.md, section 3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..about_both import about_both
from ..certificate import Certificate, Source, check_generator, respected
from ..limits import DEFAULT, Limits

KINDS = ("mdp", "lts", "ma")
RESPECTED = ("labels", "rewards", "initial", "actions")
FIELDS = (
    "format",
    "version",
    "domain",
    "kind",
    "respect",
    "states",
    "classes",
    "choices",
    "reduced_choices",
    "original",
    "reduced",
    "class_of",
    "choice_of",
    "generator",
)


@dataclass(frozen=True)
class ProcessCertificate(Certificate):
    """Holds the fields of a certificate of version 2: those of a chain's, and what it says of choices, still packed."""

    choices: int
    reduced_choices: int
    choice_of: Any


def read_process_certificate(path: str, fields: dict[str, Any], limits: Limits = DEFAULT) -> ProcessCertificate:
    """Return the certificate of a process. Raises `Unreadable` unless its form is that of version 2."""
    source = Source(path, limits)
    source.named(fields, FIELDS)
    respect = respected(source, fields["respect"], RESPECTED)
    check_generator(source, fields["generator"])
    about = about_both(source, fields, KINDS)
    return ProcessCertificate(
        path=path,
        kind=source.one_of("kind", fields["kind"], ("ordinary",)),
        semantics="rates",  # of which a process has no choice
        respect=respect,
        choices=source.count("choices", fields["choices"]),
        reduced_choices=source.count("reduced_choices", fields["reduced_choices"]),
        choice_of=fields["choice_of"],
        **about,
    )
