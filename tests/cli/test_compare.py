"""`lumpform compare` and `lumpform reduce` within epsilon: tables, files, and what is refused."""

import csv
import gzip
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import lumpform as lf
from lumpform.networks.samples import embedded_digits, read_samples
from lumpform.reduction.compare import proved_deviation


@pytest.fixture
def network(tmp_path: Path) -> Path:
    """A random classifier of 8 x 8 images."""
    rng = np.random.default_rng(0)
    sizes = [64, 12, 8, 10]
    layers = [((rng.normal(size=(a, b)) / 8).tolist(), None) for a, b in pairwise(sizes)]
    lf.write(lf.Network.from_layers(layers), tmp_path / "net.npz")
    return tmp_path / "net.npz"


@pytest.mark.medium
def test_a_comparison(lumpform, network, tmp_path: Path) -> None:
    table, plot = tmp_path / "t.csv", tmp_path / "p.svg"
    outcome = lumpform(
        "compare", network, "--rates", "0.5", "--methods", "linear", "folding", "wanda", "linear-data",
        "--inputs", write_inputs(tmp_path), "--csv", table, "--plot", plot, "--axis", "neurons",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    assert "embedded digits" in outcome.out
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert [r["method"] for r in rows] == ["original", "linear", "folding", "wanda", "linear-data"]
    assert [r["neurons"] for r in rows] == ["20", "10", "10", "20", "10"]
    assert all(0 <= float(r["score"]) <= 1 for r in rows)
    assert ">hidden neurons left (%)</text>" in plot.read_text()


@pytest.mark.medium
def test_plots_show_what_their_axis_says() -> None:
    from lumpform.plotting import tradeoff
    from lumpform.reduction.compare import Point

    points = [
        Point("original", 0.0, "neurons", 0.9, 0.0, None, 20, 400, 400, 1600, 0.0),
        Point("linear", 0.5, "neurons", 0.8, 1.0, None, 10, 150, 140, 600, 0.1),
    ]
    for axis, left in (("neurons", 50.0), ("parameters", 37.5), ("macs", 35.0)):
        (line, *_) = tradeoff(points, axis=axis).axes[0].lines
        assert (line.get_xdata()[0], line.get_ydata()[0]) == (left, 80.0)
    with pytest.raises(lf.OptionError, match="axis is 'time'"):
        tradeoff(points, axis="time")
    with pytest.raises(lf.OptionError, match="no network has a proved bound"):
        tradeoff(points, axis="proved")
    bounded = Point("folding", 0.5, "neurons", 0.8, 1.0, 1.5, 5, 150, 140, 600, 0.1)
    (line,) = tradeoff([*points, bounded], axis="proved").axes[0].lines
    assert (line.get_label(), line.get_xdata()[0], line.get_ydata()[0]) == ("folding", 1.5, 25.0)


def test_a_negative_seed_is_one_error_line(lumpform, network) -> None:
    assert lumpform("compare", network, "--seed", "-1").one_error_line() == (
        "seed is -1, expected a whole number from 0 on"
    )


@pytest.mark.medium
def test_a_box_beyond_all_floats_has_a_bound_that_no_float_is(recwarn) -> None:
    wide = [(-(10**400), 10**400)]
    first, second = (lf.Network.from_layers([([[1.0]], None), ([[w]], None)]) for w in (1.0, 2.0))
    assert proved_deviation(first, second, wide) is None
    assert proved_deviation(first, second, [(-1, 10)]) == pytest.approx(10)
    assert not recwarn.list


def test_a_box_cannot_be_emptied(lumpform, network) -> None:
    assert "Unknown option" in lumpform("compare", network, "--empty-box").one_error_line()


def write_inputs(folder: Path) -> Path:
    path = folder / "inputs.npz"
    np.savez(path, x=embedded_digits(test=False).x[:50])
    return path


@pytest.mark.medium
def test_json_and_bounds(lumpform, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    lf.write(
        lf.Network.from_layers([(rng.normal(size=(2, 4)).tolist(), None), (rng.normal(size=(4, 1)).tolist(), None)]),
        tmp_path / "n.npz",
    )
    x = rng.uniform(-1, 1, (30, 2))
    np.savez(tmp_path / "d.npz", x=x, y=x.sum(axis=1))
    outcome = lumpform(
        "compare", tmp_path / "n.npz", "--data", tmp_path / "d.npz", "--box", "-1", "1", "--rates", "0.5", "--json",
        "--plot", tmp_path / "p.svg", "--axis", "proved",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    points = json.loads(outcome.out)["points"]
    assert all(p["deviation"] <= p["bound"] for p in points[1:])
    assert points[0]["deviation"] == 0
    assert ">largest deviation of an output on the box, proved</text>" in (tmp_path / "p.svg").read_text()
    assert "proved" in lumpform("compare", tmp_path / "n.npz", "--data", tmp_path / "d.npz", "--box", "0", "1").out


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape) + array.tobytes()


def test_idx_files(tmp_path: Path) -> None:
    images = np.arange(2 * 8 * 8, dtype=np.uint8).reshape(2, 8, 8)
    (tmp_path / "i").write_bytes(idx(images))
    (tmp_path / "l.gz").write_bytes(gzip.compress(idx(np.array([3, 1], dtype=np.uint8))))
    samples = read_samples(tmp_path / "i", tmp_path / "l.gz")
    assert np.array_equal(samples.x, images.reshape(2, 64) / 255)
    assert samples.y.tolist() == [3, 1]
    assert samples.score(np.eye(10)[[3, 2]]) == 0.5


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"abcd", "found the bytes 61 62 63 64"),
        (idx(np.zeros((2, 3), np.uint8))[:-1], "found 5 bytes of data, expected 6"),
        (bytes([0, 0, 8, 4]) + b"\xff" * 16, "found the shape"),
        (idx(np.zeros((2, 3), np.uint8)) + b"x", "found more than 6 bytes of data, expected 6"),
        (b"\x1f\x8bxx", "a damaged gzip file"),
        (idx(np.zeros(3, np.uint8)), "found 1 dimensions"),
        (b"", "found the bytes"),
    ],
)
def test_damaged_idx_files(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "i").write_bytes(data)
    with pytest.raises(lf.FormatError, match=message):
        read_samples(tmp_path / "i")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--rates", "1"], "expected numbers from 0 to below 1"),
        (["--rates", "x"], "expected numbers from 0 to below 1"),
        (["--methods", "luck"], "no method is called 'luck'"),
        (["--methods", "wanda"], "needs unlabelled inputs"),
        (["--axis", "proved"], "--axis proved needs --box"),
        (["--csv", "nowhere/t.csv"], "no such file or folder"),
        (["--labels", "l"], "--labels goes with --data"),
        (["--data", "bad.npz"], "an array x"),
        (["--data", "narrow.npz"], "3 numbers a row, the network takes 64"),
        (["--data", "text.npz"], "x: found 1 dimensions"),
        (["--data", "short.npz"], "y: found shape"),
    ],
)
def test_what_is_refused(lumpform, network, tmp_path: Path, monkeypatch, options, message) -> None:
    monkeypatch.chdir(tmp_path)
    np.savez("bad.npz", z=np.zeros(3))
    np.savez("narrow.npz", x=np.zeros((2, 3)))
    np.savez("text.npz", x=np.zeros(3))
    np.savez("short.npz", x=np.zeros((2, 64)), y=np.zeros(3))
    outcome = lumpform("compare", network, *options)
    assert (outcome.code, outcome.out) == (2, "")
    assert message in outcome.err


