"""Writes a chain of groups as a `torch.nn.Sequential`; see `lumpform.networks.torch`."""

from __future__ import annotations

from itertools import pairwise
from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError
from lumpform.graph import Arrow, Group
from lumpform.networks.dense import sum_of
from lumpform.networks.network import ONE, Network
from lumpform.networks.rounded import Rounding, as_floats
from lumpform.weights import SparseWeights


def sequential(network: Network, torch: Any) -> Any:
    """The module; `torch` is the imported package."""
    groups = network.graph.groups[1:]
    ends = [network.inputs[0].group, network.outputs[0].group] if network.inputs and network.outputs else []
    if len(network.inputs) != 1 or len(network.outputs) != 1 or ends != [groups[0].name, groups[-1].name]:
        raise ModelError("a torch Sequential has one input and one output, the first and the last group")
    if len(network.outputs[0].shape) not in (2, 4) or not all(g.size for g in groups):
        raise ModelError("a torch Sequential has no empty layers")
    writer = _Writer(network.inputs[0].dtype, torch)
    for before, group in pairwise(groups):
        into = [a for a in network.graph.arrows if a.target == group.name]
        skipping = [a for a in into if a.source not in (ONE, before.name)]
        if skipping:
            raise ModelError(f"a torch Sequential has no connection that skips a layer, such as {skipping[0].name!r}")
        writer.group(before, group, into)
    module = torch.nn.Sequential(*writer.layers).eval()
    module.rounding = writer.rounding
    return module


