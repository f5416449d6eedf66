"""Is this partition a lumping: against the definition on all partitions of small models, and its words."""

from __future__ import annotations

import time
from fractions import Fraction

import numpy as np
import pytest
from format_cases import DATA, needs_data
from hypothesis import assume, given
from hypothesis import strategies as st

import lumpform as lf
from lumpform import strategies as ls
from lumpform.graph.partition import Partition
from lumpform.graph.views import EXACT
from lumpform.lumping import oracle
from lumpform.lumping.definition import lumpable
from lumpform.lumping.difference import Difference
from lumpform.lumping.questions.forced import forced_scales
from lumpform.lumping.questions.question import Question

UNSCALED = ("ordinary", "exact", "strict")


def refutes(found: Difference, partition: Partition) -> None:
    """The two are in one class, the values differ, and the text says so in one line."""
    assert not found
    assert partition.class_of[found.node] == partition.class_of[found.other]
    assert found.sentence
    assert "\n" not in str(found)
    assert found.class_index < partition.count


def check_equal_sums(model, kind, **options):
    """All partitions of the states against the definition; the states are all nodes, or all but the pinned one."""
    question = Question.ask(model, kind, None, options.get("semantics", "generator"), options.get("respect"))
    for partition in oracle.partitions(len(question.own)):
        nodes = question.nodes_of(partition)
        wanted = nodes.refines(question.start) and bool(lumpable(question.graph, nodes, question.view))
        found = lf.is_lumping(model, partition, kind, **options)
        assert bool(found) == wanted
        if isinstance(found, Difference):
            refutes(found, partition)
            assert found.node_sum != found.other_sum
        else:
            assert found.partition == partition
            assert found.certified
            assert found.quotient.states == partition.count


@given(ls.chains(max_states=4), st.sampled_from(UNSCALED), st.sampled_from(("generator", "rates")), st.data())
def test_chains(chain, kind, semantics, data):
    respect = data.draw(st.none() | st.sets(st.sampled_from(("labels", "rewards", "initial"))).map(tuple))
    check_equal_sums(chain, kind, semantics=semantics, respect=respect)


@given(ls.chains(structure="ergodic", max_states=4))
def test_chains_scaled_by_their_stationary_distribution(chain):
    check_equal_sums(chain, "proportional-exact")
    gauge = chain.equilibrium
    for partition in oracle.partitions(chain.states):
        found = lf.is_lumping(chain, partition, "proportional-exact", respect=())
        assert bool(found) == bool(lumpable(chain.weighted_graph(), partition, lf.views.SCALED, gauge))
        if found:
            assert lumpable(chain.weighted_graph(), partition, lf.views.SCALED, found.scales)


@given(ls.chains(kind="ctmc", max_states=4), st.sampled_from(("proportional", "proportional-exact-one-sided")))
def test_proportional_kinds_of_chains(chain, kind):
    question = Question.ask(chain, kind, None, "generator", None)
    graph, view = question.graph, question.view
    try:
        start = question.start
    except lf.ModelError:
        assume(False)
    for partition in oracle.partitions(chain.states):
        wanted = partition.refines(start) and bool(lumpable(graph, partition, view))
        found = lf.is_lumping(chain, partition, kind)
        assert bool(found) == wanted
        if isinstance(found, Difference):
            refutes(found, partition)
    best = lf.lump(chain, kind)
    assert lf.is_lumping(chain, best.partition, kind).scales == best.scales


@given(ls.automata(max_states=4), st.sampled_from(UNSCALED))
def test_automata(automaton, kind):
    check_equal_sums(automaton, kind)


def sets_are_equal(mdp, partition, respect):
    """Word for word: states of a class have the same set of pairs (what is seen of a choice, its sums over classes)."""
    start = mdp.start("ordinary", "generator", respect).class_of.tolist()
    seen: dict[int, object] = {}
    for s in range(mdp.states):
        can = set()
        for c in mdp.choices_of(s):
            sums = [Fraction(0)] * partition.count
            for t, w in mdp.transitions.row(c):
                sums[partition.class_at(t)] += w
            can.add((start[mdp.states + c], tuple(sums)))
        if seen.setdefault(partition.class_at(s), (start[s], can)) != (start[s], can):
            return False
    return True


@given(ls.mdps(max_states=4), st.sets(st.sampled_from(("labels", "rewards", "initial", "actions"))).map(tuple))
def test_decision_processes(mdp, respect):
    for partition in oracle.partitions(mdp.states):
        found = lf.is_lumping(mdp, partition, respect=respect)
        assert bool(found) == sets_are_equal(mdp, partition, respect)
        if isinstance(found, Difference):
            refutes(found, partition)
        else:
            assert found.partition == partition
            assert found.quotient.states == partition.count
            assert lumpable(mdp.weighted_graph(), found.nodes, lf.views.ORDINARY)


