"""Products of a tensor and a function of it, as exporters write GELU, SiLU and HardSwish: read, lumped, written."""

from __future__ import annotations

import json
from fractions import Fraction
from math import prod

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.checker import check
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network
from lumpform.errors import FormatError
from lumpform.networks.canonical import canonical
from lumpform.networks.onnx.tape import Tape
from lumpform.networks.onnx.write_gates import _times
from lumpform.networks.signature import signature

pytestmark = pytest.mark.medium


def chain(text):
    """Return nodes of lines such as ``s = Mul h 0.5``; h is what they read, and a what they make."""
    nodes, constants = [], []
    for line in text.split(";"):
        result, _, right = line.strip().partition(" = ")
        kind, *operands = right.split()
        names = []
        for operand in operands:
            name = operand
            if operand[0] in "-.0123456789":
                name = f"c{operand}"
                constants.append(numpy_helper.from_array(np.array(float(operand), dtype=np.float32), name))
            names.append(name)
        nodes.append(helper.make_node(kind, names, [result]))
    return nodes, {c.name: c for c in constants}


TORCH_ERF = "d = Div h 1.4142135; e = Erf d; p = Add e 1; m = Mul h p; a = Mul m 0.5"
FAST = "q = Mul h 0.7978846; k = Mul h 0.044715; s = Mul k h; t = Add s 1; u = Mul q t"
GATES = {
    "GELU of torch": (TORCH_ERF, "erf_gate"),
    "GELU of TensorFlow": ("x = Mul h 0.5; d = Mul h 0.70710677; e = Erf d; p = Add 1 e; a = Mul x p", "erf_gate"),
    "GELU, half first": ("d = Div h 1.4142135; e = Erf d; p = Add e 1; m = Mul 0.5 p; a = Mul h m", "erf_gate"),
    "GELU by tanh and Pow": (
        "c = Pow h 3; k = Mul c 0.044715; s = Add h k; u = Mul s 0.7978846; e = Tanh u; p = Add e 1; x = Mul h 0.5;"
        "a = Mul x p",
        "tanh_gate",
    ),
    "GELU by tanh and products": (
        "b = Mul h h; c = Mul h b; k = Mul 0.044715 c; s = Add k h; u = Mul 0.7978846 s; e = Tanh u; p = Add 1 e;"
        "m = Mul h p; a = Mul 0.5 m",
        "tanh_gate",
    ),
    "GELU, the fast one": (f"{FAST}; e = Tanh u; p = Add e 1; x = Mul 0.5 h; a = Mul x p", "tanh_gate"),
    "quick GELU": ("d = Mul h 1.702; e = Sigmoid d; a = Mul h e", "swish"),
    "SiLU": ("e = Sigmoid h; a = Mul e h", "swish"),
    "HardSwish of torch": ("d = Add h 3; e = Clip d 0 6; m = Mul h e; a = Div m 6", "hard_swish"),
    "HardSwish by a sixth": ("d = Add h 3; e = Clip d 0 6; m = Mul e 0.16666667; a = Mul h m", "hard_swish"),
    "HardSwish of PaddlePaddle": ("e = HardSigmoid h; a = Mul e h", "clip_gate"),
    "Mish of torch": ("d = Softplus h; e = Tanh d; a = Mul h e", "mish"),
    "a square": ("a = Mul h h", "power"),
    "squares of multiples": ("b = Mul h 3; c = Neg h; a = Mul b c", "power"),
    "a fifth power": ("b = Mul h h; c = Mul b h; a = Mul c b", "power"),
    "a square of a ReLU": ("b = Relu h; a = Mul b b", "power"),
    "Pow": ("a = Pow h 4", "power"),
}


