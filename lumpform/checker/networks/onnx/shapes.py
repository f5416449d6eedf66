"""Says where the numbers of a tensor go: axes, NumPy's broadcasting, and picking entries by strides."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import pairwise
from math import prod
from typing import Any

from ...effort import limits_in_force

Shape = tuple[int, ...]


def check_rank(shape: Sequence[int]) -> None:
    """Raise `ValueError` for more dimensions than a tensor may have."""
    if len(shape) > limits_in_force().max_rank:
        raise ValueError(f"a tensor of {len(shape)} dimensions")


def axis_of(axis: int, rank: int, *, negative: bool = True) -> int:
    """Return an axis counted from the front. Raises `ValueError` if a tensor of this rank has no such axis."""
    if not (-rank if negative else 0) <= axis < rank:
        raise ValueError(f"the axis {axis} of a tensor with {rank}")
    return axis % rank


def axes_of(axes: Sequence[int], rank: int, *, negative: bool = True) -> list[int]:
    """Return axes counted from the front, each once."""
    found = [axis_of(axis, rank, negative=negative) for axis in axes]
    if len(set(found)) < len(found):
        raise ValueError(f"the axes {list(axes[:10])}, one of them twice")
    return found


def broadcast(a: Shape, b: Shape) -> Shape:
    """Return the shape of two tensors broadcast against each other, as NumPy does it."""
    rank = max(len(a), len(b))
    left, right = ((1,) * (rank - len(s)) + s for s in (a, b))
    if any(m != n and 1 not in (m, n) for m, n in zip(left, right, strict=True)):
        raise ValueError(f"the shapes {list(a)} and {list(b)}, which do not fit")
    return tuple(n if m == 1 else m for m, n in zip(left, right, strict=True))


def strides(shape: Shape) -> list[int]:
    """Return how far apart neighbours along every axis are in row-major order."""
    result, step = [0] * len(shape), 1
    for axis in range(len(shape) - 1, -1, -1):
        result[axis] = step
        step *= shape[axis]
    return result


def strided(data: Sequence[Any], start: int, lengths: Sequence[int], steps: Sequence[int]) -> Sequence[Any]:
    """Return the entries at ``start + sum of i_a steps[a]`` for all ``i_a < lengths[a]``, in row-major order.

    Runs are taken as slices: linear in their number and, quickly, in that of entries.
    """
    if not prod(lengths):
        return data[:0]
    runs: list[tuple[int, int]] = []
    for length, step in zip(lengths, steps, strict=True):
        if length == 1:
            continue
        if runs and runs[-1][1] == step * length:
            runs[-1] = (runs[-1][0] * length, step)
        else:
            runs.append((length, step))
    length, step = runs.pop() if runs else (1, 1)
    starts = [start]
    for count, distance in runs:
        starts = [s + i * distance for s in starts for i in range(count)]
    if len(starts) == 1 and step:
        return _run(data, start, length, step)
    result: Any = _empty(data)
    for s in starts:
        result.extend(_run(data, s, length, step) if step else [data[s]] * length)
    return result


def _run(data: Sequence[Any], start: int, length: int, step: int) -> Sequence[Any]:
    end = start + length * step
    return data[start : end if end >= 0 else None : step]


def _empty(data: Sequence[Any]) -> Any:
    """Return what takes entries of this kind."""
    return array(data.typecode) if isinstance(data, array) else array("q") if isinstance(data, range) else []


def spread(data: Sequence[Any], shape: Shape, target: Shape) -> Sequence[Any]:
    """Return the entries of a tensor that is broadcast to a shape."""
    if shape == target:
        return data
    own = (1,) * (len(target) - len(shape)) + shape
    steps = [0 if n == 1 else step for n, step in zip(own, strides(own), strict=True)]
    return strided(data, 0, target, steps)


def joined(parts: Sequence[Sequence[Any]], lengths: Sequence[int], outer: int) -> Sequence[Any]:
    """Return tensors one after the other along an axis: `lengths` entries of each in turn, `outer` times."""
    if outer == 1 and all(isinstance(part, range) and part for part in parts):
        whole = range(parts[0][0], parts[-1][-1] + 1)
        if len(whole) == sum(map(len, parts)) and all(a[-1] + 1 == b[0] for a, b in pairwise(parts)):
            return whole
    alike = len({getattr(part, "typecode", "q" if isinstance(part, range) else "") for part in parts}) == 1
    result: Any = _empty(parts[0]) if alike else []
    for i in range(outer if sum(lengths) else 0):
        for part, length in zip(parts, lengths, strict=True):
            result.extend(part[i * length : (i + 1) * length])
    return result


def padded(data: Sequence[Any], nothing: Any, before: int, after: int, length: int, outer: int) -> Sequence[Any]:
    """Return `outer` blocks of `length` entries with so many more of nothing before and after each."""
    if not before and not after:
        return data
    result: Any = _empty(data)
    for i in range(outer):
        result.extend([nothing] * before)
        result.extend(data[i * length : (i + 1) * length])
        result.extend([nothing] * after)
    return result
