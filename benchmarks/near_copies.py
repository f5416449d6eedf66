"""Makes copies of a network with weights that are a little off: relative noise, or rounded to float16."""

from __future__ import annotations

from typing import Any

import numpy as np

import lumpform as lf
from lumpform.networks.dense_layers import dense_layers

COPIES: dict[str, float | None] = {"off by 2e-5": 2e-5, "off by 1e-4": 1e-4, "in float16": None}
"""The relative size of normal noise; None: weights are rounded."""


def near_copy(network: Any, noise: float | None, seed: int = 0) -> Any:
    """A network of dense layers with every weight and bias a little off."""
    rng = np.random.default_rng(seed)

    def changed(values: Any) -> Any:
        if noise is None:
            return values.astype(np.float16).astype(np.float64)
        return values * (1 + noise * rng.standard_normal(values.shape))

    layers = []
    for layer in dense_layers(network, "a near copy"):
        weights = layer.weights.values.floats().reshape(layer.weights.shape)
        layers.append((changed(weights), changed(layer.bias.floats()), layer.function))
    return lf.Network.from_layers(layers)
