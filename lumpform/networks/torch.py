"""Reads PyTorch modules as networks: `torch.nn.Sequential` of known layers, also nested; see `LAYERS`.

A layer is known by its type itself, not by its name: a subclass may compute anything, as may a module with hooks, with
parametrisations left on, or with a `forward` of its own, so these are refused, as is a type into which somebody has put
other methods. Dropout and batch normalisation must be in evaluation mode. Parameters are the dyadic rationals that
they are, in whatever float type; a slope of Leaky ReLU is the float32 with which PyTorch computes unless everything is
float64; the factor ``weight / sqrt(variance + eps)`` of a batch normalisation is irrational and is rounded once, to the
nearest double.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from math import isfinite
from operator import index
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import MissingExtra, ModelError
from lumpform.networks.batch_norm import factor_of
from lumpform.networks.builder import NOTHING, Builder, Tensor
from lumpform.networks.convolution import (
    average_pool,
    convolution,
    convolved,
    global_mean,
    maximum_pool,
    padded,
    softmax,
)
from lumpform.networks.entrywise import with_constants
from lumpform.networks.functions import GELU, RELU, SIGMOID, TANH, leaky_relu
from lumpform.networks.maps import Rearrange, contract
from lumpform.networks.network import Network
from lumpform.networks.operators import pooled
from lumpform.networks.torch_modules import failure, layers_of
from lumpform.numbers.floats import round_to

PLAIN = {"ReLU": RELU, "Sigmoid": SIGMOID, "Tanh": TANH}


def from_torch(module: Any, input_shape: tuple[int, ...] | None = None) -> Network:
    """Read the network that a module computes when it evaluates.

    Parameters
    ----------
    module : torch.nn.Module
        A layer, or a (nested) `Sequential` of layers; a layer that stands in it twice is used twice.
    input_shape : tuple of int, optional
        Of one sample: (features,), (channels, height, width), ... Needed unless the first layer is linear.

    Raises
    ------
    ModelError
        For a layer, an option or a parameter that is not supported, by its name in the module.
    MissingExtra
        If PyTorch is not installed.
    """
    torch = _torch()
    layers = list(layers_of(torch, module, "", LAYERS))
    shape = _input_shape(torch, layers, input_shape)
    arrangements: dict[str, Any] = {}
    while True:
        try:
            network = _read(torch, layers, shape, Builder(arrangements), _dtype(module))
        except Rearrange as found:
            arrangements[found.name] = found.wanted
        else:
            casts = sorted(_dtypes(module) & {"bfloat16", "float16"})  # so narrow are values on their way
            return replace(network, metadata=network.metadata | {"casts": tuple(casts)}) if casts else network


def _read(torch: Any, layers: list[tuple[str, Any]], shape: tuple[int, ...], builder: Builder, dtype: str) -> Network:
    tensor = builder.input("x", (None, *shape), dtype)
    for name, layer in layers:
        tensor = _Layer(torch, builder, name, layer, tensor, dtype).read()
    metadata = {"rounded factors": builder.rounded_factors} if builder.rounded_factors else {}
    return builder.network([builder.output(tensor, "y", None, dtype)], metadata)


def _input_shape(torch: Any, layers: list[tuple[str, Any]], given: tuple[int, ...] | None) -> tuple[int, ...]:
    if given is None:
        first = next((layer for _, layer in layers if type(layer) not in (torch.nn.Identity, torch.nn.Dropout)), None)
        if type(first) is not torch.nn.Linear:
            raise ModelError("input_shape is missing, expected that of one sample, such as (channels, height, width)")
        given = (first.in_features,)  # type: ignore[union-attr]
    try:
        shape = tuple(index(d) for d in given if not isinstance(d, bool))
    except TypeError:
        shape = ()
    if not 1 <= len(shape) <= 4 or len(shape) != len(given) or min(shape) < 1:
        raise ModelError(f"input_shape is {given!r}, expected (features,) or (channels, height, width)")
    return shape


def _dtype(module: Any) -> str:
    """Return the element type of the ports: the widest of the parameters; bfloat16 is kept in float32, exactly."""
    found = _dtypes(module)
    widest = next((d for d in ("float64", "float32", "bfloat16", "float16") if d in found), "float32")
    return "float32" if widest == "bfloat16" else widest


def _dtypes(module: Any) -> set[str]:
    """Return the element types of all parameters."""
    return {str(p.dtype).removeprefix("torch.") for p in module.parameters()}


class _Layer:
    """Read one layer into the graph."""

    def __init__(self, torch: Any, builder: Builder, name: str, layer: Any, tensor: Tensor, dtype: str) -> None:
        self.torch, self.builder, self.layer, self.tensor, self.dtype = torch, builder, layer, tensor, dtype
        self.name = name or "layer"

    def read(self) -> Tensor:
        """Return what the layer makes of the tensor."""
        try:
            return LAYERS[type(self.layer).__name__](self)
        except ModelError as error:
            if str(error).startswith("module "):
                raise
            raise self.fail(str(error), "a layer that fits") from None

    def fail(self, found: str, expected: str) -> ModelError:
        """Return the error that something else than expected was found at this layer."""
        return failure(self.name, self.layer, found, expected)

    def numbers(self, tensor: Any) -> NDArray[Any]:
        """Return a parameter as an array, exactly."""
        torch = self.torch
        if type(tensor) not in (torch.Tensor, torch.nn.Parameter) or tensor.layout != torch.strided or tensor.is_meta:
            raise self.fail(f"a parameter that is a {type(tensor).__name__}", "a dense tensor with numbers")
        if tensor.dtype not in (torch.float64, torch.float32, torch.float16, torch.bfloat16):
            kind = str(tensor.dtype).removeprefix("torch.")
            raise self.fail(f"parameters of type {kind}", "float64, float32, float16 or bfloat16 (module.float())")
        wide = tensor.detach().cpu()
        array = (wide if tensor.dtype == torch.float64 else wide.float()).numpy()
        if not np.isfinite(array).all():
            raise self.fail("a parameter that is not finite", "finite numbers")
        return array

    def evaluates(self) -> None:
        """Raise an error in training mode."""
        if self.layer.training:
            raise self.fail("training mode", "evaluation mode: module.eval()")

    def maps(self, sides: int) -> Tensor:
        """Return the tensor, which must have so many sides behind batch and channels."""
        if len(self.tensor.shape) != 2 + sides:
            shape = list(self.tensor.shape[1:])
            raise self.fail(f"samples of shape {shape}", f"(channels and {sides} sides)")
        return self.tensor

    def sides(self, option: str, count: int) -> tuple[int, ...]:
        """Return an option with one number for every side, or one for all of them."""
        value = getattr(self.layer, option, 1)
        given = (value,) if isinstance(value, int) else tuple(value)
        given = given * count if len(given) == 1 else given
        least = 0 if option == "padding" else 1
        if len(given) != count or min(given) < least:
            raise self.fail(f"{option}={value}", f"{count} numbers from {least} on")
        return tuple(int(v) for v in given)

    # --- layers --------------------------------------------------------------------------------------------------

    def same(self) -> Tensor:
        return self.tensor

    def dropout(self) -> Tensor:
        if self.layer.p:
            self.evaluates()
        return self.tensor

    def function(self) -> Tensor:
        return self.builder.function(self.tensor, PLAIN[type(self.layer).__name__], self.name)

    def leaky(self) -> Tensor:
        slope = self.number("negative_slope")
        if self.dtype != "float64":  # PyTorch computes with the nearest float32 then, for halves as well
            slope = round_to(slope, "float32")
        return self.builder.function(self.tensor, leaky_relu(slope), self.name)

    def number(self, option: str) -> Fraction:
        """Return an option that is a float."""
        value = float(getattr(self.layer, option))
        if not isfinite(value):
            raise self.fail(f"{option}={value}", "a finite number")
        return Fraction(value)

    def prelu(self) -> Tensor:
        slopes = self.numbers(self.layer.weight).reshape(-1)
        if len(slopes) != 1:
            raise self.fail(f"{len(slopes)} slopes", "one")
        return self.builder.function(self.tensor, leaky_relu(Fraction(float(slopes[0]))), self.name)

    def gelu(self) -> Tensor:
        if self.layer.approximate != "none":
            raise self.fail(f"approximate={self.layer.approximate!r}", "'none'")
        return self.builder.function(self.tensor, GELU, self.name)

    def softmax(self) -> Tensor:
        dim = self.layer.dim
        if dim is None:
            raise self.fail("no dim", "the dimension that is normalised")
        return softmax(self.builder, self.tensor, self.name, (self.axis(dim),))

    def axis(self, dim: int) -> int:
        """Return an axis counted from the front."""
        rank = len(self.tensor.shape)
        if not -rank <= dim < rank:
            raise self.fail(f"dimension {dim}", f"one of {rank}")
        return dim % rank

    def flatten(self) -> Tensor:
        first, last = self.axis(self.layer.start_dim), self.axis(self.layer.end_dim)
        if first == 0 or last < first:
            raise self.fail(f"dimensions {first} to {last}", "dimensions behind the batch")
        shape = self.tensor.shape
        return Tensor(self.tensor.entries.reshape(*shape[:first], -1, *shape[last + 1 :]), True)

    def unflatten(self) -> Tensor:
        axis, shape = self.axis(self.layer.dim), self.tensor.shape
        if axis == 0:
            raise self.fail("dimension 0", "one behind the batch")
        try:
            inner = np.empty((shape[axis], 0)).reshape(*self.layer.unflattened_size, 0).shape[:-1]
            return Tensor(self.tensor.entries.reshape(*shape[:axis], *inner, *shape[axis + 1 :]), True)
        except (TypeError, ValueError):
            raise self.fail(f"the sizes {self.layer.unflattened_size}", f"sizes of {shape[axis]} values") from None

    def pad(self) -> Tensor:
        """Put zeros around the sides, the last one first; negative numbers cut off."""
        if getattr(self.layer, "value", 0):
            raise self.fail(f"padding by {self.layer.value}", "zeros")
        given = [int(v) for v in self.layer.padding]
        around = [(0, 0)] * len(self.tensor.shape)
        if len(given) % 2 or len(given) // 2 >= len(around):
            raise self.fail(f"padding={self.layer.padding}", f"two numbers for each of {len(around) - 1} dimensions")
        for i in range(len(given) // 2):
            around[-1 - i] = (given[2 * i], given[2 * i + 1])
        return Tensor(padded(self.builder, self.tensor.entries, around, NOTHING), True)

    def linear(self) -> Tensor:
        layer, axis = self.layer, len(self.tensor.shape) - 1
        matrix = np.ascontiguousarray(self.numbers(layer.weight).T)  # what counts, whatever in_features says
        if matrix.ndim != 2 or matrix.shape[0] != self.tensor.shape[axis]:
            more = " (and Flatten before it)" if axis > 1 else ""
            raise self.fail(f"{matrix.shape[0]} inputs", f"{self.tensor.shape[axis]}{more}")
        return self.with_bias(contract(self.builder, self.tensor, axis, matrix, self.name), layer.bias, axis)

    def with_bias(self, tensor: Tensor, bias: Any, axis: int) -> Tensor:
        """Add biases along an axis, if there are some."""
        if bias is None:
            return tensor
        shape = [1] * len(tensor.shape)
        shape[axis] = tensor.shape[axis]
        biases = self.numbers(bias)
        if biases.size != shape[axis]:
            raise self.fail(f"{biases.size} biases", f"{shape[axis]}")
        return with_constants(self.builder, tensor, self.name, plus=biases.reshape(shape))

    def batch_norm(self) -> Tensor:
        layer, sides = self.layer, len(self.tensor.shape) - 2
        self.evaluates()
        k = int(type(layer).__name__[-2])
        if sides != k and (k, sides) != (1, 0):
            raise self.fail(f"samples of shape {list(self.tensor.shape[1:])}", f"(channels and {k} sides)")
        if layer.running_mean is None or layer.num_features != self.tensor.shape[1]:
            raise self.fail("no statistics for its input", f"running statistics of {self.tensor.shape[1]} features")
        mean, variance = (self.exact(v) for v in (layer.running_mean, layer.running_var))
        scale = self.exact(layer.weight, 1, len(mean))
        shift = self.exact(layer.bias, 0, len(mean))
        if not len(mean) == len(variance) == len(scale) == len(shift) == self.tensor.shape[1]:
            raise self.fail("parameters of other sizes", f"{self.tensor.shape[1]} features")
        epsilon = self.number("eps")
        if any(v + epsilon <= 0 for v in variance):
            raise self.fail("a variance that is not positive", "positive variances")
        factors = [factor_of(s, v + epsilon) for s, v in zip(scale, variance, strict=True)]
        summands = [b - m * f for b, m, f in zip(shift, mean, factors, strict=True)]
        self.builder.rounded_factors += len(factors)
        shape = (1, len(factors), *[1] * sides)
        times, plus = (np.array(v, dtype=object).reshape(shape) for v in (factors, summands))
        return with_constants(self.builder, self.tensor, self.name, times=times, plus=plus)

    def exact(self, tensor: Any, default: int = 0, count: int = 0) -> list[Fraction]:
        """Return a parameter as fractions; a missing one is `default`, `count` times."""
        if tensor is None:
            return [Fraction(default)] * count
        return [Fraction(float(v)) for v in self.numbers(tensor).reshape(-1).tolist()]

    def conv(self) -> Tensor:
        layer = self.layer
        kernel = self.numbers(layer.weight)
        k = int(type(layer).__name__[-2])
        tensor = self.maps(k)
        if kernel.ndim != k + 2 or layer.groups < 1 or kernel.shape[0] % layer.groups:
            raise self.fail(f"a kernel of shape {list(kernel.shape)}", f"{k} sides and {layer.groups} groups")
        if layer.padding_mode != "zeros":
            raise self.fail(f"padding_mode {layer.padding_mode!r}", "'zeros'")
        strides, dilations = self.sides("stride", k), self.sides("dilation", k)
        if isinstance(layer.padding, str):
            same = layer.padding == "same"
            total = [d * (s - 1) * same for s, d in zip(kernel.shape[2:], dilations, strict=True)]
            pads = (*(t // 2 for t in total), *(t - t // 2 for t in total))
        else:
            pads = self.sides("padding", k) * 2
        window = {"strides": strides, "pads": pads, "dilations": dilations}
        if min(convolved(tensor.shape[2:], kernel.shape[2:], **window)) < 1:
            raise self.fail(f"a map of {list(tensor.shape[2:])}", "one that the window fits")
        result = convolution(self.builder, tensor, kernel, self.name, groups=layer.groups, **window)
        return self.with_bias(result, layer.bias, 1)

    def pool(self) -> Tensor:
        layer = self.layer
        k = int(type(layer).__name__[-2])
        tensor = self.maps(k)
        kernel, strides, pads = (self.sides(option, k) for option in ("kernel_size", "stride", "padding"))
        around = (*pads, *pads)
        plain = not layer.ceil_mode and set(self.sides("dilation", k)) == {1}
        if not plain or min(pooled(tensor.shape[2:], kernel, strides, around)) < 1:
            raise self.fail("ceil_mode, dilation or a window beyond the map", "a plain window that fits")
        if any(2 * p > w for p, w in zip(pads, kernel, strict=True)):
            raise self.fail(f"padding={layer.padding}", "at most half of the window")
        if type(layer).__name__.startswith("Max"):
            if layer.return_indices:
                raise self.fail("return_indices", "values only")
            return maximum_pool(self.builder, tensor, self.name, kernel, strides, around)
        if getattr(layer, "divisor_override", None) is not None:
            raise self.fail("divisor_override", "none")
        counts = bool(layer.count_include_pad)
        return average_pool(self.builder, tensor, self.name, kernel, strides, around, count_outside=counts)

    def adaptive_average(self) -> Tensor:
        k = int(type(self.layer).__name__[-2])
        size = self.layer.output_size
        if {size} != {1} if size is None or isinstance(size, int) else set(size) != {1}:
            raise self.fail(f"output_size {size}", "1")
        return global_mean(self.builder, self.maps(k), self.name)


LAYERS: dict[str, Callable[[_Layer], Tensor]] = {
    "Linear": _Layer.linear,
    **{f"Conv{k}d": _Layer.conv for k in (1, 2, 3)},
    **{f"BatchNorm{k}d": _Layer.batch_norm for k in (1, 2, 3)},
    **{f"MaxPool{k}d": _Layer.pool for k in (1, 2, 3)},
    **{f"AvgPool{k}d": _Layer.pool for k in (1, 2, 3)},
    **{f"AdaptiveAvgPool{k}d": _Layer.adaptive_average for k in (1, 2, 3)},
    **dict.fromkeys(PLAIN, _Layer.function),
    "LeakyReLU": _Layer.leaky,
    "PReLU": _Layer.prelu,
    "GELU": _Layer.gelu,
    "Softmax": _Layer.softmax,
    "Flatten": _Layer.flatten,
    "Unflatten": _Layer.unflatten,
    **{f"{kind}Pad{k}d": _Layer.pad for kind in ("Zero", "Constant") for k in (1, 2, 3)},
    "Identity": _Layer.same,
    **dict.fromkeys(("Dropout", "Dropout1d", "Dropout2d", "Dropout3d"), _Layer.dropout),
}
"""Layers of `torch.nn` by name."""


def _torch() -> Any:
    try:
        import torch  # type: ignore[import-not-found]
    except ImportError:
        raise MissingExtra("reading and writing PyTorch modules", "torch") from None
    return torch


def to_torch(network: Network) -> Any:
    """Return a `torch.nn.Sequential` that computes a network whose groups form a chain, in evaluation mode.

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
