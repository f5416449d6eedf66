"""The network of the how-to page, reduced without data: what docs/how-to.md says of it."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import as_file, files

import numpy as np
import pytest

import lumpform as lf
from lumpform.graph.weights import DenseWeights
from lumpform.networks.samples import Samples, embedded_digits, embedded_network


@pytest.mark.medium
@pytest.mark.parametrize(("keep", "least"), [(0.75, 0.99), (0.5, 0.99), (0.25, 0.97)])
def test_the_sine_without_data(keep, least):
    with as_file(files("lumpform") / "data" / "sine.npz") as path:
        network = lf.read(path)
    x = np.linspace(0, 2 * np.pi, 1001)[:, None]
    for seed in range(2):
        small = lf.reduce(network, keep=keep, seed=seed)
        assert (Samples(x, np.sin(x[:, 0]), "sine").score(small.model.forward(x)) or 0) > least
        assert "switches" in small.source


@pytest.mark.medium
def test_inputs_of_another_order_change_nothing():
    """Weights divided by 16 for inputs times 16: outputs are the same but for rounding."""
    network, digits = embedded_network(), embedded_digits()
    graph = network.graph
    inputs = network.inputs[0].group
    arrows = tuple(
        replace(a, weights=DenseWeights.from_array(a.weights.floats() / 16)) if a.source == inputs else a
        for a in graph.arrows
    )
    scaled = network.with_graph(replace(graph, arrows=arrows))
    one, two = (lf.reduce(n, keep=0.5).model for n in (network, scaled))
    assert np.allclose(one.forward(digits.x), two.forward(digits.x * 16), rtol=1e-6, atol=1e-6)
