"""The archive layout, and archives that lie."""

from __future__ import annotations

import io
import zipfile
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from format_cases import message_of, save

from lumpform.errors import FormatError, OptionError
from lumpform.formats import read, write

GOOD = {
    "indptr": np.array([0, 2, 3]),
    "indices": np.array([0, 1, 1], dtype=np.int32),
    "data": np.array([1 / 3, 2 / 3, 1]),
    "kind": np.array("dtmc"),
    "val_index": np.array([0, 1, 2], dtype=np.uint8),
    "val_num": np.array(["1", "2", "1"]),
    "val_den": np.array(["3", "3", "1"]),
    "label_init": np.array([1, 0], dtype=np.uint8),
    "label_goal": np.array([0, 1], dtype=np.uint8),
    "reward_r": np.array([0.1, 0.0]),
}


def load(folder: Path, changes: dict, **options):
    arrays = {name: array for name, array in (GOOD | changes).items() if array is not None}
    np.savez_compressed(folder / "m.npz", **arrays)
    return read(folder / "m.npz", **options)


def test_the_exact_values_count(tmp_path: Path) -> None:
    chain = load(tmp_path, {})
    assert chain.weights.to_fractions() == [[Fraction(1, 3), Fraction(2, 3)], [0, 1]]
    assert chain.rewards["r"].fractions() == [Fraction(0.1), 0]
    assert list(chain.labels) == ["goal"]
    assert chain.initial is not None
    assert chain.initial.fractions() == [1, 0]


def test_floats_count_when_there_is_nothing_else(tmp_path: Path) -> None:
    chain = load(tmp_path, {"val_index": None, "data": np.array([0.25, 0.75, 1])})
    assert chain.weights.to_fractions() == [[Fraction(1, 4), Fraction(3, 4)], [0, 1]]


def test_entries_in_any_order(tmp_path: Path) -> None:
    chain = load(tmp_path, {"indices": np.array([1, 0, 1]), "val_index": np.array([1, 0, 2])})
    assert chain == load(tmp_path, {})


def test_what_is_written_has_the_documented_arrays(tmp_path: Path) -> None:
    chain = load(tmp_path, {})
    write(chain, tmp_path / "copy.npz")
    with np.load(tmp_path / "copy.npz", allow_pickle=False) as arrays:
        assert set(arrays.files) == {*GOOD, "name"}
        assert arrays["data"].tolist() == [1 / 3, 2 / 3, 1]
        assert arrays["name"].item() == "copy"
        assert arrays["label_init"].tolist() == [1, 0]


BAD = {
    "kind": ({"kind": np.array("mdp")}, "array kind", "'mdp'", "dtmc or ctmc"),
    "missing": ({"indices": None}, "array indices", "no such array", "an array of that name"),
    "pickle": ({"val_num": np.array(["1", 2, None], dtype=object)}, "array val_num", "header", "no objects"),
    "records": ({"indices": np.zeros(3, dtype=[("a", "i4")])}, "array indices", "header", "no records"),
    "two dimensions": ({"indices": np.zeros((1, 3), dtype=int)}, "array indices", "2 dimensions", "one dimension"),
    "floats": ({"indices": np.zeros(3)}, "array indices", "float64", "integer"),
    "pointers fall": ({"indptr": np.array([0, 4, 3])}, "array indptr", "row pointers", "rise from 0 to 3"),
    "no pointers": ({"indptr": np.array([], dtype=int)}, "array indptr", "row pointers", "rise"),
    "index": ({"indices": np.array([0, 1, 2])}, "array indices", "state 2", "from 0 to 1"),
    "negative index": ({"indices": np.array([0, 1, -1])}, "array indices", "state -1", "from 0 to 1"),
    "table": ({"val_index": np.array([0, 1, 3])}, "array val_index", "number 3", "from 0 to 2"),
    "negative table": ({"val_index": np.array([0, 1, -1])}, "array val_index", "number -1", "from 0 to 2"),
    "initial": (
        {"initial_states": np.array([1, -2]), "initial_num": np.array(["1", "1"]), "initial_den": np.array(["2", "2"])},
        "array initial_states",
        "state -2",
        "from 0 to 1",
    ),
    "denominator": ({"val_den": np.array(["3", "3", "0"])}, "entry 2", "'1' over '0'", "not zero"),
    "numerator": ({"val_num": np.array(["1", "2", "nan"])}, "entry 2", "'nan' over '1'", "decimal numbers"),
    "length": ({"val_den": np.array(["3"])}, "array val_den", "1 entry", "3"),
    "label": ({"label_goal": np.array([0, 2])}, "array label_goal, entry 1", "2", "0 or 1"),
    "label length": ({"label_goal": np.array([0])}, "array label_goal", "1 entry", "2"),
    "reward": ({"reward_r": np.array([np.nan, 0])}, "array reward_r", "entry 0 is not finite", "finite"),
    "row": ({"val_num": np.array(["1", "1", "1"])}, "state 0", "a row that sums to 2/3", "exactly 1"),
    "negative": ({"val_num": np.array(["-1", "4", "1"])}, "", "is -1/3", "a Markov chain"),
    "no layout": ({"indptr": None}, "", "the arrays", "one of indptr"),
}


