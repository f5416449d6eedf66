"""Operations on feature maps: convolution, normalisation, pooling."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt
from typing import Any

import numpy as np

from lumpform.networks.functions import max_pool
from lumpform.networks.onnx.attributes import Attributes
from lumpform.networks.onnx.build import Form, Term
from lumpform.networks.onnx.reader import Reader
from lumpform.weights import DenseWeights

MAX_PRODUCT = 1 << 28


def window(r: Reader, a: Attributes, shape: tuple[int, ...], kernel: tuple[int, int]) -> tuple[Any, Any, Any]:
    """Strides, pads (top, left, bottom, right) and dilations of a windowed operation on a map."""
    strides = a.integers("strides", (1, 1))
    dilations = a.integers("dilations", (1, 1))
    pads = a.integers("pads", (0, 0, 0, 0))
    if len(strides) != 2 or len(dilations) != 2 or len(pads) != 4 or min(*strides, *dilations) < 1 or min(pads) < 0:
        raise r.fail("strides, pads or dilations for another dimension", "two dimensions")
    if max(*strides, *dilations, *pads, *kernel) > 1 << 16 or min(kernel) < 1:
        raise r.fail("a window beyond any map", "a window that fits")
    auto = a.text("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        total = [
            max(0, (-(-shape[d] // strides[d]) - 1) * strides[d] + (kernel[d] - 1) * dilations[d] + 1 - shape[d])
            for d in range(2)
        ]
        small = [t // 2 for t in total]
        large = [t - s for t, s in zip(total, small, strict=True)]
        pads = (*small, *large) if auto == "SAME_UPPER" else (*large, *small)
    elif auto not in ("NOTSET", "VALID"):
        raise r.fail(f"auto_pad {auto!r}", "NOTSET, VALID, SAME_UPPER or SAME_LOWER")
    if a.integer("ceil_mode", 0):
        raise r.fail("ceil_mode", "floor")
    return strides, pads, dilations


def conv(r: Reader, node: Any) -> Form:
    """A convolution: one arrow for each place of its window."""
    kernel = r.constant(r.operand(node, 1))
    form = r.settled(r.operand(node))
    if len(form.shape) != 2 or form.flat or kernel.ndim != 4 or not kernel.size or kernel.dtype.kind != "f":
        raise r.fail(f"a kernel of shape {list(kernel.shape)}", "[out, in, height, width] for feature maps")
    a = r.attributes(node)
    groups = a.integer("group", 1)
    out, inner, rows, columns = kernel.shape
    if groups < 1 or inner * groups != form.nodes or out % groups:
        raise r.fail(f"{inner} channels in {groups} groups", f"{form.nodes} channels in all")
    strides, pads, dilations = window(r, a, form.shape, (rows, columns))
    shape = tuple(
        (form.shape[d] + pads[d] + pads[d + 2] - (kernel.shape[2 + d] - 1) * dilations[d] - 1) // strides[d] + 1
        for d in range(2)
    )
    if min(shape) < 1 or rows * columns * form.nodes * out > MAX_PRODUCT:
        raise r.fail(f"a window of {rows} x {columns} on a map of {list(form.shape)}", "a window that fits")
    r.builder.claim(rows * columns * form.nodes * out - kernel.size)
    terms: list[Term] = []
    for i in range(rows):
        for j in range(columns):
            matrix = np.zeros((form.nodes, out), dtype=kernel.dtype)
            for g in range(groups):
                o = slice(g * out // groups, (g + 1) * out // groups)
                matrix[g * inner : (g + 1) * inner, o] = kernel[o, :, i, j].T
            operator = ("shift", i * dilations[0], j * dilations[1], strides, pads[:2], shape)
            terms.append((form.group or "", operator, DenseWeights.from_array(matrix)))
    result = Form(out, shape, None, terms)
    if len(node.input) > 2 and node.input[2]:
        bias = r.constant(r.operand(node, 2))
        if bias.size != out:
            raise r.fail(f"{bias.size} biases", f"{out}")
        result = r.builder.plus_constant(result, bias)
    return result


def batch_norm(r: Reader, node: Any) -> Form:
    """Normalisation with fixed statistics; the factor is rounded to a double."""
    scale, shift, mean, variance = (r.constant(r.operand(node, i)).astype(np.float64).ravel() for i in range(1, 5))
    form = r.tensor(r.operand(node))
    if form.flat or any(v.size != form.nodes for v in (scale, shift, mean, variance)):
        raise r.fail("statistics of another size", f"{form.nodes} channels")
    epsilon = r.attributes(node).number("epsilon", 1e-5)
    if any(float(v) + epsilon <= 0 for v in variance):
        raise r.fail("a variance that is not positive", "positive variances")
    factors = [Fraction(float(s) / sqrt(float(v) + epsilon)) for s, v in zip(scale, variance, strict=True)]
    centred = r.builder.plus_constant(form, -mean)
    result = r.builder.scaled(centred, lambda c: factors[c])
    return r.builder.plus_constant(result, shift)


def pool_shape(r: Reader, shape: tuple[int, ...], kernel: Any, strides: Any, pads: Any) -> tuple[int, ...]:
    """The size of a map after pooling; no window lies in the border alone."""
    result = tuple((shape[d] + pads[d] + pads[d + 2] - kernel[d]) // strides[d] + 1 for d in range(2))
    if min(result) < 1 or any(pads[d] >= kernel[d] or pads[d + 2] >= kernel[d] for d in range(2)):
        raise r.fail(f"a window of {list(kernel)} on a map of {list(shape)}", "a window that fits")
    return result


def pool(r: Reader, node: Any) -> Form:
    """Pooling by the maximum, which is a node function, or by the mean, which is an arrow."""
    a = r.attributes(node)
    kernel = a.integers("kernel_shape", ())
    form = r.settled(r.operand(node))
    if len(kernel) != 2 or len(form.shape) != 2 or form.flat:
        raise r.fail(f"the window {list(kernel)}", "two dimensions")
    strides, pads, dilations = window(r, a, form.shape, kernel)
    shape = pool_shape(r, form.shape, kernel, strides, pads)
    if dilations != (1, 1):
        raise r.fail("dilations", "none for pooling")
    if node.op_type == "MaxPool":
        return r.builder.settle(form, node.output[0], max_pool(kernel, strides, pads))
    operator = ("average", kernel, strides, pads, a.integer("count_include_pad", 0) != 0)
    return Form(form.nodes, shape, None, [(form.group or "", operator, r.builder.identity(form.nodes))])


def global_average(r: Reader, node: Any) -> Form:
    """The mean of every map."""
    form = r.settled(r.operand(node))
    if len(form.shape) != 2 or form.flat:
        raise r.fail("a tensor without a map", "feature maps")
    return Form(form.nodes, (), None, [(form.group or "", ("mean",), r.builder.identity(form.nodes))])
