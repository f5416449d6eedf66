"""Models that are none: DRN files and archives that lie about their sizes, before memory is taken for them."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hostile import GOOD, judge

from lumpform.checker import Unreadable
from lumpform.checker import archive as archives
from lumpform.checker.limits import DEFAULT

HEAD = "@type: DTMC\n@parameters\n\n@reward_models\n\n@nr_states\n{}\n@nr_choices\n{}\n@model\n"


ONE = HEAD.format(1, 1) + "state 0\n\taction 0\n\t\t"


LONG_ROW = "".join(f"\t\t{i} : 1/{10**3900 + i}\n" for i in range(40))


DRN = {
    "empty": "",
    "NUL": "\x00",
    "MDP": "@type: MDP\n",
    "no states": HEAD.format(1, 1),
    "billions of states": HEAD.format(10**9, 10**9),
    "a count of many digits": HEAD.format("9" * 5000, 1),
    "nan": ONE + "0 : nan\n",
    "exponent": ONE + "0 : 1e999999999\n",
    "zero denominator": ONE + "0 : 1/0\n",
    "negative": ONE + "0 : -1\n",
    "negative beside two": HEAD.format(2, 2)
    + "state 0\n\taction 0\n\t\t0 : 2\n\t\t1 : -1\nstate 1\n\taction 0\n\t\t1 : 1\n",
    "no such state": ONE + "1 : 1\n",
    "not one": ONE + "0 : 0.999999999999\n",
    "spaces after the action": HEAD.format(1, 1) + "state 0\n\taction x" + " " * 2_000_000 + "y\n",
    "spaces before a quote": HEAD.format(1, 1) + "state 0 a" + " " * 2_000_000 + '"\n',
    "spaces for a number": ONE + "0 :" + " " * 2_000_000 + "\n",
    "a long line": "x" * 5_000_000,
    "digits": ONE + f"0 : {'7' * 5000}\n",
    "denominators": HEAD.format(40, 40) + "state 0\n\taction 0\n" + LONG_ROW,
}


@pytest.mark.parametrize("name", list(DRN))
def test_hostile_drn_files(tmp_path: Path, name: str) -> None:
    path = tmp_path / "model.drn"
    path.write_text(DRN[name], encoding="utf-8")
    with pytest.raises(Unreadable) as caught:
        judge(tmp_path, json.dumps(GOOD), path)
    assert str(caught.value).startswith(str(path))


def archive(tmp_path: Path, **arrays: Any) -> Path:
    """An archive of a one-state chain, with arrays replaced; bytes are put in as they are."""
    parts: dict[str, Any] = {
        "kind": np.array("dtmc"),
        "indptr": np.array([0, 1]),
        "indices": np.array([0], dtype=np.int32),
        "val_index": np.array([0], dtype=np.uint8),
        "val_num": np.array(["1"]),
        "val_den": np.array(["1"]),
    }
    path = tmp_path / "model.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, value in (parts | arrays).items():
            if isinstance(value, bytes):
                file.writestr(f"{name}.npy", value)
            elif value is not None:
                buffer = io.BytesIO()
                np.save(buffer, value, allow_pickle=True)
                file.writestr(f"{name}.npy", buffer.getvalue())
    return path


def header(description: str, data: bytes = b"") -> bytes:
    return b"\x93NUMPY\x01\x00" + len(description).to_bytes(2, "little") + description.encode() + data


@pytest.mark.parametrize(
    "arrays",
    [
        {"kind": np.array("mdp")},
        {"kind": None},
        {"indptr": np.array([], dtype=np.int64)},
        {"indptr": np.array([0, 2])},
        {"indptr": np.array([1, 0])},
        {"indptr": np.array([0.0, 1.0])},
        {"indices": np.array([7])},
        {"indices": np.array([-1])},
        {"indices": np.array([[0]])},
        {"indices": np.array([2**63], dtype=np.uint64)},
        {"val_index": np.array([3])},
        {"val_index": None},
        {"val_index": None, "data": np.array([np.nan])},
        {"val_index": None, "data": np.array([np.inf])},
        {"val_index": None, "data": np.array([0.5])},
        {"val_num": np.array(["x"])},
        {"val_den": np.array(["0"])},
        {"val_num": np.array(["1e99999"])},
        {"val_num": np.array([None], dtype=object)},
        {"label_a": np.array([2])},
        {"label_a": np.array([0, 1])},
        {"reward_r": np.array([1])},
        {"reward_r": np.array([np.nan])},
        {"initial_states": np.array([0, 0]), "initial_num": np.array(["1", "0"]), "initial_den": np.array(["1", "1"])},
        {"indptr": b""},
        {"indptr": header("{'descr': '<i8', 'fortran_order': False, 'shape': (1000000000000,), }")},
        {"val_num": header("{'descr': '<U0', 'fortran_order': False, 'shape': (999999999999999,), }")},
        {"indptr": header("__import__('os').abort()")},
        {"val_num": header("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }")},
        {"val_num": header("{'descr': '<U1', 'fortran_order': False, 'shape': (1,), }", b"\xff\xff\xff\xff")},
    ],
    ids=range(30),
)
def test_hostile_archives(tmp_path: Path, arrays: dict[str, Any]) -> None:
    path = archive(tmp_path, **arrays)
    with pytest.raises(Unreadable) as caught:
        judge(tmp_path, json.dumps(GOOD), path)
    assert str(caught.value).startswith(str(path))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    assert DEFAULT.archive_bytes == 1 << 26
    limits = replace(DEFAULT, archive_bytes=1 << 25)  # so that the test need not make a large one
    path = archive(tmp_path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file, file.open("label_bomb.npy", "w") as entry:
        entry.write(header(f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({40 << 20},), }}"))
        for _ in range(40):
            entry.write(bytes(1 << 20))
    assert path.stat().st_size < 100_000
    with pytest.raises(Unreadable, match="may unpack to"):
        judge(tmp_path, json.dumps(GOOD), path, limits)


def test_a_directory_that_claims_more_compressed_bytes_than_the_file_has(tmp_path: Path) -> None:
    """What is unpacked is in proportion to the file, not to what its directory says of it."""
    count = 80 << 20
    path = archive(tmp_path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file, file.open("label_bomb.npy", "w") as entry:
        entry.write(header(f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({count},), }}"))
        for _ in range(80):
            entry.write(bytes(1 << 20))
    content = bytearray(path.read_bytes())
    place = content.rindex(b"PK\x01\x02")
    content[place + 20 : place + 24] = (1 << 28).to_bytes(4, "little")
    path.write_bytes(content)
    assert path.stat().st_size < 100_000
    with archives.opened(str(path)) as opened:
        assert opened.getinfo("label_bomb.npy").compress_size == 1 << 28
        with pytest.raises(Unreadable, match="may unpack to"):
            archives.Archive(str(path), opened).read("label_bomb")


def test_an_archive_of_more_entries_than_its_size_allows(tmp_path: Path) -> None:
    """One state for each byte and 2^18 more, four transitions and 2^21 more, one number and 2^16 more."""
    for name, spare, each, value in (
        ("indptr", 1 << 18, 1, np.zeros(300_000, dtype=np.int8)),
        ("indices", 1 << 21, 4, np.zeros(2_200_000, dtype=np.int8)),
        ("val_num", 1 << 16, 1, np.full(70_000, "1")),
    ):
        path = archive(tmp_path, **{name: value})
        most = spare + each * path.stat().st_size + (name == "indptr")
        assert len(value) > most
        found = f"array {name}: found {len(value)} entries of {value.itemsize} bytes in a file of {path.stat().st_size}"
        with pytest.raises(Unreadable, match=f"{found}, expected at most {most}$"):
            judge(tmp_path, json.dumps(GOOD), path)


def test_an_archive_of_short_texts_is_refused_before_they_are_made(tmp_path: Path) -> None:
    """A text of one character takes four bytes in the file and many more as an object."""
    count = 2 << 20
    path = archive(tmp_path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file, file.open("more.npy", "w") as entry:
        entry.write(header(f"{{'descr': '<U1', 'fortran_order': False, 'shape': ({count},), }}"))
        entry.write("1".encode("utf-32-le") * count)
    with archives.opened(str(path)) as opened, pytest.raises(Unreadable, match="134217728 bytes more than this"):
        archives.Archive(str(path), opened).read("more")
