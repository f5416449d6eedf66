"""Equivalence checking beside the naive encoding: planted duplicates against the lumped copy, and small differences.

    python benchmarks/equivalence.py [--limit SECONDS] [--inputs 2,4,8] [--hidden 4x4,8x8]

Naive: two copies of the network in Z3, If for ReLU, rational weights, a box. Both sides run one after the other on
the same pair; a dash means that the limit was reached. Every answer of ours is compared with the known one. The lines
after that are pairs that are not the same networks up to lumping: stable neurons removed, opposite pairs folded, a
linear layer split, a maximum computed in another order. The last ones have functions that the plain encoding does not
know, reordered and with one weight changed by a thousandth.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

import lumpform as lf
from lumpform.graph.graph import IDENTITY
from lumpform.graph.weights import DenseWeights
from lumpform.numbers.make import from_fractions

HIDDEN = ("4x4", "8x8", "12x12", "16x16", "32x32", "32x32x32", "64x64x64")
INPUTS = (2, 4, 8, 16, 64)


def planted(inputs: int, hidden: list[int], seed: int) -> tuple[Any, Any]:
    """A network in which half of every layer are multiples of the other half, and its lumped copy."""
    rng = np.random.default_rng(seed)
    layers, before = [], inputs
    for width in hidden:
        half = rng.integers(-4, 5, (before, (width + 1) // 2))
        ratios = rng.integers(1, 4, width // 2)
        bias = rng.integers(-2, 3, (width + 1) // 2)
        matrix = np.concatenate([half, half[:, : width // 2] * ratios], axis=1)
        layers.append((matrix.tolist(), np.concatenate([bias, bias[: width // 2] * ratios]).tolist()))
        before = width
    layers.append((rng.integers(-4, 5, (before, 1)).tolist(), [0]))
    network = lf.Network.from_layers(layers)
    return network, lf.reduce(network).model


def nudged(network: Any, amount: Fraction) -> Any:
    """The network with its first weight changed."""
    first = network.graph.arrows[0]
    values = first.weights.values.fractions()
    values[0] += amount
    arrows = (
        replace(first, weights=DenseWeights(first.weights.shape, from_fractions(values))),
        *network.graph.arrows[1:],
    )
    return network.with_graph(replace(network.graph, arrows=arrows))


def naive(first: Any, second: Any, limit: float) -> str:
    """``equal``, ``different`` or ``-`` by the plain encoding."""
    import z3

    solver = z3.Solver()
    solver.set("timeout", int(limit * 1000))
    size = first.graph.groups[1].size
    x = [z3.Real(f"x{i}") for i in range(size)]
    solver.add(*(z3.And(v >= -1, v <= 1) for v in x))
    outputs = []
    for network in (first, second):
        values: dict[str, list[Any]] = {"one": [z3.RealVal(1)], network.inputs[0].group: x}
        for group in network.graph.groups[2:]:
            sums: list[Any] = [z3.RealVal(0)] * group.size
            for arrow in network.graph.arrows:
                if arrow.target == group.name:
                    for u, source in enumerate(values[arrow.source]):
                        for v, w in arrow.weights.row(u):
                            sums[v] = sums[v] + z3.RealVal(str(w)) * source
            relu = group.function.name == "relu"
            values[group.name] = [z3.If(s > 0, s, z3.RealVal(0)) if relu else s for s in sums]
        outputs.append(values[network.outputs[0].group])
    solver.add(z3.Or(*(a != b for a, b in zip(*outputs, strict=True))))
    answer = str(solver.check())
    return {"unsat": "equal", "sat": "different"}.get(answer, "-")


def timed(function: Any, *arguments: Any) -> tuple[Any, float]:
    """A result and its wall seconds."""
    began = time.perf_counter()
    return function(*arguments), time.perf_counter() - began


def ours(first: Any, second: Any, limit: float) -> str:
    """The same answers by the pipeline, on all inputs if they are equal there, and on the box."""
    answer = lf.equivalent(first, second, box=(-1, 1), timeout=limit).answer
    return {"EQUIVALENT": "equal", "DIFFERENT": "different", "UNKNOWN": "-"}[answer]


def line(name: str, first: Any, second: Any, expected: str, limit: float, *, alone: bool = False) -> None:
    """Print the answers and times of both sides on one pair, or of ours alone."""
    mine, seconds = timed(ours, first, second, limit)
    wrong = "" if mine in (expected, "-") else "  WRONG"
    beside = ""
    if not alone:
        plain, theirs = timed(naive, first, second, limit)
        beside = f"   naive {plain:10s} {theirs:7.2f} s"
    print(f"{name:28s} {expected:10s} ours {mine:10s} {seconds:7.2f} s{beside}{wrong}", flush=True)


def reordered(width: int, function: Any, seed: int) -> tuple[Any, Any]:
    """Return a network with one function in both hidden layers and at the end, and a copy in another order."""
    rng = np.random.default_rng(seed)
    a, b, c = (rng.integers(-4, 5, shape) / 8 for shape in ((8, width), (width, width), (width, 4)))
    one, two = rng.permutation(width), rng.permutation(width)
    layers = [(a, None, function), (b, None, function), (c, None)]
    other = [(a[:, one], None, function), (b[np.ix_(one, two)], None, function), (c[two], None)]
    return lf.Network.from_layers(layers, output=function), lf.Network.from_layers(other, output=function)


def unlike(inputs: int, width: int, seed: int) -> list[tuple[str, Any, Any]]:
    """Pairs that compute the same on the box without being lumped copies of each other."""
    rng = np.random.default_rng(seed)
    a, b = rng.integers(-4, 5, (inputs, width)), rng.integers(-4, 5, (width, width))
    shift = [int(v) for v in np.where(rng.integers(0, 2, width), 5 * inputs, -5 * inputs)]  # stable on the box
    shift[: width // 2] = [0] * (width // 2)
    out = rng.integers(-4, 5, (width, 1)).tolist()
    stable = lf.Network.from_layers([(a.tolist(), shift), (b.tolist(), [1] * width), (out, [0])])
    both = np.concatenate([a[:, : width // 2], -2 * a[:, : width // 2]], axis=1)
    opposite = lf.Network.from_layers(
        [(both.tolist(), [0] * both.shape[1]), (b[: both.shape[1]].tolist(), [1] * width), (out, [0])]
    )
    whole = lf.Network.from_layers([((a @ b).tolist(), [1] * width), (out, [0])])
    split = lf.Network.from_layers([(a.tolist(), [0] * width, IDENTITY), (b.tolist(), [1] * width), (out, [0])])
    return [
        ("stable neurons removed", stable, lf.reduce(stable, stable=True, box=(-1, 1)).model),
        ("opposite pairs folded", opposite, lf.reduce(opposite, opposite=True).model),
        ("a linear layer split", whole, split),
        ("a maximum two ways", maximum(range(inputs)), maximum(rng.permutation(inputs).tolist())),
    ]


def maximum(order: Any) -> Any:
    """The largest input, one comparison after the other in some order: ``max(m, x) = relu(m - x) + x``."""
    count = len(order)
    layers = [np.concatenate([np.eye(count, dtype=int), -np.eye(count, dtype=int)], axis=1)]
    best = layers[0][order[0]].copy()
    for k in order[1:]:
        other = np.zeros(len(best), dtype=int)
        other[[k, count + k]] = 1, -1
        carried = np.eye(len(best), 2 * count, dtype=int)
        layers.append(np.concatenate([carried, (best - other)[:, None]], axis=1))
        best = np.zeros(2 * count + 1, dtype=int)
        best[[k, count + k, 2 * count]] = 1, -1, 1
    return lf.Network.from_layers([(m.tolist(), None) for m in (*layers, best[:, None])])


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--limit", type=float, default=5.0)
    parser.add_argument("--inputs", default=",".join(map(str, INPUTS)))
    parser.add_argument("--hidden", default=",".join(HIDDEN))
    options = parser.parse_args()
    for hidden in options.hidden.split(","):
        for inputs in map(int, options.inputs.split(",")):
            network, small = planted(inputs, [int(w) for w in hidden.split("x")], seed=inputs)
            line(f"{hidden}, {inputs} inputs", network, small, "equal", options.limit)
            other = nudged(small, Fraction(1, 1000))
            line(f"{hidden}, {inputs} inputs", network, other, "different", options.limit)
    for width in (8, 32):
        for name, first, second in unlike(8, width, seed=width):
            line(f"{name}, {width}", first, second, "equal", options.limit)


if __name__ == "__main__":
    main()
