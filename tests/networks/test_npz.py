"""The npz layout of fully connected networks: exact round trips, and what is refused."""

from __future__ import annotations

import io
import zipfile
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.errors import FormatError, ModelError, OptionError
from lumpform.files.atomic import replacement
from lumpform.graph.graph import IDENTITY
from lumpform.networks.canonical import canonical
from lumpform.networks.functions import RELU
from lumpform.networks.network import Network
from lumpform.networks.network_npz import read_npz, write_npz
from lumpform.numbers.dyadic import DyadicValues
from lumpform.numbers.floats import round_to
from lumpform.numbers.integer import IntegerValues
from lumpform.numbers.rounding import Rounding

RATIONALS = st.fractions(min_value=-9, max_value=9, max_denominator=50)
WIDE = st.floats(allow_nan=False, allow_infinity=False)
NARROW = st.floats(allow_nan=False, allow_infinity=False, width=32)


@st.composite
def networks(draw: st.DrawFn, numbers: st.SearchStrategy = RATIONALS, least: int = 0) -> Network:
    sizes = draw(st.lists(st.integers(least, 4), min_size=2, max_size=4))
    sizes[0], sizes[-1] = max(sizes[0], 1), max(sizes[-1], 1)

    def matrix(rows: int, columns: int) -> list[list[object]]:
        return draw(st.lists(st.lists(numbers, min_size=columns, max_size=columns), min_size=rows, max_size=rows))

    layers = []
    for a, b in pairwise(sizes):
        weights = matrix(a, b) if a else np.zeros((0, b), dtype=np.int64)
        layers.append((weights, matrix(1, b)[0]))
    return Network.from_layers(layers)


def same(a: Network, b: Network) -> None:
    assert [(g.size, g.function) for g in a.graph.groups] == [(g.size, g.function) for g in b.graph.groups]
    arrows = {x.name: x for x in b.graph.arrows}
    for arrow in a.graph.arrows:
        assert arrow.weights.shape == arrows[arrow.name].weights.shape
        assert arrow.weights.values == arrows[arrow.name].weights.values


def writing(network: Network, path: Path, **options: bool) -> Rounding:
    with replacement(path) as files:
        return write_npz(network, path, files, **options)


def through(network: Network, folder: Path, **options: bool) -> Network:
    writing(network, folder / "n.npz", **options)
    return read_npz(folder / "n.npz")


@given(network=networks())
def test_rational_networks_come_back_exactly(network: Network, tmp_path_factory: pytest.TempPathFactory) -> None:
    same(network, through(network, tmp_path_factory.mktemp("npz")))


@given(network=networks(numbers=WIDE | NARROW | st.integers(-(1 << 60), 1 << 60)))
def test_float_networks_are_written_exactly_when_they_can(
    network: Network, tmp_path_factory: pytest.TempPathFactory
) -> None:
    same(network, through(network, tmp_path_factory.mktemp("npz")))


