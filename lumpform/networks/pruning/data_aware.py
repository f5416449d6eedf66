"""Prune with a look at unlabelled inputs: Wanda, and least squares on activations."""

from __future__ import annotations

from typing import Any

import numpy as np

from lumpform.networks.pruning.layers import FloatLayer, Floats, Layers, activations, kept, remaining


def wanda(layers: Layers, remove: float, inputs: Floats, rng: np.random.Generator) -> Layers:
    """Set to zero, for every neuron, the incoming weights with the smallest ``|w| * norm of the input``.

    Sun, Liu, Bair, Kolter, *A simple and effective pruning approach for large language models*, ICLR 2024. Layer by
    layer, on what the layers already pruned make of the inputs.
    """
    result: Layers = []
    x = inputs
    for layer in layers:
        scores = np.abs(layer.weights) * np.linalg.norm(x, axis=0)[:, None]
        count = round(remove * len(scores))
        mask = np.ones(layer.weights.shape, dtype=bool)
        order = np.argsort(scores, axis=0, kind="stable")[:count]
        np.put_along_axis(mask, order, False, axis=0)
        result.append(FloatLayer(np.where(mask, layer.weights, 0.0), layer.bias))
        x = np.maximum(x @ result[-1].weights + layer.bias, 0.0)
    return result


def least_squares(layers: Layers, remove: float, inputs: Floats, rng: np.random.Generator) -> Layers:
    """Keep the neurons with the largest spread of activations times outgoing norm, and refit outgoing weights.

    Ordinary least squares of the next layer's sums on the kept activations and a constant.
    """
    for index in range(len(layers) - 1):
        x = activations(layers[: index + 2], inputs)[index]
        following = layers[index + 1]
        scores = x.std(axis=0) * np.linalg.norm(following.weights, axis=1)
        count = remaining(len(scores), remove)
        stay = np.sort(np.argsort(-scores, kind="stable")[:count])
        design = np.concatenate([np.ones((len(x), 1)), x[:, stay]], axis=1)
        fitted: Any = np.linalg.lstsq(design, x @ following.weights, rcond=None)[0]
        layers = kept(layers, index, stay)
        layers[index + 1] = FloatLayer(fitted[1:], following.bias + fitted[0])
    return layers
