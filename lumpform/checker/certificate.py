"""Reads a certificate: its form, none of its claims. docs/certificate.md, section 3."""

from __future__ import annotations

import base64
import binascii
import re
import sys
import zlib
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from .arrays import STATE
from .effort import TooLarge
from .failure import fail, require_file
from .json_text import json_value
from .limits import DEFAULT, Limits
from .rational import Pair, parse
from .words import counted

DOMAINS = {"chain": 1, "mdp": 2, "automaton": 2, "network": 1, "islands": 1, "difference": 2, "approximation": 2}
"""Domains and the version of the format in which they are certified."""

SCALED = ("proportional", "proportional-exact")
KINDS = ("ordinary", "exact", "strict", *SCALED)

ENCODING = "base64-zlib-int32"
FIELDS = (
    "format",
    "version",
    "domain",
    "kind",
    "semantics",
    "respect",
    "states",
    "classes",
    "original",
    "reduced",
    "class_of",
    "scales",
    "generator",
)
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Certificate:
    """Holds the fields of a certificate; `class_of` is still packed (see `unpack`)."""

    path: str
    kind: str
    semantics: str
    respect: tuple[str, ...]
    states: int
    classes: int
    original_kind: str
    original_digest: str
    reduced_kind: str
    reduced_digest: str
    class_of: Any
    scales: dict[int, Pair]

    @property
    def respects(self) -> str:
        """Return what is respected, for a verdict."""
        return ", ".join(sorted(set(self.respect))) or "nothing"


class Source:
    """Reads values of one certificate: each is returned if it has the right form, and else refused.

    Attributes
    ----------
    path : str
        The certificate, for messages.
    limits : Limits
    """

    def __init__(self, path: str, limits: Limits = DEFAULT) -> None:
        self.path, self.limits = path, limits

    def fail(self, place: str, found: str, expected: str) -> NoReturn:
        """Raise `Unreadable` about a place of the certificate."""
        fail(self.path, place, found, expected)

    def named(self, fields: Mapping[str, Any], names: Sequence[str]) -> None:
        """Raise `Unreadable` unless a certificate has exactly these fields, none missing and none unknown."""
        missing = [name for name in names if name not in fields]
        unknown = [name for name in fields if name not in names]
        if missing or unknown:
            what = "no such field" if missing else "an unknown field"
            self.fail((missing + unknown)[0], what, f"fields {', '.join(names)}")

    def one_of(self, place: str, value: Any, allowed: tuple[str, ...]) -> str:
        """Return a text that is one of a few."""
        if not isinstance(value, str) or value not in allowed:
            self.fail(place, shown(value), f"one of {', '.join(allowed)}")
        return value

    def count(self, place: str, value: Any) -> int:
        """Return an integer from 0 on that can number a state."""
        if type(value) is not int or not 0 <= value <= self.limits.max_states:
            self.fail(place, shown(value), f"an integer from 0 to {self.limits.max_states}")
        return value

    def list_of(self, place: str, value: Any, most: int = 1 << 24) -> list[Any]:
        """Return a list that is not too long."""
        if not isinstance(value, list) or len(value) > most:
            self.fail(place, shown(value), f"a list of at most {most}")
        return value

    def numbers(self, place: str, value: Any) -> dict[int, Pair]:
        """Return pairs of a node and an exact number, as a mapping."""
        result: dict[int, Pair] = {}
        for entry in self.list_of(place, value):
            if not isinstance(entry, list) or len(entry) != 2:
                self.fail(place, shown(entry), "a node and a number")
            node = self.count(place, entry[0])
            if node in result:
                self.fail(place, f"node {node} twice", "every node once")
            result[node] = self.number(place, entry[1])
        return result

    def number(self, place: str, value: Any) -> Pair:
        """Return an exact number that is a text."""
        try:
            if not isinstance(value, str):
                raise ValueError
            return parse(value, self.limits)
        except TooLarge as error:
            self.fail(place, str(error), "numbers of a moderate size")
        except ValueError:
            most = self.limits.max_digits
            if isinstance(value, str) and len(value) > most:
                self.fail(place, f"a number of {len(value)} characters", f"at most {most}")
            self.fail(place, shown(value), "an exact number as a text")


def read_certificate(path: str, fields: dict[str, Any], limits: Limits = DEFAULT) -> Certificate:
    """Return the certificate of a chain. Raises `Unreadable` unless its form is that of version 1."""
    source = Source(path, limits)
    source.named(fields, FIELDS)
    respect = respected(source, fields["respect"], ("labels", "rewards", "initial"))
    check_generator(source, fields["generator"])
    kind = source.one_of("kind", fields["kind"], KINDS)
    bound = {name: bound_to(source, name, fields[name], ("dtmc", "ctmc")) for name in ("original", "reduced")}
    return Certificate(
        path,
        kind,
        source.one_of("semantics", fields["semantics"], ("generator", "rates")),
        respect,
        source.count("states", fields["states"]),
        source.count("classes", fields["classes"]),
        *bound["original"],
        *bound["reduced"],
        fields["class_of"],
        _scales(source, kind, fields["scales"]),
    )


