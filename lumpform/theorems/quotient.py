"""Runs T1 the quotient theorem, and T12 constants."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from lumpform import strategies as ls
from lumpform.graph.graph import NodeFunction
from lumpform.graph.partition import Partition
from lumpform.graph.quotient import quotient
from lumpform.graph.views import NETWORK, ONE_SIDED, SIGNED
from lumpform.lumping import lump
from lumpform.lumping.refine import coarsest
from lumpform.networks.forward import group_values
from lumpform.networks.functions import RELU, SIGMOID
from lumpform.networks.network import Network
from lumpform.theorems.base import Hypothesis, Theorem
from lumpform.theorems.common import Instance, after, chain_kind, inputs, is_network, listed, one_step, sequences
from lumpform.theorems.show import show_counterexample, show_vector
from lumpform.theorems.steps import lifted, lifting_failure, members

WRONG = {"weighted sums": ONE_SIDED, "positive ratios": SIGNED}
"""Views that leave out one hypothesis of the quotient theorem: wrong on purpose, to see what each is for."""


def quotient_instances(data: DataObject, model: str, dropped: str | None) -> Instance:
    """Draw a network with the partition that the rules give, or a chain or graph with its two-sided one."""
    if model == "recurrent":
        network = data.draw(ls.recurrent_networks())
        found = lump(network)
        return Instance(network, found.partition, found.scales, sequences(data, network, 3))
    if model == "graph":
        graph = data.draw(ls.graphs(max_nodes=6))
        partition, scales = coarsest(graph, graph.coarsest, SIGNED)
        count = len(members(partition, scales or ()))
        y = data.draw(st.lists(st.integers(-2, 3).map(Fraction), min_size=count, max_size=count))
        return Instance(graph, partition, scales, lifted(partition, scales or (), y))
    if not is_network(model):
        chain = data.draw(ls.chains(kind=chain_kind(model), structure="ergodic", rewards=False, max_states=4))
        found = lump(chain, kind="proportional-exact")
        masses = data.draw(st.lists(st.integers(0, 3), min_size=found.partition.count, max_size=found.partition.count))
        return Instance(chain, found.partition, found.scales, [Fraction(m) for m in masses])
    functions: st.SearchStrategy[NodeFunction] | None = st.just(RELU)
    if dropped is None:
        functions = None
    if dropped == "homogeneous functions":
        functions = st.just(SIGMOID)
    if dropped == "weighted sums":
        network = _two_layers(data)
    else:
        network = data.draw(ls.networks(structure=listed(model), functions=functions, rational=True, max_width=3))
    partition, scales = lumped_without(network, dropped)
    return Instance(network, partition, scales, inputs(data, network, 1))


def lumped_without(network: Network, dropped: str | None) -> tuple[Partition, tuple[Any, ...]]:
    """Return the coarsest lumping of a network, and its scales, with one hypothesis of the theorem left out."""
    ports = {"pinned inputs": network.inputs, "pinned outputs": network.outputs}.get(dropped or "", ())
    free = {port.group for port in ports}
    groups = tuple(replace(g, pinned=g.pinned and g.name not in free) for g in network.graph.groups)
    if dropped == "homogeneous functions":  # every function is taken for one
        groups = tuple(replace(g, function=RELU) for g in groups)
    graph = replace(network.graph, groups=groups)
    partition, scales = coarsest(graph, graph.coarsest, WRONG.get(dropped or "", NETWORK))
    return partition, scales or ()


def _two_layers(data: DataObject) -> Network:
    """Draw two proportional neurons and two that read them: unweighted sums are wrong from the second layer on."""
    number = st.integers(0, 3)
    ratio, *weights = (data.draw(number) for _ in range(5))
    second = [weights[:2], weights[2:]]
    return Network.from_layers([([[1, ratio]], None), (second, None), ([[1, 0], [0, 1]], None)])


def quotient_check(found: Instance) -> str | None:
    """Check that lifting commutes with the dynamics."""
    check = {"network": _network_quotient, "chain": _chain_quotient, "graph": _graph_quotient}
    return check[getattr(found.model, "domain", "graph")](found)


def _network_quotient(found: Instance) -> str | None:
    network, partition, scales = found.model, found.partition, found.scales or ()
    graph = network.graph
    small = network.with_graph(quotient(graph, partition, scales))
    exact = all(g.function.name != "sigmoid" for g in graph.groups)
    name = network.inputs[0].group
    start = graph.offset(name)
    first = partition.representatives
    kept = [u for u in range(graph.group(name).size) if first[partition.class_at(start + u)] == start + u]
    x = found.extra if exact else found.extra.astype(float)
    axis = -1 if network.recurrent else 1
    expected, got = network.forward(x, exact=exact), small.forward(x.take(kept, axis=axis), exact=exact)
    lifted = _lifted_outputs(network, partition, scales, got)
    if lifted is None:
        return show_counterexample(found, "the quotient has lost an output")
    different = abs(expected - lifted) > (0 if exact else 1e-6)
    if not different.any():
        return None
    return show_counterexample(
        found,
        f"input {show_vector(x)}: the network gives {show_vector(expected)}, the lifted quotient {show_vector(lifted)}",
    )


def _lifted_outputs(network: Network, partition: Partition, scales: Any, got: Any) -> Any:
    """Return the quotient's outputs as those of the network; None if one is missing, which is no output at all."""
    graph, name = network.graph, network.outputs[0].group
    size, start = graph.group(name).size, graph.offset(name)
    return (
        got
        if got.shape[-1 if network.recurrent else 1] == size and all(scales[start + v] == 1 for v in range(size))
        else None
    )


