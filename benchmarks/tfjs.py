"""Reads the weights of TensorFlow.js, and writes networks of its layers as ONNX files.

A package has a manifest (`...-weights_manifest.json`, or `model.json` with one) and shards of bytes; nothing is
executed. Weights of 8 or 16 bits are numbers q that stand for `q * scale + min`: TensorFlow.js works that out in
doubles and keeps a float32, which is the weight that its networks run with, and the one here.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

TYPES = {"float32": "<f4", "int32": "<i4", "bool": "u1", "uint8": "u1", "uint16": "<u2"}
"""Element types; the last two are of quantised weights."""


class Unread(Exception):
    """Say why weights are not read: the file, and what was found and expected."""


def read_weights(manifest: Path) -> dict[str, NDArray[Any]]:
    """Return all weights of a manifest by name, as TensorFlow.js runs with them.

    Raises
    ------
    Unread
        If the manifest or a shard has another form.
    """
    found = json.loads(manifest.read_text(encoding="utf-8"))
    groups = found["weightsManifest"] if isinstance(found, dict) else found
    weights: dict[str, NDArray[Any]] = {}
    for group in groups:
        content = b"".join(_shard(manifest, name) for name in group["paths"])
        start = 0
        for entry in group["weights"]:
            weights[entry["name"]], start = _weight(manifest, entry, content, start)
        if start != len(content):
            raise Unread(f"{manifest.name}: shards of {len(content):,} bytes, expected {start:,}")
    return weights


def _shard(manifest: Path, name: str) -> bytes:
    """Return the bytes of a shard, which lies beside its manifest."""
    if Path(name).name != name:
        raise Unread(f"{manifest.name}: the shard {name!r}, expected a file beside it")
    return (manifest.parent / name).read_bytes()


def _weight(manifest: Path, entry: dict[str, Any], content: bytes, start: int) -> tuple[NDArray[Any], int]:
    """Return a weight, and where the next one begins."""
    quantised = entry.get("quantization")
    kind = TYPES.get(quantised["dtype"] if quantised else entry["dtype"])
    if kind is None or entry["dtype"] not in TYPES:
        raise Unread(
            f"{manifest.name}: {entry['name']!r} of type {entry['dtype']!r}, expected one of {', '.join(TYPES)}"
        )
    count = math.prod(entry["shape"])
    end = start + count * np.dtype(kind).itemsize
    if end > len(content):
        raise Unread(f"{manifest.name}: shards of {len(content):,} bytes, expected at least {end:,}")
    array = np.frombuffer(content, kind, count, start)
    if quantised and "scale" in quantised:
        array = dequantised(array, quantised["scale"], quantised["min"])
    return array.astype(TYPES[entry["dtype"]]).reshape(entry["shape"]), end


def dequantised(numbers: NDArray[Any], scale: float, least: float) -> NDArray[np.float32]:
    """Return `numbers * scale + least` in doubles, two roundings, and once more rounded to float32."""
    return (numbers.astype(np.float64) * scale + least).astype(np.float32)


@dataclass
class Drawing:
    """Draw a network of layers with these weights; images have their channels first, as ONNX has them."""

    weights: dict[str, NDArray[Any]]
    nodes: list[Any] = field(default_factory=list)
    constants: dict[str, NDArray[Any]] = field(default_factory=dict)

    def node(self, kind: str, inputs: list[str], **attributes: Any) -> str:
        """Add an operation and return its result."""
        from onnx import helper

        name = f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def constant(self, name: str, values: Any, shape: tuple[int, ...] | None = None) -> str:
        """Add a constant of floats and return its name."""
        array = np.asarray(values, np.float32)
        self.constants[name] = array if shape is None else array.reshape(shape)
        return name

    def conv(self, x: str, name: str, bias: str | None, stride: int = 1, same: bool = True) -> str:
        """Add a convolution with filters of height x width x inputs x outputs."""
        self.constants[name] = self.weights[name].transpose(3, 2, 0, 1)
        biases = [] if bias is None else [self.constant(bias, self.weights[bias])]
        return self.node("Conv", [x, name, *biases], **_window(stride, same))

    def depthwise(self, x: str, name: str, stride: int = 1, same: bool = True) -> str:
        """Add a convolution of every channel by itself, with filters of height x width x channels x 1."""
        self.constants[name] = self.weights[name].transpose(2, 3, 0, 1)
        return self.node("Conv", [x, name], group=len(self.constants[name]), **_window(stride, same))

    def separable(self, x: str, name: str, stride: int = 1, same: bool = True) -> str:
        """Add a convolution of every channel by itself, and one of 1 x 1 with a bias."""
        inner = self.depthwise(x, f"{name}/depthwise_filter", stride, same)
        return self.conv(inner, f"{name}/pointwise_filter", f"{name}/bias")

    def dense(self, x: str, name: str, bias: str | None = None) -> str:
        """Add a product with a matrix of inputs x outputs, and a bias if there is one."""
        names = [self.constant(each, self.weights[each]) for each in (name, bias) if each is not None]
        return self.node("Gemm", [x, *names])

    def write(self, path: Path, shape: tuple[int, ...], outputs: list[str]) -> None:
        """Write an ONNX file with the input `x` of this shape, and any number of samples."""
        import onnx
        from onnx import helper, numpy_helper

        given = helper.make_tensor_value_info("x", 1, ["samples", *shape])
        made = [onnx.ValueInfoProto(name=name) for name in outputs]
        for value in made:
            value.type.tensor_type.elem_type = 1
        tensors = [numpy_helper.from_array(np.ascontiguousarray(a), name) for name, a in self.constants.items()]
        graph = helper.make_graph(self.nodes, "network", [given], made, tensors)
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def _window(stride: int, same: bool) -> dict[str, Any]:
    return {"strides": [stride, stride], "auto_pad": "SAME_UPPER" if same else "VALID"}
