"""Small files that stand for much: each is made so that a careless reader takes all time or memory."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from onnx_files import Message, encoded, model, node, tensor, unshaped, value

SIZE = 1 << 20
"""Bytes that a file has at most, about."""

X, Y = value("x", "N", 1), unshaped("y")


def name(i: int) -> str:
    """Return a short name for number i."""
    letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return "_" + (letters[i] if i < 62 else name(i // 62 - 1)[1:] + letters[i % 62])


def short(kind: str, operands: str, result: str, *more: Any) -> Message:
    """Return a node without a name of its own."""
    return [*((1, o) for o in operands.split()), (2, result), (4, kind), *more]


def chain(kind: str, count: int, operands: str = "@", start: str = "x", *more: Any) -> list[Message]:
    """Put one operation after the other; `@` is the result of the one before. The last makes y."""
    names = [start, *(name(i) for i in range(count - 1)), "y"]
    return [short(kind, operands.replace("@", names[i]), names[i + 1], *more) for i in range(count)]


def axis(number: int) -> tuple[int, Message]:
    """Return the attribute axis."""
    return (5, [(1, "axis"), (3, number), (20, 2)])


def ints(label: str, *numbers: int) -> Message:
    """Return a list of integers."""
    return tensor(label, [len(numbers)], *numbers, how="int64_data")


def file(nodes: list[Message], *constants: Message, given: Message = X) -> bytes:
    """Return a file with one input and the output y."""
    return encoded(model(nodes, list(constants), [given], [Y]))


def square(side: int = 450) -> Message:
    """Return a matrix that fills most of a file."""
    return tensor("w", [side, side], *[1.1] * side**2)


def two_products(count: int) -> bytes:
    """Return long sums of long products of a tensor with itself, behind which maps are wanted."""
    nodes = [node("Concat", "x x", "a", axis=1), *chain("Add", count, "@ @", "a")]
    nodes[-1][2] = (2, "s")
    nodes += [node("Reshape", "s t", "f"), node("MaxPool", "f", "y", kernel_shape=[1])]
    return file(nodes, ints("t", 0, 1, -1), given=value("x", "N", 40))


def many_inputs() -> bytes:
    """Return a file whose inputs are all wanted as maps, one after the other."""
    pools = [short("MaxPool", f"x{i}", f"y{i}", (5, [(1, "kernel_shape"), (8, 1), (20, 7)])) for i in range(9000)]
    inputs = [value(f"x{i}", "N", 1, 2) for i in range(9000)]
    return encoded(model(pools, [], inputs, [unshaped("y0")]))


def zeros(**arrays: np.ndarray) -> bytes:
    """Write a compressed archive."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def long_texts() -> bytes:
    """Return fractions whose denominators have nothing in common and thousands of digits."""
    below = np.array([str(10**3000 + 2 * i + 1) for i in range(900)])
    one = np.full(900, "1")
    return zeros(W1_num=one.reshape(30, 30), W1_den=below.reshape(30, 30))


def nnet(entry: str, inputs: int, outputs: int) -> bytes:
    """Write a layer of equal weights as a text."""
    row = ",".join([entry] * inputs) + ",\n"
    lines = f"1,{inputs},{outputs},{max(inputs, outputs)},\n{inputs},{outputs},\n0,\n" + "0,\n" * 4
    return (lines + row * outputs + f"{entry},\n" * outputs).encode()


