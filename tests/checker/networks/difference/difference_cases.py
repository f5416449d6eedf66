"""Small networks that nearly agree, trees of splits for them, and their certificates and files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from checker_view import plain

import lumpform as lf
from lumpform.certificates.difference import difference_certificate
from lumpform.certificates.format import certificate_bytes
from lumpform.checker.limits import DEFAULT
from lumpform.checker.networks.difference.judge import UNIT_BITS, WIDTH, bounded
from lumpform.checker.networks.difference.pair import Pair, correspond
from lumpform.checker.networks.difference.tree import halves, whole
from lumpform.graph.graph import IDENTITY
from lumpform.networks.functions import RELU, leaky_relu

Box = Sequence[tuple[Fraction, Fraction]]
Layers = list[tuple[np.ndarray, np.ndarray]]
"""Weights (neurons, inputs) and biases."""


def random_layers(sizes: Sequence[int], seed: int) -> Layers:
    """Return layers of random weights, floats of 24 bits."""
    rng = np.random.default_rng(seed)
    made = [(rng.normal(size=(n, m)) / np.sqrt(m), rng.normal(size=n) / 4) for m, n in pairwise(sizes)]
    return [(w.astype(np.float32).astype(float), b.astype(np.float32).astype(float)) for w, b in made]


def perturbed(layers: Layers, size: float, seed: int) -> Layers:
    """Return the layers with a relative error in every weight, rounded to floats of 24 bits."""
    rng = np.random.default_rng(seed)

    def one(values: np.ndarray) -> np.ndarray:
        return (values * (1 + size * rng.normal(size=values.shape))).astype(np.float32).astype(float)

    return [(one(w), one(b)) for w, b in layers]


def without(layers: Layers, number: int, neurons: Sequence[int]) -> Layers:
    """Return the layers with these neurons of one hidden layer only; the others count as zero."""
    result = list(layers)
    (w, b), (v, c) = result[number : number + 2]
    result[number : number + 2] = [(w[list(neurons)], b[list(neurons)]), (v[:, list(neurons)], c)]
    return result


def network(layers: Layers, alpha: Fraction = Fraction(0)) -> lf.Network:
    """Return the network with ReLU, or a leaky one, between the layers."""
    hidden = leaky_relu(alpha) if alpha else RELU
    functions = [hidden] * (len(layers) - 1) + [IDENTITY]
    return lf.Network.from_layers([(w.T.tolist(), b.tolist(), f) for (w, b), f in zip(layers, functions, strict=True)])


def exact(layers: Layers) -> list[tuple[list[list[Fraction]], list[Fraction]]]:
    """Return the layers in fractions."""
    return [([[Fraction(x) for x in row] for row in w], [Fraction(x) for x in b]) for w, b in layers]


def side_by_side(first: lf.Network, second: lf.Network, matchings: Sequence[Any]) -> Pair:
    """Return both networks as the checker has them."""
    return correspond(plain(first), plain(second), matchings)


def tree_of(pair: Pair, box: Box, epsilon: Fraction, depth: int = 12) -> str:
    """Return a tree of splits, each of the widest input, whose leaves the checker accepts if `depth` allows it."""

    def below(current: Any, left: int) -> str:
        found, _ = bounded(pair, current, WIDTH, DEFAULT)
        if Fraction(found, 1 << UNIT_BITS) <= epsilon or not left:
            return "."
        i = max(range(len(current)), key=lambda k: Fraction(current[k][1] - current[k][0], current[k][2]))
        return " ".join([str(i), *(below(half, left - 1) for half in halves(current, i))])

    return below(whole([(low.as_integer_ratio(), high.as_integer_ratio()) for low, high in box]), depth)


def files(
    folder: Path,
    first: lf.Network,
    second: lf.Network,
    box: Box,
    epsilon: Fraction,
    matchings: Sequence[Any],
    suffix: str = ".onnx",
) -> tuple[str, str, dict[str, Any]]:
    """Write both networks; return their paths and a certificate as an object."""
    paths = folder / f"model{suffix}", folder / f"reduced{suffix}"
    for net, path in zip((first, second), paths, strict=True):
        lf.write(net, path)
    read = [lf.read(path) for path in paths]
    certificate = difference_certificate(
        *read,
        epsilon=epsilon,
        box=box,
        correspondence=matchings,
        tree=tree_of(side_by_side(first, second, matchings), box, epsilon),
    )
    return str(paths[0]), str(paths[1]), json.loads(certificate_bytes(certificate))
