"""How a random graph grows: for every operator, operands and attributes that mostly fit."""

from __future__ import annotations

from typing import Any

import numpy as np
from random_onnx_shaping import SHAPING


def planted(g: Any, shape: tuple[int, ...], axis: int) -> np.ndarray:
    """Weights in which some neurons or channels along an axis are equal, proportional, opposite or zero."""
    weights = np.moveaxis(g.numbers(*shape), axis, 0)
    for j in range(1, len(weights)):
        if g.chance(0.5):
            weights[j] = weights[g.pick(range(j))] * g.pick([1, 1, 2, 0.5, -1, 0])
    return np.moveaxis(weights, 0, axis)


def shape_of(g: Any, name: str) -> list[int]:
    """A shape in which the batch is one."""
    return [1 if d == "N" else d for d in g.shapes[name]]


def some_axis(g: Any, rank: int) -> int:
    """An axis, sometimes counted from the back."""
    axis = int(g.rng.integers(rank))
    return axis - rank if g.chance(0.3) else axis


def of_function(kind: str, **attributes: Any) -> Any:
    """A function of every number."""

    def operation(g: Any) -> None:
        if kind != "Gelu" or g.version >= 20:
            g.add(kind, [g.tensor()], **attributes)

    return operation


def not_homogeneous(g: Any) -> None:
    kind = g.pick(["Celu", "Elu", "HardSwish", "Mish", "Selu", "Softplus", "Softsign", "Gelu", "SiLU", "Swish"])
    since = {"Celu": 12, "HardSwish": 14, "Mish": 18, "Gelu": 20, "Swish": 24}
    x = g.tensor()
    if kind == "SiLU":
        gate = g.add("Sigmoid", [x])
        if gate is not None:
            g.add("Mul", [x, *gate] if g.chance(0.5) else [*gate, x])
    elif g.version >= since.get(kind, 1):
        attributes: dict[str, Any] = {"approximate": "tanh"} if kind == "Gelu" else {}
        if kind in ("Celu", "Elu", "Selu", "Swish"):
            attributes["alpha"] = g.pick([None, 0.1, 0.5, 2.0])
        if kind == "Selu":
            attributes["gamma"] = g.pick([None, 1.5])
        g.add(kind, [x], **attributes)


def leaky(g: Any) -> None:
    x = g.tensor()
    if g.chance(0.5):
        g.add("LeakyRelu", [x], alpha=g.pick([None, 0.25, 1.0, -0.5, 2.0]))
    else:
        shape = g.pick([(), (1,) * len(g.shapes[x])])
        g.add("PRelu", [x, g.constant(np.full(shape, g.pick([0.25, 0.5, 3.0])))])


def broadcast_constant(g: Any, name: str) -> str:
    """A constant that mostly fits a tensor: some of its dimensions, of its size or one."""
    shape = [1 if g.chance(0.5) else d for d in shape_of(g, name)]
    if g.chance(0.5):
        shape = shape[int(g.rng.integers(len(shape) + 1)) :]
    elif g.chance(0.1):
        shape = [2, *shape]
    if g.chance(0.05) and shape:
        shape[0] = 3
    values = g.numbers(*shape)
    if g.chance(0.5):
        values = np.where(values > 0, np.float32(1), np.float32(-0.5))
    return g.constant(values)


def with_constant(g: Any) -> None:
    x = g.tensor()
    kind = g.pick(["Add", "Sub", "Mul", "Div", "Add", "Mul"])
    c = broadcast_constant(g, x)
    if kind == "Div":
        c = g.constant(g.pick([2.0, 4.0, 0.75, -1.5]) * np.ones(g.pick([(), (1,), (1, 1)]), dtype=np.float32))
    g.add(kind, [x, c] if kind == "Div" or g.chance(0.7) else [c, x])


def negate(g: Any) -> None:
    g.add("Neg", [g.tensor()])


def sum_of_two(g: Any) -> None:
    x = g.tensor()
    alike = [name for name, shape in g.shapes.items() if shape == g.shapes[x]]
    y = g.pick(alike) if g.chance(0.8) else g.tensor()
    g.add(g.pick(["Add", "Add", "Sub"]), [x, y])


def sum_of_many(g: Any) -> None:
    x = g.tensor()
    alike = [name for name, shape in g.shapes.items() if shape == g.shapes[x]]
    g.add(g.pick(["Sum", "Mean"]), [g.pick(alike) for _ in range(g.pick([1, 2, 3]))])


