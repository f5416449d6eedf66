"""What is not PyTorch's own, or computes something else than its type says, is refused by name."""

from __future__ import annotations

import functools
import warnings

import pytest

from lumpform.errors import ModelError

torch = pytest.importorskip("torch", reason="needs PyTorch (the extra torch)")
from torch import nn  # noqa: E402
from torch.nn.utils import prune  # noqa: E402

from lumpform.networks.torch import from_torch  # noqa: E402


class Quantised(nn.Linear):
    """Compute other numbers with the same methods, under a name that no layer of torch.nn has."""

    def forward(self, x):
        return (super().forward(x) * 16).round() / 16


Linear = type("Linear", (Quantised,), {})


def hooked(kind: str):
    layer = nn.Linear(2, 2)
    getattr(layer, f"register_{kind}")(lambda *_: None)
    return layer


def with_own_forward():
    layer = nn.Linear(2, 2)
    layer.forward = lambda x: x
    return layer


def pruned():
    return prune.random_unstructured(nn.Linear(4, 4), "weight", 0.5)


def with_parameter(name: str, value):
    layer = nn.Linear(2, 2)
    setattr(layer, name, nn.Parameter(value))
    return layer


def changed(layer, **options):
    for name, value in options.items():
        setattr(layer, name, value)
    return layer


def normed(name: str):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # the older form, which uses hooks
        return getattr(nn.utils, name)(nn.Linear(2, 2)).eval()


def integers():
    layer = nn.Linear(2, 2)
    layer.weight = nn.Parameter(torch.ones(2, 2, dtype=torch.int8), requires_grad=False)
    return layer