def _chain_quotient(found: Instance) -> str | None:
    chain, partition, scales = found.model, found.partition, found.scales or ()
    x = [scales[s] * found.extra[partition.class_at(s)] for s in range(chain.states)]
    step = after(x, one_step(chain))
    for s, value in enumerate(step):
        first = int(partition.representatives[partition.class_at(s)])
        if value != scales[s] * step[first]:
            return show_counterexample(
                found,
                f"x = {show_vector(x)} becomes {show_vector(step)}, which is no multiple of the scales in a class",
            )
    return None


def _graph_quotient(found: Instance) -> str | None:
    scales = found.scales or ()
    small = quotient(found.model, found.partition, scales)
    said = lifting_failure((found.model, small), (found.partition, scales), found.extra, [Fraction(0)])
    return None if said is None else show_counterexample(found, said)


T1 = Theorem(
    "T1",
    "Quotient",
    "If every node function is positively homogeneous and the partition is two-sided proportional exact with scales d, "
    "the quotient computes the same: values stay d times one value per class.",
    "x = D V y  implies  x' = D V y' with y' from Q',  where  A^T D V = D V Q'",
    "Ressi, Romanello, Piazza, Rossi 2022 (networks); the two-sided condition is ours for chains",
    ("dtmc", "ctmc", "dense", "convolutional", "residual", "recurrent", "graph"),
    quotient_instances,
    quotient_check,
    (
        Hypothesis("weighted sums", "the sums over classes are weighted by the scales (two-sided)"),
        Hypothesis("positive ratios", "scales of nodes that are not linear are positive"),
        Hypothesis("homogeneous functions", "nodes with another scale than 1 have a positively homogeneous function"),
        Hypothesis("pinned inputs", "inputs are not merged"),
        Hypothesis("pinned outputs", "outputs are not merged"),
    ),
    absent={
        "mdp": "a decision process has sets of choices instead of sums: T20",
        "automaton": "an automaton is lumped without scales; that its quotient computes the same is T21",
    },
    proofs=("proofs/z3/network_quotient.py",),
    tests=("tests/theorems/test_catalogue.py", "tests/lumping/test_layers.py"),
    droppable={
        "weighted sums": ("dense",),
        "positive ratios": ("dense", "residual"),
        "homogeneous functions": ("dense",),
        "pinned inputs": ("dense", "residual"),
        "pinned outputs": ("dense", "residual"),
    },
)


def constant_instances(data: DataObject, model: str, dropped: str | None) -> Instance:
    """Draw a network with its lumping, and inputs."""
    network = data.draw(ls.networks(structure=listed(model), rational=True))
    found = lump(network)
    return Instance(network, found.partition, found.scales, inputs(data, network))


def constant_check(found: Instance) -> str | None:
    """Check that members of the unit node's class have the value that is their scale, for all inputs."""
    for node, values in enumerate(node_values(found.model, found.extra)):
        if found.partition.class_at(node) == 0 and any(v != (found.scales or ())[node] for v in values):
            return show_counterexample(
                found, f"node {node} is in the class of the unit node and has the values {values}"
            )
    return None


def node_values(network: Network, x: Any) -> list[list[Fraction]]:
    """Return the exact values of every node, one list for each, of all samples and positions."""
    values = group_values(network, (x,), exact=True)
    return [values[g.name][:, v].ravel().tolist() for g in network.graph.groups for v in range(g.size)]


T12 = Theorem(
    "T12",
    "Constants",
    "A neuron whose class sums vanish for every class but that of the unit node has a constant value: removing "
    "constant and dead neurons is lumping with the unit node, with that value as scale, or with the zero class.",
    "A_d(C, v) = 0 for all C other than U, the class of the unit node,  implies  x(v) = f(A_d(U, v))",
    "Ressi, Romanello, Piazza, Rossi 2022, as far as known to us; the zero class is ours",
    ("dense", "convolutional", "residual"),
    constant_instances,
    constant_check,
    absent={"chain": "a chain has no unit node, and a state without incoming weight is not constant but transient"},
    proofs=("proofs/z3/network_quotient.py",),
)

CATALOGUE = (T1, T12)
