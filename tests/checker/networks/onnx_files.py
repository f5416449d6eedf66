"""Small ONNX files as trees of fields, so that each field can be damaged; written without any library."""

from __future__ import annotations

import struct
from typing import Any

Message = list[tuple[int, Any]]
"""Fields: a number and a value. An int is written as a varint, a float as four bytes, a list as a message."""


class Double(float):
    """A number that is written as eight bytes."""


FLOAT, INT32, INT64, BOOL, HALF, DOUBLE = 1, 6, 7, 9, 10, 11

SCHEMA: dict[str, dict[int, tuple[str, str]]] = {
    "model": {1: ("ir_version", ""), 7: ("graph", "graph"), 8: ("opset", "")},
    "graph": {
        1: ("node", "node"),
        2: ("name", ""),
        5: ("initializer", "tensor"),
        11: ("input", "value"),
        12: ("output", "value"),
    },
    "node": {1: ("input", ""), 2: ("output", ""), 3: ("name", ""), 4: ("op_type", ""), 5: ("attribute", "attribute")},
    "attribute": {
        1: ("name", ""),
        2: ("f", ""),
        3: ("i", ""),
        4: ("s", ""),
        5: ("t", "tensor"),
        7: ("floats", ""),
        8: ("ints", ""),
        20: ("type", ""),
    },
    "tensor": {
        1: ("dims", ""),
        2: ("data_type", ""),
        4: ("float_data", ""),
        5: ("int32_data", ""),
        7: ("int64_data", ""),
        8: ("name", ""),
        9: ("raw_data", ""),
        10: ("double_data", ""),
        13: ("external_data", ""),
        14: ("data_location", ""),
    },
    "value": {1: ("name", ""), 2: ("type", "type")},
    "type": {1: ("tensor_type", "tensor_type")},
    "tensor_type": {1: ("elem_type", ""), 2: ("shape", "shape")},
    "shape": {1: ("dim", "dim")},
    "dim": {1: ("dim_value", ""), 2: ("dim_param", "")},
}
"""Name of a field, and the kind of message that it holds."""

REPEATED = {"node", "initializer", "input", "output", "attribute", "dims", "dim", "ints"}
"""Fields of which there may be many: their places have a number."""


def varint(value: int) -> bytes:
    """An integer in groups of seven bits; negative ones in two's complement of 64."""
    value &= (1 << 64) - 1
    result = bytearray()
    while value > 127:
        result.append(value & 127 | 128)
        value >>= 7
    return bytes([*result, value])


def encoded(message: Message) -> bytes:
    """The bytes of a message."""
    result = bytearray()
    for number, value in message:
        if isinstance(value, Double):
            result += varint(number << 3 | 1) + struct.pack("<d", value)
        elif isinstance(value, float):
            result += varint(number << 3 | 5) + struct.pack("<f", value)
        elif isinstance(value, int):
            result += varint(number << 3) + varint(value)
        else:
            inner = encoded(value) if isinstance(value, list) else value
            inner = inner.encode() if isinstance(inner, str) else inner
            result += varint(number << 3 | 2) + varint(len(inner)) + inner
    return bytes(result)


def attribute(name: str, value: Any) -> Message:
    """An attribute of the type of its value: float, int, bytes, tensor, list of integers."""
    if isinstance(value, float):
        return [(1, name), (2, value), (20, 1)]
    if isinstance(value, int):
        return [(1, name), (3, value), (20, 2)]
    if isinstance(value, bytes):
        return [(1, name), (4, value), (20, 3)]
    if isinstance(value[0], int):
        return [(1, name), *((8, v) for v in value), (20, 7)]
    return [(1, name), (5, value), (20, 4)]


def node(kind: str, inputs: str, output: str, **attributes: Any) -> Message:
    """An operation; names of operands with spaces between, ``-`` for one that is missing."""
    names = ["" if name == "-" else name for name in inputs.split()]
    parts = [(5, attribute(name, value)) for name, value in attributes.items()]
    return [*((1, name) for name in names), (2, output), (3, f"the {output}"), (4, kind), *parts]


def tensor(name: str, shape: list[int], *numbers: float, how: str = "float_data") -> Message:
    """A constant, its numbers in one of the places that the format has for them."""
    kind, field, content = {
        "float_data": (FLOAT, 4, lambda: struct.pack(f"<{len(numbers)}f", *numbers)),
        "raw": (FLOAT, 9, lambda: struct.pack(f"<{len(numbers)}f", *numbers)),
        "raw half": (HALF, 9, lambda: struct.pack(f"<{len(numbers)}e", *numbers)),
        "raw double": (DOUBLE, 9, lambda: struct.pack(f"<{len(numbers)}d", *numbers)),
        "double_data": (DOUBLE, 10, lambda: struct.pack(f"<{len(numbers)}d", *numbers)),
        "int64_data": (INT64, 7, lambda: b"".join(varint(int(v)) for v in numbers)),
        "raw int64": (INT64, 9, lambda: struct.pack(f"<{len(numbers)}q", *map(int, numbers))),
        "int32_data": (INT32, 5, lambda: b"".join(varint(int(v)) for v in numbers)),
        "raw int32": (INT32, 9, lambda: struct.pack(f"<{len(numbers)}i", *map(int, numbers))),
    }[how]
    named: Message = [(8, name)] if name else []
    return [*((1, d) for d in shape), (2, kind), *named, (field, content())]


def value(name: str, *shape: int | str, kind: int = FLOAT) -> Message:
    """An input or output; a text is a free dimension."""
    sides = [(1, [(2, d) if isinstance(d, str) else (1, d)]) for d in shape]
    return [(1, name), (2, [(1, [(1, kind), (2, sides)])])]


