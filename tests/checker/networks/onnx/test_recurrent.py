"""RNN in files, as the checker reads it: every fault has one line, and damaged files are read or refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from random_rnn import Draft, recurrent_model
from recurrent_cases import layer

from lumpform.checker import Unreadable
from lumpform.checker.networks.graph import Network
from lumpform.checker.networks.judge import read_network

Change = Callable[[Any], None]
BEFORE = "node 0 (RNN ''): found "


def read(model: Any, folder: Path) -> Network:
    path = folder / "m.onnx"
    path.write_bytes(model if isinstance(model, bytes) else model.SerializeToString())
    return read_network(str(path))


def attribute(name: str, value: Any) -> Change:
    def change(graph: Any) -> None:
        for a in [a for a in graph.node[0].attribute if a.name == name]:
            graph.node[0].attribute.remove(a)
        graph.node[0].attribute.append(helper.make_attribute(name, value))

    return change


def operand(place: int, array: Any) -> Change:
    """Another constant for an operand, or an input of the graph."""

    def change(graph: Any) -> None:
        graph.node[0].input.extend([""] * (place + 1 - len(graph.node[0].input)))
        graph.node[0].input[place] = "other"
        if array is None:
            graph.input.append(helper.make_tensor_value_info("other", TensorProto.FLOAT, [1, 2, 2]))
        else:
            graph.initializer.append(numpy_helper.from_array(np.asarray(array), "other"))

    return change


def kind(name: str) -> Change:
    def change(graph: Any) -> None:
        graph.node[0].op_type = name

    return change


def shape(*dims: Any) -> Change:
    def change(graph: Any) -> None:
        graph.input[0].CopyFrom(helper.make_tensor_value_info("x", TensorProto.FLOAT, dims))

    return change


def both(*changes: Change) -> Change:
    return lambda graph: [change(graph) for change in changes] and None


def ones(*dims: int) -> Any:
    return np.ones(dims, dtype=np.float32)


FAULTS: list[tuple[str, Change, str]] = [
    ("clip", attribute("clip", 1.0), f"{BEFORE}the attribute clip"),
    ("layout", attribute("layout", 1), f"{BEFORE}the attribute layout = 1"),
    ("direction", attribute("direction", "upward"), f"{BEFORE}the attribute direction = 'upward'"),
    ("activations", attribute("activations", ["Elu"]), f"{BEFORE}the activations Elu, expected one of Relu, Tanh"),
    ("two activations", attribute("activations", ["Relu", "Relu"]), f"{BEFORE}the activations Relu, Relu, expected"),
    ("a text", attribute("activations", "Relu"), f"{BEFORE}the attribute activations of type string instead of"),
    ("alpha", attribute("activation_alpha", [1.0]), f"{BEFORE}the attribute activation_alpha"),
    ("hidden_size", attribute("hidden_size", 3), f"{BEFORE}weights of the shapes [[1, 2, 1], [1, 2, 2]] for 1"),
    ("both directions", attribute("direction", "bidirectional"), f"{BEFORE}the activations Relu, expected"),
    ("weights", operand(1, ones(1, 2, 3)), f"{BEFORE}weights of the shapes [[1, 2, 3], [1, 2, 2]]"),
    ("states", operand(2, ones(1, 2, 3)), f"{BEFORE}weights of the shapes"),
    ("a number", operand(2, np.float32(1)), f"{BEFORE}weights of the shapes [[1, 2, 1], []]"),
    ("integers", operand(1, np.ones((1, 2, 1), dtype=np.int64)), f"{BEFORE}a constant of integers"),
    ("biases", operand(3, ones(1, 2)), f"{BEFORE}biases of the shape [1, 2] for 1 directions of 2 neurons"),
    ("lengths", operand(4, np.array([1, 1], dtype=np.int32)), f"{BEFORE}sequence_lens, 'other': sequences of"),
    ("start", operand(5, ones(1, 2)), f"{BEFORE}initial_h of the shape [1, 2] for 1 directions of 2 neurons"),
    ("a start for others", operand(5, ones(1, 3, 2)), f"{BEFORE}initial_h for 3 samples, which is not zero, where"),
    ("any samples", shape(None, None, 1), f"{BEFORE}initial_h for 2 samples, which is not zero, where inputs have any"),
    ("starts", operand(5, [[[1.0, 2], [1, 3]]]), f"{BEFORE}initial_h that is not the same for all samples"),
    ("a given start", operand(5, None), f"{BEFORE}operand 5 is no constant"),
    ("features", shape(None, 2, 5), f"{BEFORE}weights of the shapes [[1, 2, 1], [1, 2, 2]] for 1 directions, 5"),
    ("no features", shape(None, 2, "f"), "input 'x': found the shape ['?', 2, '?'], expected steps, samples and a"),
    ("two dimensions", shape(2, 1), "input 'x': found the shape [2, 1], expected steps, samples and a number of"),
    ("LSTM", kind("LSTM"), "node 0 (LSTM ''): found the operator 'LSTM', expected one of A"),
]


@pytest.mark.parametrize(("what", "change", "line"), FAULTS, ids=[what for what, _, _ in FAULTS])
def test_faults_have_one_line(what: str, change: Change, line: str, tmp_path: Path) -> None:
    model = layer([[1], [2]], [[1, 0], [3, 1]], [1, 2], [1, 2])
    read(model, tmp_path)
    change(model.graph)
    with pytest.raises(Unreadable) as caught:
        read(model, tmp_path)
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "constant", "line"),
    [
        ("Add", ones(3, 1, 1, 3), "found a constant of the shape [3, 1, 1, 3], not the same for all steps and samples"),
        ("Add", ones(1, 1, 1, 1, 3), "not the same for all steps and samples"),
        ("MatMul", ones(3), "found a constant of the shape [3], expected a matrix along the features"),
        ("Reshape", np.array([-1, 3]), "found the shape [-1, 3] for the layout 't.n.', expected steps and samples"),
        ("Reshape", np.array([0, 0, -1]), "found the shape [0, 0, -1] for the layout 't.n.'"),
        ("Squeeze", np.array([0]), "found the axes [0] of a sequence, expected some that are neither steps nor"),
        ("Gather", np.array([0, 1]), "found the places [0, 1] of steps or samples, expected the first (0) or the last"),
        ("Gather", np.array(1), "found the places [1] of steps or samples"),
        ("Expand", np.array([1, 1, 1, 3]), "found a sequence as operand, expected one for RNN, Add"),
        ("Concat", ones(1, 1, 1, 3), "found sequences that are joined along the axis"),
    ],
)
def test_what_mixes_steps_or_samples_is_refused(name: str, constant: Any, line: str, tmp_path: Path) -> None:
    draft = Draft(0)
    y, _ = draft.rnn("x", 2, 3, direction="forward", function="Relu")
    attributes = {"axis": 3} if name == "Concat" else {}
    z = draft.node(name, [y, draft.constant(constant)], **attributes)
    with pytest.raises(Unreadable) as caught:
        read(draft.model(["t", "n", 2], {z: None}), tmp_path)
    assert line in str(caught.value)


@pytest.mark.parametrize("perm", [[0, 2, 1], [2, 1, 0]])
def test_the_features_may_not_be_in_front_of_a_layer(perm: list[int], tmp_path: Path) -> None:
    draft = Draft(0)
    turned = draft.node("Transpose", ["x"], perm=perm)
    y, _ = draft.rnn(turned, 2, 3, direction="forward", function="Relu")
    model = draft.model([2, 2, 2], {y: None})
    with pytest.raises(Unreadable, match="found a tensor of the layout"):
        read(model, tmp_path)
    from lumpform.errors import FormatError
    from lumpform.networks.onnx import read_onnx

    with pytest.raises(FormatError, match="found the layout"):
        read_onnx(tmp_path / "m.onnx")


def test_two_layers_may_not_read_one_input_in_two_ways(tmp_path: Path) -> None:
    draft = Draft(0)
    first, _ = draft.rnn("x", 2, 3, direction="forward", function="Relu")
    second, _ = draft.rnn(draft.node("Transpose", ["x"], perm=[1, 0, 2]), 2, 3, direction="forward", function="Relu")
    with pytest.raises(Unreadable, match="found samples before steps, expected steps, samples and features before"):
        read(draft.model(["t", "n", 2], {first: None, second: None}), tmp_path)


@pytest.mark.parametrize("seed", range(3))
def test_damaged_bytes_are_refused_in_one_line_or_read(seed: int, tmp_path: Path) -> None:
    content, lines = recurrent_model(seed)[0].SerializeToString(), []
    for at in range(0, len(content), 7):
        for damaged in (content[:at], content[:at] + bytes([content[at] ^ 255]) + content[at + 1 :]):
            try:
                read(damaged, tmp_path)
            except Unreadable as error:
                lines.append(str(error))
    assert lines
    assert not any("\n" in line for line in lines)
