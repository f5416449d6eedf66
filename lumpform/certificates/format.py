"""Writes certificates as JSON and reads them back, with the fields that all domains share.

Version 1, defined in docs/certificate.md (chains) and docs/certificate-networks.md; version 2, which only adds decision
processes, automata, differences and bounds, in docs/certificate-processes.md, -automata.md, -epsilon.md,
-reachability.md and -output.md. A certificate is a JSON object that binds itself to its models by their digests and
holds what was done: of chains the state-to-class map, as a list of numbers up to `LISTED` states, so that people can
read it, and as compressed bytes beyond. `python -m lumpform.checker MODEL REDUCED CERTIFICATE` judges it without this
module.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from lumpform._version import __version__
from lumpform.errors import FormatError, ModelError
from lumpform.files.atomic import replacement
from lumpform.files.json_text import json_object, whole_file
from lumpform.files.limits import LISTED, MAX_CERTIFICATE_BYTES, MAX_CERTIFICATE_ITEMS, MAX_DIGITS, MAX_STATES

FORMAT = "lumpform-certificate"
VERSION = 1
VERSIONS = {"mdp": 2, "automaton": 2, "difference": 2, "approximation": 2, "reachability": 2, "output": 2}
"""The version of the format, and that of the domains which have another one."""

ENCODING = "base64-zlib-int32"

COUNTS = {
    "network": ("nodes", "reduced_nodes"),
    "difference": ("nodes", "reduced_nodes"),
    "mdp": ("states", "classes", "choices", "reduced_choices"),
}
"""The fields that are counts, by domain; those of a chain are the first two of a process."""

Certificate = dict[str, Any]
"""The JSON object; its fields are listed in docs/certificate.md, section 3."""

GENERATOR = {"tool": "lumpform", "version": __version__}
"""The last field of a certificate: which program wrote it."""


def first_fields(domain: str) -> Certificate:
    """Return the fields with which a certificate about models of a domain begins."""
    return {"format": FORMAT, "version": VERSIONS.get(domain, VERSION), "domain": domain}


def listed_scales(scales: Sequence[Any] | None) -> list[list[Any]] | None:
    """Return the scales other than 1, as pairs of a number and a text; None without scales.

    Raises
    ------
    ModelError
        If a scale has more digits than a certificate may hold.
    """
    if scales is None:
        return None
    return [[s, _text(s, scale)] for s, scale in enumerate(scales) if scale != 1]


def _text(node: int, scale: Any) -> str:
    # Python refuses to write out more than 4300 digits; 13,300 bits are more than 4000.
    bits = max(scale.numerator.bit_length(), scale.denominator.bit_length())
    text = "" if bits > 13_300 else str(scale)
    if not 0 < len(text) <= MAX_DIGITS:
        raise ModelError(f"the scale of node {node} is too long for a certificate, expected up to {MAX_DIGITS} digits")
    return text


def encode_class_of(class_of: NDArray[Any]) -> Any:
    """Return the state-to-class map for JSON: a list, or ``{"encoding": ..., "data": ...}`` beyond `LISTED` states."""
    if len(class_of) <= LISTED:
        return [int(c) for c in class_of]
    packed = zlib.compress(np.ascontiguousarray(class_of, dtype="<i4").data, 6)
    return {"encoding": ENCODING, "data": base64.b64encode(packed).decode("ascii")}


def class_of_certificate(certificate: Certificate, path: str | Path = "certificate") -> NDArray[np.int32]:
    """Return the state-to-class map of a certificate, (states,) int32.

    Raises
    ------
    FormatError
        If the field is not what the format says, or its length is not the number of states.
    """
    states = _count(certificate, "states", path)
    value = certificate.get("class_of")
    if isinstance(value, list):
        return _listed(value, states, path)
    if not (isinstance(value, dict) and value.get("encoding") == ENCODING and isinstance(value.get("data"), str)):
        _fail(path, "class_of", type(value).__name__, f"a list or an object with encoding {ENCODING!r} and data")
    try:
        packed = base64.b64decode(value["data"], validate=True)
        unpacker = zlib.decompressobj()
        raw = unpacker.decompress(packed, 4 * states + 1)
    except (binascii.Error, ValueError, zlib.error) as error:
        _fail(path, "class_of.data", str(error), "base64 of zlib-compressed numbers")
    if len(raw) != 4 * states or not unpacker.eof or unpacker.unused_data:
        _fail(path, "class_of.data", f"{len(raw)} bytes or a damaged end", f"{4 * states} bytes")
    return np.frombuffer(raw, dtype="<i4").astype(np.int32)


def write_certificate(certificate: Certificate, path: str | Path) -> None:
    """Write a certificate; the file appears complete or not at all.

    Raises
    ------
    FormatError
        If the file cannot be written; an old file of that name is untouched then.
    """
    with replacement(path) as files, files.open(path) as file:
        file.write(certificate_bytes(certificate))


def certificate_bytes(certificate: Certificate) -> bytes:
    """Return the content of a certificate file: JSON, one field a line."""
    fields = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in certificate.items())
    return f"{{\n{fields}\n}}\n".encode("ascii")


def read_certificate(path: str | Path, items: int = MAX_CERTIFICATE_ITEMS) -> Certificate:
    """Return the certificate in a file of at most so many `items`, its form checked but none of its claims.

    Raises
    ------
    FormatError
        If the file is no JSON object of this format and version.
    """
    data = whole_file(path, MAX_CERTIFICATE_BYTES, "certificate")
    if sum(map(data.count, (b",", b"[", b"{"))) > items:
        _fail(path, "", f"more than {items} items", "a certificate (long maps are compressed)")
    certificate = json_object(path, data)
    if certificate.get("format") != FORMAT:
        _fail(path, "format", "no certificate", f'a JSON object with "format": "{FORMAT}"')
    domain = certificate.get("domain")
    domain = domain if isinstance(domain, str) else ""
    version = VERSIONS.get(domain, VERSION)
    if certificate.get("version") != version or isinstance(certificate.get("version"), bool):
        _fail(path, "version", repr(certificate.get("version")), f"{version}")
    for name in COUNTS.get(domain, ("states", "classes")):
        _count(certificate, name, path)
    return certificate


def _listed(value: list[Any], states: int, path: str | Path) -> NDArray[np.int32]:
    if len(value) > LISTED or len(value) != states:
        _fail(path, "class_of", f"a list of {len(value)} numbers", f"{states}, and at most {LISTED} in a list")
    if any(type(c) is not int or not 0 <= c <= MAX_STATES for c in value):
        _fail(path, "class_of", "an entry that is no class", "integers from 0")
    return np.array(value, dtype=np.int32)


def _count(certificate: Certificate, name: str, path: str | Path) -> int:
    value = certificate.get(name)
    if type(value) is not int or not 0 <= value <= MAX_STATES:
        _fail(path, name, repr(value), f"an integer from 0 to {MAX_STATES}")
    return value


def _fail(path: str | Path, place: str, found: str, expected: str) -> NoReturn:
    raise FormatError(path, place, found, expected)
