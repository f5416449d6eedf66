"""T19: the coarsest lumping of a recurrent network, by definition, and what its quotient computes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recurrent_reference import as_partition, coarsest, quotient

import lumpform as lf
from lumpform import strategies as ls
from lumpform.graph.graph import IDENTITY
from lumpform.graph.quotient import quotient as quotient_graph
from lumpform.networks.functions import RELU
from lumpform.networks.network import Network
from lumpform.reduction.needed import needed, restricted

NETWORKS = ls.recurrent_networks(functions=st.sampled_from([RELU, RELU, IDENTITY]))


def sequences(network: Network, seed: int, steps: int = 4, samples: int = 2) -> np.ndarray[Any, Any]:
    """Random rationals, many of them zero or negative."""
    rng = np.random.default_rng(seed)
    size = network.graph.group(network.inputs[0].group).size
    flat = [Fraction(int(v), 3) for v in rng.integers(-6, 7, steps * samples * size)]
    return np.array(flat, dtype=object).reshape(steps, samples, size)


@given(NETWORKS, st.integers(0, 2**32), st.integers(1, 5))
def test_the_quotient_computes_the_same(network: Network, seed: int, steps: int) -> None:
    x = sequences(network, seed, steps)
    wanted = network.forward(x, exact=True)
    place = coarsest(network)
    assert (quotient(network, place).forward(x, exact=True) == wanted).all()
    partition, scales = as_partition(network, place)
    graph = quotient_graph(network.graph, partition, scales)
    assert (network.with_graph(graph).forward(x, exact=True) == wanted).all()
    assert graph.nodes == partition.count


@given(NETWORKS)
def test_lump_finds_it(network: Network) -> None:
    found = lf.lump(network)
    assert (found.partition, found.scales) == as_partition(network, coarsest(network))


@given(NETWORKS)
def test_the_quotient_has_no_coarser_lumping(network: Network) -> None:
    once = quotient(network, coarsest(network))
    assert len({c for c, _ in coarsest(once).values()}) == once.graph.nodes


@given(ls.lumpable_recurrent_networks(), st.integers(0, 2**32))
def test_planted_lumpings_are_found(found: ls.LumpableNetwork, seed: int) -> None:
    """The coarsest lumping merges what was planted, whatever else it merges."""
    partition, scales = as_partition(found.network, coarsest(found.network))
    assert partition.count <= found.partition.count <= found.network.graph.nodes
    x = sequences(found.network, seed)
    wanted = found.network.forward(x, exact=True)
    assert (found.quotient.forward(x, exact=True) == wanted).all()
    planted = quotient_graph(found.network.graph, found.partition, found.scales)
    assert (found.network.with_graph(planted).forward(x, exact=True) == wanted).all()
    firsts = found.partition.representatives
    for node, c in enumerate(found.partition.class_of.tolist()):
        assert partition.class_at(node) == partition.class_at(int(firsts[c]))
        if c:
            assert scales[node] == found.scales[node] * scales[int(firsts[c])]


@given(ls.lumpable_recurrent_networks(generic=True))
def test_neurons_of_random_weights_are_merged_only_as_planted(found: ls.LumpableNetwork) -> None:
    """But for neurons that no positive sum reaches, and constants."""
    partition, _ = as_partition(found.network, coarsest(found.network))
    small, _ = as_partition(found.quotient, coarsest(found.quotient))
    assert partition.count == small.count


@given(NETWORKS, st.integers(0, 2**32))
def test_what_is_not_needed_changes_nothing(network: Network, seed: int) -> None:
    """Nodes on cycles that lead nowhere are not needed either."""
    x, mask = sequences(network, seed), needed(network.graph)
    smaller = network.with_graph(restricted(network.graph, mask))
    assert (smaller.forward(x, exact=True) == network.forward(x, exact=True)).all()
    assert needed(smaller.graph).all()


@pytest.mark.parametrize("steps", [1, 2, 7])
def test_opposite_and_doubled_neurons_of_a_tied_loop(steps: int) -> None:
    """Two neurons, one twice the other by the loop alone, become one; the loop of the quotient has their joint sum."""
    from lumpform.graph.graph import Arrow, Group, WeightedGraph
    from lumpform.graph.weights import DenseWeights
    from lumpform.networks.network import ONE
    from lumpform.networks.port import Port
    from lumpform.networks.recurrent import FORWARD
    from lumpform.numbers.make import from_fractions

    def matrix(*rows: list[int]) -> DenseWeights:
        return DenseWeights((len(rows), len(rows[0])), from_fractions(Fraction(v) for row in rows for v in row))

    groups = (Group(ONE, 1, pinned=True), Group("x", 1, pinned=True), Group("h", 3, RELU), Group("y", 1, pinned=True))
    arrows = (
        Arrow("w", "x", "h", matrix([1, 2, 0])),
        Arrow("r", "h", "h", matrix([1, 2, 0], [1, 2, 0], [5, -1, 3]), FORWARD),
        Arrow("o", "h", "y", matrix([1], [1], [7])),
    )
    ports = (Port("x", "x", (None, None, 1), layout="tn."), Port("y", "y", (None, None, 1), layout="tn."))
    network = Network(WeightedGraph(groups, arrows), ports[:1], ports[1:])
    place = coarsest(network)
    assert place["h", 1] == (("h", 0), 2)
    assert place["h", 2] == ((ONE, 0), 0)  # nothing but itself reaches it, so it stays zero
    small = quotient(network, place)
    (loop,) = [a for a in small.graph.arrows if a.operator == FORWARD]
    assert loop.weights.to_fractions() == [[3]]
    x = sequences(network, 1, steps)
    assert (small.forward(x, exact=True) == network.forward(x, exact=True)).all()
