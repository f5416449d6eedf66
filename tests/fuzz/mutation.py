"""Damages small files of every format, deterministically: mutant number i of a format is always the same."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable

import numpy as np

DRN = """// Exported by storm
@type: {kind}
@value_type: double
@parameters

@reward_models
coin time
@nr_states
3
@nr_choices
3
@model
state 0 {exit}[1, 0] init "two words"
//[s=0	& d=1]
	action 0 [0, 0.5]
		1 : 0.25
		2 : 0.75
state 1 {exit}[0, 0] done other
	action go [0, -2]
		1 : 1
state 2 {exit}[0, 0] done
	action 0 [1/3, 0]
		0 : 1e-1
		2 : 0.9
"""

TEXTS: dict[str, list[dict[str, str]]] = {
    "drn": [
        {"m.drn": DRN.format(kind="DTMC", exit="")},
        {"m.drn": DRN.format(kind="CTMC", exit="!1 ")},
        {
            "m.drn": DRN.format(kind="DTMC", exit="")
            .replace("@model", "@placeholders\n$a : 1/4\n$b : 3/4\n@model")
            .replace("0.25", "$a")
            .replace("0.75", "$b")
        },
    ],
    "tra": [
        {"m.tra": "3 5\n0 1 0.5\n0 2 0.5\n1 1 1\n2 0 1/3\n2 2 2/3\n"},
        {"m.tra": "2 2\n0 1 0.5\n1 0 2.5\n", "m.lab": '0="init" 1="deadlock" 2="a b"\n0: 0 2\n1: 1\n'},
        {
            "m.tra": "2 3\n0 1 1 go\n1 0 0.5\n1 1 5e-1\n",
            "m.sta": "(x,y)\n0:(0,true)\n1:(1,false)\n",
            "m.srew": "2 1\n0 1.5\n",
            "m.trew": "2 2\n0 1 4\n1 1 -1/2\n",
            "m1.srew": '# Reward structure "time"\n# State rewards\n2 1\n1 3\n',
        },
    ],
    "mtx": [
        {"m.mtx": "%%MatrixMarket matrix coordinate real general\n% text\n2 2 3\n1 1 0.1\n1 2 9e-1\n2 1 1\n"},
        {"m.mtx": "%%MatrixMarket matrix array real general\n2 2\n0.5\n1\n0.5\n0\n"},
        {"m.mtx": "%%MatrixMarket matrix coordinate integer symmetric\n3 3 3\n1 1 5\n2 1 2\n3 2 7\n"},
        {"m.mtx": "%%MatrixMarket matrix coordinate real general\n2 2 4\n1 1 -3\n1 2 3\n2 1 0.5\n2 2 -0.5\n"},
    ],
}

FORMATS = (*TEXTS, "npz")

NUMBERS = (
    "nan",
    "NaN",
    "inf",
    "-inf",
    "Infinity",
    "-1",
    "-0",
    "0",
    "1",
    "2",
    "3",
    "4",
    "1e400",
    "-1e400",
    "1e-400",
    "1e3999",
    "1e-3999",
    "1e4001",
    "1e999999999",
    "1e99999999999",
    "0.9999999",
    "1/0",
    "0/0",
    "1/-3",
    "1_000",
    "0x10",
    "+1",
    "",
    ".",
    "1e",
    "٣",
    "1,5",
    "2147483647",
    "2147483648",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "1000000000",
    "999999999",
    "300000",
    "9" * 31,
    "9" * 3990,
    "9" * 4400,
    "1/" + "7" * 3000,
    "3" * 1500 + "/" + "7" * 1900,
    "$a",
    "$",
    "!1",
    "1:1",
    "-" * 9,
)

_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:e-?\d+)?(?:/\d+)?")


def mutant(kind: str, index: int) -> dict[str, bytes]:
    """The files of mutant number `index` of a format, by their names; the first is the one to read."""
    rng = random.Random(f"{kind} {index}")
    if kind == "npz":
        return {"m.npz": _archive_mutant(rng)}
    files = {name: text.encode() for name, text in rng.choice(TEXTS[kind]).items()}
    for _ in range(rng.choice((1, 1, 2, 3))):
        name = rng.choice(list(files))
        files[name] = rng.choice(BYTES if rng.random() < 0.3 else LINES)(rng, files[name])
    return files


def _truncate(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _flip(rng: random.Random, data: bytes) -> bytes:
    content = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8)) if content else 0):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return bytes(content)


def _insert(rng: random.Random, data: bytes) -> bytes:
    place = rng.randrange(len(data) + 1)
    return (
        data[:place]
        + rng.choice((b"\0", b"\xff", b"\r", b"\t", b"\n", b"\x1b[2J", b"\xc3", "ü".encode(), rng.randbytes(5)))
        + data[place:]
    )


def _encode(rng: random.Random, data: bytes) -> bytes:
    text = data.decode("utf-8", "replace")
    return rng.choice(
        (
            text.encode("utf-16"),
            text.encode("utf-16-be"),
            text.encode("utf-32"),
            text.replace("a", "ä").encode("latin-1", "replace"),
            b"\xef\xbb\xbf" + data,
            data.replace(b"\n", b"\r\n"),
            data.replace(b"\n", b"\r"),
            data.replace(b" ", "\u2003".encode()),
        )
    )


def _splice(rng: random.Random, data: bytes) -> bytes:
    other = rng.choice(list(rng.choice(TEXTS[rng.choice(list(TEXTS))]).values())).encode()
    return data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other)) :]


def _line(change: Callable[[random.Random, list[bytes], int], None]) -> Callable[[random.Random, bytes], bytes]:
    def apply(rng: random.Random, data: bytes) -> bytes:
        lines = data.split(b"\n")
        change(rng, lines, rng.randrange(len(lines)))
        return b"\n".join(lines)

    return apply


def _delete(rng: random.Random, lines: list[bytes], i: int) -> None:
    del lines[i]


def _repeat(rng: random.Random, lines: list[bytes], i: int) -> None:
    lines[i:i] = [lines[i]] * rng.choice((1, 1, 1, 5, 500))


def _swap(rng: random.Random, lines: list[bytes], i: int) -> None:
    j = rng.randrange(len(lines))
    lines[i], lines[j] = lines[j], lines[i]


def _word(rng: random.Random, lines: list[bytes], i: int) -> None:
    words = lines[i].split(b" ")
    words[rng.randrange(len(words))] = rng.choice(
        (b"", b"[", b"]", b'"', b":", b"!", b"//", b"@", b"state", b"action 0", b"x")
    )
    lines[i] = b" ".join(words)


def _number(rng: random.Random, data: bytes) -> bytes:
    places = list(_NUMBER.finditer(data))
    if not places:
        return data
    match = rng.choice(places)
    return data[: match.start()] + rng.choice(NUMBERS).encode() + data[match.end() :]


def _early_number(rng: random.Random, data: bytes) -> bytes:
    """A wrong count: counts stand before everything else."""
    places = list(_NUMBER.finditer(data))[:4]
    if not places:
        return data
    match = rng.choice(places)
    count = rng.choice((0, 1, 2, 3, 4, 5, 9, 10**5, 10**6, 10**9, 10**12, 2**31 - 1, 2**31, 2**63))
    return data[: match.start()] + str(count).encode() + data[match.end() :]


BYTES = (_truncate, _flip, _flip, _insert, _encode, _splice)
LINES = (_number, _number, _number, _early_number, _line(_delete), _line(_repeat), _line(_swap), _line(_word))


def _arrays(rng: random.Random) -> dict[str, np.ndarray]:
    arrays = {
        "indptr": np.array([0, 2, 3]),
        "indices": np.array([0, 1, 1], dtype=np.int32),
        "data": np.array([0.25, 0.75, 1]),
        "kind": np.array("dtmc"),
        "name": np.array("m"),
        "val_index": np.array([0, 1, 2], dtype=np.uint8),
        "val_num": np.array(["1", "3", "1"]),
        "val_den": np.array(["4", "4", "1"]),
        "label_init": np.array([1, 0], dtype=np.uint8),
        "label_a": np.array([0, 1], dtype=np.uint8),
        "reward_r": np.array([0.5, 0.0]),
    }
    if rng.random() < 0.3:
        arrays |= {
            "rewardindex_r": np.array([0, 1]),
            "rewardnum_r": np.array(["1", "2"]),
            "rewardden_r": np.array(["3", "1"]),
            "initial_states": np.array([0, 1]),
            "initial_num": np.array(["1", "2"]),
            "initial_den": np.array(["3", "3"]),
            "state_names": np.array(["x=0", "x=1"]),
        }
    if rng.random() < 0.2:
        arrays["kind"] = np.array("ctmc")
    if rng.random() < 0.2:
        del arrays["val_index"]
    return arrays


def _archive_mutant(rng: random.Random) -> bytes:
    members = {}
    for name, array in _arrays(rng).items():
        buffer = io.BytesIO()
        np.save(buffer, _odd_array(rng, array) if rng.random() < 0.06 else array)
        members[f"{name}.npy"] = buffer.getvalue()
    how = rng.random()
    if how < 0.55:
        for _ in range(rng.choice((1, 1, 2))):
            name = rng.choice(list(members))
            members[name] = rng.choice((_truncate, _flip, _insert, _odd_header, _odd_header, _odd_header))(
                rng, members[name]
            )
    elif how < 0.65:
        del members[rng.choice(list(members))]
    data = _zipped(rng, members)
    if how >= 0.65 and rng.random() < 0.8:
        data = rng.choice((_truncate, _flip, _flip, _flip, _insert, _directory))(rng, data)
    return data


def _odd_array(rng: random.Random, array: np.ndarray) -> np.ndarray:
    if array.dtype.kind == "U":
        changed = np.array(
            [rng.choice(NUMBERS) if rng.random() < 0.5 else v for v in array.reshape(-1).tolist()], dtype=np.str_
        )
        return changed.reshape(array.shape)
    return rng.choice(
        (
            lambda: array[:-1],
            lambda: np.concatenate((array, array)),
            lambda: array.reshape(1, -1),
            lambda: array.astype(np.float64) + 0.5,
            lambda: np.full_like(array, np.iinfo(array.dtype).max if array.dtype.kind in "iu" else np.inf),
            lambda: np.full(array.shape, np.nan),
            lambda: -array.astype(np.int64),
            lambda: array.astype(">i8"),
            lambda: array.astype(np.uint64) - np.uint64(1),
            lambda: array.astype(complex),
            lambda: array.astype("S4"),
            lambda: array[:0],
            lambda: array.astype(np.float16),
            lambda: array.astype(np.bool_),
            lambda: array.astype("M8[s]") if array.dtype.kind == "i" else array,
            lambda: np.zeros(10**6, dtype=array.dtype),
            lambda: array.astype(np.longdouble),
            lambda: np.array(array[0]),
        )
    )()


TYPES = ("<i8", ">i4", "<f2", "<f16", "|O", "<U999999999", "<U0", "|V8", "<M8[s]", "|b1", "<u3", "=f8", "|S5")


def _odd_header(rng: random.Random, data: bytes) -> bytes:
    header, rest = data[10:128], data[128:]
    new = rng.choice(
        (
            lambda h: re.sub(
                rb"\((\d+),\)", f"({rng.choice((0, 1, 5, 10**6, 1 << 27, 1 << 40, 1 << 62, 10**14))},)".encode(), h
            ),
            lambda h: re.sub(rb"'[<|][^']*'", f"'{rng.choice(TYPES)}'".encode(), h),
            lambda h: h.replace(b"False", rng.choice((b"True", b"None", b"[][0]"))),
            lambda h: h.replace(b"{", b"[" * 60),
            lambda h: b"(" * 5000,
            lambda h: h.replace(b"'", b'"'),
            lambda h: re.sub(rb"\(.*\)", b"(-1,)", h),
            lambda h: re.sub(rb"\(.*\)", b"(1,1,1,1,1,1)", h),
            lambda h: re.sub(rb"\(.*\)", b"(0,9999999999)", h),
        )
    )(header)
    length = len(new) if rng.random() < 0.8 else rng.choice((0, 5, 65535))
    return (
        data[:6]
        + rng.choice((b"\1\0", b"\1\0", b"\1\0", b"\2\0", b"\3\0", b"\7\0"))
        + length.to_bytes(2, "little")
        + new
        + rest
    )


def _zipped(rng: random.Random, members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    usual = zipfile.ZIP_STORED if rng.random() < 0.3 else zipfile.ZIP_DEFLATED
    compression = zipfile.ZIP_BZIP2 if rng.random() < 0.03 else usual
    with zipfile.ZipFile(buffer, "w", compression) as file:
        for name, content in members.items():
            file.writestr(zipfile.ZipInfo(name), content, compression)
    return buffer.getvalue()


def _directory(rng: random.Random, data: bytes) -> bytes:
    """Damage in the directory of the archive: sizes, offsets, methods, flags."""
    entries = [m.start() for m in re.finditer(rb"PK\x01\x02", data)]
    if not entries:
        return data
    content = bytearray(data)
    place = rng.choice(entries) + rng.choice((8, 10, 16, 20, 24, 28, 30, 42))
    content[place : place + 4] = rng.choice((1 << 30, 1 << 31, 0, 1, 0xFFFFFFFF, 10**6)).to_bytes(4, "little")
    return bytes(content)
