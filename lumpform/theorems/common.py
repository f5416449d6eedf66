"""Makes instances and steps that several theorems share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from lumpform.chains.chain import MarkovChain
from lumpform.graph.partition import Partition
from lumpform.networks.network import Network

Vector = list[Fraction]
Matrix = list[list[Fraction]]

STEPS = 3


@dataclass(frozen=True)
class Instance:
    """Holds a model with a partition, scales if there are any, and what else a theorem speaks about."""

    model: Any
    partition: Partition
    scales: tuple[Fraction, ...] | None = None
    extra: Any = None


def chain_kind(model: str) -> Any:
    """Return the kind of chain of a model name; an unrolled network is made from a DTMC."""
    return "ctmc" if model == "ctmc" else "dtmc"


def listed(model: str) -> Any:
    """Return a model name as strategies take it, which list the names that they know."""
    return model


def one_step(chain: MarkovChain, rate: Fraction | None = None) -> Matrix:
    """Return the exact matrix of one step: P of a DTMC, ``I + Q / rate`` of a CTMC (uniformisation)."""
    if chain.kind == "dtmc":
        return chain.weights.to_fractions()
    rows = chain.arrow().to_fractions()
    rate = uniform_rate(chain) if rate is None else rate
    return [[(1 if i == j else 0) + v / rate for j, v in enumerate(row)] for i, row in enumerate(rows)]


def uniform_rate(chain: MarkovChain) -> Fraction:
    """Return a rate beyond all exit rates."""
    return max(chain.exit_rates().fractions(), default=Fraction(0)) + 1


def after(start: Vector, matrix: Matrix) -> Vector:
    """Return the row vector times the matrix."""
    return [sum((start[i] * row[j] for i, row in enumerate(matrix)), Fraction(0)) for j in range(len(matrix))]


def unrolled(matrices: Sequence[Matrix]) -> Network:
    """Return the linear network whose layers are steps of a chain: layer k holds the distribution after k."""
    from lumpform.graph.graph import IDENTITY

    return Network.from_layers([(matrix, None, IDENTITY) for matrix in matrices])


def run(model: str, matrices: Sequence[Matrix], start: Vector) -> Vector:
    """Return the vector after steps with some matrices, one after the other, or by a pass of the unrolled network."""
    if model == "unrolled" and matrices:
        return unrolled(matrices).forward([start], exact=True)[0].tolist()
    for matrix in matrices:
        start = after(start, matrix)
    return start


def class_sums(values: Vector, partition: Partition) -> Vector:
    """Return the sums over classes."""
    return [sum((values[u] for u in block), Fraction(0)) for block in partition.classes()]


def distribution(data: DataObject, size: int) -> Vector:
    """Draw a distribution with small exact numbers."""
    parts = data.draw(st.lists(st.integers(0, 3), min_size=size, max_size=size).filter(any))
    return [Fraction(p, sum(parts)) for p in parts]


def inputs(data: DataObject, network: Network, count: int = 2) -> Any:
    """Draw rational inputs of a network, as an object array of its first group's shape."""
    group = network.graph.groups[1]
    width = group.size * int(np.prod(group.shape, dtype=np.int64))
    number = st.integers(-3, 3).map(Fraction)
    flat = data.draw(st.lists(number, min_size=width * count, max_size=width * count))
    out = np.empty(width * count, dtype=object)
    out[:] = flat
    return out.reshape(count, group.size, *group.shape)


def sequences(data: DataObject, network: Network, steps: int) -> Any:
    """Draw sequences of rational inputs of a recurrent network, as an object array (steps, samples, features)."""
    size = network.graph.group(network.inputs[0].group).size
    flat = data.draw(st.lists(st.integers(-3, 3).map(Fraction), min_size=steps * size, max_size=steps * size))
    return np.array(flat, dtype=object).reshape(steps, 1, size)


def is_network(model: str) -> bool:
    """Tell whether a model name is that of a feed-forward network with node functions."""
    return model in ("dense", "convolutional", "residual")
