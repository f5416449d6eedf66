"""Runs T7 proportional, T8 proportional exact on chains, T9 exact is proportional with d = 1."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from lumpform import strategies as ls
from lumpform.chains.analysis import stationary
from lumpform.chains.proportional import perturbed, stationary_from_perturbed, stationary_of_irreducible, time_reversed
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.rescaled import rescaled
from lumpform.graph.views import EXACT, ORDINARY, SCALED
from lumpform.lumping import lump
from lumpform.lumping.definition import lumpable
from lumpform.lumping.oracle import partitions
from lumpform.theorems.base import Hypothesis, Theorem
from lumpform.theorems.common import Instance, chain_kind, is_network, listed
from lumpform.theorems.show import show_counterexample, show_partition, show_vector

NO_STATIONARY = "a network has inputs instead of a stationary distribution"


def proportional_instances(data: DataObject, model: str, dropped: str | None) -> Instance:
    """Draw an irreducible CTMC with its proportional partition, or with any partition and any scales."""
    chain = data.draw(ls.chains(kind="ctmc", structure="ergodic", rewards=False, initial=False, max_states=4))
    if dropped is None:
        found = lump(chain, "proportional", respect=data.draw(st.sampled_from([(), ("labels",)])))
        return Instance(chain, found.partition, found.scales)
    partition = Partition(data.draw(st.lists(st.integers(0, 1), min_size=chain.states, max_size=chain.states)))
    return Instance(chain, partition, (Fraction(1),) * chain.states)


def proportional_check(found: Instance) -> str | None:
    """Check that the perturbed chain is ordinarily lumpable, and gives the stationary distribution back."""
    other = perturbed(found.model, found.scales or ())
    if not lumpable(other.weighted_graph(), found.partition, ORDINARY):
        k = show_vector(found.scales or ())
        return show_counterexample(found, f"with rows divided by k = {k} the chain is not ordinarily lumpable")
    there = list(stationary(other, arithmetic="exact").values)
    back = stationary_from_perturbed(there, found.scales or ())
    if back != list(stationary(found.model, arithmetic="exact").values):
        return show_counterexample(found, f"recovered {show_vector(back)}")
    return None


T7 = Theorem(
    "T7",
    "Proportional lumpability",
    "Dividing row s by k(s) gives an ordinarily lumpable chain, whose stationary distribution determines the original"
    " one.",
    "A(s, C) / k(s) = A(t, C) / k(t), C not the own class;  p(s) = p~(s) / k(s), normalised",
    "Marin, Piazza, Rossi 2019",
    ("ctmc",),
    proportional_instances,
    proportional_check,
    (Hypothesis("proportional", "the partition is proportionally lumpable with the scales"),),
    absent={"network": NO_STATIONARY},
    proofs=("proofs/z3/scaled.py",),
    tests=("tests/theorems/test_catalogue.py", "tests/lumping/test_proportional.py"),
)


def two_sided_instances(data: DataObject, model: str, dropped: str | None) -> Instance:
    """Draw a chain with partition and scales that meet the two-sided condition; irreducible, unless that is dropped."""
    kind = chain_kind(model)
    if dropped is None:
        chain = data.draw(ls.chains(kind=kind, structure="ergodic", rewards=False, initial=False, max_states=4))
        found = lump(chain, "proportional-exact")
        return Instance(chain, found.partition, found.scales)
    chain = data.draw(ls.chains(kind=kind, structure="reducible", labels=False, rewards=False, max_states=3))
    partition = Partition(data.draw(st.lists(st.integers(0, 1), min_size=chain.states, max_size=chain.states)))
    scales = (Fraction(1),) * chain.states
    assume(lumpable(chain.weighted_graph(), partition, SCALED, scales))
    return Instance(chain, partition, scales)


def two_sided_check(found: Instance) -> str | None:
    """Check (a) to (c) of T8."""
    chain, partition, scales = found.model, found.partition, found.scales or ()
    p = list(stationary(chain, arithmetic="exact").values)
    first = partition.representatives
    for s in range(chain.states):
        if p[s] != scales[s] * p[first[partition.class_at(s)]]:
            return show_counterexample(
                found, f"(b) the stationary distribution {show_vector(p)} is no multiple of the scales in a class"
            )
    if not _irreducible(chain):
        return None
    if chain.kind == "ctmc":
        one = lump(chain, "proportional-exact-one-sided").partition
        if any(p[s] != p[one.representatives[one.class_at(s)]] for s in range(chain.states)):
            return show_counterexample(
                found, f"(a) the stationary distribution {show_vector(p)} is not constant on {show_partition(one)}"
            )
    start = chain.respected(("labels",))
    graph, turned = chain.weighted_graph(), time_reversed(chain).weighted_graph()
    for candidate in partitions(chain.states):
        if candidate.refines(start):
            forced = [p[s] / p[candidate.representatives[candidate.class_at(s)]] for s in range(chain.states)]
            here = bool(lumpable(graph, candidate, SCALED, forced))
            if here != bool(lumpable(turned, candidate, ORDINARY)):
                return show_counterexample(found, f"(c) {show_partition(candidate)} is one of the two only")
            if here and not candidate.refines(partition):
                return show_counterexample(found, f"{show_partition(candidate)} does not refine the coarsest")
    return None


def _irreducible(chain: Any) -> bool:
    try:
        stationary_of_irreducible(chain)
    except ValueError:
        return False
    return True


T8 = Theorem(
    "T8",
    "Proportional exact lumpability of chains",
    "(a) One-sided (CTMC): the stationary distribution p is constant on classes. (b) Two-sided: p is a multiple of the "
    "scales in every class. (c) Two-sided is an ordinary lumping of the time-reversed chain.",
    "Q^T V = D V Q';  Q^T D V = D V Q'  iff  V lumps diag(p)^-1 Q^T diag(p), with d = p up to a factor per class",
    "ours; the one-sided definition from Ressi, Romanello, Piazza, Rossi 2022, as far as known to us",
    ("dtmc", "ctmc"),
    two_sided_instances,
    two_sided_check,
    (Hypothesis("irreducible", "the chain is irreducible"),),
    absent={"network": NO_STATIONARY},
    proofs=("proofs/z3/scaled.py",),
    tests=("tests/theorems/test_catalogue.py", "tests/lumping/test_proportional.py"),
)


def rescaling_instances(data: DataObject, model: str, dropped: str | None) -> Instance:
    """Draw a model with a two-sided proportional exact partition."""
    if is_network(model) or model == "recurrent":
        recurrent = model == "recurrent"
        found = data.draw(
            ls.lumpable_recurrent_networks() if recurrent else ls.lumpable_networks(structure=listed(model), dead=False)
        )
        assume(all(found.scales))  # what is zero has no scale to divide by
        scales = tuple(Fraction(1) for _ in found.scales) if dropped else found.scales
        return Instance(found.network, found.partition, scales, found.network.graph)
    chain = data.draw(ls.chains(kind=chain_kind(model), structure="ergodic", rewards=False, max_states=4))
    found = lump(chain, "proportional-exact")
    scales = tuple(Fraction(1) for _ in found.scales or ()) if dropped else found.scales
    return Instance(chain, found.partition, scales, chain.weighted_graph())


def rescaling_check(found: Instance) -> str | None:
    """Check that rescaled by d, the graph is exactly lumpable, and an exact lumping is two-sided with d = 1."""
    graph: WeightedGraph = found.extra
    scaled = rescaled(graph, found.scales or ())
    if not lumpable(scaled, found.partition, EXACT):
        d = show_vector(found.scales or ())
        return show_counterexample(found, f"with weights d(u) A(u, v) / d(v), d = {d}, it is not exactly lumpable")
    if found.model.domain == "chain":
        exact = lump(found.model, "exact", respect=()).partition
        if not lumpable(graph, exact, SCALED, [Fraction(1)] * len(exact)):
            return show_counterexample(found, f"the exact lumping {show_partition(exact)} is not two-sided with d = 1")
    return None


T9 = Theorem(
    "T9",
    "Exact is proportional exact with d = 1",
    "An exact lumping is a two-sided proportional exact one with all scales 1; dividing every node by its scale makes"
    " a proportional exact lumping exact.",
    "A^T D V = D V Q'  iff  (D^-1 A^T D) V = V Q'",
    "by definition",
    ("dtmc", "ctmc", "dense", "convolutional", "residual", "recurrent"),
    rescaling_instances,
    rescaling_check,
    (Hypothesis("rescaling", "nodes are divided by their scales first"),),
    proofs=("proofs/z3/scaled.py",),
)

CATALOGUE = (T7, T8, T9)