def unshaped(name: str) -> Message:
    """Return an output whose shape the file does not say."""
    return [(1, name), (2, [(1, [(1, FLOAT)])])]


def model(nodes: list[Message], constants: list[Message], inputs: list[Message], outputs: list[Message]) -> Message:
    """A file."""
    parts = [(1, nodes), (5, constants), (11, inputs), (12, outputs)]
    graph: Message = [(2, "g"), *((number, m) for number, messages in parts for m in messages)]
    return [(1, 8), (8, [(1, ""), (2, 20)]), (7, graph)]


def counted(count: int, step: float = 0.75) -> list[float]:
    """Different numbers, none of them zero."""
    return [(i + 1) * step * (-1) ** (i // 2) for i in range(count)]


def dense() -> Message:
    """Matrix products and biases in every form."""
    nodes = [
        node("Sub", "x m", "d"),
        node("Gemm", "d w b", "g", transB=1, alpha=0.5, beta=2.0),
        node("Relu", "g", "r"),
        node("MatMul", "r v", "p"),
        node("Add", "c p", "s"),
        node("LeakyRelu", "s", "k", alpha=0.3),
        node("Gemm", "k u -", "q"),
        node("PRelu", "q a", "z"),
        node("Add", "z z", "y"),
    ]
    constants = [
        tensor("m", [2], 1.5, -2.0, how="raw"),
        tensor("w", [3, 2], *counted(6)),
        tensor("b", [3], 0.1, 2.0, -1.0, how="double_data"),
        tensor("v", [3, 2], *counted(6, 0.1), how="raw double"),
        tensor("c", [1], 4.0, how="raw half"),
        tensor("u", [2, 1], 0.5, 3.0),
        tensor("a", [1], 0.25),
    ]
    return model(nodes, constants, [value("x", "n", 2)], [value("y", "n", 1)])


def shapes() -> Message:
    """Tensors that change their shape or not, constants in the graph, two inputs and two outputs."""
    nodes = [
        node("Constant", "", "o", value=tensor("", [2], -1, 4, how="int64_data")),
        node("Reshape", "x o", "f"),
        node("Identity", "f", "i"),
        node("Dropout", "i", "t", seed=3),
        node("Constant", "", "w", value=tensor("inner", [1, 8], *counted(8))),
        node("Reshape", "w e", "h"),
        node("MatMul", "t h", "p"),
        node("Concat", "p z", "j", axis=1),
        node("Tanh", "j", "k"),
        node("Sigmoid", "k", "l"),
        node("Gelu", "l", "q"),
        node("Flatten", "q", "u", axis=1),
        node("Softmax", "u", "y", axis=-1),
        node("Identity", "z", "s"),
    ]
    constants = [tensor("e", [2], 4, 2, how="raw int32"), tensor("unused", [], 7, how="int32_data")]
    inputs = [value("x", "n", 4), value("z", "n", 1, kind=DOUBLE)]
    return model(nodes, constants, inputs, [value("y", 1, 3), value("s", 1, 1)])


def maps() -> Message:
    """Convolutions, normalisation and pooling."""
    nodes = [
        node("Conv", "x k b", "c", strides=[2, 1], pads=[1, 0, 2, 1], dilations=[1, 2], group=2),
        node("BatchNormalization", "c s h m v", "n", epsilon=1e-3),
        node("Relu", "n", "r"),
        node("Add", "r n", "a"),
        node("Add", "a e", "f"),
        node("MaxPool", "f", "p", kernel_shape=[2, 1], strides=[1, 1], pads=[1, 0, 0, 0]),
        node("AveragePool", "p", "q", kernel_shape=[2, 2], pads=[0, 1, 1, 0], count_include_pad=1),
        node("Concat", "q q", "j", axis=1),
        node("GlobalAveragePool", "j", "g"),
        node("Flatten", "g", "l"),
        node("MatMul", "l w", "y"),
    ]
    constants = [
        tensor("k", [2, 1, 2, 2], *counted(8)),
        tensor("b", [2], 1.0, -0.5),
        tensor("s", [2], 2.0, 3.0),
        tensor("h", [2], 0.5, -1.0),
        tensor("m", [2], -1.0, 0.25),
        tensor("v", [2], 4.0, 0.5),
        tensor("e", [1, 2, 1, 1], 5.0, -6.0),
        tensor("w", [4, 1], *counted(4)),
    ]
    return model(nodes, constants, [value("x", "n", 2, 4, 5)], [value("y", "n", 1)])


def pixels() -> Message:
    """Pads that follow from the size, and a map that is flattened into a matrix product."""
    nodes = [
        node("Conv", "x k", "c", auto_pad=b"SAME_UPPER", strides=[2, 2]),
        node("Relu", "c", "r"),
        node("Conv", "r i", "d", auto_pad=b"SAME_LOWER"),
        node("AveragePool", "d", "a", kernel_shape=[1, 2], strides=[1, 2], auto_pad=b"SAME_UPPER"),
        node("Reshape", "a t", "f"),
        node("Gemm", "f w b", "y"),
    ]
    constants = [
        tensor("k", [2, 1, 3, 2], *counted(12)),
        tensor("i", [2, 2, 2, 2], *counted(16, 0.5)),
        tensor("t", [2], 0, -1, how="raw int64"),
        tensor("w", [8, 2], *counted(16)),
        tensor("b", [2], 0.5, 0.25),
    ]
    return model(nodes, constants, [value("x", 1, 1, 3, 4)], [value("y", 1, 2)])


MODELS = {"dense": dense, "shapes": shapes, "maps": maps, "pixels": pixels}
