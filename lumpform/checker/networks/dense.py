"""Fully connected ReLU networks, which the formats .npz and .nnet hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..rational import Pair
from .building import from_rows
from .graph import IDENTITY, Group, Matrix, Network


@dataclass
class Layer:
    """Weights row by row, one row for each input, and biases."""

    inputs: int
    outputs: int
    weights: Sequence[Pair]
    bias: Sequence[Pair]


def network_of(layers: list[Layer]) -> Network:
    """ReLU between the layers, nothing after the last."""
    groups = [Group(1, pinned=True), Group(layers[0].inputs, pinned=True)]
    result = Network(groups, {}, [1], [len(layers) + 1])
    for number, layer in enumerate(layers, start=1):
        last = number == len(layers)
        groups.append(Group(layer.outputs, IDENTITY if last else ("relu",), last))
        for source, matrix in (
            (number, from_rows(layer.weights, range(layer.inputs), layer.outputs)),
            (0, Matrix.of((0, v, value) for v, value in enumerate(layer.bias))),
        ):
            if matrix.rows:
                result.add((source, None, number + 1), matrix)
    return result
