"""Whatever the files hold: a verdict, or exit code 2 with one line. No traceback, no hang, no exhausted memory."""

from __future__ import annotations

import base64
import io
import json
import os
import random
import shutil
import subprocess
import sys
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lumpform.checker import Unreadable, check
from lumpform.checker import archive as archives
from lumpform.checker.certificate import shown
from lumpform.checker.limits import DEFAULT, Limits

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SAMPLE = HERE / "accepted" / "v1_ordinary_dtmc_drn"
GOOD: dict[str, Any] = json.loads((SAMPLE / "certificate.json").read_text(encoding="utf-8"))


def packed(raw: bytes) -> dict[str, str]:
    return {"encoding": "base64-zlib-int32", "data": base64.b64encode(zlib.compress(raw, 9)).decode()}


def judge(
    tmp_path: Path, certificate: str | bytes, model: Path = SAMPLE / "model.drn", limits: Limits = DEFAULT
) -> Any:
    path = tmp_path / "certificate.json"
    path.write_bytes(certificate.encode("utf-8", "surrogatepass") if isinstance(certificate, str) else certificate)
    return check(str(model), str(SAMPLE / "reduced.drn"), str(path), limits=limits)


def refused(tmp_path: Path, certificate: str | bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        judge(tmp_path, certificate)
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 1000
    assert "found" in message
    assert "expected" in message
    return message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "3",
        '"text"',
        "{",
        '{"a": 1, "a": 2}',
        "[" * 15_000,
        '{"a":' * 15_000,
        "[" * 1_000_000,
        "9" * 10_000,
        '{"version": NaN}',
        "\ud800",
        "\x00" * 50,
        "[" + "0," * 1_000_000 + "0]",
    ],
    ids=range(15),
)
def test_text_that_is_no_certificate(tmp_path: Path, text: str) -> None:
    refused(tmp_path, text)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("format", "other"),
        ("format", 1),
        ("version", 2),
        ("version", 1.0),
        ("version", True),
        ("version", "1"),
        ("domain", "network"),
        ("kind", "proportional"),
        ("kind", ["ordinary"]),
        ("kind", None),
        ("semantics", "both"),
        ("respect", "labels"),
        ("respect", ["colour"]),
        ("respect", [["labels"]]),
        ("respect", ["labels"] * 4),
        ("states", -1),
        ("states", 5.0),
        ("states", True),
        ("states", 10**30),
        ("states", 10**4000),
        ("classes", "3"),
        ("original", None),
        ("original", {"kind": "dtmc"}),
        ("original", {"kind": "mdp", "digest": GOOD["original"]["digest"]}),
        ("original", {"kind": "dtmc", "digest": "sha256:" + "G" * 64}),
        ("original", {"kind": "dtmc", "digest": 5}),
        ("scales", [1]),
        ("generator", "me"),
        ("class_of", None),
        ("class_of", "01122"),
        ("class_of", [0] * 1001),
        ("class_of", [0, 1, 1, 2, 2.0]),
        ("class_of", [0, 1, 1, 2, True]),
        ("class_of", [0, 1, 1, 2, 10**20]),
        ("class_of", {"encoding": "base64-zlib-int32"}),
        ("class_of", packed(b"\0" * 2**28)),
        ("class_of", packed(b"\0" * 19)),
        ("class_of", packed(b"\0" * 24)),
        ("class_of", {"encoding": "base64-zlib-int32", "data": "*" * 8}),
        ("class_of", {"encoding": "base64-zlib-int32", "data": "\u00e9"}),
        ("class_of", {"encoding": "base64-zlib-int32", "data": base64.b64encode(b"no zlib").decode()}),
        ("class_of", {"encoding": "base64-pickle", "data": ""}),
        ("unknown", 1),
    ],
    ids=lambda value: str(value)[:40],
)
def test_fields_that_are_not_what_they_should_be(tmp_path: Path, field: str, value: Any) -> None:
    assert judge(tmp_path, json.dumps(GOOD)).verified
    try:
        text = json.dumps(GOOD | {field: value})
    except ValueError:  # too many digits for Python to write
        text = json.dumps(GOOD | {field: 0}).replace(f'"{field}": 0', f'"{field}": 1{"0" * 4500}')
    message = refused(tmp_path, text)
    assert "certificate.json" in message


def test_a_field_given_twice_is_ambiguous(tmp_path: Path) -> None:
    text = json.dumps(GOOD)
    assert "twice" in refused(tmp_path, text[:-1] + ', "kind": "ordinary"}')


@pytest.mark.parametrize("field", list(GOOD))
def test_a_missing_field(tmp_path: Path, field: str) -> None:
    assert field in refused(tmp_path, json.dumps({k: v for k, v in GOOD.items() if k != field}))


