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

DRN = """// a comment
@type: CTMC
@value_type: rational
@parameters

@placeholders
$x : 1/2
@reward_models
cost energy
@nr_states
3
@nr_choices
3
@model
state 0 !5/2 [1, 0.5] init "a b" up
\taction 0 [2, 1/3]
\t\t1 : 2
\t\t2 : $x
state 1 !3 [0, 3] up
\taction "go on"
\t\t0 : 1
\t\t2 : 2
state 2 [0, 0]
\taction 0
\t\t0 : 1
"""

DTMC = """@type: DTMC
@parameters
p q
@reward_models

@nr_states
3
@model
state 0 init
 action 0
  1 : p*(1-q)
  2 : 1-p+p*q
state 1 good
 action 0
  1 : 1
state 2
 action 0
  0 : 2*q/4
  1 : 1/2
  2 : .5-q^1/2
"""

PARAMETRIC = {
    "model.drn": """@type: CTMC
@parameters
a b
@reward_models
r
@nr_states
4
@model
state 0 [0]
 action 0
  1 : a
  2 : a*b
state 1 [a]
 action 0
  0 : a+b
  3 : 1/2
state 2 [a]
 action 0
  0 : b+a
  3 : .5
state 3 [b]
 action 0
  0 : 2*a
""",
    "reduced.drn": """@type: CTMC
@parameters
a b
@reward_models
r
@nr_states
3
@model
state 0 [0]
 action 0
  1 : a*(1+b)
state 1 [a]
 action 0
  0 : a+b
  2 : 1/2
state 2 [b]
 action 0
  0 : 2*a
""",
}
"""A chain with parameters and its quotient, classes {0}, {1, 2}, {3}."""

UNNAMED = """@type: DTMC
@reward_models
 cost
@nr_states
2
@model
state 0 [3, 4]
 action 0 [1, 2]
  1 : 1
state 1 [5, 6]
 action 0 [7, 8]
  0 : 1
"""

DOUBLES = """@type: ctmc
@reward_models

@nr_states
3
@model
state 0 !0.3333333333333 [1] init
 action 0
  0 : 0
  1 : 0.1111111111111
  2 : 0.2222222222222
state 1 !1e300 [0.5]
 action 0 [2]
  0 : 5e299
  2 : 5e299
  0 : 0
state 2 !0
 action 0 [7]
"""

TRA = {
    "model.tra": "3 5\n0 1 0.5\n0 2 1/2\n1 2 1 name\n2 0 1e-1\n2 1 0.9\n",
    "model.lab": '0="init" 1="up"  2="a b"\n0: 0 1\n2: 2\n',
    "model.srew": '# Reward structure "cost"\n3 2\n0 1.5\n2 1/3\n',
    "model.trew": "3 2\n0 1 2\n2 0 3\n",
    "model1.srew": '# Reward structure "energy"\n3 1\n1 7\n',
}


GENERATORS = {
    "as it is": [{0: -2.5, 1: 2, 2: 0.5}, {0: 0.25, 1: -0.25}, {}],
    "another sum": [{0: -2.5, 1: 3, 2: 0.5}, {0: 0.25, 1: -0.25}, {}],
    "a sum in the last row": [{0: -2.5, 1: 2, 2: 0.5}, {0: 0.25, 1: -0.25}, {2: -1}],
    "a positive diagonal": [{0: 2.5, 1: 2, 2: 0.5}, {0: 0.25, 1: -0.25}, {}],
    "a tiny diagonal": [{0: 2.5, 1: 2, 2: 0.5}, {0: 0.25, 1: 0.5}, {2: 2**-1000}],
    "rates with self-loops": [{0: 2.5, 1: 2, 2: 0.5}, {0: 0.25, 1: 0.25}, {}],
    "a negative entry": [{0: 2.5, 1: 2, 2: 0.5}, {0: -0.25, 1: 0.25}, {}],
    "a negative entry beside a diagonal": [{0: -1, 1: 2, 2: -1}, {0: 0.25, 1: -0.25}, {}],
    "rows in another order": [{2: 0.5, 1: 2, 0: -2.5}, {1: -0.25, 0: 0.25}, {}],
    "a zero on the diagonal": [{0: -2.5, 1: 2, 2: 0.5}, {0: 0.25, 1: -0.25}, {2: 0}],
    "entries behind the diagonal": [{0: -2.5, 1: 2, 2: 0.5}, {1: -0.25, 2: 0.25}, {0: 7, 2: -7}],
    "the last row alone": [{}, {}, {0: 7, 1: 1, 2: -8}],
    "no entries": [{}, {}, {}],
}
"""Rows of matrices of a CTMC, some of them generators."""


