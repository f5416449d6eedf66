"""The kit on two programs of other people: Storm's bisimulation, and refinement built on networkx.

Storm returns a quotient and no classes, so states are compared in pairs: two new states with a label of their own lead
to the two, and they fall together in Storm's quotient exactly if those are bisimilar. In exact mode it passes; with
doubles the kit finds a near miss below its tolerance. networkx has no equitable partitions; Weisfeiler-Leman colours
are those of graphs without weights, so they are a lumping of chains with symmetric rates of one, and fail for others.
"""

from __future__ import annotations

from fractions import Fraction

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform.graph.partition import Partition
from lumpform.testing import ConformanceError, check_lumping_algorithm


@pytest.mark.medium
@given(data=st.data(), n=st.integers(2, 6))
def test_weisfeiler_leman_colours_are_the_ordinary_lumping_of_undirected_graphs(data, n):
    edges = data.draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))))
    labels = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    graph = networkx.Graph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from((s, t) for s, t in edges if s != t)
    rates = networkx.to_numpy_array(graph, dtype=np.int64)
    chain = lf.MarkovChain(rates, kind="ctmc", labels={"a": np.array(labels)})
    assert colours(graph, labels) == lf.lump(chain, semantics="rates").partition


def colours(graph, labels):
    """The colours of networkx after as many rounds as there are nodes, as a partition."""
    for node in graph:
        graph.nodes[node]["colour"] = str(labels[node])
    hashes = networkx.weisfeiler_lehman_subgraph_hashes(graph, node_attr="colour", iterations=max(1, len(graph)))
    final = [(labels[s], *hashes[s]) for s in range(len(graph))]
    return Partition([sorted(set(final)).index(h) for h in final])


@pytest.mark.medium
def test_weights_are_beyond_it_and_the_kit_says_so():
    def fn(chain):
        graph = networkx.Graph()
        graph.add_nodes_from(range(chain.states))
        matrix = chain.weights.to_fractions()
        graph.add_edges_from(
            (s, t) for s in range(chain.states) for t in range(chain.states) if matrix[s][t] and s != t
        )
        return colours(graph, chain.respected(("labels", "rewards")).class_of.tolist())

    with pytest.raises(ConformanceError) as caught:
        check_lumping_algorithm(fn)
    assert caught.value.nodes <= 5


def storm_classes(chain, exact):
    """The classes of Storm's strong bisimulation, labels and rewards respected (as labels)."""
    pytest.importorskip("stormpy", reason="needs stormpy (the extra storm)")
    from storm_side import bisimulate, storm_model

    seen = chain.respected(("labels", "rewards")).class_of.tolist()
    rows = [list(row) for row in chain.weights.to_fractions()]
    n = len(rows)

    def blocks(*targets):
        extra = len(targets)
        matrix = [row + [Fraction(0)] * extra for row in rows]
        matrix += [[Fraction(int(u == t)) for u in range(n + extra)] for t in targets]
        labels = {f"c{c}": [s for s in range(n) if seen[s] == c] for c in set(seen)}
        if targets:
            labels["new"] = list(range(n, n + extra))
        return bisimulate(storm_model(lf.MarkovChain(matrix, kind=chain.kind, labels=labels), exact)).nr_states

    alone = blocks()
    first = []
    for s in range(n):
        equal = next((t for t in first if seen[s] == seen[t] and blocks(s, t) == alone + 1), None)
        first.append(s if equal is None else first[equal])
    return Partition(first)


@pytest.mark.medium
def test_storm_in_exact_mode_passes():
    check_lumping_algorithm(lambda chain: storm_classes(chain, exact=True), model="dtmc", examples=25)


@pytest.mark.slow
def test_storm_with_doubles_merges_what_differs_by_less_than_its_tolerance():
    with pytest.raises(ConformanceError) as caught:
        check_lumping_algorithm(lambda chain: storm_classes(chain, exact=False), model="dtmc", examples=200)
    assert caught.value.nodes <= 5
    assert caught.value.property in ("lumping", "coarsest")
