"""Files of a megabyte end within seconds, a gigabyte of memory and one line; what they imply is counted before."""

from __future__ import annotations

import base64
import struct
import subprocess
import sys
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from hand_made import judged
from hostile_files import ONNX, OTHERS, SIZE, square
from onnx_files import encoded, model, node, tensor, unshaped, value

import lumpform
from lumpform.checker import Unreadable
from lumpform.checker.limits import DEFAULT, Limits
from lumpform.checker.networks.budget import Budget
from lumpform.checker.networks.canonical import read_form
from lumpform.checker.networks.judge import read_network
from lumpform.checker.networks.onnx import read_onnx

SECONDS, BYTES = 10, 1 << 30
"""Twice the time that it may take on a machine that does nothing else, and the memory that it may have."""

PROGRAM = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({bytes}, {bytes}))
resource.setrlimit(resource.RLIMIT_CPU, ({seconds}, {seconds}))
from lumpform.checker.networks.canonical import canonical
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network
from lumpform.checker import Unreadable
try:
    network = read_network(sys.argv[1])
    print("read", digest(network)[:6], len(canonical(network).groups))
except Unreadable as error:
    print(error)
"""


def lines(path: Path) -> list[str]:
    """Return what a process of its own, with little time and memory, says of a file."""
    program = PROGRAM.format(bytes=BYTES, seconds=SECONDS)
    root = Path(lumpform.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, cwd=root, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("what", ONNX)
def test_onnx_files_end_soon(what: str, tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(ONNX[what]())
    assert path.stat().st_size <= 1.4 * SIZE
    (line,) = lines(path)
    assert "memory" not in line
    assert line.startswith("read ") or "found " in line


@pytest.mark.slow
@pytest.mark.parametrize("what", OTHERS)
def test_archives_and_texts_end_soon(what: str, tmp_path: Path) -> None:
    suffix, make = OTHERS[what]
    path = tmp_path / f"m{suffix}"
    path.write_bytes(make())
    assert path.stat().st_size <= SIZE
    (line,) = lines(path)
    assert "more than" in line


UNITS, MAPS = value("x", "N", 4), value("x", "N", 2, 3, 3)


@pytest.mark.parametrize(
    ("nodes", "given"),
    [
        ([node("Relu", "x", "y")], UNITS),
        ([node("Concat", "x x", "y", axis=1)], UNITS),
        ([node("Conv", "x k", "y", group=2)], MAPS),
        ([node("AveragePool", "x", "h", kernel_shape=[2, 2]), node("Softmax", "h", "y", axis=1)], MAPS),
    ],
)
def test_what_is_counted_is_what_is_left(nodes, given, tmp_path) -> None:
    """Exactly what a file needs is enough; a byte of the file is worth some units."""
    path = tmp_path / "m.onnx"
    path.write_bytes(encoded(model(nodes, [tensor("k", [2, 1, 1, 2], *range(1, 5))], [given], [unshaped("y")])))
    limits = replace(DEFAULT, network_units_per_byte=0)
    budget = Budget(path.stat().st_size, limits)
    read_form(read_onnx(str(path), budget), budget)
    needed = limits.network_units - budget.left
    limits = replace(limits, network_units=needed)
    budget = Budget(path.stat().st_size, limits)
    read_form(read_onnx(str(path), budget), budget)
    assert budget.left == 0
    assert outcome(path, limits) == "read"
    limits = replace(limits, network_units=needed - 1)
    assert "more than a file of this size may imply" in outcome(path, limits)
    assert outcome(path, replace(limits, network_units_per_byte=1)) == "read"


def outcome(path: Path, limits: Limits) -> str:
    """Tell whether a file is read, or why not."""
    try:
        read_network(str(path), limits)
    except Unreadable as error:
        return str(error)
    return "read"


def packed(*class_of: int) -> dict[str, str]:
    """Return a map as a certificate has it."""
    data = zlib.compress(struct.pack(f"<{len(class_of)}i", *class_of))
    return {"encoding": "base64-zlib-int32", "data": base64.b64encode(data).decode()}


LAYERS = [node("MatMul", "x w", "h"), node("Relu", "h", "r"), node("Add", "r c", "y")]
LUMP = {"step": "lump", "class_of": packed(*range(1351)), "scales": []}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ([LUMP] * 300, "more work than a network of this size takes"),
        ([{"step": "drop", "nodes": []}] * 9999, None),
        ([{"step": "substitute", "group": 2, "nodes": []}] * 9999, None),
    ],
)
def test_certificates_of_many_steps_end_soon(steps, found, tmp_path) -> None:
    """A lumping costs the whole network, other steps what they change."""
    message = model(LAYERS, [square(), tensor("c", [1], 0.5)], [value("x", "N", 450)], [unshaped("y")])
    if found is None:
        assert judged(tmp_path, message, message, [], {"steps": steps}).verified
    else:
        with pytest.raises(Unreadable, match=found):
            judged(tmp_path, message, message, [], {"steps": steps})


@pytest.mark.slow
def test_scales_with_long_denominators_end_soon(tmp_path) -> None:
    """Hundreds of fractions that have nothing in common, for neurons that are all the same."""
    message = model(LAYERS, [square(), tensor("c", [1], 0.5)], [value("x", "N", 450)], [unshaped("y")])
    scales = [[i, f"1/{10**1500 + 2 * i + 1}"] for i in range(452, 901)]
    merged = packed(*range(451), *[451] * 450, *range(452, 902))
    steps = [{"step": "lump", "class_of": merged, "scales": scales}]
    with pytest.raises(Unreadable, match="a common denominator of more than 65536 bits"):
        judged(tmp_path, message, message, [], {"steps": steps})
