"""Runs T3 ordinary, T4 exact, T5 strict, T6 duality: on chains, and on chains unrolled into linear networks."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from lumpform import strategies as ls
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.views import EXACT, ORDINARY
from lumpform.lumping import lump
from lumpform.lumping.definition import lumpable
from lumpform.lumping.refine import coarsest
from lumpform.theorems.base import Hypothesis, Theorem
from lumpform.theorems.common import (
    STEPS,
    Instance,
    Vector,
    chain_kind,
    class_sums,
    distribution,
    one_step,
    run,
    uniform_rate,
)
from lumpform.theorems.show import show_model, show_partition

CHAINS = ("dtmc", "ctmc", "unrolled")


def instances(kind: str, start: str) -> Any:
    """Draw planted lumpings of a kind with an initial distribution: any one, or uniform inside classes."""

    def draw(data: DataObject, model: str, dropped: str | None) -> Instance:
        if dropped == "lumpable":
            miss = data.draw(ls.near_misses(kind=kind, model=chain_kind(model), max_exponent=3))  # type: ignore[arg-type]
            chain, partition = miss.chain, miss.partition
            quotient = miss.lumpable.quotient(partition, kind)[0]
        else:
            found = data.draw(ls.lumpable_chains(kind=kind, model=chain_kind(model)))  # type: ignore[arg-type]
            chain, partition, quotient = found.chain, found.partition, found.quotient
        if start == "any" or dropped == "uniform start":
            initial = distribution(data, chain.states)
        else:
            mass = distribution(data, partition.count)
            initial = [mass[c] / int(partition.sizes[c]) for c in partition.class_of.tolist()]
        return Instance(chain, partition, extra=(model, initial, quotient))

    return draw


def lumped_process(found: Instance) -> str | None:
    """Check T3: the sums over classes follow the quotient."""
    model, start, quotient = found.extra
    rate = uniform_rate(found.model) if found.model.kind == "ctmc" else None
    large, small = one_step(found.model, rate), one_step(quotient, rate)
    for steps in range(STEPS + 1):
        sums = class_sums(run(model, large, start, steps), found.partition)
        wanted = run(model, small, class_sums(start, found.partition), steps)
        if sums != wanted:
            return _said(
                found, start, f"after {steps} steps classes have {_row(sums)}, the quotient says {_row(wanted)}"
            )
    return None


def stays_uniform(found: Instance) -> str | None:
    """Check T4: uniform inside classes at all times, and the sums follow the quotient."""
    model, start, _ = found.extra
    large = one_step(found.model)
    for steps in range(STEPS + 1):
        values = run(model, large, start, steps)
        for block in found.partition.classes():
            if len({values[s] for s in block}) > 1:
                return _said(found, start, f"after {steps} steps the distribution is {_row(values)}")
    return lumped_process(found)


def both(found: Instance) -> str | None:
    """Check T5: the partition is ordinary and exact, and both conclusions hold."""
    for kind, view in (("ordinary", ORDINARY), ("exact", EXACT)):
        if not lumpable(found.model.weighted_graph(), found.partition, view):
            return _said(found, found.extra[1], f"it is not {kind}")
    return stays_uniform(found)


def _said(found: Instance, start: Vector, what: str) -> str:
    return f"{show_model(found.model)}\nclasses {show_partition(found.partition)}, start {_row(start)}\n{what}"


def _row(values: Vector) -> str:
    return "(" + ", ".join(map(str, values)) + ")"


LUMPABLE = Hypothesis("lumpable", "the partition is a lumping of the kind; without: it misses by a small amount")
UNIFORM = Hypothesis("uniform start", "the initial distribution is uniform inside classes")

T3 = Theorem(
    "T3",
    "Ordinary lumpability",
    "The process of the classes is a Markov chain, whatever the initial distribution.",
    "A(s, C) = A(t, C)  implies  p V follows Q'(B, C) = A(s, C)",
    "Kemeny, Snell 1976, theorem 6.3.2",
    CHAINS,
    instances("ordinary", "any"),
    lumped_process,
    (LUMPABLE,),
    proofs=("proofs/z3/unscaled.py",),
    tests=("tests/theorems/test_catalogue.py", "tests/theorems/test_chain_theorems.py"),
)
T4 = Theorem(
    "T4",
    "Exact lumpability",
    "Started uniform inside classes, the chain stays uniform inside classes.",
    "A(C, s) = A(C, t)  implies  p = u V  stays of that form",
    "Schweitzer 1984; Buchholz 1994",
    CHAINS,
    instances("exact", "uniform"),
    stays_uniform,
    (LUMPABLE, UNIFORM),
    proofs=("proofs/z3/unscaled.py",),
    tests=("tests/theorems/test_catalogue.py", "tests/theorems/test_chain_theorems.py"),
)
T5 = Theorem(
    "T5",
    "Strict lumpability",
    "Strict is ordinary and exact: both conclusions hold for the same quotient.",
    "A V = V Q'  and  A^T V = V Q''",
    "Buchholz 1994",
    CHAINS,
    instances("strict", "uniform"),
    both,
    (LUMPABLE, UNIFORM),
    proofs=("proofs/z3/unscaled.py",),
)


def duality_instances(data: DataObject, model: str, dropped: str | None) -> Instance:
    """Draw any graph and any partition inside groups."""
    if model in ("dense", "convolutional", "residual"):
        network = data.draw(ls.networks(structure=model))  # type: ignore[arg-type]
        graph = network.graph
        labels: list[int] = []
        for group in graph.groups:
            start = len(labels)
            labels += [start + data.draw(st.integers(0, group.size - 1)) for _ in range(group.size)]
        return Instance(network, Partition(labels), extra=graph)
    chain = data.draw(ls.chains(kind=chain_kind(model), max_states=4))
    numbers = data.draw(st.lists(st.integers(0, 3), min_size=chain.states, max_size=chain.states))
    return Instance(chain, Partition(numbers), extra=chain.weighted_graph())


def duality(found: Instance) -> str | None:
    """Check that exact on the graph is ordinary on the reversed one, for this partition and for the coarsest."""
    graph: WeightedGraph = found.extra
    turned = graph.reversed()
    here = [bool(lumpable(g, found.partition, view)) for g, view in ((graph, EXACT), (turned, ORDINARY))]
    if here[0] != here[1]:
        return (
            f"{show_model(found.model)}\nclasses {show_partition(found.partition)}: exact {here[0]}, turned {here[1]}"
        )
    if found.model.domain == "chain":
        start = found.model.start("exact", "generator", ())
        if lump(found.model, "exact", respect=()).partition != coarsest(turned, start, ORDINARY)[0]:
            return (
                f"{show_model(found.model)}\nthe coarsest exact lumping is not the ordinary one of the reversed chain"
            )
    return None


T6 = Theorem(
    "T6",
    "Duality",
    "Exact lumpability of a graph is ordinary lumpability of the graph with all arrows turned round.",
    "A^T V = V Q'  is  (reversed A) V = V Q'",
    "Buchholz 1994, by definition",
    ("dtmc", "ctmc", "dense", "convolutional", "residual"),
    duality_instances,
    duality,
    proofs=("proofs/z3/unscaled.py",),
)

CATALOGUE = (T3, T4, T5, T6)
