"""`lumpform equiv`: answers, exit codes, and what is refused."""

import json
from pathlib import Path

import pytest

import lumpform as lf


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A network, its reduction, and one that differs."""
    network = lf.Network.from_layers([([[1, 2], [1, 2]], [0, 0]), ([[1], [1]], [0])])
    other = lf.Network.from_layers([([[1, 2], [1, 2]], [0, 0]), ([[1], [1]], [1])])
    paths = tmp_path / "a.onnx", tmp_path / "b.onnx", tmp_path / "c.onnx"
    for model, path in zip((network, lf.reduce(network).model, other), paths, strict=True):
        lf.write(model, path)
    return paths


def test_equivalent_and_different(lumpform, pair) -> None:
    a, b, c = pair
    outcome = lumpform("equiv", a, b)
    assert outcome.code == 0
    assert outcome.out.startswith("EQUIVALENT: equal outputs on all inputs")
    outcome = lumpform("equiv", a, c, "--json")
    assert outcome.code == 1
    facts = json.loads(outcome.out)
    assert facts["answer"] == "DIFFERENT"
    assert facts["witness"]["difference"] == 1
    assert lumpform("equiv", a, c, "--box", "0", "1", "--epsilon", "1").code == 0
    assert "output 0" in lumpform("equiv", a, c).out


def test_box_files_and_chains(lumpform, pair, tmp_path: Path) -> None:
    a, b, _ = pair
    box = tmp_path / "box.txt"
    box.write_text("# two inputs\n0 1\n-1/2, 0.5\n")
    assert lumpform("equiv", a, b, "--box-file", box).code == 0
    lf.write(lf.MarkovChain([[0, 1], [1, 0]], labels={"x": [0]}, initial=0), tmp_path / "m.drn")
    lf.write(lf.MarkovChain([[0, 1], [1, 0]], labels={"x": [0]}, initial=1), tmp_path / "n.drn")
    assert lumpform("equiv", tmp_path / "m.drn", tmp_path / "m.drn").code == 0
    outcome = lumpform("equiv", tmp_path / "m.drn", tmp_path / "n.drn")
    assert (outcome.code, outcome.out.startswith("DIFFERENT: the probability of")) == (1, True)


def test_unknown(lumpform, tmp_path: Path) -> None:
    from lumpform.networks.functions import SIGMOID

    for name, bias in (("a", 0), ("b", 1)):
        lf.write(lf.Network.from_layers([([[1]], [bias], SIGMOID), ([[1]], [0])]), tmp_path / f"{name}.onnx")
    outcome = lumpform("equiv", tmp_path / "a.onnx", tmp_path / "b.onnx")
    assert outcome.code == 3
    assert outcome.out.startswith("UNKNOWN: ")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--epsilon", "-1"], "expected a number from 0 on"),
        (["--timeout", "0"], "--timeout is 0"),
        (["--box", "0", "x"], "the box is not usable"),
        (["--box-file", "missing.txt"], "no such file"),
    ],
)
def test_what_is_refused(lumpform, pair, options: list[str], message: str) -> None:
    assert message in lumpform("equiv", pair[0], pair[1], *options).one_error_line()


def test_a_bad_box_file(lumpform, pair, tmp_path: Path) -> None:
    (tmp_path / "box.txt").write_text("0 1\n2\n")
    assert (
        "line 2: found 1 numbers"
        in lumpform("equiv", pair[0], pair[1], "--box-file", tmp_path / "box.txt").one_error_line()
    )
