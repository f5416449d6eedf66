"""Small graphs whose operands, shapes and windows fit an operation, or do not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from onnx_files import Double, Message, encoded, model, node, tensor, unshaped, value


def operations() -> Iterator[tuple[str, Message]]:
    """Graphs of one or two operations whose operands do not fit, or just do."""
    units, image = [value("x", "n", 4)], [value("x", "n", 2, 3, 3)]
    w, k = tensor("w", [4, 2], *range(1, 9)), tensor("k", [2, 2, 2, 2], *range(1, 17))
    two = [tensor(name, [2], 1.0, 2.0) for name in "shmv"]
    out = [unshaped("y")]
    for axis in (0, 1, -1, 2):
        yield f"softmax on axis {axis}", model([node("Softmax", "x", "y", axis=axis)], [], units, out)
        yield f"flatten on axis {axis}", model([node("Flatten", "x", "y", axis=axis)], [], image, out)
        yield f"concat on axis {axis}", model([node("Concat", "x x", "y", axis=axis)], [], units, out)
    for target in ([-1, 4], [0, 4], [1, 4], [4], [-1, 2, 2], [-1, 4, 1], [-1, 5], [2, -1], [-1, -1], [-1, 1, 4]):
        shape = tensor("t", [len(target)], *target, how="int64_data")
        yield f"reshape to {target}", model([node("Reshape", "x t", "y")], [shape], units, out)
    for target in ([-1, 18], [-1, 2, 9], [1, 18], [-1, 2, 3, 3], [0, -1]):
        shape = tensor("t", [len(target)], *target, how="int64_data")
        yield f"reshape a map to {target}", model([node("Reshape", "x t", "y")], [shape], image, out)
    for target in ([2, 4], [-1, 2], [-1, 3], [8, 0], [-1, 0], [-2, -4], [8], [-1, -1]):
        shape = tensor("t", [len(target)], *target, how="int64_data")
        nodes = [node("Reshape", "w t", "v"), node("MatMul", "x v", "y")]
        yield f"reshape a constant to {target}", model(nodes, [w, shape], units, out)
    flat = [node("Flatten", "w", "v"), node("MatMul", "x v", "y")]
    yield "flatten a constant", model(flat, [w], [value("x", "n", 1)], out)
    targets = [tensor("s", [1], 2, how="int64_data"), tensor("t", [2, 1], 0, 4, how="int64_data")]
    nodes = [node("Reshape", "t s", "r"), node("Reshape", "x r", "f"), node("MatMul", "f w", "y")]
    yield "a reshaped shape", model(nodes, [w, *targets], units, out)
    outside = {"in another file": [(14, 1)], "with a place": [(13, [(1, "location")])], "inside": [(14, 0)]}
    for what, more in outside.items():
        yield f"a matrix {what}", model([node("MatMul", "x w", "y")], [[*w, *more]], units, out)
    yield "numbers apart", model([node("MatMul", "x w", "y")], [apart(4.0, 4, "f")], [value("x", "n", 1)], out)
    yield "doubles of four bytes", model([node("MatMul", "x w", "y")], [apart(4.0, 10, "d")], [value("x", "n", 1)], out)
    yield (
        "floats of eight bytes",
        model([node("MatMul", "x w", "y")], [apart(Double(4), 4, "f")], [value("x", "n", 1)], out),
    )
    yield "doubles apart", model([node("MatMul", "x w", "y")], [apart(Double(0.1), 10, "d")], [value("x", "n", 1)], out)
    yield "identity of a constant", model([node("Identity", "w", "v"), node("MatMul", "x v", "y")], [w], units, out)
    for operation in ("Add", "Sub", "MatMul", "Gemm", "PRelu", "Conv", "Concat", "Relu", "Identity"):
        for inputs in ("x x", "w x", "x w", "w w", "x", "x -", "- x", "x nothing", ""):
            yield f"{operation} of {inputs!r}", model([node(operation, inputs, "y")], [w], units, out)
            yield f"{operation} of {inputs!r}, maps", model([node(operation, inputs, "y")], [w], image, out)
    for shape in ([4], [1], [1, 4], [4, 1], [2], [1, 1, 4], [4, 1, 1], [], [1, 1], [3]):
        size = int(np.prod(shape))
        row = tensor("c", shape, *range(1, size + 1))
        yield f"add {shape}", model([node("Add", "x c", "y")], [row], units, out)
        yield f"bias {shape}", model([node("Gemm", "x w c", "y")], [w, row], units, out)
    for shape in ([2, 1, 1], [1, 2, 1, 1], [2], [1], [1, 1, 1], [1, 1, 2], [2, 1], [18], [7, 2, 1, 1]):
        size = int(np.prod(shape))
        row = tensor("c", shape, *range(1, size + 1))
        yield f"add {shape} to maps", model([node("Add", "c x", "p"), node("Relu", "p", "y")], [row, k], image, out)
        nodes = [node("Conv", "x k", "z"), node("Flatten", "z", "f"), node("Add", "f c", "y")]
        yield f"add {shape} to flattened maps", model(nodes, [row, k], image, out)
    whole = tensor("c", [4], 1, 2, 3, 4, how="int64_data")
    yield "add integers", model([node("Add", "x c", "y")], [whole], units, out)
    for domain in ("", "ai.onnx", "AI.ONNX", "other"):
        yield f"the domain {domain!r}", model([[*node("Relu", "x", "y"), (7, domain)]], [], units, out)
    integers = tensor("i", [4, 2], *range(8), how="int64_data")
    yield "a matrix of integers", model([node("MatMul", "x i", "y")], [integers], units, out)
    yield "slopes that differ", model([node("PRelu", "x s", "y")], [two[0]], units, out)
    equal = tensor("s", [4], 0.5, 0.5, 0.5, 0.5)
    yield "slopes that are equal", model([node("PRelu", "x s", "y")], [equal], units, out)
    yield "slope 1", model([node("LeakyRelu", "x", "y", alpha=1.0)], [], units, out)
    yield "no slope", model([node("LeakyRelu", "x", "y")], [], units, out)
    yield "transA", model([node("Gemm", "x w", "y", transA=1)], [w], units, out)
    yield "a vector transposed", model([node("Gemm", "x s", "y", transB=1)], two, units, out)
    yield "alpha without beta", model([node("Gemm", "x w s", "y", alpha=3.0)], [w, two[0]], units, out)
    yield "beta without alpha", model([node("Gemm", "x w s", "y", beta=3.0)], [w, two[0]], units, out)
    yield "beta without bias", model([node("Gemm", "x w", "y", beta=3.0)], [w], units, out)
    one, large = tensor("c", [1], 1.0), [value("x", "n", 1 << 24, 1 << 16, 1 << 16)]
    spread = [node("MaxPool", "x", "p", kernel_shape=[1, 1]), node("Flatten", "p", "f"), node("Add", "f c", "y")]
    yield "a copy of 2^56 places", model(spread, [one], large, out)
    narrow = tensor("e", [1 << 24, 0])
    units = [value("x", "n", 1 << 24)]
    yield "a matrix without columns", model([node("MatMul", "x e", "y")], [narrow], units, out)
    window = tensor("e", [1, 0, 1 << 16, 1 << 16])
    yield "a kernel without channels", model([node("Conv", "x e", "y")], [window], image, out)
    yield from windows(image, out, k)
    yield from normalisations(image, units, out, two)


def apart(number: Any, field: int, code: str) -> Message:
    """A constant whose two numbers are fields of their own, not packed into one."""
    return [(1, 1), (1, 2), (2, 1 if code == "f" else 11), (8, "w"), (field, number), (field, number)]


def windows(image: list[Message], out: list[Message], k: Message) -> Iterator[tuple[str, Message]]:
    """Convolutions and pooling with windows that fit and that do not."""
    for attributes in (
        {"strides": [1]},
        {"strides": [0, 1]},
        {"strides": [1 << 17, 1]},
        {"strides": [1 << 16, 1]},
        {"pads": [1, 1]},
        {"pads": [-1, 0, 0, 0]},
        {"pads": [1, 2, 3, 4]},
        {"dilations": [2, 1]},
        {"dilations": [3, 1]},
        {"dilations": [1, 0]},
        {"group": 0},
        {"group": -1},
        {"group": 2},
        {"auto_pad": b"VALID"},
        {"auto_pad": b"NOTSET"},
        {"auto_pad": b"SAME"},
        {"auto_pad": b"\xff"},
        {"auto_pad": b"SAME_UPPER", "dilations": [2, 1]},
        {"auto_pad": b"SAME_LOWER", "dilations": [1, 2], "strides": [2, 1]},
    ):
        yield f"conv with {attributes}", model([node("Conv", "x k", "y", **attributes)], [k], image, out)
    for shape in ([2, 2, 2], [2, 2, 4, 1], [2, 2, 3, 3], [2, 1, 1, 1], [3, 1, 1, 1], [4, 1, 1, 1], [2, 2, 1, 1, 1]):
        kernel = tensor("k", shape, *range(1, int(np.prod(shape)) + 1))
        for groups in (1, 2):
            nodes = [node("Conv", "x k", "y", group=groups)]
            yield f"a kernel {shape} in {groups} groups", model(nodes, [kernel], image, out)
    halves = tensor("k", [2, 2, 2, 2], *range(16), how="int64_data")
    yield "a kernel of integers", model([node("Conv", "x k", "y")], [halves], image, out)
    whole = tensor("b", [2], 3, -4, how="int64_data")
    yield "biases of integers", model([node("Conv", "x k b", "y")], [k, whole], image, out)
    for count in (1, 2, 3):
        bias = tensor("b", [count], *range(1, count + 1))
        yield f"{count} biases", model([node("Conv", "x k b", "y")], [k, bias], image, out)
    flattened = [node("Conv", "x k", "z"), node("Flatten", "z", "f")]
    for operation in ("MaxPool", "AveragePool"):
        for attributes in (
            {},
            {"kernel_shape": [2]},
            {"kernel_shape": [2, 2, 2]},
            {"kernel_shape": [3, 3]},
            {"kernel_shape": [4, 1]},
            {"kernel_shape": [1, 4]},
            {"kernel_shape": [2, 2], "pads": [1, 1, 1, 1]},
            {"kernel_shape": [2, 2], "pads": [2, 0, 0, 0]},
            {"kernel_shape": [2, 2], "pads": [0, 0, 2, 0]},
            {"kernel_shape": [2, 2], "pads": [0, 0, 0, 2]},
            {"kernel_shape": [2, 2], "dilations": [1, 2]},
            {"kernel_shape": [2, 2], "ceil_mode": 1},
            {"kernel_shape": [2, 2], "ceil_mode": 0, "strides": [2, 1]},
            {"kernel_shape": [2, 3], "auto_pad": b"SAME_LOWER"},
        ):
            yield f"{operation} with {attributes}", model([node(operation, "x", "y", **attributes)], [], image, out)
        nodes = [*flattened, node(operation, "f", "y", kernel_shape=[1, 1])]
        yield f"{operation} of a flattened map", model(nodes, [k], image, out)
        nodes = [node(operation, "x", "y", kernel_shape=[1, 1])]
        yield f"{operation} of units", model(nodes, [], [value("x", 1, 4)], out)
    for operation in ("GlobalAveragePool", "Softmax", "Relu", "Identity", "Flatten"):
        nodes = [*flattened, node(operation, "f", "y")]
        yield f"{operation} of a flattened map", model(nodes, [k], image, out)
        yield f"{operation} of a map", model([node("Conv", "x k", "z"), node(operation, "z", "y")], [k], image, out)
    yield "concat of flattened maps", model([*flattened, node("Concat", "f f", "y", axis=1)], [k], image, out)
    yield "conv of a flattened map", model([*flattened, node("Conv", "f k", "y")], [k], image, out)
    both = [*flattened, node("Add", "f f", "y")]
    yield "a sum of flattened maps", model(both, [k], image, out)
    yield "a map plus a flattened one", model([*flattened, node("Add", "f z", "y")], [k], image, out)
    twice = [*flattened, node("Relu", "z", "r"), node("Add", "z r", "s"), node("Flatten", "s", "y")]
    yield "a form that is read twice", model(twice, [k], image, [*out, value("z", 1, 2, 2, 2)])


def normalisations(
    image: list[Message], units: list[Message], out: list[Message], two: list[Message]
) -> Iterator[tuple[str, Message]]:
    """Batch normalisation of units and maps, with statistics that fit and that do not."""
    pairs = [value("x", "n", 2)]
    for inputs in ("x s h m v", "x s h m", "x s h m t", "x t h m v", "x s t m v", "x s h t v"):
        three = tensor("t", [3], 1.0, 2.0, 3.0)
        yield f"normalise {inputs}", model([node("BatchNormalization", inputs, "y")], [*two, three], pairs, out)
    four = [tensor(name, [2], 0.5, 3.0) for name in "shm"]
    nothing = tensor("v", [2], 0.0, -1e-9, how="raw")
    yield "a variance below zero", model([node("BatchNormalization", "x s h m v", "y")], [*four, nothing], pairs, out)
    below = tensor("v", [2], -1.0, 1.0)
    yield "a negative variance", model([node("BatchNormalization", "x s h m v", "y")], [*four, below], pairs, out)
    yield "of maps", model([node("BatchNormalization", "x s h m v", "y")], two, image, out)
    yield "of other units", model([node("BatchNormalization", "x s h m v", "y")], two, units, out)
    nodes = [node("Flatten", "x", "f"), node("BatchNormalization", "f s h m v", "y")]
    yield "of a flattened map", model(nodes, two, image, out)


def graphs() -> Iterator[tuple[str, bytes]]:
    """Every graph above as a file."""
    for name, message in operations():
        yield name, encoded(message)