@pytest.mark.parametrize(
    ("module", "shape", "message"),
    [
        (nn.Sequential(nn.ReLU(), nn.Linear(2, 2)), None, "input_shape is missing"),
        (nn.Sequential(nn.Linear(2, 2), nn.LSTM(2, 2)), None, r"module 1 \(LSTM\)"),
        (nn.Sequential(nn.Linear(2, 2)), (3,), "found 2 inputs, expected 3"),
        (nn.Sequential(nn.Sequential(nn.Conv2d(2, 1, 1))), (3, 4, 4), r"module 0.0 \(Conv2d\): found 3 channels"),
        (nn.Conv2d(1, 1, 5), (1, 4, 4), "one that the window fits"),
        (nn.MaxPool2d(2, ceil_mode=True), (1, 5, 5), "ceil_mode"),
        (nn.BatchNorm1d(2, track_running_stats=False).eval(), (2,), "statistics"),
        (nn.Sequential(nn.BatchNorm1d(2)), (2,), r"training mode, expected evaluation mode: module.eval\(\)"),
        (nn.Sequential(nn.Dropout(0.5)), (2,), "training mode"),
        (nn.Linear(2, 2), (0,), "input_shape is"),
        (integers(), None, "parameters of type int8"),
        (nn.Linear(2, 2, device="meta"), None, "a dense tensor with numbers"),
        (nn.LazyLinear(3), (2,), "forward hooks"),
        (Quantised(2, 2), (2,), "the type .*Quantised"),
        (nn.Sequential(Linear(2, 2)), (2,), r"module 0 \(Linear\): found the type .*Linear"),
        (type("Sequential", (nn.Sequential,), {"forward": lambda self, x: -x})(nn.Linear(2, 2)), (2,), "Sequential"),
        (hooked("forward_hook"), None, "forward hooks"),
        (hooked("forward_pre_hook"), None, "forward hooks"),
        (nn.Sequential(pruned()), None, r"prune.remove"),
        (nn.utils.parametrizations.weight_norm(nn.Linear(2, 2)), None, "parametrisations"),
        (nn.utils.parametrizations.spectral_norm(nn.Linear(2, 2)), (2,), "remove_parametrizations"),
        (with_own_forward(), None, "a forward of its own"),
        (nn.Sequential(nn.Linear(2, 2), nn.Softmax(dim=0)), None, "the batch"),
        (nn.Softmax(), (2,), "no dim"),
        (nn.Conv2d(1, 1, 2, padding=1, padding_mode="reflect"), (1, 3, 3), "padding_mode 'reflect'"),
        (nn.MaxPool2d(2, return_indices=True), (1, 4, 4), "return_indices"),
        (nn.ConstantPad1d(1, 2.0), (1, 3), "padding by 2.0"),
        (nn.Sequential(nn.ZeroPad1d(1), nn.Sigmoid()), (1, 3), "padding before sigmoid"),
        ("linear", None, "expected a torch.nn.Module"),
        (nn.Linear(2, 2), 2, "input_shape is 2, expected"),
        (nn.Linear(1, 1), (True,), r"input_shape is \(True,\)"),
        (nn.Linear(2, 2), "2", "input_shape is '2'"),
        (nn.LeakyReLU(float("inf")), (2,), "negative_slope=inf, expected a finite number"),
        (nn.PReLU(3), (3,), "3 slopes, expected one"),
        (nn.AdaptiveAvgPool2d((None, 1)), (1, 3, 3), r"output_size \(None, 1\), expected 1"),
        (nn.AdaptiveAvgPool2d(None), (1, 3, 3), "output_size None, expected 1"),
        (with_parameter("weight", torch.ones(2, 3)), (2,), "found 3 inputs, expected 2"),
        (with_parameter("bias", torch.ones(3)), (2,), "found 3 biases, expected 2"),
        (with_parameter("weight", torch.ones(2)), (2,), "found 2 inputs, expected 2"),
        (normed("weight_norm"), None, "forward hooks"),
        (normed("spectral_norm"), None, "forward hooks"),
        (nn.Sequential(nn.Linear(2, 2), nn.ReLU6()), None, "module 1"),
        (nn.AlphaDropout(0.5).eval(), (2,), "the type torch.nn.modules.dropout.AlphaDropout"),
        # what PyTorch makes but does not run
        (nn.Conv1d(1, 1, 2, stride=0), (1, 5), r"stride=\(0,\)"),
        (nn.Conv1d(1, 1, 2, dilation=0), (1, 5), r"dilation=\(0,\)"),
        (nn.Conv1d(1, 1, 2, padding=-1), (1, 5), r"padding=\(-1,\)"),
        (changed(nn.Conv1d(1, 1, 2), stride=(1, 1)), (1, 5), r"stride=\(1, 1\)"),
        (changed(nn.Conv1d(2, 2, 2), groups=0), (2, 5), "0 groups"),
        (changed(nn.MaxPool1d(2), stride=0), (1, 5), "stride=0"),
        (changed(nn.MaxPool1d(2), kernel_size=0), (1, 5), "kernel_size=0"),
        (nn.MaxPool1d(2, padding=-1), (1, 5), "padding=-1"),
        (nn.MaxPool1d(3, stride=1, padding=2), (1, 5), "padding=2, expected at most half of the window"),
        (nn.AvgPool2d((2, 3), padding=(2, 1)), (1, 5, 5), r"padding=\(2, 1\), expected at most half"),
        (nn.ZeroPad1d((-4, -12)), (1, 10), r"padding by \[\[0, 0\], \[0, 0\], \[-4, -12\]\]"),
        (nn.Sequential(nn.ZeroPad2d((0, -1, 1, 1)), nn.ReLU(), nn.Softmax(1)), (2, 3, 1), r"padding by \[\[0, 0\], "),
        (nn.ZeroPad3d(1), (3,), "for each of 1 dimensions"),
        (nn.BatchNorm2d(3).eval(), (3, 4), r"samples of shape \[3, 4\]"),
        (nn.BatchNorm1d(3).eval(), (3, 4, 4), r"samples of shape \[3, 4, 4\]"),
        # what would mix samples
        (nn.ZeroPad2d(1), (3,), "for each of 1 dimensions"),
        (nn.Unflatten(0, (1, 1)), (3,), "dimension 0"),
    ],
)
def test_what_is_not_supported_is_named(module, shape, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        from_torch(module, shape)


def identity(self, x):
    return x


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        (nn.ReLU, "forward"),
        (nn.Linear, "forward"),
        (nn.ReLU, "__call__"),
        (nn.Conv2d, "_conv_forward"),
        (nn.Sequential, "forward"),
        (nn.Module, "_call_impl"),
    ],
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_methods_that_somebody_put_into_a_type_are_seen(kind, method: str, wrapped: bool, monkeypatch) -> None:
    """Quantisation and adapters do so, some with the names of what they replace."""
    other = functools.wraps(getattr(kind, method))(lambda *_, **__: None) if wrapped else identity
    module = nn.Sequential(nn.Conv2d(1, 1, 1), nn.Flatten(), nn.Linear(4, 2), nn.ReLU())
    from_torch(module, (1, 2, 2))
    monkeypatch.setattr(kind, method, other)
    with pytest.raises(ModelError, match=r"\): found methods that are not PyTorch's, expected the type as it came"):
        from_torch(module, (1, 2, 2))


def test_a_type_under_a_name_of_another_is_seen(monkeypatch) -> None:
    monkeypatch.setattr(nn, "ReLU", type("ReLU", (nn.ReLU,), {"forward": identity}))
    with pytest.raises(ModelError, match=r"module 1 .ReLU.: found methods that are not PyTorch"):
        from_torch(nn.Sequential(nn.Linear(2, 2), nn.ReLU()))


def test_hooks_for_all_modules_are_seen() -> None:
    handle = nn.modules.module.register_module_forward_hook(lambda *_: None)
    try:
        with pytest.raises(ModelError, match="forward hooks for all modules"):
            from_torch(nn.Linear(2, 2))
    finally:
        handle.remove()
    assert from_torch(nn.Linear(2, 2)).neurons == 0
