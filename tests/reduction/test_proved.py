"""Networks reduced until a proved bound on a box reaches epsilon: no input is found that exceeds it."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import examples

import lumpform as lf
from lumpform.certificates.format import certificate_bytes, write_certificate
from lumpform.checker import check
from lumpform.equivalence.budget import Budget
from lumpform.equivalence.falsify import Falsifier, candidates
from lumpform.equivalence.verdict import Question
from lumpform.graph.graph import IDENTITY
from lumpform.networks.functions import RELU, SIGMOID, leaky_relu
from lumpform.networks.rounded import rounded_network
from lumpform.reduction import proved
from lumpform.reduction.nearly import Approximation
from lumpform.reduction.proved import reduce_proved

pytestmark = pytest.mark.medium
FUNCTIONS = (RELU, leaky_relu(Fraction(1, 4)))


def random_network(rng, widths, function=RELU):
    """Weights of order one; half of the neurons of a hidden layer are nearly multiples of the others."""
    layers = []
    for (a, b), last in zip(pairwise(widths), [False] * (len(widths) - 2) + [True], strict=True):
        w, bias = rng.normal(size=(a, b)) / np.sqrt(a), rng.normal(size=b) / 2
        if not last:
            for k in range(b // 2):
                factor = rng.uniform(0.5, 2)
                w[:, -1 - k] = factor * w[:, k] + 0.02 * rng.normal(size=a)
                bias[-1 - k] = factor * bias[k]
        layers.append((w.tolist(), bias.tolist(), IDENTITY if last else function))
    return rounded_network(lf.Network.from_layers(layers), "float32")


def worst_found(network, model, box, seeds=3):
    """The largest difference at inputs that hill climbing finds, and in corners, replayed exactly."""
    falsifier = Falsifier(network, model, Question(box))
    points = [x for seed in range(seeds) for x in candidates(falsifier.probe, seed, Budget(0.1))]
    points += [[pair[i >> k & 1] for k, pair in enumerate(box)] for i in range(2 ** len(box))]
    found = [falsifier.replay(x) for x in points]
    return max((w.difference for w in found if w is not None), default=Fraction(0))


@settings(max_examples=examples(6), deadline=None)
@given(
    seed=st.integers(0, 2**32),
    function=st.sampled_from(FUNCTIONS),
    epsilon=st.sampled_from([Fraction(1, 20), Fraction(1, 4), Fraction(1)]),
    method=st.sampled_from(["linear", "proportional"]),
)
def test_nothing_found_is_above_epsilon_and_the_checker_agrees(tmp_path_factory, seed, function, epsilon, method):
    rng = np.random.default_rng(seed)
    network = random_network(rng, [int(rng.integers(1, 3)), 6, 6, 2], function)
    box = tuple((Fraction(int(low), 4), Fraction(int(low + width), 4)) for low, width in rng.integers(1, 5, (1, 2)))
    box = box * network.graph.group(network.inputs[0].group).size
    with patch.object(proved, "LONGEST", 0.02):
        found = reduce_proved(network, epsilon=epsilon, box=box, timeout=8, method=method)
    proof = found.proof
    assert proof is not None
    assert worst_found(network, found.model, box) <= proof.bound <= epsilon
    assert proof.found <= proof.bound
    folder = tmp_path_factory.mktemp("proved")
    paths = [folder / name for name in ("a.onnx", "b.onnx", "c.json")]
    lf.write(network, paths[0])
    assert lf.write(found.model, paths[1]).exact
    write_certificate(found.certificate(), paths[2])
    verdict = check(*map(str, paths))
    assert verdict.verified, verdict.line


def test_more_is_removed_for_a_larger_epsilon_and_nothing_for_none():
    network = random_network(np.random.default_rng(1), [1, 8, 1])
    with patch.object(proved, "LONGEST", 0.02):
        sizes = [
            lf.reduce(network, epsilon=epsilon, box=(0, 1), timeout=20).model.neurons for epsilon in ("1e-6", "0.1", 9)
        ]
    assert sizes[0] > sizes[1] >= sizes[2] == 1


def test_samples_can_be_given_and_the_attempts_are_told():
    rng = np.random.default_rng(2)
    network = random_network(rng, [2, 6, 1])
    found = lf.reduce(network, epsilon="0.2", box=(0, 1), data=rng.uniform(0, 1, (50, 2)), timeout=20)
    assert found.source == "50 given inputs"
    assert found.proof.finished
    assert found.proof.attempts[0].sizes == (6,)
    assert {a.outcome for a in found.proof.attempts} <= {"proved", "refuted", "open"}
    assert found.model.neurons == min(a.neurons for a in found.proof.attempts if a.outcome == "proved")
    assert all(a.found > 0.2 for a in found.proof.attempts if a.outcome == "refuted")


def test_when_time_is_up_the_best_so_far_is_returned():
    network = random_network(np.random.default_rng(3), [2, 6, 1])
    found = lf.reduce(network, epsilon="0.2", box=(0, 1), timeout=1e-6)
    assert (found.proof.finished, found.model.neurons, found.proof.bound) == (False, 6, 0)
    assert found.source == "none: no neuron was removed"


def test_a_candidate_that_only_looks_good_in_floats_is_not_returned():
    """A float search that finds nothing is no proof: here it is made blind, and the bound must do it alone."""
    network = random_network(np.random.default_rng(4), [1, 6, 1])
    with patch.object(proved._Search, "_worst", lambda self, model, budget: ([Fraction(0)], 0.0, False)):
        found = lf.reduce(network, epsilon="0.05", box=(-1, 1), timeout=20)
    assert worst_found(network, found.model, found.proof.box) <= Fraction("0.05")
    assert any(a.outcome == "open" for a in found.proof.attempts)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epsilon": -1}, "expected a number from 0 on"),
        ({"epsilon": 1, "box": (1, 0)}, "expected the lower bound first"),
        ({"epsilon": 1, "timeout": 0}, "timeout is 0, expected a positive number of seconds"),
        ({"epsilon": 1, "method": "magic"}, "no method is called 'magic'"),
        ({"epsilon": 1, "method": "proportional", "data": [[1, 2]]}, "data is for the method linear"),
        ({"epsilon": 0}, "not even itself with weights rounded to float32"),
    ],
)
def test_what_is_refused(options, message):
    network = lf.Network.from_layers([([["1/3", 2], [3, 4]], [0, 0]), ([[1], [1]], [0])])
    with pytest.raises(lf.OptionError, match=message):
        lf.reduce(network, **{"box": (0, 1), **options})


def test_other_functions_are_refused_by_name_and_other_results_have_no_certificate():
    network = lf.Network.from_layers([([[1.0, 2.0]], None, SIGMOID), ([[1.0], [1.0]], None, IDENTITY)])
    with pytest.raises(lf.OptionError, match="the function sigmoid is not piecewise linear, expected layers with ReLU"):
        lf.reduce(network, epsilon=1, box=(0, 1))
    with pytest.raises(lf.OptionError, match="there is no proof to certify"):
        lf.reduce(random_network(np.random.default_rng(0), [1, 2, 1]), residual=0).certificate()


def test_a_candidate_that_a_file_would_hold_with_a_layer_less_is_not_returned():
    """Here one neuron a layer is read with the weight 0: files leave such layers out, and nothing corresponds."""
    network = random_network(np.random.default_rng(7), [1, 6, 6, 2])
    dead = lf.Network.from_layers([([[1]], [1]), ([[1]], [-5]), ([[0, 0]], [1, 2])])
    made = Approximation(network, dead, "linear", source="made by hand")
    with patch.object(proved, "approximate", lambda network, **options: made):
        found = reduce_proved(network, epsilon=100, box=(0, 1), timeout=4, method="linear")
    assert found.model.neurons == 12
    assert {a.outcome for a in found.proof.attempts[1:]} == {"open"}


def test_a_certificate_is_about_the_network_that_was_made():
    network = random_network(np.random.default_rng(6), [1, 4, 1])
    found = lf.reduce(network, epsilon=1, box=(0, 1), timeout=10)
    again = lf.reduce(network, epsilon=1, box=(0, 1), timeout=10)
    assert certificate_bytes(found.certificate()) == certificate_bytes(again.certificate())


def test_every_layer_gets_its_own_size_and_what_is_refuted_is_not_bounded():
    """One neuron of the first layer is enough within epsilon, of the second three are not: no share fits both."""
    rng = np.random.default_rng(1)
    near = 1 + rng.uniform(-1e-3, 1e-3, size=12)
    layers = [([near.tolist()], [0.5] * 12), ((np.ones((12, 1)) @ rng.normal(size=(1, 12)) / 12).tolist(), None)]
    layers[1] = (layers[1][0], np.linspace(-1, 1, 12).tolist())
    layers.append((rng.normal(size=(12, 1)).tolist(), [0.0], IDENTITY))
    network = rounded_network(lf.Network.from_layers(layers), "float32")
    found = reduce_proved(network, epsilon=Fraction(1, 20), box=(-1, 1))
    sizes = [g.size for g in found.model.hidden]
    assert sizes[0] == 1 < sizes[1] < 12
    assert {a.outcome for a in found.proof.attempts} >= {"proved", "refuted"}
    assert all(a.found > 1 / 20 for a in found.proof.attempts if a.outcome == "refuted")
