"""Trains the network that `lumpform demo` reduces: a sine from 0 to 2 pi, 1-16-16-1 with ReLU.

Small networks for microcontrollers are often trained like this: biases start at zero, Adam, no care for neurons that
die. Plain NumPy in float64, rounded to float32 at the end; deterministic for one version of NumPy. Run from a checkout:

    python benchmarks/train_sine.py lumpform/data/sine.npz
"""

from __future__ import annotations

import sys
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIZES = (1, 16, 16, 1)
STEPS, RATE, BATCH = 20_000, 0.003, 64

Array = NDArray[np.float64]


def main(path: str) -> None:
    """Train and write."""
    rng = np.random.default_rng(3)
    shapes = list(pairwise(SIZES))
    weights = [rng.uniform(-1, 1, shape) * np.sqrt(6 / sum(shape)) for shape in shapes]
    biases = [np.zeros(shape[1]) for shape in shapes]
    parameters = weights + biases
    mean = [np.zeros_like(p) for p in parameters]
    square = [np.zeros_like(p) for p in parameters]
    for step in range(1, STEPS + 1):
        x = rng.uniform(0, 2 * np.pi, (BATCH, 1))
        rate = RATE * (1 - step / STEPS)
        for p, g, m, s in zip(parameters, gradient(weights, biases, x, np.sin(x)), mean, square, strict=True):
            m += 0.1 * (g - m)
            s += 0.001 * (g * g - s)
            p -= rate * (m / (1 - 0.9**step)) / (np.sqrt(s / (1 - 0.999**step)) + 1e-8)
    arrays: dict[str, Any] = {f"W{i}": w.astype(np.float32) for i, w in enumerate(weights, start=1)}
    arrays |= {f"b{i}": b.astype(np.float32) for i, b in enumerate(biases, start=1)}
    np.savez_compressed(path, allow_pickle=False, **arrays)
    x = np.linspace(0, 2 * np.pi, 1001)[:, None]
    print(f"largest error {np.abs(values(weights, biases, x)[-1] - np.sin(x)).max():.3f}")


def values(weights: list[Array], biases: list[Array], x: Array) -> list[Array]:
    """The values of all layers, the input first."""
    result = [x]
    for i, (w, b) in enumerate(zip(weights, biases, strict=True)):
        z = result[-1] @ w + b
        result.append(z if i == len(weights) - 1 else np.maximum(z, 0))
    return result


def gradient(weights: list[Array], biases: list[Array], x: Array, y: Array) -> list[Array]:
    """Of the mean squared error, for the weights and then the biases."""
    layers = values(weights, biases, x)
    error = 2 * (layers[-1] - y) / len(x)
    for_weights, for_biases = [], []
    for i in reversed(range(len(weights))):
        for_weights.insert(0, layers[i].T @ error)
        for_biases.insert(0, error.sum(axis=0))
        if i:
            error = (error @ weights[i].T) * (layers[i] > 0)
    return for_weights + for_biases


if __name__ == "__main__":
    main(sys.argv[1])
