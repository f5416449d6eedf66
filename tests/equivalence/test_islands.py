"""Files with operators that are not understood are compared island by island, and never called different."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from island_cases import block, random_file
from onnx import numpy_helper

import lumpform as lf
from lumpform.cli import main
from lumpform.errors import ModelError, OptionError
from lumpform.networks.islands.read import read_islands


def changed(path: Path, name: str, by: float) -> Path:
    """Write the file with one number of an initialiser changed."""
    model = onnx.load(path)
    tensor = next(t for t in model.graph.initializer if t.name == name)
    array = numpy_helper.to_array(tensor).copy()
    array.reshape(-1)[0] += by
    tensor.CopyFrom(numpy_helper.from_array(array, name))
    there = path.with_name(f"changed {name}.onnx")
    there.write_bytes(model.SerializeToString())
    return there


@pytest.mark.medium
@given(st.integers(0, 10**6))
def test_a_reduced_file_is_equivalent_unless_weights_were_rounded(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    path = tmp_path_factory.mktemp("f") / "m.onnx"
    random_file(seed, path)
    model = read_islands(path)
    small = path.with_name("small.onnx")
    reduction = lf.reduce(model)
    lf.write(reduction.model, small)
    if any(each.rounding is not None and not each.rounding.exact for each in reduction.islands):
        assert lf.equivalent(model, read_islands(small)).answer in ("EQUIVALENT", "UNKNOWN")
        return
    verdict = lf.equivalent(model, read_islands(small))
    assert verdict.answer == "EQUIVALENT"
    assert "nodes between them are the same" in verdict.reason
    assert lf.equivalent(read_islands(small), model).answer == "EQUIVALENT"


def test_what_is_not_the_same_is_named(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    block(path)
    model = read_islands(path)
    inside = lf.equivalent(model, read_islands(changed(path, "W1", 1.0)))
    assert inside.answer == "UNKNOWN"
    assert "differs" in inside.reason
    assert "what that does to the outputs is not known" in inside.reason
    assert inside.stages[0].outcome == "DIFFERENT"
    outside = lf.equivalent(model, read_islands(changed(path, "g", 1.0)))
    assert outside.answer == "UNKNOWN"
    assert "'g', between islands, is not made in the same way" in outside.reason
    for what, change in (
        ("operator sets", lambda m: setattr(m.opset_import[0], "version", 18)),
        ("inputs", lambda m: setattr(m.graph.input[0].type.tensor_type.shape.dim[2], "dim_value", 9)),
        ("versions of the format", lambda m: setattr(m, "ir_version", 9)),
        ("not made in the same way", lambda m: m.graph.node[0].attribute.append(onnx.helper.make_attribute("axis", 2))),
    ):
        other = onnx.load(path)
        change(other)
        there = path.with_name("other.onnx")
        there.write_bytes(other.SerializeToString())
        verdict = lf.equivalent(model, read_islands(there))
        assert verdict.answer == "UNKNOWN"
        assert what in verdict.reason
        assert "\n" not in verdict.reason


def test_another_bias_behind_equal_layers_is_not_equal(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    block(path)
    other = onnx.load(path)
    bias = next(t for t in other.graph.initializer if t.name == "b2")
    bias.CopyFrom(numpy_helper.from_array(np.zeros(8, np.float32), "b2"))
    there = path.with_name("other.onnx")
    there.write_bytes(other.SerializeToString())
    assert lf.equivalent(read_islands(path), read_islands(there)).answer == "UNKNOWN"


def test_options_and_other_models_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    block(path)
    model = read_islands(path)
    for option in ({"box": (0, 1)}, {"epsilon": "1/2"}, {"argmax": True}, {"respect": ("labels",)}):
        with pytest.raises(OptionError, match="has no meaning for files with borders"):
            lf.equivalent(model, model, **option)
    with pytest.raises(ModelError, match="expected two files with borders"):
        lf.equivalent(model, lf.MarkovChain([[1]]))


def test_the_command_compares_two_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "m.onnx"
    block(path)
    small = tmp_path / "small.onnx"
    lf.write(lf.reduce(read_islands(path)).model, small)
    assert main(["equiv", str(path), str(small)]) == 0
    assert capsys.readouterr().out.startswith("EQUIVALENT")
    assert main(["equiv", str(path), str(changed(path, "W1", 1.0))]) == 3
    assert capsys.readouterr().out.startswith("UNKNOWN")
