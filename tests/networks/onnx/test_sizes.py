"""No written file is larger than the one that was read, but for what is listed here, with the reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from onnx_blocks import KINDS
from quantised_blocks import quantised
from sizes import medium_but

import lumpform as lf
from lumpform.networks.canonical import canonical

from .test_full_shapes import RIGHT
from .test_quantised import CASES

HEADER = 10
"""Bytes of the name of the program that wrote a file."""

FORM = 210
"""Bytes by which a file of a few operations may grow: what is one operation there can be two, with a shape between."""

LARGER = {
    "maps of four sides": "convolutions have at most three sides, so matrices are turned around",
    "maps of four sides that are moved": "convolutions have at most three sides, so matrices are turned around",
    "a batch of maps": "a fixed batch: every sample is maps of its own",
    "pooling of a fixed batch": "a fixed batch: every sample is maps of its own",
    "samples in a fixed batch": "a fixed batch: samples are read as numbers and become channels",
    "biases per row": "a fixed batch: samples are read as numbers and become channels",
    "a vector from the left": "a fixed batch: samples are read as numbers and become channels",
    "a matrix of more dimensions": "a fixed batch: samples are read as numbers and become channels",
    "the other operand of gemm": "a fixed batch: samples are read as numbers and become channels",
    "softmax of rows": "one operation over several rows is one for every row",
    "softmax of columns": "one operation over several rows is one for every row",
    "softmax from axis 2": "one operation over several rows is one for every row",
    "softmax of channels": "one operation over several rows is one for every row",
    "numbers at every position of maps": "a map of zeros says how large the maps are",
    "one position at every position of maps": "a map of zeros says how large the maps are",
    "maxima of one position everywhere": "a map of zeros says how large the maps are",
    "maxima of a constant": "a constant is made for every sample",
    "concat of maps": "places of a Gather, where two inputs are taken in turn",
    "broadcast of a tensor": "places of a Gather, where numbers are repeated",
    "broadcast to another rank": "places of a Gather, where numbers are repeated",
    "difference with broadcast": "places of a Gather, where numbers are repeated, and a factor",
    "sums of three": "places of a Gather, where numbers are repeated, and a factor",
    "repeated maps": "places of a Gather, where numbers are repeated",
    "cut at one end and padded there": "places of a Gather, where a border is cut off and another is added",
    "a part of the channels": "an input of which parts are read as maps and as numbers",
}
"""Files of one or two operations and hardly any weights, and why what is written takes more of them."""


def growth(model: Any, folder: Path) -> int:
    """Return by how many bytes what is written is larger than the model."""
    before, after = folder / "m.onnx", folder / "w.onnx"
    before.write_bytes(model.SerializeToString())
    lf.write(canonical(lf.read(before)), after)
    return after.stat().st_size - before.stat().st_size


@pytest.mark.parametrize("kind", KINDS)
def test_networks_of_convolutions(kind, tmp_path):
    assert growth(KINDS[kind](7), tmp_path) <= 0


@pytest.mark.parametrize("name", medium_but(list(RIGHT)[::8], RIGHT))
def test_operations(name, tmp_path):
    grown = growth(RIGHT[name], tmp_path)
    assert (grown > FORM) == (name in LARGER), f"{grown} bytes more"
    assert grown < 1300 or name == "maps of four sides that are moved"


@pytest.mark.parametrize("case", CASES)
def test_quantised_operations(case, tmp_path):
    assert growth(CASES[case], tmp_path) <= HEADER + 10


@pytest.mark.parametrize("integers", [True, False])
@pytest.mark.parametrize("per_channel", [True, False])
def test_quantised_networks(integers, per_channel, tmp_path):
    assert growth(quantised(4, integers=integers, per_channel=per_channel), tmp_path) <= HEADER


@pytest.mark.medium
def test_modules_of_torch(tmp_path):
    torch = pytest.importorskip("torch", reason="needs PyTorch (the extra torch)")
    from torch_modules import CASES as MODULES
    from torch_modules import made

    from lumpform.networks.torch.export import to_model

    torch.manual_seed(7)
    for name, case in MODULES.items():
        if not case.missing:
            x = tuple(torch.randn(2, *case.shape) for _ in range(case.inputs))
            grown = growth(to_model(made(case), x if len(x) > 1 else x[0]), tmp_path)
            assert grown <= 0, f"{name}: {grown} bytes more"
