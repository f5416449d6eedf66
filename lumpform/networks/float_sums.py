"""Adds what arrives at a group in floats: all arrows whose values have one shape in a single product of matrices.

A convolution is one arrow for every position of its kernel. What they read is put side by side, some samples at a time,
and multiplied once by all their weights. The float type is that of the values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.graph import Arrow
from lumpform.networks.operators import Sides, operate, sides_after

CHUNK = 1 << 21
"""Samples are taken so many at a time that what is read side by side is at most so many numbers."""


def float_sums(read: Sequence[Arrow], values: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
    """Return the weighted sums that arrive at one group, (batch, nodes, *shape), one for every shape behind operators.

    Parameters
    ----------
    read : sequence of Arrow
        All into the same group.
    values : mapping of name to (batch, nodes, *shape) float array
        Of their sources, of one float type.

    Returns
    -------
    list of arrays
        Their sum, broadcast, is what arrives. Rounded; the order of the terms is that of the product of matrices.
    """
    by_shape: dict[Sides, list[Arrow]] = {}
    for arrow in read:
        by_shape.setdefault(sides_after(arrow.operator, values[arrow.source].shape[2:]), []).append(arrow)
    return [_at_once(arrows, shape, values) for shape, arrows in by_shape.items()]


def _at_once(arrows: list[Arrow], shape: Sides, values: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    first = values[arrows[0].source]
    matrix = np.concatenate([a.weights.floats() for a in arrows]).astype(first.dtype, copy=False)
    batch, (terms, nodes) = len(first), matrix.shape
    out = np.empty((batch, nodes, *shape), dtype=first.dtype)
    step = max(1, CHUNK // max(terms * prod(shape), 1))
    for i in range(0, batch, step):
        parts = [operate(a.operator, values[a.source][i : i + step]) for a in arrows]
        side = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
        if shape:
            out[i : i + step] = (matrix.T @ side.reshape(len(side), terms, -1)).reshape(-1, nodes, *shape)
        else:
            out[i : i + step] = side @ matrix
    return out