def with_rows(rows: list[dict[int, float]]) -> dict[str, Any]:
    """The arrays of a CTMC with these rows."""
    return {
        "kind": np.array("ctmc"),
        "indptr": np.cumsum([0, *map(len, rows)]),
        "indices": np.array([target for row in rows for target in row], dtype=np.int64),
        "data": np.array([rate for row in rows for rate in row.values()], dtype=np.float64),
    }


WORDS = [
    ("@type: DTMC", "@type: DTMC\n@colour\nred"),
    ("@type: DTMC", "@type: DTMC\n@colour: red"),
    ("@type: DTMC", "text before\n@type: DTMC"),
    ("@type: DTMC", "@type: dtmc"),
    ("@type: DTMC", "@type: Ctmc"),
    ("p q", "p p"),
    ("p q", "p q 1r"),
    ("p q", "p q " + " ".join(f"r{i}" for i in range(98))),
    ("p q", "p q " + " ".join(f"r{i}" for i in range(99))),
    ("@reward_models\n\n", "@reward_models\na b\na\n"),
    ("@reward_models\n\n", "@reward_models\n" + " ".join(f"r{i}" for i in range(200)) + "\n"),
    ("@nr_states\n3", "@nr_states\n2"),
    ("@nr_states\n3", "@nr_states\n4"),
    ("@nr_states\n3", "@placeholders\n$x : p : 2\n$y\n@nr_states\n3"),
    ("@nr_states\n3", "@nr_states\n1000000"),
    ("@nr_states\n3", "@nr_states\n3\n@nr_choices\n4"),
    ("@nr_states\n3", "@nr_states\n3\n@value_type\nexact"),
    ("@nr_states\n3", "@nr_states\n3\n@value_type\nfloat"),
    ("state 0 init", "state 0 !1 init"),
    ("state 0 init", "state 0 ! init"),
    ("state 0 init", "state 0 [] init"),
    ("state 0 init", "state 0 [1] init"),
    ("state 0 init", "state 0 init // a comment"),
    ("state 0 init", "// a comment\n\nstate 0 init init deadlock"),
    ("state 1 good", "  // a comment\n \t \nstate 1 good"),
    ("state 1 good", "nothing\nstate 1 good"),
    ("state 1 good", "state 1 action"),
    ("state 2", "  1 : 1\nstate 2"),
    (" action 0\n  1 : 1\n", "  1 : 1\n"),
    (" action 0\n  1 : 1\n", " action 0\n action 1\n  1 : 1\n"),
    ("  1 : 1\n", "  3 : 1\n"),
    ("  1 : 1\n", "  1 : $x\n"),
    ("  1 : 1\n", "  1 : 1\n  0 : 0\n  2 : p-p\n"),
    ("  1 : 1\n", "  1 : p\n"),
    ("  1 : 1\n", "  1 : -1\n  0 : 2\n"),
    ("  1 : 1\n", "  1 : 1-p\n  0 : p\n"),
    ("  1 : 1\n", "  1 : 1/3\n  0 : 1/3\n  2 : 1/3\n"),
]
"""Changes of `DTMC`, each with words of its own."""


def archive() -> dict[str, Any]:
    """The arrays of a chain."""
    return {
        "kind": np.array("dtmc"),
        "indptr": np.array([0, 2, 3, 5]),
        "indices": np.array([1, 2, 2, 0, 1], dtype=np.int32),
        "val_index": np.array([1, 1, 2, 0, 3], dtype=np.uint8),
        "val_num": np.array(["1", "1", "1", "0.9"]),
        "val_den": np.array(["10", "2", "1", "1"]),
        "label_init": np.array([1, 0, 0], dtype=np.uint8),
        "label_up": np.array([1, 0, 1], dtype=np.int64),
        "initial_states": np.array([0, 2]),
        "initial_num": np.array(["1", "2"]),
        "initial_den": np.array(["3", "3"]),
        "reward_cost": np.array([0.5, 1.0, 2.0]),
        "reward_energy": np.array([0.1, 0.1, 0.0], dtype=np.float32),
        "rewardindex_energy": np.array([1, 1, 0]),
        "rewardnum_energy": np.array(["0", "-1"]),
        "rewardden_energy": np.array(["1", "-10"]),
    }


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

    def made(compression: int, more: dict[str, bytes]) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", compression) as file:
            for name, value in arrays.items():
                stream = io.BytesIO()
                np.save(stream, value, allow_pickle=False)
                info = zipfile.ZipInfo(f"{name}.npy")
                info.compress_type = compression
                file.writestr(info, stream.getvalue())
            for name, content in more.items():
                file.writestr(zipfile.ZipInfo(name), content)
        return buffer.getvalue()

    first = next(iter(arrays))
    yield "deflated", {"model.npz": made(zipfile.ZIP_DEFLATED, {})}
    yield "compressed otherwise", {"model.npz": made(zipfile.ZIP_BZIP2, {})}
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
