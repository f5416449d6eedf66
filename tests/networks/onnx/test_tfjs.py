"""Weights of TensorFlow.js become ONNX files: made-up networks, read by LumpForm and compared with onnxruntime."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf

FOLDER = Path(__file__).parents[3] / "benchmarks"
if not FOLDER.is_dir():
    pytest.skip("no checkout: benchmarks are not installed", allow_module_level=True)


def script(name: str) -> Any:
    """Return a module of the benchmarks."""
    sys.path.insert(0, str(FOLDER))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(FOLDER))


tfjs, faces, in_the_wild = script("tfjs"), script("faces"), script("in_the_wild")


def saved(folder: Path, arrays: dict[str, Any], name: str = "net") -> Path:
    """Write weights: floats as they are, bytes as quantised with the step 1/4 from -1 on; in two shards."""
    entries, content = [], b""
    for key, array in arrays.items():
        entry: dict[str, Any] = {"name": key, "shape": list(array.shape), "dtype": "float32"}
        if array.dtype == np.uint8:
            entry["quantization"] = {"dtype": "uint8", "scale": 0.25, "min": -1.0}
        entries.append(entry)
        content += array.tobytes()
    shards = [f"{name}.1", f"{name}.2"]
    for shard, part in zip(shards, (content[:5], content[5:]), strict=True):
        (folder / shard).write_bytes(part)
    manifest = folder / f"{name}-weights_manifest.json"
    manifest.write_text(json.dumps([{"weights": entries, "paths": shards}]), encoding="utf-8")
    return manifest


@given(st.lists(st.integers(0, 255), min_size=1), st.floats(1e-6, 10), st.integers(0, 255))
def test_quantised_weights_are_those_of_the_program(numbers: list[int], scale: float, zero: int) -> None:
    """Each is the float32 nearest to two operations in doubles; the byte that stands for zero gives zero."""
    found = tfjs.dequantised(np.array([*numbers, zero], np.uint8), scale, -zero * scale)
    assert found.dtype == np.float32
    assert found.tolist() == [float(np.float32(n * scale + -zero * scale)) for n in [*numbers, zero]]
    assert found[-1] == 0


def test_weights_lie_one_behind_the_other_in_all_shards(tmp_path: Path) -> None:
    arrays = {"a": np.arange(6, dtype=np.uint8).reshape(2, 3), "b": np.array([0.5, -2], np.float32)}
    found = tfjs.read_weights(saved(tmp_path, arrays))
    assert found["a"].tolist() == [[-1, -0.75, -0.5], [-0.25, 0, 0.25]]
    assert found["b"].tolist() == [0.5, -2]


@pytest.mark.parametrize("change", ["longer", "shorter", "elsewhere", "kind"])
def test_other_forms_are_refused_in_one_line(tmp_path: Path, change: str) -> None:
    manifest = saved(tmp_path, {"a": np.arange(9, dtype=np.uint8)})
    groups = json.loads(manifest.read_text())
    if change in ("longer", "shorter"):
        groups[0]["weights"][0]["shape"] = [8 if change == "longer" else 10]
    elif change == "elsewhere":
        groups[0]["paths"][0] = "../net.1"
    else:
        groups[0]["weights"][0]["dtype"] = "complex64"
    manifest.write_text(json.dumps(groups))
    with pytest.raises(tfjs.Unread, match="expected"):
        tfjs.read_weights(manifest)


def block_weights(random: np.random.Generator) -> dict[str, Any]:
    """Return weights of a block of three layers of four channels, the last of which is zero as a whole."""
    made: dict[str, Any] = {}
    for k in range(3):
        kind = "conv" if k == 0 else "separable"
        shapes = {"filters": (3, 3, 3, 4)} if kind == "conv" else {}
        shapes |= {"depthwise_filter": (3, 3, 4, 1), "pointwise_filter": (1, 1, 4, 4)} if kind == "separable" else {}
        for name, shape in shapes.items():
            array = random.integers(0, 9, shape).astype(np.uint8)
            made[f"dense0/conv{k}/{name}"] = np.full_like(array, 4) if k == 2 else array
        made[f"dense0/conv{k}/bias"] = random.normal(size=4).astype(np.float32)
    made["dense0/conv2/bias"] = np.full(4, -1, np.float32)
    return made | {"fc/weights": random.normal(size=(4, 2)).astype(np.float32), "fc/bias": np.ones(2, np.float32)}


@pytest.mark.medium
def test_a_block_that_is_zero_is_left_out(tmp_path: Path) -> None:
    """A made-up network of one block: the same values as a plain convolution gives, and a smaller file, verified."""
    import onnxruntime

    draw = tfjs.Drawing(tfjs.read_weights(saved(tmp_path, block_weights(np.random.default_rng(0)))))
    x = faces.dense_block(draw, faces.centred(draw, faces.MEAN), "dense0", 3, True)
    x = draw.node("Flatten", [draw.node("AveragePool", [x], kernel_shape=[4, 4], strides=[2, 2])])
    draw.write(tmp_path / "x.onnx", (3, 8, 8), [draw.dense(x, "fc/weights", "fc/bias")])
    network = lf.read(tmp_path / "x.onnx")
    image = np.random.default_rng(1).integers(0, 256, (2, 3, 8, 8)).astype(np.float32)
    session = onnxruntime.InferenceSession(str(tmp_path / "x.onnx"), providers=["CPUExecutionProvider"])
    (wanted,) = session.run(None, {"x": image})
    np.testing.assert_allclose(network.forward(image), wanted, rtol=1e-4)
    record = in_the_wild.looked_at(tmp_path / "x.onnx", 60)
    assert record["verdict"] == "VERIFIED"
    assert record["bytes_after"] < (tmp_path / "x.onnx").stat().st_size


def test_what_is_not_read_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A pickle is not opened, and the line says so."""
    (tmp_path / "net.pth").write_bytes(b"not even a pickle")
    assert in_the_wild.main([str(tmp_path)]) == 0
    assert "not read: a pickle, which is a program" in capsys.readouterr().out
