"""Islands that become nearly the same: what options they take, what is written, and that nothing more is claimed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from island_cases import block, chain, check_same, outputs, random_file
from onnx import helper, numpy_helper

import lumpform as lf
from lumpform.errors import OptionError
from lumpform.networks.islands.read import read_islands
from lumpform.reduction.nearly import approximate

pytestmark = pytest.mark.medium


@given(st.integers(0, 10**6))
def test_within_a_residual_of_zero_files_compute_the_same(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """A budget of zero leaves the outputs as they are, and the borders byte for byte."""
    folder = tmp_path_factory.mktemp("islands")
    model = random_file(seed, folder / "model.onnx")
    reduction = lf.reduce(read_islands(folder / "model.onnx"), residual=0)
    lf.write(reduction.model, folder / "small.onnx")
    check_same(model, folder / "model.onnx", folder / "small.onnx", seed)


@pytest.mark.parametrize("options", [{"keep": 0.5}, {"keep": 0.5, "method": "proportional"}, {"residual": "0.75"}])
def test_every_island_is_what_its_network_becomes(tmp_path: Path, options: dict[str, Any]) -> None:
    """An island is reduced as its network would be alone, and is read again from the file that is written."""
    chain(tmp_path / "m.onnx", 3, width=5, hidden=12)
    content = read_islands(tmp_path / "m.onnx")
    reduction = lf.reduce(content, **options)
    lf.write(reduction.model, tmp_path / "s.onnx")
    again = read_islands(tmp_path / "s.onnx")
    assert len(reduction.changed) == 3
    assert [b.operator for b in again.borders] == [b.operator for b in content.borders]
    for before, after in zip(content.islands, again.islands, strict=True):
        assert after.network.neurons == approximate(before.network, **options).model.neurons < 12


def test_a_neuron_that_nearly_repeats_another_is_left_out(tmp_path: Path) -> None:
    """It differs by a thousandth of a weight, and outputs of the file by little more."""
    model = block(tmp_path / "m.onnx")
    first = next(t for t in model.graph.initializer if t.name == "W1")
    array = numpy_helper.to_array(first).copy()
    array[:, 5] += np.float32(1e-3)
    first.CopyFrom(numpy_helper.from_array(array, "W1"))
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    reduction = lf.reduce(read_islands(tmp_path / "m.onnx"), keep=11 / 12)
    assert (reduction.original.neurons, reduction.model.neurons) == (12, 11)
    lf.write(reduction.model, tmp_path / "s.onnx")
    x = np.random.default_rng(1).normal(size=(2, 5, 8)).astype(np.float32)
    np.testing.assert_allclose(*(outputs(tmp_path / name, x)[0] for name in ("m.onnx", "s.onnx")), atol=0.02)


def test_what_is_nearly_the_same_has_no_certificate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither Python nor the command gives one, and the report calls nothing exact, certified or bounded."""
    from lumpform.cli import main

    chain(tmp_path / "m.onnx", 1, hidden=8)
    with pytest.raises(OptionError, match="nearly the same have no certificate"):
        lf.reduce(read_islands(tmp_path / "m.onnx"), keep=0.5).certificate()
    command = ["reduce", str(tmp_path / "m.onnx"), "-o", str(tmp_path / "s.onnx"), "--keep", "0.5"]
    assert main([*command, "--certificate", str(tmp_path / "c.json")]) == 2
    assert "--certificate needs --epsilon, which it proves" in capsys.readouterr().err
    assert not (tmp_path / "s.onnx").exists()
    assert main([*command, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["exact"], result["error_bound"], result["reduced_neurons"]) == (False, None, 4)
    assert result["islands"][0]["inputs_used"].startswith("assumed")
    assert main(command) == 0
    told = capsys.readouterr().out
    assert "no bound is proved of the file, and there is no certificate" in told
    assert "equal" not in told
    assert "exact" not in told


@pytest.mark.parametrize("option", [["--stable", "--box", "0", "1"], ["--map", "m.json"], ["--draw", "d.svg"]])
def test_the_command_says_what_works_for_islands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: list[str]
) -> None:
    """One line, exit code 2, nothing written."""
    from lumpform.cli import main

    block(tmp_path / "m.onnx")
    option = [str(tmp_path / each) if "." in each else each for each in option]
    assert main(["reduce", str(tmp_path / "m.onnx"), "-o", str(tmp_path / "s.onnx"), *option]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "is not for a file with islands" in told
    assert "expected some of --opposite, --linear, --smallest, --keep, --residual, --method, --polish" in told
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m.onnx"]


def test_an_island_that_cannot_be_approximated_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One island whose kind of network has no approximation does not keep the others from theirs."""
    from lumpform.errors import ModelError

    chain(tmp_path / "m.onnx", 2, hidden=8)
    content = read_islands(tmp_path / "m.onnx")

    def one_refused(network: Any, **options: Any) -> Any:
        if network is content.islands[0].network:
            raise ModelError("no approximation here")
        return approximate(network, **options)

    monkeypatch.setattr("lumpform.reduction.islands.approximate", one_refused)
    reduction = lf.reduce(content, keep=0.5)
    assert [each.why for each in reduction.islands] == ["not looked into: no approximation here", ""]
    assert reduction.model.neurons == 12


def test_tables_of_islands_have_eighty_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Long names and long reasons are folded."""
    from lumpform.cli import main

    model = chain(tmp_path / "m.onnx", 2)
    for node in model.graph.node:
        for names in (node.input, node.output):
            names[:] = [name if name == "x" or name[0] in "WV" else f"a/long/name/of/a/tensor/{name}" for name in names]
    last = model.graph.output[0]
    last.CopyFrom(helper.make_tensor_value_info(f"a/long/name/of/a/tensor/{last.name}", 1, ["N", 3]))
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    assert main(["info", str(tmp_path / "m.onnx")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines[1:])) <= 80
    assert any("2 Tan" in line for line in lines)
