"""Small networks of the kinds that torchvision has, as ONNX files that spend no byte in vain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper


class Blocks:
    """Collect operations over maps; weights are small dyadic numbers, drawn at random, so that nothing merges."""

    def __init__(self, seed: int, channels: int = 4, side: int = 8) -> None:
        self.rng = np.random.default_rng(seed)
        self.channels, self.side = channels, side
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.width = {"x": channels}

    def constant(self, values: Any) -> str:
        """A constant, by its name."""
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def numbers(self, *shape: int) -> str:
        """Random numbers that float16 holds."""
        return self.constant((self.rng.integers(1, 512, size=shape) / 256 - 1).astype(np.float32))

    def add(self, kind: str, operands: list[str], width: int, **attributes: Any) -> str:
        """The result of an operation that has so many channels."""
        name = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, operands, [name], **attributes))
        self.width[name] = width
        return name

    def conv(self, x: str, width: int, window: int = 3, groups: int = 1, stride: int = 1, act: bool = True) -> str:
        """A convolution with biases that keeps the sides, and a ReLU."""
        kernel = self.numbers(width, self.width[x] // groups, window, window)
        how = {"group": groups} if groups > 1 else {}
        pads = [window // 2] * 4
        y = self.add("Conv", [x, kernel, self.numbers(width)], width, pads=pads, strides=[stride] * 2, **how)
        return self.relu(y) if act else y

    def relu(self, x: str) -> str:
        return self.add("Relu", [x], self.width[x])

    def plus(self, x: str, y: str) -> str:
        return self.add("Add", [x, y], self.width[x])

    def joined(self, *xs: str) -> str:
        return self.add("Concat", list(xs), sum(self.width[x] for x in xs), axis=1)

    def model(self, x: str, outputs: int = 3) -> ModelProto:
        """The mean of all maps and a dense layer behind it, as a model."""
        mean = self.add("GlobalAveragePool", [x], self.width[x])
        flat = self.add("Flatten", [mean], self.width[x])
        dense = self.add("Gemm", [flat, self.numbers(self.width[x], outputs), self.numbers(outputs)], outputs)
        self.nodes[-1].output[0] = "y"
        assert dense
        ends = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *shape])
            for name, shape in (("x", [self.channels, self.side, self.side]), ("y", [outputs]))
        ]
        graph = helper.make_graph(self.nodes, "g", ends[:1], ends[1:], self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def mobile(seed: int, width: int = 16) -> ModelProto:
    """Depthwise convolutions between those of windows of one, with a sum around them."""
    b = Blocks(seed)
    x = b.conv("x", width)
    y = b.conv(x, 2 * width, 1)
    y = b.conv(y, 2 * width, 3, groups=2 * width)
    x = b.plus(x, b.conv(y, width, 1, act=False))
    return b.model(b.conv(x, 2 * width, 3, groups=width, stride=2))


def shuffle(seed: int, width: int = 16) -> ModelProto:
    """Convolutions in groups, and channels that are dealt out between them."""
    b = Blocks(seed)
    x = b.conv("x", width)
    y = b.conv(x, width, 1, groups=4)
    order = np.arange(width).reshape(4, -1).T.reshape(-1)
    y = b.add("Gather", [y, b.constant(order)], width, axis=1)
    y = b.conv(y, width, 3, groups=width)
    return b.model(b.conv(y, 2 * width, 3, groups=2))


def residual(seed: int, width: int = 12) -> ModelProto:
    """Sums around convolutions, with one that changes the number of channels on the way."""
    b = Blocks(seed)
    x = b.conv("x", width)
    x = b.relu(b.plus(b.conv(b.conv(x, width), width, act=False), x))
    y = b.conv(b.conv(x, 2 * width, stride=2), 2 * width, act=False)
    return b.model(b.relu(b.plus(y, b.conv(x, 2 * width, 1, stride=2, act=False))))


def dense(seed: int, width: int = 8) -> ModelProto:
    """Convolutions that read all results before them."""
    b = Blocks(seed)
    xs = [b.conv("x", width)]
    for _ in range(3):
        xs.append(b.conv(b.joined(*xs) if len(xs) > 1 else xs[0], width))
    return b.model(b.conv(b.joined(*xs), width, 1))


def fire(seed: int, width: int = 12) -> ModelProto:
    """Two convolutions of one result, side by side."""
    b = Blocks(seed)
    x = b.conv(b.conv("x", width), 4, 1)
    x = b.joined(b.conv(x, width, 1), b.conv(x, width, 3))
    x = b.add("MaxPool", [x], b.width[x], kernel_shape=[2, 2], strides=[2, 2])
    return b.model(b.conv(x, 8, 1))


def u_shaped(seed: int, width: int = 8) -> ModelProto:
    """Maps that are made small, large again, and joined with what they were."""
    b = Blocks(seed)
    x = b.conv("x", width)
    y = b.add("MaxPool", [x], width, kernel_shape=[2, 2], strides=[2, 2])
    y = b.conv(y, width)
    scales = b.constant(np.array([1, 1, 2, 2], dtype=np.float32))
    how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    y = b.add("Resize", [y, "", scales], width, **how)
    return b.model(b.conv(b.joined(x, y), width))


def next_kind(seed: int, width: int = 16) -> ModelProto:
    """Convolutions in groups of several channels, with a sum around them."""
    b = Blocks(seed)
    x = b.conv("x", width)
    y = b.conv(b.conv(x, width, 1), width, 3, groups=4)
    return b.model(b.relu(b.plus(b.conv(y, width, 1, act=False), x)))


KINDS: dict[str, Callable[..., ModelProto]] = {
    "mobile": mobile,
    "shuffle": shuffle,
    "residual": residual,
    "dense": dense,
    "fire": fire,
    "next": next_kind,
    "u": u_shaped,
}
"""Kinds of networks by name: a seed and a width make a model."""
