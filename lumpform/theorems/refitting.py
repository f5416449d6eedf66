"""Runs T18: refitting a reduced layer by least squares never hurts, so the best of several refitted layers is best."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from lumpform import strategies as ls
from lumpform.graph.graph import IDENTITY
from lumpform.networks.forward import group_values
from lumpform.networks.functions import RELU, leaky_relu
from lumpform.theorems.base import Hypothesis, Theorem
from lumpform.theorems.common import Instance, Matrix, inputs, listed
from lumpform.theorems.show import show_counterexample

POINTS = 4
"""The distribution gives the same mass to so many inputs."""

PIECEWISE = st.sampled_from([RELU, IDENTITY, leaky_relu(Fraction(1, 4))])


def refitting_instances(data: DataObject, model: str, dropped: str | None) -> Instance:
    """Draw a network, inputs, and two reduced layers with read-outs of their own; without: other inputs to judge by."""
    network = data.draw(ls.networks(structure=listed(model), functions=PIECEWISE, min_layers=2, max_width=3))
    seen = inputs(data, network, POINTS)
    judged = inputs(data, network, POINTS) if dropped else seen
    size = network.hidden[0].size
    layers = []
    for _ in range(2):
        count = data.draw(st.integers(1, size))
        owner = [data.draw(st.integers(0, count - 1)) for _ in range(size)]
        means = data.draw(st.booleans())
        ratios = [data.draw(st.sampled_from([Fraction(0), Fraction(1), Fraction(2)])) for _ in range(size)]
        layers.append((owner, means, ratios))
    return Instance(network, network.graph.coarsest, extra=(seen, judged, layers))


def refitting_check(found: Instance) -> str | None:
    """Check that the best refitted layer has at most the squared error of each layer with its own read-out."""
    seen, judged, layers = found.extra
    own, refitted = [], []
    for owner, means, ratios in layers:
        features, values, read = _layer(found.model, seen, owner, means)
        targets = _product(values, read)
        best = least_squares(features, targets)
        if judged is not seen:
            features, values, read = _layer(found.model, judged, owner, means)
            targets = _product(values, read)
        count = len(features[0]) - 1
        mine = [[ratios[v] if owner[v] == j else Fraction(0) for v in range(len(owner))] for j in range(count)]
        mine = [[Fraction(0)] * len(owner), *mine]
        own.append(_error(features, _product(mine, read), targets))
        refitted.append(_error(features, best, targets))
    if min(refitted) <= min(own):
        return None
    return show_counterexample(found, f"the best refitted error is {min(refitted)}, a layer as it is has {min(own)}")


def _layer(network: Any, x: Any, owner: list[int], means: bool) -> tuple[Matrix, Matrix, Matrix]:
    """Return features of a reduced layer (the constant first), the values of the original one, and what reads it.

    The layer has a node for every class: the mean of its members' sums, or its first member.
    """
    group = network.hidden[0]
    values = group_values(network, [x], exact=True)[group.name].tolist()
    sums = group_values(_without_function(network, group.name), [x], exact=True)[group.name].tolist()
    features = []
    for row, before in zip(values, sums, strict=True):
        line = [Fraction(1)]
        for j in range(max(owner) + 1):
            members = [v for v in range(len(owner)) if owner[v] == j]
            if not members:
                line.append(Fraction(0))
            elif means:
                line.append(_apply(group.function, sum((before[v] for v in members), Fraction(0)) / len(members)))
            else:
                line.append(row[members[0]])
        features.append(line)
    read = next(a for a in network.graph.arrows if a.source == group.name).weights.to_fractions()
    return features, values, read


def _without_function(network: Any, name: str) -> Any:
    from dataclasses import replace

    groups = tuple(replace(g, function=IDENTITY) if g.name == name else g for g in network.graph.groups)
    return network.with_graph(replace(network.graph, groups=groups))


def _apply(function: Any, x: Fraction) -> Fraction:
    if x > 0 or function == IDENTITY:
        return x
    return x * function.parameters[0] if function.name == "leaky_relu" else Fraction(0)


def _product(a: Matrix, b: Matrix) -> Matrix:
    columns = list(zip(*b, strict=True))
    return [[sum((x * y for x, y in zip(row, c, strict=True)), Fraction(0)) for c in columns] for row in a]


def least_squares(features: Matrix, targets: Matrix) -> Matrix:
    """Solve the normal equations exactly; coefficients that are free are zero."""
    from flint import fmpq, fmpq_mat

    turned = [list(c) for c in zip(*features, strict=True)]
    system = [a + b for a, b in zip(_product(turned, features), _product(turned, targets), strict=True)]
    size, wide = len(turned), len(targets[0])
    flat = [fmpq(v.numerator, v.denominator) for row in system for v in row]
    reduced, rank = fmpq_mat(size, size + wide, flat).rref()
    found = [[Fraction(0)] * wide for _ in range(size)]
    for i in range(rank):
        pivot = next(j for j in range(size + wide) if reduced[i, j] != 0)
        found[pivot] = [Fraction(int(reduced[i, size + t].p), int(reduced[i, size + t].q)) for t in range(wide)]
    return found


def _error(features: Matrix, coefficients: Matrix, targets: Matrix) -> Fraction:
    found = _product(features, coefficients)
    return sum(
        ((a - b) ** 2 for r, s in zip(found, targets, strict=True) for a, b in zip(r, s, strict=True)), Fraction(0)
    )


T18 = Theorem(
    "T18",
    "Refitting never hurts",
    "Under one distribution of inputs, a layer that is read out by least squares towards the sums that read the "
    "original layer has at most the squared error of the same layer with any read-out; so the best of several refitted "
    "layers is at least as good as pruning, merging and folding.",
    "E |F C* - Y R|^2 = min over C of E |F C - Y R|^2",
    "elementary (a projection); as a method ours",
    ("dense",),
    refitting_instances,
    refitting_check,
    (
        Hypothesis(
            "one distribution", "the error is measured under the distribution of the fit; without: at other inputs"
        ),
    ),
    absent={"chain": "a chain has no layers to be read out"},
    tests=("tests/theorems/test_catalogue.py", "tests/reduction/test_candidates.py"),
)

CATALOGUE = (T18,)
