"""PyTorch modules as networks and back: `torch.nn.Sequential` of the layers below, also nested.

Linear, Conv2d (stride, padding, dilation, groups), BatchNorm1d and 2d, ReLU, LeakyReLU, PReLU with one slope, Sigmoid,
Tanh, GELU, Softmax, MaxPool2d, AvgPool2d, AdaptiveAvgPool2d(1), Flatten, Identity, Dropout. A module is read as it
evaluates (``module.eval()``): dropout does nothing, batch normalisation uses its running statistics. Its parameters are
the dyadic rationals that they are; the factor ``weight / sqrt(variance + eps)`` of a batch normalisation is irrational
and is rounded once, to float64, and then folded exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import MissingExtra, ModelError
from lumpform.graph import NodeFunction
from lumpform.networks.functions import GELU, RELU, SIGMOID, SOFTMAX, TANH, leaky_relu, max_pool
from lumpform.networks.network import Network, Port
from lumpform.networks.onnx.build import Builder, Form, Term
from lumpform.weights import DenseWeights

PLAIN = {"ReLU": RELU, "Sigmoid": SIGMOID, "Tanh": TANH}
LAYERS = (
    "Linear Conv2d BatchNorm1d BatchNorm2d ReLU LeakyReLU PReLU Sigmoid Tanh GELU Softmax MaxPool2d AvgPool2d "
    "AdaptiveAvgPool2d Flatten Identity Dropout Dropout2d Sequential"
)


def from_torch(module: Any, input_shape: tuple[int, ...] | None = None) -> Network:
    """The network that a module computes when it evaluates.

    Parameters
    ----------
    module : torch.nn.Module
        A layer, or a (nested) `Sequential` of layers.
    input_shape : tuple of int, optional
        Of one sample: (features,) or (channels, height, width). Needed unless the first layer is linear.

    Raises
    ------
    ModelError
        For a layer or an option that is not supported, by its name in the module.
    MissingExtra
        If PyTorch is not installed.
    """
    _torch()
    layers = list(_layers(module, ""))
    if input_shape is None:
        first = next((layer for _, layer in layers if type(layer).__name__ not in ("Identity", "Dropout")), None)
        if type(first).__name__ != "Linear":
            raise ModelError("input_shape is missing, expected (features,) or (channels, height, width)")
        input_shape = (int(first.in_features),)  # type: ignore[union-attr]
    shape = tuple(input_shape)
    if len(shape) not in (1, 3) or any(not isinstance(d, int) or d < 1 for d in shape):
        raise ModelError(f"input_shape is {shape}, expected (features,) or (channels, height, width)")
    builder = Builder()
    form = start = builder.input("x", shape[0], shape[1:])
    for name, layer in layers:
        form = _Layer(builder, name, layer, form).read()
    if form.flat:
        form = builder.spread(form)
    if form.group == start.group:  # nothing but identities
        form = builder.spread(form)
    group = builder.pin(form, "y")
    size = builder.group(group)
    dtype = next((str(p.dtype).removeprefix("torch.") for p in module.parameters()), "float32")
    if dtype not in ("float32", "float64"):
        raise ModelError(f"parameters of type {dtype}, expected float32 or float64")
    output = Port(group, "y", (None, size.size, *size.shape), dtype)
    return Network(builder.graph(), (Port(start.group or "", "x", (None, *shape), dtype),), (output,))


class _Layer:
    """One layer on its way into the graph."""

    def __init__(self, builder: Builder, name: str, layer: Any, form: Form) -> None:
        self.builder, self.name, self.layer, self.form = builder, name, layer, form

    def read(self) -> Form:
        kind = type(self.layer).__name__
        if kind in PLAIN:
            return self.function(PLAIN[kind])
        reader = getattr(self, f"_{kind.lower()}", None) if kind in LAYERS.split() else None
        if reader is None:
            raise self.fail("this layer", f"one of {', '.join(LAYERS.split())}")
        return reader()

    def fail(self, found: str, expected: str) -> ModelError:
        return ModelError(
            f"module {self.name or 'itself'} ({type(self.layer).__name__}): found {found}, expected {expected}"
        )

    def settled(self) -> Form:
        return self.form if self.form.flat else self.builder.settle(self.form, self.name)

    def function(self, function: NodeFunction) -> Form:
        return self.builder.settle(self.form, self.name, function)

    def maps(self) -> Form:
        if len(self.form.shape) != 2 or self.form.flat:
            raise self.fail("a vector", "feature maps (channels, height, width)")
        return self.settled()

    def _identity(self) -> Form:
        return self.form

    _dropout = _dropout2d = _identity

    def _linear(self) -> Form:
        form, layer = self.settled(), self.layer
        if (form.shape and not form.flat) or layer.in_features != form.width:
            raise self.fail(f"{layer.in_features} inputs", f"{form.width} (and Flatten before it)")
        result = self.builder.product(form, np.ascontiguousarray(_array(layer.weight).T), self.name)
        return result if layer.bias is None else self.builder.plus_constant(result, _array(layer.bias))

    def _leakyrelu(self) -> Form:
        return self.function(leaky_relu(Fraction(float(self.layer.negative_slope))))

    def _prelu(self) -> Form:
        slopes = _array(self.layer.weight).reshape(-1)
        if len(slopes) != 1:
            raise self.fail(f"{len(slopes)} slopes", "one")
        return self.function(leaky_relu(Fraction(float(slopes[0]))))

    def _gelu(self) -> Form:
        if self.layer.approximate != "none":
            raise self.fail(f"approximate={self.layer.approximate!r}", "'none'")
        return self.function(GELU)

    def _softmax(self) -> Form:
        if self.form.shape or self.layer.dim not in (1, -1):
            raise self.fail(f"dim={self.layer.dim}", "1 or -1, of a vector")
        return self.function(SOFTMAX)

    def _flatten(self) -> Form:
        if self.layer.start_dim != 1 or self.layer.end_dim not in (-1, 3):
            raise self.fail(f"dimensions {self.layer.start_dim} to {self.layer.end_dim}", "1 to -1")
        form = self.settled()
        return Form(form.nodes, form.shape, form.group, flat=True) if form.shape else form

    def _batchnorm1d(self) -> Form:
        layer = self.layer
        if self.form.flat or layer.running_mean is None or layer.num_features != self.form.nodes:
            raise self.fail("no statistics for its input", f"running statistics of {self.form.nodes} features")
        mean, variance = _array(layer.running_mean), _array(layer.running_var)
        weight = np.ones_like(mean) if layer.weight is None else _array(layer.weight)
        factors = [
            Fraction(float(w) / sqrt(float(v) + float(layer.eps))) for w, v in zip(weight, variance, strict=True)
        ]
        result = self.builder.scaled(self.builder.plus_constant(self.form, -mean), lambda c: factors[c])
        return result if layer.bias is None else self.builder.plus_constant(result, _array(layer.bias))

    _batchnorm2d = _batchnorm1d

    def _conv2d(self) -> Form:
        form, layer = self.maps(), self.layer
        if isinstance(layer.padding, str) or layer.padding_mode != "zeros":
            raise self.fail(f"padding {layer.padding!r}, {layer.padding_mode}", "numbers and zeros")
        kernel = _array(layer.weight)
        out, inner, rows, columns = kernel.shape
        if layer.in_channels != form.nodes:
            raise self.fail(f"{layer.in_channels} channels", f"{form.nodes}")
        pads, strides, dilations = tuple(layer.padding), tuple(layer.stride), tuple(layer.dilation)
        reach = [(kernel.shape[2 + d] - 1) * dilations[d] + 1 for d in range(2)]
        shape = tuple((form.shape[d] + 2 * pads[d] - reach[d]) // strides[d] + 1 for d in range(2))
        if min(shape) < 1:
            raise self.fail(f"a window of {reach}", f"one that fits a map of {list(form.shape)}")
        terms: list[Term] = []
        for i in range(rows):
            for j in range(columns):
                matrix = np.zeros((form.nodes, out), dtype=kernel.dtype)
                for g in range(layer.groups):
                    o = slice(g * out // layer.groups, (g + 1) * out // layer.groups)
                    matrix[g * inner : (g + 1) * inner, o] = kernel[o, :, i, j].T
                operator = ("shift", i * dilations[0], j * dilations[1], strides, pads, shape)
                terms.append((form.group or "", operator, DenseWeights.from_array(matrix)))
        result = Form(out, shape, None, terms)
        return result if layer.bias is None else self.builder.plus_constant(result, _array(layer.bias))

    def window(self) -> tuple[Any, Any, Any, tuple[int, ...]]:
        layer, form = self.layer, self.form
        kernel, strides, pads = _pair(layer.kernel_size), _pair(layer.stride), _pair(layer.padding)
        shape = tuple((form.shape[d] + 2 * pads[d] - kernel[d]) // strides[d] + 1 for d in range(2))
        if layer.ceil_mode or _pair(getattr(layer, "dilation", 1)) != (1, 1) or min(shape) < 1:
            raise self.fail("ceil_mode, dilation or a window beyond the map", "a plain window that fits")
        return kernel, strides, (*pads, *pads), shape

    def _maxpool2d(self) -> Form:
        self.maps()
        kernel, strides, pads, _ = self.window()
        return self.function(max_pool(kernel, strides, pads))

    def _avgpool2d(self) -> Form:
        form = self.maps()
        kernel, strides, pads, shape = self.window()
        if self.layer.divisor_override is not None:
            raise self.fail("divisor_override", "none")
        operator = ("average", kernel, strides, pads, bool(self.layer.count_include_pad))
        return Form(form.nodes, shape, None, [(form.group or "", operator, self.builder.identity(form.nodes))])

    def _adaptiveavgpool2d(self) -> Form:
        form = self.maps()
        if _pair(self.layer.output_size) != (1, 1):
            raise self.fail(f"output_size {self.layer.output_size}", "1")
        operator = ("average", form.shape, (1, 1), (0, 0, 0, 0), True)
        return Form(form.nodes, (1, 1), None, [(form.group or "", operator, self.builder.identity(form.nodes))])


def _layers(module: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The layers of nested sequences in order, with their names."""
    if type(module).__name__ != "Sequential":
        yield name, module
        return
    for inner, child in module.named_children():
        yield from _layers(child, f"{name}.{inner}" if name else inner)


def _array(tensor: Any) -> NDArray[Any]:
    array = tensor.detach().cpu().numpy()
    if array.dtype not in (np.float32, np.float64) or not np.isfinite(array).all():
        raise ModelError(f"a parameter of type {array.dtype} with finite numbers is not usable, or one is not finite")
    return array


def _pair(value: Any) -> tuple[int, int]:
    return (int(value), int(value)) if isinstance(value, int) else (int(value[0]), int(value[1]))


def _torch() -> Any:
    try:
        import torch  # type: ignore[import-not-found]
    except ImportError:
        raise MissingExtra("reading and writing PyTorch modules", "torch") from None
    return torch


def to_torch(network: Network) -> Any:
    """A `torch.nn.Sequential` that computes a network whose groups form a chain, in evaluation mode.

    Weights are rounded once, to nearest, to the type of the input; the attribute ``rounding`` of the module says how
    many were not exact and by how much at most.

    Raises
    ------
    ModelError
        If the network has residual sums, several inputs or outputs, or a function without a layer.
    OptionError
        If a weight is beyond the range of the floats.
    """
    from lumpform.networks.torch_write import sequential

    return sequential(network, _torch())
