"""Reads the certificate of a network: its form, none of its claims. docs/certificate-networks.md, section 3."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ..certificate import OneOf, a_list, check_names, count, exact_number, numbers, shown
from ..failure import fail
from ..limits import MAX_CERTIFICATE_STEPS
from ..rational import Pair
from .rounding import FORMATS

FIELDS = (
    "format",
    "version",
    "domain",
    "kind",
    "options",
    "box",
    "rounding",
    "nodes",
    "reduced_nodes",
    "original",
    "reduced",
    "steps",
    "generator",
)
OPTIONS = ("opposite", "linear", "stable")
REASONS = ("opposite", "linear", "copy", "active", "inactive")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Lump:
    """A lumping; `class_of` is still packed. Scales that are not listed are 1."""

    class_of: Any
    scales: dict[int, Pair]


@dataclass(frozen=True)
class Drop:
    """Nodes that no output needs."""

    nodes: tuple[int, ...]


@dataclass(frozen=True)
class Expressed:
    """A node of a group (by its number there) as a linear function: why, and coefficients of nodes of the group."""

    node: int
    reason: str
    inside: dict[int, Pair]


@dataclass(frozen=True)
class Substitute:
    """Nodes of one group that are expressed by others."""

    group: int
    nodes: tuple[Expressed, ...]


Step = Lump | Drop | Substitute


@dataclass(frozen=True)
class NetworkCertificate:
    """The fields of a certificate of version 1."""

    path: str
    options: tuple[str, ...]
    box: tuple[tuple[Pair, Pair], ...] | None
    rounding: str | None
    nodes: int
    reduced_nodes: int
    original_digest: str
    reduced_digest: str
    steps: tuple[Step, ...]


def read_network_certificate(path: str, fields: dict[str, Any]) -> NetworkCertificate:
    """The certificate with these fields. Raises `Unreadable` unless its form is that of version 1."""
    check_names(path, fields, FIELDS)
    one_of = OneOf(path)
    one_of("kind", fields["kind"], ("proportional-exact",))
    options = a_list(path, "options", fields["options"], len(OPTIONS))
    for option in options:
        one_of("options", option, OPTIONS)
    if not isinstance(fields["generator"], dict):
        fail(path, "generator", shown(fields["generator"]), "an object")
    rounding = fields["rounding"]
    if rounding is not None:
        one_of("rounding", rounding, tuple(FORMATS))
    steps = a_list(path, "steps", fields["steps"], MAX_CERTIFICATE_STEPS)
    return NetworkCertificate(
        path,
        tuple(options),
        _box(path, fields["box"]),
        rounding,
        count(path, "nodes", fields["nodes"]),
        count(path, "reduced_nodes", fields["reduced_nodes"]),
        _digest(path, "original", fields["original"]),
        _digest(path, "reduced", fields["reduced"]),
        tuple(_step(path, f"steps[{i}]", step) for i, step in enumerate(steps)),
    )


def _step(path: str, place: str, value: Any) -> Step:
    kind = value.get("step") if isinstance(value, dict) else None
    if kind == "lump":
        _names(path, place, value, ("step", "class_of", "scales"))
        return Lump(value["class_of"], numbers(path, f"{place}.scales", value["scales"]))
    if kind == "drop":
        _names(path, place, value, ("step", "nodes"))
        nodes = a_list(path, f"{place}.nodes", value["nodes"])
        return Drop(tuple(count(path, f"{place}.nodes", v) for v in nodes))
    if kind == "substitute":
        _names(path, place, value, ("step", "group", "nodes"))
        nodes = a_list(path, f"{place}.nodes", value["nodes"])
        group = count(path, f"{place}.group", value["group"])
        return Substitute(group, tuple(_expressed(path, f"{place}.nodes[{i}]", v) for i, v in enumerate(nodes)))
    fail(path, place, shown(value), "an object whose step is lump, drop or substitute")


def _expressed(path: str, place: str, value: Any) -> Expressed:
    if not isinstance(value, dict):
        fail(path, place, shown(value), "an object")
    _names(path, place, value, ("node", "reason", "inside"))
    reason = OneOf(path)(f"{place}.reason", value["reason"], REASONS)
    node = count(path, f"{place}.node", value["node"])
    return Expressed(node, reason, numbers(path, f"{place}.inside", value["inside"]))


def _names(path: str, place: str, value: dict[str, Any], names: tuple[str, ...]) -> None:
    if set(value) != set(names):
        fail(path, place, f"the fields {', '.join(value)}", ", ".join(names))


def _box(path: str, value: Any) -> tuple[tuple[Pair, Pair], ...] | None:
    if value is None:
        return None
    result = []
    for i, pair in enumerate(a_list(path, "box", value)):
        if not isinstance(pair, list) or len(pair) != 2:
            fail(path, f"box[{i}]", shown(pair), "two numbers")
        low, high = (exact_number(path, f"box[{i}]", v) for v in pair)
        if low[0] * high[1] > high[0] * low[1]:
            fail(path, f"box[{i}]", f"{pair[0]} above {pair[1]}", "the lower bound first")
        result.append((low, high))
    return tuple(result)


def _digest(path: str, name: str, value: Any) -> str:
    digest = value.get("digest") if isinstance(value, dict) and set(value) == {"digest"} else None
    if not isinstance(digest, str) or _DIGEST.fullmatch(digest) is None:
        fail(path, name, shown(value), "an object with a digest")
    return digest
