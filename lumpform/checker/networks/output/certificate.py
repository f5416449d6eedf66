"""Reads the certificate of outputs in half-spaces: its form, none of its claims. docs/certificate-output.md, 2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...certificate import Source, check_generator, read_fields, shown
from ...limits import DEFAULT, Limits
from ...rational import Pair
from ..certificate import read_box, read_digest
from ..difference.certificate import read_tree

DOMAIN, VERSION = "output", 2

FIELDS = ("format", "version", "domain", "model", "box", "half_spaces", "tree", "generator")


@dataclass(frozen=True)
class HalfSpace:
    """Says that the sum of coefficients times outputs is at most a number."""

    coefficients: dict[int, Pair]
    most: Pair


@dataclass(frozen=True)
class OutputCertificate:
    """Holds the fields of a certificate of version 2."""

    path: str
    digest: str
    box: tuple[tuple[Pair, Pair], ...]
    half_spaces: tuple[HalfSpace, ...]
    tree: str


def read_output(path: str, limits: Limits = DEFAULT) -> OutputCertificate:
    """Return the certificate in a file. Raises `Unreadable` unless its form is that of version 2."""
    fields = read_fields(path, limits, {DOMAIN: VERSION})
    source = Source(path, limits)
    source.named(fields, FIELDS)
    check_generator(source, fields["generator"])
    box = read_box(source, fields["box"])
    if box is None:
        source.fail("box", "nothing", "a pair of numbers for every input")
    found = source.list_of("half_spaces", fields["half_spaces"])
    if not found:
        source.fail("half_spaces", "an empty list", "one or more")
    return OutputCertificate(
        path,
        read_digest(source, "model", fields["model"]),
        box,
        tuple(_half_space(source, f"half_spaces[{i}]", value) for i, value in enumerate(found)),
        read_tree(source, fields["tree"]),
    )


def _half_space(source: Source, place: str, value: Any) -> HalfSpace:
    if not isinstance(value, dict) or set(value) != {"coefficients", "at_most"}:
        source.fail(place, shown(value), "an object with coefficients and at_most")
    row = source.numbers(f"{place}.coefficients", value["coefficients"])
    return HalfSpace(row, source.number(f"{place}.at_most", value["at_most"]))
