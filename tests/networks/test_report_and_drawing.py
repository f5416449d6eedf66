"""What is measured and drawn, on networks whose counts are known by hand."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from lumpform.errors import OptionError
from lumpform.graph.graph import Arrow, Group, WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.weights import DenseWeights, SparseWeights
from lumpform.lumping.layered import lump_layers
from lumpform.networks.draw import CONSTANT, PALETTE, draw
from lumpform.networks.functions import RELU
from lumpform.networks.network import ONE, Network
from lumpform.networks.port import Port
from lumpform.networks.sizes import compare, measure

from .tflite_reader import read_tflite

SMALL = Network.from_layers([([[1, 2, 0], [1, 2, 3]], [1, 2, 0]), ([[1], [2], [3]], None)])


def lumped(network: Network) -> tuple[Partition, Network]:
    state, _ = lump_layers(network.graph)
    partition = Partition(state.class_of)
    return partition, network.quotient(partition, "proportional-exact", "generator", state.scales)[0]


def convolution() -> Network:
    """2 channels of 4 x 4, a 3 x 3 convolution to 5 channels of 2 x 2, added to itself, its mean, then 3 outputs."""
    kernel = DenseWeights.from_array(np.ones((2, 5), dtype=np.int64))
    same = SparseWeights.from_dense(np.eye(5, dtype=np.int64))
    groups = (
        Group(ONE, 1, pinned=True),
        Group("x", 2, pinned=True, shape=(4, 4)),
        Group("c", 5, RELU, shape=(2, 2)),
        Group("r", 5, shape=(2, 2)),
        Group("m", 5),
        Group("y", 3, pinned=True),
    )
    shifts = [
        Arrow(f"k{i}{j}", "x", "c", kernel, ("shift", i, j, (1, 1), (0, 0), (2, 2))) for i in range(3) for j in range(3)
    ]
    arrows = (
        *shifts,
        Arrow("cb", ONE, "c", DenseWeights.from_array(np.ones((1, 5), dtype=np.int64))),
        Arrow("skip", "c", "r", same),
        Arrow("mean", "r", "m", same, ("mean",)),
        Arrow("W", "m", "y", DenseWeights.from_array(np.eye(5, 3, dtype=np.int64))),
    )
    ports = (Port("x", "x", (None, 2, 4, 4)),), (Port("y", "y", (None, 3)),)
    return Network(WeightedGraph(groups, arrows), *ports)


def test_a_small_network_by_hand() -> None:
    size = measure(SMALL)
    assert [(x.name, x.role, x.neurons, x.parameters, x.nonzero, x.macs, x.nonzero_macs) for x in size.layers] == [
        ("x0", "input", 2, 0, 0, 0, 0),
        ("x1", "hidden", 3, 9, 7, 6, 5),
        ("x2", "output", 1, 3, 3, 3, 3),
    ]
    assert (size.total("neurons"), size.total("parameters"), size.total("macs")) == (3, 12, 9)
    assert size.total("parameters") == SMALL.parameters


def test_a_convolution_by_hand() -> None:
    layers = {x.name: x for x in measure(convolution()).layers}
    assert (layers["c"].parameters, layers["c"].macs, layers["c"].positions) == (3 * 3 * 2 * 5 + 5, 90 * 4, 4)
    assert (layers["r"].parameters, layers["r"].macs) == (0, 0)
    assert (layers["m"].parameters, layers["m"].macs) == (0, 0)
    assert (layers["y"].parameters, layers["y"].nonzero, layers["y"].nonzero_macs) == (15, 3, 3)


def test_a_comparison_as_json_and_as_a_table(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    _, after = lumped(SMALL)
    comparison = compare(SMALL, after, before_path=tmp_path / "a", after_path=tmp_path / "none")
    found = json.loads(json.dumps(comparison.to_json()))
    assert found["total"]["neurons"] == {"before": 3, "after": 2}
    assert found["layers"][1]["parameters"] == {"before": 9, "after": 6}
    assert found["file_bytes"] == {"before": 5, "after": None}
    lines = comparison.lines()
    assert {len(line) for line in lines} == {len(comparison.header())}
    assert lines[1][2:4] == ("3 → 2", "9 → 6")
    assert lines[-1][1:3] == ("hidden neurons", "3 → 2")  # no sizes of files, as one of them is not there
    with pytest.raises(FrozenInstanceError):
        comparison.before = comparison.after  # type: ignore[misc]


def test_layers_that_only_one_side_has() -> None:
    other = Network.from_layers([([[1], [2]], None)])
    rows = {a.name: (a.neurons, b.neurons) for a, b in compare(SMALL, other).rows}
    assert rows == {"x0": (2, 2), "x1": (3, 1), "x2": (1, 0)}
    assert {a.name for a, _ in compare(other, SMALL).rows} == {"x0", "x1", "x2"}


def test_hello_world_goes_from_32_to_24(shared: Path) -> None:
    network = read_tflite(shared / "data" / "nets" / "hello_world_float.tflite")
    assert [g.size for g in network.graph.groups] == [1, 1, 16, 16, 1]
    x = np.linspace(0, 2 * np.pi, 50)[:, None]
    assert np.abs(network.forward(x) - np.sin(x)).max() < 0.2  # the model was trained to be a sine
    partition, after = lumped(network)
    start, end = network.graph.offset("x1"), network.graph.offset("x3")
    classes = set(partition.class_of[start:end].tolist()) - {0}
    assert (network.neurons, len(classes), after.neurons) == (32, 24, 24)
    inputs = np.array([[Fraction(i, 7)] for i in range(-20, 60)], dtype=object)
    assert (network.forward(inputs, exact=True) == after.forward(inputs, exact=True)).all()


def colours(figure: object, side: int) -> list[str]:
    from matplotlib.collections import PathCollection
    from matplotlib.colors import to_hex

    marks = [c for c in figure.axes[side].collections if isinstance(c, PathCollection)]  # type: ignore[attr-defined]
    return [to_hex(c.get_facecolor()[0]).upper() for c in marks]


@pytest.mark.medium
def test_merged_neurons_share_a_colour(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="drawing needs matplotlib")
    network = Network.from_layers([([[1, 2, 5, 0], [1, 2, 3, 0]], [1, 2, 0, 7]), ([[1], [2], [3], [4]], None)])
    partition, after = lumped(network)
    figure = draw(network, partition, after)
    assert colours(figure, 0)[2:] == [PALETTE[0], PALETTE[0], "#FFFFFF", CONSTANT, "#FFFFFF"]
    assert colours(figure, 1)[2:] == [PALETTE[0], "#FFFFFF", "#FFFFFF"]
    assert [a.get_title() for a in figure.axes] == ["before: 4 hidden neurons", "after: 2 hidden neurons"]
    labels = [t.get_text() for t in figure.legends[0].get_texts()]
    assert labels == ["alone", "2 merged", "1 constant or dead"]
    figure.savefig(tmp_path / "a.png", dpi=50)
    assert (tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"


def test_what_cannot_be_drawn() -> None:
    pytest.importorskip("matplotlib", reason="drawing needs matplotlib")
    big = Network.from_layers([(np.ones((100, 101)), None)])
    with pytest.raises(OptionError, match="201 neurons are too many"):
        draw(big, big.graph.coarsest, big)
    with pytest.raises(OptionError, match="a partition of 3 nodes for 7"):
        draw(SMALL, Partition([0, 1, 2]), SMALL)
