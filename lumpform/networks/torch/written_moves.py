"""ONNX operators that move, cut, join and repeat numbers, as functions of PyTorch; lists stand for integers."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

import numpy as np

Run = Callable[[Any, list[Any], dict[str, Any]], Any]
"""Takes the package, the operands and the attributes."""


def reshape(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    return x[0].reshape([x[0].shape[i] if d == 0 else d for i, d in enumerate(x[1])])


def flatten(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    axis = a.get("axis", 1)
    return x[0].flatten(axis) if axis == 1 else x[0].flatten(0, axis - 1).flatten(1)


def gather(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    axis = a.get("axis", 0) % x[0].dim()
    if isinstance(x[1], int):
        return x[0].select(axis, x[1])
    index = torch.as_tensor(x[1], dtype=torch.int64, device=x[0].device)
    index = torch.where(index < 0, index + x[0].shape[axis], index)
    found = x[0].index_select(axis, index.reshape(-1))
    return found if index.dim() == 1 else found.reshape(*x[0].shape[:axis], *index.shape, *x[0].shape[axis + 1 :])


def concat(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    """Join tensors, or lists of sizes."""
    return [*chain(*x)] if all(isinstance(v, list) for v in x) else torch.cat(x, dim=a["axis"])


def blocks(larger: bool) -> Run:
    """Return what makes blocks of positions of channels, or channels of blocks of positions."""

    def run(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
        (n, c, h, w), b = x[0].shape, a["blocksize"]
        plain = a.get("mode", "DCR") == "DCR"
        if not larger:
            order = (0, 3, 5, 1, 2, 4) if plain else (0, 1, 3, 5, 2, 4)
            return x[0].reshape(n, c, h // b, b, w // b, b).permute(order).reshape(n, c * b * b, h // b, w // b)
        split, order = ((b, b, -1), (0, 3, 4, 1, 5, 2)) if plain else ((-1, b, b), (0, 1, 4, 2, 5, 3))
        return x[0].reshape(n, *split, h, w).permute(order).reshape(n, c // b**2, h * b, w * b)

    return run


def trilu(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    """Keep a triangle of matrices."""
    return (torch.triu if a.get("upper", 1) else torch.tril)(x[0], x[1] if len(x) > 1 else 0)


def where(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    """Take numbers of one or of another tensor."""
    return torch.where(torch.as_tensor(x[0], dtype=torch.bool, device=x[1].device), x[1], x[2])


def sizes(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    """Return the sizes of a tensor, or some of them."""
    return list(x[0].shape)[a.get("start", 0) : a.get("end")]


def expand(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    tensor = torch.as_tensor(x[0])
    return tensor * torch.ones(x[1], dtype=tensor.dtype, device=tensor.device)


def pads(torch: Any, x: Any, given: list[int], value: float = 0) -> Any:
    """Put numbers around the last sides: all begins, then all ends, as ONNX lists them."""
    k = len(given) // 2
    around = [v for i in reversed(range(k)) for v in (given[i], given[k + i])]
    return torch.nn.functional.pad(x, around, value=value) if any(around) else x


def pad(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    """Put a number around, or a tensor's own numbers, axis by axis."""
    mode = a.get("mode", "constant")
    if mode == "constant":
        return pads(torch, x[0], x[1], torch.as_tensor(x[2]).item() if len(x) > 2 and x[2] is not None else 0)
    tensor = x[0]
    for axis, length in enumerate(x[0].shape):
        before, after = x[1][axis], x[1][axis + x[0].dim()]
        if before or after:
            places = np.pad(np.arange(length), (before, after), mode=mode).tolist()
            tensor = gather(torch, [tensor, places], {"axis": axis})
    return tensor


def slices(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    tensor = x[0]
    axes = x[3] if len(x) > 3 and x[3] is not None else range(len(x[1]))
    steps = x[4] if len(x) > 4 else [1] * len(x[1])
    for axis, start, end, step in zip(axes, x[1], x[2], steps, strict=True):
        if step < 0:
            tensor = gather(torch, [tensor, list(range(tensor.shape[axis]))[start:end:step]], {"axis": axis})
            continue
        tensor = tensor[(slice(None),) * (axis % tensor.dim()) + (slice(start, end, step),)]
    return tensor


def squeeze(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    return x[0].squeeze(tuple(x[1])) if len(x) > 1 else x[0].squeeze()


def unsqueeze(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    rank = x[0].dim() + len(x[1])
    tensor = x[0]
    for axis in sorted(d % rank for d in x[1]):
        tensor = tensor.unsqueeze(axis)
    return tensor


def split(torch: Any, x: list[Any], a: dict[str, Any]) -> Any:
    return tuple(torch.split(x[0], x[1], a.get("axis", 0)))
