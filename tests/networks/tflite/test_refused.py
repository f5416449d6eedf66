"""What TensorFlow Lite files hold that is not read: one line each, with the operator."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tflite_cases import fused, numbers
from tflite_files import Made

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.checker import Unreadable
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network

pytest.importorskip("tflite", reason="reading .tflite files needs the package tflite")


def unknown(made: Made) -> list[int]:
    return made.operator("RSQRT", [made.input((1, 5))], [(1, 5)])


def integers(made: Made) -> list[int]:
    return made.operator("RELU", [made.input((1, 5), "int8")], [(1, 5)])


def rounded_inputs(made: Made) -> list[int]:
    weights = made.constant(np.ones((3, 5), dtype=np.int8), ([0.5], [0], 0))
    return made.operator("FULLY_CONNECTED", [made.input((1, 5)), weights], [(1, 3)], fused("FullyConnectedOptions"))


def fused_tanh(made: Made) -> list[int]:
    return made.operator("ADD", [made.input((1, 5)), made.constant(numbers(5))], [(1, 5)], fused("AddOptions", 4))


def other_options(made: Made) -> list[int]:
    return made.operator("ADD", [made.input((1, 5)), made.constant(numbers(5))], [(1, 5)], fused("MulOptions"))


def too_early(made: Made) -> list[int]:
    return made.operator("ADD", [made.input((1, 5)), made.tensor((1, 5))], [(1, 5)], fused("AddOptions"))


REFUSED: dict[str, tuple[Callable[[Made], list[int]], str]] = {
    "an unknown operator": (unknown, "operator 0 RSQRT: found the operator RSQRT, expected one of ABS"),
    "integers that are computed": (integers, "found a tensor of integers without one scale and one zero point"),
    "integers among floats": (
        rounded_inputs,
        "operator 0 FULLY_CONNECTED: found tensor 0 of the type INT8 among floats",
    ),
    "a fused tanh": (fused_tanh, "operator 0 ADD: found the fused function 4"),
    "options of another operator": (other_options, "operator 0 ADD: found options that are no AddOptions"),
    "an operand from nowhere": (too_early, "operator 0 ADD: found tensor 1, which no earlier operator makes"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_read(what: str, tmp_path: Path) -> None:
    graph, line = REFUSED[what]
    made = Made()
    path = made.write(tmp_path / "m.tflite", graph(made))
    with pytest.raises(lf.FormatError) as found:
        lf.read(path)
    assert line in str(found.value)
    assert "\n" not in str(found.value)


def test_the_first_of_several_graphs_is_read_if_no_other_is_called(tmp_path: Path) -> None:
    """Bodies of operators that are not read stand behind it, or what converters left there."""
    alone, several, called = Made(), Made(), Made()
    for made in (alone, several, called):
        made.outputs = made.operator("RELU", [made.input((1, 5))], [(1, 5)])
    several.graphs, several.signatures = 3, [0, 0]
    called.graphs, called.signatures = 2, [0, 1]
    paths = [made.write(tmp_path / f"{k}.tflite", made.outputs) for k, made in enumerate((alone, several, called))]
    wanted = digest_of(lf.read(paths[0]))
    assert digest_of(lf.read(paths[1])) == wanted == digest(read_network(str(paths[1])))
    with pytest.raises(lf.FormatError, match="signature 1: found the graph 1, expected the first graph, 0"):
        lf.read(paths[2])
    with pytest.raises(Unreadable, match="a signature of another graph than the first"):
        read_network(str(paths[2]))


def test_files_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "m.tflite"
    path.write_bytes(b"no model")
    with pytest.raises(lf.FormatError, match="found no mark TFL3"):
        lf.read(path)
    path.write_bytes(bytes([8, 0, 0, 127]) + b"TFL3" + bytes(20))
    with pytest.raises(lf.FormatError, match="offsets that lead out of the file"):
        lf.read(path)