def test_a_truncated_stream_and_one_with_an_appendix(tmp_path: Path) -> None:
    whole = zlib.compress(np.array(GOOD["class_of"], dtype="<i4").tobytes())
    for raw, good in ((whole, True), (whole[:-1], False), (whole + b"\0", False), (whole[:5], False), (b"", False)):
        field = {"encoding": "base64-zlib-int32", "data": base64.b64encode(raw).decode()}
        text = json.dumps(GOOD | {"class_of": field})
        if good:
            assert judge(tmp_path, text).verified
        else:
            refused(tmp_path, text)


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


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    for name in ("missing.drn", "missing.npz", "missing.tra", "model.txt", "nosuffix", "a\nb.drn", "nul\0.drn"):
        with pytest.raises(Unreadable) as caught:
            judge(tmp_path, json.dumps(GOOD), tmp_path / name)
        assert str(caught.value).isprintable()
    with pytest.raises(Unreadable):
        check(str(SAMPLE / "model.drn"), str(SAMPLE / "reduced.drn"), str(tmp_path))


@pytest.mark.parametrize("name", ["m.drn", "m.tra", "m.npz"])
def test_a_fifo_is_no_model_and_no_certificate(name: str, tmp_path: Path) -> None:
    """Nobody writes at its other end, so whoever opened it would wait for ever."""
    fifo = tmp_path / name
    os.mkfifo(fifo)
    program = [sys.executable, "-m", "lumpform.checker"]
    for model, certificate in ((fifo, SAMPLE / "certificate.json"), (SAMPLE / "model.drn", fifo)):
        command = [*program, str(model), str(SAMPLE / "reduced.drn"), str(certificate)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=60)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert f"{name}: found a FIFO, expected" in done.stderr
    with pytest.raises(Unreadable, match="found a device, expected a certificate"):
        check(str(SAMPLE / "model.drn"), str(SAMPLE / "reduced.drn"), "/dev/null")


def test_the_program_prints_one_line_and_exits_with_2(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text("[" * 15_000, encoding="utf-8")
    for certificate in (str(bad), str(tmp_path / "missing.json")):
        command = [
            sys.executable,
            "-m",
            "lumpform.checker",
            str(SAMPLE / "model.drn"),
            str(SAMPLE / "reduced.drn"),
            certificate,
        ]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.count("\n") == 1
        assert done.stderr.startswith(certificate)


@pytest.mark.medium
@pytest.mark.parametrize("sample", ["v1_ordinary_dtmc_drn", "v1_ordinary_dtmc_npz", "v1_ordinary_rates_tra"])
def test_mutated_files_end_in_a_verdict_or_one_line(tmp_path: Path, sample: str) -> None:
    """Random damage to each file. Nothing that changes the meaning is verified: the digests see to that."""
    folder = tmp_path / "copy"
    shutil.copytree(HERE / "accepted" / sample, folder)
    suffix = f".{sample.rpartition('_')[2]}"
    paths = [str(folder / name) for name in (f"model{suffix}", f"reduced{suffix}", "certificate.json")]
    source = random.Random(20)
    verdicts, messages = 0, list[str]()
    for round_ in range(300):
        path = Path(paths[round_ % 3])
        good = path.read_bytes()
        path.write_bytes(damaged(good, source))
        try:
            verdicts += check(*paths).line.isprintable()
        except Unreadable as error:
            messages.append(str(error))
        path.write_bytes(good)
    assert all(message.isprintable() for message in messages)
    assert 0 < verdicts < 300
    assert verdicts + len(messages) == 300


INSERTIONS = (b"9", b"0", b"-", b"/", b"\n", b"nan", b"e9", b"99999999999", b"[", b"\xff")


def damaged(data: bytes, source: random.Random) -> bytes:
    raw = bytearray(data)
    for _ in range(source.choice((1, 1, 2, 8))):
        place = source.randrange(len(raw))
        match source.randrange(5):
            case 0:
                raw[place] ^= 1 << source.randrange(8)
            case 1:
                raw[place] = source.randrange(256)
            case 2:
                del raw[place : place + source.choice((1, 2, 9, 100))]
            case 3:
                raw[place:place] = source.choice(INSERTIONS)
            case _:
                raw = raw[:place] if source.random() < 0.2 else raw + raw[place : place + 20]
        if not raw:
            return b""
    return bytes(raw)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "nothing"),
        (True, "True"),
        ([1, 2], "a list of 2 entries"),
        ({"a": 1}, "an object of 1 entries"),
        (2**200 - 1, str(2**200 - 1)),
        (2**200, "an integer of 201 bits"),
        (2**201, "an integer of 202 bits"),
        (-(2**300), "an integer of 301 bits"),
        ("x" * 80, repr("x" * 80)),
        ("x" * 80 + "y", repr("x" * 80)),
        (0.5, "0.5"),
    ],
)
def test_values_are_shown_in_few_words(value: Any, expected: str) -> None:
    assert shown(value) == expected


def test_numbers_that_json_does_not_know_are_named(tmp_path: Path) -> None:
    text = json.dumps(GOOD).replace('"version": 1', '"version": NaN')
    assert "found the number NaN, expected a JSON object in UTF-8" in refused(tmp_path, text)
    assert "found the field 'version' given twice, expected" in refused(
        tmp_path, text.replace("NaN", '1, "version": 1')
    )
