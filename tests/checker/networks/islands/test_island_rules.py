"""Certificates of islands with one thing wrong, and files with one thing changed, are rejected by a rule or refused."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from island_cases import block, write
from onnx import helper, numpy_helper

import lumpform as lf
from lumpform.checker.failure import Unreadable
from lumpform.checker.judge import check
from lumpform.checker.networks.islands.file import reads
from lumpform.checker.networks.onnx.wire import Message
from lumpform.networks.islands.read import read_islands

EMPTY = {
    "format": "lumpform-certificate", "version": 1, "domain": "islands", "islands": [],
    "generator": {"tool": "test", "version": "1"},
}  # fmt: skip
"""A certificate that says that nothing was replaced."""


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any, Any]:
    """The block, what it is reduced to, and the certificate."""
    path = tmp_path_factory.mktemp("islands") / "m.onnx"
    model = block(path)
    reduction = lf.reduce(read_islands(path))
    return model, reduction.model.model, reduction.certificate()


def verdict(folder: Path, model: Any, small: Any, certificate: Any) -> Any:
    paths = [folder / name for name in ("a.onnx", "b.onnx", "c.json")]
    paths[0].write_bytes(model.SerializeToString())
    paths[1].write_bytes(small.SerializeToString())
    paths[2].write_text(json.dumps(certificate), encoding="utf-8")
    return check(*map(str, paths))


def tensor(model: Any, name: str, array: Any) -> None:
    place = next(t for t in model.graph.initializer if t.name == name)
    place.CopyFrom(numpy_helper.from_array(np.asarray(array, dtype=np.float32), name))


def test_the_honest_one_is_verified(tmp_path: Path, honest: Any) -> None:
    assert verdict(tmp_path, *honest).verified


def _weights(m: Any) -> None:
    name = next(n.input[1] for n in m.graph.node if n.op_type == "MatMul")
    array = numpy_helper.to_array(next(t for t in m.graph.initializer if t.name == name)).copy()
    array[0, 0] += 0.25
    tensor(m, name, array)


FILES: list[tuple[str, Callable[[Any], Any]]] = [
    ("I2", lambda m: tensor(m, "g", np.full(8, 2))),
    ("I2", lambda m: m.graph.node[0].attribute.append(helper.make_attribute("epsilon", 0.5))),
    ("I2", lambda m: m.graph.node[-1].attribute.append(helper.make_attribute("epsilon", 0.5))),
    ("I2", lambda m: m.graph.node[-1].input.__setitem__(0, "n")),
    ("I2", lambda m: m.graph.output[0].type.tensor_type.shape.dim[1].__setattr__("dim_param", "T")),
    ("I2", lambda m: m.graph.input[0].type.tensor_type.shape.dim[1].__setattr__("dim_value", 7)),
    ("I2", lambda m: m.opset_import[0].__setattr__("version", 18)),
    ("I2", lambda m: m.__setattr__("ir_version", 9)),
    ("I3", _weights),
    ("I3", lambda m: next(n for n in m.graph.node if n.op_type == "Relu").__setattr__("op_type", "Tanh")),
]


@pytest.mark.parametrize(("rule", "change"), FILES)
def test_a_changed_file_is_rejected(tmp_path: Path, honest: Any, rule: str, change: Callable[[Any], Any]) -> None:
    model, small, certificate = honest
    other = copy.deepcopy(small)
    change(other)
    assert verdict(tmp_path, model, other, certificate).rule == rule


def first(c: Any) -> Any:
    return c["islands"][0]


def inner(c: Any) -> Any:
    return c["islands"][0]["network"]


CERTIFICATES: list[tuple[str, Callable[[Any], Any]]] = [
    ("I1", lambda c: c["islands"].append(c["islands"][0])),
    ("I2", lambda c: c["islands"].clear()),
    ("I2", lambda c: first(c)["outputs"].__setitem__(0, "nobody")),
    ("I3", lambda c: inner(c)["original"].__setitem__("digest", "sha256:" + "0" * 64)),
    ("I3", lambda c: inner(c)["steps"].clear()),
    ("I3", lambda c: inner(c).__setitem__("nodes", 7)),
]


@pytest.mark.parametrize(("rule", "change"), CERTIFICATES)
def test_a_changed_certificate_is_rejected(tmp_path: Path, honest: Any, rule: str, change: Any) -> None:
    model, small, certificate = honest
    other = copy.deepcopy(certificate)
    change(other)
    assert verdict(tmp_path, model, small, other).rule == rule


REFUSED: list[tuple[str, Callable[[Any], Any]]] = [
    ("no such tensor", lambda c: first(c)["inputs"][0].__setitem__(0, "nobody")),
    ("no work row by row", lambda c: first(c)["inputs"].pop(1)),
    ("different rows", lambda c: first(c)["inputs"][0].__setitem__(1, ["B", "T", 8])),
    ("different rows", lambda c: first(c)["inputs"][0].__setitem__(1, [8])),
    ("several open sizes", lambda c: first(c).__setitem__("rows", False)),
    ("true or false", lambda c: first(c).__setitem__("rows", 1)),
    ("no work row by row", lambda c: (first(c)["inputs"].pop(0), first(c)["outputs"].__setitem__(0, "y"))),
    ("a name twice", lambda c: first(c)["outputs"].append("r")),
    ("positive sizes", lambda c: first(c)["inputs"][0].__setitem__(1, ["B", -1, 8])),
    ("fields", lambda c: first(c).__setitem__("more", 1)),
    ("the name of a tensor", lambda c: first(c)["outputs"].append("")),
    ("an object", lambda c: first(c).__setitem__("network", [])),
    ("fields", lambda c: c.__setitem__("more", 1)),
]


@pytest.mark.parametrize(("found", "change"), REFUSED)
def test_what_makes_no_sense_is_refused_in_one_line(tmp_path: Path, honest: Any, found: str, change: Any) -> None:
    model, small, certificate = honest
    other = copy.deepcopy(certificate)
    change(other)
    with pytest.raises(Unreadable, match=found) as error:
        verdict(tmp_path, model, small, other)
    assert "\n" not in str(error.value)


def test_a_body_that_reads_another_tensor_is_rejected(tmp_path: Path) -> None:
    """What the bodies of a branch read counts as read by the branch."""

    def file(read: str) -> Any:
        out = helper.make_tensor_value_info("o", onnx.TensorProto.FLOAT, None)
        body = helper.make_graph([helper.make_node("Tan", [read], ["o"])], "b", [], [out])
        nodes = [
            helper.make_node("Relu", ["x"], ["a"]),
            helper.make_node("Tan", ["x"], ["b"]),
            helper.make_node("If", ["c"], ["y"], then_branch=body, else_branch=body),
        ]
        tensors = [numpy_helper.from_array(np.array(True), "c")]
        return write(tmp_path / "f.onnx", nodes, tensors, {"x": ["N", 2]}, {"y": ["N", 2]})

    assert verdict(tmp_path, file("a"), file("a"), EMPTY).verified
    assert verdict(tmp_path, file("a"), file("b"), EMPTY).rule == "I2"


def test_what_bodies_read_is_compared_as_well(tmp_path: Path) -> None:
    """The branch is the same, the tensor that its bodies read is made in another way."""

    def file(operator: str) -> Any:
        out = helper.make_tensor_value_info("o", onnx.TensorProto.FLOAT, None)
        body = helper.make_graph([helper.make_node("Tan", ["a"], ["o"])], "b", [], [out])
        nodes = [
            helper.make_node(operator, ["x"], ["a"]),
            helper.make_node("If", ["c"], ["y"], then_branch=body, else_branch=body),
        ]
        tensors = [numpy_helper.from_array(np.array(True), "c")]
        return write(tmp_path / "f.onnx", nodes, tensors, {"x": ["N", 2]}, {"y": ["N", 2]})

    assert verdict(tmp_path, file("Relu"), file("Relu"), EMPTY).verified
    assert verdict(tmp_path, file("Relu"), file("Tanh"), EMPTY).rule == "I2"


def test_a_body_reads_what_it_returns_too() -> None:
    out = helper.make_tensor_value_info("outer", onnx.TensorProto.FLOAT, None)
    node = helper.make_node("If", ["c"], ["y"], then_branch=helper.make_graph([], "b", [], [out]))
    assert reads(Message(memoryview(node.SerializeToString()))) == ["c", "outer"]


def _own_relu(m: Any) -> None:
    m.functions.append(helper.make_function("", "Relu", ["a"], ["a"], [], []))


WRONG: list[tuple[str, Callable[[Any], Any]]] = [
    (
        "function in the standard's",
        lambda m: m.functions.append(helper.make_function("", "Relu", ["a"], ["a"], [], [])),
    ),
    ("sparse initializers or training", lambda m: m.training_info.add()),
    ("sparse initializers or training", lambda m: m.graph.sparse_initializer.add()),
    ("the name twice", lambda m: m.graph.node.append(helper.make_node("Relu", ["x"], ["n"]))),
    ("the name twice", lambda m: m.graph.initializer.append(numpy_helper.from_array(np.ones(8, np.float32), "g"))),
    ("no work row by row", lambda m: tensor(m, "W1", np.ones((1, 8, 12)))),
    ("no work row by row", lambda m: tensor(m, "b1", np.ones((4, 12)))),
]


@pytest.mark.parametrize(("found", "change"), WRONG)
def test_files_that_could_mean_something_else_are_refused(
    tmp_path: Path, honest: Any, found: str, change: Callable[[Any], Any]
) -> None:
    model, small, certificate = honest
    model, small = copy.deepcopy(model), copy.deepcopy(small)
    change(model)
    if "name" in found or "function" in found:
        change(small)
    with pytest.raises(Unreadable, match=found):
        verdict(tmp_path, model, small, certificate)


def test_sizes_of_two_names_are_no_samples(tmp_path: Path, honest: Any) -> None:
    model, small, certificate = honest
    other = copy.deepcopy(certificate)
    first(other)["rows"] = False
    first(other)["inputs"] = [["n", ["N", 8]], ["x", ["M", 8]]]
    with pytest.raises(Unreadable, match="several open sizes"):
        verdict(tmp_path, model, small, other)


def test_numbers_beside_a_file_are_compared_by_what_they_are(tmp_path: Path, honest: Any) -> None:
    """The initialisers of the original lie in a file of their own, those of the reduced one do not."""
    model, small, certificate = honest
    paths = [tmp_path / name for name in ("a.onnx", "b.onnx", "c.json")]
    onnx.save_model(
        copy.deepcopy(model), str(paths[0]), save_as_external_data=True, location="a.data", size_threshold=0
    )
    paths[1].write_bytes(small.SerializeToString())
    paths[2].write_text(json.dumps(certificate), encoding="utf-8")
    assert check(*map(str, paths)).verified
    entries = {
        t.name: {e.key: e.value for e in t.external_data}
        for t in onnx.load(str(paths[0]), load_external_data=False).graph.initializer
    }
    data = bytearray((tmp_path / "a.data").read_bytes())
    data[int(entries["g"].get("offset", 0)) + 3] ^= 1
    (tmp_path / "a.data").write_bytes(bytes(data))
    assert check(*map(str, paths)).rule == "I2"
