"""Reads the header of a folder of shards. docs/certificate.md, section 2.3."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NoReturn

from ..certificate import shown
from ..failure import fail
from ..json_text import json_value
from ..limits import Limits
from ..rational import Pair, parse

NAME = "header.json"
FORMAT, VERSION = "lumpform-shards", 1
FIELDS = ("format", "version", "kind", "states", "transitions", "weights", "labels", "rewards", "initial", "shards")
SIZES = {"rows", "edges", "sha256"}

_FRACTION = re.compile(r"-?\d+(?:/\d+)?", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Shard:
    """Says how large a shard is, and the SHA-256 digest of its file."""

    rows: int
    edges: int
    sha256: str


@dataclass(frozen=True)
class Header:
    """Holds what a header says; numbers are pairs in lowest terms, in the order in which codes count them."""

    kind: str
    states: int
    transitions: int
    weights: list[Pair]
    labels: list[str]
    rewards: dict[str, list[Pair]]
    initial: list[Pair] | None
    shards: list[Shard]


def parse_header(path: str, data: bytes, limits: Limits) -> Header:
    """Return what the bytes of a header say; `Unreadable` unless it has its form and its sums agree."""
    if len(data) > limits.max_header_bytes:
        fail(path, "", f"more than {limits.max_header_bytes} bytes", "a smaller header of shards")
    if sum(map(data.count, (b",", b"[", b"{"))) > limits.max_header_items:
        fail(path, "", f"more than {limits.max_header_items} items", "fewer shards or numbers")
    return _Fields(path, json_value(path, data), limits).header()


class _Fields:
    """Takes the fields of a header, one after the other."""

    def __init__(self, path: str, value: Any, limits: Limits) -> None:
        self.path, self.value, self.limits = path, value, limits

    def header(self) -> Header:
        """Return the header, if it is one."""
        value = self.value
        if not isinstance(value, dict) or value.get("format") != FORMAT:
            self.fail("format", "no header of shards", f"a JSON object with the format {FORMAT!r}")
        if type(value.get("version")) is not int or value["version"] != VERSION:
            self.fail("version", shown(value.get("version")), f"{VERSION}")
        odd = sorted(value.keys() ^ set(FIELDS))
        if odd:
            what = "no such field" if odd[0] in FIELDS else "an unknown field"
            self.fail(odd[0], what, f"the fields {', '.join(FIELDS)}")
        if value["kind"] not in ("dtmc", "ctmc"):
            self.fail("kind", shown(value["kind"]), "dtmc or ctmc")
        states = self.count("states", value["states"], self.limits.max_states)
        transitions = self.count("transitions", value["transitions"])
        shards = [self.shard(f"shard {i}", entry) for i, entry in enumerate(self.list_of("shards", value["shards"]))]
        found = sum(s.rows for s in shards), sum(s.edges for s in shards)
        for name, said, there in zip(("states", "transitions"), (states, transitions), found, strict=True):
            if said != there:
                self.fail(name, f"{said}", f"{there}, the sum over the shards")
        weights = self.numbers("weights", value["weights"])
        if any(n <= 0 for n, _ in weights):
            self.fail("weights", "a weight that is not positive", "positive fractions")
        if not isinstance(value["rewards"], dict):
            self.fail("rewards", shown(value["rewards"]), "an object")
        rewards = {name: self.numbers(f"reward {name!r}", v) for name, v in value["rewards"].items()}
        self.names("rewards", list(rewards))
        initial = None if value["initial"] is None else self.numbers("initial", value["initial"])
        if initial is not None and any(n < 0 for n, _ in initial):
            self.fail("initial", "a negative probability", "fractions from 0 to 1")
        labels = self.names("labels", self.list_of("labels", value["labels"]))
        return Header(value["kind"], states, transitions, weights, labels, rewards, initial, shards)

    def shard(self, place: str, entry: Any) -> Shard:
        """Return the sizes and the digest of a shard."""
        if not isinstance(entry, dict) or entry.keys() != SIZES:
            self.fail(place, shown(entry), f"an object with {', '.join(sorted(SIZES))} and nothing else")
        rows = self.count(f"{place}, rows", entry["rows"], self.limits.max_states)
        if not rows:
            self.fail(f"{place}, rows", "0", "at least one row")
        edges, digest = self.count(f"{place}, edges", entry["edges"]), entry["sha256"]
        if not isinstance(digest, str) or _DIGEST.fullmatch(digest) is None:
            self.fail(f"{place}, sha256", shown(digest), "64 hexadecimal digits")
        return Shard(rows, edges, digest)

    def names(self, place: str, listed: list[Any]) -> list[str]:
        """Return names, each a text that can be printed and stands once."""
        for name in listed:
            if not isinstance(name, str) or not name or not name.isprintable():
                self.fail(place, shown(name), "printable names")
        if len(set(listed)) < len(listed):
            self.fail(place, "a name that stands twice", "names that differ")
        return listed

    def numbers(self, place: str, value: Any) -> list[Pair]:
        """Return different fractions."""
        result: list[Pair] = []
        for text in self.list_of(place, value):
            try:
                if not isinstance(text, str) or _FRACTION.fullmatch(text) is None:
                    raise ValueError
                result.append(parse(text, self.limits))
            except ValueError:
                self.fail(place, shown(text), "the text of a fraction")
        if len(set(result)) < len(result):
            self.fail(place, "a number that stands twice", "different numbers")
        return result

    def count(self, place: str, value: Any, most: int = 1 << 44) -> int:
        """Return an integer from 0 to `most`."""
        if type(value) is not int or not 0 <= value <= most:
            self.fail(place, shown(value), f"an integer from 0 to {most}")
        return value

    def list_of(self, place: str, value: Any) -> list[Any]:
        """Return a list."""
        if not isinstance(value, list):
            self.fail(place, shown(value), "a list")
        return value

    def fail(self, place: str, found: str, expected: str) -> NoReturn:
        """Raise `Unreadable` at a field."""
        fail(self.path, place, found, expected)
