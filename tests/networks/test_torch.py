"""PyTorch modules: the network computes what the module computes, and a module made from it does so as well."""

from __future__ import annotations

import functools
import warnings
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from lumpform.errors import ModelError

torch = pytest.importorskip("torch", reason="needs PyTorch (the extra torch)")

from torch import nn  # noqa: E402
from torch.nn.utils import prune  # noqa: E402

import lumpform as lf  # noqa: E402
from lumpform.certificates.digest import digest_of  # noqa: E402
from lumpform.graph.graph import IDENTITY, Arrow, Group, WeightedGraph  # noqa: E402
from lumpform.graph.weights import SparseWeights  # noqa: E402
from lumpform.networks.canonical import canonical  # noqa: E402
from lumpform.networks.float_error import float_error  # noqa: E402
from lumpform.networks.functions import leaky_relu, max_pool  # noqa: E402
from lumpform.networks.network import Network  # noqa: E402
from lumpform.networks.onnx.write import to_onnx  # noqa: E402
from lumpform.networks.port import Port  # noqa: E402
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
    "rows": (lambda: nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)), (5, 3)),
    "one side": (
        lambda: nn.Sequential(
            nn.Conv1d(2, 3, 3, padding="same"), nn.BatchNorm1d(3), nn.MaxPool1d(2), nn.AvgPool1d(2),
            nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(3, 2),
        ),
        (2, 8),
    ),
    "three sides": (
        lambda: nn.Sequential(
            nn.Conv3d(1, 2, (1, 2, 2), stride=(1, 2, 1)), nn.BatchNorm3d(2), nn.ReLU(), nn.MaxPool3d(2, 1),
            nn.Flatten(1, 2), nn.Flatten(),
        ),
        (1, 2, 4, 4),
    ),
    "shape": (
        lambda: nn.Sequential(nn.Linear(4, 12), nn.Unflatten(1, (3, 2, 2)), nn.ZeroPad2d((1, 0, 2, -1)), nn.Flatten()),
        None,
    ),
    "deep": (lambda: nn.Sequential(nn.Conv2d(2, 2, 1), nn.Softmax(dim=1), nn.Flatten(), nn.Softmax(dim=-1)), (2, 2, 3)),
}  # fmt: skip
WITHOUT_LAYERS = {"rows", "shape"}
"""Modules whose network cannot be written as a sequence again."""


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


def made(name: str):
    torch.manual_seed(1)
    make, shape = MODULES[name]
    module = make()
    with torch.no_grad():  # statistics that are not 0 and 1
        for layer in module.modules():
            if isinstance(layer, nn.modules.batchnorm._BatchNorm):
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
    assert network.forward(x.numpy()).shape == expected.shape
    assert np.allclose(network.forward(x.numpy()), expected, rtol=1e-9, atol=1e-9)
    if name in WITHOUT_LAYERS:
        return
    back = to_torch(network)
    assert canonical(from_torch(back, shape)).graph.nodes == canonical(network).graph.nodes
    assert not back.training
    assert np.allclose(back(x).detach().numpy(), expected, rtol=1e-9, atol=1e-9)
    if not any(isinstance(layer, nn.modules.batchnorm._BatchNorm) for layer in module.modules()):
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


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_parameters_are_read_exactly(dtype) -> None:
    module = nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 2)).to(dtype)
    network = from_torch(module)
    matrix = network.graph.arrows_between("x", network.graph.groups[2].name)[0].weights
    expected = [Fraction(v) for v in module[0].weight.T.reshape(-1).double().tolist()]
    assert matrix.values.fractions() == expected
    assert network.inputs[0].dtype == {torch.float16: "float16", torch.float64: "float64"}.get(dtype, "float32")
    assert to_torch(network).rounding.exact


@pytest.mark.parametrize("slope", [0.1, 0.3, 1 / 3, 0.25, -0.7])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_slopes_are_those_with_which_pytorch_computes(slope: float, dtype) -> None:
    """The float32 nearest to the Python float, where tensors are float32; then nothing is rounded on the way out."""
    module = nn.Sequential(nn.Linear(1, 1), nn.LeakyReLU(slope)).to(dtype)
    with torch.no_grad():
        module[0].weight.fill_(1.0)
        module[0].bias.fill_(0.0)
    network = from_torch(module)
    (found,) = network.graph.groups[-1].function.parameters
    x = -torch.rand(1000, 1, dtype=dtype)
    nearest = [float(Fraction(v) * found) for v in x.reshape(-1).tolist()]
    expected = torch.tensor(nearest, dtype=torch.float64).to(dtype)
    assert module(x).reshape(-1).tolist() == expected.tolist()
    assert to_torch(network).rounding.exact
    assert from_torch(to_torch(network)).graph.groups[-1].function.parameters == (found,)


@pytest.mark.parametrize(("slope", "rounded"), [("0.1", 1), ("1/3", 1), ("1/4", 0), ("-3/10", 1)])
def test_slopes_that_are_rounded_are_counted(slope: str, rounded: int) -> None:
    network = Network.from_layers([([[1, 2]], None, leaky_relu(Fraction(slope))), ([[1], [2]], None)])
    rounding = to_torch(network).rounding
    assert (rounding.rounded, rounding.exact) == (rounded, not rounded)
    assert to_onnx(network)[1].rounded == rounded
    if rounded:
        assert f"{rounded} of " in str(rounding)


