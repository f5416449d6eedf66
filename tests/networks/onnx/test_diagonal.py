"""A diagonal matrix between two sums is written so that a reader keeps it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import lumpform as lf
from lumpform.graph.graph import Arrow, Group, WeightedGraph
from lumpform.graph.weights import DenseWeights
from lumpform.networks.canonical import canonical
from lumpform.networks.functions import RELU
from lumpform.networks.network import ONE, Network
from lumpform.networks.port import Port
from lumpform.networks.signature import signature


def two_sums() -> Network:
    """Return a network in which a sum is read by another one through a diagonal matrix only."""
    rng = np.random.default_rng(0)
    hidden = [Group("r", 3, RELU), Group("s", 3), Group("t", 3)]
    groups = (Group(ONE, 1, pinned=True), Group("x", 3, pinned=True), *hidden, Group("y", 3, RELU, pinned=True))
    matrices = {(a, b): rng.integers(1, 9, (3, 3)) for a, b in ("xr", "xs", "rs", "rt", "ty")}
    matrices["s", "t"] = np.diag([2, 3, 5])
    arrows = [Arrow(a + b, a, b, DenseWeights.from_array(m.astype(float))) for (a, b), m in matrices.items()]
    return Network(WeightedGraph(groups, tuple(arrows)), (Port("x", "x", (None, 3)),), (Port("y", "y", (None, 3)),))


def test_it_is_a_matrix_in_the_file(tmp_path: Path) -> None:
    """A reader folds what is only multiplied number by number: it would read another network than was written."""
    network = canonical(two_sums())
    lf.write(network, tmp_path / "n.onnx")
    assert signature(canonical(lf.read(tmp_path / "n.onnx"))) == signature(network)
