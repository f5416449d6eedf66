"""Turn calls of ATen operators that only move, cut and join numbers into ONNX operations."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from lumpform.networks.torch.aten_call import Call
from lumpform.networks.torch.aten_functions import Converter

FAR = 2**62
"""From here on, an end of a slice means the end of the dimension."""


def same(call: Call) -> str:
    """Add nothing: numbers stay what and where they are."""
    before = call[call.node.target._schema.arguments[0].name].meta["val"]
    call.require(before.dtype == call.dtype and not call["train"])
    return call.tensor(call.node.target._schema.arguments[0].name)


def reshape(call: Call) -> str:
    return call.reshape(call.tensor("self"), call.sizes("self"), call.result)


def permute(call: Call) -> str:
    return call.add("Transpose", [call.tensor("self")], perm=[call.axis(d) for d in call["dims"]])


def transpose(call: Call) -> str:
    order = list(range(len(call.sizes("self"))))
    a, b = (call.axis(call[n]) for n in ("dim0", "dim1")) if "dim0" in call.given else (0, len(order) - 1)
    order[a], order[b] = order[b], order[a]
    return call.add("Transpose", [call.tensor("self")], perm=order)


def squeeze(call: Call) -> str:
    sizes, dim = call.sizes("self"), call["dim"]
    dims = range(len(sizes)) if dim is None else [dim] if isinstance(dim, int) else dim
    axes = [a for a in (call.axis(d) for d in dims) if sizes[a] == 1]
    return call.add("Squeeze", [call.tensor("self"), call.integers(axes)]) if axes else call.tensor("self")


def unsqueeze(call: Call) -> str:
    dim = call["dim"]
    axis = dim if dim >= 0 else dim + len(call.sizes("self")) + 1
    return call.add("Unsqueeze", [call.tensor("self"), call.integers([axis])])


def expand(call: Call) -> str:
    """Repeat numbers; for every sample of a batch, too."""
    before, after = call.sizes("self"), call.result
    before = [*[1] * (len(after) - len(before)), *before]
    if before == after:
        return call.tensor("self")
    wanted: list[str] = []
    for old, new in zip(before, after, strict=True):
        if new is None and old is not None:
            wanted.append(call.add("Shape", [call.with_batch()], start=0, end=1))
        else:
            wanted.append(call.integers([1 if new is None else new]))
    shape = call.add("Concat", wanted, axis=0)
    return call.add("Expand", [call.tensor("self"), shape])


def cut(call: Call) -> str:
    axis, step = call.axis(call["dim"]), call["step"] or 1
    start, end = call["start"] or 0, FAR if call["end"] is None else call["end"]
    call.require(isinstance(start, int) and isinstance(end, int) and isinstance(step, int))
    if start == 0 and end >= FAR and step == 1:
        return call.tensor("self")
    size = call.sizes("self")[axis]
    end = min(end, 2**31 - 1 if size is None else size)
    return call.add("Slice", [call.tensor("self"), *(call.integers([v]) for v in (start, end, axis, step))])


def select(call: Call) -> str:
    axis = call.axis(call["dim"])
    call.require(isinstance(call["index"], int))
    index = call.tape.constant(np.array(call["index"], dtype=np.int64))
    return call.add("Gather", [call.tensor("self"), index], axis=axis)


def split(call: Call) -> list[str]:
    axis = call.axis(call["dim"])
    parts = [p.shape[axis] for p in call.node.meta["val"]]
    call.require(all(isinstance(p, int) for p in parts))
    return call.several("Split", [call.tensor("self"), call.integers(parts)], len(parts), axis=axis)


def join(call: Call) -> str:
    return call.add("Concat", [call.name_of(t) for t in call["tensors"]], axis=call["dim"] % len(call.result))


def stack(call: Call) -> str:
    dim = call["dim"] % len(call.result)
    parts = [call.add("Unsqueeze", [call.name_of(t), call.integers([dim])]) for t in call["tensors"]]
    return call.add("Concat", parts, axis=dim)


def pad(call: Call) -> str:
    around, rank, mode = call["pad"], len(call.sizes("self")), call["mode"] or "constant"
    call.require(mode in MODES and all(isinstance(v, int) for v in around))
    before, after = [0] * rank, [0] * rank
    for i in range(len(around) // 2):
        before[-1 - i], after[-1 - i] = around[2 * i], around[2 * i + 1]
    inputs = [call.tensor("self"), call.integers(before + after)]
    if MODES[mode] == "constant":
        return call.add("Pad", [*inputs, call.scalar(call["value"] or 0)])
    return call.add("Pad", inputs, mode=MODES[mode])


MODES = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""What ONNX calls the ways of padding."""


