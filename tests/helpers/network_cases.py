"""Small networks with exact weights for the tests in this folder."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

from lumpform.graph.graph import IDENTITY
from lumpform.networks.functions import RELU, SIGMOID, leaky_relu
from lumpform.networks.network import Network

SMALL_NNET = """// a comment
2,2,1,2,
2,2,1,
0,
-1,-2,
1,2,
0.5,-1,10,
2,0.25,4,
1,2,
0.1,-1e-1,
1,
0,
3,-1,
.5,
"""
"""A network in the NNet format: two inputs, two hidden neurons, one output, and every kind of normalisation."""

WEIGHT = st.sampled_from(
    [Fraction(0), Fraction(0), Fraction(1), Fraction(-1), Fraction(2), Fraction(1, 3), Fraction(-3, 2)]
)
FUNCTION = st.sampled_from([RELU, RELU, IDENTITY, leaky_relu(Fraction(1, 4)), SIGMOID])


@st.composite
def networks(draw, functions=FUNCTION, max_layers=3, max_width=4):
    """Dense networks whose weights are few, so that equal, proportional, constant and dead neurons are common."""
    widths = draw(st.lists(st.integers(1, max_width), min_size=2, max_size=max_layers + 1))
    layers = []
    for i, (a, b) in enumerate(pairwise(widths)):
        matrix = draw(st.lists(st.lists(WEIGHT, min_size=b, max_size=b), min_size=a, max_size=a))
        bias = draw(st.none() | st.lists(WEIGHT, min_size=b, max_size=b))
        last = i == len(widths) - 2
        layers.append((matrix, bias, IDENTITY if last else draw(functions)))
    return Network.from_layers(layers)


def sparse(graph):
    """The graph with sparse matrices instead of dense ones."""
    return replace(graph, arrows=tuple(replace(a, weights=a.weights.to_sparse()) for a in graph.arrows))


@st.composite
def planted(draw, max_layers=5):
    """(network, sizes): a network without proportional neurons, blown up by splitting neurons with positive ratios.

    Every neuron of the small network has its own random direction, so nothing in it is proportional; each becomes one
    to three copies scaled by positive ratios, whose outgoing weights add up to what the neuron gave.
    """
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    widths = draw(st.lists(st.integers(2, 4), min_size=3, max_size=max_layers + 1))
    ratios = [Fraction(1), Fraction(2), Fraction(1, 3), Fraction(5, 4)]
    layers, copies_before, scales_before = [], [[i] for i in range(widths[0])], [Fraction(1)] * widths[0]
    for level, (a, b) in enumerate(pairwise(widths)):
        last = level == len(widths) - 2
        small = [[Fraction(int(rng.integers(1, 1000)) * int(rng.choice([-1, 1]))) for _ in range(b)] for _ in range(a)]
        bias = [Fraction(int(rng.integers(0, 2) * rng.integers(-50, 50))) for _ in range(b)]
        copies = [[v] * (1 if last else int(rng.integers(1, 4))) for v in range(b)]
        targets = [v for group in copies for v in group]
        order = list(range(len(targets))) if last else rng.permutation(len(targets)).tolist()
        targets = [targets[i] for i in order]
        scales = [Fraction(1) if last else ratios[int(rng.integers(0, 4))] for _ in targets]
        rows = sum(len(c) for c in copies_before)
        matrix = [[Fraction(0)] * len(targets) for _ in range(rows)]
        for j, v in enumerate(targets):
            for u in range(a):
                members = copies_before[u]
                shares = [Fraction(int(rng.integers(-5, 6))) for _ in members[1:]]
                shares = [1 - sum(shares, Fraction(0)), *shares]  # what all copies give together
                for share, i in zip(shares, members, strict=True):
                    matrix[i][j] = share * small[u][v] * scales[j] / scales_before[i]
        layers.append((matrix, [bias[v] * s for v, s in zip(targets, scales, strict=True)]))
        copies_before = [[i for i, v in enumerate(targets) if v == w] for w in range(b)]
        scales_before = scales
    return Network.from_layers(layers), widths[1:-1]


def rational_inputs(network, count, seed=0):
    """Random rational inputs as an object array."""
    rng = np.random.default_rng(seed)
    size = sum(network.graph.group(p.group).size for p in network.inputs)
    out = np.empty((count, size), dtype=object)
    for i in range(count):
        out[i] = [Fraction(int(rng.integers(-60, 60)), int(rng.integers(1, 9))) for _ in range(size)]
    return out