ONNX: dict[str, Callable[[], bytes]] = {
    "a long chain": lambda: file(chain("Relu", SIZE // 18)),
    "a long chain of many": lambda: file(chain("Relu", SIZE // 18), given=value("x", "N", 100_000)),
    "added to itself": lambda: file(chain("Add", SIZE // 24, "@ @")),
    "joined with itself": lambda: file(chain("Concat", SIZE // 40, "@ @", "x", axis(1))),
    "repeated": lambda: file(chain("Tile", SIZE // 24, "@ t"), ints("t", 1, 2)),
    "a repeated constant": lambda: file(
        [*chain("Tile", 1000, "@ t", "c")[:-1], node("Add", f"x {name(998)}", "y")],
        ints("t", 1, 2),
        tensor("c", [1, 1], 1.0),
    ),
    "expanded": lambda: file(
        [node("Expand", "x t", "h"), node("Relu", "h", "y")], ints("t", 1000, 1000, 1000), given=value("x", 1)
    ),
    "turned again and again": lambda: file(
        chain("Transpose", SIZE // 50, "@", "x", (5, [(1, "perm"), (8, 0), (8, 2), (8, 1), (20, 7)])),
        given=value("x", "N", 1000, 1000),
    ),
    "a power of a constant": lambda: file(
        [*chain("Mul", 40_000, "@ @", "c")[:-1], node("Mul", f"x {name(39_998)}", "y")], tensor("c", [1], 3.3)
    ),
    "times a constant again and again": lambda: file(chain("Mul", 40_000, "@ c"), tensor("c", [1], 3.3)),
    "a matrix times constants": lambda: file(
        [node("MatMul", "x w", "h"), *chain("Mul", 9000, "@ c", "h")],
        square(),
        tensor("c", [1], 3.3),
        given=value("x", "N", 450),
    ),
    "a matrix plus constants": lambda: file(
        [node("MatMul", "x w", "h"), *chain("Add", 9000, "@ c", "h")],
        square(),
        tensor("c", [1], 3.3),
        given=value("x", "N", 450),
    ),
    "the same matrix": lambda: file(chain("MatMul", 9000, "@ w"), square(), given=value("x", "N", 450)),
    "the same kernel": lambda: file(
        [node("Conv", "x k", "y")], tensor("k", [100, 1, 10, 10], *[1.5] * 10_000), given=value("x", 100_000, 1, 10, 10)
    ),
    "many channels": lambda: file(
        [node("MaxPool", "x", "y", kernel_shape=[1, 1])], given=value("x", "N", 1 << 24, 2, 2)
    ),
    "many positions": lambda: file(
        [node("MaxPool", "x", "h", kernel_shape=[2, 2]), node("Flatten", "h", "f"), node("Add", "f c", "y")],
        tensor("c", [1], 1.5),
        given=value("x", "N", 10, 2000, 2000),
    ),
    "biases of positions": lambda: file(
        [node("Conv", "x k", "h"), node("Add", "h c", "y")],
        tensor("k", [1, 1, 1, 1], 1.0),
        tensor("c", [240_000], *[1.5] * 240_000),
        given=value("x", "N", 1, 1000, 240_000),
    ),
    "a long kernel": lambda: file(
        [node("Conv", "x k", "y")], tensor("k", [4, 1, 65_000], *[1.5] * 260_000), given=value("x", "N", 1, 1 << 17)
    ),
    "many dimensions": lambda: file([node("Reshape", "x t", "y")], ints("t", *[1] * 500_000), given=value("x", 1)),
    "many operands": lambda: file([short("Concat", "x " * 340_000, "y", axis(1))], given=value("x", "N", 100)),
    "many summands": lambda: file([short("Sum", "x " * 340_000, "y")]),
    "many rows": lambda: file([node("Softmax", "x", "y", axis=-1)], given=value("x", "N", 100_000, 10)),
    "many outputs": lambda: encoded(model([node("Relu", "x", "y")], [], [value("x", "N", 100)], [Y] * 60_000)),
    "many inputs": lambda: encoded(
        model([node("Relu", "x0", "y")], [], [value(f"x{i}", "N", 100) for i in range(30_000)], [Y])
    ),
    "many inputs as maps": many_inputs,
    "two ways back at every sum": lambda: two_products(30_000),
    "casts of a constant": lambda: file(
        [
            *chain("Cast", 20_000, "@", "c", (5, [(1, "to"), (3, 1), (20, 2)]))[:-1],
            node("Mul", f"x {name(19_998)}", "y"),
        ],
        tensor("c", [1, 50_000], *[1.5] * 50_000),
    ),
    "maps in another order": lambda: file(
        [
            node("Transpose", "x", "t", perm=[0, 1, 3, 2]),
            *(short("Conv", "t k", name(i)) for i in range(20_000)),
            node("Relu", "t", "y"),
        ],
        tensor("k", [1, 1, 1, 1], 1.0),
        given=value("x", "N", 1, 300, 300),
    ),
    "fields without end": lambda: b"\x08\x01" * (SIZE // 2),
    "long numbers": lambda: file(
        [node("MatMul", "x w", "y")],
        tensor(
            "w",
            [300, 400],
            *(5e-324 * (i + 1) if i % 2 else 1.7e307 + i * 1e300 for i in range(120_000)),
            how="raw double",
        ),
        given=value("x", "N", 300),
    ),
}
"""ONNX files."""

OTHERS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "zeros": (".npz", lambda: zeros(W1=np.zeros((1000, 100_000)))),
    "small zeros": (".npz", lambda: zeros(W1=np.zeros((8000, 8000), dtype=np.int8))),
    "long texts": (".npz", long_texts),
    "large decimals": (".nnet", lambda: nnet("1e4000", 380, 380)),
    "small decimals": (".nnet", lambda: nnet("1e-3999", 360, 360)),
}
"""Archives and texts."""
