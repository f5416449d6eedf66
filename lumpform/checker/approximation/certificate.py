"""Reads a certificate within epsilon: its form, none of its claims. docs/certificate-approximation.md, section 2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..about_both import about_both
from ..certificate import Certificate, Source, check_generator, respected, shown
from ..limits import DEFAULT, Limits
from ..rational import Pair

FIELDS = (
    "format",
    "version",
    "domain",
    "kind",
    "respect",
    "epsilon",
    "states",
    "classes",
    "original",
    "reduced",
    "class_of",
    "generator",
)


@dataclass(frozen=True)
class ApproximationCertificate(Certificate):
    """Holds the fields of a certificate of version 2: those of a chain's, and epsilon."""

    epsilon: Pair


def read_approximation(path: str, fields: dict[str, Any], limits: Limits = DEFAULT) -> ApproximationCertificate:
    """Return the certificate with these fields. Raises `Unreadable` unless its form is that of version 2."""
    source = Source(path, limits)
    source.named(fields, FIELDS)
    respect = respected(source, fields["respect"], ("labels", "rewards", "initial"))
    check_generator(source, fields["generator"])
    epsilon = source.number("epsilon", fields["epsilon"])
    if epsilon[0] < 0:
        source.fail("epsilon", shown(fields["epsilon"]), "a number from 0 on")
    about = about_both(source, fields, ("dtmc", "ctmc"))
    return ApproximationCertificate(
        path=path,
        kind=source.one_of("kind", fields["kind"], ("ordinary",)),
        semantics="generator",
        respect=respect,
        epsilon=epsilon,
        **about,
    )