UNWEIGHTED = {name: getattr(lf.views, name) for name in ("ORDINARY", "EXACT", "STRICT", "PROPORTIONAL", "ONE_SIDED")}
UNWEIGHTED |= {"the own class left out": lf.views.View(("out",), own=False)}


@pytest.mark.parametrize("view", UNWEIGHTED.values(), ids=UNWEIGHTED)
@given(data=st.data())
def test_graphs_without_weights(view, data):
    graph = data.draw(ls.graphs(max_nodes=5, booleans=True))
    for partition in oracle.partitions(graph.nodes):
        wanted = partition.refines(graph.coarsest) and bool(lumpable(graph, partition, view))
        found = lf.is_lumping(graph, partition, view=view)
        assert bool(found) == wanted
        if isinstance(found, Difference):
            refutes(found, partition)
        else:
            assert found.quotient.nodes == partition.count


@pytest.mark.parametrize("name", ["SCALED", "SIGNED", "NETWORK"])
@given(data=st.data())
def test_graphs_with_weights(name, data):
    """What the oracle finds is accepted; what is accepted is a lumping by the definition; the rest has no scales."""
    view = getattr(lf.views, name)
    network = name == "NETWORK"
    graph = data.draw(ls.graphs(max_nodes=4, unit=network and data.draw(st.booleans()), functions=network))
    good = {partition: d for partition, d in oracle.lumpings(graph, graph.coarsest, view)}
    for partition in good:
        assert lf.is_lumping(graph, partition, view=view)
    for partition in oracle.partitions(graph.nodes):
        found = lf.is_lumping(graph, partition, view=view)
        if isinstance(found, Difference):
            refutes(found, partition)
            assert partition not in good
        else:
            assert lumpable(graph, partition, view, found.scales)
            assert forced_scales(graph, partition, view) == list(found.scales)


@given(ls.networks() | ls.recurrent_networks())
def test_the_coarsest_lumping_of_a_network_is_one_with_its_scales(network):
    lumping = lf.lump(network)
    found = lf.is_lumping(network, lumping.partition)
    assert (found.partition, found.scales) == (lumping.partition, lumping.scales)
    assert found.quotient.graph.nodes == lumping.quotient.graph.nodes
    assert lf.is_lumping(network, Partition.discrete(network.graph.nodes))


@given(ls.networks() | ls.recurrent_networks(), st.data())
def test_merging_two_classes_of_the_coarsest_lumping_of_a_network_is_refuted(network, data):
    coarsest = lf.lump(network).partition
    if coarsest.count < 2:
        return
    a, b = data.draw(st.lists(st.integers(0, coarsest.count - 1), min_size=2, max_size=2, unique=True))
    merged = Partition([a if c == b else c for c in coarsest.class_of.tolist()])
    found = lf.is_lumping(network, merged)
    assert isinstance(found, Difference)
    refutes(found, merged)


@given(ls.lumpable_chains())
def test_what_is_planted_is_a_lumping(case):
    for kind in case.chain.kinds[:3]:
        if lf.is_lumping(case.chain, case.partition, kind, respect=()):
            return
    found = [k for k in ("proportional", "proportional-exact") if planted(case, k)]
    assert found


def planted(case, kind):
    try:
        return lf.is_lumping(case.chain, case.partition, kind, respect=())
    except lf.ModelError:
        return False


MODEL = lf.MarkovChain(
    [[0, "1/2", "1/2", 0], [0, 0, 0, 1], [0, 0, "1/2", "1/2"], [0, 0, 0, 1]],
    labels={"end": [3]},
    rewards={"cost": [1, 2, 2, 0]},
    initial=0,
)
CTMC = lf.MarkovChain([[0, 1, 2], [2, 0, 2], [5, 3, 0]], kind="ctmc")
PROCESS = lf.MDP([[("a", {1: "1/2", 2: "1/2"}), ("b", {0: 1})], [("a", {2: 1})], [("a", {2: 1})]], labels={"end": [2]})
LAYERS = [([[1, 2, 0], [1, 2, 1]], None), ([[1], [2], [1]], [0])]


