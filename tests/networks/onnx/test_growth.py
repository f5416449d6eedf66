"""Why a file grew is said with the constants that take most of it."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from lumpform.networks.onnx.growth import why_larger


def written(path, *sizes):
    """Write a file with constants of so many numbers."""
    constants = [numpy_helper.from_array(np.zeros(n, dtype=np.float32), f"w{n}") for n in sizes]
    ends = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, [1])] for name in "xy"]
    nodes = [helper.make_node("Identity", ["x"], ["y"])]
    path.write_bytes(helper.make_model(helper.make_graph(nodes, "g", *ends, constants)).SerializeToString())
    return path


def test_the_largest_constants_are_named(tmp_path):
    small, large = written(tmp_path / "a.onnx", 5), written(tmp_path / "b.onnx", 5, 1000, 20, 300)
    line = why_larger(small, large)
    assert line is not None
    assert line.startswith(f"{large.stat().st_size - small.stat().st_size:,} bytes more than were read: ")
    assert "w1000 [1000] with 4,0" in line
    assert line.index("w1000") < line.index("w300") < line.index("w20")
    assert "w5" not in line


def test_a_file_that_did_not_grow_gets_no_line(tmp_path):
    small, large = written(tmp_path / "a.onnx", 5), written(tmp_path / "b.onnx", 5, 9)
    assert why_larger(large, small) is None
    assert why_larger(small, small) is None
