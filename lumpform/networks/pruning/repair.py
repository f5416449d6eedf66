"""Fold, and restore the spread that means of neurons lose: with inputs (REPAIR), or from the weights alone.

The mean of neurons that are not quite the same varies less than each of them. REPAIR (Jordan, Sedghi, Saukh, Entezari,
Neyshabur, *REPAIR: REnormalizing Permuted Activations for Interpolation Repair*, ICLR 2023) shifts and scales what
arrives at a merged neuron so that its mean and standard deviation are the averages of those of the neurons it stands
for; model folding (Wang, Sikic, Thiele, Saukh, ICLR 2025) does so for clusters. Both write the factors into
normalisation layers; here they go into weights and biases, which is the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lumpform.networks.pruning.layers import FloatLayer, Floats, Layers
from lumpform.networks.pruning.merging import clusters, folded


def folding_repaired(layers: Layers, remove: float, inputs: Floats, rng: np.random.Generator) -> Layers:
    """Fold layer by layer, and give every folded neuron the average mean and standard deviation of its members.

    Those of the members are taken in the original network, those of the folded neuron behind layers already repaired.
    """
    original = list(layers)
    before = now = inputs
    for index in range(len(layers) - 1):
        members = clusters(layers[index].incoming, remove)
        layers = folded(layers, index, members)
        wanted = before @ original[index].weights + original[index].bias
        average = members / members.sum(axis=1, keepdims=True)
        layer = layers[index]
        found = now @ layer.weights + layer.bias
        mean, spread = average @ wanted.mean(axis=0), average @ wanted.std(axis=0)
        factor = np.where(found.std(axis=0) > 0, spread / np.where(found.std(axis=0) > 0, found.std(axis=0), 1.0), 1.0)
        bias = mean + factor * (layer.bias - found.mean(axis=0))
        layers[index] = FloatLayer(layer.weights * factor, bias)
        before = np.maximum(wanted, 0.0)
        now = np.maximum(now @ layers[index].weights + bias, 0.0)
    return layers


def folding_rescaled(layers: Layers, remove: float, inputs: Any, rng: np.random.Generator) -> Layers:
    """Fold, and multiply the mean of n neurons by ``sqrt(n / (1 + (n - 1) c))``: the spread if inputs are white.

    c is the mean cosine of two of their incoming weights: after the approximate repair of model folding, which takes
    the correlation of neurons from their weights. The bias stays the mean of the biases.
    """
    for index in range(len(layers) - 1):
        weights = layers[index].weights
        members = clusters(layers[index].incoming, remove)
        layers = folded(layers, index, members)
        norms = np.linalg.norm(weights, axis=0)
        units = weights / np.where(norms > 0, norms, 1.0)
        count = members.sum(axis=1)
        cosines = np.einsum("ij,jk,ik->i", members, units.T @ units, members) - members @ (norms > 0)
        total = np.maximum(count + cosines, 1e-12)  # n + n (n - 1) c
        factor = np.where(count > 1, np.minimum(count / np.sqrt(total), np.sqrt(count)), 1.0)
        layers[index] = FloatLayer(layers[index].weights * factor, layers[index].bias)
    return layers
