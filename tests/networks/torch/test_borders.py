"""Calls that no table knows: kept as they are, the rest of a module is reduced, and a module comes out again.

Calls that a table knows, one by one: what is read computes the same, reduced, as a module and as ONNX.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs PyTorch (the extra torch)")
from torch import nn  # noqa: E402

import lumpform as lf  # noqa: E402
from lumpform.networks.islands.islands import Islands  # noqa: E402
from lumpform.networks.network import Network  # noqa: E402
from lumpform.networks.onnx.write import to_onnx  # noqa: E402
from lumpform.networks.torch.aten_border import caller  # noqa: E402

pytestmark = pytest.mark.medium

MASK = torch.tensor([True, False, True, True, False, True])
SQUARE = torch.eye(6) + 1


class Between(nn.Module):
    """Do something between two linear layers, of which the first has a neuron twice."""

    def __init__(self, what: Any, width: int = 6) -> None:
        super().__init__()
        self.one, self.what, self.two, self.three = nn.Linear(5, 6), what, nn.Linear(width, 4), nn.Linear(4, 2)

    def forward(self, x: Any) -> Any:
        return self.three(torch.relu(self.two(self.what(self.one(x)))))


class Maps(nn.Module):
    """Do something between two convolutions."""

    def __init__(self, what: Any, channels: int = 4) -> None:
        super().__init__()
        self.one, self.what, self.two = nn.Conv2d(2, 4, 3, padding=1), what, nn.Conv2d(channels, 3, 1)

    def forward(self, x: Any) -> Any:
        return self.two(self.what(torch.relu(self.one(x))))


def values(module: Any, x: Any) -> Any:
    with torch.no_grad():
        return module(x).numpy()


def of(module: nn.Module) -> tuple[nn.Module, Any]:
    """Return a module with a neuron or channel twice, and inputs."""
    torch.manual_seed(3)
    with torch.no_grad():
        for part in module.modules():
            if isinstance(part, nn.modules.batchnorm._NormBase) and part.running_mean is not None:
                part.running_mean.normal_()
                part.running_var.uniform_(0.5, 2)
        first = module.two if isinstance(module, Between) else module.one
        first.weight[1], first.bias[1] = first.weight[0], first.bias[0]
    return module.eval(), torch.randn(3, 5) if isinstance(module, Between) else torch.randn(3, 2, 6, 6)


READ = {
    "selu": lambda: Between(nn.SELU()),
    "celu": lambda: Between(nn.CELU(0.5)),
    "prelu": lambda: Maps(nn.PReLU(4)),
    "log sigmoid": lambda: Between(nn.LogSigmoid()),
    "a threshold at 0": lambda: Between(nn.Threshold(0.0, 0.0)),
    "where": lambda: Between(lambda x: torch.where(MASK, x, torch.zeros(6))),
    "a mask": lambda: Between(lambda x: x.masked_fill(MASK, 0.5)),
    "a triangle": lambda: Between(lambda x: x.view(-1, 2, 3).tril(1).flatten(1)),
    "sums": lambda: Between(lambda x: x.cumsum(-1)),
    "the largest": lambda: Between(lambda x: torch.cat([x, x.max(-1, keepdim=True)[0]], 1), 7),
    "backwards": lambda: Between(lambda x: x.flip(-1)),
    "again": lambda: Between(lambda x: x[:, :2].repeat(1, 3)),
    "addmm": lambda: Between(lambda x: torch.addmm(torch.ones(6), x, SQUARE, beta=2.0, alpha=0.5)),
    "windows of numbers": lambda: Maps(lambda x: nn.Unfold(2)(x).view(-1, 16, 5, 5), 16),
    "around": lambda: Maps(nn.CircularPad2d(1)),
    "mirrored": lambda: Maps(nn.ReflectionPad2d((1, 2, 0, 1))),
    "nearest": lambda: Maps(nn.Upsample(scale_factor=1.5)),
    "exactly nearest": lambda: Maps(nn.Upsample(size=(9, 4), mode="nearest-exact")),
    "transposed": lambda: Maps(nn.ConvTranspose2d(4, 4, 3, 2, 1, 1)),
    "shuffled": lambda: Maps(nn.PixelShuffle(2), 1),
    "gaps": lambda: Maps(nn.MaxPool2d(2, 1, dilation=2)),
    "rounded up": lambda: Maps(nn.AvgPool2d(3, 2, 1, ceil_mode=True)),
    "statistics": lambda: Maps(nn.InstanceNorm2d(4, affine=True, track_running_stats=True)),
}


class Last(nn.Module):
    """Return the last state of a recurrent layer."""

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.layer = kind(3, 4, batch_first=True)

    def forward(self, x: Any) -> Any:
        return self.layer(x.view(-1, 2, 3))[0][:, -1]


class Squeezed(nn.Module):
    """Weigh channels by what their means say, as MobileNet v3 does."""

    def __init__(self) -> None:
        super().__init__()
        self.down, self.up = nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1)

    def forward(self, x: Any) -> Any:
        found = self.up(torch.relu(self.down(x.mean((2, 3), keepdim=True))))
        return nn.functional.hardswish(x * nn.functional.hardsigmoid(found))


KEPT = {
    "lstm": lambda: Between(Last(nn.LSTM), 4),
    "gru": lambda: Between(Last(nn.GRU), 4),
    "squeeze and excitation": lambda: Maps(Squeezed()),
    "hard shrink": lambda: Between(nn.Hardshrink()),
    "a comparison": lambda: Between(lambda x: torch.where(x > 0, x, 2 * x)),
    "gated": lambda: Between(nn.GLU(), 3),
    "sizes of the batch": lambda: Between(lambda x: x + x.new_zeros(2 * x.shape[0], 6).sin()[: x.shape[0]]),
    "several results": lambda: Between(lambda x: x.sort()[0]),
    "positions": lambda: Between(lambda x: x + torch.arange(6)),
    "a softmax in logarithms": lambda: Between(nn.LogSoftmax(-1)),
    "a norm": lambda: Between(nn.LayerNorm(6, elementwise_affine=False)),
    "groups": lambda: Maps(nn.GroupNorm(2, 4)),
    "instances": lambda: Maps(nn.InstanceNorm2d(4, affine=True)),
    "smooth": lambda: Maps(nn.Upsample(scale_factor=2, mode="bilinear")),
    "uneven windows": lambda: Maps(nn.AdaptiveAvgPool2d(4)),
    "attention": lambda: Between(
        lambda x: nn.functional.scaled_dot_product_attention(*3 * [x.view(-1, 1, 2, 3)], is_causal=True).flatten(1)
    ),
}


@pytest.mark.parametrize("name", READ)
def test_it_is_read_as_one_network(name: str) -> None:
    module, x = of(READ[name]())
    reduction = lf.reduce(module, example=x)
    assert isinstance(reduction.original, Network)
    assert reduction.model.neurons < reduction.original.neurons
    wanted = values(module, x)
    np.testing.assert_allclose(values(reduction.to_torch(), x), wanted, rtol=2e-4, atol=2e-5)
    session = pytest.importorskip("onnxruntime").InferenceSession(to_onnx(reduction.model)[0].SerializeToString())
    found = session.run(None, {session.get_inputs()[0].name: x.numpy()})[0]
    np.testing.assert_allclose(found, wanted, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("name", KEPT)
def test_what_is_not_known_is_kept_and_the_rest_reduced(name: str) -> None:
    module, x = of(KEPT[name]())
    reduction = lf.reduce(module, example=x)
    assert isinstance(reduction.original, Islands)
    if isinstance(module, Between):  # behind what is kept; before it, all numbers are read one by one
        assert reduction.model.neurons < reduction.original.neurons
    np.testing.assert_allclose(values(reduction.to_torch(), x), values(module, x), rtol=2e-4, atol=2e-5)
    more = torch.cat([x, 2 * x])
    np.testing.assert_allclose(values(reduction.to_torch(), more), values(module, more), rtol=2e-4, atol=2e-5)


def test_a_table_of_vectors_is_kept() -> None:
    module = nn.Sequential(nn.Embedding(7, 5), nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 2)).eval()
    x = torch.tensor([[1, 2, 6], [0, 0, 3]])
    found = lf.reduce(module, example=x).to_torch()
    np.testing.assert_allclose(values(found, x), values(module, x), rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("name", ["from_file", "add_", "no_such_operator", "copy_", "resize_", "normal_"])
def test_no_operator_is_called_that_changes_its_operands_or_opens_a_file(name: str) -> None:
    for form in ("", "Tensor"):
        assert caller(torch, name, {"form": form, "arguments": "[[], {}]"}, 1) is None
    assert caller(torch, "relu", {"form": "", "arguments": "[[], {}]"}, 1) is not None


@pytest.mark.parametrize("form", ["__class__", "__doc__", "_schema", "overloads", "op", 7])
def test_only_forms_of_operators_are_called(form: Any) -> None:
    for name in ("relu", "_dir", "__class__", "name"):
        assert caller(torch, name, {"form": form, "arguments": "[[], {}]"}, 1) is None


@pytest.mark.parametrize(
    "arguments",
    [
        None,
        7,
        "",
        "[",
        "[1]",
        "[[], []]",
        "[{}, {}]",
        '[[{"tensor": 1}], {}]',
        '[[{"tensor": -1}], {}]',
        '[[{"tensor": true}], {}]',
        '[[{"tensor": 0, "of": 0}], {}]',
        '[[{"batch": "2", "of": 0}], {}]',
        '[[{"batch": 2}], {}]',
        '[[[{"torch": "hub"}]], {}]',
        '[[], {"a": {"torch": "load"}}]',
        "[[{}], {}]",
        "[" * 100_000,
    ],
)
def test_arguments_that_no_call_was_kept_with_are_refused(arguments: Any) -> None:
    assert caller(torch, "relu", {"form": "", "arguments": arguments}, 1) is None
    for right in ('{"tensor": 0}', '{"batch": 2, "of": 0}', '{"torch": "float32"}', "[1, null, 2.5]"):
        assert caller(torch, "relu", {"form": "", "arguments": f"[[{right}], {{}}]"}, 1) is not None
