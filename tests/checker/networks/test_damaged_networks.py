"""Files of networks damaged in every place: the checker says where, word for word, or reads what the program reads.

The lines are in `damaged.json`, which `make_damaged.py` writes.
"""

from __future__ import annotations

import json
import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from certificate_cases import files
from damage import odd_archives, packed, with_arrays_damaged, with_fields_damaged
from network_damage import (
    NARROW,
    NNET,
    arrays,
    with_bytes_damaged,
    with_entries_damaged,
)
from network_damage import with_fields_damaged as with_onnx_damaged
from onnx_files import MODELS, dense, encoded
from onnx_graphs import graphs

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.checker import Unreadable, check
from lumpform.checker.effort import TooLarge, limited
from lumpform.checker.limits import DEFAULT
from lumpform.checker.networks import judge, whole_file
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network

EXPECTED = Path(__file__).parent / "damaged.json"
READ = re.compile(r"\d+ groups, [0-9a-f]{8}")


def onnx_fields(name: str) -> Iterator[tuple[str, str, bytes]]:
    message = MODELS[name]()
    yield "as it is", "model.onnx", encoded(message)
    for what, changed in with_onnx_damaged(message):
        yield what.removeprefix("graph."), "model.onnx", encoded(changed)


def onnx_bytes() -> Iterator[tuple[str, str, bytes]]:
    for what, content in with_bytes_damaged(encoded(dense())):
        yield what, "model.onnx", content


def onnx_graphs() -> Iterator[tuple[str, str, bytes]]:
    for what, content in graphs():
        yield what, "model.onnx", content


def nnet() -> Iterator[tuple[str, str, bytes]]:
    yield "as it is", "model.nnet", NNET.encode()
    yield "not UTF-8", "model.nnet", NNET.encode() + b"\xff"
    for what, text in with_entries_damaged(NNET):
        yield what, "model.nnet", text.encode()


def narrow_nnet() -> Iterator[tuple[str, str, bytes]]:
    for what, text in with_entries_damaged(NARROW):
        yield what, "model.nnet", text.encode()


def npz() -> Iterator[tuple[str, str, bytes]]:
    whole = arrays()
    yield "as it is", "model.npz", packed(whole)
    for name in ("W5", "b9", "W0", "x", "W1_num"):
        yield f"and {name}", "model.npz", packed(whole | {name: whole["W4"]})
    for what, damaged in [*with_arrays_damaged(whole), *odd_archives(whole)]:
        yield what, "model.npz", damaged["model.npz"]


CASES = {name: lambda name=name: onnx_fields(name) for name in MODELS}
CASES |= {"bytes": onnx_bytes, "graphs": onnx_graphs, "nnet": nnet, "nnet of one input": narrow_nnet, "npz": npz}


def network_line(path: Path, **changed: int) -> str:
    """What the checker reads, by its digest, or why it does not; some limits may be changed."""
    limits = replace(DEFAULT, **changed)
    try:
        with limited(0, limits):
            network = read_network(str(path), limits)
    except Unreadable as error:
        return str(error).replace(f"{path.parent}/", "")
    return f"{len(network.groups)} groups, {digest(network)[7:15]}"


def program_line(path: Path) -> str:
    """What the program reads, in the same words, or why it does not."""
    try:
        network = lf.read(path)
    except lf.LumpFormError as error:
        return str(error).replace(f"{path.parent}/", "")
    return f"{len(network.graph.groups)} groups, {digest_of(network)[7:15]}"


def agree(program: str, checker: str) -> bool:
    """Both read the same or nothing, except for fields with another wire type or with text that is no UTF-8.

    The format's own library passes over such a field; the checker, which does not guess, refuses the file. Fields
    that mean nothing here (the operator set, the names of nodes) are taken apart by that library alone.
    """
    read = READ.fullmatch(program), READ.fullmatch(checker)
    if read[0] and read[1]:
        return program == checker
    if read[0]:
        return (
            re.search(r"found field \d+ is no (text|text or message|text in UTF-8|integer|float), ", checker)
            is not None
        )
    return not read[1] or "bytes that are no protocol buffer" in program


def network_lines(name: str, folder: Path) -> dict[str, str]:
    lines = {}
    for what, file, content in CASES[name]():
        (folder / file).write_bytes(content)
        lines[what] = network_line(folder / file)
    return lines


def certificate_lines(folder: Path) -> dict[str, str]:
    """Verdicts about a certificate with every kind of step, every field of it damaged; and about one without a box."""
    paths = files(folder)
    lines = {what: verdict(folder, paths[:2], changed) for what, changed in with_fields_damaged(paths[2])}
    boxes = {"equal bounds": ["0", "0"], "bounds exchanged": ["1", "1/2"], "three bounds": ["0", "1", "2"]}
    for what, box in boxes.items():
        lines[what] = verdict(folder, paths[:2], paths[2] | {"box": [["0", "1"], box]})
    lines["as it is"] = verdict(folder, paths[:2], paths[2])
    for generator in (None, "me", ["x"]):
        lines[f"made by {generator}"] = verdict(folder, paths[:2], paths[2], generator)
    paths = files(folder, None, opposite=False)
    lines["without a box"] = verdict(folder, paths[:2], paths[2])
    lines["without a box, another rounding"] = verdict(folder, paths[:2], paths[2] | {"rounding": "float64"})
    return lines


