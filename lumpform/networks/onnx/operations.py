"""What every ONNX operation does to forms: one small function each."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph import NodeFunction
from lumpform.networks.functions import GELU, RELU, SIGMOID, SOFTMAX, TANH, leaky_relu
from lumpform.networks.onnx.build import Form, Term, ones
from lumpform.networks.onnx.reader import Reader
from lumpform.networks.onnx.tensors import array_of
from lumpform.networks.onnx.windows import batch_norm, conv, global_average, pool
from lumpform.weights import DenseWeights, SparseWeights


def _function(function: NodeFunction) -> Callable[[Reader, Any], Form]:
    def apply(r: Reader, node: Any) -> Form:
        return r.builder.settle(r.tensor(r.operand(node)), node.output[0], function)

    return apply


def _leaky(r: Reader, node: Any) -> Form:
    alpha = Fraction(r.attributes(node).number("alpha", 0.01))
    return r.builder.settle(r.tensor(r.operand(node)), node.output[0], leaky_relu(alpha))


def _prelu(r: Reader, node: Any) -> Form:
    slopes = {float(v) for v in r.constant(r.operand(node, 1)).ravel()}
    if len(slopes) != 1:
        raise r.fail(f"{len(slopes)} different slopes", "one shared slope")
    return r.builder.settle(r.tensor(r.operand(node)), node.output[0], leaky_relu(Fraction(slopes.pop())))


def _softmax(r: Reader, node: Any) -> Form:
    axis = r.attributes(node).integer("axis", -1)
    form = r.tensor(r.operand(node))
    if form.shape or axis not in (-1, 1):
        raise r.fail(f"axis {axis}", "the last axis of a vector")
    return r.builder.settle(form, node.output[0], SOFTMAX)


def _matmul(r: Reader, node: Any) -> Form:
    matrix = r.constant(r.operand(node, 1))
    form = r.settled(r.operand(node))
    _check_product(r, form, matrix)
    return r.builder.product(form, matrix, r.operand(node))


def _check_product(r: Reader, form: Form, matrix: NDArray[Any]) -> None:
    width = form.width if form.flat else form.nodes
    fits = matrix.ndim == 2 and matrix.shape[0] == width and matrix.shape[1] > 0
    if not fits or (form.shape and not form.flat) or matrix.dtype.kind != "f":
        raise r.fail(f"a matrix of shape {list(matrix.shape)} for {width} values", f"[{width}, outputs] of floats")


def _gemm(r: Reader, node: Any) -> Form:
    a = r.attributes(node)
    if a.integer("transA", 0):
        raise r.fail("transA", "samples in rows")
    matrix = r.constant(r.operand(node, 1))
    matrix = matrix.T if a.integer("transB", 0) else matrix
    form = r.settled(r.operand(node))
    _check_product(r, form, matrix)
    result = r.builder.product(form, np.ascontiguousarray(matrix), r.operand(node))
    alpha, beta = Fraction(a.number("alpha", 1.0)), Fraction(a.number("beta", 1.0))
    if alpha != 1:
        result = r.builder.scaled(result, lambda _: alpha)
    if len(node.input) > 2 and node.input[2]:
        bias = Form(result.nodes, bias=[_row(r, result, r.constant(r.operand(node, 2)))])
        result = r.builder.plus(result, bias if beta == 1 else r.builder.scaled(bias, lambda _: beta))
    return result


def _row(r: Reader, form: Form, constant: NDArray[Any]) -> DenseWeights:
    """One number per node from a constant that broadcasts to the tensor."""
    if constant.dtype.kind != "f":
        raise r.fail(f"a constant of type {constant.dtype}", "floats")
    if form.shape and not form.flat:
        if constant.size == 1 or (constant.shape[-3:] == (form.nodes, 1, 1) and constant.size == form.nodes):
            return DenseWeights.from_array(np.broadcast_to(constant.reshape(-1), (form.nodes,)).reshape(1, -1).copy())
        raise r.fail(f"a constant of shape {list(constant.shape)}", f"one number for each of {form.nodes} channels")
    if constant.size not in (1, form.nodes):
        raise r.fail(f"a constant of {constant.size} numbers", f"{form.nodes}")
    return DenseWeights.from_array(np.broadcast_to(constant.reshape(-1), (form.nodes,)).reshape(1, -1).copy())


def _add(r: Reader, node: Any) -> Form:
    first, second = r.operand(node), r.operand(node, 1)
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
    spread = r.builder.spread(r.tensor(r.operand(node)))
    bias = _row(r, spread, -r.constant(r.operand(node, 1)))
    return Form(spread.nodes, spread.shape, None, list(spread.terms), [*spread.bias, bias])


def _same(r: Reader, node: Any) -> Form | NDArray[Any]:
    name = r.operand(node)
    return r.constants[name] if name in r.constants else r.settled(name)


def _flatten(r: Reader, node: Any) -> Form | NDArray[Any]:
    if r.operand(node) in r.constants:
        target = _target(r, node) if node.op_type == "Reshape" else [1, -1]
        constant = r.constant(r.operand(node))
        try:
            return constant.reshape(target)
        except ValueError:
            raise r.fail(f"{constant.size} numbers", f"as many as the shape {target} has") from None
    form = r.tensor(r.operand(node))
    if node.op_type == "Reshape":
        target = _target(r, node)
        if len(target) < 2 or (prod(target[1:]) != form.width and -1 not in target[1:]):
            raise r.fail(f"the shape {target}", f"[batch, {form.width}]")
        if len(target) != 2 and not (form.width == form.nodes and prod(target[1:]) == form.width):
            raise r.fail(f"the shape {target}", f"[batch, {form.width}]")
    elif (axis := r.attributes(node).integer("axis", 1)) != 1:
        raise r.fail(f"axis {axis}", "axis 1")
    if not form.shape:
        return form
    form = r.settled(r.operand(node))
    return Form(form.nodes, form.shape, form.group, flat=True)


def _target(r: Reader, node: Any) -> list[int]:
    """The shape that an operand is."""
    constant = r.constant(r.operand(node, 1))
    if constant.dtype.kind != "i":
        raise r.fail("floats for a shape", "integers")
    return [int(d) for d in constant.ravel()]


def _constant(r: Reader, node: Any) -> NDArray[Any]:
    return array_of(r.path, r.attributes(node).tensor("value"))


def _concat(r: Reader, node: Any) -> Form:
    forms = [r.settled(name) for name in node.input]
    if (
        r.attributes(node).integer("axis", 0) not in (1, -1)
        or any(f.flat for f in forms)
        or len({f.shape for f in forms}) != 1
    ):
        raise r.fail("a concatenation along another axis", "axis 1, of units or of maps of one size")
    total, start = sum(f.nodes for f in forms), 0
    r.builder.claim(total)
    terms: list[Term] = []
    for f in forms:
        rows = np.arange(f.nodes)
        terms.append((f.group or "", None, SparseWeights.from_coo(rows, rows + start, ones(f.nodes), (f.nodes, total))))
        start += f.nodes
    return Form(total, forms[0].shape, None, terms)


OPERATIONS: dict[str, Callable[[Any, Any], Form | NDArray[Any]]] = {
    "Add": _add,
    "AveragePool": pool,
    "BatchNormalization": batch_norm,
    "Concat": _concat,
    "Constant": _constant,
    "Conv": conv,
    "Dropout": _same,
    "Flatten": _flatten,
    "Gelu": _function(GELU),
    "Gemm": _gemm,
    "GlobalAveragePool": global_average,
    "Identity": _same,
    "LeakyRelu": _leaky,
    "MatMul": _matmul,
    "MaxPool": pool,
    "PRelu": _prelu,
    "Relu": _function(RELU),
    "Reshape": _flatten,
    "Sigmoid": _function(SIGMOID),
    "Softmax": _softmax,
    "Sub": _sub,
    "Tanh": _function(TANH),
}
