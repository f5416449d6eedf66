"""ONNX: every operation against onnxruntime, writing and reading back, float bounds, and damaged files."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import pytest
from checker_view import comparable, converted
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from sizes import examples

import lumpform as lf
from lumpform.checker import Unreadable
from lumpform.checker.networks.judge import read_network as read_by_checker
from lumpform.networks.box import input_box
from lumpform.networks.float_error import float_error
from lumpform.networks.onnx import read_onnx
from lumpform.numbers.floats import round_to

ort = pytest.importorskip("onnxruntime", reason="the extra test is not installed")
RNG = np.random.default_rng(0)


def model(nodes, constants, shape, out=("n", 1), opset=13, dtype=TensorProto.FLOAT):
    tensors = [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items()]
    graph = helper.make_graph(
        [helper.make_node(op, i, o, name=o[0], **a) for op, i, o, a in nodes],
        "g",
        [helper.make_tensor_value_info("x", dtype, shape)],
        [helper.make_tensor_value_info("y", dtype, out)],
        tensors,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def run(path, x):
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def check(tmp_path, made, x, tolerance=2e-5):
    """The network read computes what onnxruntime computes, and so does what is written."""
    path = tmp_path / "m.onnx"
    onnx.save(made, str(path))
    expected = run(path, x)
    network = read_onnx(path)
    the_checker_reads_the_same(path, network)
    found = network.forward(x.reshape(x.shape[0], network.graph.groups[1].size, *network.graph.groups[1].shape))
    scale = 1 + np.abs(expected).max()
    assert np.abs(found.reshape(expected.shape) - expected).max() <= tolerance * scale
    again = tmp_path / "again.onnx"
    lf.write(network, again)
    the_checker_reads_the_same(again, read_onnx(again))
    assert run(again, x).shape == expected.shape
    assert np.abs(run(again, x) - expected).max() <= tolerance * scale
    return network


def the_checker_reads_the_same(path, network):
    assert comparable(read_by_checker(str(path))) == comparable(converted(network))


def floats(*shape):
    return RNG.normal(size=shape).astype(np.float32)


DENSE = {
    "gemm": (
        [("Gemm", ["x", "w", "b"], ["y"], {"transB": 1, "alpha": 0.5, "beta": 2.0})],
        {"w": floats(3, 4), "b": floats(3)},
    ),
    "matmul_add": (
        [("MatMul", ["x", "w"], ["h"], {}), ("Add", ["b", "h"], ["y"], {})],
        {"w": floats(4, 3), "b": floats(3)},
    ),
    "sub_relu": (
        [("Sub", ["x", "m"], ["d"], {}), ("MatMul", ["d", "w"], ["h"], {}), ("Relu", ["h"], ["y"], {})],
        {"m": floats(4), "w": floats(4, 3)},
    ),
    "leaky": ([("MatMul", ["x", "w"], ["h"], {}), ("LeakyRelu", ["h"], ["y"], {"alpha": 0.3})], {"w": floats(4, 3)}),
    "prelu": (
        [("MatMul", ["x", "w"], ["h"], {}), ("PRelu", ["h", "s"], ["y"], {})],
        {"w": floats(4, 3), "s": floats(1)},
    ),
    "sigmoid_tanh": (
        [
            ("MatMul", ["x", "w"], ["h"], {}),
            ("Sigmoid", ["h"], ["s"], {}),
            ("MatMul", ["s", "v"], ["t"], {}),
            ("Tanh", ["t"], ["y"], {}),
        ],
        {"w": floats(4, 5), "v": floats(5, 3)},
    ),
    "softmax": ([("MatMul", ["x", "w"], ["h"], {}), ("Softmax", ["h"], ["y"], {"axis": 1})], {"w": floats(4, 3)}),
    "residual": (
        [
            ("MatMul", ["x", "w"], ["h"], {}),
            ("Relu", ["h"], ["r"], {}),
            ("MatMul", ["r", "v"], ["f"], {}),
            ("Add", ["f", "r"], ["s"], {}),
            ("Relu", ["s"], ["y"], {}),
        ],
        {"w": floats(4, 3), "v": floats(3, 3)},
    ),
    "concat": (
        [
            ("MatMul", ["x", "w"], ["h"], {}),
            ("Relu", ["h"], ["r"], {}),
            ("Concat", ["r", "x"], ["c"], {"axis": 1}),
            ("MatMul", ["c", "v"], ["y"], {}),
        ],
        {"w": floats(4, 2), "v": floats(6, 3)},
    ),
    "reshape_identity": (
        [("Reshape", ["x", "s"], ["a"], {}), ("Identity", ["a"], ["i"], {}), ("MatMul", ["i", "w"], ["y"], {})],
        {"s": np.array([-1, 4]), "w": floats(4, 3)},
    ),
}


@pytest.mark.parametrize("name", DENSE)
def test_dense_operations(name, tmp_path):
    nodes, constants = DENSE[name]
    check(tmp_path, model(nodes, constants, ["n", 4], ["n", 3]), floats(6, 4))


def test_exact_weights_and_leaky_slope(tmp_path):
    network = check(tmp_path, model(*DENSE["leaky"], ["n", 4], ["n", 3]), floats(2, 4))
    function = network.graph.groups[-1].function
    assert function.parameters[0] == Fraction(float(np.float32(0.3)))
    assert (
        network.graph.arrows[0].weights.values.floats().astype(np.float32).tolist()
        == DENSE["leaky"][1]["w"].ravel().tolist()
    )


conv = {
    "plain": ({}, (3, 2, 3, 3), 1),
    "strided_padded": ({"strides": [2, 1], "pads": [1, 0, 2, 1]}, (3, 2, 3, 2), 1),
    "dilated": ({"dilations": [2, 2], "pads": [1, 1, 1, 1]}, (2, 2, 2, 2), 1),
    "grouped": ({"group": 2}, (4, 1, 2, 2), 2),
    "same_upper": ({"auto_pad": "SAME_UPPER", "strides": [2, 2]}, (2, 2, 3, 3), 1),
    "same_lower": ({"auto_pad": "SAME_LOWER"}, (2, 2, 2, 2), 1),
}


@pytest.mark.parametrize("name", conv)
def test_convolutions_down_to_a_dense_layer(name, tmp_path):
    attributes, shape, _ = conv[name]
    probe = model([("Conv", ["x", "k"], ["y"], attributes)], {"k": floats(*shape)}, [1, 2, 6, 5], [1, None, None, None])
    onnx.save(probe, str(tmp_path / "p.onnx"))
    out = run(tmp_path / "p.onnx", floats(1, 2, 6, 5)).shape
    width = int(np.prod(out[1:]))
    nodes = [
        ("Conv", ["x", "k", "b"], ["h"], attributes),
        ("Relu", ["h"], ["r"], {}),
        ("Flatten", ["r"], ["f"], {}),
        ("Gemm", ["f", "w", "c"], ["y"], {}),
    ]
    constants = {"k": floats(*shape), "b": floats(shape[0]), "w": floats(width, 3), "c": floats(3)}
    check(tmp_path, model(nodes, constants, ["n", 2, 6, 5], ["n", 3]), floats(4, 2, 6, 5))


POOLS = {
    "max": ("MaxPool", {"kernel_shape": [2, 3], "strides": [2, 2], "pads": [1, 1, 0, 1]}),
    "average": ("AveragePool", {"kernel_shape": [2, 2], "strides": [2, 1]}),
    "average_pads": ("AveragePool", {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}),
    "average_counted": ("AveragePool", {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "count_include_pad": 1}),
}


@pytest.mark.parametrize("name", POOLS)
def test_pooling(name, tmp_path):
    operator, attributes = POOLS[name]
    nodes = [
        ("Conv", ["x", "k"], ["h"], {}),
        (operator, ["h"], ["p"], attributes),
        ("Relu", ["p"], ["r"], {}),
        ("GlobalAveragePool", ["r"], ["g"], {}),
        ("Flatten", ["g"], ["f"], {}),
        ("MatMul", ["f", "w"], ["y"], {}),
    ]
    check(
        tmp_path,
        model(nodes, {"k": floats(3, 2, 2, 2), "w": floats(3, 2)}, ["n", 2, 7, 6], ["n", 2]),
        floats(3, 2, 7, 6),
    )


def test_batch_normalisation_and_a_residual_block(tmp_path):
    nodes = [
        ("Conv", ["x", "k"], ["h"], {"pads": [1, 1, 1, 1]}),
        ("BatchNormalization", ["h", "s", "b", "m", "v"], ["n"], {"epsilon": 1e-3}),
        ("Add", ["n", "x"], ["a"], {}),
        ("Relu", ["a"], ["r"], {}),
        ("Flatten", ["r"], ["f"], {}),
        ("MatMul", ["f", "w"], ["y"], {}),
    ]
    statistics = {"s": floats(2), "b": floats(2), "m": floats(2), "v": np.abs(floats(2)) + 1}
    constants = {"k": floats(2, 2, 3, 3), "w": floats(2 * 4 * 4, 2), **statistics}
    network = check(tmp_path, model(nodes, constants, ["n", 2, 4, 4], ["n", 2]), floats(3, 2, 4, 4))
    assert lf.reduce(network).model.neurons == network.neurons


def test_channels_split_by_positive_ratios_are_merged_again(tmp_path):
    """Planted in a convolution: channel 1 is twice channel 0."""
    kernel = floats(1, 2, 2, 2)
    nodes = [
        ("Conv", ["x", "k"], ["h"], {}),
        ("Relu", ["h"], ["r"], {}),
        ("Flatten", ["r"], ["f"], {}),
        ("MatMul", ["f", "w"], ["y"], {}),
    ]
    constants = {"k": np.concatenate([kernel, 2 * kernel]), "w": floats(2 * 3 * 3, 2)}
    path = tmp_path / "m.onnx"
    onnx.save(model(nodes, constants, ["n", 2, 4, 4], ["n", 2]), str(path))
    network = lf.read(path)
    small = lf.reduce(network).model
    assert (network.neurons, small.neurons) == (2, 1)
    x = (RNG.integers(-8, 8, size=(2, 2, 4, 4)) / 4).astype(object)
    assert (network.forward(x, exact=True) == small.forward(x, exact=True)).all()


@settings(max_examples=examples(25))
@given(st.data())
def test_written_networks_stay_within_the_proved_bound(tmp_path_factory, data):
    """Rounding of weights and of float arithmetic together, against exact values at float inputs."""
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    widths = data.draw(st.lists(st.integers(1, 6), min_size=2, max_size=5))
    layers = [(rng.normal(size=(a, b)).tolist(), rng.normal(size=b).tolist()) for a, b in pairwise(widths)]
    network = lf.Network.from_layers(layers)
    path = tmp_path_factory.mktemp("bound") / "m.onnx"
    lf.write(network, path)
    bound = float_error(network, input_box(network, (-2, 2)))
    x = rng.uniform(-2, 2, size=(20, widths[0])).astype(np.float32)
    exact = network.forward(x.astype(np.float64), exact=True)
    for row, found in zip(exact, run(path, x), strict=True):
        assert all(abs(Fraction(float(f)) - e) <= b for e, f, b in zip(row, found, bound, strict=True))


@given(st.fractions(min_value=-(2**40), max_value=2**40))
def test_rounding_to_double_is_pythons_and_to_single_is_single(value):
    assert round_to(value, "float64") == Fraction(float(value))
    near = Fraction(float(np.float32(float(value))))
    assert abs(round_to(value, "float32") - value) <= abs(near - value)


def test_a_double_rounding_is_avoided():
    value = 1 + Fraction(1, 1 << 24) + Fraction(1, 1 << 60)  # to double it becomes a tie, which goes to even: wrong
    assert round_to(value, "float32") == 1 + Fraction(1, 1 << 23)
    assert float(np.float32(float(value))) == 1.0


@pytest.mark.medium
def test_real_reduced_networks_in_onnxruntime(shared, tmp_path):
    """Names, shapes and element types are kept; float32 outputs stay within the stated bound on random inputs."""
    for name in ("tll_m8_0", "tll_m16_0", "pendulum_less_robust", "marabou_fc_2-2-3", "acasxu_1_1"):
        source = shared / "data" / "nets" / f"{name}.onnx"
        network = lf.read(source)
        small = lf.reduce(network, opposite=True, linear=True).model
        path = tmp_path / f"{name}.onnx"
        lf.write(small, path)
        old, new = (ort.InferenceSession(str(p)) for p in (source, path))
        for before, after in zip(
            old.get_inputs() + old.get_outputs(), new.get_inputs() + new.get_outputs(), strict=True
        ):
            assert (before.name, before.type, len(before.shape)) == (after.name, after.type, len(after.shape))
        shape = [d if isinstance(d, int) else 10_000 for d in old.get_inputs()[0].shape]
        box = input_box(network, (-1, 1))
        bounds = [float(a + b) for a, b in zip(float_error(network, box), float_error(small, box), strict=True)]
        largest = np.zeros(len(bounds))
        for _ in range(10_000 if shape[0] == 1 else 1):  # some files fix the batch to one sample
            x = RNG.uniform(-1, 1, size=shape).astype(np.float32)
            outputs = [s.run(None, {s.get_inputs()[0].name: x})[0] for s in (old, new)]
            gaps = np.abs(outputs[0].astype(np.float64) - outputs[1]).reshape(shape[0], -1)
            largest = np.maximum(largest, gaps.max(axis=0))
        assert (largest <= np.array(bounds)).all()


HOSTILE = {
    "no protocol buffer": b"\xff\xff\xff\xff",
    "empty": b"",
    "text": b"hello, this is no model",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_model(name, tmp_path):
    path = tmp_path / "m.onnx"
    path.write_bytes(HOSTILE[name])
    with pytest.raises(lf.FormatError, match="expected an ONNX model"):
        lf.read(path)
    with pytest.raises(Unreadable, match="expected "):
        read_by_checker(str(path))


def broken(change):
    made = model(*DENSE["matmul_add"], ["n", 4], ["n", 3])
    change(made)
    return made


def outside(made):
    tensor = made.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../../etc/passwd"


def lie(made):
    made.graph.initializer[0].dims[:] = [1 << 40, 3]


def short(made):
    made.graph.initializer[0].dims[:] = [4, 4]


def cycle(made):
    made.graph.node[0].input[0] = "y"


def unknown(made):
    made.graph.node[0].op_type = "Einsum"


def nan(made):
    made.graph.initializer[0].raw_data = np.full(12, np.nan, dtype=np.float32).tobytes()


def misfit(made):
    made.graph.initializer[0].CopyFrom(numpy_helper.from_array(floats(5, 3), "w"))


def free_dimension(made):
    made.graph.input[0].type.tensor_type.shape.dim[1].dim_param = "k"


def no_output(made):
    made.graph.output[0].name = "z"


def twice(made):
    made.graph.node[1].output[0] = "h"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (outside, r"tensor 'w': found data in '../../etc/passwd', expected a file beside the model"),
        (lie, "expected at most"),
        (short, "found 48 bytes, expected 64"),
        (cycle, "an operation that needs its own result"),
        (unknown, r"node 0 \(Einsum 'h'\): found the operator 'Einsum', expected one of Abs, Add"),
        (nan, "not finite"),
        (misfit, r"found a constant of shape \[5, 3\] for \[1, 4\]"),
        (free_dimension, r"input 'x': found the shape \['\?', '\?'\]"),
        (no_output, "output 'z': found a tensor that no node makes"),
        (twice, "taken or missing"),
    ],
)
def test_malformed_models_end_in_one_line(change, message, tmp_path):
    path = tmp_path / "m.onnx"
    path.write_bytes(broken(change).SerializeToString())
    with pytest.raises(lf.FormatError, match=message) as error:
        lf.read(path)
    assert "\n" not in str(error.value)
    with pytest.raises(Unreadable, match=r"found .*, expected ") as refused:
        read_by_checker(str(path))
    assert "\n" not in str(refused.value)


def read_or_refused(path):
    """The network that the checker sees, or its one line."""
    try:
        return read_by_checker(str(path))
    except Unreadable as error:
        return str(error)


def mutants(count: int, tmp_path: Path) -> None:
    seeds = [model(*DENSE[name], ["n", 4], ["n", 3]).SerializeToString() for name in ("gemm", "residual", "concat")]
    rng = np.random.default_rng(1)
    path = tmp_path / "m.onnx"
    for i in range(count):
        data = bytearray(seeds[i % len(seeds)])
        for _ in range(int(rng.integers(1, 4))):
            at = int(rng.integers(0, len(data)))
            kind = int(rng.integers(0, 4))
            if kind == 0:
                data[at] = int(rng.integers(0, 256))
            elif kind == 1:
                data[at] ^= 1 << int(rng.integers(0, 8))
            elif kind == 2:
                del data[at : at + int(rng.integers(1, 9))]
            else:
                data[at:at] = bytes(rng.integers(0, 256, size=int(rng.integers(1, 5))).tolist())
            if not data:
                break
        path.write_bytes(bytes(data))
        message, network = "", None
        try:
            network = lf.read(path)
        except lf.LumpFormError as error:
            message = str(error)
        assert "\n" not in message
        seen = read_or_refused(path)
        if network is not None and not isinstance(seen, str):
            assert comparable(seen) == comparable(converted(network))


def test_some_mutants(tmp_path):
    mutants(300, tmp_path)


@pytest.mark.slow
def test_many_mutants(tmp_path):
    mutants(10_000, tmp_path)
