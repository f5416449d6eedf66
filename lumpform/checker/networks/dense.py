"""Makes fully connected ReLU networks, which the formats .npz and .nnet hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..rational import Pair
from .graph import IDENTITY, Group, Matrix, Network, Port


@dataclass
class Layer:
    """Holds weights row by row, one row for each input, and biases."""

    inputs: int
    outputs: int
    weights: Sequence[Pair]
    bias: Sequence[Pair]


def network_of(layers: list[Layer]) -> Network:
    """Return the network with ReLU between the layers and nothing after the last."""
    groups = [Group(1, pinned=True), Group(layers[0].inputs, pinned=True)]
    result = Network(groups, {}, [Port(1)], [Port(len(layers) + 1)])
    for number, layer in enumerate(layers, start=1):
        last = number == len(layers)
        groups.append(Group(layer.outputs, IDENTITY if last else ("relu",), last))
        weights, n = Matrix(), layer.outputs
        for u in range(layer.inputs):
            weights.put(u, *full_row(layer.weights[u * n : (u + 1) * n]))
        for source, matrix in (
            (number, weights),
            (0, Matrix.of((0, v, value) for v, value in enumerate(layer.bias))),
        ):
            if matrix.rows:
                result.add((source, None, number + 1), matrix, solid=source != 0)
    return result


def full_row(weights: Sequence[Pair]) -> tuple[int, dict[int, int]]:
    """Return a row of a full matrix over one denominator."""
    denominators = {d for _, d in weights}
    common = max(denominators, default=1)
    if any(common % d for d in denominators):  # not all powers of two
        return Matrix.of((0, v, value) for v, value in enumerate(weights)).rows.get(0, (1, {}))
    return common, {v: n * (common // d) for v, (n, d) in enumerate(weights) if n}
