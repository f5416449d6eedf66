"""`equivalent` on networks: every answer right, every difference replayed, stages alone and together."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import count

import numpy as np
import pytest
from equivalence_cases import check as check_all
from equivalence_cases import hidden_surplus
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sizes import examples

import lumpform as lf
from lumpform import strategies as ls
from lumpform.equivalence import Question, budget, largest_difference
from lumpform.equivalence.falsify import candidates
from lumpform.equivalence.forms import Atoms, forms_of, plus, times
from lumpform.equivalence.goals import goals
from lumpform.equivalence.pipeline import STAGES, equivalent
from lumpform.equivalence.probe import Probe
from lumpform.graph.graph import IDENTITY, Arrow, Group, WeightedGraph
from lumpform.graph.weights import DenseWeights
from lumpform.networks.functions import GELU, RELU, SIGMOID, SOFTMAX, TANH, leaky_relu
from lumpform.networks.network import ONE, Network, Port
from lumpform.numbers.make import from_fractions

FUNCTIONS = st.sampled_from([RELU, RELU, IDENTITY, leaky_relu(Fraction(1, 4))])


def nudged(network, amount, place=0):
    """The network with one weight of its last matrix, or of another arrow, changed."""
    arrows = list(network.graph.arrows)
    a = arrows[place % len(arrows)]
    rows, columns = a.weights.shape
    flat = [Fraction(0)] * (rows * columns)
    for u in range(rows):
        for v, w in a.weights.row(u):
            flat[u * columns + v] = w
    if not flat:
        return network
    flat[0] += amount
    arrows[place % len(arrows)] = replace(a, weights=DenseWeights((rows, columns), from_fractions(flat)))
    return network.with_graph(replace(network.graph, arrows=tuple(arrows)))


def outputs(network, x):
    return network.forward([x], exact=True)[0].tolist()


def check(verdict, first, second, box=None):
    """A witness is replayed here once more; equal outputs are spot-checked."""
    if verdict.answer == "DIFFERENT":
        x = list(verdict.witness.inputs)
        assert outputs(first, x) == list(verdict.witness.first)
        assert outputs(second, x) == list(verdict.witness.second)
        assert outputs(first, x) != outputs(second, x)
        if box is not None:
            assert all(box[0] <= v <= box[1] for v in x)
    if verdict.answer == "EQUIVALENT":
        size = first.graph.groups[1].size
        rng = np.random.default_rng(0)
        for _ in range(5):
            x = [Fraction(int(rng.integers(-8, 9)), 8) for _ in range(size)]
            if box is None or all(box[0] <= v <= box[1] for v in x):
                assert outputs(first, x) == outputs(second, x)


@pytest.mark.parametrize("structure", ["dense", "residual"])
@given(data=st.data())
def test_networks_and_what_they_were_made_from_are_equivalent(structure, data):
    found = data.draw(ls.lumpable_networks(structure=structure))
    for stages in (("joint",), ("forms",), STAGES):
        verdict = equivalent(found.network, found.quotient, stages=stages)
        assert verdict.answer == "EQUIVALENT", verdict.reason


@pytest.mark.medium
@settings(max_examples=examples(60))
@given(data=st.data())
def test_soundness_on_pairs_that_may_differ_by_little(data):
    """Whatever is forced: no wrong verdict, every difference replayed."""
    network = data.draw(ls.networks(structure="dense", functions=FUNCTIONS, max_layers=2, max_width=2))
    amount = Fraction(1, 2 ** data.draw(st.integers(0, 40)))
    other = nudged(network, amount, data.draw(st.integers(0, 5)))
    box = data.draw(st.sampled_from([None, (Fraction(-1), Fraction(1))]))
    stages = data.draw(st.sampled_from([STAGES, *((s,) for s in STAGES), ("forms", "z3"), ("forms", "bounds", "z3")]))
    verdict = equivalent(network, other, box=box, stages=stages, timeout=10)
    check(verdict, network, other, box)
    if set(stages) >= {"forms", "z3"}:
        assert verdict.answer != "UNKNOWN"


@settings(max_examples=examples(40))
@given(data=st.data())
def test_bounds_are_sound(data):
    """No point of the box has a larger difference than the bound."""
    first, second = (data.draw(ls.networks(structure="dense", functions=FUNCTIONS, max_width=3)) for _ in range(2))
    sizes = [(n.graph.groups[1].size, n.graph.groups[-1].size) for n in (first, second)]
    if sizes[0] != sizes[1]:
        return
    box = tuple((Fraction(-1), Fraction(1)) for _ in range(sizes[0][0]))
    atoms = Atoms.start(sizes[0][0], box)
    forms = forms_of(first, atoms), forms_of(second, atoms)
    bounds = [atoms.bounds(plus(a, times(b, Fraction(-1)))) for a, b in zip(*forms, strict=True)]
    rng = np.random.default_rng(1)
    for _ in range(10):
        x = [Fraction(int(rng.integers(-8, 9)), 8) for _ in range(sizes[0][0])]
        for (low, high), a, b in zip(bounds, outputs(first, x), outputs(second, x), strict=True):
            assert low <= a - b <= high


@pytest.mark.medium
@settings(max_examples=examples(40))
@given(data=st.data())
def test_the_largest_difference_lies_between_what_is_found_and_the_bound(data):
    """No sample is above the bound, small networks are exact, and questions on either side of it have the answer."""
    first, second = (data.draw(ls.networks(structure="dense", functions=FUNCTIONS, max_width=3)) for _ in range(2))
    sizes = [(n.graph.groups[1].size, n.graph.groups[-1].size) for n in (first, second)]
    if sizes[0] != sizes[1]:
        return
    box = (Fraction(-1), Fraction(1))
    found = largest_difference(first, second, box, ratio=1.0, timeout=10)
    assert found.found <= found.bound
    assert found.ratio < 1.001
    rng = np.random.default_rng(2)
    for _ in range(10):
        x = [Fraction(int(rng.integers(-8, 9)), 8) for _ in range(sizes[0][0])]
        assert all(abs(a - b) <= found.bound for a, b in zip(outputs(first, x), outputs(second, x), strict=True))
    for stages in (("forms", "branch"), ("forms", "z3"), STAGES):
        above = equivalent(first, second, box=box, epsilon=found.bound + Fraction(1, 100), stages=stages)
        assert above.answer == "EQUIVALENT", above.reason
        if found.found > Fraction(1, 100):
            below = equivalent(first, second, box=box, epsilon=found.found - Fraction(1, 100), stages=stages)
            assert below.answer == "DIFFERENT", below.reason
            assert below.witness.difference > found.found - Fraction(1, 100)


@pytest.mark.medium
@pytest.mark.parametrize("seed", range(3))
def test_branch_and_bound_looks_at_both_halves(seed):
    """Networks that need many splits: no sample is above the bound, and both ends meet."""
    rng = np.random.default_rng(seed)
    first, second = (
        lf.Network.from_layers(
            [
                (rng.integers(-4, 5, (2, 8)).tolist(), rng.integers(-2, 3, 8).tolist()),
                (rng.integers(-4, 5, (8, 1)).tolist(), None),
            ]
        )
        for _ in range(2)
    )
    found = largest_difference(first, second, (-1, 1), ratio=1.0, timeout=60)
    assert found.splits > 4
    x = rng.uniform(-1, 1, (20_000, 2))
    seen = float(np.abs(first.forward(x) - second.forward(x)).max())
    assert seen <= float(found.bound) * (1 + 1e-12)
    assert found.ratio < 1.0001
    epsilon = Fraction(seen) * Fraction(999, 1000)
    assert equivalent(first, second, box=(-1, 1), epsilon=epsilon, stages=("forms", "branch")).answer == "DIFFERENT"
    assert equivalent(first, second, box=(-1, 1), epsilon=found.bound, stages=("forms", "branch")).answer != "DIFFERENT"


OUTPUTS = st.integers(1, 4).flatmap(lambda n: st.tuples(*[st.lists(st.integers(-2, 2), min_size=n, max_size=n)] * 2))


@settings(max_examples=examples(200))
@given(pair=OUTPUTS, margin=st.sampled_from([Fraction(0), Fraction(1)]), epsilon=st.integers(0, 2))
@example(pair=([0, 2], [1, 0]), margin=Fraction(1), epsilon=0)
@example(pair=([2, 0], [0, 1]), margin=Fraction(1), epsilon=0)
@example(pair=([1, 0], [0, 2]), margin=Fraction(1), epsilon=0)
def test_goals_are_the_ways_to_answer_with_no(pair, margin, epsilon):
    """For constant outputs: some goal is reached exactly where the definition says that the question is violated."""
    a, b = pair
    forms = [[{0: Fraction(v)} if v else {} for v in values] for values in (a, b)]

    def value(form):
        return form.get(0, Fraction(0))

    each = tuple(Fraction(epsilon + k % 2) for k in range(len(a)))
    for question in (Question(argmax=True, margin=margin), Question(epsilon=Fraction(epsilon)), Question(epsilon=each)):
        reached = any(
            value(g.form) > g.above and all(value(c) > 0 for c in g.conditions) for g in goals(question, *forms)
        )
        assert reached is question.violated(a, b)


@pytest.mark.medium
@settings(max_examples=examples(30))
@given(data=st.data())
def test_stages_agree_about_the_largest_output(data):
    """Branch and bound and Z3 never contradict each other, with and without a margin."""
    first = data.draw(ls.networks(structure="dense", functions=FUNCTIONS, max_layers=2, max_width=3))
    second = nudged(first, data.draw(st.sampled_from([Fraction(1, 4), Fraction(-2)])), data.draw(st.integers(0, 5)))
    margin = data.draw(st.sampled_from([Fraction(0), Fraction(1, 2)]))
    box = (Fraction(-1), Fraction(1))
    answers = set()
    for stages in (("forms", "branch"), ("forms", "z3"), STAGES):
        verdict = equivalent(first, second, box=box, argmax=True, margin=margin, stages=stages)
        if verdict.answer == "DIFFERENT":
            check(verdict, first, second, box)
        answers.add(verdict.answer)
    assert len(answers - {"UNKNOWN"}) == 1


def test_opposite_pairs_split_layers_and_two_ways_to_a_maximum():
    relu = [([[1, -2], [3, -6]], None), ([[1], [1]], None)]
    folded = lf.reduce(lf.Network.from_layers(relu), opposite=True).model
    assert equivalent(lf.Network.from_layers(relu), folded).answer == "EQUIVALENT"
    whole = lf.Network.from_layers([([[2, 4]], [1, 0]), ([[1], [1]], None)])
    split = lf.Network.from_layers([([[2]], [0], IDENTITY), ([[1, 2]], [1, 0]), ([[1], [1]], None)])
    assert equivalent(whole, split, stages=("forms",)).answer == "EQUIVALENT"
    left = lf.Network.from_layers([([[1, 0, 0], [-1, 1, -1]], None), ([[1], [1], [-1]], None)])  # y + relu(x - y)
    right = lf.Network.from_layers([([[-1, 1, -1], [1, 0, 0]], None), ([[1], [1], [-1]], None)])  # x + relu(y - x)
    assert equivalent(left, right, stages=("forms",)).answer == "EQUIVALENT"


def maximum_of_three(order):
    """relu(max(a, b) - c) + c with max(a, b) = relu(a - b) + b, for the inputs in some order."""
    a, b, c = order
    first = [[0] * 5 for _ in range(3)]
    first[a][0], first[b][0] = 1, -1  # relu(a - b), relu(b), relu(-b), relu(c), relu(-c)
    first[b][1], first[b][2] = 1, -1
    first[c][3], first[c][4] = 1, -1
    middle = [[1, 0, 0], [1, 0, 0], [-1, 0, 0], [-1, 1, 0], [1, 0, 1]]
    return lf.Network.from_layers([(first, None), (middle, None), ([[1], [1], [-1]], None)])


def test_what_only_the_solver_can_prove():
    one, two = maximum_of_three((0, 1, 2)), maximum_of_three((2, 0, 1))
    assert outputs(one, [3, 1, 2]) == outputs(two, [3, 1, 2]) == [3]
    assert equivalent(one, two, stages=("falsify", "joint", "forms")).answer == "UNKNOWN"
    verdict = equivalent(one, two)
    assert verdict.answer == "EQUIVALENT"
    assert verdict.stages[-1].name == "z3"


def test_stable_neurons_removed_on_a_box():
    network = lf.Network.from_layers([([[1, 1, -1], [1, -1, -1]], [10, 0, -10]), ([[1], [1], [1]], [0])])
    small = lf.reduce(network, stable=True, box=(-1, 1)).model
    assert equivalent(network, small, box=(-1, 1), stages=("forms",)).answer == "EQUIVALENT"
    verdict = equivalent(network, small)
    assert verdict.answer == "DIFFERENT"
    check(verdict, network, small)


def test_epsilon_and_argmax():
    network = lf.Network.from_layers([([[1, -1], [2, 1]], [0, 1]), ([[1, 0], [1, 1]], [0, 0])])
    other = nudged(network, Fraction(1, 1000))
    assert equivalent(network, other, box=(0, 1), epsilon="0.01").answer == "EQUIVALENT"
    verdict = equivalent(network, other, box=(0, 1), epsilon="0.0001")
    assert verdict.answer == "DIFFERENT"
    assert verdict.witness.difference > Fraction(1, 10000)
    ahead = lf.Network.from_layers([([[1]], [0]), ([[1, 1]], [5, 0])])
    nearly = lf.Network.from_layers([([[1]], [0]), ([[1, 1]], [4, 0])])
    behind = lf.Network.from_layers([([[1]], [0]), ([[1, 1]], [0, 5])])
    assert equivalent(ahead, nearly, argmax=True).answer == "EQUIVALENT"
    assert equivalent(ahead, behind, argmax=True).answer == "DIFFERENT"
    by_bounds = equivalent(ahead, nearly, box=(0, 3), argmax=True, stages=("forms", "bounds"))
    assert by_bounds.answer == "EQUIVALENT"
    assert "output 0 is the largest in both" in by_bounds.reason
    assert equivalent(ahead, behind, box=(0, 3), argmax=True, stages=("forms", "bounds")).answer == "UNKNOWN"


def test_convolutions_and_functions_without_exact_values():
    data = [([[1, 2], [0, 1]], [0, 0], SIGMOID), ([[1], [1]], [0])]
    network, other = lf.Network.from_layers(data), nudged(lf.Network.from_layers(data), 1)
    assert equivalent(network, network).answer == "EQUIVALENT"
    for box in (None, (-1, 1)):
        verdict = equivalent(network, other, box=box)
        assert verdict.answer == "DIFFERENT"
        assert "replayed in proved enclosures" in verdict.reason
        assert not verdict.witness.exact


C2 = [(SIGMOID, 9), (SIGMOID, "1.001"), (TANH, 2), (GELU, "1.0000001"), (GELU, -1)]


@pytest.mark.parametrize(("function", "factor"), C2)
def test_one_function_of_multiples(function, factor):
    """f(x) and f(9 x) on a box: no forms, no exact values, and yet a proof."""
    first, second = (lf.Network.from_layers([([[w]], None, function)]) for w in (1, factor))
    verdict = equivalent(first, second, box=(-1, 1))
    assert verdict.answer == "DIFFERENT"
    assert "box [-1, 1], replayed in proved enclosures" in verdict.reason
    assert verdict.box == ((-1, 1),)
    check_all(verdict, first, second, [], (-1, 1))
    assert equivalent(first, first, box=(-1, 1)).answer == "EQUIVALENT"
    if function is not GELU:  # on an interval that is a point, or where both are as good as constant
        assert equivalent(first, second, box=(0, 0)).answer in ("EQUIVALENT", "UNKNOWN")
        wide = equivalent(first, second, box=(100, 101), epsilon="1e-9")
        assert wide.answer == "EQUIVALENT"
        assert "bounds of the outputs differ by at most" in wide.reason


def test_every_output_has_its_own_epsilon_without_forms():
    def network(shift):
        return lf.Network.from_layers([([[1, 1]], shift)], output=SIGMOID)

    first, second = network([0, 0]), network([0, "0.01"])
    for epsilon, answer in (("1", "EQUIVALENT"), ("0.001", "DIFFERENT"), ("0.1", "UNKNOWN")):
        verdict = equivalent(first, second, box=(-5, 5), epsilon=["1", epsilon])
        assert verdict.answer == answer, verdict.reason


@pytest.mark.medium
@pytest.mark.parametrize("seed", range(2))
def test_bounds_hold_wherever_the_search_is_stopped(seed, monkeypatch):
    """After any number of looks at the clock what is open still counts."""
    rng = np.random.default_rng(seed)
    first, second = (
        lf.Network.from_layers(
            [(rng.integers(-3, 4, (2, 5)).tolist(), [0] * 5), (rng.integers(-3, 4, (5, 1)).tolist(), None)]
        )
        for _ in range(2)
    )
    true = largest_difference(first, second, (-1, 1), ratio=1.0).found
    assert true > 0
    for looks in [*range(0, 60, 3), *range(60, 1500, 97)]:
        counter = count()

        def check(self, counter=counter, looks=looks):
            if next(counter) >= looks:
                raise budget.OutOfBudget("stopped by the test")

        with monkeypatch.context() as patch:
            patch.setattr(budget.Budget, "check", check)
            patch.setattr("lumpform.equivalence.deviation._Best.replay", lambda *_: None)  # nothing but the bound
            assert largest_difference(first, second, (-1, 1), ratio=1.0).bound >= true


def test_softmax_at_the_end():
    layers = [([[1, 2], [3, -1]], [0, 1]), ([[1, 0], [2, 1]], None)]
    first = lf.Network.from_layers(layers, output=SOFTMAX)
    copy = lf.Network.from_layers([([[2, 4], [-1, 3]][::1], [1, 0]), ([[2, 1], [1, 0]], None)], output=SOFTMAX)
    scaled = lf.Network.from_layers([([[2, 2], [-1, 6]], [1, 0]), ([[2, 1], ["1/2", 0]], None)], output=SOFTMAX)
    assert equivalent(first, scaled).answer == "EQUIVALENT"
    verdict = equivalent(first, copy)
    assert verdict.answer == "DIFFERENT"
    check_all(verdict, first, copy, [])
    shifted = lf.Network.from_layers([layers[0], ([[1, 0], [2, 1]], [1, 1])], output=SOFTMAX)
    assert equivalent(first, shifted, timeout=3).answer != "DIFFERENT"  # equal, though lumping does not see it


@pytest.mark.medium
@given(found=ls.lumpable_networks(structure="convolutional"))
def test_convolutional_copies(found):
    assert equivalent(found.network, found.quotient).answer == "EQUIVALENT"
    assert equivalent(found.network, found.quotient, box=(0, 1)).answer == "EQUIVALENT"
    other = nudged(found.network, 1, len(found.network.graph.arrows) - 1)  # the bias of the outputs
    assert equivalent(found.network, other, box=(0, 1)).answer == "DIFFERENT"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epsilon": -1}, "expected a number from 0 on"),
        ({"epsilon": 1, "argmax": True}, "epsilon and argmax exclude each other"),
        ({"epsilon": "x"}, "epsilon is not usable"),
        ({"stages": ("luck",)}, "no stage is called 'luck'"),
        ({"box": (1, 0)}, "the lower bound first"),
    ],
)
def test_what_is_refused(options, message):
    network = lf.Network.from_layers([([[1]], [0])])
    with pytest.raises(lf.OptionError, match=message):
        equivalent(network, network, **options)


def odd(inputs, groups, arrows):
    """Return a network from groups and matrices, with one output y."""
    ports = tuple(Port(g.name, g.name, (None, g.size)) for g in inputs)
    made = [Arrow(f"{a} to {b}", a, b, DenseWeights.from_array(np.array(m, dtype=np.float32))) for a, b, m in arrows]
    graph = WeightedGraph((Group(ONE, 1, pinned=True), *inputs, *groups), tuple(made))
    return Network(graph, ports, (Port("y", "y", (None, groups[-1].size)),))


def nothing_hidden(bias):
    hidden = np.zeros((2, 0)), np.zeros((0, 1))
    groups = [Group("h", 0, RELU), Group("y", 1, pinned=True)]
    return odd([X], groups, [("x", "h", hidden[0]), ("h", "y", hidden[1]), (ONE, "y", [[bias]])])


def no_inputs(bias, function=IDENTITY):
    return odd([], [Group("y", 1, function, pinned=True)], [(ONE, "y", [[bias]])])


def no_arrows(function, weight):
    return odd([X], [Group("h", 2, function), Group("y", 1, pinned=True)], [("h", "y", [[weight]] * 2)])


X = Group("x", 2, pinned=True)
ODD = [
    (nothing_hidden(1), nothing_hidden(1.5)),
    (no_inputs(1), no_inputs(2)),
    (no_inputs(1, SIGMOID), no_inputs(2, SIGMOID)),
    (no_inputs(1, SOFTMAX), no_inputs(2)),
    (no_arrows(SIGMOID, 1), no_arrows(SIGMOID, 2)),
    (no_arrows(SOFTMAX, 1), no_arrows(SOFTMAX, 2)),
]


@pytest.mark.parametrize(("first", "second"), ODD)
@pytest.mark.parametrize("box", [None, (-1, 1)])
def test_networks_that_lack_something(first, second, box):
    """No hidden neurons, no inputs, no arrows: outputs are constants, and differ."""
    for network in (first, second):
        for stages in (STAGES, ("joint",)):
            assert equivalent(network, network, box=box, stages=stages).answer == "EQUIVALENT"
    verdict = equivalent(first, second, box=box)
    assert verdict.answer == "DIFFERENT"
    check_all(verdict, first, second, [])
    for stages in ((s,) for s in STAGES):
        assert equivalent(first, second, box=box, stages=stages).answer in ("DIFFERENT", "UNKNOWN")


def test_no_epsilon_is_none_however_it_is_written():
    chain = lf.MarkovChain([[1]], initial=0)
    for epsilon in (0, "0", "0.0", Fraction(0), 0.0):
        assert equivalent(chain, chain, epsilon=epsilon).answer == "EQUIVALENT"
    for options in ({"epsilon": "0.1"}, {"epsilon": ["0", "1"]}, {"margin": 1}):
        with pytest.raises(lf.OptionError, match="for networks"):
            equivalent(chain, chain, **options)


def test_models_that_cannot_be_compared():
    network, wide = lf.Network.from_layers([([[1]], [0])]), lf.Network.from_layers([([[1], [1]], [0])])
    chain = lf.MarkovChain([[1]], initial=0)
    for pair, message in (((network, wide), "inputs, expected the same"), ((network, chain), "one domain")):
        with pytest.raises(lf.ModelError, match=message):
            equivalent(*pair)
    with pytest.raises(lf.OptionError, match="for networks"):
        equivalent(chain, chain, argmax=True)


REAL = [("tll_m8_0.onnx", None), ("tll_m8_0.onnx", (-1, 1)), ("pendulum_less_robust.onnx", (-1, 1))]


@pytest.mark.medium
@pytest.mark.parametrize(("name", "box"), REAL)
def test_real_networks_and_their_reductions(name, box, shared):
    network = lf.read(shared / "data" / "nets" / name)
    small = lf.reduce(network, opposite=True, linear=True, stable=box is not None, box=box).model
    assert equivalent(network, small, box=box).answer == "EQUIVALENT"
    assert equivalent(network, nudged(small, Fraction(1, 2**12)), box=box).answer == "DIFFERENT"


@pytest.mark.medium
@pytest.mark.parametrize("name", ["mnist8x8_10p_retrain", "mnist8x8_50p_retrain", "mnist8x8_student_30_10"])
def test_trained_networks_around_digits(name, shared):
    """The proved bound is close to the largest difference found by search, and the class is often decided."""
    first, second = (lf.read(shared / "data" / "nets" / f"{n}.npz") for n in ("mnist8x8_lin", name))
    decided = 0
    for x in embedded_digits()[::450]:
        centre = [Fraction(int(v), 16) for v in x]
        box = tuple((max(v - Fraction(1, 50), Fraction(0)), min(v + Fraction(1, 50), Fraction(1))) for v in centre)
        verdict = equivalent(first, second, box=box, stages=("forms", "bounds"))
        question = Question(box)
        points = list(candidates(Probe(first, second, question), 0, budget.Budget(60)))
        found = max(abs(a - b) for p in points for a, b in zip(outputs(first, p), outputs(second, p), strict=True))
        assert found <= verdict.bound <= 2 * found
        found = equivalent(first, second, box=box, argmax=True, stages=("falsify", "joint", "forms", "bounds"))
        decided += found.answer != "UNKNOWN"
    assert decided >= 2


def embedded_digits():
    from importlib.resources import as_file, files

    with as_file(files("lumpform") / "data" / "digits.npz") as path, np.load(path, allow_pickle=False) as data:
        assert (data["x"].shape, int(data["x"].max()), data["y"].shape) == ((1797, 64), 16, (1797,))
        return data["x"]


FORCED = (STAGES, *((s,) for s in ("joint", "forms")), *(("forms", s) for s in ("bounds", "sweep", "branch", "z3")))
"""All stages, and each alone (most need the forms)."""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_soundness_hunt(seed):
    """Many random pairs, equal by construction or different by a known amount, over all configurations."""
    rng = np.random.default_rng(seed)
    for _ in range(250):
        widths = rng.integers(1, 4, size=rng.integers(2, 4)).tolist()
        layers = [
            (rng.integers(-3, 4, (a, b)).tolist(), rng.integers(-2, 3, b).tolist())
            for a, b in zip([2, *widths], [*widths, 1], strict=True)
        ]
        network = lf.Network.from_layers(layers)
        equal = lf.reduce(network, opposite=bool(rng.integers(2)), linear=True).model
        if not equal.graph.arrows:
            continue  # the outputs are 0
        other = nudged(equal, Fraction(1, 2 ** int(rng.integers(0, 41))), int(rng.integers(0, 6)))
        box = None if rng.integers(2) else (Fraction(-1), Fraction(1))
        for stages in FORCED:
            verdict = equivalent(network, equal, box=box, stages=stages, timeout=5)
            assert verdict.answer in ("EQUIVALENT", "UNKNOWN")
            verdict = equivalent(network, other, box=box, stages=stages, timeout=5)
            check(verdict, network, other, box)


def maximum(order, rest):
    """relu(relu(a - b) + b - c) + c, the largest of three inputs in some order, then more layers on top of it."""
    a, b, c = order
    unit = [[1 if i == k else 0 for i in range(3)] for k in range(3)]
    first = [[x - y for x, y in zip(unit[a], unit[b], strict=True)], *([v for v in u] for u in unit)]
    first += [[-v for v in u] for u in unit]
    # relu(a - b), and every input as the difference of two ReLUs
    into_first = [[row[i] for row in first] for i in range(3)]
    second = [[0, 0, 0] for _ in range(7)]
    second[0][0] = 1
    for sign, start in ((1, 1), (-1, 4)):
        second[start + b][0] += sign
        second[start + c][0] -= sign
        second[start + c][1] += sign
        second[start + c][2] -= sign
    top = [[w] * 2 for w in (1, 1, -1)]
    return lf.Network.from_layers([(into_first, None), (second, None), (top, [-1, 2]), *rest])


def test_sweeping_merges_what_is_only_semantically_the_same():
    rest = [([[1, 2], [1, -1]], [0, -1]), ([[1], [1]], None)]
    first, second = maximum((0, 1, 2), rest), maximum((2, 0, 1), rest)
    assert equivalent(first, second, stages=("forms",)).answer == "UNKNOWN"
    verdict = equivalent(first, second, stages=("forms", "sweep"))
    assert verdict.answer == "EQUIVALENT", verdict.reason
    assert "neurons were proved" in verdict.reason
    other = nudged(second, Fraction(1, 2**30), 7)
    assert equivalent(first, other).answer == "DIFFERENT"
    assert equivalent(first, other, stages=("forms", "sweep")).answer == "UNKNOWN"


def test_memory_limits_hold(monkeypatch):
    """Memory that other tests have freed would be taken first; here every look finds a quarter of a mebibyte more."""
    grown = count()
    monkeypatch.setattr(budget, "resident", lambda: next(grown) / 4)
    first, second = hidden_surplus(64)
    verdict = equivalent(first, second, box=(-1, 1), memory=1, stages=("forms", "z3"))
    assert verdict.answer == "UNKNOWN"
    assert "the memory limit of 1 MiB is used up" in verdict.reason


def test_exact_values_are_not_begun_without_memory_for_them():
    first, second = (lf.Network.from_layers([(np.full((200, 200), v, dtype=np.float32), None)]) for v in (1, 2))
    verdict = equivalent(first, second, stages=("look", "falsify"), memory=2)
    assert verdict.answer == "UNKNOWN"
    assert "8 MiB are needed, more than the memory limit of 2 MiB leaves" in verdict.reason


@pytest.mark.skipif(not budget.STATM.exists(), reason="the memory of a process is not shown here")
def test_memory_in_use_is_seen():
    before = budget.resident()
    block = np.ones(8 << 20)
    assert 60 < budget.resident() - before < 80
    del block
