"""Symbolic models: a parametric chain of 1e5 transitions with three parameters, and a symbolic network.

    python benchmarks/symbolic.py

Prints seconds for building and for lumping with proof. There is no peer in the same run: other tools lump at one
point, or simplify rational functions on the way.
"""

from __future__ import annotations

import time

import numpy as np

import lumpform as lf
from lumpform.chains.chain import MarkovChain
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.symbolic import parameters, symbolic_column


def chain(classes: int, copies: int, seed: int = 0) -> MarkovChain:
    """A CTMC of ``classes * copies`` states whose rates into three random classes are p/2 + q, p q, and r (1 - p)."""
    p, q, r = parameters("p", "q", "r")
    table = [p / 2, q, p * q, r * (1 - p)]
    rng = np.random.default_rng(seed)
    targets = rng.integers(0, classes, (classes, 3))
    n = classes * copies
    states = np.repeat(np.arange(n), 4)
    which = targets[np.arange(n) % classes][:, [0, 0, 1, 2]]
    columns = which.reshape(-1) + classes * rng.integers(0, copies, 4 * n)
    codes = np.tile(np.arange(4), n)
    matrix = SparseWeights.from_coo(states, columns, symbolic_column(codes, table), (n, n))
    return MarkovChain(matrix, kind="ctmc", labels={"goal": np.arange(n) % classes == 0})


def network(width: int, layers: int, seed: int = 0) -> lf.Network:
    """A dense network with weights ``a p + b q`` in which every second neuron is a multiple of the one before."""
    p, q = parameters("p", "q")
    rng = np.random.default_rng(seed)
    made = []
    for layer in range(layers):
        columns = width if layer < layers - 1 else 2
        matrix = []
        for _ in range(width):
            row = []
            for j in range(columns):
                weight = int(rng.integers(-9, 10)) * p + int(rng.integers(-9, 10)) * q
                row.append(2 * row[-1] if j % 2 and layer < layers - 1 else weight)
            matrix.append(row)
        made.append((matrix, [0] * columns))
    return lf.Network.from_layers(made)


def main() -> None:
    """Time both."""
    began = time.perf_counter()
    lf.lump(chain(10, 3))  # kernels are compiled
    print(f"warming up             {time.perf_counter() - began:8.2f} s")
    for classes, copies in ((2_500, 10), (25_000, 10)):
        began = time.perf_counter()
        model = chain(classes, copies)
        built = time.perf_counter()
        lumping = lf.lump(model)
        done = time.perf_counter()
        print(
            f"chain {model.transitions:9d} edges  {built - began:8.2f} s to build {done - built:8.2f} s to lump "
            f"{model.states} -> {lumping.partition.count} ({lumping.evidence})"
        )
    for width in (50, 100):
        model = network(width, 3)
        began = time.perf_counter()
        lumping = lf.lump(model)
        print(
            f"network {width}-{width}-{width}-2   {time.perf_counter() - began:8.2f} s to lump "
            f"{model.graph.nodes} -> {lumping.partition.count} ({lumping.evidence})"
        )


if __name__ == "__main__":
    main()
