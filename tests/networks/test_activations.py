"""Functions that are not homogeneous: read, written, lumped only where nodes are equal or zero, and certified."""

from __future__ import annotations

import json

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.checker import check
from lumpform.checker.networks import activations as of_checker
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network
from lumpform.errors import FormatError
from lumpform.lumping.unit import ZERO_AT_ZERO
from lumpform.networks.activations import ACTIVATIONS
from lumpform.networks.canonical import canonical
from lumpform.networks.gates import GATES
from lumpform.networks.onnx import read_onnx
from lumpform.networks.signature import signature

NOT_ZERO = ("cos", "cosh", "exp", "softplus")

CASES = {
    **{name: [helper.make_node(known.operator, ["h"], ["a"])] for name, known in ACTIVATIONS.items()},
    "gelu_tanh": [helper.make_node("Gelu", ["h"], ["a"], approximate="tanh")],
    "elu 0.1": [helper.make_node("Elu", ["h"], ["a"], alpha=0.1)],
    "selu 2 0.3": [helper.make_node("Selu", ["h"], ["a"], alpha=2.0, gamma=0.3)],
    "celu 0.7": [helper.make_node("Celu", ["h"], ["a"], alpha=0.7)],
    "swish 0.5": [helper.make_node("Swish", ["h"], ["a"], alpha=0.5)],
    "silu": [helper.make_node("Sigmoid", ["h"], ["s"]), helper.make_node("Mul", ["s", "h"], ["a"])],
}


def model_of(nodes, opset=24):
    """Return a model whose neurons 0 and 1 are equal, 2 is twice 0, and 3 reads nothing."""
    w = np.array([[1, 1, 2, 0, -0.5], [0.25, 0.25, 0.5, 0, 3]], dtype=np.float32)
    b = np.array([0.5, 0.5, 1, 0, -1], dtype=np.float32)
    last = np.array([[1, 2], [3, 5], [7, 11], [13, 17], [19, 23]], dtype=np.float32) / 16
    constants = [numpy_helper.from_array(v, n) for n, v in (("w", w), ("b", b), ("l", last))]
    chain = [helper.make_node("Gemm", ["x", "w", "b"], ["h"]), *nodes, helper.make_node("MatMul", ["a", "l"], ["y"])]
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["N", 2]) for n in ("x", "y")]
    graph = helper.make_graph(chain, "g", ends[:1], ends[1:], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=11)


@pytest.mark.medium
@pytest.mark.parametrize("name", CASES)
def test_equal_and_zero_neurons_merge_and_multiples_do_not(name, tmp_path):
    files = [tmp_path / n for n in ("model.onnx", "small.onnx", "certificate.json")]
    files[0].write_bytes(model_of(CASES[name]).SerializeToString())
    network = lf.read(files[0])
    assert digest(read_network(str(files[0]))) == digest_of(network)
    reduction = lf.reduce(network)
    zero = name not in NOT_ZERO
    assert network.neurons - reduction.model.neurons == 1 + zero
    rounding = lf.write(reduction.model, files[1])
    files[2].write_text(json.dumps(reduction.certificate(None if rounding.exact else "float32")))
    assert check(*map(str, files)).verified
    assert signature(canonical(lf.read(files[1]))) == signature(canonical(reduction.model))
    x = np.random.default_rng(0).normal(size=(50, 2))
    np.testing.assert_allclose(network.forward(x), reduction.model.forward(x), atol=1e-9)
    assert lf.equivalent(network, lf.read(files[0])).answer == "EQUIVALENT"


@pytest.mark.parametrize("step", ["a scale", "a constant"])
def test_certificates_that_claim_more_are_rejected(step, tmp_path):
    """A multiple of a neuron is none behind the function, and a softplus of nothing is not zero."""
    files = [tmp_path / n for n in ("model.onnx", "small.onnx", "certificate.json")]
    name = "hard_swish" if step == "a scale" else "softplus"
    files[0].write_bytes(model_of(CASES[name]).SerializeToString())
    reduction = lf.reduce(lf.read(files[0]))
    lf.write(reduction.model, files[1])
    certificate = reduction.certificate(None)
    lump = next(s for s in certificate["steps"] if s["step"] == "lump")
    # The unit node, two inputs, five neurons, two outputs: neurons are 3 to 7.
    members, scales = [3, 3, 3, 0, 4, 5, 6], [[5, "2"]]
    if step == "a constant":
        members, scales = [3, 3, 4, 0, 5, 6, 7], []
    lump["class_of"], lump["scales"] = [0, 1, 2, *members], scales
    files[2].write_text(json.dumps(certificate))
    verdict = check(*map(str, files))
    assert not verdict.verified
    assert verdict.rule == ("N5" if step == "a scale" else "N7")


def test_the_tables_of_both_sides_say_the_same():
    listed = {
        name: (known.operator, tuple((a, float(np.float32(v))) for a, v in known.attributes))
        for name, known in ACTIVATIONS.items()
    }
    assert {name: (o, a) for o, (name, a) in of_checker.ACTIVATIONS.items()} | {"gelu_tanh": ("Gelu", ())} == listed
    assert set(of_checker.GATES) == {*GATES, "swish"}
    assert set(ZERO_AT_ZERO) == set(of_checker.ZERO_AT_ZERO) == {*ACTIVATIONS, *GATES} - set(NOT_ZERO)
    assert all(of_gate(np.zeros(1), 1.0, 0.5)[0] == 0 for of_gate in (GATES["clip_gate"], GATES["tanh_gate"]))
    for name, known in ACTIVATIONS.items():
        parameters = [0.75] * len(known.attributes)
        assert (known.values(np.zeros(1), *parameters)[0] == 0) == (name not in NOT_ZERO)


def test_celu_divides_by_its_attribute(tmp_path):
    path = tmp_path / "m.onnx"
    path.write_bytes(model_of([helper.make_node("Celu", ["h"], ["a"], alpha=0.0)]).SerializeToString())
    with pytest.raises(FormatError, match="divides by it"):
        read_onnx(path)


def test_layers_of_pytorch_are_read_and_written():
    torch = pytest.importorskip("torch", reason="needs PyTorch (the extra torch)")
    nn = torch.nn
    torch.manual_seed(1)
    for layer in (nn.SiLU(), nn.Hardswish(), nn.ELU(0.5), nn.CELU(0.25), nn.Mish(), nn.Softsign()):
        module = nn.Sequential(nn.Linear(3, 4), layer, nn.Linear(4, 2)).eval()
        network = lf.Network.from_torch(module)
        x = torch.randn(5, 3)
        wanted = module(x).detach().numpy()
        np.testing.assert_allclose(network.forward(x.numpy()), wanted, atol=1e-5)
        np.testing.assert_allclose(network.to_torch()(x).detach().numpy(), wanted, atol=1e-5)


@pytest.mark.parametrize("function", ["relu", None, abs])
def test_a_function_of_a_layer_that_is_none_is_refused(function):
    with pytest.raises(
        lf.ModelError, match=r"layer 1 has the function .*, expected one of lumpform.networks.functions"
    ):
        lf.Network.from_layers([([[1]], [0], function), ([[1]], [0])])
