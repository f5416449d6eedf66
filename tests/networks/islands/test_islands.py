"""Files with operators that are not understood: what is cut, what is reduced, what stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from island_cases import block, check_same, outputs, random_file, write
from onnx import helper, numpy_helper

import lumpform as lf
from lumpform.certificates.format import write_certificate
from lumpform.checker.judge import check
from lumpform.errors import FormatError, ModelError, OptionError
from lumpform.networks.islands.read import read_islands


def reduced(path: Path, folder: Path) -> tuple[Any, Path, Path]:
    """Reduce a file with islands; returns the reduction, the file and the certificate."""
    reduction = lf.reduce(read_islands(path))
    out, certificate = folder / "small.onnx", folder / "certificate.json"
    lf.write(reduction.model, out)
    write_certificate(reduction.certificate(), certificate)
    return reduction, out, certificate


@given(st.integers(0, 10**6))
def test_reduced_files_compute_the_same(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """onnxruntime's outputs of both files agree, the checker verifies, and the borders are byte for byte as before."""
    folder = tmp_path_factory.mktemp("islands")
    model = random_file(seed, folder / "model.onnx")
    reduction, out, certificate = reduced(folder / "model.onnx", folder)
    verdict = check(str(folder / "model.onnx"), str(out), str(certificate))
    assert verdict.verified, verdict.line
    onnx.checker.check_model(onnx.load(str(out)), full_check=True)
    check_same(model, folder / "model.onnx", out, seed)
    assert reduction.model.neurons <= reduction.original.neurons


def test_planted_neurons_of_a_block_are_found(tmp_path: Path) -> None:
    """The layers between two norms are an island of rows, in which one of twelve neurons is another's copy."""
    block(tmp_path / "block.onnx")
    content = read_islands(tmp_path / "block.onnx")
    assert [(i.cut.inputs, i.cut.outputs, i.cut.rows) for i in content.islands] == [(("n", "x"), ("r",), True)]
    assert [b.operator for b in content.borders] == ["LayerNormalization", "LayerNormalization"]
    reduction, out, certificate = reduced(tmp_path / "block.onnx", tmp_path)
    assert (reduction.original.neurons, reduction.model.neurons) == (12, 11)
    verdict = check(str(tmp_path / "block.onnx"), str(out), str(certificate))
    assert verdict.verified
    assert "taken for granted: the shapes of 2 tensors" in verdict.line
    x = np.random.default_rng(1).normal(size=(2, 5, 8)).astype(np.float32)
    np.testing.assert_allclose(outputs(tmp_path / "block.onnx", x)[0], outputs(out, x)[0], atol=1e-5)


def test_read_with_borders_returns_a_network_where_it_can(tmp_path: Path) -> None:
    """Only a file that is not understood as a whole is cut."""
    node = helper.make_node("Relu", ["x"], ["y"])
    write(tmp_path / "whole.onnx", [node], [], {"x": ["N", 2]}, {"y": ["N", 2]})
    assert lf.read(tmp_path / "whole.onnx", borders=True).domain == "network"
    node = helper.make_node("Tan", ["x"], ["y"])
    write(tmp_path / "border.onnx", [node], [], {"x": ["N", 2]}, {"y": ["N", 2]})
    content = lf.read(tmp_path / "border.onnx", borders=True)
    assert (content.domain, content.islands, content.neurons) == ("islands", (), 0)
    with pytest.raises(FormatError, match="the operator 'Tan'"):
        lf.read(tmp_path / "border.onnx")


def test_islands_on_both_sides_of_a_border_meet_again(tmp_path: Path) -> None:
    """A sum of what a border makes and of what was before it lies behind the border."""
    w = numpy_helper.from_array(np.eye(2, dtype=np.float32), "w")
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["a"]),
        helper.make_node("Tan", ["a"], ["b"]),
        helper.make_node("Add", ["a", "b"], ["c"]),
        helper.make_node("Relu", ["c"], ["y"]),
    ]
    write(tmp_path / "m.onnx", nodes, [w], {"x": ["N", 2]}, {"y": ["N", 2]})
    content = read_islands(tmp_path / "m.onnx")
    assert [(i.cut.inputs, i.cut.outputs) for i in content.islands] == [(("x",), ("a",)), (("a", "b"), ("y",))]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda m: m.graph.node[1].attribute.append(helper.make_attribute("no", 1)), "'no'|checker"),
        (lambda m: m.graph.node[0].input.__setitem__(0, "nobody"), "topologically"),
        (lambda m: m.functions.append(helper.make_function("", "Relu", ["a"], ["a"], [], [])), "standard's own domain"),
        (
            lambda m: m.graph.initializer[0].CopyFrom(
                numpy_helper.from_array(np.full((8, 12), np.nan, np.float32), "W1")
            ),
            "NaN",
        ),
    ],
)
def test_files_that_are_not_valid_are_refused(tmp_path: Path, change: Any, found: str) -> None:
    """What is not understood stays, what is wrong is refused in one line."""
    model = block(tmp_path / "m.onnx")
    change(model)
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(FormatError, match=found) as error:
        read_islands(tmp_path / "m.onnx")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"box": (0, 1)}, "box is not for a file with islands: .* no known bounds; expected some of opposite, linear"),
        ({"stable": True, "box": (0, 1)}, "stable is not for a file with islands|box is not for a file with islands"),
        ({"keep": 0.5, "data": np.ones((2, 8))}, "data is not for a file with islands: inputs of the file are not"),
        ({"method": "linear"}, "method goes with keep or epsilon"),
        ({"seed": 1}, "seed goes with keep or epsilon"),
        ({"keep": 0.5, "epsilon": 1, "box": (0, 1)}, "keep and epsilon exclude each other"),
        ({"epsilon": 1, "box": (0, 1)}, "is not for a file with islands: .* no known bounds"),
        ({"keep": 2}, "keep is 2, expected a share above 0"),
        ({"keep": 0.5, "residual": 1}, "expected either keep or residual"),
        ({"quotient": "best"}, "'quotient' is for chains, expected none for a network"),
    ],
)
def test_options_without_a_meaning_for_islands_are_refused(tmp_path: Path, options: dict[str, Any], found: str) -> None:
    """A box is one of the inputs of a network, and data are the inputs of the file."""
    block(tmp_path / "m.onnx")
    with pytest.raises(OptionError, match=found):
        lf.reduce(read_islands(tmp_path / "m.onnx"), **options)


