"""Quantised networks as ONNX files: of integers between roundings (QDQ), or with operators of integers (QOperator)."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper


class QuantisedBlocks:
    """Collect quantised layers over maps of 8-bit integers; weights are drawn at random.

    Parameters
    ----------
    integers : bool
        Whether layers are QLinearConv and QLinearMatMul; else floats between DequantizeLinear and QuantizeLinear.
    per_channel : bool
        Whether every result has a scale of its own.
    zero : int
        The zero point of weights.
    """

    def __init__(
        self, seed: int, *, integers: bool, per_channel: bool = True, zero: int = 0, kind: Any = np.int8
    ) -> None:
        self.rng = np.random.default_rng(seed)
        self.integers, self.per_channel, self.zero, self.kind = integers, per_channel, zero, kind
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.code = (self.scale(), self.constant(np.uint8(self.rng.integers(60, 160))))
        self.tensor = self.add("QuantizeLinear", ["x", *self.code])
        self.width = 3

    def constant(self, values: Any) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def scale(self, *shape: int) -> str:
        return self.constant(self.rng.uniform(0.01, 0.05, size=shape).astype(np.float32))

    def add(self, kind: str, operands: list[str], **attributes: Any) -> str:
        name = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, operands, [name], **attributes))
        return name

    def layer(self, integers: np.ndarray, *, biased: bool, copies: int = 0, **attributes: Any) -> None:
        """A convolution (weights of four dimensions) or a matrix."""
        conv = integers.ndim == 4
        axis = 0 if conv else 1
        count = integers.shape[axis]
        shape = (count,) if self.per_channel else ()
        scales = self.rng.uniform(0.01, 0.05, size=shape).astype(np.float32)
        if shape:
            scales[1 : 1 + copies] = scales[0]
        weights = [self.constant(integers.astype(self.kind)), self.constant(scales)]
        weights.append(self.constant(np.full(shape, self.zero, dtype=self.kind)))
        bias = self.rng.integers(-900, 900, size=count).astype(np.int32)
        bias[1 : 1 + copies] = bias[0]
        after = (self.scale(), self.constant(np.uint8(self.rng.integers(60, 160))))
        if self.integers:
            given = [self.tensor, *self.code, *weights, *after, *([self.constant(bias)] if biased and conv else [])]
            self.tensor = self.add("QLinearConv" if conv else "QLinearMatMul", given, **attributes)
        else:
            given = [self.add("DequantizeLinear", [self.tensor, *self.code])]
            given.append(self.add("DequantizeLinear", weights, **({"axis": axis} if self.per_channel else {})))
            if biased and conv:
                bias_code = [self.constant(bias), self.constant(scales / np.float32(32))]
                given.append(self.add("DequantizeLinear", bias_code, **({"axis": 0} if self.per_channel else {})))
            product = self.add("Conv" if conv else "MatMul", given, **attributes)
            self.tensor = self.add("QuantizeLinear", [product, *after])
        self.code, self.width = after, count

    def kernel(self, width: int, window: int = 3) -> np.ndarray:
        low, high = (-self.zero, 127) if self.kind == np.int8 else (0, 255)
        return self.rng.integers(max(low, -127), high + 1, size=(width, self.width, window, window))

    def conv(self, width: int, *, biased: bool = True, copies: int = 0) -> None:
        """A convolution, some results of which are copies of the first; the next layer may read them."""
        kernel = self.kernel(width)
        kernel[1 : 1 + copies] = kernel[0]
        self.layer(kernel, biased=biased, copies=copies, pads=[1] * 4)

    def pool(self) -> None:
        self.tensor = self.add("MaxPool", [self.tensor], kernel_shape=[2, 2], strides=[2, 2])

    def dense(self, width: int, positions: int) -> None:
        self.tensor = self.add("Flatten", [self.tensor], axis=1)
        self.width *= positions
        self.layer(self.kernel(width, 1)[:, :, 0, 0].T, biased=False)

    def model(self) -> ModelProto:
        self.add("DequantizeLinear", [self.tensor, *self.code])
        self.nodes[-1].output[0] = "y"
        shapes = {"x": ["N", 3, 8, 8], "y": ["N", self.width]}
        ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n, shape in shapes.items()]
        graph = helper.make_graph(self.nodes, "g", ends[:1], ends[1:], self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def quantised(seed: int, *, biased: bool = True, copies: int = 0, **how: Any) -> ModelProto:
    """Two convolutions, with a maximum between them, and a matrix."""
    b = QuantisedBlocks(seed, **how)
    b.conv(12, biased=biased, copies=copies)
    b.pool()
    b.conv(10, biased=biased, copies=copies)
    b.pool()
    b.dense(5, 4)
    return b.model()
