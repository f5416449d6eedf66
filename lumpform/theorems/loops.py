"""Runs T19: quotients of recurrent networks and of linear loops compute the same for every number of steps."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from lumpform import strategies as ls
from lumpform.display.words import counted
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.quotient import quotient
from lumpform.graph.views import NETWORK, ONE_SIDED, SCALED, SIGNED, View
from lumpform.lumping.refine import coarsest
from lumpform.networks.functions import RELU, TANH
from lumpform.networks.network import Network
from lumpform.networks.recurrent import START
from lumpform.theorems.base import Hypothesis, Theorem
from lumpform.theorems.common import Instance, Vector, chain_kind, distribution, sequences
from lumpform.theorems.show import show_counterexample, show_vector
from lumpform.theorems.steps import lifted, lifting_failure, members

STEPS = 4
START_IN, WEIGHTED, HOMOGENEOUS = "start in the span", "weighted sums", "homogeneous functions"
TOLERANCE = 1e-6
"""How far values of functions that are not rational may be apart, which are computed in floats."""


def instances(data: DataObject, model: str, dropped: str | None) -> Instance:
    """Draw a recurrent network with a sequence, or a linear loop with a start and inputs, and the coarsest lumping."""
    if model == "recurrent":
        return _network_instance(data, dropped)
    if model == "graph":
        graph = data.draw(ls.graphs(max_nodes=6))
        number = st.sampled_from([0, 1, 1, 2, -1]).map(Fraction)
        starts = [data.draw(st.lists(number, min_size=graph.nodes, max_size=graph.nodes)) for _ in range(2)]
        return _loop_instance(data, graph, SIGNED, starts, dropped)
    chain = data.draw(ls.chains(kind=chain_kind(model), labels=False, rewards=False, initial=False))
    starts = [distribution(data, chain.states) for _ in range(2)]
    return _loop_instance(data, chain.weighted_graph(), SCALED, starts, dropped)


def _loop_instance(
    data: DataObject, graph: WeightedGraph, view: View, starts: list[Vector], dropped: str | None
) -> Instance:
    """Lump a loop with a start; without a hypothesis for another start, or by sums that the scales do not weigh."""
    x, other = starts
    if dropped == WEIGHTED:
        partition, scales = coarsest(graph, graph.coarsest, ONE_SIDED)
        x = lifted(partition, scales or (), [x[u] for u in members(partition, scales or ())])
    else:
        partition, scales = coarsest(graph, graph.coarsest, view, [other if dropped else x])
    pushes = data.draw(st.lists(st.integers(-1, 2).map(Fraction), min_size=STEPS, max_size=STEPS))
    return Instance(graph, partition, scales, (x, pushes))


def _network_instance(data: DataObject, dropped: str | None) -> Instance:
    functions = st.just(TANH) if dropped == HOMOGENEOUS else None
    network = data.draw(ls.recurrent_networks(functions=functions, max_layers=2 if dropped is None else 1))
    graph = network.graph
    if dropped == START_IN:
        assume(any(a.operator == START for a in graph.arrows))
        graph = replace(graph, arrows=tuple(a for a in graph.arrows if a.operator != START))
    if dropped == HOMOGENEOUS:
        graph = replace(graph, groups=tuple(g if g.pinned else replace(g, function=RELU) for g in graph.groups))
    partition, scales = coarsest(graph, graph.coarsest, NETWORK)
    return Instance(network, partition, scales, sequences(data, network, data.draw(st.integers(1, STEPS))))


def check(found: Instance) -> str | None:
    """Check that the quotient computes the same, step by step."""
    return _same_outputs(found) if isinstance(found.model, Network) else _same_steps(found)


def _same_steps(found: Instance) -> str | None:
    scales = found.scales or ()
    small = quotient(found.model, found.partition, scales)
    said = lifting_failure((found.model, small), (found.partition, scales), *found.extra)
    return None if said is None else show_counterexample(found, f"start {show_vector(found.extra[0])}: {said}")


def _same_outputs(found: Instance) -> str | None:
    network = found.model
    small = network.with_graph(quotient(network.graph, found.partition, found.scales or ()))
    exact = all(g.function.name != "tanh" for g in network.graph.groups)
    x = found.extra if exact else found.extra.astype(float)
    wanted, got = network.forward(x, exact=exact), small.forward(x, exact=exact)
    if not (abs(wanted - got) > (0 if exact else TOLERANCE)).any():
        return None
    told = f"{counted(len(x), 'step')} {show_vector(x)}: "
    told += f"the network gives {show_vector(wanted)}, the quotient {show_vector(got)}"
    return show_counterexample(found, told)


T19 = Theorem(
    "T19",
    "Loops",
    "A recurrent network with positively homogeneous node functions, and its quotient by the lumping of T0, give the "
    "same outputs for every number of steps and every sequence of inputs; so does a linear loop, at every node up to "
    "its scale.",
    "x(0) = D V y(0)  implies  x(k) = D V y(k) for all k and all inputs,  where  A_a^T D V = D V Q_a",
    "ours, from T0 and T1 by induction over time",
    ("dtmc", "ctmc", "recurrent", "graph"),
    instances,
    check,
    (
        Hypothesis(START_IN, "the start of the state lies in the lumping (zero always does)"),
        Hypothesis(WEIGHTED, "the sums over classes are weighted by the scales (two-sided)"),
        Hypothesis(
            HOMOGENEOUS, "nodes with another scale than 1 have a positively homogeneous function; without: tanh"
        ),
    ),
    tests=("tests/theorems/test_catalogue.py", "tests/networks/test_recurrent_lumping.py"),
    droppable={WEIGHTED: ("dtmc", "ctmc", "graph"), HOMOGENEOUS: ("recurrent",)},
)

CATALOGUE = (T19,)
