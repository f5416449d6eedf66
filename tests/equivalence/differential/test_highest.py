"""Bounds of outputs from above, by which a box is halved: at no input the exact output is above them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform.equivalence.differential.pair import layers_of, paired
from lumpform.equivalence.differential.zonotope import highest_on

pytestmark = pytest.mark.medium

NUMBERS = st.integers(-40, 40).map(lambda n: n / 8)


def matrix(rows: int, columns: int) -> st.SearchStrategy[np.ndarray]:
    return st.lists(NUMBERS, min_size=rows * columns, max_size=rows * columns).map(
        lambda numbers: np.array(numbers).reshape(rows, columns)
    )


@given(
    first=matrix(2, 3),
    second=matrix(3, 2),
    last=matrix(2, 2),
    biases=matrix(3, 3),
    at=st.tuples(*[st.fractions(0, 1)] * 2),
)
def test_no_exact_output_is_above(first, second, last, biases, at) -> None:
    network = lf.Network.from_layers([(first, biases[0]), (second, biases[1, :2]), (last, biases[2, :2])])
    layers = layers_of(network, network)[0]
    places = [tuple((i, i) for i in range(layer.weights.shape[1])) for layer in layers[:-1]]
    low, high = np.array([[-1.0, 0.25]]), np.array([[1.0, 2.0]])
    found = highest_on(paired(layers, layers, places), low, high)
    x = [Fraction(a) + t * (Fraction(b) - Fraction(a)) for a, b, t in zip(low[0], high[0], at, strict=True)]
    for layer in layers:
        rows, columns = layer.weights.shape
        weights, bias = layer.weights.values.fractions(), layer.bias.fractions()
        x = [sum((x[r] * weights[r * columns + c] for r in range(rows)), bias[c]) for c in range(columns)]
        if layer.function.name == "relu":
            x = [max(v, Fraction(0)) for v in x]
    assert max(x) <= Fraction(float(found.bounds[0]))


def test_what_has_no_proof_is_refused_in_one_line() -> None:
    network = lf.Network.from_layers([([[1, -1]], [0, 0]), ([[1], [1]], [0])])  # the absolute value
    certificate = lf.certify_output(network, (-1, 1), [(0, "1.001")])
    assert certificate["tree"] == "."
    for box, spaces, said in (
        ((-1, 1), [(0, "0.999")], "no proof that the outputs are in y0 <= 999/1000: smaller boxes do not bring"),
        ((-1, 1), [(0, 1)], "no proof that the outputs are in y0 <= 1: "),
        ((-1, 1), [(1, 1)], "there is no output 1, the network has 1"),
        ((-1, 1), [], "found no half-space"),
        ((-1, 1), [(0, "much")], "a half-space is not usable"),
        ([(-1, 1)] * 2, [(0, 2)], "the box has 2 pairs"),
        ((1, -1), [(0, 2)], "expected the lower bound first"),
    ):
        with pytest.raises(lf.OptionError, match=said):
            lf.certify_output(network, box, spaces)
    with pytest.raises(lf.OptionError, match="the time limit"):
        lf.certify_output(network, (-1, 1), [(0, 2)], timeout=1e-9)
    sigmoid = lf.Network.from_layers([([[1]], [0], lf.graph.graph.NodeFunction("sigmoid"))])
    with pytest.raises(lf.OptionError, match="the function sigmoid is not piecewise linear"):
        lf.certify_output(sigmoid, (-1, 1), [(0, 2)])
