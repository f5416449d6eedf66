"""Hold fully connected networks as matrices of floats, and do what all baselines do to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.graph import IDENTITY
from lumpform.graph.weights import DenseWeights
from lumpform.networks.dense_layers import DenseLayer, network_of, relu_layers
from lumpform.networks.functions import RELU
from lumpform.numbers.make import exact_values

if TYPE_CHECKING:
    from lumpform.networks.network import Network

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FloatLayer:
    """Hold ``relu(x @ weights + bias)``, without the ReLU in the last one. (inputs, outputs) and (outputs,)."""

    weights: Floats
    bias: Floats

    @property
    def incoming(self) -> Floats:
        """Return a row for every neuron: its weights and its bias."""
        return np.concatenate([self.weights, self.bias[None]], axis=0).T


Layers = list[FloatLayer]


def layers_of(network: Network) -> Layers:
    """Return the layers of a ReLU network in floats."""
    return [
        FloatLayer(
            layer.weights.floats(),
            np.array(layer.bias.floats(), dtype=np.float64),
        )
        for layer in relu_layers(network, "a baseline")
    ]


def network_of_layers(layers: Layers, like: Network) -> Network:
    """Return the network of some layers, with the float type of another one's ports."""
    last = len(layers) - 1
    return network_of(
        [
            DenseLayer(
                DenseWeights.from_array(layer.weights),
                exact_values(np.ascontiguousarray(layer.bias)),
                IDENTITY if i == last else RELU,
            )
            for i, layer in enumerate(layers)
        ],
        like.inputs[0].dtype,
    )


def remaining(size: int, remove: float) -> int:
    """Return how many of a layer's neurons stay: at least one."""
    return max(1, size - round(remove * size))


def kept(layers: Layers, index: int, neurons: Sequence[int] | NDArray[Any]) -> Layers:
    """Return the layers with only some neurons in hidden layer `index`."""
    order = np.asarray(neurons)
    result = list(layers)
    layer, following = layers[index], layers[index + 1]
    result[index] = FloatLayer(layer.weights[:, order], layer.bias[order])
    result[index + 1] = FloatLayer(following.weights[order], following.bias)
    return result


def activations(layers: Layers, inputs: Floats) -> list[Floats]:
    """Return the values of every hidden layer."""
    found, x = [], inputs
    for layer in layers[:-1]:
        x = np.maximum(x @ layer.weights + layer.bias, 0.0)
        found.append(x)
    return found
