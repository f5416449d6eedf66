"""Reads the certificate of a difference: its form, none of its claims. docs/certificate-epsilon.md, section 2."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ...certificate import Source, check_generator, shown
from ...limits import DEFAULT, Limits
from ...rational import Pair
from ...words import counted
from ..certificate import read_box, read_digest

FIELDS = (
    "format",
    "version",
    "domain",
    "epsilon",
    "box",
    "nodes",
    "reduced_nodes",
    "original",
    "reduced",
    "correspondence",
    "tree",
    "generator",
)
_TOKENS = re.compile(r"(?:\.|0|[1-9][0-9]{0,8})(?: (?:\.|0|[1-9][0-9]{0,8}))*+", re.ASCII)

Matching = tuple[int, ...] | None
"""For every neuron of a reduced group its neuron in the original's, None if that is the same number."""


@dataclass(frozen=True)
class DifferenceCertificate:
    """Holds the fields of a certificate of version 2."""

    path: str
    epsilon: Pair
    box: tuple[tuple[Pair, Pair], ...]
    nodes: int
    reduced_nodes: int
    original_digest: str
    reduced_digest: str
    correspondence: tuple[Matching, ...]
    tree: str


def read_difference(path: str, fields: dict[str, Any], limits: Limits = DEFAULT) -> DifferenceCertificate:
    """Return the certificate with these fields. Raises `Unreadable` unless its form is that of version 2."""
    source = Source(path, limits)
    source.named(fields, FIELDS)
    check_generator(source, fields["generator"])
    epsilon = source.number("epsilon", fields["epsilon"])
    if epsilon[0] < 0:
        source.fail("epsilon", shown(fields["epsilon"]), "a number from 0 on")
    box = read_box(source, fields["box"])
    if box is None:
        source.fail("box", "nothing", "a pair of numbers for every input")
    matchings = source.list_of("correspondence", fields["correspondence"], limits.max_certificate_steps)
    return DifferenceCertificate(
        path,
        epsilon,
        box,
        source.count("nodes", fields["nodes"]),
        source.count("reduced_nodes", fields["reduced_nodes"]),
        read_digest(source, "original", fields["original"]),
        read_digest(source, "reduced", fields["reduced"]),
        tuple(_matching(source, f"correspondence[{i}]", value) for i, value in enumerate(matchings)),
        read_tree(source, fields["tree"]),
    )


def _matching(source: Source, place: str, value: Any) -> Matching:
    if value is None:
        return None
    return tuple(source.count(place, neuron) for neuron in source.list_of(place, value))


def read_tree(source: Source, value: Any) -> str:
    """Return a tree of splits in tokens, of which nothing is checked but their form."""
    if not isinstance(value, str):
        source.fail("tree", shown(value), "a text of numbers and points")
    nodes = value.count(" ") + 1
    if nodes > source.limits.max_tree_nodes:
        source.fail("tree", counted(nodes, "node"), f"at most {source.limits.max_tree_nodes}")
    if _TOKENS.fullmatch(value) is None:
        source.fail("tree", shown(value), "numbers of inputs and points, with single blanks between")
    return value