def _scales(source: Source, kind: str, value: Any) -> dict[int, Pair]:
    """Return the scales other than 1 of a kind that has scales."""
    if kind not in SCALED:
        if value is not None:
            source.fail("scales", shown(value), f"null for the kind {kind}")
        return {}
    return source.numbers("scales", value)


def respected(source: Source, value: Any, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return what a certificate says is respected, some of a few names."""
    if not isinstance(value, list) or len(value) > len(names):
        source.fail("respect", shown(value), f"a list of {', '.join(map(repr, names))}")
    return tuple(source.one_of("respect", item, names) for item in value)


def check_generator(source: Source, value: Any) -> None:
    """Raise `Unreadable` unless the field that says who wrote it is an object."""
    if not isinstance(value, dict):
        source.fail("generator", shown(value), "an object")


def bound_to(source: Source, name: str, value: Any, kinds: tuple[str, ...]) -> tuple[str, str]:
    """Return the kind and the digest of a model that a certificate is about."""
    if not isinstance(value, dict) or set(value) != {"kind", "digest"}:
        source.fail(name, shown(value), "an object with kind and digest")
    digest = value["digest"]
    if not isinstance(digest, str) or DIGEST.fullmatch(digest) is None:
        source.fail(f"{name}.digest", shown(digest), "sha256: and 64 hexadecimal digits")
    return source.one_of(f"{name}.kind", value["kind"], kinds), digest


def unpack(certificate: Certificate, limits: Limits = DEFAULT) -> array[int]:
    """Return the state-to-class map: as many numbers as there are states. Call once that count is confirmed."""
    return unpack_map(certificate.path, certificate.class_of, certificate.states, limits)


def unpack_map(path: str, value: Any, states: int, limits: Limits = DEFAULT, name: str = "class_of") -> array[int]:
    """Return a map of `states` entries (or an honest number of others), as a list or packed; `name` is its field."""
    if isinstance(value, list):
        if len(value) > limits.listed:
            fail(path, name, f"a list of {counted(len(value), 'number')}", f"at most {limits.listed} in a list")
        if any(type(c) is not int or abs(c) > limits.max_states for c in value):
            fail(path, name, "an entry that is no class number", "integers")
        return array(STATE, value)
    if not isinstance(value, dict) or set(value) != {"encoding", "data"} or value["encoding"] != ENCODING:
        fail(path, name, shown(value), f"a list, or an object with encoding {ENCODING!r} and data")
    if not isinstance(value["data"], str):
        fail(path, f"{name}.data", shown(value["data"]), "a text in base64")
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(base64.b64decode(value["data"], validate=True), 4 * states + 1)
    except (binascii.Error, ValueError, zlib.error) as error:
        fail(path, f"{name}.data", str(error), "base64 of zlib-compressed bytes")
    if not unpacker.eof or unpacker.unused_data or len(raw) % 4:
        fail(path, f"{name}.data", "more, fewer or other bytes", f"{4 * states} bytes, compressed once")
    return _little_endian(raw)


def _little_endian(raw: bytes) -> array[int]:
    numbers = array(STATE)
    numbers.frombytes(raw)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def read_fields(path: str, limits: Limits = DEFAULT, domains: Mapping[str, int] = DOMAINS) -> dict[str, Any]:
    """Return the fields of a certificate of this format, of one of some domains in its version."""
    fields = _fields(path, limits)
    check_format(path, fields, domains)
    return fields


def check_format(path: str, fields: dict[str, Any], domains: Mapping[str, int] = DOMAINS) -> None:
    """Raise `Unreadable` unless format, version and domain are among those that are expected."""
    domain = fields.get("domain")
    version = domains.get(domain) if isinstance(domain, str) else None
    if version is None:  # the domain is what is wrong, if the version is one of ours
        version = fields.get("version") if fields.get("version") in domains.values() else min(domains.values())
    for name, value in (("format", "lumpform-certificate"), ("version", version)):
        if type(fields.get(name)) is not type(value) or fields[name] != value:
            fail(path, name, shown(fields.get(name)), repr(value))
    if not isinstance(domain, str) or domain not in domains:
        fail(path, "domain", shown(domain), " or ".join(map(repr, domains)))


def _fields(path: str, limits: Limits = DEFAULT) -> dict[str, Any]:
    most, items = limits.max_certificate_bytes, limits.max_certificate_items
    try:
        require_file(path, "a certificate")
        with open(path, "rb") as file:
            data = file.read(most + 1)
    except (OSError, ValueError) as error:
        fail(path, "", str(error), "a readable certificate")
    if len(data) > most:
        fail(path, "", f"more than {most} bytes", "a smaller certificate")
    if sum(map(data.count, (b",", b"[", b"{"))) > items:
        fail(path, "", f"more than {items} items", "a certificate (long maps are compressed)")
    fields = json_value(path, data)
    if not isinstance(fields, dict):
        fail(path, "", shown(fields), "a JSON object")
    return fields


def shown(value: Any) -> str:
    """Return a JSON value for a message, without spelling out a large one."""
    if isinstance(value, list | dict):
        return f"{'a list' if isinstance(value, list) else 'an object'} of {counted(len(value), 'entry')}"
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 200:
        return f"an integer of {value.bit_length()} bits"
    return "nothing" if value is None else repr(value[:80] if isinstance(value, str) else value)
