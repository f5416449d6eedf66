"""Files of networks damaged in every place: the checker says where, word for word, or reads what the program reads.

The lines are in `damaged.json`, which `make_damaged.py` writes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from certificate_cases import files
from damage import packed, with_arrays_damaged, with_fields_damaged
from network_damage import (
    NNET,
    arrays,
    graphs,
    with_bytes_damaged,
    with_entries_damaged,
)
from network_damage import with_fields_damaged as with_onnx_damaged
from onnx_files import MODELS, dense, encoded

import lumpform as lf
from lumpform.checker import Unreadable, check
from lumpform.checker.networks.canonical import digest
from lumpform.checker.networks.judge import read_network
from lumpform.digest import digest_of

EXPECTED = Path(__file__).parent / "damaged.json"
READ = re.compile(r"\d+ groups, [0-9a-f]{8}")


def onnx_fields(name: str) -> Iterator[tuple[str, str, bytes]]:
    message = MODELS[name]()
    yield "as it is", "model.onnx", encoded(message)
    for what, changed in with_onnx_damaged(message):
        yield what, "model.onnx", encoded(changed)


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


def npz() -> Iterator[tuple[str, str, bytes]]:
    whole = arrays()
    yield "as it is", "model.npz", packed(whole)
    for name in ("W5", "b9", "W0", "x", "W1_num"):
        yield f"and {name}", "model.npz", packed(whole | {name: whole["W4"]})
    for what, damaged in with_arrays_damaged(whole):
        yield what, "model.npz", damaged["model.npz"]


CASES = {name: lambda name=name: onnx_fields(name) for name in MODELS}
CASES |= {"bytes": onnx_bytes, "graphs": onnx_graphs, "nnet": nnet, "npz": npz}


def network_line(path: Path) -> str:
    """What the checker reads, by its digest, or why it does not."""
    try:
        network = read_network(str(path))
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
    """Verdicts about a certificate with every kind of step, every field of it damaged."""
    model, small, good = files(folder)
    path, lines = folder / "certificate.json", {}
    good["generator"] = {}
    for what, certificate in with_fields_damaged(good):
        path.write_text(json.dumps(certificate), encoding="utf-8")
        try:
            lines[what] = check(model, small, str(path)).line
        except Unreadable as error:
            lines[what] = str(error).replace(f"{folder}/", "")
    return lines


def differences(found: dict[str, str], expected: dict[str, str]) -> dict[str, tuple[str | None, str | None]]:
    names = [*expected, *(name for name in found if name not in expected)]
    return {n: (found.get(n), expected.get(n)) for n in names if found.get(n) != expected.get(n)}


def expected(name: str) -> dict[str, str]:
    """The lines by case; the file has the cases by line."""
    lines = json.loads(EXPECTED.read_text(encoding="utf-8"))[name]
    return {case: line for line, cases in lines.items() for case in cases.split("; ")}


@pytest.mark.parametrize("name", CASES)
def test_damaged_networks_word_for_word(name: str, tmp_path: Path) -> None:
    assert differences(network_lines(name, tmp_path), expected(name)) == {}


def test_damaged_certificates_word_for_word(tmp_path: Path) -> None:
    assert differences(certificate_lines(tmp_path), expected("certificate")) == {}


@pytest.mark.parametrize("name", CASES)
def test_what_the_checker_reads_the_program_reads_too(name: str, tmp_path: Path) -> None:
    """Two readers that share no code."""
    for what, file, content in CASES[name]():
        (tmp_path / file).write_bytes(content)
        assert agree(program_line(tmp_path / file), network_line(tmp_path / file)), what
