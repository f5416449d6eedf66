"""The device gives the partition of the kernels on random models of every sort, and on weights that somebody chose."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from same_answer import same_graph, same_in_the_end, same_model
from sizes import medium_but

import lumpform as lf
from lumpform import strategies as ls
from lumpform.chains.families import FAMILIES, sized
from lumpform.graph.graph import Arrow, Group, WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.views import EXACT, ORDINARY, STRICT
from lumpform.graph.weights import SparseWeights
from lumpform.lumping.gpu import engine
from lumpform.lumping.gpu.simulator import Simulator
from lumpform.numbers.residues import PRIME, PRIMES, WORD

KINDS = ("ordinary", "exact", "strict")
SEMANTICS = ("generator", "rates")
VIEWS = st.sampled_from([ORDINARY, EXACT, STRICT])
CHOSEN = [d + e for d in (0, 1, PRIME, PRIMES[1], WORD, PRIME * WORD, 1 << 700) for e in (-1, 0, 1)]
"""Weights near the moduli, one beyond all of them, and what is left of them modulo each other."""
RESPECT = st.sets(st.sampled_from(("labels", "rewards", "initial", "actions"))).map(tuple)


@pytest.mark.parametrize("semantics", SEMANTICS)
@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_chains(kind, semantics, data):
    planted = ls.lumpable_chains(kind=kind, semantics=semantics).map(lambda found: found.chain)
    same_model(data.draw(st.one_of(ls.chains(), planted)), kind, semantics=semantics)


@pytest.mark.parametrize("semantics", SEMANTICS)
@pytest.mark.parametrize("name", FAMILIES)
def test_families_of_chains(name, semantics):
    same_model(sized(name, 3_000), semantics=semantics)


@pytest.mark.parametrize("kind", ["mdp", "lts", "ma"])
@given(data=st.data(), respect=RESPECT)
def test_processes(kind, data, respect):
    planted = ls.lumpable_mdps(kind=kind).map(lambda found: found.mdp)
    same_model(data.draw(st.one_of(ls.mdps(kind=kind), planted)), respect=respect)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_automata(kind, data):
    planted = ls.lumpable_automata(kind=kind).map(lambda found: found.automaton)
    same_model(data.draw(st.one_of(ls.automata(min_states=0), planted)), kind)


@given(data=st.data(), view=VIEWS)
def test_any_graph(data, view):
    graph = data.draw(ls.graphs(max_nodes=8, booleans=True))
    labels = data.draw(st.lists(st.sampled_from([0, 0, 1]), min_size=graph.nodes, max_size=graph.nodes))
    same_graph(graph, graph.coarsest & Partition(labels), view)


@given(data=st.data(), view=VIEWS)
def test_weights_that_somebody_chose(data, view):
    """Negative ones, multiples of the prime, differences of a modulus, denominators that are one."""
    n = data.draw(st.integers(1, 6))
    denominators = st.sampled_from([1, 1, 3, PRIME, WORD, 3**450])
    pool = data.draw(st.lists(st.builds(Fraction, st.sampled_from(CHOSEN), denominators), min_size=1, max_size=3))
    weight = st.sampled_from([Fraction(0), *pool, *(-w for w in pool)])
    rows = data.draw(st.lists(st.lists(weight, min_size=n, max_size=n), min_size=n, max_size=n))
    labels = data.draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    same_in_the_end(WeightedGraph.single(SparseWeights.from_dense(rows)), Partition(labels), view)


def test_a_chain_with_parameters():
    p, q = lf.parameters("p", "q")
    chain = lf.MarkovChain([[0, p, q, 0], [1, 0, 0, p * q], [1, 0, 0, p * q], [0, 1, 1, 0]], kind="ctmc")
    for kind in KINDS:
        same_model(chain, kind)
    assert same_model(chain, initial=lf.Partition([0, 1, 1, 0])).partition.count < 4


def test_numbers_without_a_table():
    """Floats are residues of 64 bits; each value stands for two columns of equal nodes."""
    block = np.random.default_rng(0).normal(size=(40, 40))
    weights = SparseWeights.from_dense(np.kron(block, np.eye(2)))
    assert same_graph(WeightedGraph.single(weights), Partition([0] * 80)).count <= 80
    weights = SparseWeights.from_dense(np.kron(block, np.ones((2, 2))))
    assert same_graph(WeightedGraph.single(weights), Partition([0] * 80)).count == 40


@pytest.mark.parametrize("values", medium_but([3, 300], [3, 300, 70_000]))
def test_codes_of_every_width(values):
    """A ring whose weights repeat after so many states: twice as many states, or three more, which then differ."""
    for n in (2 * values, values + 3):
        weights = SparseWeights.from_coo(
            range(n), [(s + 1) % n for s in range(n)], [s % values for s in range(n)], (n, n)
        )
        same_graph(WeightedGraph.single(weights), Partition([0] * n))


@pytest.mark.parametrize("n", [50, 300])
def test_a_long_path_takes_many_rounds(n):
    weights = SparseWeights.from_coo(range(n - 1), range(1, n), [1] * (n - 1), (n, n))
    assert same_graph(WeightedGraph.single(weights), Partition([0] * (n - 1) + [1])).count == n


@given(order=st.permutations(range(100)), other=st.integers(0, 99))
@example(list(range(100)), 0)
def test_long_rows_are_added_up_in_any_order(order, other):
    """Two nodes with the largest residues over a hundred classes, in another order, and one that differs in one sum."""
    n = 3 + 3 * 100
    rows = [[Fraction(0)] * n for _ in range(n)]
    labels = [0] * 3
    for node, sequence in enumerate((range(100), order, range(100))):
        for place, c in enumerate(sequence):
            rows[node][3 + 100 * node + place] = Fraction(-1 - (node == 2 and c == other))
            labels.append(1 + c)
    start = Partition(labels)
    assert same_graph(WeightedGraph.single(SparseWeights.from_dense(rows)), start).count == start.count + 1


@pytest.mark.parametrize("size", [1, 3, 40])
def test_sets_of_any_size_count_each_class_once(size):
    """Two nodes with the same classes among many targets, in other numbers, and one that lacks a class."""
    rows = [[1] * size + [1, 0], [1] + [0] * (size - 1) + [1, 0], [1] * size + [0, 0]] + [[0] * (size + 2)] * size
    arrow = Arrow("b", "s", "t", SparseWeights.from_dense(rows), boolean=True)
    graph = WeightedGraph((Group("s", 3 + size), Group("t", size + 2)), (arrow,))
    start = Partition([0] * (3 + size) + [1] * size + [2, 2])
    assert same_graph(graph, start).class_of[:4].tolist() == [0, 0, 1, 2]


@pytest.mark.parametrize("many", [1, 2, 40])
def test_names_of_actions_tell_rows_apart(many):
    """Equal rows count once, but under two names twice; with names that do not matter all three states are equal."""
    a, b = ("a", {3: 1}), ("b", {3: 1})
    mdp = lf.MDP([[a] * many, [a, b] * many, [a, *[b] * many], [a]], labels={"end": [3]})
    assert same_model(mdp, respect=("labels", "actions")).partition == Partition([0, 1, 1, 2])
    assert same_model(mdp, respect=("labels",)).partition == Partition([0, 0, 0, 1])


def test_arrows_of_truth_values_are_told_apart():
    """Three nodes with an edge to the fourth: by one arrow, by the other, by both."""
    one, other = ([[0, 0, 0, v] for v in to] for to in ([1, 0, 1, 0], [0, 1, 1, 0]))
    arrows = [
        Arrow(name, "s", "s", SparseWeights.from_dense(m), boolean=True) for name, m in (("a", one), ("b", other))
    ]
    graph = WeightedGraph((Group("s", 4),), tuple(arrows))
    assert same_graph(graph, Partition([0, 0, 0, 1])).count == 4


@pytest.mark.medium
@pytest.mark.parametrize("seed", range(3))
def test_many_threads_do_not_disturb_each_other(seed):
    """Thousands of classes met by four threads at the same time, in tables that have to grow."""
    choice = random.Random(seed)
    n, threads = 12_000, Simulator.compiled(workers=4)
    rows = [s for s in range(n) for _ in range(2)]
    targets = [(s * choice.randrange(1, 4) + d) % n for s in range(n) for d in (1, 2)]
    weights = SparseWeights.from_coo(rows, targets, [1 + (r % 7 == 0) for r in rows], (n, n))
    start = Partition([s % 5 for s in range(n)])
    same_graph(WeightedGraph.single(weights), start, ORDINARY, threads)
    mdp = lf.MDP([[("a", {(3 * s + 1) % 500: 1}), ("b", {(s + k) % 500: "1/2" for k in (1, 2)})] for s in range(500)])
    graph = mdp.weighted_graph()
    marked = Partition([int(v < 500 and v % 50 == 0) for v in range(graph.nodes)])
    same_graph(graph, graph.coarsest & marked, ORDINARY, threads)


def test_phases_are_timed():
    found = same_model(lf.MarkovChain([["1/2", "1/2"], ["1/2", "1/2"]]))
    assert {"prepare", "refine", "certify"} <= found.seconds.keys()


@pytest.mark.parametrize("kind", ["proportional", "proportional-exact-one-sided"])
def test_kinds_without_equal_sums_are_refused_by_name(kind):
    with pytest.raises(lf.OptionError, match=r"engine is 'gpu', which is for equal sums, expected .* for proportional"):
        lf.lump(lf.MarkovChain([[1]], kind="ctmc"), kind, engine="gpu")


def test_sums_without_the_own_class_are_refused_by_name():
    graph = WeightedGraph.single(SparseWeights.from_dense([[1, 0], [2, 0]]))
    with pytest.raises(lf.OptionError, match=r"expected .* for sums without the own class"):
        lf.lump(graph, view=lf.views.View(("out",), own=False), engine="gpu")


def test_networks_are_refused_by_name():
    network = lf.Network.from_layers([([[1]], None)])
    with pytest.raises(lf.OptionError, match=r"which is for equal sums, expected .* oracle for networks"):
        lf.lump(network, engine="gpu")
    with pytest.raises(lf.OptionError, match="which is for equal sums"):
        lf.reduce(network, engine="gpu")


@pytest.mark.parametrize("full", [False, True])
def test_what_does_not_fit_ends_in_one_line(full, monkeypatch):
    simulator = Simulator.compiled()

    def run(*arguments):
        raise MemoryError

    monkeypatch.setattr(simulator, *(("run", run) if full else ("free", lambda: 100)))
    monkeypatch.setattr(engine, "find_device", lambda: simulator)
    with pytest.raises(lf.ModelError, match=r"needs .* on the simulator, expected the engine of the CPU, or shards on"):
        lf.lump(lf.MarkovChain([[0, 1], [1, 0]]), engine="gpu")
