"""Reads a certificate: its form, none of its claims. docs/certificate.md, section 3."""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import sys
import zlib
from array import array
from dataclasses import dataclass
from typing import Any, NoReturn

from .failure import fail
from .models import MAX_STATES

MAX_BYTES = 1 << 28
MAX_ITEMS = 20_000
"""Commas and brackets in the JSON text: far more than a certificate has, far less than what exhausts memory."""

LISTED = 1000
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
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Certificate:
    """The fields of a certificate of version 1; `class_of` is still packed (see `unpack`)."""

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


def read_certificate(path: str) -> Certificate:
    """The certificate in a file. Raises `Unreadable` unless its form is that of version 1."""
    fields = _fields(path)
    missing = [name for name in FIELDS if name not in fields]
    unknown = [name for name in fields if name not in FIELDS]
    for name, value in (("format", "lumpform-certificate"), ("version", 1), ("domain", "chain")):
        if type(fields.get(name)) is not type(value) or fields[name] != value:
            fail(path, name, _shown(fields.get(name)), repr(value))
    if missing or unknown:
        fail(
            path,
            (missing + unknown)[0],
            "no such field" if missing else "an unknown field",
            f"fields {', '.join(FIELDS)}",
        )
    one_of = _OneOf(path)
    respect = fields["respect"]
    if not isinstance(respect, list) or len(respect) > 3:
        fail(path, "respect", _shown(respect), "a list of 'labels', 'rewards', 'initial'")
    for item in respect:
        one_of("respect", item, ("labels", "rewards", "initial"))
    if fields["scales"] is not None:
        fail(path, "scales", _shown(fields["scales"]), "null for these kinds")
    if not isinstance(fields["generator"], dict):
        fail(path, "generator", _shown(fields["generator"]), "an object")
    bound = {name: _model_fields(path, name, fields[name], one_of) for name in ("original", "reduced")}
    return Certificate(
        path,
        one_of("kind", fields["kind"], ("ordinary", "exact", "strict")),
        one_of("semantics", fields["semantics"], ("generator", "rates")),
        tuple(respect),
        _count(path, "states", fields["states"]),
        _count(path, "classes", fields["classes"]),
        *bound["original"],
        *bound["reduced"],
        fields["class_of"],
    )


def unpack(certificate: Certificate) -> array[int]:
    """The state-to-class map: as many numbers as the certificate says there are states. Call once that is confirmed."""
    path, value, states = certificate.path, certificate.class_of, certificate.states
    if isinstance(value, list):
        if len(value) > LISTED:
            fail(path, "class_of", f"a list of {len(value)} numbers", f"at most {LISTED} in a list")
        if any(type(c) is not int or abs(c) > MAX_STATES for c in value):
            fail(path, "class_of", "an entry that is no class number", "integers")
        return array("i", value)
    if not isinstance(value, dict) or set(value) != {"encoding", "data"} or value["encoding"] != ENCODING:
        fail(path, "class_of", _shown(value), f"a list, or an object with encoding {ENCODING!r} and data")
    if not isinstance(value["data"], str):
        fail(path, "class_of.data", _shown(value["data"]), "a text in base64")
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(base64.b64decode(value["data"], validate=True), 4 * states + 1)
    except (binascii.Error, ValueError, zlib.error) as error:
        fail(path, "class_of.data", str(error), "base64 of zlib-compressed bytes")
    if not unpacker.eof or unpacker.unused_data or len(raw) % 4:
        fail(path, "class_of.data", "more, fewer or other bytes", f"{4 * states} bytes, compressed once")
    return _little_endian(raw)


def _little_endian(raw: bytes) -> array[int]:
    numbers = array("i")
    numbers.frombytes(raw)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _fields(path: str) -> dict[str, Any]:
    try:
        if not os.path.isfile(path):
            fail(path, "", "a directory" if os.path.isdir(path) else "no such file", "a certificate")
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        fail(path, "", str(error), "a readable certificate")
    if len(data) > MAX_BYTES:
        fail(path, "", f"more than {MAX_BYTES} bytes", "a smaller certificate")
    if sum(map(data.count, (b",", b"[", b"{"))) > MAX_ITEMS:
        fail(path, "", f"more than {MAX_ITEMS} items", "a certificate (long maps are compressed)")
    try:
        fields = json.loads(data.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        fail(path, f"line {error.lineno} column {error.colno}", error.msg, "a JSON object")
    except (ValueError, RecursionError) as error:
        fail(
            path,
            "",
            str(error) if isinstance(error, _Refused) else f"no usable JSON ({type(error).__name__})",
            "a JSON object in UTF-8",
        )
    if not isinstance(fields, dict):
        fail(path, "", _shown(fields), "a JSON object")
    return fields


class _Refused(ValueError):
    pass


def _refuse(name: str) -> NoReturn:
    raise _Refused(f"the number {name}")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise _Refused("a field given twice")
    return result


class _OneOf:
    def __init__(self, path: str) -> None:
        self.path = path

    def __call__(self, place: str, value: Any, allowed: tuple[str, ...]) -> str:
        if not isinstance(value, str) or value not in allowed:
            fail(self.path, place, _shown(value), f"one of {', '.join(allowed)}")
        return value


def _model_fields(path: str, name: str, value: Any, one_of: _OneOf) -> tuple[str, str]:
    if not isinstance(value, dict) or set(value) != {"kind", "digest"}:
        fail(path, name, _shown(value), "an object with kind and digest")
    digest = value["digest"]
    if not isinstance(digest, str) or _DIGEST.fullmatch(digest) is None:
        fail(path, f"{name}.digest", _shown(digest), "sha256: and 64 hexadecimal digits")
    return one_of(f"{name}.kind", value["kind"], ("dtmc", "ctmc")), digest


def _count(path: str, name: str, value: Any) -> int:
    if type(value) is not int or not 0 <= value <= MAX_STATES:
        fail(path, name, _shown(value), f"an integer from 0 to {MAX_STATES}")
    return value


def _shown(value: Any) -> str:
    """A JSON value for a message, without spelling out a large one."""
    if isinstance(value, list | dict):
        return f"{'a list' if isinstance(value, list) else 'an object'} of {len(value)} entries"
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 200:
        return f"an integer of {value.bit_length()} bits"
    return "nothing" if value is None else repr(value[:80] if isinstance(value, str) else value)
