"""Read and write `torch.nn.RNN`: groups with an arrow from themselves, and the two outputs that the layer has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError
from lumpform.graph.graph import Arrow, WeightedGraph
from lumpform.graph.weights import DenseWeights, Weights
from lumpform.networks.canonical import canonical
from lumpform.networks.functions import RELU, TANH
from lumpform.networks.network import ONE, Network
from lumpform.networks.recurrent import REVERSE, is_delay
from lumpform.networks.recurrent_layer import Direction, last_states, recurrent_layer
from lumpform.networks.rounded import as_two_floats
from lumpform.networks.signature import signature
from lumpform.networks.tensor import Index, Tensor
from lumpform.networks.torch.layer import Layer
from lumpform.networks.torch.layers import LAYERS
from lumpform.numbers.make import exact_values
from lumpform.numbers.rounding import Rounding, as_floats, total

MODES = {"RNN_RELU": RELU, "RNN_TANH": TANH}

PER_STEP = {"Linear", "ReLU", "Sigmoid", "Tanh", "LeakyReLU", "PReLU", "GELU", "Identity", "Dropout"}
"""Layers that may stand before a recurrent one: they do the same at every step."""


def per_step(layer: Layer) -> Tensor:
    """Return what a layer makes of a sequence, step by step."""
    if layer.kind not in PER_STEP:
        raise layer.fail("a layer before nn.RNN", f"one of {', '.join(sorted(PER_STEP))}")
    layout = layer.tensor.layout
    layer.tensor = Tensor(layer.tensor.entries, False)
    return Tensor(LAYERS[layer.kind](layer).entries, False, layout)


def recurrent(layer: Layer) -> tuple[Tensor, Tensor]:
    """Return the states of the last layer, and the last states of all layers, as `torch.nn.RNN` does."""
    module, layout = layer.module, layer.tensor.layout
    if module.dropout:
        layer.evaluates()
    if module.mode not in MODES or getattr(module, "proj_size", 0):
        raise layer.fail(f"mode {module.mode!r}", "a nonlinearity tanh or relu, without projections")
    ends: list[Index] = []
    tensor = layer.tensor
    reverse = (False, True)[: 1 + bool(module.bidirectional)]
    for number in range(module.num_layers):
        directions = [_direction(layer, f"_l{number}{'_reverse' if turned else ''}", turned) for turned in reverse]
        name = f"{layer.name} {number}"
        made = recurrent_layer(layer.builder, tensor, name, MODES[module.mode], directions)
        ends += last_states(layer.builder, made, reverse, f"{name} last")
        tensor = Tensor(np.concatenate(made).reshape(1, 1, -1), False, layout)
    return tensor, Tensor(np.stack(ends)[:, None, :], False, ".n.")


def _direction(layer: Layer, suffix: str, turned: bool) -> Direction:
    """Return the parameters of one direction of one layer."""
    inputs, states = (_matrix(layer, f"weight_{which}{suffix}") for which in ("ih", "hh"))
    biases = None
    if layer.module.bias:
        first, second = (layer.exact(_parameter(layer, f"bias_{which}{suffix}")) for which in ("ih", "hh"))
        biases = [a + b for a, b in zip(first, second, strict=True)]
    return Direction(inputs.T, states.T, biases, None, turned)


def _matrix(layer: Layer, name: str) -> NDArray[Any]:
    array = layer.numbers(_parameter(layer, name))
    if array.ndim != 2:
        raise layer.fail(f"{name} of shape {list(array.shape)}", "a matrix")
    return array


def _parameter(layer: Layer, name: str) -> Any:
    """Return a parameter by name, which must be the one that the layer computes with."""
    module = layer.module
    used = dict(zip(module._flat_weights_names, module._flat_weights, strict=True))
    found = getattr(module, name)
    if used.get(name) is not found:
        raise layer.fail(f"another {name} than the layer computes with", "its own parameters")
    return found


def to_recurrent(network: Network, torch: Any, read: Callable[[Any], Network]) -> Any:
    """Return the `torch.nn.RNN` that computes a network, if there is one: what it would be is read and compared.

    Raises
    ------
    ModelError
        If its outputs are not the states of the last layer and the last states of all layers, or the layers have
        different sizes or functions, or start elsewhere than at zero.
    OptionError
        If a weight is beyond the range of the floats.
    """
    wanted = "an input, layers of one size, their states and last states as outputs"
    layouts = [p.layout for p in (*network.inputs, *network.outputs)]
    hidden = network.hidden
    if len(layouts) != 3 or layouts[:2] not in (["tn."] * 2, ["nt."] * 2) or layouts[2] != ".n." or not hidden:
        raise ModelError(f"no nn.RNN has these inputs and outputs, expected {wanted}")
    width, size = network.outputs[0].shape[2] or 0, hidden[0].size
    ways = 2 if width == 2 * size else 1
    if any((g.size, g.function) != (size, hidden[0].function) for g in hidden) or len(hidden) % ways or not size:
        raise ModelError(f"the groups of the network differ, expected {wanted}")
    dtype = network.inputs[0].dtype
    module = torch.nn.RNN(
        network.graph.group(network.inputs[0].group).size,
        size,
        len(hidden) // ways,
        nonlinearity="relu" if hidden[0].function == RELU else "tanh",
        bias=any(a.source == ONE for a in network.graph.arrows),
        batch_first=layouts[0] == "nt.",
        bidirectional=ways == 2,
        dtype=getattr(torch, dtype),
    ).eval()
    module.rounding = _fill(module, network, ways, torch)
    if signature(canonical(read(module))) != signature(canonical(_rounded(network, dtype))):
        raise ModelError(f"the network computes something else than an nn.RNN does, expected {wanted}")
    return module


def _rounded(network: Network, dtype: str) -> Network:
    """Return the network with its weights rounded as they are in a module: biases are sums of two floats."""
    arrows = []
    for arrow in network.graph.merged().arrows:
        first, second, _ = as_two_floats(arrow.weights.values, dtype)
        exact = [Fraction(a) for a in first.tolist()]
        if arrow.source == ONE:
            exact = [a + Fraction(b) for a, b in zip(exact, second.tolist(), strict=True)]
        arrows.append(replace(arrow, weights=arrow.weights.with_values(exact_values(exact))))
    return network.with_graph(WeightedGraph(network.graph.groups, tuple(arrows)))


def _fill(module: Any, network: Network, ways: int, torch: Any) -> Rounding:
    """Copy weights into a module, each rounded once to its type; the groups of a layer stand side by side."""
    graph, dtype = network.graph.merged(), network.inputs[0].dtype
    before, rounding = [network.inputs[0].group], Rounding()
    for layer in range(module.num_layers):
        chunk = list(network.hidden[layer * ways : (layer + 1) * ways])
        chunk.sort(key=lambda g: any(a.target == g.name and a.operator == REVERSE for a in graph.arrows))
        for group, suffix in zip(chunk, (f"_l{layer}", f"_l{layer}_reverse"), strict=False):
            into = [a for a in graph.arrows if a.target == group.name]
            parts = {
                f"weight_ih{suffix}": [_of(into, name, False, (graph.group(name).size, group.size)) for name in before],
                f"weight_hh{suffix}": [_of(into, group.name, True, (group.size, group.size))],
            }
            for name, listed in parts.items():
                arrays = [as_floats(weights.all_values(), dtype) for weights in listed]
                rounding = total([rounding, *(account for _, account in arrays)])
                rows = [a.reshape(w.shape) for (a, _), w in zip(arrays, listed, strict=True)]
                _copy(torch, getattr(module, name), np.concatenate(rows).T)
            if module.bias:
                *biases, account = as_two_floats(_of(into, ONE, False, (1, group.size)).all_values(), dtype)
                rounding = rounding + account
                for name, array in zip(("bias_ih", "bias_hh"), biases, strict=True):
                    _copy(torch, getattr(module, name + suffix), array)
        before = [group.name for group in chunk]
    return rounding


def _copy(torch: Any, parameter: Any, array: Any) -> None:
    with torch.no_grad():
        parameter.copy_(torch.from_numpy(np.ascontiguousarray(array)))


def _of(into: list[Arrow], source: str, delayed: bool, shape: tuple[int, int]) -> Weights:
    """Return the matrix from a source, at the same step or another one; zeros if there is none."""
    found = (a.weights for a in into if a.source == source and is_delay(a.operator) == delayed)
    return next(found, DenseWeights.from_coo([], [], [], shape))
