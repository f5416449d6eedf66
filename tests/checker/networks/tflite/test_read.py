"""The checker's reader of TensorFlow Lite files, which shares nothing with the other one, reads the same networks."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from sizes import medium_but
from tflite_cases import CASES
from tflite_files import Made

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.certificates.format import write_certificate
from lumpform.checker import check
from lumpform.checker.failure import Unreadable
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network
from lumpform.checker.verdict import Verdict

pytest.importorskip("tflite", reason="reading .tflite files needs the package tflite")


@pytest.mark.parametrize("name", CASES)
def test_both_readers_read_the_same_network(name: str, tmp_path: Path) -> None:
    made = Made()
    path = made.write(tmp_path / "m.tflite", CASES[name](made))
    network = read_network(str(path))
    assert digest(network) == digest_of(lf.read(path))


def verdict_of(path: Path, folder: Path) -> Verdict:
    """Reduce the network in a file, write it and its certificate, and return what the checker says."""
    reduction = lf.reduce(lf.read(path))
    small, certificate = folder / "s.onnx", folder / "c.json"
    rounding = lf.write(reduction.model, small)
    write_certificate(reduction.certificate(None if rounding.exact else "float32"), certificate)
    return check(str(path), str(small), str(certificate))


def test_reductions_are_verified(tmp_path: Path) -> None:
    made = Made()
    verdict = verdict_of(made.write(tmp_path / "m.tflite", CASES["small network"](made)), tmp_path)
    assert verdict.verified, verdict.reason
    assert "24 hidden neurons to 12" in verdict.reason


def test_hello_world_is_verified(shared: Path, tmp_path: Path) -> None:
    verdict = verdict_of(shared / "data" / "nets" / "hello_world_float.tflite", tmp_path)
    assert verdict.verified, verdict.reason
    assert "32 hidden neurons to 24" in verdict.reason


@pytest.mark.parametrize("name", medium_but(["strided slice"], ["bytes", "strided slice", "small network"]))
def test_damage_ends_in_one_line_of_both_readers(name: str, tmp_path: Path) -> None:
    made = Made()
    outputs = CASES[name](made)
    content = made.write(tmp_path / "m.tflite", outputs).read_bytes()
    chance, path, read = random.Random(name), tmp_path / "d.tflite", 0
    lines: list[str] = []
    for _ in range(150):
        damaged = bytearray(content)
        if chance.random() < 0.1:
            del damaged[chance.randrange(len(damaged)) :]
        for _ in range(chance.randint(1, 3) if damaged else 0):
            damaged[chance.randrange(len(damaged))] = chance.choice([0, 1, 4, 127, 128, 255, chance.randrange(256)])
        path.write_bytes(damaged)
        try:
            ours = digest_of(lf.read(path))
        except lf.FormatError as error:
            ours = None
            lines.append(str(error))
        try:
            network = read_network(str(path))
            theirs = digest(network)
        except Unreadable as error:
            theirs = None
            lines.append(str(error))
        if None not in (ours, theirs):
            assert ours == theirs
            read += 1
    assert read
    assert lines
    assert not any("\n" in line for line in lines)
