"""How a random graph grows by operators that are made of others: extremes, sums along axes, other sizes, shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto, helper


def sizes(g: Any, name: str) -> list[int]:
    """A shape in which the batch is one."""
    return [1 if d == "N" else d for d in g.shapes[name]]


def extreme(g: Any) -> None:
    x = g.tensor()
    operands = [x]
    for _ in range(g.pick([0, 1, 1, 2])):
        alike = [name for name, shape in g.shapes.items() if shape == g.shapes[x]]
        if g.chance(0.5):
            shape = [1 if g.chance(0.5) else d for d in sizes(g, x)]
            operands.append(
                g.constant(g.numbers(*shape) if shape and g.chance(0.7) else np.float32(g.pick([0, 1, -2])))
            )
        else:
            operands.append(g.pick(alike))
    if g.chance(0.3):
        operands.reverse()
    g.add(g.pick(["Max", "Min"]), operands)


def clip(g: Any) -> None:
    x = g.tensor()
    low, high = g.pick([(0.0, 6.0), (-1.0, 1.0), (0.0, None), (None, 0.5), (None, None), (1.0, -1.0)])
    if g.version < 11:
        g.add("Clip", [x], min=low, max=high)
        return
    operands = [x, "" if low is None else g.constant(np.float32(low))]
    if high is not None:
        operands.append(g.constant(np.float32(high)))
    elif low is None:
        operands.pop()
    g.add("Clip", operands)


def absolute(g: Any) -> None:
    x = g.tensor()
    if g.chance(0.5):
        g.add("Abs", [x])
    else:
        g.add("HardSigmoid", [x], alpha=g.pick([None, 0.25, 0.5]), beta=g.pick([None, 0.5, -1.0]))


def slopes(g: Any) -> None:
    x = g.tensor([1, 2, 3, 4, 5])
    if x is None:
        return
    shape = [d if g.chance(0.6) else 1 for d in sizes(g, x)]
    g.add("PRelu", [x, g.constant(g.numbers(*shape))])


def along_axes(g: Any) -> None:
    x = g.tensor([1, 2, 3, 4, 5])
    if x is None:
        return
    rank, kind = len(g.shapes[x]), g.pick(["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceMean"])
    first = 1 if "N" in g.shapes[x] and g.chance(0.95) else 0
    axes = [a for a in range(first, rank) if g.chance(0.5)] or [rank - 1]
    if rank > 2 and g.chance(0.4):
        axes = list(range(2, rank))
    axes = [a - rank if g.version >= 11 and g.chance(0.2) else a for a in axes]
    keeps = g.pick([None, 0, 1])
    if g.version < (13 if kind == "ReduceSum" else 18):
        g.add(kind, [x], axes=axes, keepdims=keeps)
    elif g.chance(0.1):
        g.add(kind, [x], noop_with_empty_axes=1, keepdims=keeps)
    else:
        g.add(kind, [x, g.integers(axes)], keepdims=keeps)


def cumulated(g: Any) -> None:
    x = g.tensor([1, 2, 3, 4, 5])
    if x is None or g.version < 11:
        return
    axis = int(g.rng.integers(1 if "N" in g.shapes[x] and len(g.shapes[x]) > 1 else 0, len(g.shapes[x])))
    g.add("CumSum", [x, g.integers(axis)], exclusive=g.pick([None, 1]), reverse=g.pick([None, 1]))


def resize(g: Any) -> None:
    x = g.tensor([3, 4, 5])
    if x is None:
        return
    rank = len(g.shapes[x])
    scales = [1.0, 1.0, *(g.pick([2.0, 1.0, 3.0, 0.5]) for _ in range(rank - 2))]
    if g.version < 9:
        g.add("Upsample", [x], mode="nearest", scales=scales)
    elif g.version < 10:
        g.add("Upsample", [x, g.constant(scales)], mode="nearest")
    elif g.version < 11:
        g.add("Resize", [x, g.constant(scales)], mode="nearest")
    else:
        how = {
            "mode": "nearest",
            "coordinate_transformation_mode": g.pick([None, "asymmetric", "half_pixel", "pytorch_half_pixel"]),
            "nearest_mode": g.pick([None, "floor", "ceil", "round_prefer_floor", "round_prefer_ceil"]),
        }
        if "N" not in g.shapes[x] and g.chance(0.3):
            lengths = [*sizes(g, x)[:2], *(d * g.pick([1, 2]) for d in sizes(g, x)[2:])]
            g.add("Resize", [x, g.constant([]), g.constant([]), g.integers(lengths)], **how)
        else:
            g.add("Resize", [x, g.constant([]), g.constant(scales)], **how)


def blocks(g: Any) -> None:
    x = g.tensor([4])
    if x is not None:
        mode = g.pick([None, "CRD", "DCR"]) if g.version >= 11 else None
        g.add("DepthToSpace", [x], blocksize=g.pick([1, 2]), mode=mode)
        mode = g.pick([None, "CRD"]) if g.version >= 28 else None
        g.add("SpaceToDepth", [x], blocksize=g.pick([1, 2]), mode=mode)


def own_numbers(g: Any) -> None:
    x = g.tensor([2, 3, 4, 5])
    if x is None:
        return
    rank, shape = len(g.shapes[x]), sizes(g, x)
    mode = g.pick(["reflect", "edge", *(["wrap"] if g.version >= 19 else []), "constant"])
    first = 1 if "N" in g.shapes[x] else 0
    most = [d - 1 if mode == "reflect" else d for d in shape]
    pads = [0 if a < first else int(g.rng.integers(0, min(most[a], 2) + 1)) for a in [*range(rank), *range(rank)]]
    if g.version < 11:
        g.add("Pad", [x], pads=pads, mode=mode, value=g.pick([0.0, 1.5]) if mode == "constant" else None)
    else:
        filling = [g.constant(np.float32(g.pick([0.0, 1.5])))] if mode == "constant" else []
        g.add("Pad", [x, g.integers(pads), *filling], mode=mode)


def with_token(g: Any) -> None:
    """A constant that is joined with a tensor."""
    x = g.tensor([2, 3, 4])
    if x is None:
        return
    axis = int(g.rng.integers(1, len(g.shapes[x])))
    shape = sizes(g, x)
    shape[axis] = g.pick([1, 2])
    c = g.constant(g.numbers(*shape))
    g.add("Concat", [c, x] if g.chance(0.5) else [x, c], axis=axis)


def kept_batch(g: Any) -> None:
    """What exporters write for ``x.view(x.size(0), -1)``, for ones like x, and for a tensor of one dimension."""
    x = g.tensor([2, 3, 4, 5])
    if x is None or (g.version < 9 and g.chance(0.5)):
        return
    first, rest = g.shapes[x][0], int(np.prod(sizes(g, x)[1:]))
    result, kind = g.name("t"), g.pick(["view", "ones", "size"])
    if kind == "view":
        size = _made(g, "Gather", [_made(g, "Shape", [x]), g.integers([0])], axis=0)
        target = _made(g, "Concat", [size, g.integers([-1])], axis=0)
        g.nodes.append(helper.make_node("Reshape", [x, target], [result]))
        g.shapes[result] = (first, rest)
    elif kind == "ones" and g.version >= 9:
        value = {"value": helper.make_tensor("one", TensorProto.FLOAT, [1], [1.5])} if g.chance(0.5) else {}
        ones = _made(g, "ConstantOfShape", [_made(g, "Shape", [x])], **value)
        g.nodes.append(helper.make_node("Add", [x, ones], [result]))
        g.shapes[result] = g.shapes[x]
    elif "N" not in g.shapes[x]:
        target = _made(g, "Reshape", [_made(g, "Size", [x]), g.integers([1])])
        g.nodes.append(helper.make_node("Reshape", [x, target], [result]))
        g.shapes[result] = (rest * first,)


def _made(g: Any, kind: str, operands: list[str], **attributes: Any) -> str:
    """A constant that a node makes."""
    name = g.name("s")
    g.nodes.append(helper.make_node(kind, operands, [name], **attributes))
    return name


SHAPING: dict[str, Any] = {
    f.__name__: f
    for f in (
        extreme,
        clip,
        absolute,
        slopes,
        along_axes,
        cumulated,
        resize,
        blocks,
        own_numbers,
        with_token,
        kept_batch,
    )
}
