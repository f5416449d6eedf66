"""Define the operators on arrows: the linear maps that a value undergoes on its way along an edge.

For maps with k sides, ``d``, ``s``, ``h``, ``p`` and ``w`` are tuples of k integers, and ``pads`` of 2 k, those before
first. A map of one position is a number: its shape is (), and where maps are wanted it has k sides of 1.

==========================================  ==========================================================================
operator                                    meaning
==========================================  ==========================================================================
None                                        nothing; a number on its way into a map is the same at every position
``("shift", d, s, h)``                      position y of a map of shape h is position s y + d, and 0 outside
``("scatter", d, s, h)``                    position s y + d of a map of shape h is position y, and 0 elsewhere
``("pixel", p)``                            the value at one position
``("put", p, h)``                           a number at one position of a map of shape h, 0 at the others
``("average", w, s, pads, count_outside)``  the mean over windows of a map
``("mean",)``                               the mean of the whole map
==========================================  ==========================================================================

`shift`, `scatter`, `pixel`, `put` and `average` make them in the form that docs/certificate-networks.md (section 2.1)
calls canonical. They work on float arrays and on object arrays of `Fraction` alike, of shape (batch, nodes, *shape).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError

Operator = tuple[Any, ...] | None
Sides = tuple[int, ...]

OUTSIDE: Operator = ("outside",)
"""What `shift` returns when no position is inside: then there is no arrow."""


def map_shape(sides: Sides) -> Sides:
    """Return the shape of a map with these sides: () if it has one position."""
    return () if prod(sides) == 1 else tuple(sides)


def place_of(position: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the coordinates of a position of a map, given by its number in row-major order."""
    return tuple(int(i) for i in np.unravel_index(position, shape)) if shape else ()


