"""Reduce every layer by some selector, and let ridge regression on inputs rebuild what was removed from what stays.

After GRAIL (Tang, Wang, Thiele, Saukh, *GRAIL: Post-hoc Compensation by Linear Reconstruction for Compressed Networks*,
CPAL 2026, PMLR 328): a Gram matrix of the activations on some unlabelled inputs gives the linear map that best
reconstructs the activations of a layer from those of the reduced layer, and the map goes into the weights behind. Known
to us are that description and the selectors it names: magnitude, Wanda, Gram-based, folding. Ours are the size of the
ridge, the scores of whole neurons for the last two names of selectors that prune, and that the layers before are
already reduced. There is no constant in the map: `least_squares` has one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lumpform.networks.pruning.layers import FloatLayer, Floats, Layers, kept, remaining
from lumpform.networks.pruning.merging import clusters, folded

RIDGE = 1e-3
"""Relative to the mean of the diagonal of the Gram matrix (our choice)."""

Selector = Callable[[Layers, int, float, Floats], Layers]
"""``(layers, hidden layer, share to remove, activations) -> layers``, of which the weights behind are not used."""


def compensated(select: Selector) -> Callable[[Layers, float, Floats, np.random.Generator], Layers]:
    """Return the method that reduces layer by layer and rebuilds the activations of each by ridge regression."""

    def method(layers: Layers, remove: float, inputs: Floats, rng: np.random.Generator) -> Layers:
        x = inputs
        for index in range(len(layers) - 1):
            following = layers[index + 1]
            values = np.maximum(x @ layers[index].weights + layers[index].bias, 0.0)
            if remaining(values.shape[1], remove) == values.shape[1]:
                x = values
                continue
            layers = list(select(layers, index, remove, values))
            x = np.maximum(x @ layers[index].weights + layers[index].bias, 0.0)
            layers[index + 1] = FloatLayer(_rebuilding(x, values) @ following.weights, following.bias)
        return layers

    return method


def _rebuilding(reduced: Floats, values: Floats) -> Floats:
    """Return the (reduced, neurons) map that gives all values from those of the reduced layer."""
    gram = reduced.T @ reduced
    ridge = RIDGE * float(np.trace(gram)) / len(gram)
    if ridge == 0:
        return np.zeros((len(gram), values.shape[1]))
    found: Any = np.linalg.solve(gram + ridge * np.eye(len(gram)), reduced.T @ values)
    return found


def by_magnitude(layers: Layers, index: int, remove: float, values: Floats) -> Layers:
    """Keep the neurons with the largest norm of incoming weights."""
    return _largest(layers, index, remove, np.linalg.norm(layers[index].weights, axis=0))


def by_wanda(layers: Layers, index: int, remove: float, values: Floats) -> Layers:
    """Keep the neurons with the largest sum of Wanda's scores of their outgoing weights, ``|w| * norm of values``."""
    scores = np.abs(layers[index + 1].weights).sum(axis=1) * np.linalg.norm(values, axis=0)
    return _largest(layers, index, remove, scores)


def by_energy(layers: Layers, index: int, remove: float, values: Floats) -> Layers:
    """Keep the neurons with the largest numbers on the diagonal of the Gram matrix."""
    return _largest(layers, index, remove, (values**2).sum(axis=0))


def of_clusters(layers: Layers, index: int, remove: float, values: Floats) -> Layers:
    """Replace clusters of neurons by their means, as `folding` does."""
    return folded(layers, index, clusters(layers[index].incoming, remove))


def _largest(layers: Layers, index: int, remove: float, scores: Floats) -> Layers:
    count = remaining(len(scores), remove)
    return kept(layers, index, np.sort(np.argsort(-scores, kind="stable")[:count]))
