"""Define `Port`, an input or output of a network as its file has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError

if TYPE_CHECKING:
    from lumpform.graph.graph import Group, WeightedGraph


@dataclass(frozen=True)
class Port:
    """Describe an input or output of a network as its file names it.

    Parameters
    ----------
    group : str
        The group that holds its nodes.
    name : str
        The name in the file.
    shape : tuple of int or None
        The full shape of its tensor in the file. None is a dimension without a number; as the first one it is the
        batch.
    dtype : str
        ``float16``, ``float32`` or ``float64``.
    order : tuple of int, optional
        Number j of the tensor (row-major, one sample) is entry ``order[j]`` of the group, whose entries go node by node
        and position by position. None: they are the same.
    layout : str
        Of a recurrent network, a letter for every dimension of `shape`: ``t`` for steps of a sequence, ``n`` for
        samples, ``.`` for numbers. Empty: the first dimension counts samples, or none does.

    Raises
    ------
    ModelError
        If the layout has another number of letters, or not one ``n`` and at most one ``t``.
    """

    group: str
    name: str
    shape: tuple[int | None, ...]
    dtype: str = "float32"
    order: tuple[int, ...] | None = None
    layout: str = ""

    def __post_init__(self) -> None:
        named = sorted(self.layout.replace(".", ""))
        if self.layout and (len(self.layout) != len(self.shape) or named not in (["n"], ["n", "t"])):
            wanted = f"{len(self.shape)} letters: n, at most one t, and points"
            raise ModelError(f"the layout of {self.name!r} is {self.layout!r}, expected {wanted}")

    @property
    def letters(self) -> str:
        """Return what the dimensions of a recurrent network's tensor are: its layout, or samples first."""
        return self.layout or "n" + "." * (len(self.shape) - 1)

    @property
    def batched(self) -> bool:
        """Tell whether the first dimension counts samples: it has no number."""
        return bool(self.shape) and self.shape[0] is None

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Return the shape of one sample, at one step: without the batch, or a first dimension of 1 before others."""
        if self.layout:
            return tuple(d or 1 for d, letter in zip(self.shape, self.layout, strict=True) if letter == ".")
        rest = self.shape[1:] if self.batched or (len(self.shape) > 1 and self.shape[0] == 1) else self.shape
        return tuple(1 if d is None else d for d in rest)

    def entries(self, samples: NDArray[Any]) -> NDArray[Any]:
        """Return the entries of the group from samples of the tensor, (samples, numbers), both flat."""
        if self.order is None:
            return samples
        out = np.empty_like(samples)
        out[:, np.asarray(self.order)] = samples
        return out

    def samples(self, entries: NDArray[Any]) -> NDArray[Any]:
        """Return samples of the tensor, (samples, *sample_shape), from the entries of the group, (samples, ...)."""
        flat = entries.reshape(len(entries), -1)
        if self.order is not None:
            flat = flat[:, np.asarray(self.order)]
        return flat.reshape(len(flat), *self.sample_shape) if prod(self.sample_shape) == flat.shape[1] else flat


def spans(graph: WeightedGraph, ports: Iterable[Port]) -> Iterator[tuple[Group, slice]]:
    """Yield the group of every port, and where its entries are among those of all ports, one after the other."""
    start = 0
    for port in ports:
        group = graph.group(port.group)
        size = group.size * prod(group.shape)
        yield group, slice(start, start + size)
        start += size
