"""Checks what the index of a UMB file claims against the bytes that are there, before anything is decoded.

Every state, choice and branch that is claimed must be backed by an array, whose size follows from its type; so what is
decoded is never more than the archive holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from lumpform.errors import FormatError
from lumpform.files.limits import MAX_STATES, UMB_NUMBER_BITS
from lumpform.files.umb_archive import INDEX, members, parsed_index

_MEMBERS = re.compile(
    r"index\.json|state-to-choices\.bin|state-is-initial\.bin|state-is-markovian\.bin|state-to-exit-rate\.bin|"
    r"choice-to-branches\.bin|branch-to-target\.bin|branch-to-probability\.bin|"
    r"actions/choices/(values|string-mapping|strings)\.bin|annotations/(aps|rewards)/[^/]+/[^/]+/values\.bin"
)
_ENTITIES = {"aps": ("states",), "rewards": ("states", "choices", "branches")}
_BYTES = {"double": 8, "rational": 16}


@dataclass(frozen=True)
class Claims:
    """Holds what the index of a UMB file says, checked against the members of the archive.

    Attributes
    ----------
    path : str or Path
    index : dict
        The index without what is not decoded: valuations, other annotations, actions of branches.
    members : mapping from name to bytes
    notes : tuple of str
        What the file has besides.
    """

    path: str | Path
    index: dict[str, Any]
    members: Mapping[str, bytes]
    notes: tuple[str, ...]

    @property
    def system(self) -> dict[str, Any]:
        """Return the part that describes the transition system."""
        return self.index["transition-system"]

    def count(self, name: str) -> int:
        """Return how many there are of something: ``states``, ``choices``, ...; `FormatError` if that is no number."""
        value = self.system.get(f"#{name}")
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_STATES:
            self.fail(f"#{name}", repr(value), f"a number from 0 to {MAX_STATES}")
        return value

    def annotations(self, group: str) -> dict[str, dict[str, Any]]:
        """Return the annotations of a group by their identifiers."""
        return self.index["annotations"].get(group, {})

    def fail(self, place: str, found: str, expected: str) -> NoReturn:
        """Raise `FormatError` for a place in the index."""
        raise FormatError(self.path, f"{INDEX}, {place}", found, expected)


def read_claims(path: str | Path) -> Claims:
    """Unpack a UMB file and return what its index claims, checked. O(size).

    Raises
    ------
    FormatError
        With the member or the place in the index: a game, a partially observable model, intervals, a count that the
        bytes do not bear out.
    """
    found = members(path, lambda name: _MEMBERS.fullmatch(name) is not None)
    if INDEX not in found:
        raise FormatError(path, "", f"no member {INDEX}", "one, as every UMB file has")
    return _checked(path, parsed_index(path, found[INDEX]), found)


def _checked(path: str | Path, index: dict[str, Any], members: Mapping[str, bytes]) -> Claims:
    if not isinstance(index.get("transition-system"), dict):
        raise FormatError(path, INDEX, "no object transition-system", "one, as every UMB file has")
    kept, notes = _kept(path, index)
    claims = Claims(path, kept, members, notes)
    _check_kind(claims)
    _check_structure(claims)
    _check_actions(claims)
    for group in _ENTITIES:
        for name, annotation in claims.annotations(group).items():
            _check_annotation(claims, group, name, annotation)
    return claims


def _kept(path: str | Path, index: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the index without what is not decoded, and a note for what that is."""
    groups, notes = index.get("annotations") or {}, []
    if not isinstance(groups, dict) or not all(isinstance(group, dict) for group in groups.values()):
        raise FormatError(path, f"{INDEX}, annotations", "no object of objects", "groups of annotations")
    others = sorted(str(name) for name in groups if name not in _ENTITIES)
    if others:
        notes.append(f"annotations that are not read: {', '.join(others)[:200]}")
    system = dict(index["transition-system"])
    if system.get("#branch-actions") and system.get("branch-probability-type") is not None:
        notes.append("actions of branches are not read")
        system["#branch-actions"] = 0
    left_out = ("valuations", "annotations", "transition-system")
    kept = {key: value for key, value in index.items() if key not in left_out}
    return {
        **kept,
        "transition-system": system,
        "annotations": {g: groups[g] for g in _ENTITIES if g in groups},
    }, tuple(notes)


def _check_kind(claims: Claims) -> None:
    """Refuse by name what is neither a chain nor a decision process, a transition system or a Markov automaton."""
    system, players = claims.system, claims.count("players")
    if players > 1:
        claims.fail("#players", f"a game of {players} players", "0 (a chain) or 1 (a decision process)")
    if system.get("#observations"):
        claims.fail("#observations", "a partially observable model (POMDP)", "0: one that is observed in full")
    times = ("discrete", "stochastic", "urgent-stochastic")
    time = system.get("time")
    if time not in times:
        claims.fail("time", repr(time), "discrete, stochastic or urgent-stochastic")
    if players == 1 and time == "stochastic":
        claims.fail("time", "a CTMDP (stochastic time, one player)", "a decision process or a Markov automaton")
    if players == 0 and time == "urgent-stochastic":
        claims.fail("time", "a Markov automaton without players", "#players 1")
    if claims.count("branch-actions"):
        claims.fail("#branch-actions", "a transition system with actions of branches", "actions of choices")


