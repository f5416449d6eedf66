"""`info` and `reduce` on networks: the tables, the JSON object, the files, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from sizes import medium_but

import lumpform as lf
from lumpform.cli import main


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "net.onnx"
    # Neuron 1 is twice neuron 0, neuron 2 its opposite, neuron 3 a constant.
    network = lf.Network.from_layers([([[1, 2, -1, 0], [1, 2, -1, 0]], [0, 0, 0, 7]), ([[1], [1], [1], [1]], [5])])
    lf.write(network, path)
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        code = main([str(a) for a in arguments])
    except SystemExit as stop:
        code = int(stop.code or 0)
    out, err = capsys.readouterr()
    return int(code or 0), out, err


def test_info(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "info", model, "--json")
    facts = json.loads(out)
    assert (code, facts["domain"], facts["total"]["neurons"]) == (0, "network", 4)
    assert facts["inputs"] == [{"name": "x", "shape": [None, 2], "dtype": "float32"}]
    code, out, _ = run(capsys, "info", model)
    assert code == 0
    assert "hidden neurons" in out


@pytest.mark.parametrize(("options", "neurons"), [([], 2), (["--opposite"], 1), (["--stable", "--box", "0", "1"], 0)])
def test_reduce(model: Path, capsys: pytest.CaptureFixture[str], options: list[str], neurons: int) -> None:
    out_file = model.parent / "small.onnx"
    code, out, err = run(capsys, "reduce", model, "-o", out_file, "--json", *options)
    assert (code, err) == (0, "")
    result = json.loads(out)
    assert result["certified"]
    assert result["exact"]
    assert result["sizes"]["total"]["neurons"] == {"before": 4, "after": neurons}
    assert result["written"]["exactly_equivalent"]
    assert set(result["seconds"]) >= {"read", "reduce", "write", "total"}
    x = np.array([[0.25, 0.5], [1.0, 0.0]])
    assert lf.read(out_file).forward(x).tolist() == lf.read(model).forward(x).tolist()


def without_samples(neurons: int) -> bytes:
    """A file of numbers that are no samples, which are written as one, and equal neurons behind them."""
    from onnx import TensorProto, helper, numpy_helper

    nodes = [helper.make_node("MatMul", ["x", "w"], ["h"]), helper.make_node("Relu", ["h"], ["y"])]
    nodes.append(helper.make_node("MatMul", ["y", "v"], ["z"]))
    weights = {"w": np.repeat([[1], [2], [3], [4], [5], [6]], neurons, axis=1), "v": np.ones((neurons, 1))}
    shapes = {"x": [6], "z": [1]}
    ends = [[helper.make_tensor_value_info(n, TensorProto.FLOAT, s)] for n, s in shapes.items()]
    constants = [numpy_helper.from_array(w.astype(np.float32), n) for n, w in weights.items()]
    graph = helper.make_graph(nodes, "g", *ends, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return bytes(model.SerializeToString())


def test_a_network_without_samples_is_written_as_one(tmp_path: Path) -> None:
    before, after = tmp_path / "s.onnx", tmp_path / "w.onnx"
    before.write_bytes(without_samples(2))
    rounding = lf.write(lf.reduce(lf.read(before)).model, after)
    assert (rounding.larger, after.stat().st_size < before.stat().st_size) == ("", True)


def test_where_nothing_merges_the_file_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after, proof = (tmp_path / name for name in ("s.onnx", "w.onnx", "c.json"))
    before.write_bytes(without_samples(1))
    arguments = ["reduce", before, "-o", after, "--certificate", proof, "--check"]
    code, out, _ = run(capsys, *arguments, "--json")
    facts = json.loads(out)
    assert (code, after.read_bytes()) == (0, before.read_bytes())
    assert facts["written"]["bytes"] == before.stat().st_size
    assert facts["written"]["kept"].startswith("nothing to merge: ")
    assert "larger" not in facts["written"]
    assert facts["check"].startswith("VERIFIED")
    assert facts["second_opinion"].startswith("EQUIVALENT")
    assert "nothing to merge" in run(capsys, *arguments)[1]


def test_another_network_in_the_file_is_not_taken_for_a_rounded_one(
    model: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the nearest floats of the exact weights pass as rounded; then the exact network is compared."""
    small, original, read = model.parent / "small.onnx", model, lf.read

    def wrong(path: Path, *kind: type, **options: object) -> object:
        return read(original if Path(path) == small else path, *kind, **options)

    monkeypatch.setattr("lumpform.formats.read", wrong)
    options = ["-o", small, "--certificate", model.parent / "c.json", "--check", "--json"]
    code, out, err = run(capsys, "reduce", model, *options)
    assert (code, err) == (1, "")
    facts = json.loads(out)
    assert facts["check"].startswith("VERIFIED")  # of the file as it is
    assert facts["second_opinion"] == "DIFFERENT: the file that was written holds another network than the reduced one"


