"""Networks of functions without exact values or forms: proved enclosures, bounds of intervals, softmax."""

from __future__ import annotations

import pytest
from equivalence_cases import check as check_all
from nudged import nudged

import lumpform as lf
from lumpform.equivalence.pipeline import equivalent
from lumpform.networks.functions import GELU, SIGMOID, SOFTMAX, TANH


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