def verdict(folder: Path, paths: tuple[str, str], certificate: dict[str, Any], generator: object = ()) -> str:
    path = folder / "certificate.json"
    made_by = {} if generator == () else generator
    path.write_text(json.dumps(certificate | {"generator": made_by}), encoding="utf-8")
    try:
        return check(*paths, str(path)).line
    except Unreadable as error:
        return str(error).replace(f"{folder}/", "")


def differences(found: dict[str, str], expected: dict[str, str]) -> dict[str, tuple[str | None, str | None]]:
    names = [*expected, *(name for name in found if name not in expected)]
    return {n: (found.get(n), expected.get(n)) for n in names if found.get(n) != expected.get(n)}


def expected(name: str) -> dict[str, str]:
    """The lines by case; the file has the cases by line."""
    lines = json.loads(EXPECTED.read_text(encoding="utf-8"))[name]
    return {case: line for line, cases in lines.items() for case in cases.split("; ")}


@pytest.mark.medium
@pytest.mark.parametrize("name", CASES)
def test_damaged_networks_word_for_word(name: str, tmp_path: Path) -> None:
    assert differences(network_lines(name, tmp_path), expected(name)) == {}


@pytest.mark.medium
def test_damaged_certificates_word_for_word(tmp_path: Path) -> None:
    assert differences(certificate_lines(tmp_path), expected("certificate")) == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_what_the_checker_reads_the_program_reads_too(name: str, tmp_path: Path) -> None:
    """Two readers that share no code."""
    apart = {}
    for what, file, content in CASES[name]():
        (tmp_path / file).write_bytes(content)
        lines = program_line(tmp_path / file), network_line(tmp_path / file)
        if not agree(*lines):
            apart[what] = lines
    assert apart == {}


@pytest.mark.parametrize(
    ("suffix", "what"), [("onnx", "an ONNX model"), ("nnet", "an NNet file"), ("npz", "a readable .npz archive")]
)
def test_paths_that_are_no_files_word_for_word(suffix: str, what: str, tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / f"m.{suffix}"
    assert network_line(path) == f"m.{suffix}: found no such file, expected {what}"
    path.mkdir()
    found = "a directory"
    assert network_line(path) == f"m.{suffix}: found {found}, expected {what}"
    path.rmdir()
    os.mkfifo(path)
    assert network_line(path) == f"m.{suffix}: found a FIFO, expected {what}"
    path.unlink()
    path.write_bytes(b"")
    if suffix != "npz":
        path.write_bytes(b"\0" * 20)
        limit = f"max_{suffix}_bytes"
        found = "more than 19 bytes, expected a smaller network"
        assert network_line(path, **{limit: 19}) == f"m.{suffix}: found {found}"
        assert "more than" not in network_line(path, **{limit: 20})

        def refuse(*arguments: Any) -> None:
            raise OSError("out of order")

        monkeypatch.setattr(whole_file, "open", refuse, raising=False)
        assert network_line(path) == f"m.{suffix}: found out of order, expected a readable file"
    other = tmp_path / "m.h5"
    assert network_line(other) == "m.h5: found a file name ending in '.h5', expected .onnx, .tflite, .npz or .nnet"


def test_a_budget_for_all_arrays_together(tmp_path: Path) -> None:
    """The sizes of the arrays that are read add up; exactly what is allowed is enough."""
    path = tmp_path / "m.npz"
    path.write_bytes(packed({"W1": np.ones((1, 2)), "b1": np.ones(2)}))
    whole = sum(i.file_size for i in zipfile.ZipFile(path).infolist())

    def line(spare: int, per_byte: int) -> str:
        """Return what is said where an archive of any domain has more room than that of a network."""
        return network_line(path, network_archive_bytes=spare, archive_bytes_per_byte=per_byte)

    assert READ.fullmatch(line(whole, 0))
    said = "144 bytes more than this archive may unpack to, expected honest sizes"
    assert line(whole - 1, 0) == f"m.npz: array b1: found {said}"
    assert READ.fullmatch(line(0, 1))


@pytest.mark.medium
def test_numbers_that_are_too_large_in_a_step_are_said_to_be(tmp_path: Path, monkeypatch) -> None:
    def refuse(*arguments: Any) -> None:
        raise TooLarge("numbers of 7 bits")

    paths = files(tmp_path)
    monkeypatch.setattr(judge, "_follow", refuse)
    line = verdict(tmp_path, paths[:2], paths[2])
    assert line == "model.onnx: found numbers of 7 bits, expected numbers of a moderate size"
    (tmp_path / "m.nnet").write_text(NNET)
    found = "numbers with a common denominator of more than 3 bits"
    line = network_line(tmp_path / "m.nnet", max_sum_bits=3)
    assert line == f"m.nnet: found {found}, expected numbers of a moderate size"


def test_the_number_of_neurons_of_an_archive_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    path.write_bytes(packed({"W1": np.ones((3, 2)), "W2": np.ones((2, 3))}))
    assert READ.fullmatch(network_line(path, max_layer=3))
    assert network_line(path, max_layer=2) == "m.npz: array W1: found 3 x 2, expected at most 2 neurons"