@pytest.mark.parametrize(
    ("model", "partition", "options", "words"),
    [
        (
            MODEL,
            [0, 1, 1, 2],
            {},
            "state 2 and state 1 are in class 1, but state 2 goes to class 2 with 1/2, and state 1 with 1",
        ),
        (
            MODEL,
            [0, 1, 2, 2],
            {},
            "state 3 and state 2 are in class 2, but label 'end' holds in state 3 and not in state 2",
        ),
        (
            MODEL,
            [0, 0, 1, 2],
            {"respect": "rewards"},
            "state 1 and state 0 are in class 0, but reward 'cost' is 2 in state 1 and 1 in state 0",
        ),
        (
            MODEL,
            [0, 0, 1, 2],
            {"kind": "exact"},
            "state 1 and state 0 are in class 0, but the initial probability is 0 in state 1 and 1 in state 0",
        ),
        (
            CTMC,
            [0, 0, 1],
            {"kind": "exact"},
            "state 1 and state 0 are in class 0, but class 0 goes to state 1 with -3, and to state 0 with -1",
        ),
        (
            CTMC,
            [0, 1, 1],
            {"kind": "proportional-exact-one-sided"},
            "state 2 and state 1 are in class 1, but over class 0 and class 1, state 2 has the sums 2 and -6, and "
            "state 1 has 1 and -1",
        ),
        (
            PROCESS,
            [0, 0, 1],
            {},
            "state 1 and state 0 are in class 0, but choice 0 of state 0 (a) goes to class 0 with 1/2, class 1 with "
            "1/2, and of state 1 no choice does that",
        ),
        (
            lf.Network.from_layers(LAYERS),
            [0, 1, 2, 3, 3, 3, 4],
            {},
            "neuron 2 of 'x1' and neuron 0 of 'x1' are in class 3, but over class 1, neuron 2 of 'x1' has the weighted "
            "sum 0, and neuron 0 of 'x1' has 1",
        ),
        (
            lf.Network.from_layers(LAYERS),
            [0, 1, 1, 2, 3, 4, 5],
            {},
            "input 1 of 'x0' and input 0 of 'x0' are in class 1, but the place is 'x0 1' in input 1 of 'x0' and 'x0 0' "
            "in input 0 of 'x0'",
        ),
        (
            lf.Network.from_layers(LAYERS),
            [0, 1, 2, 0, 3, 4, 5],
            {},
            "neuron 0 of 'x1' is in class 0, where all nodes have one value, but it is no constant that is known",
        ),
        (
            lf.WeightedAutomaton.from_matrices([1, 0], {"a": [[0, 1], [0, 0]]}, [0, 0]),
            [0, 0],
            {},
            "state 1 and state 0 are in class 0, but state 1 goes to class 0 by letter a with 0, and state 0 with 1",
        ),
    ],
)
def test_the_words_of_a_difference(model, partition, options, words):
    assert str(lf.is_lumping(model, partition, **options)) == words


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((MODEL, [0, 1]), {}, "the partition has 2 members, the model has 4 states"),
        ((MODEL.weighted_graph(), [0, 1]), {}, "the partition has 2 members, the model has 4 nodes"),
        ((MODEL, ["a", "b", "c", "d"]), {}, "found no partition, expected one whole number for each state"),
        ((MODEL, [0.5, 1, 2, 3]), {}, "found no partition"),
        ((MODEL, [[0], [1]]), {}, "found no partition"),
        ((MODEL, [0, 1, 2, 3]), {"kind": "linear"}, "kind is 'linear', expected one of ordinary"),
        ((MODEL.weighted_graph(), [0, 1, 2, 3]), {"kind": "exact", "view": EXACT}, "a kind and a view"),
        ((MODEL.weighted_graph(), [0, 1, 2, 3]), {"respect": "labels"}, "a graph has nothing to respect"),
    ],
)
def test_what_is_refused(arguments, options, message):
    with pytest.raises(lf.OptionError, match=message):
        lf.is_lumping(*arguments, **options)


def test_a_chain_without_a_stationary_distribution_has_no_scales():
    with pytest.raises(lf.ModelError, match="irreducible"):
        lf.is_lumping(MODEL, [0, 1, 2, 3], "proportional-exact")


@needs_data
@pytest.mark.medium
def test_half_a_million_transitions_in_a_second():
    chain = lf.read(DATA / "chains" / "brp_N2048_MAX20.npz")
    partition = lf.lump(chain).partition
    began = time.perf_counter()
    assert lf.is_lumping(chain, partition)
    assert time.perf_counter() - began < 5  # about 0.1 s, kernels compiled
    labels = np.array(partition.class_of)
    labels[np.flatnonzero(labels == labels[-1])[-1]] = labels[0]
    assert not lf.is_lumping(chain, labels)


@needs_data
@pytest.mark.medium
def test_a_real_decision_process():
    mdp = lf.read(DATA / "mdp" / "csma2_2.drn.gz")
    lumping = lf.lump(mdp)
    found = lf.is_lumping(mdp, lumping.partition)
    assert (found.partition, found.choices) == (lumping.partition, lumping.choices)