@pytest.mark.parametrize("case", BAD)
def test_errors(case: str, tmp_path: Path) -> None:
    changes, place, found, expected = BAD[case]
    with pytest.raises(FormatError) as error:
        load(tmp_path, changes)
    message_of(error)
    assert place in error.value.place
    assert found in error.value.found
    assert expected in error.value.expected


def member(header: str, data: bytes = b"") -> bytes:
    text = header.encode("latin-1").ljust(118 - 1) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data


def archive(folder: Path, content: bytes, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as file:
        file.writestr(
            "kind.npy", member("{'descr': '<U4', 'fortran_order': False, 'shape': (), }", "dtmc".encode("utf-32-le"))
        )
        file.writestr("indptr.npy", content)
    return save(folder, "m.npz", buffer.getvalue())


def test_a_gigabyte_claimed_by_a_header(tmp_path: Path) -> None:
    path = archive(tmp_path, member("{'descr': '<i8', 'fortran_order': False, 'shape': (134217728,), }", bytes(64)))
    with pytest.raises(FormatError, match=r"array indptr: found shape \(134217728,\) of 8 bytes each in 64 bytes"):
        read(path)


def test_a_gigabyte_claimed_by_the_directory(tmp_path: Path) -> None:
    path = archive(tmp_path, member("{'descr': '<i8', 'fortran_order': False, 'shape': (134217728,), }", bytes(64)))
    content = bytearray(path.read_bytes())
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (1 << 30).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(FormatError, match="1073741824 bytes claimed from"):
        read(path)


def test_a_header_is_never_evaluated(tmp_path: Path) -> None:
    for header in (
        "{'descr': __import__('os'), 'fortran_order': False, 'shape': (), }",
        "[" * 100,
        "{'descr': '|O', 'shape': ()}",
    ):
        with pytest.raises(FormatError, match="a plain array of numbers or texts"):
            read(archive(tmp_path, member(header)))


def test_other_compressions_are_refused(tmp_path: Path) -> None:
    path = archive(
        tmp_path, member("{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }", bytes(8)), zipfile.ZIP_LZMA
    )
    with pytest.raises(FormatError, match="unusual compression"):
        read(path)


def test_a_limit_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="option max_bytes"):
        load(tmp_path, {}, max_bytes=100)
    with pytest.raises(OptionError, match="max_bytes is 'x', expected a number of bytes"):
        load(tmp_path, {}, max_bytes="x")


@pytest.mark.parametrize("table", ["val_index", "no table"])
def test_an_unknown_meaning_of_floats(table: str, tmp_path: Path) -> None:
    changes = {} if table == "val_index" else {"val_index": None, "data": np.array([0.25, 0.75, 1])}
    assert load(tmp_path, changes, floats="decimal").states == 2
    with pytest.raises(OptionError, match="floats is 'decimals', expected 'dyadic' or 'decimal'"):
        load(tmp_path, changes, floats="decimals")


def test_no_archive(tmp_path: Path) -> None:
    for content in (b"", b"hello", b"PK\x03\x04", bytes(1000)):
        with pytest.raises(FormatError, match=r"expected a NumPy archive"):
            read(save(tmp_path, "m.npz", content))
