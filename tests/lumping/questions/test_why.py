"""Why two states are apart: experiments against the definition by steps, replayed, and as short as they can be."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import pytest
from format_cases import DATA, needs_data
from hypothesis import assume, given
from hypothesis import strategies as st

import lumpform as lf
from lumpform import strategies as ls
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.views import normalised
from lumpform.graph.weights import SparseWeights
from lumpform.lumping import refine
from lumpform.lumping.questions.experiment import Experiment, Together
from lumpform.lumping.questions.history import History
from lumpform.lumping.questions.one_round import split, split_by_definition
from lumpform.lumping.questions.question import Question

EQUAL = ("ORDINARY", "EXACT", "STRICT")
UNSCALED = ("ordinary", "exact", "strict")
RESPECT = st.none() | st.sets(st.sampled_from(("labels", "rewards", "initial"))).map(tuple)


def steps(graph: WeightedGraph, sides: tuple[str, ...], start: list[int]):
    """The classes after no step, one step, ...: word for word, with a matrix for each arrow and nothing else."""
    looks = [(side, a) for side in sides for a in graph.arrows]
    late = {a.source if side == "out" else a.target for side, a in looks if a.boolean}
    at = {g.name: graph.offset(g.name) for g in graph.groups}
    now = list(start)
    yield now
    while True:
        for turn in (False, True):
            keys = [(c,) for c in now]
            for side, a in looks:
                here, there = (a.source, a.target) if side == "out" else (a.target, a.source)
                if (here in late) != turn:
                    continue
                matrix = a.weights.to_fractions()
                for i in range(graph.group(here).size):
                    sums: dict[int, Fraction] = {}
                    for j in range(graph.group(there).size):
                        w = matrix[i][j] if side == "out" else matrix[j][i]
                        c = now[at[there] + j]
                        sums[c] = Fraction(bool(sums.get(c) or w)) if a.boolean else sums.get(c, Fraction(0)) + w
                    keys[at[here] + i] += (frozenset((c, w) for c, w in sums.items() if w),)
            names: dict[object, int] = {}
            now = [names.setdefault(key, len(names)) for key in keys]
        yield now


def first_step_apart(graph, sides, start, s, t, most):
    """The number of steps that tell two nodes apart, or None if no number up to `most` does."""
    for depth, classes in zip(range(most + 1), steps(graph, sides, start), strict=False):
        if classes[s] != classes[t]:
            return depth
    return None


def check_all_pairs(model, kind, **options):
    question = Question.ask(model, kind, None, options.get("semantics", "generator"), options.get("respect"))
    graph, start, view = question.graph, question.start, question.view
    coarsest = refine.coarsest(graph, start, view)[0].class_of
    nodes = list(question.own)
    for i, j in combinations(range(len(nodes)), 2):
        s, t = nodes[i], nodes[j]
        found = lf.why(model, i, j, kind, **options)
        assert bool(found) == (coarsest[s] != coarsest[t])
        if isinstance(found, Experiment):
            assert found.replay()
            assert found.depth == first_step_apart(graph, view.sides, start.class_of.tolist(), s, t, graph.nodes)
            assert len(found.classes) <= graph.nodes * (found.depth + 1)
        else:
            assert first_step_apart(graph, view.sides, start.class_of.tolist(), s, t, graph.nodes) is None


@pytest.mark.medium
@given(ls.chains(max_states=5), st.sampled_from(UNSCALED), st.sampled_from(("generator", "rates")), RESPECT)
def test_chains(chain, kind, semantics, respect):
    check_all_pairs(chain, kind, semantics=semantics, respect=respect)


@given(ls.chains(structure="ergodic", max_states=5))
def test_chains_scaled_by_their_stationary_distribution(chain):
    check_all_pairs(chain, "proportional-exact")


@given(ls.mdps(max_states=4), st.none() | st.sets(st.sampled_from(("labels", "rewards", "initial", "actions"))))
def test_decision_processes(mdp, respect):
    check_all_pairs(mdp, None, respect=respect)


@pytest.mark.medium
@given(ls.automata(), st.sampled_from(UNSCALED))
def test_automata(automaton, kind):
    check_all_pairs(automaton, kind)


@pytest.mark.medium
@pytest.mark.parametrize("name", EQUAL)
@given(data=st.data())
def test_graphs(name, data):
    graph = data.draw(ls.graphs(booleans=True))
    view = getattr(lf.views, name)
    coarsest = refine.coarsest(graph, graph.coarsest, view)[0].class_of
    for s, t in combinations(range(graph.nodes), 2):
        found = lf.why(graph, s, t, view=view)
        assert bool(found) == (coarsest[s] != coarsest[t])
        depth = first_step_apart(graph, view.sides, graph.coarsest.class_of.tolist(), s, t, graph.nodes)
        assert (found.replay(), found.depth) == (True, depth) if found else depth is None


def check_against_lump(model, nodes, most=None, **options):
    """Apart exactly if lump has them apart; replayed, in no more rounds than there are nodes, or than `most`."""
    coarsest = lf.lump(model, **options).partition.class_of
    for s, t in combinations(range(nodes), 2):
        found = lf.why(model, s, t, **options)
        assert bool(found) == (coarsest[s] != coarsest[t])
        if isinstance(found, Experiment):
            assert found.replay()
            assert found.depth <= (nodes if most is None else most)
            assert found.question.node_name(s) in str(found)


@pytest.mark.medium
@given(ls.chains(kind="ctmc", max_states=5), st.sampled_from(("proportional", "proportional-exact-one-sided")))
def test_chains_up_to_factors(chain, kind):
    try:
        check_against_lump(chain, chain.states, kind=kind)
    except lf.ModelError:  # no kind of lumping for this chain
        assume(False)


@pytest.mark.medium
@given(ls.networks(max_width=3))
def test_networks(network):
    """No look further back than there are layers."""
    check_against_lump(network, network.graph.nodes, most=len(network.graph.groups))


@pytest.mark.medium
@given(ls.recurrent_networks() | ls.lumpable_recurrent_networks().map(lambda found: found.network))
def test_recurrent_networks(network):
    check_against_lump(network, network.graph.nodes)


VIEWS = {name: getattr(lf.views, name) for name in ("PROPORTIONAL", "ONE_SIDED", "SCALED", "SIGNED", "NETWORK")}
VIEWS |= {"the own class left out": lf.views.View(("out",), own=False)}


@pytest.mark.medium
@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
@given(data=st.data())
def test_graphs_up_to_factors(view, data):
    network = view.normal == "function"
    unit = network and data.draw(st.booleans())
    graph = data.draw(ls.graphs(max_nodes=5, unit=unit, functions=network, booleans=not view.weighted))
    check_against_lump(graph, graph.nodes, view=view)


def rounds_of_images(graph, view):
    """The classes of T0 round by round for a start at the pinned nodes: W, then W with all its images, closed."""
    space = [[Fraction(v == p) for v in range(graph.nodes)] for p in pinned(graph)]
    while True:
        columns = [tuple(x[v] for x in space) for v in range(graph.nodes)]
        yield [(normalised({i: x for i, x in enumerate(c) if x}, view.normal)[0]) for c in columns]
        closed = []
        for key in set(columns_of(graph, columns, view)):
            members = [v for v, k in enumerate(columns_of(graph, columns, view)) if k == key and any(columns[v])]
            factors = {v: normalised({i: x for i, x in enumerate(columns[v]) if x}, view.normal)[1] for v in members}
            closed += [[factors.get(v, Fraction(0)) for v in range(graph.nodes)]] if members else []
        space = closed + [image(graph, a, x) for a in graph.arrows for x in closed]


def pinned(graph):
    return [graph.offset(g.name) + i for g in graph.groups if g.pinned for i in range(g.size)]


def columns_of(graph, columns, view):
    groups = [g.name for g in graph.groups for _ in range(g.size)]
    forms = [normalised({i: x for i, x in enumerate(c) if x}, view.normal)[0] for c in columns]
    alone = set(pinned(graph))
    return [(group, v if v in alone else -1, form) for v, (group, form) in enumerate(zip(groups, forms, strict=True))]


def image(graph, arrow, x):
    result = [Fraction(0)] * graph.nodes
    for u, v, w in arrow.weights.entries():
        result[graph.offset(arrow.target) + v] += w * x[graph.offset(arrow.source) + u]
    return result


@pytest.mark.medium
@pytest.mark.parametrize("view", [lf.views.SCALED, lf.views.SIGNED], ids=["SCALED", "SIGNED"])
@given(data=st.data())
def test_no_experiment_has_fewer_rounds(view, data):
    """The depth is the number of steps of T0 from below, done with vectors and nothing else."""
    graph = data.draw(ls.graphs(max_nodes=5))
    rounds = [forms for _, forms in zip(range(graph.nodes + 2), rounds_of_images(graph, view), strict=False)]
    groups = [g.name for g in graph.groups for _ in range(g.size)]
    for s, t in combinations(range(graph.nodes), 2):
        if groups[s] == groups[t] and s not in pinned(graph):
            found = lf.why(graph, s, t, view=view)
            depth = next((i for i, forms in enumerate(rounds) if forms[s] != forms[t]), None)
            assert (found.depth if found else None) == depth


def test_a_deep_network_is_looked_back_at_once():
    network = lf.Network.from_layers([([[1, 2], [3, 5]], None)] * 40)  # two classes a layer, told apart by both before
    found = lf.why(network, "x39:0", "x39:1")
    assert (len(found.steps), found.depth, found.replay()) == (79, 39, True)


@given(ls.chains(max_states=5), st.data())
def test_a_step_that_is_changed_is_found_out(chain, data):
    s, t = data.draw(st.tuples(*[st.integers(0, chain.states - 1)] * 2))
    found = lf.why(chain, s, t)
    if isinstance(found, Together):
        return
    assert not replace(found, first=replace(found.first, node_value="7/3")).replay()
    assert not replace(found, first=replace(found.first, other_value=found.first.node_value)).replay()
    assert not replace(found, first=replace(found.first, other=s)).replay()
    assert found.first.over is None or not replace(found, classes=()).replay()
    for i, c in enumerate(found.classes):
        for k, step in enumerate(c.steps):
            turned = replace(step, node_value=step.other_value, other_value=step.node_value)
            wrong = replace(c, steps=(*c.steps[:k], turned, *c.steps[k + 1 :]))
            changed = (*found.classes[:i], wrong, *found.classes[i + 1 :])
            assert not replace(found, classes=changed).replay()


@pytest.mark.medium
@given(ls.networks() | ls.recurrent_networks(), st.data())
def test_a_network_step_that_is_changed_is_found_out(network, data):
    s, t = data.draw(st.tuples(*[st.integers(0, network.graph.nodes - 1)] * 2))
    found = lf.why(network, s, t)
    if not found:
        return
    assert not replace(found, first=replace(found.first, node_value=Fraction(70_001, 3))).replay()
    for i, c in enumerate(found.classes):
        for scales in (tuple(d + 1 for d in c.scales), c.scales[1:]):
            changed = (*found.classes[:i], replace(c, scales=scales), *found.classes[i + 1 :])
            assert not replace(found, classes=changed).replay()
        for k, step in enumerate(c.steps):
            wrong = replace(step, node_value=Fraction(70_001, 3))
            changed = replace(c, steps=(*c.steps[:k], wrong, *c.steps[k + 1 :]))
            assert not replace(found, classes=(*found.classes[:i], changed, *found.classes[i + 1 :])).replay()
    known = found.question.known
    merged = Partition([0 if v in (s, t) else v + 1 for v in range(network.graph.nodes)])
    assert not replace(found, question=replace(found.question, known=known._replace(partition=merged))).replay()


@given(ls.graphs(booleans=True), st.data())
def test_one_round_is_what_the_definition_says(graph, data):
    labels = st.lists(st.integers(0, 2), min_size=graph.nodes, max_size=graph.nodes)
    partition = graph.coarsest & Partition(data.draw(labels))
    history = History(graph, lf.views.STRICT, partition)
    finer = split(history.sight.arrows, partition)
    assert finer == split_by_definition(history.sight.arrows, partition)
    assert finer <= partition


@pytest.mark.medium
@given(ls.chains(max_states=6))
def test_the_history_goes_back_and_forth(chain):
    history = History(chain.weighted_graph(), lf.views.ORDINARY, chain.respected())
    seen = [Partition(history.classes(0))]
    while not history.stable:
        history.advance()
        seen.append(Partition(history.classes(len(history.turns))))
    for turn in reversed(range(len(seen))):
        assert Partition(history.classes(turn)) == seen[turn]
    assert seen[-1] == refine.coarsest(chain.weighted_graph(), chain.respected(), lf.views.ORDINARY)[0]
    for s, t in combinations(range(chain.states), 2):
        apart = [turn for turn, p in enumerate(seen) if p.class_of[s] != p.class_of[t]]
        assert history.parted(s, t) == (apart[0] if apart else None)


@pytest.mark.parametrize("kind", UNSCALED)
@given(data=st.data())
def test_observations_say_what_the_start_says(kind, data):
    model = data.draw(st.one_of(ls.chains(), ls.automata(), ls.mdps()))
    if kind not in model.kinds:
        return
    wanted = ("initial", "final") if model.domain == "automaton" else ("labels", "rewards", "initial")
    respect = data.draw(st.none() | st.sets(st.sampled_from(wanted)))
    question = Question.ask(model, kind, None, data.draw(st.sampled_from(("generator", "rates"))), respect)
    start = question.start & question.graph.coarsest
    for s, t in combinations(range(len(start)), 2):
        assert (start.class_of[s] == start.class_of[t]) == (question.difference_at_start(s, t) is None)


WORKSHOP = lf.MarkovChain(
    [[0, "1/2", "1/2", 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, "1/2", "1/2"], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1]],
    labels={"broken": [4]},
    state_names=["new", "used", "worn", "repaired", "scrap"],
)


CTMC = lf.MarkovChain([[0, 1], [1, 0]], kind="ctmc")


def test_the_sentences_of_a_chain():
    found = lf.why(WORKSHOP, "new", 1)
    assert str(found).splitlines() == [
        "state 0 (new) and state 1 (used) part in round 2 (ordinary lumping):",
        "  state 0 (new) goes to class A with 1/2, and state 1 (used) with 0",
        "class A (after round 1) is state 2 (worn)",
        "  state 2 (worn) goes to class B with 1/2, and state 1 (used) with 0",
        "class B (from the beginning) is state 4 (scrap)",
        "  label 'broken' holds in state 4 (scrap) and not in state 3 (repaired)",
    ]
    assert repr(found) == "<Experiment that parts state 0 (new) and state 1 (used) in round 2, 3 steps>"
    assert found._repr_html_().count("<tr>") == 5
    assert [s.round for s in found.steps] == [2, 1, 0]


def test_two_states_of_one_class():
    found = lf.why(WORKSHOP, 1, 3)
    assert not found
    assert "state 1 (used) and state 3 (repaired) are in one class" in str(found)
    assert "in one class" in repr(found)
    assert "in one class" in found._repr_html_()


def test_the_sentences_of_a_decision_process():
    mdp = lf.MDP([[("a", {1: "1/2", 2: "1/2"}), ("b", {0: 1})], [("a", {2: 1})], [("a", {2: 1})]], labels={"end": [2]})
    assert str(lf.why(mdp, 0, 1)).splitlines() == [
        "state 0 and state 1 part in round 1 (ordinary lumping):",
        "  state 0 has a choice in class A, and state 1 has none",
        "class A (after round 1) is choice 0 of state 0 (a)",
        "  choice 0 of state 0 (a) goes to class B with 1/2, and choice 0 of state 1 (a) with 0",
        "class B (from the beginning) is state 1 and 1 more",
        "  label 'end' holds in state 2 and not in state 1",
    ]
    assert "the action is 'b' in choice 1 of state 0 (b) and 'a'" in str(
        lf.why(mdp, 0, 1, respect=("labels", "actions"))
    )


def test_the_sentences_of_a_network():
    layers = [([[1, 2, 0, 3], [1, 2, 1, -1]], None), ([[1, 2], [1, 2], [3, 1], [1, 1]], None), ([[1], [2]], [0])]
    network = lf.Network.from_layers(layers)
    found = lf.why(network, "x2:0", "x2:1")
    assert found.depth == 2
    assert str(found).splitlines() == [
        "neuron 0 of 'x2' and neuron 1 of 'x2' part in round 2 (proportional-exact lumping):",
        "  over class A and class B, neuron 0 of 'x2' has the weighted sums 3 and 3, and neuron 1 of 'x2' has 6 and 1",
        "class A (after round 1) is neuron 0 of 'x1', neuron 1 of 'x1' (times 2)",
        "  over input 0 of 'x0', neuron 0 of 'x1' has the weighted sum 1, and neuron 2 of 'x1' has 0",
        "  over input 0 of 'x0' and input 1 of 'x0', neuron 0 of 'x1' has the weighted sums 1 and 1, and neuron 3 of "
        "'x1' has 3 and -1",
        "class B (after round 1) is neuron 2 of 'x1'",
        "  over input 0 of 'x0', neuron 2 of 'x1' has the weighted sum 0, and neuron 0 of 'x1' has 1",
        "  over input 1 of 'x0', neuron 2 of 'x1' has the weighted sum 1, and each member as many times that as it "
        "counts",
    ]
    assert repr(found).startswith("<Experiment that parts neuron 0 of 'x2'")


def test_the_sentences_of_a_constant():
    network = lf.Network.from_layers([([[0, 1], [0, 1]], [2, 0]), ([[1], [1]], [0])])
    found = lf.why(network, "x1:0", "x1:1")
    assert found.replay()
    assert str(found).splitlines()[1] == "  one constant value holds in neuron 0 of 'x1' and not in neuron 1 of 'x1'"
    told = replace(found.first, node=found.first.other, other=found.first.node, node_value=False, other_value=True)
    assert replace(found, first=told).replay()
    assert not replace(found, first=replace(found.first, other=0)).replay()


@pytest.mark.parametrize(
    ("model", "arguments", "options", "message"),
    [
        (WORKSHOP, (0, 5), {}, "there is no state or node '5', expected a number from 0 to 4 or the name of a state"),
        (WORKSHOP, (0, "-1"), {}, "no state or node '-1'"),
        (WORKSHOP, (0, "brandnew"), {}, "no state or node 'brandnew'"),
        (WORKSHOP, (0, 1), {"kind": "x"}, "kind is 'x', expected one of ordinary"),
        (WORKSHOP, (0, 1), {"semantics": "x"}, "semantics is 'x'"),
        (WORKSHOP, (0, 1), {"respect": "x"}, "cannot respect 'x'"),
        (WORKSHOP, (0, 1), {"view": lf.views.ORDINARY}, "a view is for a WeightedGraph"),
        ([[1]], (0, 1), {}, r"found a list, expected a model: lf.why\(lf.MarkovChain\(matrix\), s, t\)"),
    ],
)
def test_what_is_refused(model, arguments, options, message):
    with pytest.raises(lf.OptionError, match=message):
        lf.why(model, *arguments, **options)


def test_two_states_of_one_name():
    twins = lf.MarkovChain([[1, 0], [0, 1]], state_names=["a", "a"])
    with pytest.raises(lf.OptionError, match="2 states are called 'a', expected a number"):
        lf.why(twins, "a", 1)


@pytest.mark.medium
def test_a_long_experiment_is_cut_when_it_is_shown_and_can_be_pickled():
    n = 3000
    weights = SparseWeights.from_coo(range(n), [min(i + 1, n - 1) for i in range(n)], [1] * n, (n, n))
    path = lf.MarkovChain(weights, labels={"end": [n - 1]})
    found = lf.why(path, 0, 1)
    assert found.depth == n - 2
    assert "more lines" in str(found)
    assert len(str(found).splitlines()) == 41
    again = pickle.loads(pickle.dumps(found))
    assert again.replay()
    assert copy.copy(again).steps == found.steps


@needs_data
@pytest.mark.medium
@pytest.mark.parametrize("name", ["brp_N64_MAX5", "herman_11"])
def test_real_chains(name):
    chain = lf.read(DATA / "chains" / f"{name}.npz")
    partition = lf.lump(chain).partition
    for s, t in [(0, 1), (1, 2), (3, chain.states - 1), (chain.states // 2, chain.states // 3)]:
        found = lf.why(chain, s, t)
        assert bool(found) == (partition.class_of[s] != partition.class_of[t])
        assert not found or found.replay()


PRIME = (1 << 61) - 1


def test_weights_that_look_alike_modulo_the_prime_are_told_apart():
    """Whoever knows the field of the fingerprints can choose weights that collide there; then exact sums decide."""
    rows = [[0, 0, 1], [0, 0, 1 + PRIME], [0, 0, 0]]
    chain = lf.MarkovChain(rows, kind="ctmc", labels={"end": [2]})
    history = History(chain.weighted_graph(), lf.views.ORDINARY, chain.respected())
    assert split(history.sight.arrows, chain.respected()) == Partition([0, 1, 2])
    found = lf.why(chain, 0, 1)
    assert (found.depth, found.replay()) == (1, True)
    assert {found.first.node_value, found.first.other_value} == {1, 1 + PRIME}


P, Q = lf.parameters("p", "q")


def test_sums_with_parameters():
    chain = lf.MarkovChain([[0, P, 1 - P, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, P, 0, 1 - P]], labels={"a": [1, 2]})
    found = lf.why(chain, 0, 3)
    assert found.replay()
    assert "1 - p" in str(found) or "p" in str(found)
    layers = [([[1, 2 * P, P], [1, P, Q]], None), ([[1], [1], [1]], [0])]
    network = lf.Network.from_layers(layers)
    for other in ("x1:1", "x1:2"):
        found = lf.why(network, "x1:0", other)
        assert found.replay()
    assert lf.is_lumping(network, lf.lump(network).partition)
