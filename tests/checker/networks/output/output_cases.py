"""Small networks with copies of neurons, their reductions, and certificates of outputs in half-spaces."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

import lumpform as lf
from lumpform.checker import check

Paths = tuple[Path, Path, Path, Path]

TENT: list[tuple[Any, Any]] = [
    ([[1, 1, 2, 0], [0, 0, 0, 1]], [0, 0, 0, "1/2"]),
    ([[1, "-1/2"], [1, 1], ["-1/2", 0], [1, 1]], ["1/4", 0]),
]
"""Of relu(x) three copies: y0 = relu(x) + relu(z + 1/2) + 1/4 and y1 = relu(x) / 2 + relu(z + 1/2)."""


def network(layers: list[tuple[Any, Any]]) -> lf.Network:
    """Return ReLU layers, the last of them linear, from matrices and biases of exact numbers."""
    exact = [tuple(np.vectorize(Fraction, otypes=[object])(np.array(p, dtype=object)) for p in pair) for pair in layers]
    return lf.Network.from_layers(exact)


def random_layers(rng: np.random.Generator, inputs: int = 2) -> list[tuple[Any, Any]]:
    """Return two hidden layers with copies of neurons, and two outputs."""
    sizes = [inputs, int(rng.integers(2, 5)), int(rng.integers(2, 5)), 2]
    layers = []
    for before, after in pairwise(sizes):
        layers.append((rng.integers(-8, 9, size=(before, after)) / 8, rng.integers(-8, 9, size=after) / 8))
    weights, bias = layers[0]
    layers[0] = np.hstack([weights, 2 * weights[:, :1]]), np.append(bias, 2 * bias[0])
    layers[1] = np.vstack([layers[1][0], layers[1][0][:1]]), layers[1][1]
    return layers


def files(folder: Path, model: Any, box: Any, half_spaces: Any) -> Paths:
    """Write a network, what it is reduced to, the certificate of the reduction, and that of the outputs."""
    paths = folder / "m.npz", folder / "s.npz", folder / "c.json", folder / "b.json"
    reduction = lf.reduce(model)
    lf.write(model, paths[0])
    lf.write(reduction.model, paths[1])
    paths[2].write_text(json.dumps(reduction.certificate()))
    paths[3].write_text(json.dumps(lf.certify_output(reduction.model, box, half_spaces)))
    return paths


def verdict(paths: Paths) -> Any:
    """Return what the checker says."""
    model, reduced, certificate, bound = map(str, paths)
    return check(model, reduced, certificate, bound_path=bound)


def outputs(layers: list[tuple[Any, Any]], x: list[Fraction]) -> list[Fraction]:
    """Return the exact outputs at an input."""
    values = x
    for k, (weights, bias) in enumerate(layers):
        columns = zip(*weights, strict=True)
        values = [
            sum((v * Fraction(w) for v, w in zip(values, column, strict=True)), Fraction(b))
            for column, b in zip(columns, bias, strict=True)
        ]
        if k < len(layers) - 1:
            values = [max(v, Fraction(0)) for v in values]
    return values
