"""PyTorch modules: the network computes what the module computes, and a module made from it does so as well."""

from __future__ import annotations

import numpy as np
import pytest

from lumpform.errors import ModelError

torch = pytest.importorskip("torch", reason="needs PyTorch (the extra torch)")

from torch import nn  # noqa: E402

import lumpform as lf  # noqa: E402
from lumpform.networks.network import Network  # noqa: E402
from lumpform.networks.torch import from_torch, to_torch  # noqa: E402

MODULES = {
    "dense": (lambda: nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2)), None),
    "functions": (
        lambda: nn.Sequential(
            nn.Linear(3, 4), nn.LeakyReLU(0.3), nn.Linear(4, 4, bias=False), nn.Sigmoid(), nn.Linear(4, 4), nn.Tanh(),
            nn.Linear(4, 4), nn.GELU(), nn.Dropout(0.5), nn.Linear(4, 3), nn.PReLU(), nn.Linear(3, 3),
            nn.Softmax(dim=1),
        ),
        None,
    ),
    "norm": (lambda: nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU()), (3,)),
    "convolution": (
        lambda: nn.Sequential(
            nn.Conv2d(2, 4, 3, stride=2, padding=1, dilation=1, groups=2), nn.BatchNorm2d(4), nn.ReLU(),
            nn.MaxPool2d(2, 1), nn.Conv2d(4, 3, 2, dilation=2), nn.AvgPool2d(2, 1, padding=1), nn.Flatten(),
            nn.Linear(3 * 2 * 3, 2),
        ),
        (2, 8, 10),
    ),
    "global": (
        lambda: nn.Sequential(
            nn.Sequential(nn.Conv2d(1, 3, (2, 3)), nn.ReLU()), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2)
        ),
        (1, 5, 5),
    ),
    "maps": (lambda: nn.Sequential(nn.Conv2d(2, 2, 1), nn.ReLU(), nn.Conv2d(2, 3, 3, padding=1)), (2, 4, 4)),
    "flat": (lambda: nn.Sequential(nn.Flatten(), nn.Linear(8, 3)), (2, 2, 2)),
    "nothing": (lambda: nn.Sequential(nn.Identity()), (3,)),
}  # fmt: skip


def made(name: str):
    torch.manual_seed(1)
    make, shape = MODULES[name]
    module = make()
    with torch.no_grad():  # statistics that are not 0 and 1
        for layer in module.modules():
            if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
                layer.running_mean.normal_()
                layer.running_var.uniform_(0.5, 2)
                layer.weight.normal_()
                layer.bias.normal_()
    return module.double().eval(), shape


@pytest.mark.parametrize("name", MODULES)
def test_there_and_back(name: str) -> None:
    module, shape = made(name)
    network = from_torch(module, shape)
    x = torch.randn(7, *(network.inputs[0].shape[1:]), dtype=torch.float64)
    expected = module(x).detach().numpy()
    assert network.inputs[0].dtype == ("float32" if name == "nothing" else "float64")
    assert np.allclose(network.forward(x.numpy()).reshape(expected.shape), expected, rtol=1e-9, atol=1e-9)
    back = to_torch(network)
    assert not back.training
    assert np.allclose(back(x).detach().numpy(), expected, rtol=1e-9, atol=1e-9)
    if "norm" not in name and name != "convolution":
        assert back.rounding.exact


def test_a_lumped_module_is_smaller_and_equal() -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    with torch.no_grad():
        module[0].weight[2:] = 2 * module[0].weight[:2]
        module[0].bias[2:] = 2 * module[0].bias[:2]
    reduced = to_torch(lf.lump(from_torch(module)).quotient)
    assert reduced[0].out_features == 2
    x = torch.randn(50, 3)
    assert torch.allclose(reduced(x), module(x), atol=1e-5)


@pytest.mark.parametrize(
    ("module", "shape", "message"),
    [
        (nn.Sequential(nn.ReLU(), nn.Linear(2, 2)), None, "input_shape is missing"),
        (nn.Sequential(nn.Linear(2, 2), nn.LSTM(2, 2)), None, r"module 1 \(LSTM\)"),
        (nn.Sequential(nn.Linear(2, 2)), (3,), "found 2 inputs, expected 3"),
        (nn.Sequential(nn.Sequential(nn.Conv2d(2, 1, 1))), (3, 4, 4), r"module 0.0 \(Conv2d\): found 2 channels"),
        (nn.Conv2d(1, 1, 5), (1, 4, 4), "one that fits a map"),
        (nn.MaxPool2d(2, ceil_mode=True), (1, 5, 5), "ceil_mode"),
        (nn.BatchNorm1d(2, track_running_stats=False), (2,), "statistics"),
        (nn.Linear(2, 2), (0,), "input_shape is"),
        (nn.Linear(2, 2).half(), None, "float16"),
    ],
)
def test_what_is_not_supported_is_named(module, shape, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        from_torch(module, shape)


def test_what_a_sequence_cannot_hold() -> None:
    empty = Network.from_layers([(np.zeros((2, 0)), None), (np.zeros((0, 1)), [1])])
    with pytest.raises(ModelError, match="empty"):
        to_torch(empty)