@pytest.mark.medium
@given(network=networks())
def test_the_report_counts_exactly_what_was_rounded(network: Network, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("npz") / "n.npz"
    report = writing(network, path, exact=False)
    back = {a.name: a.weights.values.fractions() for a in read_npz(path).graph.arrows}
    before = {a.name: a.weights.values.fractions() for a in network.graph.arrows}
    differences = [abs(x - y) for name in before for x, y in zip(before[name], back[name], strict=True)]
    assert report.values == len(differences)
    assert report.rounded == sum(d != 0 for d in differences)
    assert report.largest == max(differences, default=0)
    assert report.exact == (report.rounded == 0)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_number_types_are_kept(dtype: str, tmp_path: Path) -> None:
    weights = np.arange(6, dtype=dtype).reshape(2, 3)
    np.savez(tmp_path / "a.npz", W1=weights, b1=weights[0])
    network = read_npz(tmp_path / "a.npz")
    values = network.graph.arrows[0].weights.values
    assert isinstance(values, IntegerValues if dtype == "int64" else DyadicValues)
    assert network.inputs[0].dtype == ("float64" if dtype == "float64" else "float32")
    lf.write(network, tmp_path / "b.npz")
    with np.load(tmp_path / "b.npz", allow_pickle=False) as data:
        assert data["W1"].dtype == data["b1"].dtype == np.dtype(dtype)
        assert np.array_equal(data["W1"], weights)


def test_columns_first_and_big_endian_arrays(tmp_path: Path) -> None:
    weights = np.array([[1, 2, 3], [4, 5, 6]], dtype=">f4")
    np.savez(tmp_path / "a.npz", W1=np.asfortranarray(weights))
    network = read_npz(tmp_path / "a.npz")
    assert [int(v) for v in network.graph.arrows[0].weights.values.fractions()] == [1, 2, 3, 4, 5, 6]
    assert network.forward(np.array([[1.0, 10.0]])).tolist() == [[41, 52, 63]]


def test_what_is_not_a_float_is_rounded_aloud_and_kept_beside(tmp_path: Path) -> None:
    network = Network.from_layers([([[Fraction(1, 3), 2]], [0, Fraction(1, 2)])])
    report = lf.write(network, tmp_path / "a.npz")
    assert (report.values, report.rounded) == (4, 1)
    assert report.largest == abs(round_to(Fraction(1, 3), "float32") - Fraction(1, 3))
    assert report.exact
    beside = "in the floats beside them 1 of 4 weights rounded, by at most 9.94e-09"
    assert str(report).startswith(f"all 4 weights written exactly; {beside}")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as data:
        assert set(data.files) == {"W1", "b1", "W1_index", "W1_num", "W1_den"}
        assert data["W1"].dtype == np.float32
    plain = {"W1_num": np.array([["1", "2"]]), "W1_den": np.array([["3", "1"]])}
    np.savez(tmp_path / "b.npz", W1=np.zeros((1, 2)), b1=np.array([0, 0.5]), **plain)
    same(network, read_npz(tmp_path / "b.npz"))


def test_numbers_beyond_float32_are_float64(tmp_path: Path) -> None:
    network = Network.from_layers([([[Fraction(1e300), (1 << 60) - 1]], [Fraction(1, 3), 0])])
    assert lf.write(network, tmp_path / "a.npz").rounded == 2
    same(network, read_npz(tmp_path / "a.npz"))
    with np.load(tmp_path / "a.npz", allow_pickle=False) as data:
        assert (data["W1"].dtype, data["b1"].dtype) == (np.float64, np.float32)


def test_real_files_are_read_as_numpy_reads_them(shared: Path, tmp_path: Path) -> None:
    for path in sorted((shared / "data" / "nets").glob("*.npz")):
        network = read_npz(path)
        with np.load(path, allow_pickle=False) as data:
            x = np.random.default_rng(0).random((4, data["W1"].shape[0]))
            y = x
            depth = sum(name.startswith("W") for name in data.files)
            for i in range(1, depth + 1):
                y = y @ data[f"W{i}"].astype(np.float64) + data[f"b{i}"]
                y = y if i == depth else np.maximum(y, 0)
        assert np.allclose(network.forward(x), y, rtol=1e-12, atol=1e-12)
        if "fashion" not in path.name:
            assert lf.write(network, tmp_path / "n.npz").exact
            same(network, read_npz(tmp_path / "n.npz"))


W = np.ones((2, 3))
BAD = [
    ({"W2": W}, "array W1: found no such array"),
    ({"W1": W, "W3": W.T}, "array W2: found no such array"),
    ({"W1": W, "W2": W}, "array W2: found 2 rows, expected 3"),
    ({"W1": W, "b1": np.ones(2)}, "array b1: found 2 entries, expected 3"),
    ({"W1": W, "B1": W[0]}, "an array called 'B1'"),
    ({"W1": W[0]}, "expected two dimensions"),
    ({"W1": W, "b1": W}, "expected one dimension"),
    ({"W1": np.array([["a"]])}, "type"),
    ({"W1": np.array([[np.nan]])}, "expected finite numbers"),
    ({"W1": np.ones((1, 1), dtype=np.longdouble)}, "array W1"),
    ({"W1": W, "W1_index": np.full((2, 3), 7), "W1_num": np.array(["1"]), "W1_den": np.array(["1"])}, "found number 7"),
    ({"W1": W, "W1_num": np.array([["1"]]), "W1_den": np.array([["0"]])}, "'1' over '0'"),
    ({"W1": W, "W1_num": np.array([["1"]]), "W1_den": np.array([["2", "3"]])}, "W1_den: found shape"),
]


@pytest.mark.parametrize(("arrays", "message"), BAD)
def test_bad_arrays_are_named(arrays: dict, message: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(FormatError) as caught:
        read_npz(tmp_path / "a.npz")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_pickles_and_sizes_that_lie_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "p.npz", W1=np.array([[{}]], dtype=object))
    with pytest.raises(FormatError, match="no objects"):
        read_npz(tmp_path / "p.npz")
    stream = io.BytesIO()
    np.save(stream, np.ones((2, 2)))
    lie = stream.getvalue().replace(b"(2, 2), ", b"(99999, 99999), ")[:128]
    with zipfile.ZipFile(tmp_path / "l.npz", "w") as archive:
        archive.writestr("W1.npy", lie)
    with pytest.raises(FormatError):
        read_npz(tmp_path / "l.npz")
    np.savez(tmp_path / "e.npz", W1=np.zeros((0, 1 << 40), dtype=np.int8))
    with pytest.raises(FormatError, match="neurons"):
        read_npz(tmp_path / "e.npz")


def test_what_the_layout_cannot_hold(tmp_path: Path) -> None:
    (tmp_path / "n.npz").write_text("old")
    with pytest.raises(ModelError, match="relu after layer 1, this network has identity"):
        lf.write(Network.from_layers([([[1]], [1], IDENTITY), ([[1]], [1])]), tmp_path / "n.npz")
    with pytest.raises(OptionError, match="range"):
        lf.write(Network.from_layers([([[Fraction(10**400, 3)]], None)]), tmp_path / "n.npz")
    assert (tmp_path / "n.npz").read_text() == "old"


def test_arrays_out_of_proportion_are_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "n.npz"
    np.savez_compressed(path, W1=np.zeros((3000, 1000)))
    with pytest.raises(FormatError, match=r"found 24000\d+ bytes of arrays, expected at most 1\d{7} "):
        read_npz(path)
    assert read_npz(path, max_bytes=1 << 25).graph.nodes == 4001
    np.savez_compressed(path, **{f"W{i}": np.ones((1, 1)) for i in range(1, 1002)})
    with pytest.raises(FormatError, match="found 1,001 layers, expected at most 1,000"):
        read_npz(path)


@pytest.mark.parametrize("suffix", [".npz", ".nnet"])
@pytest.mark.parametrize("weights", [[[1, -1]], [[1, 2], [-1, "1/2"]]])
def test_relu_at_the_end_gets_a_layer_that_passes_it_on(weights, suffix, tmp_path):
    """A reduction hands the function of a hidden layer to an output that copies it; these formats end without one."""
    size = len(weights[0])
    identity = [[int(i == j) for j in range(size)] for i in range(size)]
    network = lf.Network.from_layers([(weights, ["-1/2"] * size, RELU), (identity, None, IDENTITY)])
    small = lf.reduce(network).model
    assert small.graph.groups[-1].function == RELU
    lf.write(small, tmp_path / f"small{suffix}")
    read = lf.read(tmp_path / f"small{suffix}")
    x = [[Fraction(k, 2)] * len(weights) for k in range(-3, 4)]
    assert (read.forward(x, exact=True) == network.forward(x, exact=True)).all()
    assert digest_of(canonical(read)) == digest_of(canonical(small))
