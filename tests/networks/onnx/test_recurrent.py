"""RNN in ONNX files: what onnxruntime computes, there and back again, and what is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import ModelProto, TensorProto, helper
from onnx_judge import OPTIONS
from random_rnn import DIRECTIONS, Draft, recurrent_model

import lumpform as lf
from lumpform import strategies as ls
from lumpform.certificates.digest import digest_of
from lumpform.errors import FormatError, OptionError
from lumpform.graph.graph import Arrow, Group, WeightedGraph
from lumpform.graph.weights import DenseWeights
from lumpform.networks.canonical import canonical
from lumpform.networks.functions import RELU
from lumpform.networks.network import ONE, Network
from lumpform.networks.onnx import read_onnx
from lumpform.networks.onnx.write import to_onnx
from lumpform.networks.port import Port
from lumpform.networks.recurrent import FIRST, FORWARD, LAST, REVERSE, START
from lumpform.networks.signature import signature


def run(model: ModelProto, x: np.ndarray[Any, Any]) -> list[np.ndarray[Any, Any]]:
    session = ort.InferenceSession(model.SerializeToString(), OPTIONS, providers=["CPUExecutionProvider"])
    return [np.asarray(o) for o in session.run(None, {"x": x.astype(np.float32)})]


def read(model: ModelProto, folder: Path, **options: Any) -> Network:
    path = folder / "model.onnx"
    path.write_bytes(model.SerializeToString())
    return read_onnx(path, **options)


def numbers(shape: tuple[int, ...], seed: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).integers(-8, 9, shape) / 4


def assert_alike(found: Any, wanted: list[Any]) -> None:
    found = found if isinstance(found, tuple) else (found,)
    for a, b in zip(found, wanted, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a.astype(float), b.astype(float), atol=1e-4, rtol=1e-4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rnn")


@given(st.integers(0, 2**32))
def test_random_models_there_and_back(folder: Path, seed: int) -> None:
    """Read as onnxruntime computes, written so that it computes the same, and read again as the same graph."""
    model, shape = recurrent_model(seed)
    x = numbers(shape, seed)
    wanted = run(model, x)
    network = read(model, folder)
    assert network.recurrent
    assert_alike(network.forward(x), wanted)
    assert_alike(read(model, folder, folded=False).forward(x), wanted)
    written, rounding = to_onnx(network)
    assert rounding.exact
    assert_alike(tuple(run(written, x)), wanted)
    again = read(written, folder)
    assert signature(canonical(again)) == signature(canonical(network))
    assert [p.layout for p in again.outputs] == [p.layout for p in network.outputs]


@given(ls.recurrent_networks(files=True), st.integers(0, 2**32))
def test_random_networks_are_written_and_read(folder: Path, network: Network, seed: int) -> None:
    x = numbers((3, 2, network.graph.groups[1].size), seed)
    wanted = network.forward(x)
    written, _ = to_onnx(network)
    assert_alike(tuple(run(written, x)), [wanted])
    again = read(written, folder)
    assert_alike(again.forward(x), [wanted])


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("function", ["Relu", "Tanh"])
def test_every_direction_is_a_group_with_a_loop(direction: str, function: str, tmp_path: Path) -> None:
    draft = Draft(3)
    y, last = draft.rnn("x", 2, 3, direction=direction, function=function, biased=True)
    d = 2 if direction == "bidirectional" else 1
    model = draft.model([None, None, 2], {y: [None, d, None, 3], last: [d, None, 3]})
    network = read(model, tmp_path)
    loops = [a for a in network.graph.arrows if a.source == a.target]
    assert {a.operator for a in loops} == {
        "forward": {FORWARD}, "reverse": {REVERSE}, "bidirectional": {FORWARD, REVERSE}
    }[direction]  # fmt: skip
    for loop in loops:
        group = network.graph.group(loop.target)
        assert (group.size, group.function.name) == (3, function.lower())
        others = {(a.source, a.operator) for a in network.graph.arrows if a.target == group.name} - {
            (group.name, loop.operator)
        }
        assert others == {("x", None), (ONE, None)}
    ends = {a.operator for a in network.graph.arrows if a.target == network.outputs[1].group}
    assert ends == {FIRST if loop.operator == REVERSE else LAST for loop in loops}
    assert [p.layout for p in network.outputs] == ["t.n.", ".n."]


def test_rationals_are_exact(tmp_path: Path) -> None:
    """h(t) = relu(h(t - 1) / 4 + x(t)) from h = 1: the sum of a geometric series."""
    draft = Draft(0)
    inputs = ["x", *(draft.constant(np.array(v, dtype=np.float32)) for v in ([[[1.0]]], [[[0.25]]]))]
    inputs += ["", "", draft.constant(np.ones((1, 2, 1), dtype=np.float32))]
    y = draft.node("RNN", inputs, hidden_size=1, activations=["Relu"])
    network = read(draft.model(["t", 2, 1], {y: [None, 1, None, 1]}), tmp_path)
    found = network.forward(np.zeros((60, 2, 1), dtype=int), exact=True)
    assert found[-1, 0, 0, 0] == Fraction(1, 4**60)
    assert [a.operator for a in network.graph.arrows if a.source == ONE] == [START]
    written, rounding = to_onnx(network)
    assert rounding.exact
    assert signature(canonical(read(written, tmp_path))) == signature(canonical(network))


def made(*arrows: tuple[str, str, Any, list[list[float]]], size: int = 2, steps: str = "tn.") -> Network:
    """A network x, h, y of one input and output, with ReLU."""
    groups = (
        Group(ONE, 1, pinned=True), Group("x", 1, pinned=True), Group("h", size, RELU), Group("y", 1, pinned=True)
    )  # fmt: skip
    listed = []
    for i, (source, target, operator, rows) in enumerate(arrows):
        shape = {ONE: 1, "x": 1, "h": size, "y": 1}
        data = np.array(rows, dtype=np.float64).reshape(shape[source], shape[target])
        listed.append(Arrow(str(i), source, target, DenseWeights.from_array(data), operator))
    out = Port("y", "y", (None, None, 1) if "t" in steps else (None, 1), layout=steps)
    return Network(WeightedGraph(groups, tuple(listed)), (Port("x", "x", (None, None, 1), layout="tn."),), (out,))


def test_the_delay_of_a_constant_is_one_more_neuron(tmp_path: Path) -> None:
    """A quotient has such arrows where a neuron of the original was constant: 0 at first, and then a bias."""
    network = made(
        ("x", "h", None, [[1, 2]]), (ONE, "h", FORWARD, [[3, -1]]), ("h", "h", FORWARD, [[1, 0], [0, 0]]),
        ("h", "y", None, [[1], [1]]),
    )  # fmt: skip
    x = numbers((5, 2, 1), 1)
    written, _ = to_onnx(network)
    assert_alike(tuple(run(written, x)), [network.forward(x)])
    assert_alike(read(written, tmp_path).forward(x), [network.forward(x)])


@pytest.mark.parametrize("steps", ["tn.", "n."])
def test_groups_without_neurons_are_left_out(steps: str, tmp_path: Path) -> None:
    end = None if "t" in steps else LAST
    network = made(("x", "h", None, [[]]), ("h", "h", FORWARD, []), ("h", "y", end, []), size=0, steps=steps)
    x = numbers((3, 2, 1), 1)
    written, _ = to_onnx(network)
    (found,) = run(written, x)
    assert found.shape == network.forward(x).shape
    assert not found.any()


@given(ls.lumpable_recurrent_networks(generic=True))
def test_quotients_are_written_and_read(folder: Path, found: ls.LumpableNetwork) -> None:
    x = numbers((3, 2, found.network.graph.groups[1].size), 0)
    small = canonical(found.quotient)
    if any(a.operator == START for a in small.graph.arrows):
        with pytest.raises(OptionError, match="for any number of samples, expected a fixed number in an ONNX file"):
            to_onnx(small)
        return
    written, _ = to_onnx(small)
    again = read(written, folder)
    wanted = found.network.forward(x)
    np.testing.assert_allclose(again.forward(x), wanted, rtol=1e-4, atol=1e-4 * max(1.0, float(np.abs(wanted).max())))


def test_a_file_is_read_and_written_by_name(tmp_path: Path) -> None:
    model, shape = recurrent_model(7)
    (tmp_path / "a.onnx").write_bytes(model.SerializeToString())
    network = lf.read(tmp_path / "a.onnx")
    lf.write(network, tmp_path / "b.onnx")
    again = lf.read(tmp_path / "b.onnx")
    x = numbers(shape, 7)
    assert_alike(again.forward(x), run(model, x))


# --- faults, each with its line ------------------------------------------------------------------------------------


def rnn(change: Callable[[Any], None], *, features: Any = 2, dims: Any = None, **options: Any) -> ModelProto:
    """A model of one layer in which something is changed."""
    draft = Draft(0)
    y, _ = draft.rnn("x", 2, 3, direction="forward", function="Relu", biased=True, **options)
    model = draft.model(["t", "n", features] if dims is None else dims, {y: [None, 1, None, 3]})
    change(model.graph)
    return model


def attribute(name: str, value: Any) -> Callable[[Any], None]:
    def change(graph: Any) -> None:
        for a in [a for a in graph.node[0].attribute if a.name == name]:
            graph.node[0].attribute.remove(a)
        graph.node[0].attribute.append(helper.make_attribute(name, value))

    return change


def operand(place: int, name: str, kind: int = TensorProto.INT32) -> Callable[[Any], None]:
    def change(graph: Any) -> None:
        names = [*graph.node[0].input, "", "", ""][: place + 1]
        names[place] = name
        del graph.node[0].input[:]
        graph.node[0].input.extend(names)
        graph.input.append(helper.make_tensor_value_info(name, kind, [1, "n", 3] if place == 5 else ["n"]))

    return change


def operator(name: str) -> Callable[[Any], None]:
    def change(graph: Any) -> None:
        graph.node[0].op_type = name

    return change


def behind(name: str, **attributes: Any) -> Callable[[Any], None]:
    """Put a node behind the layer."""

    def change(graph: Any) -> None:
        graph.node.append(helper.make_node(name, [graph.node[0].output[0]], ["z"], **attributes))
        graph.output[0].name = "z"
        graph.output[0].type.tensor_type.ClearField("shape")

    return change


FAULTS: list[tuple[ModelProto, str]] = [
    (rnn(operand(4, "lengths")), "found sequence_lens ('lengths'), expected sequences of one length"),
    (rnn(operand(5, "h0", 1)), "found the input 'h0' as initial_h, expected a constant, or none"),
    (rnn(attribute("clip", 1.0)), "found the attribute clip, expected states that are not clipped"),
    (rnn(attribute("layout", 1)), "found the attribute layout is 1, expected 0"),
    (rnn(attribute("direction", "upward")), "expected 'forward' or 'reverse' or 'bidirectional'"),
    (rnn(attribute("activations", ["Elu"])), "found the activations Elu, expected Relu, Tanh or Sigmoid"),
    (rnn(attribute("activations", ["Relu", "Relu"])), "found the activations Relu, Relu, expected"),
    (rnn(attribute("hidden_size", 4)), "expected [1, 3, 2] and [1, 3, 3], with hidden_size 3"),
    (rnn(operator("LSTM")), "found the operator 'LSTM', expected RNN, the recurrent operator that is read"),
    (rnn(operator("GRU")), "found the operator 'GRU', expected RNN"),
    (rnn(lambda g: None, features=5), "expected [1, 3, 5] and [1, 3, 3]"),
    (rnn(lambda g: None, dims=["t", "n", "f"]), "expected steps, samples and a number of features, before an RNN"),
    (rnn(lambda g: None, dims=["n", 2]), "found the shape ['?', 2], expected steps, samples and a number of features"),
    (rnn(lambda g: None, samples=2), "found initial_h for 2 samples that is not zero, expected inputs with a fixed"),
    (rnn(lambda g: None, samples=2, dims=["t", 3, 2]), "found initial_h for 2 samples that is not zero"),
    (rnn(behind("Softmax", axis=-1)), "found a sequence, expected one for RNN, Add"),
    (rnn(behind("Flatten", axis=1)), "found a sequence, expected one for RNN"),
    (rnn(behind("Transpose", perm=[0, 2, 1])), "found perm [0, 2, 1], expected an order of 4 axes"),
]


@pytest.mark.parametrize(("model", "line"), FAULTS, ids=[line[6:40] for _, line in FAULTS])
def test_faults_have_one_line(model: ModelProto, line: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        read(model, tmp_path)
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_initial_states_must_be_the_same_for_all_samples(tmp_path: Path) -> None:
    draft = Draft(0)
    inputs = ["x", draft.numbers(1, 3, 2), draft.numbers(1, 3, 3), "", "", draft.numbers(1, 2, 3)]
    model = draft.model(["t", 2, 2], {draft.node("RNN", inputs, hidden_size=3): [None, 1, 2, 3]})
    with pytest.raises(FormatError, match="found initial_h that differs from sample to sample, expected the same"):
        read(model, tmp_path)


@pytest.mark.parametrize(
    ("name", "constant", "line"),
    [
        ("Add", np.ones((3, 1, 1, 3)), r"found a constant of shape \[3, 1, 1, 3\], expected the same at all steps"),
        ("Add", np.ones((1, 1, 1, 1, 3)), "expected the same at all steps and for all samples"),
        ("MatMul", np.ones(3), r"found a constant of shape \[3\] for a sequence, expected a matrix"),
        ("Reshape", np.array([-1, 3]), r"found the shape \[-1, 3\] for a sequence, expected steps and samples"),
        ("Reshape", np.array([0, 0, -1]), r"found the shape \[0, 0, -1\] for a sequence"),
        ("Squeeze", np.array([0]), r"found axes \(0,\) of a sequence, expected axes that are neither steps nor"),
        ("Gather", np.array([0, 1]), "found several steps, or samples, that are chosen, expected the last or the"),
        ("Gather", np.array(1), r"found the step 1, expected the last \(-1\) or the first \(0\)"),
    ],
)
def test_what_mixes_steps_or_samples_is_refused(name: str, constant: Any, line: str, tmp_path: Path) -> None:
    draft = Draft(0)
    y, _ = draft.rnn("x", 2, 3, direction="forward", function="Relu")
    array = constant if constant.dtype == np.int64 else constant.astype(np.float32)
    z = draft.node(name, [y, draft.constant(array)])
    with pytest.raises(FormatError, match=line):
        read(draft.model(["t", "n", 2], {z: None}), tmp_path)


@pytest.mark.parametrize(("perm", "layout"), [([0, 2, 1], "t.n"), ([2, 0, 1], ".tn")])
def test_the_features_may_not_be_in_front_of_a_layer(perm: list[int], layout: str, tmp_path: Path) -> None:
    """All three dimensions have the same number, so the shapes alone say nothing."""
    draft = Draft(0)
    y, _ = draft.rnn(draft.node("Transpose", ["x"], perm=perm), 2, 3, direction="forward", function="Relu")
    with pytest.raises(FormatError, match=f"found the layout '{layout}', expected 'tn.': steps, samples and features"):
        read(draft.model([2, 2, 2], {y: None}), tmp_path)


@pytest.mark.parametrize("steps", ["tn.", "n."])
def test_a_network_without_neurons_is_still_recurrent(steps: str, tmp_path: Path) -> None:
    """The file has a layer that nothing reads: without one its inputs would be no sequences."""
    network = made(("x", "y", None if "t" in steps else LAST, [[3]]), steps=steps)
    again = read(to_onnx(network)[0], tmp_path)
    assert signature(again) == signature(canonical(network))


def test_the_samples_may_not_end_before_the_steps(tmp_path: Path) -> None:
    """Two layers of which one reads the input as it is, and one with samples and steps exchanged."""
    draft = Draft(0)
    first, _ = draft.rnn("x", 2, 3, direction="forward", function="Relu")
    turned = draft.node("Transpose", ["x"], perm=[1, 0, 2])
    second, _ = draft.rnn(turned, 2, 3, direction="forward", function="Relu")
    outputs = {first: [None, 1, None, 3], second: [None, 1, None, 3]}
    with pytest.raises(FormatError, match="found sequences with their samples before their steps, expected steps"):
        read(draft.model(["t", "n", 2], outputs), tmp_path)


@pytest.mark.parametrize(
    ("network", "line"),
    [
        (made(("x", "h", FORWARD, [[1, 1]]), ("h", "y", None, [[1], [1]])), "delays from elsewhere in the recurrent"),
        (made(("x", "h", None, [[1, 1]]), ("h", "y", LAST, [[1], [1]])), "layout 'tn.', which does not fit its values"),
        (
            made(("x", "h", LAST, [[1, 1]]), ("x", "y", None, [[1]]), ("h", "y", None, [[1], [1]])),
            "no ONNX operator repeats what is not a sequence",
        ),
    ],
)
def test_what_no_operator_computes_is_not_written(network: Network, line: str, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=line):
        lf.write(network, tmp_path / "a.onnx")
    assert list(tmp_path.iterdir()) == []


def test_the_digest_covers_delays_and_layouts() -> None:
    arrows = [("x", "h", None, [[1, 1]]), ("h", "y", None, [[1], [1]])]
    loops = [made(*arrows, ("h", "h", way, [[1, 0], [0, 1]])) for way in (FORWARD, REVERSE)]
    start = made(*arrows, ("h", "h", FORWARD, [[1, 0], [0, 1]]), (ONE, "h", START, [[1, 0]]))
    last = made(*arrows[:1], ("h", "y", LAST, [[1], [1]]), steps="n.")
    networks = [*loops, start, last, made(*arrows), made(*arrows, steps="nt.")]
    assert len({digest_of(n) for n in networks}) == len({signature(n) for n in networks}) == len(networks)
