"""PyTorch modules: the network computes what the module computes, and a module made from it does so as well."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from lumpform.errors import ModelError

torch = pytest.importorskip("torch", reason="needs PyTorch (the extra torch)")
from torch import nn  # noqa: E402

import lumpform as lf  # noqa: E402
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
    "transposed": (
        lambda: nn.Sequential(
            nn.Conv1d(1, 2, 2, stride=2), nn.ReLU(), nn.ConvTranspose1d(2, 3, 2, stride=2), nn.Sigmoid(),
            nn.ConvTranspose1d(3, 2, 3, stride=2, padding=1, output_padding=1, bias=False),
        ),
        (1, 6),
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


def test_parallel_arrows_are_added_up() -> None:
    groups = Group("one", 1, pinned=True), Group("x", 2, pinned=True), Group("y", 2, pinned=True)
    dense = Network.from_layers([([[1, 2], [3, 4]], [5, 6])]).graph.arrows
    arrows = [Arrow(f"{a.name} {i}", "one" if a.source == "one" else "x", "y", a.weights) for a in dense for i in "ab"]
    arrows.append(Arrow("same", "x", "y", SparseWeights.identity(2)))
    ports = (Port("x", "x", (None, 2)),), (Port("y", "y", (None, 2)),)
    layer = to_torch(Network(WeightedGraph(groups, tuple(arrows)), *ports))[0]
    assert layer.weight.tolist() == [[3, 6], [4, 9]]
    assert layer.bias.tolist() == [10, 12]


def test_what_is_the_same_everywhere_is_no_layer() -> None:
    """A layer whose window lies in the border has numbers, and no sides of its own; others put numbers at places."""
    for module, shape in (
        (nn.Sequential(nn.Conv1d(2, 2, 1, 3, 2, 2), nn.ReLU(), nn.ConvTranspose1d(2, 2, 3, 3)), (2, 1)),
        (nn.Sequential(nn.Linear(2, 3), nn.Unflatten(1, (3, 1)), nn.ConvTranspose1d(3, 4, 3, 3, 1, dilation=2)), (2,)),
    ):
        network = lf.reduce(from_torch(module.eval(), shape)).model
        with pytest.raises(ModelError, match=r"at places of maps|into maps"):
            to_torch(network)


@pytest.mark.parametrize("pool", [nn.MaxPool1d(3, 1, 1), nn.AvgPool1d(3, 1, 1), nn.MaxPool1d(3, 2, 1)])
@pytest.mark.parametrize("first", [nn.ReLU(), nn.Conv1d(4, 4, 1), nn.AdaptiveAvgPool1d(1)])
def test_windows_over_one_position_mix_no_channels(pool, first) -> None:
    module = nn.Sequential(first, pool).eval()
    shape = (4, 3 if isinstance(first, nn.AdaptiveAvgPool1d) else 1)
    x = torch.linspace(-2, 3, 2 * shape[0] * shape[1]).reshape(2, *shape)
    assert torch.allclose(to_torch(from_torch(module, shape))(x), module(x), atol=1e-6)


def test_statistics_alone_have_a_type() -> None:
    assert from_torch(nn.BatchNorm1d(3, affine=False).double().eval(), (3,)).inputs[0].dtype == "float64"


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_modules_that_compute_in_less_have_no_bound_for_more(dtype):
    module = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)).to(dtype).eval()
    network = lf.Network.from_torch(module)
    with pytest.raises(lf.OptionError, match="on its way has no float error bound for float32"):
        float_error(network, [(-1, 1)] * 2, "float32")
    if dtype is torch.float16:
        assert float_error(network, [(-1, 1)] * 2, "float16")
