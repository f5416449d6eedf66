"""What is written anew is no larger than the file that was read, but for what is listed here, with the reason.

Users get the file itself in these cases: `test_kept_file.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnx
import pytest
from onnx_blocks import KINDS
from quantised_blocks import quantised
from sizes import medium_but

import lumpform as lf
from lumpform.networks.canonical import canonical

from .test_full_shapes import RIGHT
from .test_quantised import CASES

FORM = 60
"""Bytes by which a file of a few operations may grow: what is one operation there can be two, with a shape between."""

LARGER = {
    "maps of four sides that are moved": "convolutions have at most three sides, so matrices are turned around",
    "maps of four sides": "convolutions have at most three sides, so matrices are turned around",
    "difference with broadcast": "a difference of numbers is a sum, one of whose matrices is -1",
    "cut at one end and padded there": "maps that are cut and padded are made of numbers again",
    "cut out of maps and padded": "maps that are cut and padded are made of numbers again",
    "maxima of a constant": "a constant is made for every sample",
    "numbers at every position of maps": "a map of zeros says how large the maps are",
    "one position at every position of maps": "a map of zeros says how large the maps are",
    "expanded numbers": "places of a Gather, where numbers are repeated",
    "repeated maps": "places of a Gather, where numbers are repeated",
    "gathered backwards": "places of a Gather, in another order",
    "a part of the channels": "an input of which parts are read as maps and as numbers",
    "an output that nothing reaches, with a batch": "zeros for every sample are a product with 0",
    "an output that nothing reaches, without the batch of the others": "zeros for every sample are a product with 0",
    "softmax that flattens": "since version 13 of the operator set Softmax does not flatten what it reads",
    "softmax from axis 2": "since version 13 of the operator set Softmax does not flatten what it reads",
    "cut by negative pads": "a Slice and a Pad, where pads that are negative do both",
    "a vector from the left": "a matrix of one row, and a shape without it",
    "matrix from the left": "a matrix from the right, between transpositions",
    "a window on numbers": "a window of one position is a matrix, and a shape with sides of 1 follows",
}
"""Files of one or two operations and hardly any weights, and why what is written takes more of them."""


def growth(model: Any, folder: Path) -> int:
    """Return by how many bytes what is written is larger than the model."""
    before, after = folder / "m.onnx", folder / "w.onnx"
    outputs = onnx.shape_inference.infer_shapes(model).graph.output  # which files have, and some models here not
    del model.graph.output[:]
    model.graph.output.extend(outputs)
    before.write_bytes(model.SerializeToString())
    lf.write(canonical(lf.read(before)), after)
    return after.stat().st_size - before.stat().st_size


@pytest.mark.parametrize("kind", KINDS)
def test_networks_of_convolutions(kind, tmp_path):
    assert growth(KINDS[kind](7), tmp_path) <= 0


@pytest.mark.parametrize("name", medium_but(list(RIGHT)[::8], RIGHT))
def test_operations(name, tmp_path):
    model = onnx.ModelProto()
    model.CopyFrom(RIGHT[name])
    grown = growth(model, tmp_path)
    assert (grown > FORM) == (name in LARGER), f"{grown} bytes more"
    assert grown < 640 or name == "maps of four sides that are moved"


@pytest.mark.parametrize("case", CASES)
def test_quantised_operations(case, tmp_path):
    assert growth(CASES[case], tmp_path) <= 0


@pytest.mark.parametrize("integers", [True, False])
@pytest.mark.parametrize("per_channel", [True, False])
def test_quantised_networks(integers, per_channel, tmp_path):
    assert growth(quantised(4, integers=integers, per_channel=per_channel), tmp_path) <= 0


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
