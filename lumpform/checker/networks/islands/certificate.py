"""Reads the certificate of a file with islands: its form, none of its claims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...certificate import Source, check_generator, shown
from ...limits import Limits
from ..certificate import NetworkCertificate, read_network_certificate

FIELDS = ("format", "version", "domain", "islands", "generator")
PLACE = ("inputs", "outputs", "rows", "network")
MOST = 1 << 16
"""Islands, and tensors at the border of one."""

Sides = tuple[int | str, ...]


@dataclass(frozen=True)
class Claim:
    """Says where an island lies, what shapes its inputs are taken to have, and what is claimed of it."""

    inputs: tuple[tuple[str, Sides], ...]
    outputs: tuple[str, ...]
    rows: bool
    network: NetworkCertificate


def read_claims(path: str, fields: dict[str, Any], limits: Limits) -> list[Claim]:
    """Return what a certificate with these fields claims. Raises `Unreadable` unless its form is right."""
    source = Source(path, limits)
    source.named(fields, FIELDS)
    check_generator(source, fields["generator"])
    listed = source.list_of("islands", fields["islands"], MOST)
    return [_claim(source, f"islands[{k}]", value, fields) for k, value in enumerate(listed)]


def _claim(source: Source, place: str, value: Any, fields: dict[str, Any]) -> Claim:
    if not isinstance(value, dict) or set(value) != set(PLACE):
        source.fail(place, shown(value), f"an object with the fields {', '.join(PLACE)}")
    inputs = tuple(_input(source, f"{place}.inputs", v) for v in source.list_of(place, value["inputs"], MOST))
    outputs = tuple(_name(source, f"{place}.outputs", v) for v in source.list_of(place, value["outputs"], MOST))
    names = [*(name for name, _ in inputs), *outputs]
    if not inputs or not outputs or len(set(names)) < len(names):
        source.fail(place, "no inputs, no outputs, or a name twice", "different names, at least one of each")
    if not isinstance(value["rows"], bool):
        source.fail(f"{place}.rows", shown(value["rows"]), "true or false")
    _check_sides(source, f"{place}.inputs", inputs, value["rows"])
    inner = value["network"]
    if not isinstance(inner, dict):
        source.fail(f"{place}.network", shown(inner), "an object")
    whole = {"format": fields["format"], "version": 1, "domain": "network", "generator": fields["generator"], **inner}
    return Claim(inputs, outputs, value["rows"], read_network_certificate(source.path, whole, source.limits))


def _input(source: Source, place: str, value: Any) -> tuple[str, Sides]:
    if not isinstance(value, list) or len(value) != 2:
        source.fail(place, shown(value), "a name and a list of sizes")
    sides = source.list_of(place, value[1], 64)
    for side in sides:
        known = isinstance(side, str) or (type(side) is int and 0 < side <= source.limits.max_side)
        if not known:
            source.fail(place, shown(side), "positive sizes, or texts for open ones")
    return _name(source, place, value[0]), tuple(sides)


def _check_sides(source: Source, place: str, inputs: tuple[tuple[str, Sides], ...], rows: bool) -> None:
    """Refuse shapes that no network is read from: open sizes but the first, or different rows."""
    if rows:
        fronts = {sides[:-1] for _, sides in inputs}
        if len(fronts) > 1 or any(len(sides) < 3 or not isinstance(sides[-1], int) for _, sides in inputs):
            source.fail(place, "tensors with different rows", "the same sizes but for the last, and that as a number")
        return
    first = {side for _, sides in inputs for side in sides[:1] if isinstance(side, str)}
    if len(first) > 1 or any(isinstance(side, str) for _, sides in inputs for side in sides[1:]):
        source.fail(place, "several open sizes", "one, that of the samples, as the first")


def _name(source: Source, place: str, value: Any) -> str:
    if not isinstance(value, str) or not value or len(value) > 10_000:
        source.fail(place, shown(value), "the name of a tensor")
    return value
