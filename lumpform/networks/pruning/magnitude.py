"""Prune by magnitude, of weights or of neurons, or at random."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from lumpform.networks.pruning.layers import FloatLayer, Floats, Layers, kept, remaining


def weights_globally(layers: Layers, remove: float, inputs: Any, rng: np.random.Generator) -> Layers:
    """Set the smallest weights of all layers to zero; biases stay."""
    sizes = np.concatenate([np.abs(layer.weights).reshape(-1) for layer in layers])
    mask = np.ones(len(sizes), dtype=bool)
    mask[np.argsort(sizes, kind="stable")[: round(remove * len(sizes))]] = False
    parts = np.split(mask, np.cumsum([layer.weights.size for layer in layers])[:-1])
    return [_cut(layer, part.reshape(layer.weights.shape)) for layer, part in zip(layers, parts, strict=True)]


def weights_per_layer(layers: Layers, remove: float, inputs: Any, rng: np.random.Generator) -> Layers:
    """Set the smallest weights of every layer to zero; biases stay."""
    return [layer for one in layers for layer in weights_globally([one], remove, inputs, rng)]


def _cut(layer: FloatLayer, mask: Any) -> FloatLayer:
    return FloatLayer(np.where(mask, layer.weights, 0.0), layer.bias)


def neurons_by_incoming(layers: Layers, remove: float, inputs: Any, rng: np.random.Generator) -> Layers:
    """Remove the neurons with the smallest Euclidean norm of incoming weights from every hidden layer."""
    return _by_score(layers, remove, lambda layer, following: np.linalg.norm(layer.weights, axis=0))


def neurons_by_product(layers: Layers, remove: float, inputs: Any, rng: np.random.Generator) -> Layers:
    """Remove the neurons with the smallest product of the norms of incoming and outgoing weights."""
    return _by_score(
        layers,
        remove,
        lambda layer, following: np.linalg.norm(layer.weights, axis=0) * np.linalg.norm(following.weights, axis=1),
    )


def random_neurons(layers: Layers, remove: float, inputs: Any, rng: np.random.Generator) -> Layers:
    """Remove any neurons."""
    return _by_score(layers, remove, lambda layer, following: rng.random(len(layer.bias)))


def _by_score(layers: Layers, remove: float, score: Callable[[FloatLayer, FloatLayer], Floats]) -> Layers:
    chosen = []
    for layer, following in pairwise(layers):
        values = score(layer, following)
        chosen.append(np.sort(np.argsort(-values, kind="stable")[: remaining(len(values), remove)]))
    for i, neurons in enumerate(chosen):
        layers = kept(layers, i, neurons)
    return layers
