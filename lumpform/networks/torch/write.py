"""Write a network whose groups form a chain as a `torch.nn.Sequential`."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError
from lumpform.graph.graph import Arrow, Group
from lumpform.graph.weights import SparseWeights
from lumpform.networks.activations import ACTIVATIONS
from lumpform.networks.dense_layers import sum_of
from lumpform.networks.kernel_side import KernelSide, as_windows
from lumpform.networks.network import ONE, Network
from lumpform.networks.operators import pooled
from lumpform.networks.torch.modules import torch_package
from lumpform.networks.torch.read import from_torch
from lumpform.networks.torch.recurrent import to_recurrent
from lumpform.networks.torch.traced import is_traced, to_module
from lumpform.networks.transposed_side import TransposedSide
from lumpform.numbers.make import exact_values
from lumpform.numbers.rounding import Rounding, as_floats


def to_torch(network: Network) -> Any:
    """Return a `torch.nn.Sequential` that computes a network whose groups form a chain, in evaluation mode.

    A recurrent network that returns its states as they are becomes a `torch.nn.RNN`. A network that was read from a
    module and an example of its inputs becomes a module with the same inputs and outputs, of any form.

    Weights are rounded once, to nearest, to the type of the input; the attribute ``rounding`` of the module says how
    many were not exact and by how much at most.

    Raises
    ------
    ModelError
        If the network has residual sums, several inputs or outputs, or a function without a layer; or if it is
        recurrent and no `torch.nn.RNN` computes it.
    OptionError
        If a weight is beyond the range of the floats.
    """
    torch = torch_package()
    if is_traced(network):
        return to_module(network)
    if network.recurrent:
        return to_recurrent(network, torch, from_torch)
    groups = network.graph.groups[1:]
    ends = [network.inputs[0].group, network.outputs[0].group] if network.inputs and network.outputs else []
    if len(network.inputs) != 1 or len(network.outputs) != 1 or ends != [groups[0].name, groups[-1].name]:
        raise ModelError("a torch Sequential has one input and one output, the first and the last group")
    if not all(g.size for g in groups):
        raise ModelError("a torch Sequential has no empty layers")
    if any(p.order is not None for p in (*network.inputs, *network.outputs)):
        raise ModelError("a torch Sequential does not reorder its input or output")
    writer = _Writer(network.inputs[0].dtype, torch)
    writer.as_shape(network.inputs[0].sample_shape, (groups[0].size, *groups[0].shape))
    for before, group in pairwise(groups):
        into = [a for a in network.graph.arrows if a.target == group.name]
        skipping = [a for a in into if a.source not in (ONE, before.name)]
        if skipping:
            raise ModelError(f"a torch Sequential has no connection that skips a layer, such as {skipping[0].name!r}")
        writer.group(before, group, into)
    writer.as_shape((groups[-1].size, *groups[-1].shape), network.outputs[0].sample_shape)
    module = torch.nn.Sequential(*writer.layers).eval()
    module.rounding = writer.rounding
    return module


class _Writer:
    def __init__(self, dtype: str, torch: Any) -> None:
        self.dtype, self.torch, self.nn = dtype, torch, torch.nn
        self.layers: list[Any] = []
        self.rounding = Rounding()

    def as_shape(self, shape: tuple[int, ...], wanted: tuple[int, ...]) -> None:
        """Give a sample another shape, in the same order."""
        if shape != wanted:
            self.layers += [self.nn.Flatten()] if len(shape) > 1 else []
            self.layers += [self.nn.Unflatten(1, wanted)] if len(wanted) > 1 else []

    def floats(self, arrows: list[Arrow], shape: tuple[int, int]) -> NDArray[Any]:
        """Add parallel arrows exactly, and round every entry once."""
        array, account = as_floats(sum_of(arrows, shape).values, self.dtype)
        self.rounding = self.rounding + account
        return array.reshape(shape)

    def group(self, before: Group, group: Group, into: list[Arrow]) -> None:
        """Write the layers of one group: its linear part, then its function."""
        linear = as_windows([a for a in into if a.source != ONE], before)
        kinds = {a.operator[0] if a.operator else "" for a in linear}
        if len(kinds) > 1:
            raise ModelError(f"the group {group.name!r} adds different operations, which no layer holds")
        if (not linear and before.shape != group.shape) or any(a.operator for a in into if a.source == ONE):
            raise ModelError(f"the group {group.name!r} has numbers at places of maps, which no layer holds")
        bias = self.floats([a for a in into if a.source == ONE], (1, group.size))[0]
        kind = next(iter(kinds), "")
        if kind in ("average", "mean"):
            self.average(before, linear[0])
            linear, kind = [Arrow("", a.source, a.target, a.weights) for a in linear], ""
        if kind == "put":
            raise ModelError(f"the group {group.name!r} puts numbers into maps, which no layer holds")
        if kind == "pixel":
            self.layers.append(self.nn.Flatten())
            self.linear(self.pixels(before, group, linear), bias)
        elif kind == "shift":
            self.convolution(before, group, linear, bias)
        elif kind == "scatter":
            self.conv_transpose(before, group, linear, bias)
        elif not (_is_identity(linear) and not bias.any()):
            matrix = self.floats(linear, (before.size, group.size))
            if group.shape:
                self.kernel(matrix.T.reshape(*matrix.T.shape, *[1] * len(group.shape)), bias)
            else:
                self.linear(matrix, bias)
        self.function(before, group)

    def linear(self, matrix: NDArray[Any], bias: NDArray[Any]) -> None:
        layer = self.nn.Linear(*matrix.shape, dtype=getattr(self.torch, self.dtype))
        self.fill(layer, matrix.T, bias)

    def kernel(self, kernel: NDArray[Any], bias: NDArray[Any], **options: Any) -> None:
        dtype = getattr(self.torch, self.dtype)
        convolution = getattr(self.nn, f"Conv{kernel.ndim - 2}d")
        layer = convolution(kernel.shape[1], kernel.shape[0], kernel.shape[2:], dtype=dtype, **options)
        self.fill(layer, kernel, bias)

    def fill(self, layer: Any, weight: NDArray[Any], bias: NDArray[Any]) -> None:
        with self.torch.no_grad():
            layer.weight.copy_(self.torch.from_numpy(np.ascontiguousarray(weight)))
            layer.bias.copy_(self.torch.from_numpy(np.ascontiguousarray(bias)))
        self.layers.append(layer)

    def pixels(self, before: Group, group: Group, arrows: list[Arrow]) -> NDArray[Any]:
        full = np.zeros((before.size, *before.shape, group.size), dtype=self.dtype)
        for position, same in _by(arrows, lambda op: op[1]).items():
            full[(slice(None), *position)] = self.floats(same, (before.size, group.size))
        return full.reshape(-1, group.size)

    def convolution(self, before: Group, group: Group, arrows: list[Arrow], bias: NDArray[Any]) -> None:
        windows = _by(arrows, lambda op: op[2:])
        if len(windows) > 1:
            raise ModelError(f"the group {group.name!r} adds different windows, which no layer holds")
        ((strides, shape),) = windows
        offsets = _by(arrows, lambda op: op[1])
        along = [sorted({d[i] for d in offsets}) for i in range(len(shape))]
        whole = before.pinned  # a reader sees an input as maps only where all of it is read so
        sides = [KernelSide(*of_side, whole=whole) for of_side in zip(before.shape, along, strides, shape, strict=True)]
        kernel = np.zeros((group.size, before.size, *(s.size for s in sides)), dtype=self.dtype)
        for d, same in offsets.items():
            at = tuple(s.place(o) for s, o in zip(sides, d, strict=True))
            kernel[(slice(None), slice(None), *at)] = self.floats(same, (before.size, group.size)).T
        around = [(s.before - s.start, s.after - (n - s.end)) for s, n in zip(sides, before.shape, strict=True)]
        if any(a != b or a < 0 for a, b in around):  # torch counts from the last side; negative: cut off
            pad = getattr(self.nn, f"ConstantPad{len(shape)}d")
            self.layers.append(pad(tuple(v for pair in reversed(around) for v in pair), 0.0))
            around = [(0, 0)] * len(shape)
        padding = tuple(a for a, _ in around)
        self.kernel(kernel, bias, stride=strides, padding=padding, dilation=tuple(s.step for s in sides))

    def conv_transpose(self, before: Group, group: Group, arrows: list[Arrow], bias: NDArray[Any]) -> None:
        windows = _by(arrows, lambda op: op[2:])
        if len(windows) > 1:
            raise ModelError(f"the group {group.name!r} adds different windows, which no layer holds")
        ((strides, shape),) = windows
        offsets = _by(arrows, lambda op: op[1])
        along = [sorted({d[i] for d in offsets}) for i in range(len(shape))]
        each = zip(before.shape, along, strides, shape, strict=True)
        sides = [TransposedSide(*of_side, alike=True) for of_side in each]
        kernel = np.zeros((before.size, group.size, *(s.size for s in sides)), dtype=self.dtype)
        for d, same in offsets.items():
            at = tuple(s.place(o) for s, o in zip(sides, d, strict=True))
            kernel[(slice(None), slice(None), *at)] = self.floats(same, (before.size, group.size))
        how = {"padding": tuple(s.before for s in sides), "output_padding": tuple(s.more for s in sides)}
        dtype, layer = getattr(self.torch, self.dtype), getattr(self.nn, f"ConvTranspose{len(shape)}d")
        dilation = tuple(s.step for s in sides)
        made = layer(*kernel.shape[:2], kernel.shape[2:], strides, dilation=dilation, dtype=dtype, **how)
        self.fill(made, kernel, bias)

    def average(self, before: Group, arrow: Arrow) -> None:
        k = len(before.shape)
        if arrow.operator and arrow.operator[0] == "mean":
            self.layers += [getattr(self.nn, f"AdaptiveAvgPool{k}d")(1), self.nn.Flatten()]
            return
        _, kernel, strides, pads, outside = arrow.operator or ("", (1,) * k, (1,) * k, (0,) * 2 * k, True)
        self.as_maps(before, before.size, len(kernel))
        self.layers.append(
            getattr(self.nn, f"AvgPool{len(kernel)}d")(
                kernel, strides, self.alike(kernel, pads), count_include_pad=outside
            )
        )
        if prod(pooled(before.shape or (1,) * len(kernel), kernel, strides, pads)) == 1:
            self.layers.append(self.nn.Flatten())

    def as_maps(self, before: Group, size: int, sides: int) -> None:
        """Make maps of one position of plain numbers: a pool of PyTorch takes these for samples, or for positions."""
        flat = isinstance(self.layers[-1], self.nn.Flatten | self.nn.Linear) if self.layers else False
        if flat or not before.shape:
            self.layers.append(self.nn.Unflatten(1, (size, *[1] * sides)))

    def alike(self, kernel: tuple[int, ...], pads: tuple[int, ...]) -> tuple[int, ...]:
        """Return the padding before every side; torch has the same after it, and at most half of the window."""
        half = len(pads) // 2
        if pads[:half] != pads[half:] or any(2 * p > w for p, w in zip(pads[:half], kernel, strict=True)):
            raise ModelError("torch pads windows alike on both sides, by at most half of them, expected such a network")
        return pads[:half]

    def slope(self, exact: Fraction) -> float:
        """Return a slope, rounded once to the type with which PyTorch computes: float32 also for halves."""
        wide = "float64" if self.dtype == "float64" else "float32"
        (rounded,), account = as_floats(exact_values([exact]), wide)
        self.rounding = self.rounding + account
        return float(rounded)

    def function(self, before: Group, group: Group) -> None:
        name, parameters = group.function.name, group.function.parameters
        plain = {"relu": "ReLU", "sigmoid": "Sigmoid", "tanh": "Tanh", "gelu": "GELU"}
        if name in plain:
            self.layers.append(getattr(self.nn, plain[name])())
        elif name == "swish" and parameters == (1,):
            self.layers.append(self.nn.SiLU())
        elif name in ACTIVATIONS and ACTIVATIONS[name].torch:
            self.layers.append(getattr(self.nn, ACTIVATIONS[name].torch)(*map(self.slope, parameters)))
        elif name == "leaky_relu":
            self.layers.append(self.nn.LeakyReLU(self.slope(parameters[0])))
        elif name == "softmax":
            self.layers.append(self.nn.Softmax(dim=1))
        elif name == "max_pool":
            kernel, strides, pads = parameters
            self.as_maps(before, group.size, len(kernel))
            self.layers.append(getattr(self.nn, f"MaxPool{len(kernel)}d")(kernel, strides, self.alike(kernel, pads)))
            if not group.shape:
                self.layers.append(self.nn.Flatten())
        elif name != "identity":
            raise ModelError(f"torch has no layer for the function {name!r} of {group.name!r}")


def _by(arrows: list[Arrow], key: Any) -> dict[Any, list[Arrow]]:
    result: dict[Any, list[Arrow]] = {}
    for arrow in arrows:
        result.setdefault(key(arrow.operator), []).append(arrow)
    return result


def _is_identity(arrows: list[Arrow]) -> bool:
    # An identity matrix that is kept in full was a layer, and is one again.
    return len(arrows) == 1 and isinstance(arrows[0].weights, SparseWeights) and arrows[0].weights.is_identity()