def matmul(g: Any) -> None:
    x = g.tensor([1, 2, 3, 4, 5])
    if x is None:
        return
    shape = shape_of(g, x)
    width = int(g.rng.integers(1, 6))
    if g.chance(0.75):
        w = planted(g, (shape[-1], width), 1)
        w = w[:, 0] if g.chance(0.1) else w.reshape((1,) * g.pick([0, 0, 1, 2]) + w.shape)
        g.add("MatMul", [x, g.constant(w)])
    else:
        w = planted(g, (width, shape[max(0, len(shape) - 2)]), 0)
        g.add("MatMul", [g.constant(w[0] if g.chance(0.1) else w), x])


def gemm(g: Any) -> None:
    x = g.tensor([2])
    if x is None:
        return
    rows, columns = shape_of(g, x)
    left, turned, flipped = g.chance(0.8), g.chance(0.15), g.chance(0.5)
    count = (rows if turned else columns) if left else (columns if turned else rows)
    width, kept = int(g.rng.integers(1, 6)), (rows + columns - count)
    w = planted(g, (width, count), 0)
    w = w if flipped == left else w.T  # the constant is (N, K) if it is B and transposed, (M, K) if A and not
    c = g.constant(w)
    result = (kept, width) if left else (width, kept)
    operands = [x, c] if left else [c, x]
    if g.version < 11 or g.chance(0.7):
        shape = g.pick([(result[1],), (1, result[1]), (1,), (), (result[0], 1), result])
        operands.append(g.constant(g.numbers(*shape)))
    flags = {"transA": int(turned), "transB": int(flipped)} if left else {"transA": int(flipped), "transB": int(turned)}
    g.add("Gemm", operands, alpha=g.pick([None, 0.5, 2.0]), beta=g.pick([None, 0.25, 3.0]), **flags)


def normalise(g: Any) -> None:
    x = g.tensor([2, 3, 4, 5])
    if x is None:
        return
    channels = shape_of(g, x)[1]
    scale, shift, mean = (g.constant(g.numbers(channels)) for _ in range(3))
    variance = g.constant(g.rng.integers(1, 9, size=channels) / 4)
    g.add("BatchNormalization", [x, scale, shift, mean, variance], epsilon=g.pick([None, 0.25, 1e-3]))


def window_of(g: Any, sides: list[int], *, dilated: bool) -> dict[str, Any]:
    """Attributes of a window that mostly fits."""
    k = len(sides)
    kernel = [int(g.rng.integers(1, min(3, n) + 1)) for n in sides]
    attributes: dict[str, Any] = {"kernel_shape": kernel}
    if g.chance(0.5):
        attributes["strides"] = [int(s) for s in g.rng.integers(1, 4, size=k)]
    if g.chance(0.15):
        attributes["auto_pad"] = g.pick(["SAME_UPPER", "SAME_LOWER", "VALID"])
    elif g.chance(0.5):
        attributes["pads"] = [int(g.rng.integers(0, max(1, w))) for w in kernel * 2]
    if dilated and g.chance(0.25):
        attributes["dilations"] = [int(d) for d in g.rng.integers(1, 3, size=k)]
    return attributes


