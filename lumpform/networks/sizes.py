"""Measure networks: neurons, parameters, multiply-accumulates and bytes, per layer and in total.

Counted are the networks as they are kept: a weight is an entry of a matrix. *Dense* counts every entry of a full matrix
and the stored ones of a sparse matrix (the blocks of a grouped convolution); *non-zero* counts entries that are not
zero. A matrix that only wires values through (a residual sum, a pooling layer) has entries that are all 1, at most one
per target, and no parameters; averages have none either. One multiply-accumulate is one weight used at one position of
the target's map, or of the source's in a transposed convolution; biases are added and count none, positions at the
border count like all others. For a recurrent network they are counted for one step.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from lumpform.display.result import Shown
from lumpform.graph.graph import Arrow, Group
from lumpform.graph.weights import SparseWeights
from lumpform.networks.network import ONE, Network

COUNTS = ("neurons", "parameters", "nonzero", "macs", "nonzero_macs")
"""What is counted, in the order of tables."""

WORDS = {
    "neurons": "neurons",
    "parameters": "parameters",
    "nonzero": "non-zero",
    "macs": "multiply-accumulates",
}
"""What stands in tables, and what it is called there."""


@dataclass(frozen=True)
class LayerSize:
    """Hold the size of one group with everything that leads into it.

    Parameters
    ----------
    name : str
        The group.
    role : str
        ``input``, ``hidden`` or ``output``.
    function : str
        The node function.
    neurons : int
        Nodes; a channel of feature maps counts once.
    positions : int
        Values per node: height times width of a feature map.
    parameters, nonzero : int
        Weights and biases: all, and those that are not zero.
    macs, nonzero_macs : int
        Multiply-accumulates for one input: with all weights, and with those that are not zero.
    """

    name: str
    role: str
    function: str
    neurons: int = 0
    positions: int = 1
    parameters: int = 0
    nonzero: int = 0
    macs: int = 0
    nonzero_macs: int = 0


@dataclass(frozen=True, repr=False)
class Size(Shown):
    """Hold the sizes of all layers, and the bytes of the file if one was named."""

    layers: tuple[LayerSize, ...]
    file_bytes: int | None = None

    def headline(self) -> str:
        """Return what there is of everything in all layers."""
        return ", ".join(f"{self.total(count)} {words}" for count, words in WORDS.items())

    def header(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return ("layer", "function", *WORDS.values())

    def cells(self) -> Iterator[tuple[object, ...]]:
        """Yield a row per layer."""
        return ((x.name, x.function, *(getattr(x, c) for c in WORDS)) for x in self.layers)

    def total(self, count: str) -> int:
        """Return the sum of one of `COUNTS`; neurons are those of hidden layers."""
        chosen = [x for x in self.layers if count != "neurons" or x.role == "hidden"]
        return sum(getattr(layer, count) for layer in chosen)

    def to_json(self) -> dict[str, Any]:
        """Return plain values: the layers, the totals, the bytes."""
        totals = {count: self.total(count) for count in COUNTS}
        return {"layers": [asdict(x) for x in self.layers], "total": totals, "file_bytes": self.file_bytes}


@dataclass(frozen=True, repr=False)
class Comparison(Shown):
    """Set two networks side by side, matched by the names of their groups; made by `compare`."""

    before: Size
    after: Size

    def headline(self) -> str:
        """Return what became of everything in all layers."""
        counts = ((self.before.total(c), self.after.total(c), words) for c, words in WORDS.items())
        return ", ".join(f"{a} to {b} {words}" if a != b else f"{a} {words}" for a, b, words in counts)

    def header(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return self.before.header()

    def cells(self) -> Iterator[tuple[object, ...]]:
        """Yield a row per layer: sizes before and after."""
        for old, new in self.rows:
            yield old.name, old.function, *(_arrow(getattr(old, c), getattr(new, c)) for c in WORDS)

    @property
    def rows(self) -> tuple[tuple[LayerSize, LayerSize], ...]:
        """Return the layers of the first network with theirs in the second; then those that only the second has."""
        later = {x.name: x for x in self.after.layers}
        pairs = [(x, later.pop(x.name, LayerSize(x.name, x.role, x.function))) for x in self.before.layers]
        pairs += [(LayerSize(x.name, x.role, x.function), x) for x in later.values()]
        return tuple(pairs)

    def to_json(self) -> dict[str, Any]:
        """Return values for a JSON file: per layer and in total, before and after; file sizes in bytes or null."""
        layers = []
        for old, new in self.rows:
            counts = {c: {"before": getattr(old, c), "after": getattr(new, c)} for c in COUNTS}
            layers.append({"name": old.name, "role": old.role, "function": old.function, **counts})
        totals = {c: {"before": self.before.total(c), "after": self.after.total(c)} for c in COUNTS}
        sizes = {"before": self.before.file_bytes, "after": self.after.file_bytes}
        return {"layers": layers, "total": totals, "file_bytes": sizes}

    def lines(self) -> list[tuple[str, ...]]:
        """Return the rows of a table for a terminal, below `header`: one per layer, the totals and the files."""
        rows = []
        for old, new in self.rows:
            cells = [_arrow(getattr(old, c), getattr(new, c)) for c in WORDS]
            rows.append((old.name, old.function if old.role != "input" else "input", *cells))
        totals = [_arrow(self.before.total(c), self.after.total(c)) for c in WORDS]
        rows.append(("total", "hidden neurons", *totals))
        if self.before.file_bytes is not None and self.after.file_bytes is not None:
            blank = ("",) * (len(WORDS) - 1)
            rows.append(("file", "bytes", _arrow(self.before.file_bytes, self.after.file_bytes), *blank))
        return rows


def measure(network: Network, path: str | Path | None = None) -> Size:
    """Measure a network, layer by layer. O(stored weights).

    Parameters
    ----------
    network : Network
    path : str or Path, optional
        Its file, whose size is told if it exists.
    """
    inputs, outputs = ({p.group for p in ports} for ports in (network.inputs, network.outputs))
    into: dict[str, list[Arrow]] = {}
    for arrow in network.graph.arrows:
        into.setdefault(arrow.target, []).append(arrow)
    layers, shapes = [], {g.name: g.shape for g in network.graph.groups}
    for group in network.graph.groups[1:]:
        role = "input" if group.name in inputs else "output" if group.name in outputs else "hidden"
        layers.append(_layer(group, role, into.get(group.name, ()), shapes))
    return Size(tuple(layers), _bytes(path))


def compare(
    before: Network,
    after: Network,
    *,
    before_path: str | Path | None = None,
    after_path: str | Path | None = None,
) -> Comparison:
    """Measure two networks side by side; with paths, also the sizes of their files."""
    return Comparison(measure(before, before_path), measure(after, after_path))


def _layer(group: Group, role: str, into: Iterable[Arrow], shapes: dict[str, tuple[int, ...]]) -> LayerSize:
    positions = prod(group.shape)
    parameters = nonzero = macs = nonzero_macs = bias = nonzero_bias = 0
    for arrow in into:
        if _wires(arrow):
            continue
        full = arrow.weights.stored
        if arrow.source == ONE:  # several are one bias, in parts
            bias, nonzero_bias = max(bias, full), max(nonzero_bias, arrow.weights.nnz)
            continue
        parameters += full
        nonzero += arrow.weights.nnz
        scatters = arrow.operator is not None and arrow.operator[0] == "scatter"
        times = prod(shapes[arrow.source]) if scatters else positions
        macs += full * times
        nonzero_macs += arrow.weights.nnz * times
    parameters, nonzero = parameters + bias, nonzero + nonzero_bias
    name = group.function.name
    return LayerSize(group.name, role, name, group.size, positions, parameters, nonzero, macs, nonzero_macs)


def _wires(arrow: Arrow) -> bool:
    """Tell whether an arrow passes values on without a weight."""
    if arrow.source == ONE or not isinstance(arrow.weights, SparseWeights):
        return False  # a layer of weights is a dense matrix, whatever they are: wires are never kept so
    if arrow.operator is not None and arrow.operator[0] in ("shift", "scatter"):
        return False
    columns = np.bincount(arrow.weights.indices, minlength=1)
    return int(columns.max(initial=0)) <= 1 and arrow.weights.all_ones()


def _bytes(path: str | Path | None) -> int | None:
    try:
        return None if path is None else os.stat(path).st_size
    except (OSError, ValueError):
        return None


def _arrow(before: int, after: int) -> str:
    return f"{before:,}" if before == after else f"{before:,} → {after:,}"
