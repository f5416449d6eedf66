"""The definitions for square matrices, word for word and without the package; and its engines, called with matrices."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace

from lumpform.graph.graph import Arrow, Group, WeightedGraph
from lumpform.graph.views import NETWORK, ORDINARY, SCALED, View
from lumpform.lumping import engine
from lumpform.lumping.certify import certify
from lumpform.lumping.definition import lumpable as lumpable_graph
from lumpform.lumping.flat import Seen
from lumpform.lumping.oracle import partitions
from lumpform.lumping.refine import coarsest as by_reference
from lumpform.lumping.search import search

SIDES = {"ordinary": ("out",), "exact": ("in",), "strict": ("out", "in")}


def out_sum(matrix, s, members):
    """A(s, C): the weights from s into the class."""
    return sum((matrix[s][v] for v in members), Fraction(0))


def in_sum(matrix, members, s):
    """A(C, s): the weights from the class into s."""
    return sum((matrix[u][s] for u in members), Fraction(0))


def lumpable(matrix, partition, kind):
    """Whether a partition is a lumping of `kind`, word for word (Kemeny, Snell 1976; Buchholz 1994)."""
    classes = partition.classes()
    for block in classes:
        for s in block:
            for t in block:
                for target in classes:
                    if "out" in SIDES[kind] and out_sum(matrix, s, target) != out_sum(matrix, t, target):
                        return False
                    if "in" in SIDES[kind] and in_sum(matrix, target, s) != in_sum(matrix, target, t):
                        return False
    return True


def coarsest(matrix, initial, kind):
    """The coarsest lumping that refines `initial`, by trying all partitions; there is exactly one."""
    good = [p for p in partitions(len(initial)) if p.refines(initial) and lumpable(matrix, p, kind)]
    best = min(good, key=lambda p: p.count)
    assert all(p.refines(best) for p in good)
    return best


def proportional_by_definition(weights, partition, *, own):
    """Whether all pairs of nodes of a class have proportional class sums, with positive ratios."""
    rows = weights.to_fractions()
    for block in partition.classes():
        for s in block:
            for t in block:
                sums = [{c: out_sum(rows, x, members) for c, members in enumerate(partition.classes())} for x in (s, t)]
                a, b = ({c: v for c, v in x.items() if v and (own or c != partition.class_at(s))} for x in sums)
                if a.keys() != b.keys():
                    return False
                ratios = {a[c] / b[c] for c in a}
                if len(ratios) > 1 or any(r <= 0 for r in ratios):
                    return False
    return True


def two_sided(weights, partition, scales):
    """Whether a partition with scales is two-sided proportional exact."""
    return bool(lumpable_graph(WeightedGraph.single(weights), partition, SCALED, scales))


def graph_of(matrices):
    """One group with a loop for every matrix."""
    arrows = tuple(Arrow(f"a{i}", "states", "states", w) for i, w in enumerate(matrices))
    return WeightedGraph((Group("states", matrices[0].shape[0]),), arrows)


def refine(matrices, start):
    """The plain reference for equal row sums in all matrices."""
    return by_reference(graph_of(matrices), start, ORDINARY)[0]


def by_kernels(matrices, start, seconds, *limits):
    """The kernels for equal row sums in all matrices."""
    return engine.coarsest(graph_of(matrices), start, ORDINARY, seconds, *limits)


def prove(weights, partition):
    """The proof for one matrix."""
    return certify(Seen(weights, 0, 0, False), partition)


def prove_all(matrices, partition, start, seconds):
    """The proof for several matrices."""
    return engine.prove_all([Seen(w, 0, 0, False) for w in matrices], partition, start, seconds)


def refine_directions(weights, start, *, own):
    """The plain reference for proportional row sums."""
    return by_reference(WeightedGraph.single(weights), start, View(("out",), "ray", own=own))


def lump_by_reference(graph):
    """The plain reference for networks, as an object with class_of and scales."""
    partition, scales = by_reference(graph, graph.coarsest, NETWORK)
    return SimpleNamespace(class_of=partition.class_of, scales=list(scales), partition=partition)


def by_directions(weights, start, *, own):
    """What is found for proportional row sums: partition, scales and evidence."""
    return search(WeightedGraph.single(weights), start, View(("out",), "ray", own=own), None, {})


def by_layers(graph):
    """What is found for a network: by the kernels for layers, unless they give up."""
    found = search(graph, graph.coarsest, NETWORK, None, {})
    return SimpleNamespace(class_of=found.partition.class_of, scales=list(found.scales), evidence=found.evidence)
