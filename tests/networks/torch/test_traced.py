"""Any PyTorch module by an example: read, lumped, certified and written as a module and as ONNX, and all agree."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import onnxruntime
import pytest
from onnx import helper, numpy_helper

from lumpform.errors import ModelError, OptionError

torch = pytest.importorskip("torch", reason="needs PyTorch (the extra torch)")
from torch import nn  # noqa: E402
from torch_modules import CASES, Case, made  # noqa: E402

import lumpform as lf  # noqa: E402
from lumpform.certificates.digest import digest_of  # noqa: E402
from lumpform.checker import check  # noqa: E402
from lumpform.networks.onnx import read_onnx  # noqa: E402
from lumpform.networks.onnx.write import to_onnx  # noqa: E402
from lumpform.networks.torch.export import to_model  # noqa: E402
from lumpform.networks.torch.written import as_module  # noqa: E402

READ = [name for name, case in CASES.items() if not case.missing]
REFUSED = [name for name, case in CASES.items() if case.missing]


def listed(value):
    return list(value) if isinstance(value, tuple) else [value]


def example(case: Case, count: int = 100):
    torch.manual_seed(7)
    inputs = tuple(torch.randn(count, *case.shape) for _ in range(case.inputs))
    return inputs[0] if case.inputs == 1 else inputs


def values(module, x):
    with torch.no_grad():
        return [v.numpy() for v in listed(module(*listed(x)))]


def run(model: bytes, x):
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    given = {port.name: v.numpy() for port, v in zip(session.get_inputs(), listed(x), strict=True)}
    return session.run(None, given)


def agree(found, wanted) -> None:
    for one, two in zip(found, wanted, strict=True):
        assert one.shape == two.shape
        np.testing.assert_allclose(one, two, atol=2e-5, rtol=2e-4)


@pytest.mark.medium
@pytest.mark.parametrize("name", CASES)
def test_the_model_computes_what_the_module_does(name: str) -> None:
    module, x = made(CASES[name]), example(CASES[name])
    agree(run(to_model(module, x).SerializeToString(), x), values(module, x))


@pytest.mark.medium
@pytest.mark.parametrize("name", READ)
def test_a_planted_copy_is_found_and_certified(name: str, tmp_path) -> None:
    case = CASES[name]
    module, x = made(case), example(case)
    reduction = lf.reduce(module, example=x)
    assert case.planted
    assert reduction.model.neurons < reduction.original.neurons
    wanted = values(module, x)
    small = reduction.to_torch()
    agree(values(small, x), wanted)
    assert isinstance(small(*listed(x)), tuple) == (case.inputs == 2)

    files = [tmp_path / n for n in ("model.onnx", "small.onnx", "certificate.json")]
    files[0].write_bytes(to_model(module, x).SerializeToString())
    assert digest_of(read_onnx(files[0])) == digest_of(reduction.original)
    written, rounding = to_onnx(reduction.model)
    files[1].write_bytes(written.SerializeToString())
    files[2].write_text(json.dumps(reduction.certificate(None if rounding.exact else "float32")))
    assert check(*map(str, files)).verified
    agree(run(files[1].read_bytes(), x), wanted)

    if name == "rnn":  # a module that takes its steps one by one is no recurrent layer
        return
    again = lf.Network.from_torch(small, x)
    assert again.neurons == reduction.model.neurons
    agree(values(again.to_torch(), x), wanted)


@pytest.mark.medium
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_understood_is_a_border(name: str, tmp_path) -> None:
    """The parts of a module that are networks are reduced, all else stays; the module computes what it did."""
    case = CASES[name]
    module, x = made(case), example(case)
    reduction = lf.reduce(module, example=x)
    assert case.missing in {border.operator for border in reduction.original.borders}
    if case.planted:
        assert reduction.model.neurons < reduction.original.neurons
    files = [tmp_path / n for n in ("model.onnx", "small.onnx", "certificate.json")]
    files[0].write_bytes(reduction.original.model.SerializeToString())
    files[1].write_bytes(reduction.model.model.SerializeToString())
    files[2].write_text(json.dumps(reduction.certificate()))
    assert check(*map(str, files)).verified
    agree(run(files[1].read_bytes(), x), values(module, x))
    if name != "vit":  # Shape has no function of PyTorch here
        agree(values(reduction.to_torch(), x), values(module, x))


def test_what_is_no_module_in_evaluation_mode() -> None:
    x = torch.randn(2, 4)
    with pytest.raises(ModelError, match=r"found a module in training mode, expected module.eval\(\)"):
        lf.Network.from_torch(nn.Linear(4, 2), x)
    with pytest.raises(OptionError, match="expected example=x"):
        lf.reduce(nn.Conv2d(4, 2, 1).eval())
    with pytest.raises(OptionError, match=r"found a list, expected a model: lf\.reduce"):
        lf.reduce([], example=x)


def test_parameters_have_different_names_in_a_written_module() -> None:
    """Tensors whose names differ only in signs, and those called like something of a module, are kept apart."""
    nodes = [helper.make_node("Add", ["x", "a.b"], ["t"]), helper.make_node("Mul", ["t", "a_b"], ["u"])]
    nodes.append(helper.make_node("Add", ["u", "steps"], ["y"]))
    tensors = [numpy_helper.from_array(np.array([v], np.float32), n) for n, v in (("a.b", 2), ("a_b", 3), ("steps", 5))]
    ports = [[helper.make_tensor_value_info(n, 1, ["N", 1])] for n in "xy"]
    module = as_module(helper.make_model(helper.make_graph(nodes, "g", *ports, tensors)))
    assert module(torch.ones(1, 1)).item() == 14


@pytest.mark.medium
def test_a_hard_sigmoid_has_no_rounded_sixth() -> None:
    network = lf.Network.from_torch(nn.Hardsigmoid().eval(), torch.ones(1, 1))
    assert network.forward([[1]], exact=True)[0][0] == Fraction(4, 6)