def shift(source: Sides, offset: Sides, strides: Sides, shape: Sides) -> Operator:
    """Choose positions ``strides * y + offset`` of a map with sides `source`, for all y of a map with sides `shape`.

    Returns
    -------
    tuple, None or OUTSIDE
        In canonical form: None for the whole map as it is, ``pixel`` for a single position, OUTSIDE if no position of
        the source is among them.
    """
    strides = tuple(1 if h == 1 else s for s, h in zip(strides, shape, strict=True))
    for d, s, h, side in zip(offset, strides, shape, source, strict=True):
        if not any(0 <= s * y + d < side for y in _near(d, s, h)):
            return OUTSIDE
    if tuple(shape) == tuple(source) and not any(offset) and set(strides) <= {1}:
        return None
    if prod(source) == 1:  # the one position y with strides * y + offset = 0
        return put(tuple(-d // s for d, s in zip(offset, strides, strict=True)), shape)
    if prod(shape) == 1:
        return pixel(source, offset)
    return ("shift", tuple(offset), strides, tuple(shape))


def scatter(source: Sides, offset: Sides, strides: Sides, shape: Sides) -> Operator:
    """Put position y of a map with sides `source` at ``strides * y + offset`` of a map of zeros with sides `shape`.

    This is the transpose of `shift`; the result is in canonical form in the same way.
    """
    each = list(zip(offset, strides, source, shape, strict=True))
    if not all(any(0 <= s * y + d < h for y in _near(d, s, n)) for d, s, n, h in each):
        return OUTSIDE
    # Of a side of one position, before or after, the stride has no meaning.
    plain = [(d, 1) if n == 1 else (d // s, 1) if h == 1 else (d, s) for d, s, n, h in each]
    offset, strides = (tuple(v) for v in zip(*plain, strict=True))
    if set(strides) == {1}:
        return shift(source, tuple(-d for d in offset), strides, shape)
    return ("scatter", offset, strides, tuple(shape))


def _near(offset: int, stride: int, count: int) -> range:
    """Return the first positions of a shift that are not before the source, as far as there are some."""
    first = max(0, -(offset // stride))
    return range(min(first, count), min(first + 1, count))


def pixel(source: Sides, position: Sides) -> Operator:
    """Choose one position of a map; a number is its only position."""
    return None if prod(source) == 1 else ("pixel", tuple(position))


def put(position: Sides, shape: Sides) -> Operator:
    """Put a number at one position of a map with sides `shape`."""
    return None if prod(shape) == 1 else ("put", tuple(position), tuple(shape))


def mean(source: Sides) -> Operator:
    """Take the mean of a whole map."""
    return None if prod(source) == 1 else ("mean",)


def average(source: Sides, window: Sides, strides: Sides, pads: Sides, count_outside: bool) -> Operator:
    """Take means over windows of a map with the sides `source`; all windows have a position inside."""
    if prod(source) == 1 and not (count_outside and any(pads)):
        return None
    if tuple(window) == tuple(source) and not any(pads):
        return ("mean",)
    return ("average", tuple(window), tuple(strides), tuple(pads), bool(count_outside))


def pooled(source: Sides, window: Sides, strides: Sides, pads: Sides) -> Sides:
    """Return the sides of a map after windows of a size have gone over it."""
    k = len(window)
    return tuple((source[i] + pads[i] + pads[k + i] - window[i]) // strides[i] + 1 for i in range(k))


def sides_after(operator: Operator, source: Sides) -> Sides:
    """Return the shape of a value behind an operator, from a group of the shape `source`."""
    if operator is None:
        return source
    if operator[0] == "average":
        return map_shape(pooled(source or (1,) * len(operator[1]), *operator[1:4]))
    return operator[-1] if operator[0] in ("shift", "scatter", "put") else ()


def windows(x: NDArray[Any], window: Sides, strides: Sides, pads: Sides, outside: Any) -> Iterator[NDArray[Any]]:
    """Yield one array per position in the window with the values under it; `outside` fills the border.

    `x` is (batch, nodes, *sides); `outside` None stands for minus infinity, which object arrays keep as None.
    """
    if outside is None and x.dtype != object:
        outside = -np.inf
    k = len(window)
    x = as_maps(x, k)
    sides = tuple(x.shape[2 + i] + pads[i] + pads[k + i] for i in range(k))
    padded = np.full((*x.shape[:2], *sides), outside, dtype=x.dtype)
    padded[(slice(None), slice(None), *(slice(pads[i], pads[i] + x.shape[2 + i]) for i in range(k)))] = x
    counts = pooled(x.shape[2:], window, strides, pads)
    for at in product(*map(range, window)):
        chosen = (slice(i, i + (n - 1) * s + 1, s) for i, n, s in zip(at, counts, strides, strict=True))
        yield padded[(slice(None), slice(None), *chosen)]


def as_maps(x: NDArray[Any], sides: int) -> NDArray[Any]:
    """Return numbers (batch, nodes) as maps of one position with so many sides; maps as they are."""
    return x.reshape(*x.shape, *[1] * sides) if x.ndim == 2 else x


def operate(operator: Operator, x: NDArray[Any]) -> NDArray[Any]:
    """Apply an operator to the values of all sources of an arrow, (batch, nodes, *shape)."""
    if operator is None:
        return x
    name, *how = operator
    if name == "shift":
        return _shift(x, *how)
    if name == "scatter":
        return _scatter(x, *how)
    if name == "pixel":
        return x[(slice(None), slice(None), *how[0])]
    if name == "put":
        out = np.full((*x.shape[:2], *how[1]), _zero(x), dtype=x.dtype)
        out[(slice(None), slice(None), *how[0])] = x
        return out
    if name == "mean":
        return _divided(x.sum(axis=tuple(range(2, x.ndim))), prod(x.shape[2:]))
    if name == "average":
        return _average(x, *how)
    raise ModelError(f"unknown operator {name!r} on an arrow")


def _zero(x: NDArray[Any]) -> Any:
    return Fraction(0) if x.dtype == object else x.dtype.type(0)


def _divided(x: NDArray[Any], by: Any) -> NDArray[Any]:
    return x * Fraction(1, by) if x.dtype == object else x / x.dtype.type(by)


def _shift(x: NDArray[Any], offset: Sides, strides: Sides, shape: Sides) -> NDArray[Any]:
    x = as_maps(x, len(shape))
    targets, sources = _pairs(offset, strides, shape, x.shape[2:])
    return _moved(x, sources, targets, shape)


def _scatter(x: NDArray[Any], offset: Sides, strides: Sides, shape: Sides) -> NDArray[Any]:
    x = as_maps(x, len(shape))
    sources, targets = _pairs(offset, strides, x.shape[2:], shape)
    return _moved(x, sources, targets, shape)


Positions = list[NDArray[np.int64]]


def _pairs(offset: Sides, strides: Sides, few: Sides, many: Sides) -> tuple[Positions, Positions]:
    """Return positions y, side by side, for which ``strides * y + offset`` is one of the other map, and those."""
    ys = []
    for d, s, n, count in zip(offset, strides, many, few, strict=True):
        y = np.arange(count)
        ys.append(y[(s * y + d >= 0) & (s * y + d < n)])
    return ys, [s * y + d for d, s, y in zip(offset, strides, ys, strict=True)]


def _moved(x: NDArray[Any], sources: Positions, targets: Positions, shape: Sides) -> NDArray[Any]:
    """Return maps of zeros with these sides that have some positions of others."""
    out = np.full((*x.shape[:2], *shape), _zero(x), dtype=x.dtype)
    if all(len(t) for t in targets):
        out[(slice(None), slice(None), *np.ix_(*targets))] = x[(slice(None), slice(None), *np.ix_(*sources))]
    return out


def _average(x: NDArray[Any], window: Sides, strides: Sides, pads: Sides, count_outside: bool) -> NDArray[Any]:
    total = np.asarray(sum(windows(x, window, strides, pads, _zero(x))))
    if count_outside:
        result = _divided(total, prod(window))
    else:
        ones = np.ones((1, 1, *as_maps(x, len(window)).shape[2:]), dtype=np.int64)
        counts = np.asarray(sum(windows(ones, window, strides, pads, 0)))
        if x.dtype == object:
            shares = np.array([Fraction(1, int(c)) for c in counts.ravel()], dtype=object).reshape(counts.shape)
            result = total * shares
        else:
            result = total / counts.astype(x.dtype)
    return result.reshape(result.shape[:2]) if prod(result.shape[2:]) == 1 else result
