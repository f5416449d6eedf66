"""The NNet format: decimals as decimals, normalisation folded exactly, and the same network in two formats."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from network_cases import SMALL_NNET as SMALL

import lumpform as lf
from lumpform.errors import FormatError, ModelError, OptionError
from lumpform.networks.network import Network
from lumpform.networks.nnet import read_nnet
from lumpform.networks.nnet_normalisation import Normalisation, fold, unfold
from lumpform.networks.nnet_write import decimal_text

from .test_npz import NARROW, WIDE, networks, same

DECIMALS = st.decimals(min_value=-100, max_value=100, places=4).map(Fraction)


def write(folder: Path, text: str) -> Path:
    path = folder / "n.nnet"
    path.write_text(text)
    return path


def test_normalisation_is_part_of_the_function(tmp_path: Path) -> None:
    network = read_nnet(write(tmp_path, SMALL))
    half = Fraction(1, 2)
    for x in [(Fraction(0), Fraction(0)), (Fraction(3), Fraction(1, 7)), (Fraction(-1), Fraction(2))]:
        u, v = (x[0] - half) / 2, (x[1] + 1) * 4
        hidden = [max(u + 2 * v + 1, Fraction(0)), max(u / 10 - v / 10, Fraction(0))]
        expected = (3 * hidden[0] - hidden[1] + half) * 4 + 10
        assert network.forward(np.array([x], dtype=object), exact=True).tolist() == [[expected]]
    assert network.neurons == 2
    assert network.metadata["nnet"].minima == (-1, -2)


def test_writing_gives_the_files_own_numbers_back(tmp_path: Path) -> None:
    network = read_nnet(write(tmp_path, SMALL))
    assert lf.write(network, tmp_path / "again.nnet").exact
    lines = (tmp_path / "again.nnet").read_text().splitlines()
    assert lines[4:] == [
        "-1,-2,", "1,2,", "0.5,-1,10,", "2,0.25,4,", "1,2,", "0.1,-0.1,", "1,", "0,", "3,-1,", "0.5,",
    ]  # fmt: skip
    again = read_nnet(tmp_path / "again.nnet")
    same(network, again)
    assert again.metadata == network.metadata


@pytest.mark.medium
@given(network=networks(numbers=DECIMALS | WIDE | NARROW, least=1))
def test_finite_decimals_come_back_exactly(network: Network, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("nnet") / "n.nnet"
    assert lf.write(network, path).exact
    back = read_nnet(path)
    same(network, back)
    assert back.metadata == {}


@given(network=networks(least=1))
def test_the_report_counts_what_was_rounded(network: Network, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("nnet") / "n.nnet"
    report = lf.write(network, path)
    back = {a.name: a.weights.values.fractions() for a in read_nnet(path).graph.arrows}
    pairs = [
        (x, y) for a in network.graph.arrows for x, y in zip(a.weights.values.fractions(), back[a.name], strict=True)
    ]
    assert report.rounded == sum(x != y for x, y in pairs)
    assert report.largest == max((abs(x - y) for x, y in pairs), default=0)
    assert all(x == y for x, y in pairs if decimal_text(x) is not None)


@given(data=st.data())
def test_unfolding_is_the_inverse_of_folding(data: st.DataObject) -> None:
    number = st.fractions(min_value=-5, max_value=5, max_denominator=30)
    positive = st.fractions(min_value=Fraction(1, 30), max_value=5, max_denominator=30)
    inputs, hidden, outputs = (data.draw(st.integers(1, 3)) for _ in range(3))

    def many(strategy: st.SearchStrategy, n: int) -> list:
        return data.draw(st.lists(strategy, min_size=n, max_size=n))

    layers = [([many(number, a) for _ in range(b)], many(number, b)) for a, b in ((inputs, hidden), (hidden, outputs))]
    means, ranges = tuple(many(number, inputs + 1)), tuple(many(positive, inputs + 1))
    normalisation = Normalisation(None, None, means, ranges)
    assert unfold(fold(layers, normalisation), normalisation) == layers
    assert unfold(fold(layers[:1], normalisation), normalisation) == layers[:1]


def test_both_formats_of_a_real_controller_give_one_network(shared: Path) -> None:
    """The text has five digits after the point: it is the ONNX network rounded to them, in every weight."""
    onnx = pytest.importorskip("onnx", reason="needs onnx to look at the second format")
    from onnx import numpy_helper

    nets = shared / "data" / "nets"
    network = read_nnet(nets / "pendulum_less_robust.nnet")
    assert [g.size for g in network.graph.groups] == [1, 4, 25, 25, 2]
    assert network.metadata == {}  # its normalisation is a 0 per line, which stands for none
    tensors = {
        t.name: numpy_helper.to_array(t) for t in onnx.load(nets / "pendulum_less_robust.onnx").graph.initializer
    }
    compared = 0
    for i in (1, 2, 3):
        for arrow, tensor in ((f"W{i}", f"dense_{i}/kernel:0"), (f"b{i}", f"dense_{i}/bias:0")):
            (found,) = (a.weights for a in network.graph.arrows if a.name == arrow)
            exact = [Fraction(float(v)) for v in tensors[tensor].reshape(-1)]
            assert found.values.fractions() == [Fraction(round(v * 10**5), 10**5) for v in exact]
            compared += len(exact)
    assert compared == network.parameters == 827


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("2,2,1,2,", "two,2,1,2,", "line 2: found 'two'"),
        ("2,2,1,2,", "0,2,1,2,", "at least one layer"),
        ("2,2,1,\n", "2,2,\n", "line 3: found 2 sizes, expected 3"),
        ("2,2,1,\n", "2,3,2,\n", "from 2 inputs to 1 output"),
        ("2,2,1,\n", "2,999999999,1,\n", "sizes that fit the file"),
        ("-1,-2,", "-1,", "line 5: found 1 number, expected the minima: 2"),
        ("2,0.25,4,", "2,0,4,", "expected positive ranges"),
        ("0.1,-1e-1,", "0.1,nan,", "line 10: found 'nan'"),
        ("0.1,-1e-1,", "0.1,1/3,", "line 10: found '1/3'"),
        ("0.1,-1e-1,", "0.1,1e9999,", "line 10: found '1e9999'"),
        ("0.1,-1e-1,", "0.1,", "found 1 number, expected a row of weights of layer 1: 2"),
        (".5,\n", "", "found the end of the file, expected a bias of layer 2"),
        (".5,\n", ".5,\n7,\n", "line 15: found '7,'"),
    ],
)
def test_bad_lines_are_named(old: str, new: str, message: str, tmp_path: Path) -> None:
    assert SMALL.count(old) >= 1
    head, _, tail = SMALL.rpartition(old)
    with pytest.raises(FormatError) as caught:
        read_nnet(write(tmp_path, head + new + tail))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_other_refusals(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no such file"):
        read_nnet(tmp_path / "none.nnet")
    (tmp_path / "b.nnet").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FormatError, match="text"):
        read_nnet(tmp_path / "b.nnet")
    with pytest.raises(FormatError, match="max_bytes"):
        read_nnet(write(tmp_path, SMALL), max_bytes=10)
    with pytest.raises(OptionError):
        read_nnet(write(tmp_path, SMALL), max_bytes=-1)
    with pytest.raises(ModelError, match="empty"):
        lf.write(Network.from_layers([(np.zeros((2, 0)), None), (np.zeros((0, 1)), [1])]), tmp_path / "e.nnet")


def one_wide(layers: int) -> str:
    head = f"{layers},1,1,1,\n{'1,' * (layers + 1)}\n0,\n-1,\n1,\n0,0,\n1,1,\n"
    return head + "0.5,\n0.25,\n" * layers


def test_very_many_layers_are_refused(tmp_path: Path) -> None:
    assert len(read_nnet(write(tmp_path, one_wide(1000))).graph.groups) == 1002
    with pytest.raises(FormatError, match="found 1,001 layers, expected at most 1,000"):
        read_nnet(write(tmp_path, one_wide(1001)))


@pytest.mark.parametrize("number", ["1e4000", "1e-3999", "7.5e3999"])
def test_numbers_out_of_proportion_are_refused(number: str, tmp_path: Path) -> None:
    row = ",".join([number] * 50) + ",\n"
    text = "1,50,90,90,\n50,90,\n0,\n0,\n0,\n0,\n0,\n" + row * 90 + "0,\n" * 90
    with pytest.raises(FormatError, match="found long numbers, out of proportion to the file"):
        read_nnet(write(tmp_path, text))
    assert read_nnet(write(tmp_path, text.replace(number, number[0] + "e40"))).neurons == 0