def test_kinds_and_formats_of_islands(tmp_path: Path) -> None:
    """The kind of networks is that of islands; a file goes back to no module, and is written as ONNX only."""
    block(tmp_path / "m.onnx")
    content = read_islands(tmp_path / "m.onnx")
    assert lf.reduce(content, "proportional-exact").model.neurons == 11
    with pytest.raises(ModelError, match="is a file, expected islands of a PyTorch module"):
        content.to_torch()
    with pytest.raises(OptionError, match=r"expected \.onnx"):
        lf.write(content, tmp_path / "m.npz")


def test_inputs_that_are_initialisers_stay(tmp_path: Path) -> None:
    """Old files name initialisers among the inputs; these are still there when the island does not need them."""
    model = block(tmp_path / "m.onnx")
    model.graph.input.append(helper.make_tensor_value_info("W1", onnx.TensorProto.FLOAT, [8, 12]))
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    _, out, certificate = reduced(tmp_path / "m.onnx", tmp_path)
    assert "W1" in [t.name for t in onnx.load(str(out)).graph.initializer]
    assert check(str(tmp_path / "m.onnx"), str(out), str(certificate)).verified


def test_the_command_reduces_and_checks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`lumpform reduce` says which islands there are and what the checker thinks; `--strict` refuses the borders."""
    from lumpform.cli import main

    block(tmp_path / "m.onnx")
    files = ["-o", str(tmp_path / "s.onnx"), "--certificate", str(tmp_path / "c.json"), "--check"]
    assert main(["reduce", str(tmp_path / "m.onnx"), *files, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["neurons"], result["reduced_neurons"], result["borders"]) == (12, 11, 2)
    assert result["check"].startswith("VERIFIED 1 island")
    assert main(["info", str(tmp_path / "m.onnx")]) == 0
    assert "LayerNormalization" in capsys.readouterr().out
    assert main(["reduce", str(tmp_path / "m.onnx"), *files, "--strict"]) == 2
    assert main(["reduce", str(tmp_path / "m.onnx"), "--draw", str(tmp_path / "d.svg")]) == 2
    assert main(["verify", str(tmp_path / "m.onnx"), str(tmp_path / "s.onnx"), str(tmp_path / "c.json")]) == 0


def test_an_island_that_would_make_the_file_grow_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could be smaller and is not put in place is said to be left, not that nothing was found."""
    from lumpform.cli import main

    block(tmp_path / "m.onnx")
    monkeypatch.setattr("lumpform.reduction.islands.SLACK", -(10**6))
    reduction = lf.reduce(read_islands(tmp_path / "m.onnx"))
    assert reduction.islands[0].why.startswith("not put in place: the file would grow by")
    assert reduction.model.neurons == 12
    assert reduction.model.model == reduction.original.model
    assert main(["reduce", str(tmp_path / "m.onnx")]) == 0
    told = capsys.readouterr().out
    assert "could be smaller" in told
    assert "nothing to merge" not in told


@pytest.mark.medium
def test_merges_that_make_the_file_grow_are_left(tmp_path: Path) -> None:
    """Of random files that would grow by what stands in the place of islands, none does where merges must pay."""
    larger = 0
    for seed in range(12):
        random_file(seed, tmp_path / "m.onnx")
        content = read_islands(tmp_path / "m.onnx")
        before, after = content.model.ByteSize(), lf.reduce(content).model.model.ByteSize()
        reduction = lf.reduce(content, smallest="file")
        assert reduction.model.model.ByteSize() <= min(before, after)
        larger += after > before
        for each in reduction.islands:
            assert each.rounding is None or each.island.network.neurons > each.reduction.model.neurons
        if reduction.changed:
            lf.write(reduction.model, tmp_path / "s.onnx")
            write_certificate(reduction.certificate(), tmp_path / "c.json")
            assert check(*(str(tmp_path / name) for name in ("m.onnx", "s.onnx", "c.json"))).verified
    assert larger


def test_what_is_read_again_as_another_network_is_not_put_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what was written, the reader's word counts."""
    block(tmp_path / "m.onnx")
    content = read_islands(tmp_path / "m.onnx")
    monkeypatch.setattr("lumpform.reduction.islands.read_model", lambda *_: content.islands[0].network)
    reduction = lf.reduce(content)
    assert reduction.islands[0].why == "not put in place: read again it is another network"
    assert reduction.model.model == content.model