def test_a_layer_that_is_used_twice_is_read_twice() -> None:
    shared, twice = nn.ReLU(), nn.Linear(2, 2)
    module = nn.Sequential(twice, shared, nn.Linear(2, 2), shared, twice, nn.Sequential(shared, nn.Linear(2, 1)))
    x = torch.randn(20, 2)
    expected = module(x).detach().numpy()
    network = from_torch(module)
    assert [g.function.name for g in network.graph.groups[2:]] == ["relu", "relu", "relu", "identity"]
    assert np.allclose(network.forward(x.numpy()), expected, atol=1e-6)


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


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
@pytest.mark.parametrize("width", [0, 1])
def test_layers_without_neurons(width: int) -> None:
    module = nn.Sequential(nn.Linear(3, width), nn.ReLU(), nn.Linear(width, 2)).double()
    x = torch.randn(4, 3, dtype=torch.float64)
    assert np.allclose(from_torch(module).forward(x.numpy()), module(x).detach().numpy())


def test_weights_count_and_not_what_is_said_about_them() -> None:
    module = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(3, 1)).double()
    module[0].weight, module[0].bias = (nn.Parameter(torch.randn(*s).double()) for s in ((3, 2), (3,)))
    x = torch.randn(4, 2, dtype=torch.float64)
    assert np.allclose(from_torch(module).forward(x.numpy()), module(x).detach().numpy())
    assert from_torch(module, (np.int64(2),)).neurons == 3


def test_one_number_for_all_sides() -> None:
    module = nn.Sequential(nn.MaxPool2d((2,)), nn.AvgPool2d(2, (1,)))
    x = torch.randn(2, 3, 6, 6)
    assert np.allclose(from_torch(module, (3, 6, 6)).forward(x.numpy()), module(x).numpy(), atol=1e-6)


def shared_sequence():
    inner = nn.Sequential(nn.Linear(2, 2), nn.Tanh())
    return nn.Sequential(inner, nn.Linear(2, 2), inner, nn.Sequential(inner, inner))


def shared_convolution():
    layer, act = nn.Conv2d(1, 1, 2, padding=1), nn.ReLU(inplace=True)
    return nn.Sequential(layer, act, layer, act, nn.Flatten(), nn.Linear(16, 2))


def shared_parameters():
    first, second = nn.Linear(2, 2), nn.Linear(2, 2)
    second.weight, second.bias = first.weight, first.bias
    return nn.Sequential(first, nn.Sigmoid(), second)


@pytest.mark.parametrize(
    ("make", "shape"), [(shared_sequence, (2,)), (shared_convolution, (1, 2, 2)), (shared_parameters, (2,))]
)
def test_whatever_is_shared_counts_at_every_use(make, shape) -> None:
    torch.manual_seed(3)
    module = make().double().eval()
    x = torch.randn(10, *shape, dtype=torch.float64)
    expected = module(x.clone()).detach().numpy()
    assert np.allclose(from_torch(module, shape).forward(x.numpy()), expected)


def test_hooks_for_all_modules_are_seen() -> None:
    handle = nn.modules.module.register_module_forward_hook(lambda *_: None)
    try:
        with pytest.raises(ModelError, match="forward hooks for all modules"):
            from_torch(nn.Linear(2, 2))
    finally:
        handle.remove()
    assert from_torch(nn.Linear(2, 2)).neurons == 0


def test_dropout_that_drops_nothing_may_train() -> None:
    assert from_torch(nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.0))).neurons == 0


def test_what_a_sequence_cannot_hold() -> None:
    empty = Network.from_layers([(np.zeros((2, 0)), None), (np.zeros((0, 1)), [1])])
    with pytest.raises(ModelError, match="empty"):
        to_torch(empty)


@pytest.mark.parametrize("pads", [(2, 2), (0, 1)])
def test_padding_that_pytorch_does_not_run_is_not_written(pads) -> None:
    for function, operator in ((max_pool((3,), (1,), pads), None), (IDENTITY, ("average", (3,), (1,), pads, True))):
        sides = (4 + sum(pads) - 2,)
        groups = (
            Group("one", 1, pinned=True),
            Group("x", 1, pinned=True, shape=(4,)),
            Group("h", 1, function, shape=sides),
        )
        one = SparseWeights.identity(1)
        graph = WeightedGraph(
            (*groups, Group("y", 1, pinned=True, shape=sides)),
            (Arrow("a", "x", "h", one, operator), Arrow("b", "h", "y", one)),
        )
        network = Network(graph, (Port("x", "x", (None, 1, 4)),), (Port("y", "y", (None, 1, *sides)),))
        with pytest.raises(ModelError, match="on both sides, by at most half"):
            to_torch(network)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_modules_that_compute_in_less_have_no_bound_for_more(dtype):
    module = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)).to(dtype).eval()
    network = lf.Network.from_torch(module)
    with pytest.raises(lf.OptionError, match="on its way has no float error bound for float32"):
        float_error(network, [(-1, 1)] * 2, "float32")
    if dtype is torch.float16:
        assert float_error(network, [(-1, 1)] * 2, "float16")


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
