"""Runs T3 ordinary, T4 exact, T5 strict, T6 duality: on chains, on chains as linear networks, on automata."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from lumpform import strategies as ls
from lumpform.display.words import counted
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.views import EXACT, ORDINARY
from lumpform.lumping.definition import lumpable
from lumpform.lumping.refine import coarsest
from lumpform.theorems.automata import violated
from lumpform.theorems.base import Hypothesis, Theorem
from lumpform.theorems.common import (
    STEPS,
    Instance,
    Matrix,
    Vector,
    chain_kind,
    class_sums,
    distribution,
    one_step,
    run,
    uniform_rate,
)
from lumpform.theorems.drawn import small
from lumpform.theorems.show import show_model, show_partition, show_vector

CHAINS = ("dtmc", "ctmc", "unrolled", "automaton")


def instances(kind: str, start: str) -> Any:
    """Draw planted lumpings of a kind with an initial distribution: any one, or uniform inside classes."""

    def draw(data: DataObject, model: str, dropped: str | None) -> Instance:
        large, partition, quotient = _planted(data, kind, model, dropped == "lumpable")
        states = large.states_of(partition)
        if start == "any" or dropped == "uniform start":
            initial = distribution(data, large.states)
        else:
            mass = distribution(data, states.count)
            initial = [mass[c] / int(states.sizes[c]) for c in states.class_of.tolist()]
        word: list[str] = []
        if model == "automaton":
            word = data.draw(st.lists(st.sampled_from(large.letters), min_size=STEPS, max_size=STEPS))
        return Instance(large, partition, extra=(model, initial, quotient, word))

    return draw


def _planted(data: DataObject, kind: Any, model: str, missed: bool) -> tuple[Any, Partition, Any]:
    """Draw a chain or automaton, a partition of its nodes, and the quotient; or one that misses being lumpable."""
    if model == "automaton":
        found = data.draw(ls.lumpable_automata(kind=kind))
        automaton = violated(data, found.automaton, found.partition, "one letter") if missed else found.automaton
        return automaton, found.partition, automaton.quotient(found.partition, kind)[0]
    if missed:
        miss = data.draw(ls.near_misses(kind=kind, model=chain_kind(model), max_exponent=3))
        return miss.chain, miss.partition, miss.lumpable.quotient(miss.partition, kind)[0]
    planted = data.draw(ls.lumpable_chains(kind=kind, model=chain_kind(model)))
    return planted.chain, planted.partition, planted.quotient


def _matrices(found: Instance) -> tuple[list[Matrix], list[Matrix]]:
    """Return the matrices of the steps of a model and of its quotient: of an automaton those of the letters."""
    model, _, quotient, word = found.extra
    if model == "automaton":
        large, little = ([m.matrices[a].to_fractions() for a in word] for m in (found.model, quotient))
        return large, little
    rate = uniform_rate(found.model) if found.model.kind == "ctmc" else None
    return [one_step(found.model, rate)] * STEPS, [one_step(quotient, rate)] * STEPS


def lumped_process(found: Instance) -> str | None:
    """Check T3: the sums over classes follow the quotient."""
    model, start, _, _ = found.extra
    states = found.model.states_of(found.partition)
    large, little = _matrices(found)
    for steps in range(STEPS + 1):
        sums = class_sums(run(model, large[:steps], start), states)
        wanted = run(model, little[:steps], class_sums(start, states))
        if sums != wanted:
            return _said(
                found,
                start,
                f"after {counted(steps, 'step')} classes have {show_vector(sums)}, "
                f"the quotient says {show_vector(wanted)}",
            )
    return None


def stays_uniform(found: Instance) -> str | None:
    """Check T4: uniform inside classes at all times, and the sums follow the quotient."""
    model, start, _, _ = found.extra
    large = _matrices(found)[0]
    for steps in range(1, STEPS + 1):  # that it begins uniform is the hypothesis
        values = run(model, large[:steps], start)
        for block in found.model.states_of(found.partition).classes():
            if len({values[s] for s in block}) > 1:
                return _said(found, start, f"after {counted(steps, 'step')} the distribution is {show_vector(values)}")
    return lumped_process(found)


def both(found: Instance) -> str | None:
    """Check T5: the partition is ordinary and exact, and both conclusions hold."""
    for kind, view in (("ordinary", ORDINARY), ("exact", EXACT)):
        if not lumpable(found.model.weighted_graph(), found.partition, view):
            return _said(found, found.extra[1], f"it is not {kind}")
    return stays_uniform(found)


def _said(found: Instance, start: Vector, what: str) -> str:
    word = f", word {' '.join(found.extra[3])}" if found.extra[3] else ""
    classes = f"classes {show_partition(found.partition)}, start {show_vector(start)}{word}"
    return f"{show_model(found.model)}\n{classes}\n{what}"


LUMPABLE = Hypothesis("lumpable", "the partition is a lumping of the kind; without: it misses by a small amount")
UNIFORM = Hypothesis("uniform start", "the initial distribution is uniform inside classes")

T3 = Theorem(
    "T3",
    "Ordinary lumpability",
    "The process of the classes is a Markov chain, whatever the initial distribution; of an automaton, letter by"
    " letter.",
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
    "A(C, s) = A(C, t)  implies  p = u V^T  stays of that form",
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
    if model not in ("dtmc", "ctmc"):
        drawn = small(data, model)
        graph: WeightedGraph = drawn if model == "graph" else drawn.weighted_graph()
        labels: list[int] = []
        for group in graph.groups:
            start = len(labels)
            labels += [start + data.draw(st.integers(0, group.size - 1)) for _ in range(group.size)]
        return Instance(drawn, Partition(labels), extra=graph)
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
    start = _exact_start(found.model)
    if coarsest(graph, start, EXACT) != coarsest(turned, start, ORDINARY):
        return f"{show_model(found.model)}\nthe coarsest exact lumping is not the ordinary one of the reversed graph"
    return None


def _exact_start(model: Any) -> Partition:
    """Return the partition that an exact lumping must refine, if nothing else is respected."""
    if getattr(model, "domain", "graph") in ("chain", "automaton"):
        return model.start("exact", "generator", ())
    return (model if isinstance(model, WeightedGraph) else model.graph).coarsest


T6 = Theorem(
    "T6",
    "Duality",
    "Exact lumpability of a graph is ordinary lumpability of the graph with all arrows turned round.",
    "A^T V = V Q'  is  (reversed A) V = V Q'",
    "Buchholz 1994, by definition",
    ("dtmc", "ctmc", "dense", "convolutional", "residual", "recurrent", "automaton", "graph"),
    duality_instances,
    duality,
    proofs=("proofs/z3/unscaled.py",),
)

CATALOGUE = (T3, T4, T5, T6)