FORMATS = [(".onnx", []), (".npz", ["--opposite"]), (".nnet", [])]


@pytest.mark.parametrize(("suffix", "options"), medium_but(FORMATS[2:], FORMATS))
def test_certificate_check_map_and_drawing(
    model: Path, capsys: pytest.CaptureFixture[str], suffix: str, options: list[str]
) -> None:
    small, certificate, places, picture = (model.parent / n for n in (f"small{suffix}", "c.json", "map.txt", "net.svg"))
    if options:
        small = small.with_suffix(".onnx")  # edges that skip a layer
    outputs = ["-o", small, "--certificate", certificate, "--map", places, "--draw", picture]
    code, out, err = run(capsys, "reduce", model, *outputs, "--check", "--json", *options)
    assert (code, err) == (0, "")
    assert json.loads(out)["check"].startswith("VERIFIED exact reduction of a network with 4 hidden neurons")
    assert json.loads(out)["second_opinion"].startswith("EQUIVALENT: equal outputs on all inputs")
    lines = [json.loads(line) for line in places.read_text().splitlines()]
    assert [line[2] for line in lines] == ["kept", "merged", "opposite" if options else "kept", "constant"]
    assert lines[1][5] == "2"
    assert picture.read_bytes().startswith(b"<?xml")
    assert run(capsys, "verify", model, small, certificate)[0] == 0
    fields = json.loads(certificate.read_text())
    fields["steps"][0]["scales"] = [[4, "3"], [6, "7"]]
    certificate.write_text(json.dumps(fields))
    code, out, err = run(capsys, "verify", model, small, certificate)
    assert (code, err) == (1, "")
    assert out.startswith("REJECTED N6: ")


def test_the_table_and_the_bound(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "reduce", model, "-o", model.parent / "small.onnx", "--box", "-1", "1")
    assert code == 0
    assert "all weights exact" in out
    assert "outputs of both files differ by at most" in out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--semantics", "rates"], "--semantics rates is for chains"),
        (["--draw", "picture.txt"], "expected one of the suffixes .svg .pdf .png"),
        (["--check", "-o", "small.onnx"], "--check needs --out and --certificate"),
        (["--respect", "labels"], "--respect is for chains"),
        (["--stable"], "--stable needs --box"),
        (["--kind", "exact"], "expected one of proportional-exact"),
        (["-o", "small.drn"], "a network is written to .onnx, .npz or .nnet"),
        (["--box", "1", "x", "--stable"], "x"),
    ],
)
def test_what_is_refused(
    model: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(model.parent)
    code, out, err = run(capsys, "reduce", model, *options)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert [p.name for p in model.parent.iterdir()] == ["net.onnx"]


def test_network_options_on_a_chain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "c.drn"
    lf.write(lf.MarkovChain([[1]]), path)
    code, _, err = run(capsys, "reduce", path, "--opposite")
    assert code == 2
    assert "--opposite is for networks, expected none for a chain" in err
