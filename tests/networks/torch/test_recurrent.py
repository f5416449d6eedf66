"""Recurrent layers of PyTorch: read, evaluated, written again, or refused by name."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from lumpform.errors import ModelError

torch = pytest.importorskip("torch", reason="needs PyTorch (the extra torch)")
from torch import nn  # noqa: E402

from lumpform.certificates.digest import digest_of  # noqa: E402
from lumpform.networks.canonical import canonical  # noqa: E402
from lumpform.networks.torch import from_torch, to_torch  # noqa: E402

# --- recurrent layers ----------------------------------------------------------------------------------------------


def recurrent(seed, **options):
    """A recurrent layer with weights that are small multiples of 1/8."""
    module = nn.RNN(3, 2, **options)
    torch.manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randint(-8, 9, parameter.shape) / 8)
    return module.eval()


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize(("nonlinearity", "num_layers", "bias"), [("relu", 1, True), ("tanh", 2, False)])
def test_recurrent_layers_there_and_back(bidirectional, batch_first, nonlinearity, num_layers, bias) -> None:
    options = {"nonlinearity": nonlinearity, "num_layers": num_layers, "bias": bias}
    module = recurrent(1, bidirectional=bidirectional, batch_first=batch_first, **options)
    network = from_torch(module)
    x = torch.randint(-8, 9, (4, 2, 3)) / 4
    wanted = [v.detach().numpy() for v in module(x)]
    for found, value in zip(network.forward(x.numpy()), wanted, strict=True):
        assert found.shape == value.shape
        np.testing.assert_allclose(found, value, atol=1e-5)
    again = to_torch(network)
    assert again.rounding.exact
    for found, value in zip(again(x), wanted, strict=True):
        np.testing.assert_allclose(found.detach().numpy(), value, atol=1e-5)
    assert digest_of(canonical(from_torch(again))) == digest_of(canonical(network))


def test_recurrent_layers_of_relu_have_exact_values() -> None:
    module = recurrent(2, nonlinearity="relu", bidirectional=True).double()
    x = torch.randint(-8, 9, (5, 1, 3)).double() / 4
    exact = from_torch(module).forward(x.numpy(), exact=True)
    for found, value in zip(exact, module(x), strict=True):
        assert found.tolist() == [[[Fraction(v) for v in row] for row in rows] for rows in value.tolist()]


def test_random_weights_come_back_exactly() -> None:
    """The sum of two biases is no float; it is written as two of them again."""
    network = from_torch(nn.RNN(3, 4, 2, bidirectional=True))
    module = to_torch(network)
    assert module.rounding.exact
    assert digest_of(canonical(from_torch(module))) == digest_of(canonical(network))


def test_layers_before_a_recurrent_one_work_step_by_step() -> None:
    module = nn.Sequential(nn.Linear(2, 3), nn.LeakyReLU(0.25), nn.Dropout(0.5), recurrent(3, batch_first=True)).eval()
    network = from_torch(module)
    assert [p.layout for p in (*network.inputs, *network.outputs)] == ["nt.", "nt.", ".n."]
    x = torch.randn(4, 3, 2)
    for found, value in zip(network.forward(x.numpy()), module(x), strict=True):
        np.testing.assert_allclose(found, value.detach().numpy(), atol=1e-5)
    with pytest.raises(ModelError, match="expected an input, layers of one size, their states and last states"):
        to_torch(network)


def test_the_number_of_steps_may_be_fixed() -> None:
    assert from_torch(nn.RNN(3, 2), (7, 3)).inputs[0].shape == (7, None, 3)
    assert from_torch(nn.RNN(3, 2, batch_first=True), (7, 3)).inputs[0].shape == (None, 7, 3)


def with_other_weights():
    module = nn.RNN(3, 2)
    module._flat_weights[0] = nn.Parameter(torch.zeros(2, 3))
    return module


@pytest.mark.parametrize(
    ("module", "shape", "line"),
    [
        (
            lambda: nn.LSTM(3, 2),
            None,
            r"module itself \(LSTM\): found the type torch.nn.modules.rnn.LSTM, expected one",
        ),
        (lambda: nn.GRU(3, 2), None, r"module itself \(GRU\): found the type torch.nn.modules.rnn.GRU, expected one"),
        (lambda: nn.RNNCell(3, 2), (3,), r"\(RNNCell\): found the type torch.nn.modules.rnn.RNNCell, expected one"),
        (lambda: nn.Sequential(nn.RNN(3, 2), nn.Linear(2, 1)), None, r"module 0 \(RNN\): found a layer behind it"),
        (
            lambda: nn.Sequential(nn.Flatten(), nn.RNN(3, 2)),
            (3,),
            r"\(Flatten\): found a layer before nn.RNN, expected",
        ),
        (lambda: nn.RNN(3, 2, 2, dropout=0.5), None, "found training mode, expected evaluation mode"),
        (lambda: nn.RNN(3, 2), (4,), "for 4 features, expected some that fit"),
        (lambda: nn.RNN(3, 2), (4, 4, 3), r"expected \(features,\) or \(steps, features\) before nn.RNN"),
        (with_other_weights, None, "found another weight_ih_l0 than the layer computes with"),
    ],
)
def test_recurrent_modules_that_are_not_read(module, shape, line) -> None:
    with pytest.raises(ModelError, match=line):
        from_torch(module(), shape)


def test_what_no_recurrent_layer_computes() -> None:
    network = from_torch(recurrent(1, nonlinearity="relu"))
    (first, second) = network.outputs
    arrows = [replace(a, weights=a.weights.scaled_by(columns=[2, 1])) if a.target == first.group else a
              for a in network.graph.arrows]  # fmt: skip
    doubled = network.with_graph(replace(network.graph, arrows=tuple(arrows)))
    with pytest.raises(ModelError, match="the network computes something else than an"):
        to_torch(doubled)
    with pytest.raises(ModelError, match="has these inputs and outputs, expected an input"):
        to_torch(replace(network, outputs=(second,)))
