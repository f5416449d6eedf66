"""Reads and writes the header of a folder of shards: what the chain is, and how large every shard is.

The header is a JSON object in ``header.json``, with exactly these fields:

=============  =======================================================================================================
format         ``lumpform-shards``
version        1
kind           ``dtmc`` or ``ctmc`` (rates)
states         number of states
transitions    number of transitions
weights        the distinct weights, texts of positive fractions: ``["1/3", "2/3"]``
labels         names of the labels
rewards        for every reward, the texts of the values that occur
initial        the texts of the initial probabilities that occur, or null for none
shards         for every shard its ``rows``, ``edges`` and the ``sha256`` of its file, in the order of the states
=============  =======================================================================================================

Shard number i is the file ``%05d.shard`` beside it, described in `lumpform.shards.layout`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

from lumpform.chains.kinds import ChainKind
from lumpform.errors import FormatError, ModelError
from lumpform.files.json_text import json_object, whole_file
from lumpform.files.limits import (
    MAX_DIGITS,
    MAX_NAMES,
    MAX_SHARD_EDGES,
    MAX_SHARD_HEADER,
    MAX_SHARD_STATES,
    MAX_STATES,
)
from lumpform.numbers.numerals import number_text

FORMAT, VERSION = "lumpform-shards", 1
HEADER = "header.json"
FIELDS = ("format", "version", "kind", "states", "transitions", "weights", "labels", "rewards", "initial", "shards")

_FRACTION = re.compile(rf"-?[0-9]{{1,{MAX_DIGITS}}}(?:/[0-9]{{1,{MAX_DIGITS}}})?")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Shard:
    """Says how large a shard is: its rows and edges, and the SHA-256 digest of its file in hexadecimal."""

    rows: int
    edges: int
    sha256: str


@dataclass(frozen=True)
class Header:
    """Holds what a header says; see the table above."""

    kind: ChainKind
    states: int
    transitions: int
    weights: tuple[Fraction, ...]
    labels: tuple[str, ...]
    rewards: dict[str, tuple[Fraction, ...]]
    initial: tuple[Fraction, ...] | None
    shards: tuple[Shard, ...]

    def encode(self) -> bytes:
        """Return the content of the file.

        Raises
        ------
        ModelError
            If a number or the whole is longer than a reader accepts.
        """
        fields = {
            "format": FORMAT,
            "version": VERSION,
            "kind": self.kind,
            "states": self.states,
            "transitions": self.transitions,
            "weights": [number_text(v) for v in self.weights],
            "labels": list(self.labels),
            "rewards": {name: [number_text(v) for v in values] for name, values in self.rewards.items()},
            "initial": None if self.initial is None else [number_text(v) for v in self.initial],
            "shards": [{"rows": s.rows, "edges": s.edges, "sha256": s.sha256} for s in self.shards],
        }
        text = ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in fields.items())
        data = f"{{\n{text}\n}}\n".encode("ascii")
        if len(data) > MAX_SHARD_HEADER:
            raise ModelError(f"a header of {len(data)} bytes, expected at most {MAX_SHARD_HEADER}: fewer numbers")
        return data


def read_header(folder: Path) -> tuple[Header, bytes]:
    """Return the header of a folder of shards, and its bytes.

    Raises
    ------
    FormatError
        If there is none, or it contradicts itself.
    """
    path = folder / HEADER
    data = whole_file(path, MAX_SHARD_HEADER, "header of shards")
    return _Fields(path, json_object(path, data)).header(), data


class _Fields:
    """Checks the fields of a header, one after the other."""

    def __init__(self, path: Path, value: dict[str, Any]) -> None:
        self.path, self.value = path, value
        if value.get("format") != FORMAT:
            self.fail("format", "no header of shards", f'a JSON object with "format": "{FORMAT}"')
        if type(value.get("version")) is not int or value["version"] != VERSION:
            self.fail("version", repr(value.get("version")), f"{VERSION}")
        if set(value) != set(FIELDS):
            odd = sorted(set(value) ^ set(FIELDS))[0]
            self.fail(odd, "no such field" if odd in FIELDS else "an unknown field", f"the fields {', '.join(FIELDS)}")

    def header(self) -> Header:
        """Return the header, if everything holds that it must."""
        if self.value["kind"] not in ("dtmc", "ctmc"):
            self.fail("kind", repr(self.value["kind"]), "'dtmc' or 'ctmc'")
        states = self.count("states", self.value["states"], MAX_SHARD_STATES)
        transitions = self.count("transitions", self.value["transitions"], MAX_SHARD_EDGES)
        shards = self.shards()
        for name, total, parts in (
            ("states", states, sum(s.rows for s in shards)),
            ("transitions", transitions, sum(s.edges for s in shards)),
        ):
            if parts != total:
                self.fail(name, f"{total}, but {parts} in the shards", "the sum over the shards")
        weights = self.numbers("weights", self.value["weights"])
        if any(v <= 0 for v in weights):
            self.fail("weights", "a weight that is not positive", "positive fractions")
        rewards = self.value["rewards"]
        if not isinstance(rewards, dict):
            self.fail("rewards", type(rewards).__name__, "an object")
        self.names("rewards", list(rewards))
        initial = self.value["initial"]
        values = None if initial is None else self.numbers("initial", initial)
        if values is not None and any(v < 0 for v in values):
            self.fail("initial", "a negative probability", "fractions from 0 to 1")
        return Header(
            self.value["kind"],
            states,
            transitions,
            weights,
            self.names("labels", self.value["labels"]),
            {name: self.numbers(f"reward {name}", column) for name, column in rewards.items()},
            values,
            shards,
        )

    def shards(self) -> tuple[Shard, ...]:
        """Return the sizes of the shards; none is empty."""
        listed, result = self.value["shards"], []
        if not isinstance(listed, list):
            self.fail("shards", type(listed).__name__, "a list")
        for i, entry in enumerate(listed):
            place = f"shard {i}"
            if not isinstance(entry, dict) or set(entry) != {"rows", "edges", "sha256"}:
                self.fail(place, "another entry", "an object with rows, edges and sha256")
            rows = self.count(f"{place} rows", entry["rows"], MAX_STATES)
            edges = self.count(f"{place} edges", entry["edges"], MAX_SHARD_EDGES)
            if rows == 0:
                self.fail(place, "no rows", "at least one")
            if not isinstance(entry["sha256"], str) or not _DIGEST.fullmatch(entry["sha256"]):
                self.fail(place, repr(entry["sha256"]), "64 hexadecimal digits")
            result.append(Shard(rows, edges, entry["sha256"]))
        return tuple(result)

    def names(self, field: str, listed: Any) -> tuple[str, ...]:
        """Return names that can be shown, each once."""
        if not isinstance(listed, list) or len(listed) > MAX_NAMES:
            self.fail(field, "another value", f"a list of at most {MAX_NAMES} names")
        bad = [n for n in listed if not (isinstance(n, str) and n and n.isprintable())]
        if bad or len(set(listed)) < len(listed):
            self.fail(field, repr(bad[0]) if bad else "a name that stands twice", "different printable names")
        return tuple(listed)

    def numbers(self, field: str, listed: Any) -> tuple[Fraction, ...]:
        """Return distinct fractions in lowest terms."""
        if not isinstance(listed, list):
            self.fail(field, type(listed).__name__, "a list of fractions")
        result = []
        for text in listed:
            match = _FRACTION.fullmatch(text) if isinstance(text, str) and len(text) <= MAX_DIGITS else None
            below = text.partition("/")[2] if match else "0"
            if below and not below.strip("0"):
                self.fail(field, repr(text)[:60], "the text of a fraction")
            result.append(Fraction(text))
        if len(set(result)) < len(result):
            self.fail(field, "a number that stands twice", "different numbers")
        return tuple(result)

    def count(self, place: str, value: Any, most: int) -> int:
        """Return a number from 0 to `most`."""
        if type(value) is not int or not 0 <= value <= most:
            self.fail(place, repr(value)[:60], f"an integer from 0 to {most}")
        return value

    def fail(self, place: str, found: str, expected: str) -> NoReturn:
        """Raise `FormatError` at a field."""
        raise FormatError(self.path, place, found, expected)
