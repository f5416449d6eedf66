"""Read operations over maps of an ONNX file: convolution, pooling, batch normalisation."""

from __future__ import annotations

from fractions import Fraction
from math import prod

from lumpform.files.limits import MAX_WINDOW
from lumpform.networks.batch_norm import normalised
from lumpform.networks.convolution import convolution, global_mean, maximum_pool, same_pads
from lumpform.networks.onnx.arithmetic import exact
from lumpform.networks.onnx.node import Node, Value
from lumpform.networks.operators import Sides
from lumpform.networks.tensor import Tensor
from lumpform.networks.with_constants import with_bias


def maps(node: Node) -> Tensor:
    """Return the first operand, which must be maps: (batch, channels, sides), with one to three sides."""
    tensor = node.tensor()
    if not 3 <= len(tensor.shape) <= 5 or 0 in tensor.shape:
        raise node.fail(f"the shape {list(tensor.shape)}", "[batch, channels, sides], with one to three sides")
    return tensor


def window(node: Node, sides: Sides, kernel: Sides) -> tuple[Sides, Sides, Sides]:
    """Return strides, pads (before every side, then after) and dilations from the attributes."""
    a, k = node.attributes, len(sides)
    strides, dilations = a.integers("strides", (1,) * k), a.integers("dilations", (1,) * k)
    pads = a.integers("pads", (0,) * 2 * k)
    if (len(kernel), len(strides), len(dilations), len(pads)) != (k, k, k, 2 * k):
        raise node.fail("a window, strides, pads or dilations for another dimension", f"{k} sides")
    if (
        min(*kernel, *strides, *dilations) < 1
        or min(pads) < 0
        or max(*kernel, *strides, *dilations, *pads) > MAX_WINDOW
    ):
        raise node.fail("a window beyond any map", "a window that fits")
    auto = a.only("auto_pad", ("NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"), "NOTSET")
    if auto != "NOTSET" and any(pads):
        raise node.fail(f"auto_pad {auto!r} and pads", "one of them")
    if auto.startswith("SAME"):
        spread = [
            (-(-n // s) - 1) * s + (w - 1) * d + 1 for n, w, s, d in zip(sides, kernel, strides, dilations, strict=True)
        ]
        if any(length < n - 1 for length, n in zip(spread, sides, strict=True)):
            # less than no padding: whether windows begin at the first number is read in different ways
            raise node.fail(f"auto_pad {auto!r} where windows leave several numbers out", "pads")
        pads = same_pads(sides, kernel, strides, dilations, more_before=auto == "SAME_LOWER")
    return strides, pads, dilations


def conv(node: Node) -> Value:
    tensor, kernel = maps(node), node.weights(1)
    sides = tensor.shape[2:]
    if kernel.ndim != len(tensor.shape) or not kernel.size:
        raise node.fail(f"a kernel of shape {list(kernel.shape)}", f"[out, in, sides] for {len(sides)} sides")
    stated = node.attributes.integers("kernel_shape", tuple(kernel.shape[2:]))
    if stated != tuple(kernel.shape[2:]):
        raise node.fail(f"kernel_shape {list(stated)}", f"{list(kernel.shape[2:])}")
    strides, pads, dilations = window(node, sides, stated)
    groups = node.attributes.integer("group", 1)
    node.builder.claim(prod(stated) * kernel.shape[0])
    result = convolution(
        node.builder, tensor, kernel, node.name, strides=strides, pads=pads, dilations=dilations, groups=groups
    )
    return with_bias(node.builder, result, node.weights(2) if node.has(2) else None, 1, node.name)


def global_average(node: Node) -> Value:
    return global_mean(node.builder, maps(node), node.name)


def global_maximum(node: Node) -> Value:
    tensor = maps(node)
    sides = tensor.shape[2:]
    return maximum_pool(node.builder, tensor, node.name, sides, (1,) * len(sides), (0,) * 2 * len(sides))


def batch_norm(node: Node) -> Value:
    """Normalise with fixed statistics; the factor is the double nearest to ``scale / sqrt(variance + epsilon)``."""
    a = node.attributes
    a.without_meaning("momentum")
    if node.version < 9:
        a.only("spatial", (1,), 1)
    if node.version >= 14:
        a.only("training_mode", (0,), 0)
    tensor = node.tensor()
    if len(tensor.shape) < 2:
        raise node.fail(f"the shape {list(tensor.shape)}", "[batch, channels, ...]")
    statistics = [node.weights(i) for i in range(1, 5)]
    if any(constant.ndim != 1 for constant in statistics):
        raise node.fail("statistics of several dimensions", "one number for every channel")
    epsilon = Fraction(a.number("epsilon", 1e-5))
    return normalised(node.builder, tensor, node.name, [list(exact(c)) for c in statistics], epsilon=epsilon)