def _check_structure(claims: Claims) -> None:
    """Compare the counts of states, choices and branches with the sizes of the arrays that list them."""
    n, choices, branches = claims.count("states"), claims.count("choices"), claims.count("branches")
    _check_mapping(claims, "state-to-choices.bin", n, "choices", choices)
    _check_mapping(claims, "choice-to-branches.bin", choices, "branches", branches)
    _check_size(claims, "branch-to-target.bin", 8 * branches)
    if claims.count("initial-states"):
        _check_size(claims, "state-is-initial.bin", _bits(n))
    system = claims.system
    for key, member, length in (
        ("branch-probability-type", "branch-to-probability.bin", branches),
        ("exit-rate-type", "state-to-exit-rate.bin", n),
    ):
        if system.get(key) is not None:
            _check_size(claims, member, length * _bytes_of(claims, key, system[key]))
    if system["time"] == "urgent-stochastic" and "state-is-markovian.bin" in claims.members:
        _check_size(claims, "state-is-markovian.bin", _bits(n))


def _check_mapping(claims: Claims, member: str, length: int, what: str, targets: int) -> None:
    """Compare the size of a mapping into ranges; without one every item has one target."""
    if member in claims.members:
        _check_size(claims, member, 8 * (length + 1))
    elif targets != length:
        claims.fail(f"#{what}", f"{targets} without a member {member}", f"{length}, one each")


def _check_actions(claims: Claims) -> None:
    count = claims.count("choice-actions")
    if not count:
        return
    values, mapping, strings = (f"actions/choices/{part}.bin" for part in ("values", "string-mapping", "strings"))
    if values in claims.members:
        _check_size(claims, values, 4 * claims.count("choices"))
    if mapping in claims.members:
        _check_size(claims, mapping, 8 * (count + 1))
        ends = np.frombuffer(claims.members[mapping], dtype="<u8")
        size = len(claims.members.get(strings, b""))
        if ends[0] != 0 or ends[-1] != size or (ends[1:] < ends[:-1]).any():
            raise FormatError(claims.path, mapping, "ranges that overlap or leave gaps", f"numbers from 0 to {size}")


def _check_annotation(claims: Claims, group: str, name: str, annotation: Any) -> None:
    place = f"annotations.{group}.{name}"
    if not isinstance(annotation, dict):
        claims.fail(place, "no object", "an annotation")
    applies, kind = annotation.get("applies-to"), annotation.get("type")
    known = _ENTITIES[group]
    if not isinstance(applies, list) or not applies or any(a not in known or applies.count(a) > 1 for a in applies[:4]):
        claims.fail(f"{place}.applies-to", json_text(applies), f"some of {', '.join(known)}, each once")
    if len(applies) > len(known) or annotation.get("probability-type") is not None:
        claims.fail(place, "distributions, or too many parts", "one value each")
    if group == "aps":
        if not isinstance(kind, dict) or kind not in ({"type": "bool"}, {"type": "bool", "size": 1}):
            claims.fail(f"{place}.type", json_text(kind), "bool, of one bit")
        kind["size"] = 1
    for entity in applies:
        length = claims.count(entity)
        size = _bits(length) if group == "aps" else length * _bytes_of(claims, f"{place}.type", kind)
        _check_size(claims, f"annotations/{group}/{name}/{entity}/values.bin", size)


def _check_size(claims: Claims, member: str, expected: int) -> None:
    if member not in claims.members and not expected:
        return
    content = claims.members.get(member)
    if content is None or len(content) != expected:
        found = "no such member" if content is None else f"{len(content)} bytes"
        raise FormatError(claims.path, member, found, f"the {expected} that {INDEX} claims")


def _bytes_of(claims: Claims, place: str, kind: Any) -> int:
    """Return how many bytes a number of a type takes; a size that is left out is written down, which umbi wants."""
    name = kind.get("type") if isinstance(kind, dict) else None
    if isinstance(name, str) and name.endswith("-interval"):
        claims.fail(place, f"intervals ({name})", "double or rational: intervals are not supported")
    if name not in _BYTES:
        claims.fail(place, json_text(kind), "double or rational")
    bits = kind.setdefault("size", 8 * _BYTES[name])
    if type(bits) is not int or bits <= 0 or bits % (8 * _BYTES[name]) or (name == "double" and bits != 64):
        claims.fail(f"{place}.size", repr(bits), f"{'64' if name == 'double' else 'a multiple of 128'} bits")
    if bits > UMB_NUMBER_BITS:
        claims.fail(f"{place}.size", f"numbers of {bits} bits", f"at most {UMB_NUMBER_BITS}")
    return bits // 8


def json_text(value: Any) -> str:
    """Return the beginning of a part of an index as JSON."""
    return json.dumps(value)[:80]


def _bits(count: int) -> int:
    """Return how many bytes a set of so many bits takes: a multiple of eight."""
    return (count + 63) // 64 * 8
