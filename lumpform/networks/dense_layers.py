"""Turn fully connected networks into lists of layers, which formats without convolutions can hold, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from lumpform.errors import ModelError
from lumpform.graph.graph import IDENTITY, Arrow, Group, NodeFunction, WeightedGraph
from lumpform.graph.weights import DenseWeights, total
from lumpform.networks.functions import RELU
from lumpform.networks.network import ONE, Network
from lumpform.networks.port import Port
from lumpform.networks.recurrent import require_feed_forward
from lumpform.numbers.column import Values
from lumpform.numbers.integer import IntegerValues


@dataclass(frozen=True, eq=False)
class DenseLayer:
    """Hold one layer ``function(x @ weights + bias)``.

    Parameters
    ----------
    weights : DenseWeights
        (inputs, outputs).
    bias : Values
        One per output.
    function : NodeFunction
    """

    weights: DenseWeights
    bias: Values
    function: NodeFunction


def network_of(layers: Sequence[DenseLayer], dtype: str = "float32") -> Network:
    """Return the fully connected network of some layers that fit together, with ports of the float type `dtype`.

    Unlike `Network.from_layers`, columns stay as they are.
    """
    groups = [Group(ONE, 1, pinned=True), Group("x0", layers[0].weights.shape[0], pinned=True)]
    arrows = []
    for i, layer in enumerate(layers, start=1):
        size = layer.weights.shape[1]
        last = i == len(layers)
        groups.append(Group(f"x{i}", size, layer.function, pinned=last))
        arrows.append(Arrow(f"W{i}", f"x{i - 1}", f"x{i}", layer.weights))
        arrows.append(Arrow(f"b{i}", ONE, f"x{i}", DenseWeights((1, size), layer.bias)))
    first, final = groups[1], groups[-1]
    return Network(
        WeightedGraph(tuple(groups), tuple(arrows)),
        (Port(first.name, "x", (None, first.size), dtype),),
        (Port(final.name, "y", (None, final.size), dtype),),
    )


def between(number: int, layers: int) -> NodeFunction:
    """Return the function after layer `number` of `layers` in formats that know only ReLU; nothing follows the last."""
    return IDENTITY if number == layers else RELU


def dense_layers(network: Network, form: str) -> list[DenseLayer]:
    """Return the layers of a fully connected network, in order. O(weights).

    Parameters
    ----------
    network : Network
        One input, one output, every group fed by the one before it and the unit node only.
    form : str
        What cannot hold anything else, for the message.

    Raises
    ------
    ModelError
        If the network has another form.
    """
    require_feed_forward(form, network)
    groups = network.graph.groups[1:]
    if len(network.inputs) != 1 or len(network.outputs) != 1:
        raise ModelError(f"{form} holds one input and one output, not {len(network.inputs)} and {len(network.outputs)}")
    if groups[0].name != network.inputs[0].group or groups[-1].name != network.outputs[0].group or len(groups) < 2:
        raise ModelError(f"{form} holds a network whose first group is its input and whose last is its output")
    layers = []
    for before, group in pairwise(groups):
        into = [a for a in network.graph.arrows if a.target == group.name]
        if group.shape or before.shape or any(a.operator is not None for a in into):
            raise ModelError(f"{form} holds no feature maps, and {group.name!r} has or takes some")
        for arrow in into:
            if arrow.source not in (before.name, ONE):
                raise ModelError(f"{form} holds no connection that skips a layer, such as {arrow.name!r}")
        weights = sum_of([a for a in into if a.source == before.name], (before.size, group.size))
        bias = sum_of([a for a in into if a.source == ONE], (1, group.size)).values
        layers.append(DenseLayer(weights, bias, group.function))
    return layers


def relu_layers(network: Network, form: str, *, closed: bool = False) -> list[DenseLayer]:
    """Return the `dense_layers` of a network with ReLU between the layers and nothing at the end.

    Parameters
    ----------
    network : Network
    form : str
        What cannot hold anything else, for the message.
    closed : bool
        Whether a network with ReLU at the end gets one more layer, which passes its outputs on: a reduction leaves
        such a layer out.

    Raises
    ------
    ModelError
        If the network has another form or another node function.
    """
    layers = dense_layers(network, form)
    if closed and layers[-1].function.name == RELU.name:
        size = layers[-1].weights.shape[1]
        identity = DenseWeights((size, size), IntegerValues(np.eye(size, dtype=np.int64).reshape(-1)))
        layers.append(DenseLayer(identity, IntegerValues(np.zeros(size, dtype=np.int64)), IDENTITY))
    for i, layer in enumerate(layers, start=1):
        wanted = between(i, len(layers)).name
        if layer.function.name != wanted:
            raise ModelError(f"{form} has {wanted} after layer {i}, this network has {layer.function.name}")
    return layers


def sum_of(arrows: list[Arrow], shape: tuple[int, int]) -> DenseWeights:
    """Add parallel arrows exactly to one full matrix; a single full one is returned as it is. O(edges)."""
    if not arrows:
        return DenseWeights.from_coo([], [], [], shape)
    return DenseWeights(shape, total(arrow.weights for arrow in arrows).all_values())
