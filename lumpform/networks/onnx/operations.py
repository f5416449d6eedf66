"""What every ONNX operation does to forms: one small function each."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import prod, sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import FormatError
from lumpform.graph import NodeFunction
from lumpform.networks.functions import GELU, RELU, SIGMOID, SOFTMAX, TANH, leaky_relu, max_pool
from lumpform.networks.onnx.build import Builder, Form, Term, identity, ones
from lumpform.networks.onnx.tensors import array_of, attributes
from lumpform.weights import DenseWeights, SparseWeights

MAX_PRODUCT = 1 << 28


class Reader:
    """What operations need to know."""

    path: Path
    place: str = ""
    builder: Builder
    constants: dict[str, NDArray[Any]]
    tensors: dict[str, Form]

    def fail(self, found: str, expected: str) -> FormatError:
        """An error at the node at hand."""
        return FormatError(self.path, self.place, found, expected)

    def tensor(self, name: str) -> Form:
        """A tensor that depends on the inputs."""
        if name not in self.tensors:
            what = "a constant" if name in self.constants else "a tensor that nothing before makes"
            raise self.fail(f"{what} {name!r}", "a tensor made by an earlier node (the graph may have a cycle)")
        return self.tensors[name]

    def constant(self, name: str) -> NDArray[Any]:
        """A constant."""
        if name not in self.constants:
            raise self.fail(f"the tensor {name!r}", "a constant")
        return self.constants[name]

    def settled(self, name: str) -> Form:
        """A tensor as a group, remembered under its name."""
        form = self.builder.settle(self.tensor(name), name)
        self.tensors[name] = form
        return form


def _function(function: NodeFunction) -> Callable[[Reader, Any], Form]:
    def apply(r: Reader, node: Any) -> Form:
        return r.builder.settle(r.tensor(node.input[0]), node.output[0], function)

    return apply


def _leaky(r: Reader, node: Any) -> Form:
    alpha = Fraction(float(attributes(node).get("alpha", np.float32(0.01))))
    return r.builder.settle(r.tensor(node.input[0]), node.output[0], leaky_relu(alpha))


def _prelu(r: Reader, node: Any) -> Form:
    slopes = {float(v) for v in r.constant(node.input[1]).ravel()}
    if len(slopes) != 1:
        raise r.fail(f"{len(slopes)} different slopes", "one shared slope")
    return r.builder.settle(r.tensor(node.input[0]), node.output[0], leaky_relu(Fraction(slopes.pop())))


def _softmax(r: Reader, node: Any) -> Form:
    axis = attributes(node).get("axis", -1)
    form = r.tensor(node.input[0])
    if form.shape or axis not in (-1, 1):
        raise r.fail(f"axis {axis}", "the last axis of a vector")
    return r.builder.settle(form, node.output[0], SOFTMAX)


def _matmul(r: Reader, node: Any) -> Form:
    matrix = r.constant(node.input[1])
    form = r.settled(node.input[0])
    _check_product(r, form, matrix)
    return r.builder.product(form, matrix, node.input[0])


def _check_product(r: Reader, form: Form, matrix: NDArray[Any]) -> None:
    width = form.width if form.flat else form.nodes
    if matrix.ndim != 2 or matrix.shape[0] != width or (form.shape and not form.flat) or matrix.dtype.kind != "f":
        raise r.fail(f"a matrix of shape {list(matrix.shape)} for {width} values", f"[{width}, outputs] of floats")


def _gemm(r: Reader, node: Any) -> Form:
    a = attributes(node)
    if a.get("transA"):
        raise r.fail("transA", "samples in rows")
    matrix = r.constant(node.input[1])
    matrix = matrix.T if a.get("transB") else matrix
    form = r.settled(node.input[0])
    _check_product(r, form, matrix)
    result = r.builder.product(form, np.ascontiguousarray(matrix), node.input[0])
    alpha, beta = Fraction(float(a.get("alpha", 1.0))), Fraction(float(a.get("beta", 1.0)))
    if alpha != 1:
        result = r.builder.scaled(result, lambda _: alpha)
    if len(node.input) > 2 and node.input[2]:
        bias = Form(result.nodes, bias=[_row(r, result, r.constant(node.input[2]))])
        result = r.builder.plus(result, bias if beta == 1 else r.builder.scaled(bias, lambda _: beta))
    return result


def _row(r: Reader, form: Form, constant: NDArray[Any]) -> DenseWeights:
    """One number per node from a constant that broadcasts to the tensor."""
    if constant.dtype.kind != "f":
        raise r.fail(f"a constant of type {constant.dtype}", "floats")
    if form.shape and not form.flat:
        c = constant.reshape(constant.shape[-3:]) if constant.ndim >= 3 else constant
        if c.size == 1 or (c.ndim == 3 and c.shape == (form.nodes, 1, 1)):
            return DenseWeights.from_array(np.broadcast_to(c.reshape(-1), (form.nodes,)).reshape(1, -1).copy())
        raise r.fail(f"a constant of shape {list(constant.shape)}", f"one number for each of {form.nodes} channels")
    if constant.size not in (1, form.nodes):
        raise r.fail(f"a constant of {constant.size} numbers", f"{form.nodes}")
    return DenseWeights.from_array(np.broadcast_to(constant.reshape(-1), (form.nodes,)).reshape(1, -1).copy())


def _add(r: Reader, node: Any) -> Form:
    first, second = node.input[0], node.input[1]
    if first in r.constants:
        first, second = second, first
    form = r.tensor(first)
    if second in r.constants:
        spread = r.builder.spread(form)
        bias = _row(r, spread, r.constants[second])
        return Form(spread.nodes, spread.shape, None, list(spread.terms), [*spread.bias, bias])
    other = r.tensor(second)
    if (form.nodes, form.shape, form.flat) != (other.nodes, other.shape, other.flat):
        raise r.fail("two tensors of different shapes", "equal shapes")
    return r.builder.plus(form, other)


def _sub(r: Reader, node: Any) -> Form:
    spread = r.builder.spread(r.tensor(node.input[0]))
    bias = _row(r, spread, -r.constant(node.input[1]))
    return Form(spread.nodes, spread.shape, None, list(spread.terms), [*spread.bias, bias])


def _same(r: Reader, node: Any) -> Form | NDArray[Any]:
    name = node.input[0]
    return r.constants[name] if name in r.constants else r.settled(name)


def _flatten(r: Reader, node: Any) -> Form | NDArray[Any]:
    if node.input[0] in r.constants:
        target = [int(d) for d in r.constant(node.input[1])] if node.op_type == "Reshape" else [1, -1]
        return r.constants[node.input[0]].reshape(target)
    form = r.tensor(node.input[0])
    if node.op_type == "Reshape":
        target = [int(d) for d in r.constant(node.input[1])]
        if len(target) < 2 or (prod(target[1:]) != form.width and -1 not in target[1:]):
            raise r.fail(f"the shape {target}", f"[batch, {form.width}]")
        if len(target) != 2 and not (form.width == form.nodes and prod(target[1:]) == form.width):
            raise r.fail(f"the shape {target}", f"[batch, {form.width}]")
    elif attributes(node).get("axis", 1) != 1:
        raise r.fail(f"axis {attributes(node)['axis']}", "axis 1")
    if not form.shape:
        return form
    form = r.settled(node.input[0])
    return Form(form.nodes, form.shape, form.group, flat=True)


def _constant(r: Reader, node: Any) -> NDArray[Any]:
    value = attributes(node).get("value")
    if value is None:
        raise r.fail("a constant without a tensor", "the attribute value")
    return array_of(r.path, value)


def _concat(r: Reader, node: Any) -> Form:
    forms = [r.settled(name) for name in node.input]
    if attributes(node).get("axis") not in (1, -1) or any(f.flat for f in forms) or len({f.shape for f in forms}) != 1:
        raise r.fail("a concatenation along another axis", "axis 1, of units or of maps of one size")
    total, start = sum(f.nodes for f in forms), 0
    terms: list[Term] = []
    for f in forms:
        rows = np.arange(f.nodes)
        terms.append((f.group or "", None, SparseWeights.from_coo(rows, rows + start, ones(f.nodes), (f.nodes, total))))
        start += f.nodes
    return Form(total, forms[0].shape, None, terms)


def _window(r: Reader, a: dict[str, Any], shape: tuple[int, ...], kernel: tuple[int, int]) -> tuple[Any, Any, Any]:
    """Strides, pads (top, left, bottom, right) and dilations of a windowed operation on a map."""
    strides = tuple(a.get("strides") or (1, 1))
    dilations = tuple(a.get("dilations") or (1, 1))
    pads = tuple(a.get("pads") or (0, 0, 0, 0))
    if len(strides) != 2 or len(dilations) != 2 or len(pads) != 4 or min(*strides, *dilations) < 1 or min(pads) < 0:
        raise r.fail("strides, pads or dilations for another dimension", "two dimensions")
    if max(*strides, *dilations, *pads, *kernel) > 1 << 16 or min(kernel) < 1:
        raise r.fail("a window beyond any map", "a window that fits")
    auto = (a.get("auto_pad") or b"NOTSET").decode("ascii", "replace")
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
    if a.get("ceil_mode"):
        raise r.fail("ceil_mode", "floor")
    return strides, pads, dilations


def _conv(r: Reader, node: Any) -> Form:
    kernel = r.constant(node.input[1])
    form = r.settled(node.input[0])
    if len(form.shape) != 2 or form.flat or kernel.ndim != 4 or kernel.dtype.kind != "f":
        raise r.fail(f"a kernel of shape {list(kernel.shape)}", "[out, in, height, width] for feature maps")
    a = attributes(node)
    groups = int(a.get("group") or 1)
    out, inner, rows, columns = kernel.shape
    if groups < 1 or inner * groups != form.nodes or out % groups:
        raise r.fail(f"{inner} channels in {groups} groups", f"{form.nodes} channels in all")
    strides, pads, dilations = _window(r, a, form.shape, (rows, columns))
    shape = tuple(
        (form.shape[d] + pads[d] + pads[d + 2] - (kernel.shape[2 + d] - 1) * dilations[d] - 1) // strides[d] + 1
        for d in range(2)
    )
    if min(shape) < 1 or rows * columns * form.nodes * out > MAX_PRODUCT:
        raise r.fail(f"a window of {rows} x {columns} on a map of {list(form.shape)}", "a window that fits")
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
        bias = r.constant(node.input[2])
        if bias.size != out:
            raise r.fail(f"{bias.size} biases", f"{out}")
        result = r.builder.plus_constant(result, bias)
    return result


def _batch_norm(r: Reader, node: Any) -> Form:
    scale, shift, mean, variance = (r.constant(name).astype(np.float64).ravel() for name in node.input[1:5])
    form = r.tensor(node.input[0])
    if form.flat or any(v.size != form.nodes for v in (scale, shift, mean, variance)):
        raise r.fail("statistics of another size", f"{form.nodes} channels")
    epsilon = float(attributes(node).get("epsilon", np.float32(1e-5)))
    factors = [Fraction(float(s) / sqrt(float(v) + epsilon)) for s, v in zip(scale, variance, strict=True)]
    centred = r.builder.plus_constant(form, -mean)
    result = r.builder.scaled(centred, lambda c: factors[c])
    return r.builder.plus_constant(result, shift)


def _pool_shape(r: Reader, shape: tuple[int, ...], kernel: Any, strides: Any, pads: Any) -> tuple[int, ...]:
    result = tuple((shape[d] + pads[d] + pads[d + 2] - kernel[d]) // strides[d] + 1 for d in range(2))
    if min(result) < 1 or any(pads[d] >= kernel[d] or pads[d + 2] >= kernel[d] for d in range(2)):
        raise r.fail(f"a window of {list(kernel)} on a map of {list(shape)}", "a window that fits")
    return result


def _pool(r: Reader, node: Any) -> Form:
    a = attributes(node)
    kernel = tuple(a.get("kernel_shape") or ())
    form = r.settled(node.input[0])
    if len(kernel) != 2 or len(form.shape) != 2 or form.flat:
        raise r.fail(f"the window {list(kernel)}", "two dimensions")
    strides, pads, dilations = _window(r, a, form.shape, kernel)
    shape = _pool_shape(r, form.shape, kernel, strides, pads)
    if dilations != (1, 1):
        raise r.fail("dilations", "none for pooling")
    if node.op_type == "MaxPool":
        return r.builder.settle(form, node.output[0], max_pool(kernel, strides, pads))
    operator = ("average", kernel, strides, pads, bool(a.get("count_include_pad")))
    return Form(form.nodes, shape, None, [(form.group or "", operator, identity(form.nodes))])


def _global_average(r: Reader, node: Any) -> Form:
    form = r.settled(node.input[0])
    if len(form.shape) != 2 or form.flat:
        raise r.fail("a tensor without a map", "feature maps")
    return Form(form.nodes, (), None, [(form.group or "", ("mean",), identity(form.nodes))])


OPERATIONS: dict[str, Callable[[Any, Any], Form | NDArray[Any]]] = {
    "Add": _add,
    "AveragePool": _pool,
    "BatchNormalization": _batch_norm,
    "Concat": _concat,
    "Constant": _constant,
    "Conv": _conv,
    "Dropout": _same,
    "Flatten": _flatten,
    "Gelu": _function(GELU),
    "Gemm": _gemm,
    "GlobalAveragePool": _global_average,
    "Identity": _same,
    "LeakyRelu": _leaky,
    "MatMul": _matmul,
    "MaxPool": _pool,
    "PRelu": _prelu,
    "Relu": _function(RELU),
    "Reshape": _flatten,
    "Sigmoid": _function(SIGMOID),
    "Softmax": _softmax,
    "Sub": _sub,
    "Tanh": _function(TANH),
}
