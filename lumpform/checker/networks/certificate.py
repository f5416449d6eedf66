"""Reads the certificate of a network: its form, none of its claims. docs/certificate-networks.md, section 3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..certificate import DIGEST, Source, check_generator, shown
from ..limits import DEFAULT, Limits
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


@dataclass(frozen=True)
class Lump:
    """Merges nodes into classes; `class_of` is still packed. Scales that are not listed are 1."""

    class_of: Any
    scales: dict[int, Pair]


@dataclass(frozen=True)
class Drop:
    """Drops nodes that no output needs."""

    nodes: tuple[int, ...]


@dataclass(frozen=True)
class Expressed:
    """Writes a node of a group (by its number there) as a linear function of others: why, and their coefficients."""

    node: int
    reason: str
    inside: dict[int, Pair]


@dataclass(frozen=True)
class Substitute:
    """Replaces nodes of one group by linear functions of others."""

    group: int
    nodes: tuple[Expressed, ...]


Step = Lump | Drop | Substitute


@dataclass(frozen=True)
class NetworkCertificate:
    """Holds the fields of a certificate of version 1."""

    path: str
    options: tuple[str, ...]
    box: tuple[tuple[Pair, Pair], ...] | None
    rounding: str | None
    nodes: int
    reduced_nodes: int
    original_digest: str
    reduced_digest: str
    steps: tuple[Step, ...]


def read_network_certificate(path: str, fields: dict[str, Any], limits: Limits = DEFAULT) -> NetworkCertificate:
    """Return the certificate with these fields. Raises `Unreadable` unless its form is that of version 1."""
    source = Source(path, limits)
    source.named(fields, FIELDS)
    source.one_of("kind", fields["kind"], ("proportional-exact",))
    options = source.list_of("options", fields["options"], len(OPTIONS))
    for option in options:
        source.one_of("options", option, OPTIONS)
    check_generator(source, fields["generator"])
    rounding = fields["rounding"]
    if rounding is not None:
        source.one_of("rounding", rounding, tuple(FORMATS))
    steps = source.list_of("steps", fields["steps"], limits.max_certificate_steps)
    return NetworkCertificate(
        path,
        tuple(options),
        read_box(source, fields["box"]),
        rounding,
        source.count("nodes", fields["nodes"]),
        source.count("reduced_nodes", fields["reduced_nodes"]),
        read_digest(source, "original", fields["original"]),
        read_digest(source, "reduced", fields["reduced"]),
        tuple(_step(source, f"steps[{i}]", step) for i, step in enumerate(steps)),
    )


def _step(source: Source, place: str, value: Any) -> Step:
    kind = value.get("step") if isinstance(value, dict) else None
    if kind == "lump":
        _names(source, place, value, ("step", "class_of", "scales"))
        return Lump(value["class_of"], source.numbers(f"{place}.scales", value["scales"]))
    if kind == "drop":
        _names(source, place, value, ("step", "nodes"))
        nodes = source.list_of(f"{place}.nodes", value["nodes"])
        return Drop(tuple(source.count(f"{place}.nodes", v) for v in nodes))
    if kind == "substitute":
        _names(source, place, value, ("step", "group", "nodes"))
        nodes = source.list_of(f"{place}.nodes", value["nodes"])
        group = source.count(f"{place}.group", value["group"])
        return Substitute(group, tuple(_expressed(source, f"{place}.nodes[{i}]", v) for i, v in enumerate(nodes)))
    source.fail(place, shown(value), "an object whose step is lump, drop or substitute")


def _expressed(source: Source, place: str, value: Any) -> Expressed:
    if not isinstance(value, dict):
        source.fail(place, shown(value), "an object")
    _names(source, place, value, ("node", "reason", "inside"))
    reason = source.one_of(f"{place}.reason", value["reason"], REASONS)
    node = source.count(f"{place}.node", value["node"])
    return Expressed(node, reason, source.numbers(f"{place}.inside", value["inside"]))


def _names(source: Source, place: str, value: dict[str, Any], names: tuple[str, ...]) -> None:
    if set(value) != set(names):
        source.fail(place, f"the fields {', '.join(value)}", ", ".join(names))


def read_box(source: Source, value: Any) -> tuple[tuple[Pair, Pair], ...] | None:
    """Return a pair of numbers for every input, or None for all inputs."""
    if value is None:
        return None
    result = []
    for i, pair in enumerate(source.list_of("box", value)):
        if not isinstance(pair, list) or len(pair) != 2:
            source.fail(f"box[{i}]", shown(pair), "two numbers")
        low, high = (source.number(f"box[{i}]", v) for v in pair)
        if low[0] * high[1] > high[0] * low[1]:
            source.fail(f"box[{i}]", f"{pair[0]} above {pair[1]}", "the lower bound first")
        result.append((low, high))
    return tuple(result)


def read_digest(source: Source, name: str, value: Any) -> str:
    """Return the digest of a network."""
    digest = value.get("digest") if isinstance(value, dict) and set(value) == {"digest"} else None
    if not isinstance(digest, str) or DIGEST.fullmatch(digest) is None:
        source.fail(name, shown(value), "an object with a digest")
    return digest
