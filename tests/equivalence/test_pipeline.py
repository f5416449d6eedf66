"""`equivalent` on networks: every answer right, every difference replayed, stages alone and together."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nudged import FUNCTIONS, check, nudged, outputs
from sizes import examples

import lumpform as lf
from lumpform import strategies as ls
from lumpform.equivalence.pipeline import STAGES, equivalent
from lumpform.graph.graph import IDENTITY


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