def conv(g: Any) -> None:
    x = g.tensor([3, 4, 5])
    if x is None:
        return
    channels, *sides = shape_of(g, x)[1:]
    attributes = window_of(g, sides, dilated=True)
    groups = g.pick([n for n in range(1, channels + 1) if channels % n == 0]) if g.chance(0.3) else 1
    out = groups * int(g.rng.integers(1, 4))
    kernel = planted(g, (out, channels // groups, *attributes["kernel_shape"]), 0)
    if g.chance(0.5):
        del attributes["kernel_shape"]
    biases = [g.constant(g.numbers(out))] if g.chance(0.6) else []
    g.add("Conv", [x, g.constant(kernel), *biases], group=groups if groups > 1 else None, **attributes)


def conv_transpose(g: Any) -> None:
    x = g.tensor([3, 4, 5])
    if x is None:
        return
    channels, *sides = shape_of(g, x)[1:]
    k = len(sides)
    kernel = [int(w) for w in g.rng.integers(1, 4, size=k)]
    strides = [int(s) for s in g.rng.integers(1, 4, size=k)]
    dilations = [g.pick([1, 1, 2]) for _ in sides]
    attributes: dict[str, Any] = {"strides": strides, "dilations": dilations if g.chance(0.3) else None}
    how = g.pick(["plain", "plain", "pads", "more", "shape", "auto"])
    if how == "auto":
        attributes["auto_pad"] = g.pick(["SAME_UPPER", "SAME_LOWER", "VALID"])
    if how in ("pads", "more"):
        attributes["pads"] = [int(g.rng.integers(0, w)) for w in kernel * 2]
    if how == "more" or g.chance(0.1):
        attributes["output_padding"] = [int(g.rng.integers(0, s)) for s in strides]
    if how == "shape":
        attributes["output_shape"] = [s * n + g.pick([-1, 0, 0, 1]) for n, s in zip(sides, strides, strict=True)]
    groups = g.pick([n for n in range(1, channels + 1) if channels % n == 0]) if g.chance(0.3) else 1
    out = int(g.rng.integers(1, 4))
    weights = g.constant(planted(g, (channels, out, *kernel), 1))
    biases = [g.constant(g.numbers(out * groups))] if g.chance(0.6) else []
    g.add("ConvTranspose", [x, weights, *biases], group=groups if groups > 1 else None, **attributes)


def pool(g: Any) -> None:
    x = g.tensor([3, 4, 5])
    if x is None:
        return
    attributes = window_of(g, shape_of(g, x)[2:], dilated=False)
    kind = g.pick(["MaxPool", "AveragePool"])
    if g.version >= 10 and g.chance(0.3) and ("auto_pad" not in attributes or g.chance(0.05)):  # both are refused
        attributes["ceil_mode"] = g.pick([0, 1, 1])
    if kind == "AveragePool" and g.chance(0.3):
        attributes["count_include_pad"] = g.pick([0, 1])
    if g.version >= (10 if kind == "MaxPool" else 19) and g.chance(0.1):
        attributes["dilations"] = [g.pick([1, 1, 2]) for _ in attributes["kernel_shape"]]
    g.add(kind, [x], **attributes)


def global_pool(g: Any) -> None:
    x = g.tensor([3, 4, 5])
    if x is not None:
        g.add(g.pick(["GlobalAveragePool", "GlobalMaxPool"]), [x])


def softmax(g: Any) -> None:
    x = g.tensor([1, 2, 3, 4])
    if x is None:
        return
    rank = len(g.shapes[x])
    axis = None if g.chance(0.3) else some_axis(g, rank)
    if "N" in g.shapes[x] and g.chance(0.95):
        if rank == 1:
            return
        axis = rank - 1 if axis in (0, -rank) else axis
    g.add("Softmax", [x], axis=axis)


def reshape(g: Any) -> None:
    x = g.tensor()
    shape = shape_of(g, x)
    batch = "N" in g.shapes[x]
    rest = int(np.prod(shape))
    target = []
    while rest > 1 and len(target) < 3 and g.chance(0.8):
        target.append(g.pick([n for n in range(1, rest + 1) if rest % n == 0]))
        rest //= target[-1]
    target = [*target, rest] if rest > 1 or g.chance(0.7) else target
    if target and g.chance(0.4):
        target[g.pick(range(len(target)))] = -1
    if batch or g.chance(0.1):
        target = [g.pick([0, 0, -1 if -1 not in target else 0, 1]), *target]
    g.add("Reshape", [x, g.integers(target)])


def flatten(g: Any) -> None:
    x = g.tensor()
    rank = len(g.shapes[x])
    axis = None if g.chance(0.5) else int(g.rng.integers(-rank if g.version >= 11 else 0, rank + 1))
    g.add("Flatten", [x], axis=axis)


def with_axes(g: Any, kind: str, x: str, axes: list[int] | None) -> None:
    """Squeeze and Unsqueeze, whose axes are an operand from version 13 on."""
    if g.version < 13:
        g.add(kind, [x], axes=axes)
    else:
        g.add(kind, [x] if axes is None else [x, g.integers(axes)])


def squeeze(g: Any) -> None:
    x = g.tensor()
    ones = [i for i, d in enumerate(g.shapes[x]) if d == 1]
    axes = None if g.chance(0.3) else [a for a in ones if g.chance(0.7)]
    with_axes(g, "Squeeze", x, axes or None)


def unsqueeze(g: Any) -> None:
    x = g.tensor([0, 1, 2, 3, 4])
    if x is not None:
        rank = len(g.shapes[x]) + 1
        axis = int(g.rng.integers(1, rank)) if "N" in g.shapes[x] and rank > 1 else int(g.rng.integers(0, rank))
        with_axes(g, "Unsqueeze", x, [axis - rank if g.version >= 11 and g.chance(0.3) else axis])


def transpose(g: Any) -> None:
    x = g.tensor()
    rank = len(g.shapes[x])
    order = [int(i) for i in g.rng.permutation(rank)]
    if "N" in g.shapes[x] and g.chance(0.95):
        order = [0, *(i for i in order if i)]
    g.add("Transpose", [x], perm=None if g.chance(0.1) or not order else order)


def slice_(g: Any) -> None:
    x = g.tensor([1, 2, 3, 4, 5])
    if x is None:
        return
    shape = shape_of(g, x)
    axes = [a for a in range(len(shape)) if g.chance(0.5)] or [len(shape) - 1]
    if "N" in g.shapes[x] and g.chance(0.95):
        axes = [a for a in axes if a] or [len(shape) - 1]
    starts = [int(g.rng.integers(-shape[a] - 1, shape[a])) for a in axes]
    ends = [g.pick([2**31 - 1, shape[a], -1, int(g.rng.integers(-1, shape[a] + 2))]) for a in axes]
    if g.version < 10:
        g.add("Slice", [x], starts=starts, ends=ends, axes=axes)
        return
    steps = [g.pick([1, 1, 2, -1, -2]) for _ in axes]
    ends = [-(2**31) if s < 0 and g.chance(0.6) else e for s, e in zip(steps, ends, strict=True)]
    names = [a - len(shape) if g.chance(0.2) else a for a in axes]
    operands = [g.integers(starts), g.integers(ends), g.integers(names)]
    g.add("Slice", [x, *operands, *([g.integers(steps)] if min(steps) < 1 or g.chance(0.5) else [])])


def split(g: Any) -> None:
    x = g.tensor([1, 2, 3, 4, 5])
    if x is None:
        return
    shape = shape_of(g, x)
    axis = some_axis(g, len(shape))
    length = shape[axis]
    first = int(g.rng.integers(1, length + 1))
    sizes = [first, length - first] if first < length else [length]
    equal = length % 2 == 0 and g.chance(0.5)
    if equal:
        sizes = [length // 2] * 2
    if g.version < 13:
        g.add("Split", [x], len(sizes), axis=axis, split=None if equal else sizes)
    elif g.version < 18:
        g.add("Split", [x] if equal else [x, g.integers(sizes)], len(sizes), axis=axis)
    elif g.chance(0.4) and length > 1:
        g.add("Split", [x], 2, axis=axis, num_outputs=2)
    else:
        g.add("Split", [x, g.integers(sizes)], len(sizes), axis=axis)


def gather(g: Any) -> None:
    x = g.tensor([1, 2, 3, 4, 5])
    if x is None:
        return
    axis = some_axis(g, len(g.shapes[x]))
    length = shape_of(g, x)[axis]
    shape = g.pick([(), (1,), (2,), (3,), (2, 2)])
    least = -length if g.version >= 11 else 0
    g.add("Gather", [x, g.integers(g.rng.integers(least, length, size=shape))], axis=axis)


def concat(g: Any) -> None:
    x = g.tensor([1, 2, 3, 4, 5])
    if x is None:
        return
    axis = some_axis(g, len(g.shapes[x]))
    if "N" in g.shapes[x] and g.chance(0.95):
        axis = axis or len(g.shapes[x]) - 1
    place = axis % len(g.shapes[x])
    rest = [d for i, d in enumerate(g.shapes[x]) if i != place]
    alike = [
        name
        for name, shape in g.shapes.items()
        if len(shape) == len(rest) + 1 and [d for i, d in enumerate(shape) if i != place] == rest
    ]
    g.add("Concat", [x, *(g.pick(alike) for _ in range(g.pick([0, 1, 1, 2])))], axis=axis)


def expand(g: Any) -> None:
    x = g.tensor()
    if g.version >= 8:
        target = [g.pick([1, 2, 3]) if d == 1 else g.pick([1, d]) for d in shape_of(g, x)]
        if "N" in g.shapes[x] and g.chance(0.95):
            target[0] = 1
        elif g.chance(0.2):
            target = [2, *target]
        g.add("Expand", [x, g.integers(target[int(g.rng.integers(len(target) + 1)) :] if g.chance(0.3) else target)])


def tile(g: Any) -> None:
    x = g.tensor([1, 2, 3, 4])
    if x is not None:
        repeats = [g.pick([1, 1, 2, 3]) for _ in g.shapes[x]]
        if "N" in g.shapes[x] and g.chance(0.95):
            repeats[0] = 1
        g.add("Tile", [x, g.integers(repeats)])


def pad(g: Any) -> None:
    x = g.tensor([1, 2, 3, 4, 5])
    if x is None:
        return
    rank = len(g.shapes[x])
    pads = [g.pick([0, 0, 1, 2, -1]) for _ in range(2 * rank)]
    if "N" in g.shapes[x] and g.chance(0.95):
        pads[0] = pads[rank] = 0
    if g.version < 11:
        g.add("Pad", [x], pads=pads)
    elif g.version >= 18 and g.chance(0.4):
        axis = rank - 1
        g.add("Pad", [x, g.integers([pads[axis], pads[axis + rank]]), "", g.integers([g.pick([axis, -1])])])
    else:
        g.add("Pad", [x, g.integers(pads), *([g.constant(0.0)] if g.chance(0.5) else [])])


def handed_on(g: Any) -> None:
    x = g.tensor()
    if g.chance(0.4):
        g.add("Identity", [x])
    elif g.chance(0.5):
        g.add("Cast", [x], to=1)
    elif g.version < 12:
        g.add("Dropout", [x], ratio=0.25)
    else:
        g.add("Dropout", [x, g.constant(0.5)] if g.chance(0.5) else [x])


def block(g: Any) -> None:
    """Convolution, normalisation, ReLU and a sum with what was read, as residual networks have it."""
    x = g.tensor([4])
    if x is None:
        return
    channels = shape_of(g, x)[1]
    kernel = g.constant(planted(g, (channels, channels, 3, 3), 0))
    h = g.add("Conv", [x, kernel], pads=[1, 1, 1, 1])
    if h is None:
        return
    normalise(g)
    r = g.add("Relu", [next(reversed(g.shapes))])
    if r is not None and g.shapes[r[0]] == g.shapes[x]:
        g.add("Add", [r[0], x] if g.chance(0.5) else [x, r[0]])
        pool(g)


OPERATIONS: dict[str, Any] = {
    "relu": of_function("Relu"),
    "sigmoid": of_function("Sigmoid"),
    "tanh": of_function("Tanh"),
    "gelu": of_function("Gelu"),
    **{f.__name__: f for f in (leaky, with_constant, negate, sum_of_two, sum_of_many, matmul, gemm, normalise, conv)},
    "conv_transpose": conv_transpose,
    "not_homogeneous": not_homogeneous,
    **{f.__name__: f for f in (pool, global_pool, softmax, reshape, flatten, squeeze, unsqueeze, transpose, slice_)},
    **{f.__name__: f for f in (split, gather, concat, expand, tile, pad, handed_on, block)},
    **SHAPING,
}

STYLES: dict[str, dict[str, float]] = {
    "dense": {"matmul": 4, "gemm": 4, "relu": 4, "with_constant": 2, "leaky": 1, "sum_of_two": 2, "normalise": 1}
    | {"concat": 1, "sigmoid": 0.5, "tanh": 0.5, "softmax": 0.7, "handed_on": 0.5, "sum_of_many": 0.5, "flatten": 1}
    | {"split": 0.5, "slice_": 0.5, "transpose": 0.3, "extreme": 1, "clip": 1, "along_axes": 0.7, "with_token": 0.3}
    | {"kept_batch": 0.5, "absolute": 0.5, "not_homogeneous": 1},
    "conv": {"conv": 5, "pool": 3, "relu": 3, "normalise": 1.5, "block": 1.5, "concat": 1, "sum_of_two": 1, "pad": 0.5}
    | {"global_pool": 0.7, "flatten": 1, "gemm": 1.5, "matmul": 1, "leaky": 0.5, "with_constant": 1, "softmax": 0.3}
    | {"transpose": 0.3, "handed_on": 0.5, "split": 0.4, "slice_": 0.4, "reshape": 0.4, "clip": 1, "along_axes": 1}
    | {
        "conv_transpose": 1.5,
        "not_homogeneous": 1,
        "resize": 1.5,
        "blocks": 0.4,
        "own_numbers": 0.5,
        "kept_batch": 0.7,
        "slopes": 0.4,
        "with_token": 0.3,
    },
    "cut": {"conv": 5, "slice_": 2, "pad": 1.5, "split": 1, "gather": 0.5, "pool": 3, "concat": 1.5, "expand": 0.7}
    | {"sum_of_two": 1, "matmul": 1, "transpose": 0.7, "global_pool": 0.5, "relu": 0.5, "tile": 0.3},
    "wild": dict.fromkeys(OPERATIONS, 1.0),
}
"""How often every operation is tried."""