def model_of(text, opset=17):
    """Return a model whose neurons 0 and 1 are equal, 2 is twice 0, and 3 reads nothing."""
    w = np.array([[1, 1, 2, 0, -0.5], [0.25, 0.25, 0.5, 0, 3]], dtype=np.float32)
    b = np.array([0.5, 0.5, 1, 0, -1], dtype=np.float32)
    last = np.array([[1, 2], [3, 5], [7, 11], [13, 17], [19, 23]], dtype=np.float32) / 16
    constants = [numpy_helper.from_array(v, n) for n, v in (("W", w), ("B", b), ("L", last))]
    nodes, numbers = chain(text)
    first, matrix = helper.make_node("Gemm", ["X", "W", "B"], ["h"]), helper.make_node("MatMul", ["a", "L"], ["Y"])
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["N", 2]) for n in ("X", "Y")]
    graph = helper.make_graph([first, *nodes, matrix], "g", ends[:1], ends[1:], [*constants, *numbers.values()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def run(path, x):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {"X": x})[0]


@pytest.mark.parametrize("name", GATES)
def test_read_lumped_written_and_certified(name, tmp_path):
    text, function = GATES[name]
    files = [tmp_path / n for n in ("model.onnx", "small.onnx", "certificate.json")]
    files[0].write_bytes(model_of(text).SerializeToString())
    network = lf.read(files[0])
    assert digest(read_network(str(files[0]))) == digest_of(network)
    assert function in {g.function.name for g in network.graph.groups}
    x = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    wanted = run(files[0], x)
    np.testing.assert_allclose(network.forward(x), wanted, rtol=1e-4, atol=1e-4)
    reduction = lf.reduce(network)
    assert network.neurons - reduction.model.neurons >= 2
    rounding = lf.write(reduction.model, files[1])
    files[2].write_text(json.dumps(reduction.certificate(None if rounding.exact else "float32")))
    assert check(*map(str, files)).verified
    assert not rounding.exact or signature(canonical(lf.read(files[1]))) == signature(canonical(reduction.model))
    np.testing.assert_allclose(run(files[1], x), wanted, rtol=1e-4, atol=1e-4)


REFUSED = {
    "a sigmoid of something else": "n = Sub h 1; s = Sigmoid n; a = Mul s h",
    "a softplus of twice the tensor": "t = Mul h 2; p = Softplus t; s = Tanh p; a = Mul s h",
    "a tanh": "s = Tanh h; a = Mul s h",
    "an error function less one": "d = Div h 1.4142135; e = Erf d; p = Sub e 1; a = Mul h p",
    "an error function of something moved": "d = Add h 1; e = Erf d; p = Add e 1; a = Mul h p",
    "a difference where a sum is": "c = Pow h 3; s = Sub h c; e = Tanh s; p = Add e 1; a = Mul h p",
    "a line that is cut off above alone": "d = Add h 3; e = Relu d; a = Mul h e",
    "a line cut off at one": "d = Add h 3; e = Clip d 1 6; a = Mul h e",
    "a square plus one and another": "b = Mul h h; c = Add b 1; e = Tanh h; a = Mul c e",
    "a root": "a = Pow h 0.5",
    "a power of zero": "a = Pow h 0",
    "a high power": "a = Pow h 65",
}


@pytest.mark.parametrize("name", REFUSED)
def test_other_products_are_refused_by_both_readers(name, tmp_path):
    path = tmp_path / "m.onnx"
    path.write_bytes(model_of(REFUSED[name]).SerializeToString())
    with pytest.raises(FormatError, match=r"a constant factor, or x and a function of x|one positive integer") as line:
        lf.networks.onnx.read_onnx(path)
    assert "\n" not in str(line.value)
    with pytest.raises(Exception, match=r"a product of two tensors|one positive integer"):
        read_network(str(path))


@pytest.mark.parametrize("text", ["e = Sigmoid h; a = Mul h e", TORCH_ERF, "a = Mul h h"])
def test_gates_of_maps_and_of_joined_groups(text, tmp_path):
    """What is gated are the maps of two convolutions that are joined."""
    rng = np.random.default_rng(1)
    kernels = [numpy_helper.from_array(rng.integers(-2, 3, (2, 1, 3, 3)).astype(np.float32), n) for n in ("K", "L")]
    nodes, numbers = chain(text)
    both = [helper.make_node("Conv", ["X", k.name], [f"m{k.name}"], pads=[1] * 4) for k in kernels]
    joined = [*both, helper.make_node("Concat", ["mK", "mL"], ["h"], axis=1), *nodes]
    last = helper.make_node("GlobalAveragePool", ["a"], ["Y"])
    ends = [
        helper.make_tensor_value_info("X", TensorProto.FLOAT, ["N", 1, 4, 4]),
        helper.make_tensor_value_info("Y", TensorProto.FLOAT, ["N", 4, 1, 1]),
    ]
    graph = helper.make_graph([*joined, last], "g", ends[:1], ends[1:], [*kernels, *numbers.values()])
    path = tmp_path / "m.onnx"
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    network = lf.read(path)
    assert digest(read_network(str(path))) == digest_of(network)
    x = rng.normal(size=(3, 1, 4, 4)).astype(np.float32)
    np.testing.assert_allclose(network.forward(x), run(path, x), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
@given(factors=st.lists(st.integers(-2047, 2047).filter(bool), min_size=1, max_size=4), below=st.integers(1, 2047))
def test_a_parameter_that_is_a_product_of_floats_is_written_as_one(dtype: str, factors: list[int], below: int) -> None:
    """Exporters multiply what is given to a sigmoid more than once; the product need not be a float."""
    wanted = Fraction(prod(factors), below)
    tape = Tape(dtype, [])
    _times(tape, "x", wanted, "swish")
    numbers = {t.name: Fraction(float(numpy_helper.to_array(t))) for t in tape.initialisers}
    found = Fraction(1)
    for node in tape.nodes:
        number = numbers[node.input[1]]
        found = found * number if node.op_type == "Mul" else found / number
    assert found == wanted