class _Writer:
    def __init__(self, dtype: str, torch: Any) -> None:
        self.dtype, self.torch, self.nn = dtype, torch, torch.nn
        self.layers: list[Any] = []
        self.rounding = Rounding()

    def floats(self, arrows: list[Arrow], shape: tuple[int, int]) -> NDArray[Any]:
        """The exact sum of parallel arrows, every entry rounded once."""
        array, account = as_floats(sum_of(arrows, shape).values, self.dtype)
        self.rounding = self.rounding + account
        return array.reshape(shape)

    def group(self, before: Group, group: Group, into: list[Arrow]) -> None:
        """The layers of one group: its linear part, then its function."""
        linear = [a for a in into if a.source != ONE]
        kinds = {a.operator[0] if a.operator else "" for a in linear}
        if len(kinds) > 1:
            raise ModelError(f"the group {group.name!r} adds different operations, which no layer holds")
        bias = self.floats([a for a in into if a.source == ONE], (1, group.size))[0]
        kind = next(iter(kinds), "")
        if kind in ("average", "mean"):
            self.average(before, linear[0])
            linear, kind = [Arrow("", a.source, a.target, a.weights) for a in linear], ""
        if kind == "pixel":
            self.layers.append(self.nn.Flatten())
            self.linear(self.pixels(before, group, linear), bias)
        elif kind == "shift":
            self.convolution(before, group, linear, bias)
        elif not (_is_identity(linear) and not bias.any()):
            matrix = self.floats(linear, (before.size, group.size))
            if group.shape:
                self.kernel(matrix.T[:, :, None, None], bias)
            else:
                self.linear(matrix, bias)
        self.function(group)

    def linear(self, matrix: NDArray[Any], bias: NDArray[Any]) -> None:
        layer = self.nn.Linear(*matrix.shape, dtype=getattr(self.torch, self.dtype))
        self.fill(layer, matrix.T, bias)

    def kernel(self, kernel: NDArray[Any], bias: NDArray[Any], **options: Any) -> None:
        dtype = getattr(self.torch, self.dtype)
        layer = self.nn.Conv2d(kernel.shape[1], kernel.shape[0], kernel.shape[2:], dtype=dtype, **options)
        self.fill(layer, kernel, bias)

    def fill(self, layer: Any, weight: NDArray[Any], bias: NDArray[Any]) -> None:
        with self.torch.no_grad():
            layer.weight.copy_(self.torch.from_numpy(np.ascontiguousarray(weight)))
            layer.bias.copy_(self.torch.from_numpy(np.ascontiguousarray(bias)))
        self.layers.append(layer)

    def pixels(self, before: Group, group: Group, arrows: list[Arrow]) -> NDArray[Any]:
        full = np.zeros((before.size, *before.shape, group.size), dtype=self.dtype)
        for (i, j), same in _by(arrows, lambda op: op[1:3]).items():
            full[:, i, j, :] = self.floats(same, (before.size, group.size))
        return full.reshape(-1, group.size)

    def convolution(self, before: Group, group: Group, arrows: list[Arrow], bias: NDArray[Any]) -> None:
        windows = _by(arrows, lambda op: op[3:])
        if len(windows) > 1:
            raise ModelError(f"the group {group.name!r} adds different windows, which no layer holds")
        ((strides, pads, shape),) = windows
        positions = _by(arrows, lambda op: op[1:3])
        steps = [max(1, gcd(*(p[d] for p in positions))) for d in range(2)]
        size = [max(p[d] for p in positions) // steps[d] + 1 for d in range(2)]
        kernel = np.zeros((group.size, before.size, *size), dtype=self.dtype)
        for (i, j), same in positions.items():
            kernel[:, :, i // steps[0], j // steps[1]] = self.floats(same, (before.size, group.size)).T
        reach = [(shape[d] - 1) * strides[d] + (size[d] - 1) * steps[d] + 1 for d in range(2)]
        after = [reach[d] - before.shape[d] - pads[d] for d in range(2)]  # negative: rows that no window reaches
        if any((*pads, *after)):
            self.layers.append(self.nn.ZeroPad2d((pads[1], after[1], pads[0], after[0])))
        self.kernel(kernel, bias, stride=strides, dilation=tuple(steps))

    def average(self, before: Group, arrow: Arrow) -> None:
        if arrow.operator and arrow.operator[0] == "mean":
            self.layers += [self.nn.AdaptiveAvgPool2d(1), self.nn.Flatten()]
            return
        _, kernel, strides, pads, outside = arrow.operator or ("", (1, 1), (1, 1), (0, 0, 0, 0), True)
        if pads[:2] != pads[2:]:
            raise ModelError("torch pads averages alike on both sides")
        self.layers.append(self.nn.AvgPool2d(kernel, strides, pads[:2], count_include_pad=outside))

    def function(self, group: Group) -> None:
        name, parameters = group.function.name, group.function.parameters
        plain = {"relu": "ReLU", "sigmoid": "Sigmoid", "tanh": "Tanh", "gelu": "GELU"}
        if name in plain:
            self.layers.append(getattr(self.nn, plain[name])())
        elif name == "leaky_relu":
            self.layers.append(self.nn.LeakyReLU(float(parameters[0])))
        elif name == "softmax":
            self.layers.append(self.nn.Softmax(dim=1))
        elif name == "max_pool":
            kernel, strides, pads = parameters
            if pads[:2] != pads[2:]:
                raise ModelError("torch pads windows alike on both sides")
            self.layers.append(self.nn.MaxPool2d(kernel, strides, pads[:2]))
        elif name != "identity":
            raise ModelError(f"torch has no layer for the function {name!r} of {group.name!r}")


def _by(arrows: list[Arrow], key: Any) -> dict[Any, list[Arrow]]:
    result: dict[Any, list[Arrow]] = {}
    for arrow in arrows:
        result.setdefault(key(arrow.operator), []).append(arrow)
    return result


def _is_identity(arrows: list[Arrow]) -> bool:
    if len(arrows) != 1 or not isinstance(arrows[0].weights, SparseWeights):
        return False
    weights = arrows[0].weights
    square = weights.shape[0] == weights.shape[1] == weights.nnz
    return (
        square
        and (weights.row_of_entries() == weights.indices).all()
        and all(v == 1 for v in weights.values.coded().table)
    )
