"""States T22, the bounds of the difference of two networks neuron by neuron, as something that can be run."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from lumpform import strategies as ls
from lumpform.equivalence.differential.bounds import bounds_on
from lumpform.equivalence.differential.pair import layers_of, paired
from lumpform.equivalence.differential.splitting import float_box
from lumpform.graph.graph import IDENTITY
from lumpform.graph.weights import DenseWeights
from lumpform.networks.functions import RELU, leaky_relu
from lumpform.numbers.make import from_fractions
from lumpform.theorems.base import Hypothesis, Theorem
from lumpform.theorems.common import Instance, inputs
from lumpform.theorems.show import show_counterexample, show_model, show_vector

FUNCTIONS = st.sampled_from([RELU, IDENTITY, leaky_relu(Fraction(1, 4))])


def pairs(data: DataObject, model: str, dropped: str | None) -> Instance:
    """Draw a network, a copy with other weights in places, and inputs between -1 and 1 (outside if dropped)."""
    network = data.draw(ls.networks(structure="dense", functions=FUNCTIONS, max_width=3))
    arrows = []
    for arrow in network.graph.arrows:
        rows, columns = arrow.weights.shape
        flat = [arrow.weights.entry(u, v) for u in range(rows) for v in range(columns)]
        for k in data.draw(st.lists(st.integers(0, len(flat) - 1), max_size=2)):
            flat[k] += Fraction(data.draw(st.integers(-4, 4)), 8)
        arrows.append(replace(arrow, weights=DenseWeights((rows, columns), from_fractions(flat))))
    groups = network.graph.groups
    if dropped == "same functions":
        hidden = {g.name for g in network.hidden}
        groups = tuple(replace(g, function=IDENTITY) if g.name in hidden else g for g in groups)
    other = network.with_graph(replace(network.graph, groups=groups, arrows=tuple(arrows)))
    x = inputs(data, network, 2)
    return Instance(network, network.graph.coarsest, extra=(other, x if dropped == "in the box" else x / 3))


def within(found: Instance) -> str | None:
    """Check that at the inputs no outputs are further apart than the bounds over the box say."""
    network: Any = found.model
    other, x = found.extra
    same = other.with_graph(replace(other.graph, groups=network.graph.groups))
    sides = layers_of(network, same)
    matches = [tuple((i, i) for i in range(layer.weights.shape[1])) for layer in sides[0][:-1]]
    low, high = float_box([(Fraction(-1), Fraction(1))] * x.shape[1])
    bounds = bounds_on(paired(*sides, matches), low[None], high[None])
    gaps = network.forward(x, exact=True) - other.forward(x, exact=True)
    for at, row in zip(x, gaps.tolist(), strict=True):
        for k, gap in enumerate(row):
            least, most = Fraction(bounds.low[0, k]), Fraction(bounds.high[0, k])
            if not least <= gap <= most:
                text = f"and a copy of it\n{show_model(other)}\ninput {show_vector(at)}: output {k} differs by {gap}, "
                return show_counterexample(found, text + f"bounds on [-1, 1] are {float(least):g} and {float(most):g}")
    return None


T22 = Theorem(
    "T22",
    "Differential bounds",
    "For two networks with corresponding neurons the difference of two sums is one of differences and values before, "
    "and the difference of two ReLUs is between 0 and 1 times that of their sums: by induction over the layers there "
    "are bounds of the outputs' difference on a box, and the largest one over a tree of smaller boxes bounds the box.",
    "delta = V d + (W - V) a + db,  relu(z) - relu(z') = s delta with s in [0, 1]",
    "compare Paulsen, Wang, Wang 2020 (ReluDiff); with back substitution and counted rounding ours",
    ("dense",),
    pairs,
    within,
    (
        Hypothesis("in the box", "inputs are in the box"),
        Hypothesis("same functions", "corresponding neurons have the same function"),
    ),
    absent={"chain": "a chain has no box of inputs: see T14"},
    tests=("tests/theorems/test_catalogue.py", "tests/equivalence/differential/test_bounds.py"),
)

CATALOGUE = (T22,)
