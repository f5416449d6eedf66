"""Small files of every format, and each of them damaged in every place: one line, token, field or array at a time."""

from __future__ import annotations

import copy
import io
import json
import re
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

Files = dict[str, bytes]
"""The content of the files of one model, by name."""


def with_lines_damaged(files: Files) -> Iterator[tuple[str, Files]]:
    """Every line left out, given twice, and every word of it replaced by ``x`` and by ``9``."""
    for name, content in files.items():
        lines = content.decode().split("\n")
        for i, line in enumerate(lines[:-1]):
            edits = {"left out": [], "twice": [line, line]}
            for j, word in enumerate(line.split()):
                for other in ("x", "9"):
                    edits[f"{word} ({j}) is {other}"] = [line.replace(word, other, 1)]
            for what, instead in edits.items():
                damaged = "\n".join([*lines[:i], *instead, *lines[i + 1 :]])
                yield f"{name} {i + 1} {what}", files | {name: damaged.encode()}


def with_files_missing(files: Files) -> Iterator[tuple[str, Files]]:
    """Every file left out, empty, cut in the middle, with a NUL byte, and not UTF-8."""
    for name, content in files.items():
        yield f"{name} left out", {k: v for k, v in files.items() if k != name}
        half = content[: len(content) // 2]
        for what, other in {"empty": b"", "cut": half, "NUL": half + b"\0", "not UTF-8": half + b"\xff"}.items():
            yield f"{name} {what}", files | {name: other}


def packed(arrays: dict[str, Any]) -> bytes:
    """An archive of arrays; bytes are put in as they are."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, value in arrays.items():
            if isinstance(value, bytes):
                content = value
            else:
                stream = io.BytesIO()
                np.save(stream, value, allow_pickle=False)
                content = stream.getvalue()
            file.writestr(zipfile.ZipInfo(f"{name}.npy"), content)
    return buffer.getvalue()


def padded(saved: bytes, length: int) -> bytes:
    """A saved array whose header is filled up with spaces to a length."""
    end = 10 + int.from_bytes(saved[8:10], "little")
    return saved[:8] + length.to_bytes(2, "little") + saved[10:end].rstrip().ljust(length - 1) + b"\n" + saved[end:]


def with_arrays_damaged(arrays: dict[str, Any]) -> Iterator[tuple[str, Files]]:
    """Every array left out, of another type, length, shape or order, with another value, and damaged bytes."""
    for name, array in arrays.items():
        number = array.dtype.kind != "U"
        longer = np.append(array, array.reshape(-1)[-1:])
        raw = packed({name: array})
        start = raw.index(b"\x93NUMPY")
        saved = raw[start : start + 128 + array.nbytes]
        edits: dict[str, Any] = {
            "left out": None,
            "longer": longer,
            "empty": array.reshape(-1)[:0],
            "of two dimensions": np.stack([np.atleast_1d(array)] * 2),
            "of floats": np.ones(array.shape),
            "of halves": np.ones(array.shape, dtype=np.float16),
            "of big-endian halves": np.full(array.shape, 0.75, dtype=">f2"),
            "of entries without bytes": re.sub(rb"([<|].)\d+'", rb"\g<1>0'", saved, count=1),
            "of entries of three bytes": re.sub(rb"([<|].)\d+'", rb"\g<1>3'", saved, count=1),
            "of texts": np.full(array.shape, "one"),
            "of numbers beyond": np.full(array.shape, 7),
            "of threes": np.full(array.shape, 3),
            "of fours": np.full(array.shape, 4),
            "of tiny integers": np.full(array.shape, 1, dtype=np.int8),
            "of short integers": np.full(array.shape, 1, dtype=">u2"),
            "of bytes": np.full(array.shape, b"one"),
            "with a header of 10000 bytes": padded(saved, 10_000),
            "with a header of 10001 bytes": padded(saved, 10_001),
            "of version 2": saved[:6] + b"\2\0" + saved[8:10] + b"\0\0" + saved[10:],
            "of version 3": saved[:6] + b"\3\0" + saved[8:10] + b"\0\0" + saved[10:],
            "of version 4": saved[:6] + b"\4\0" + saved[8:10] + b"\0\0" + saved[10:],
            "of no characters": saved.replace(array.tobytes(), b"\xff" * array.nbytes) if not number else None,
            "negative": np.full(array.shape, -1),
            "not finite": np.full(array.shape, np.inf),
            "big-endian": array.astype(array.dtype.newbyteorder(">")),
            "complex": np.ones(array.shape, dtype=np.complex64),
            "cut": saved[:-1],
            "with bytes after it": saved + b"\0",
            "without a header": b"\x93NUMPX" + saved[6:],
            "of version 9": saved[:6] + b"\x09" + saved[7:],
            "with a long header": saved[:8] + b"\xff\xff" + saved[10:],
        }
        if number and array.size > 1:
            edits["with another value"] = np.concatenate((array[:1] + 1, array[1:]))
            edits["with a value beyond"] = np.concatenate((array[:1] + 7, array[1:]))
            edits["with a value below"] = np.concatenate((array[:1] * 0 + array[-1:], array[1:]))
        for what, instead in edits.items():
            changed = arrays | {name: instead}
            yield f"{name} {what}", {"model.npz": packed({k: v for k, v in changed.items() if v is not None})}


def odd_archives(arrays: dict[str, Any]) -> Iterator[tuple[str, Files]]:
    """Compressed, encrypted and doubled members, and names that are no arrays."""

    first = next(iter(arrays))

    def made(compression: int, more: dict[str, bytes], cut: int = 0) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", compression) as file:
            for name, value in arrays.items():
                stream = io.BytesIO()
                np.save(stream, value, allow_pickle=False)
                info = zipfile.ZipInfo(f"{name}.npy")
                info.compress_type = compression
                content = stream.getvalue()
                file.writestr(info, content[: -cut or None] if name == first else content)
            for name, content in more.items():
                file.writestr(zipfile.ZipInfo(name), content)
        return buffer.getvalue()

    yield "deflated", {"model.npz": made(zipfile.ZIP_DEFLATED, {})}
    yield "compressed otherwise", {"model.npz": made(zipfile.ZIP_BZIP2, {})}
    short = made(zipfile.ZIP_DEFLATED, {}, cut=4)
    place = short.index(b"PK\1\2") + 24  # the size of the first member in the directory
    size = int.from_bytes(short[place : place + 4], "little") + 4
    yield (
        "with an array shorter than it says",
        {"model.npz": short[:place] + size.to_bytes(4, "little") + short[place + 4 :]},
    )
    yield "with a text beside the arrays", {"model.npz": made(zipfile.ZIP_STORED, {"readme.txt": b"words"})}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of zipfile, about the name
        yield "with an array twice", {"model.npz": made(zipfile.ZIP_STORED, {f"{first}.npy": b""})}
    plain = made(zipfile.ZIP_STORED, {})
    for number, start in enumerate([m.start() for m in re.finditer(b"PK\1\2", plain)][:2]):
        flags = plain[: start + 8] + bytes([plain[start + 8] | 1]) + plain[start + 9 :]
        yield f"with member {number} encrypted", {"model.npz": flags}


def with_fields_damaged(certificate: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every value in a certificate left out, given twice in a list, or replaced by one of another kind."""
    for path in _paths(certificate):
        name = ".".join(map(str, path))
        for what in ("left out", "twice", None, "x", -1, 9, True, ["x"], {"x": 1}):
            result = copy.deepcopy(certificate)
            place: Any = result
            for key in path[:-1]:
                place = place[key]
            if what == "left out":
                del place[path[-1]]
            elif what == "twice" and not isinstance(place, list):
                continue
            elif what == "twice":
                place.insert(path[-1], place[path[-1]])
            else:
                place[path[-1]] = what
            yield f"{name} {what}" if what in ("left out", "twice") else f"{name} is {what}", result


def _paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield (*before, key)
        yield from _paths(inner, (*before, key))


def written(files: Files, folder: Path) -> Path:
    """Put the files into an empty folder; the path of the model."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return next(folder / name for name in ("model.drn", "model.tra", "model.npz") if (folder / name).exists())


def encoded(texts: dict[str, str]) -> Files:
    """Texts as bytes."""
    return {name: text.encode() for name, text in texts.items()}


def as_json(value: Any) -> bytes:
    """A certificate file."""
    return json.dumps(value).encode()
