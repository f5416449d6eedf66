"""Read layers of `torch.nn` that work number by number or along one axis, and list all layers that are read."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from lumpform.networks.activations import ACTIVATIONS, activation
from lumpform.networks.convolution import padded, softmax
from lumpform.networks.functions import GELU, RELU, SIGMOID, TANH, leaky_relu
from lumpform.networks.maps import contract
from lumpform.networks.tensor import NOTHING, Tensor, axis_from_front
from lumpform.networks.torch import windows
from lumpform.networks.torch.layer import Layer
from lumpform.networks.with_constants import with_bias
from lumpform.numbers.floats import round_to

OTHERS = {known.torch: name for name, known in ACTIVATIONS.items() if known.torch}
"""Layers of other functions, by their name in PyTorch."""

PLAIN = {"ReLU": RELU, "Sigmoid": SIGMOID, "Tanh": TANH}


def same(layer: Layer) -> Tensor:
    return layer.tensor


def dropout(layer: Layer) -> Tensor:
    if layer.module.p:
        layer.evaluates()
    return layer.tensor


def plain(layer: Layer) -> Tensor:
    return layer.builder.function(layer.tensor, PLAIN[layer.kind], layer.name)


def leaky(layer: Layer) -> Tensor:
    slope = layer.number("negative_slope")
    if layer.dtype != "float64":  # PyTorch computes with the nearest float32 then, for halves as well
        slope = round_to(slope, "float32")
    return layer.builder.function(layer.tensor, leaky_relu(slope), layer.name)


def prelu(layer: Layer) -> Tensor:
    slopes = layer.numbers(layer.module.weight).reshape(-1)
    if len(slopes) != 1:
        raise layer.fail(f"{len(slopes)} slopes", "one")
    return layer.builder.function(layer.tensor, leaky_relu(Fraction(float(slopes[0]))), layer.name)


def gelu(layer: Layer) -> Tensor:
    if layer.module.approximate != "none":
        raise layer.fail(f"approximate={layer.module.approximate!r}", "'none'")
    return layer.builder.function(layer.tensor, GELU, layer.name)


def other(layer: Layer) -> Tensor:
    """Apply a function of `ACTIVATIONS`; PyTorch computes with parameters as the nearest float32, or with doubles."""
    name = OTHERS[layer.kind]
    parameters = [layer.number(attribute) for attribute, _ in ACTIVATIONS[name].attributes]
    if layer.dtype != "float64":
        parameters = [round_to(p, "float32") for p in parameters]
    return layer.builder.function(layer.tensor, activation(name, *parameters), layer.name)


def silu(layer: Layer) -> Tensor:
    return layer.builder.function(layer.tensor, activation("swish", Fraction(1)), layer.name)


def normalise(layer: Layer) -> Tensor:
    dim = layer.module.dim
    if dim is None:
        raise layer.fail("no dim", "the dimension that is normalised")
    axis = axis_from_front(dim, len(layer.tensor.shape))
    return softmax(layer.builder, layer.tensor, layer.name, (axis,))


def flatten(layer: Layer) -> Tensor:
    shape = layer.tensor.shape
    first, last = (axis_from_front(dim, len(shape)) for dim in (layer.module.start_dim, layer.module.end_dim))
    if first == 0 or last < first:
        raise layer.fail(f"dimensions {first} to {last}", "dimensions behind the batch")
    return Tensor(layer.tensor.entries.reshape(*shape[:first], -1, *shape[last + 1 :]), True)


def unflatten(layer: Layer) -> Tensor:
    shape, wanted = layer.tensor.shape, layer.module.unflattened_size
    axis = axis_from_front(layer.module.dim, len(shape))
    if axis == 0:
        raise layer.fail("dimension 0", "one behind the batch")
    try:
        inner = np.empty((shape[axis], 0)).reshape(*wanted, 0).shape[:-1]
        return Tensor(layer.tensor.entries.reshape(*shape[:axis], *inner, *shape[axis + 1 :]), True)
    except (TypeError, ValueError):
        raise layer.fail(f"the sizes {wanted}", f"sizes of {shape[axis]} values") from None


def pad(layer: Layer) -> Tensor:
    """Put zeros around the sides, the last one first; negative numbers cut off."""
    if getattr(layer.module, "value", 0):
        raise layer.fail(f"padding by {layer.module.value}", "zeros")
    given = [int(v) for v in layer.module.padding]
    around = [(0, 0)] * len(layer.tensor.shape)
    if len(given) % 2 or len(given) // 2 >= len(around):
        raise layer.fail(f"padding={layer.module.padding}", f"two numbers for each of {len(around) - 1} dimensions")
    for i in range(len(given) // 2):
        around[-1 - i] = (given[2 * i], given[2 * i + 1])
    return Tensor(padded(layer.builder, layer.tensor.entries, around, NOTHING), True)


def linear(layer: Layer) -> Tensor:
    axis = len(layer.tensor.shape) - 1
    matrix = np.ascontiguousarray(layer.numbers(layer.module.weight).T)  # what counts, whatever in_features says
    if matrix.ndim != 2 or matrix.shape[0] != layer.tensor.shape[axis]:
        more = " (and Flatten before it)" if axis > 1 else ""
        raise layer.fail(f"{matrix.shape[0]} inputs", f"{layer.tensor.shape[axis]}{more}")
    result = contract(layer.builder, layer.tensor, axis, matrix, layer.name)
    return with_bias(layer.builder, result, layer.biases(), axis, layer.name)


LAYERS: dict[str, Callable[[Layer], Tensor]] = {
    "Linear": linear,
    **{f"Conv{k}d": windows.conv for k in (1, 2, 3)},
    **{f"ConvTranspose{k}d": windows.conv_transpose for k in (1, 2, 3)},
    **{f"BatchNorm{k}d": windows.batch_norm for k in (1, 2, 3)},
    **{f"MaxPool{k}d": windows.pool for k in (1, 2, 3)},
    **{f"AvgPool{k}d": windows.pool for k in (1, 2, 3)},
    **{f"AdaptiveAvgPool{k}d": windows.adaptive_average for k in (1, 2, 3)},
    **dict.fromkeys(PLAIN, plain),
    **dict.fromkeys(OTHERS, other),
    "SiLU": silu,
    "LeakyReLU": leaky,
    "PReLU": prelu,
    "GELU": gelu,
    "Softmax": normalise,
    "Flatten": flatten,
    "Unflatten": unflatten,
    **{f"{kind}Pad{k}d": pad for kind in ("Zero", "Constant") for k in (1, 2, 3)},
    "Identity": same,
    **dict.fromkeys(("Dropout", "Dropout1d", "Dropout2d", "Dropout3d"), dropout),
}
"""Layers of `torch.nn` by name."""