@pytest.mark.medium
def test_reduce_keeps_a_share(lumpform, network, tmp_path: Path) -> None:
    out = tmp_path / "small.npz"
    outcome = lumpform("reduce", network, "--keep", "0.5", "-o", out)
    assert outcome.code == 0, outcome.err
    assert "neurons stay" in outcome.out
    assert lf.read(out).neurons == 10
    facts = json.loads(lumpform("reduce", network, "--keep", "0.5", "--data", write_inputs(tmp_path), "--json").out)
    assert (facts["exact"], facts["certified"], facts["kind"], facts["inputs"]) == (
        False, False, "linear", "50 given inputs",
    )  # fmt: skip


def test_reduce_within_residuals(lumpform, tmp_path: Path) -> None:
    lf.write(lf.Network.from_layers([([["1", "1.01"]], None), ([[1], [1]], None)]), tmp_path / "n.npz")
    facts = json.loads(lumpform("reduce", tmp_path / "n.npz", "--residual", "0.1", "--box", "0", "1", "--json").out)
    assert facts["quotient"]["nodes"] == 4  # the unit node, the input, one neuron, the output
    assert facts["error_bound"] == 0
    chain = lf.MarkovChain([["0.5", "0.25", "0.25"], ["0.1", "0.9", 0], ["0.11", 0, "0.89"]], labels={"a": [0]})
    lf.write(chain, tmp_path / "m.drn")
    outcome = lumpform("reduce", tmp_path / "m.drn", "--epsilon", "0.05", "-o", tmp_path / "q.drn")
    assert outcome.code == 0, outcome.err
    assert "stationary" in outcome.out
    assert lf.read(tmp_path / "q.drn").states == 2
    facts = json.loads(lumpform("reduce", tmp_path / "m.drn", "--epsilon", "0.05", "--json").out)
    assert facts["classes"] == 2
    assert facts["error_bound"] == 0.005
    for option in ("--map", "--linear"):
        assert lumpform("reduce", tmp_path / "m.drn", "--epsilon", "0", option).code == 2
    assert lumpform("reduce", tmp_path / "n.npz", "--data", tmp_path / "n.npz").code == 2


def test_reduce_keeps_a_number_of_classes(lumpform, tmp_path: Path) -> None:
    """The report has the number, epsilon and bounds over time; the certificate says that epsilon, and holds."""
    chain = lf.MarkovChain([["0.5", "0.25", "0.25"], ["0.1", "0.9", 0], ["0.11", 0, "0.89"]], labels={"a": [0]})
    lf.write(chain, tmp_path / "m.drn")
    files = tmp_path / "q.drn", tmp_path / "c.json"
    outcome = lumpform("reduce", tmp_path / "m.drn", "--keep", 2, "-o", files[0], "--certificate", files[1], "--check")
    assert outcome.code == 0, outcome.err
    assert "at most 2 classes: within epsilon 0.005 per step" in outcome.out
    assert "steps 10" in outcome.out
    judged = lumpform("verify", tmp_path / "m.drn", *files)
    assert (judged.code, "VERIFIED within 1/200 per step" in judged.out) == (0, True)
    facts = json.loads(lumpform("reduce", tmp_path / "m.drn", "--keep", "0.7", "--json").out)
    assert (facts["keep"], facts["classes"], facts["epsilon"], facts["error_bound"]) == (2, 2, "1/200", 0.005)
    refused = lumpform("reduce", tmp_path / "m.drn", "--keep", 1, "-o", tmp_path / "r.drn").one_error_line()
    assert "keep is 1, expected at least 2: so many classes differ in labels" in refused
    assert not (tmp_path / "r.drn").exists()
