"""A weight changed a little, exact outputs, and the replay of what a verdict says."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from lumpform.graph.graph import IDENTITY
from lumpform.graph.weights import DenseWeights
from lumpform.networks.functions import RELU, leaky_relu
from lumpform.numbers.make import from_fractions

FUNCTIONS = st.sampled_from([RELU, RELU, IDENTITY, leaky_relu(Fraction(1, 4))])


def nudged(network, amount, place=0):
    """The network with one weight of its last matrix, or of another arrow, changed."""
    arrows = list(network.graph.arrows)
    a = arrows[place % len(arrows)]
    rows, columns = a.weights.shape
    flat = [Fraction(0)] * (rows * columns)
    for u in range(rows):
        for v, w in a.weights.row(u):
            flat[u * columns + v] = w
    if not flat:
        return network
    flat[0] += amount
    arrows[place % len(arrows)] = replace(a, weights=DenseWeights((rows, columns), from_fractions(flat)))
    return network.with_graph(replace(network.graph, arrows=tuple(arrows)))


def outputs(network, x):
    return network.forward([x], exact=True)[0].tolist()


def check(verdict, first, second, box=None):
    """A witness is replayed here once more; equal outputs are spot-checked."""
    if verdict.answer == "DIFFERENT":
        x = list(verdict.witness.inputs)
        assert outputs(first, x) == list(verdict.witness.first)
        assert outputs(second, x) == list(verdict.witness.second)
        assert outputs(first, x) != outputs(second, x)
        if box is not None:
            assert all(box[0] <= v <= box[1] for v in x)
    if verdict.answer == "EQUIVALENT":
        size = first.graph.groups[1].size
        rng = np.random.default_rng(0)
        for _ in range(5):
            x = [Fraction(int(rng.integers(-8, 9)), 8) for _ in range(size)]
            if box is None or all(box[0] <= v <= box[1] for v in x):
                assert outputs(first, x) == outputs(second, x)