def triangle(call: Call) -> str:
    upper = int("triu" in call.node.target._schema.name)
    distance = call.tape.constant(np.array(call["diagonal"] or 0, dtype=np.int64))
    return call.add("Trilu", [call.tensor("self"), distance], upper=upper)


def index(call: Call) -> str:
    """Take places that are constants, along one axis, or along several that follow each other."""
    listed = [(i, v) for i, v in enumerate(call["indices"]) if v is not None]
    axes, sizes = [i for i, _ in listed], call.sizes("self")
    known: list[Any] = [call.tape.known.get(v) for _, v in listed]
    call.require(bool(axes) and axes == list(range(axes[0], axes[-1] + 1)))
    call.require(all(v is not None and v.dtype in (call.torch.int64, call.torch.int32) for v in known))
    if len(axes) == 1:
        return call.add("Gather", [call.tensor("self"), call.name_of(listed[0][1])], axis=axes[0])
    along = [d for a in axes if (d := sizes[a]) is not None]
    call.require(len(along) == len(axes))
    place: Any = 0
    for length, v in zip(along, known, strict=True):
        place = place * length + v % length
    flat = call.reshape(call.tensor("self"), sizes, [*sizes[: axes[0]], prod(along), *sizes[axes[-1] + 1 :]])
    return call.add("Gather", [flat, call.tape.constant(place)], axis=axes[0])


def flip(call: Call) -> str:
    axes = [call.axis(d) for d in call["dims"]]
    call.require(bool(axes) and all(call.sizes("self")[a] is not None for a in axes))
    table = [[-1] * len(axes), [-(2**31)] * len(axes), axes, [-1] * len(axes)]
    return call.add("Slice", [call.tensor("self"), *map(call.integers, table)])


def repeat(call: Call) -> str:
    sizes, times = call.sizes("self"), call["repeats"]
    call.require(len(times) == len(sizes) and all(isinstance(t, int) and t > 0 for t in times))
    return call.add("Tile", [call.tensor("self"), call.integers(times)])


def chosen(call: Call) -> str:
    return call.add("Gather", [call.tensor("self"), call.tensor("index")], axis=call.axis(call["dim"]))


def filled(call: Call) -> str:
    """Make a tensor of one number for every sample of the batch."""
    sizes: list[Any] = call.result
    call.require(sizes.count(None) == 1)
    value = call["fill_value"] if "fill_value" in call.given else 0
    call.require(isinstance(value, int | float))
    wanted = [call.integers([d]) if d is not None else call.add("Shape", [call.with_batch()], start=0, end=1)
              for d in sizes]  # fmt: skip
    return call.add("Expand", [call.scalar(value), call.add("Concat", wanted, axis=0)])


SHAPES: dict[str, Converter] = {
    **dict.fromkeys(("clone", "detach", "alias", "dropout", "feature_dropout", "contiguous", "lift_fresh_copy"), same),
    **dict.fromkeys(("_to_copy", "to"), same),
    **dict.fromkeys(("view", "reshape", "_unsafe_view", "flatten"), reshape),
    "permute": permute,
    **dict.fromkeys(("transpose", "t"), transpose),
    "squeeze": squeeze,
    "unsqueeze": unsqueeze,
    "expand": expand,
    "slice": cut,
    "select": select,
    **dict.fromkeys(("split", "split_with_sizes", "chunk"), split),
    "cat": join,
    "stack": stack,
    **dict.fromkeys(("constant_pad_nd", "pad"), pad),
    **dict.fromkeys(("triu", "tril"), triangle),
    "flip": flip,
    "repeat": repeat,
    "index": index,
    "index_select": chosen,
    **dict.fromkeys(("full", "zeros", "full_like", "zeros_like"), filled),
}
"""By the name of the operator."""
