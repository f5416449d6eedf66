"""Runs T13 and T14 (bounds for nearly lumping), T15 (pruning), T16 (stable neurons) and T17 (joint lumping)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from lumpform import strategies as ls
from lumpform.display.words import counted
from lumpform.equivalence.joint import jointly_equal
from lumpform.graph.graph import IDENTITY
from lumpform.graph.partition import Partition
from lumpform.graph.quotient import quotient
from lumpform.networks.functions import RELU, leaky_relu
from lumpform.reduction.bounds import deviation_bounds
from lumpform.reduction.reduce import reduce
from lumpform.theorems.base import Hypothesis, Theorem
from lumpform.theorems.common import (
    Instance,
    after,
    chain_kind,
    class_sums,
    distribution,
    inputs,
    is_network,
    listed,
    one_step,
    uniform_rate,
)
from lumpform.theorems.quotient import node_values
from lumpform.theorems.show import show_counterexample, show_model, show_vector

HALF = Fraction(1, 2)
DENSE = ("dense", "residual")
LIPSCHITZ = st.sampled_from([RELU, IDENTITY, leaky_relu(Fraction(1, 4))])


def box_inputs(data: DataObject, network: Any) -> Any:
    """Draw inputs between -1 and 1."""
    return inputs(data, network, 3) / 3


def residual_instances(data: DataObject, model: str, dropped: str | None) -> Instance:
    """Draw a network with any partition inside hidden groups and any positive scales."""
    network = data.draw(ls.networks(structure=listed(model), functions=LIPSCHITZ, max_width=3))
    labels = list(range(network.graph.nodes))
    scales = [Fraction(1)] * len(labels)
    for group in network.hidden:
        start = network.graph.offset(group.name)
        for node in range(start + 1, start + group.size):
            if data.draw(st.booleans()):
                labels[node] = start
                scales[node] = data.draw(st.sampled_from([Fraction(1), Fraction(2), HALF]))
    return Instance(network, Partition(labels), tuple(scales), box_inputs(data, network))


def residual_check(found: Instance) -> str | None:
    """Check that no node deviates more than its bound."""
    network, partition, scales = found.model, found.partition, found.scales or ()
    box = {"x0": [(Fraction(-1), Fraction(1))] * network.graph.group("x0").size}
    bounds = deviation_bounds(network.graph, partition, scales, box)
    small = network.with_graph(quotient(network.graph, partition, scales))
    values, classes = node_values(network, found.extra), node_values(small, found.extra)
    place = {c: i for i, c in enumerate(sorted({partition.class_at(u) for u in partition.representatives.tolist()}))}
    for node, bound in enumerate(bounds):
        c = partition.class_at(node)
        own = [Fraction(1)] * len(found.extra) if c == 0 else classes[place[c]]
        for x, y in zip(values[node], own, strict=True):
            if abs(x - scales[node] * y) > bound:
                return show_counterexample(
                    found, f"node {node} deviates by {abs(x - scales[node] * y)}, more than {bound}"
                )
    return None


T13 = Theorem(
    "T13",
    "Epsilon, networks",
    "For any partition with positive scales there is a sound bound e on how far each value can be from its scale times "
    "that of its class, for inputs in a box; it is zero for a lumping. L is the largest slope of the node function, R "
    "the residual.",
    "e(u) <= L (sum |A(a, u)| e(a) + sum |R(C, u)| max |y(C)|)",
    "ours",
    DENSE,
    residual_instances,
    residual_check,
    absent={"chain": "see T14"},
)


def nearly_instances(data: DataObject, model: str, dropped: str | None) -> Instance:
    """Draw a chain with any partition and any start; without the hypothesis, epsilon is made smaller than it is."""
    chain = data.draw(ls.chains(kind=chain_kind(model), rewards=False, initial=False, labels=False, max_states=4))
    partition = Partition(data.draw(st.lists(st.integers(0, 2), min_size=chain.states, max_size=chain.states)))
    factor = HALF if dropped else Fraction(1)
    return Instance(chain, partition, extra=(distribution(data, chain.states), factor))


def nearly_check(found: Instance) -> str | None:
    """Check that the distance after k steps is at most ``1 - (1 - eps)^k``."""
    start, factor = found.extra
    rate = uniform_rate(found.model) if found.model.kind == "ctmc" else None
    large, partition = one_step(found.model, rate), found.partition
    rows = [class_sums(row, partition) for row in large]
    small = [rows[r] for r in partition.representatives.tolist()]
    eps = factor * max(distance(rows[s], small[partition.class_at(s)]) for s in range(len(rows)))
    x, y = start, class_sums(start, partition)
    for k in range(1, 5):
        x, y = after(x, large), after(y, small)
        gap = distance(class_sums(x, partition), y)
        if gap > 1 - (1 - eps) ** k:
            return show_counterexample(
                found, f"after {counted(k, 'step')} the distance is {gap}, more than 1 - (1 - {eps})^{k}"
            )
    return None


def distance(p: list[Fraction], q: list[Fraction]) -> Fraction:
    """Return the total variation distance."""
    return sum((abs(a - b) for a, b in zip(p, q, strict=True)), Fraction(0)) / 2


T14 = Theorem(
    "T14",
    "Epsilon, chains",
    "If the class sums of the rows of a class differ by at most eps in total variation, the distributions of the "
    "classes and of the quotient differ after k steps by at most 1 - (1 - eps)^k (of a uniformised CTMC: k jumps).",
    "TV(p_k V, q_k) <= 1 - (1 - eps)^k",
    "compare Bian, Abate 2017; proved here by coupling",
    ("dtmc", "ctmc"),
    nearly_instances,
    nearly_check,
    (Hypothesis("epsilon", "eps is the largest distance; without: half of it"),),
    absent={"network": "see T13"},
)


def pruning_instances(data: DataObject, model: str, dropped: str | None) -> Instance:
    """Draw a network and one hidden neuron, put into the class of the unit node with the constant 0."""
    network = data.draw(ls.networks(structure=listed(model), functions=LIPSCHITZ, min_layers=2, max_width=3))
    hidden = [network.graph.offset(g.name) + i for g in network.hidden for i in range(g.size)]
    pruned = data.draw(st.sampled_from(hidden))
    labels = list(range(network.graph.nodes))
    labels[pruned] = 0
    scales = tuple(Fraction(0) if u == pruned else Fraction(1) for u in range(len(labels)))
    return Instance(network, Partition(labels), scales, box_inputs(data, network))


def pruning_check(found: Instance) -> str | None:
    """Check that the quotient is the network without the neuron, and the bound of T13 covers it."""
    network, partition = found.model, found.partition
    pruned = (found.scales or ()).index(Fraction(0))
    small = network.with_graph(quotient(network.graph, partition, found.scales or ()))
    values = node_values(network, found.extra)
    removed = [v if u != pruned else [Fraction(0)] * len(v) for u, v in enumerate(values)]
    if small.neurons != network.neurons - 1:
        return show_counterexample(found, f"the quotient has {small.neurons} neurons")
    again = _without(network, pruned).forward(found.extra, exact=True)
    if (small.forward(found.extra, exact=True) != again).any():
        return show_counterexample(found, f"the quotient is not the network without node {pruned} ({removed[pruned]})")
    return residual_check(found)


def _without(network: Any, node: int) -> Any:
    """Return the network in which no one reads a node: what pruning it does."""
    from dataclasses import replace

    arrows = []
    for arrow in network.graph.arrows:
        start, rows = network.graph.offset(arrow.source), arrow.weights.shape[0]
        left = [Fraction(0) if start + u == node else Fraction(1) for u in range(rows)]
        arrows.append(replace(arrow, weights=arrow.weights.scaled_by(rows=left)))
    return network.with_graph(replace(network.graph, arrows=tuple(arrows)))


T15 = Theorem(
    "T15",
    "Pruning is lumping",
    "Pruning a neuron is putting it into the class of the unit node with the constant 0; the bound of T13 covers it.",
    "x(u) ~ 0 * 1,  e(u) <= max |x(u)|",
    "ours, after Ressi, Romanello, Piazza, Rossi 2022",
    DENSE,
    pruning_instances,
    pruning_check,
    absent={"chain": "a state cannot be removed: its probability has to go somewhere"},
)


def stable_instances(data: DataObject, model: str, dropped: str | None) -> Instance:
    """Draw a network and inputs in a box, or outside it if that is dropped."""
    functions = st.sampled_from([RELU, leaky_relu(Fraction(1, 4))])
    network = data.draw(ls.networks(structure=listed(model), functions=functions, max_width=3))
    x = inputs(data, network, 2)
    return Instance(network, network.graph.coarsest, extra=x if dropped else x / 3)


def stable_check(found: Instance) -> str | None:
    """Check that without its stable neurons the network computes the same on the box from -1 to 1."""
    reduction = reduce(found.model, opposite=True, linear=True, stable=True, box=(-1, 1))
    expected, got = (n.forward(found.extra, exact=True) for n in (found.model, reduction.model))
    for x, wanted, given in zip(found.extra, expected, got, strict=True):
        if (wanted != given).any():
            told = f"input {show_vector(x)}: the network gives {show_vector(wanted)}"
            return f"{show_model(found.model)}\n{told}, without its stable neurons on [-1, 1] {show_vector(given)}"
    return None


T16 = Theorem(
    "T16",
    "Stable neurons",
    "On a box where a ReLU is always active it is linear, where it never is it is zero: such neurons can be "
    "substituted, and lumping applies to what remains.",
    "low >= 0: relu(z) = z;  high <= 0: relu(z) = 0",
    "known in verification (Serra, Kumar, Ramalingam 2020); with lumping ours",
    DENSE,
    stable_instances,
    stable_check,
    (Hypothesis("in the box", "inputs are in the box"),),
    absent={"chain": "a chain has no ReLU"},
    proofs=("proofs/z3/stable.py",),
)


def joint_instances(data: DataObject, model: str, dropped: str | None) -> Instance:
    """Draw two models: one and its quotient, or two of the same size."""
    if is_network(model):
        if data.draw(st.booleans()):
            planted = data.draw(ls.lumpable_networks(structure=listed(model)))
            pair = planted.network, planted.quotient
        else:
            pair = (data.draw(ls.networks(structure="dense", rational=True, max_layers=2, max_width=2)),) * 2
        return Instance(pair[0], pair[0].graph.coarsest, extra=(pair[1], inputs(data, pair[0], 2)))
    planted = data.draw(ls.lumpable_chains(model=chain_kind(model)))
    return Instance(planted.chain, planted.partition, extra=(planted.quotient, None))


def joint_check(found: Instance) -> str | None:
    """Check that a chain and its quotient are jointly equal; networks that are jointly equal have equal outputs."""
    other, x = found.extra
    equal = jointly_equal(found.model, other)
    if x is None:
        return None if equal else f"{show_model(found.model)}\nis not equal to its quotient\n{show_model(other)}"
    same = (found.model.forward(x, exact=True) == other.forward(x, exact=True)).all()
    return None if same or not equal else f"{show_model(found.model)}\nequal, but not at {x.tolist()}"


T17 = Theorem(
    "T17",
    "Joint lumping",
    "Two models over the same inputs are equal if corresponding outputs fall into one class with ratio one in the "
    "coarsest lumping of both together; two chains have equal distributions over labels at all times if their initial "
    "distributions give every class the same probability.",
    "class and scale of y_A and of y_B are equal  implies  [[A]] = [[B]]",
    "ours; for chains bisimulation of the union",
    ("dtmc", "ctmc", "dense", "convolutional", "residual"),
    joint_instances,
    joint_check,
    proofs=("proofs/z3/joint.py",),
    tests=("tests/theorems/test_catalogue.py", "tests/equivalence/test_joint.py"),
)

CATALOGUE = (T13, T14, T15, T16, T17)
