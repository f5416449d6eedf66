"""Read layers of `torch.nn` over maps: convolution, pooling, batch normalisation."""

from __future__ import annotations

from lumpform.networks.batch_norm import normalised
from lumpform.networks.convolution import (
    Scattering,
    average_pool,
    convolution,
    global_mean,
    maximum_pool,
    same_pads,
    transposed_convolution,
)
from lumpform.networks.tensor import Tensor
from lumpform.networks.torch.layer import Layer
from lumpform.networks.with_constants import with_bias


def conv(layer: Layer) -> Tensor:
    module, k = layer.module, layer.dimension
    kernel, tensor = layer.numbers(module.weight), layer.maps(k)
    if kernel.ndim != k + 2 or module.groups < 1 or kernel.shape[0] % module.groups:
        raise layer.fail(f"a kernel of shape {list(kernel.shape)}", f"{k} sides and {module.groups} groups")
    if module.padding_mode != "zeros":
        raise layer.fail(f"padding_mode {module.padding_mode!r}", "'zeros'")
    strides, dilations = layer.sides("stride", k), layer.sides("dilation", k)
    pads = (0,) * 2 * k  # "valid"
    if module.padding == "same":
        pads = same_pads(tensor.shape[2:], kernel.shape[2:], strides, dilations)
    elif not isinstance(module.padding, str):
        pads = layer.sides("padding", k) * 2
    window = {"strides": strides, "pads": pads, "dilations": dilations}
    result = convolution(layer.builder, tensor, kernel, layer.name, groups=module.groups, **window)
    return with_bias(layer.builder, result, layer.biases(), 1, layer.name)


def conv_transpose(layer: Layer) -> Tensor:
    module, k = layer.module, layer.dimension
    kernel, tensor = layer.numbers(module.weight), layer.maps(k)
    if kernel.ndim != k + 2 or module.groups < 1 or kernel.shape[0] % module.groups:
        raise layer.fail(f"a kernel of shape {list(kernel.shape)}", f"{k} sides and {module.groups} groups")
    options = ("stride", "dilation", "padding", "output_padding")
    strides, dilations, pads, more = (layer.sides(option, k) for option in options)
    each = zip(tensor.shape[2:], strides, dilations, kernel.shape[2:], pads, more, strict=True)
    shape = tuple((n - 1) * s + (w - 1) * d + 1 - 2 * p + o for n, s, d, w, p, o in each)
    if min(shape) < 1:
        raise layer.fail(f"maps of {list(shape)}", "maps with at least one position")
    window = Scattering(strides, dilations, pads, shape)
    result = transposed_convolution(layer.builder, tensor, kernel, layer.name, window, groups=module.groups)
    return with_bias(layer.builder, result, layer.biases(), 1, layer.name)


def pool(layer: Layer) -> Tensor:
    module, k = layer.module, layer.dimension
    tensor = layer.maps(k)
    kernel, strides, pads = (layer.sides(option, k) for option in ("kernel_size", "stride", "padding"))
    if module.ceil_mode or set(layer.sides("dilation", k)) != {1}:
        raise layer.fail("ceil_mode or dilation", "a plain window")
    if any(2 * p > w for p, w in zip(pads, kernel, strict=True)):
        raise layer.fail(f"padding={module.padding}", "at most half of the window")
    if layer.kind.startswith("Max"):
        if module.return_indices:
            raise layer.fail("return_indices", "values only")
        return maximum_pool(layer.builder, tensor, layer.name, kernel, strides, pads * 2)
    if getattr(module, "divisor_override", None) is not None:
        raise layer.fail("divisor_override", "none")
    counts = bool(module.count_include_pad)
    return average_pool(layer.builder, tensor, layer.name, kernel, strides, pads * 2, count_outside=counts)


def adaptive_average(layer: Layer) -> Tensor:
    size = layer.module.output_size
    if {size} != {1} if size is None or isinstance(size, int) else set(size) != {1}:
        raise layer.fail(f"output_size {size}", "1")
    return global_mean(layer.builder, layer.maps(layer.dimension), layer.name)


def batch_norm(layer: Layer) -> Tensor:
    module, k, sides = layer.module, layer.dimension, len(layer.tensor.shape) - 2
    layer.evaluates()
    if sides != k and (k, sides) != (1, 0):
        raise layer.fail(f"samples of shape {list(layer.tensor.shape[1:])}", f"(channels and {k} sides)")
    channels = layer.tensor.shape[1]
    if module.running_mean is None or module.num_features != channels:
        raise layer.fail("no statistics for its input", f"running statistics of {channels} features")
    scale, shift = layer.exact(module.weight, 1, channels), layer.exact(module.bias, 0, channels)
    mean, variance = layer.exact(module.running_mean), layer.exact(module.running_var)
    return normalised(
        layer.builder, layer.tensor, layer.name, (scale, shift, mean, variance), epsilon=layer.number("eps")
    )
