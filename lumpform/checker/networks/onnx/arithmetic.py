"""Adds and multiplies tensors and constants, also by matrices, with exact arithmetic on constants."""

from __future__ import annotations

import operator
from array import array
from collections.abc import Callable, Sequence
from math import prod

from ...rational import ONE, ZERO, Pair, from_float, product, reduced
from ..budget import arithmetic
from .along_axis import times_matrix
from .building import Building
from .constants import BATCH, INT32, Constant, exact
from .entrywise import Affine, WithConstants, with_function
from .gated import HIGHEST, gated
from .node import Node
from .shapes import Shape, broadcast, spread, strided
from .tensor import NOTHING, Tensor, Value, meeting
from .tensor_sums import plus


def combined(building: Building, a: Constant, b: Constant, operation: Callable[[Pair, Pair], Pair]) -> Constant:
    """Return an operation on two constants, broadcast, in exact arithmetic."""
    shape = broadcast(a.shape, b.shape)
    left, right = a.pairs(), b.pairs()
    bits = [max((max(n.bit_length(), d.bit_length()) for n, d in set(side)), default=0) for side in (left, right)]
    most = building.limits.max_computed
    if sum(bits) > most:
        raise ValueError(f"constants of more than {most} bits")
    building.claim(4 * prod(shape) * arithmetic(sum(bits)))
    known: dict[tuple[Pair, Pair], Pair] = {}
    data = []
    for pair in zip(spread(left, a.shape, shape), spread(right, b.shape, shape), strict=True):
        value = known.get(pair)
        if value is None:
            value = known[pair] = operation(*pair)
        data.append(value)
    return Constant(shape, data, a.kind)


def add_pairs(a: Pair, b: Pair) -> Pair:
    """Return an exact sum."""
    return reduced(a[0] * b[1] + b[0] * a[1], a[1] * b[1])


def inverse(a: Pair) -> Pair:
    """Return one over a number. Raises `ValueError` for 0."""
    if a[0] == 0:
        raise ValueError("a division by 0")
    return (a[1], a[0]) if a[0] > 0 else (-a[1], -a[0])


def negated(building: Building, constant: Constant) -> Constant:
    """Return a constant with the other sign."""
    building.claim(2 * len(constant.data))
    return constant.like(constant.shape, [(-n, d) for n, d in constant.pairs()])


def scalar(value: Pair) -> Constant:
    """Return one number."""
    return Constant((), [value])


def one_of_each(a: Value, b: Value) -> tuple[Tensor, Constant]:
    """Return the tensor and the constant among two operands. Raises `ValueError` if they are of one sort."""
    if isinstance(a, Tensor) and isinstance(b, Constant):
        return a, b
    if isinstance(a, Constant) and isinstance(b, Tensor):
        return b, a
    raise ValueError("a product of two tensors or of two constants")


def sum_of(building: Building, a: Value, b: Value) -> Value:
    """Return a sum of tensors and constants."""
    if isinstance(a, Constant) and isinstance(b, Constant):
        return combined(building, a, b, add_pairs)
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return plus(building, a, b)
    return affine(building, *one_of_each(a, b), lambda value: (ONE, value))


def product_of(building: Building, a: Value, b: Value) -> Value:
    """Return a product, of which at most one operand is a tensor."""
    if isinstance(a, Constant) and isinstance(b, Constant):
        return combined(building, a, b, product)
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        raise ValueError("a product of two tensors")
    return affine(building, *one_of_each(a, b), lambda value: (value, ZERO), is_product=True)


def affine(
    building: Building, tensor: Tensor, constant: Constant, of: Callable[[Pair], Affine], *, is_product: bool = False
) -> Tensor:
    """Return a tensor that is scaled and shifted by constants."""
    values = [of(value) for value in constant.pairs()]
    result = meeting(tensor, constant)
    return WithConstants(building, tensor, constant.shape, values, result, product=is_product).made()


def same_for_all(building: Building, constant: Constant) -> Tensor:
    """Return what every sample of a batch has of a constant: a tensor, since how often it stands there is open."""
    nothing = Tensor(constant.shape, [NOTHING] * len(constant.data), batch=True)
    return affine(building, nothing, constant, lambda value: (ONE, value))


def _of_integers(node: Node, how: Callable[[int, int], int]) -> Constant | None:
    """Return what two constants of integers, which are sizes, make; None if the operands are no such constants."""
    a, b = node.value(0), node.value(1)
    if not (isinstance(a, Constant) and isinstance(b, Constant) and a.is_integer and a.kind == b.kind):
        return None
    shape = broadcast(a.shape, b.shape)
    node.building.claim(4 * prod(shape))
    if BATCH in a.data or BATCH in b.data:
        raise ValueError("the length of the batch, which is open")
    if node.kind == "Div" and (min(a.data, default=0) < 0 or min(b.data, default=1) < 1):
        raise ValueError("a division of or by negative integers, or by 0")
    data = [how(x, y) for x, y in zip(spread(a.data, a.shape, shape), spread(b.data, b.shape, shape), strict=True)]
    limit = 1 << (31 if a.kind == INT32 else 63)
    if any(not -limit <= v < limit for v in data):
        raise ValueError("an integer beyond its type")
    return a.like(shape, array("q", data))


def add(node: Node) -> Value:
    """Return a sum of two."""
    found = _of_integers(node, operator.add)
    if found is not None:
        return found
    return sum_of(node.building, node.value(0), node.value(1))


def subtract(node: Node) -> Value:
    """Return a difference."""
    found = _of_integers(node, operator.sub)
    if found is not None:
        return found
    a, b = node.value(0), node.value(1)
    if isinstance(b, Constant):
        return sum_of(node.building, a, negated(node.building, b))
    if isinstance(a, Tensor):
        return plus(node.building, a, b, -1)
    return affine(node.building, b, a, lambda value: ((-1, 1), value))


def negate(node: Node) -> Value:
    """Return the operand with the other sign."""
    value = node.value(0)
    if isinstance(value, Constant):
        return negated(node.building, value)
    return product_of(node.building, value, scalar((-1, 1)))


def multiply(node: Node) -> Value:
    """Return a product; of a tensor and what is known to be a function of it, it is a function of every number."""
    of_integers = _of_integers(node, operator.mul)
    if of_integers is not None:
        return of_integers
    a, b = node.value(0), node.value(1)
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        found = gated(node.building, a, b)
        if found is not None:
            return found
    return product_of(node.building, a, b)


def power(node: Node) -> Tensor:
    """Return a power of a tensor by a positive integer."""
    tensor, exponent = node.tensor(), node.constant(1)
    if not (exponent.floating or exponent.is_integer) or broadcast(tensor.shape, exponent.shape) != tensor.shape:
        raise ValueError(f"exponents of the shape {list(exponent.shape)}, or no numbers")
    (n, d), *others = {exact(v) for v in exponent.data}
    if others or d != 1 or not 1 <= n <= HIGHEST:
        raise ValueError("other exponents than one positive integer")
    return tensor if n == 1 else with_function(node.building, tensor, ("power", (n, 1)))


def divide(node: Node) -> Value:
    """Return a quotient by a constant."""
    of_integers = _of_integers(node, operator.floordiv)
    if of_integers is not None:
        return of_integers
    divisor = node.constant(1)
    node.building.claim(2 * len(divisor.data))
    inverted = divisor.like(divisor.shape, [inverse(value) for value in divisor.pairs()])
    return product_of(node.building, node.value(0), inverted)


def sum_(node: Node) -> Value:
    """Return a sum of several, from left to right; of their mean, the last step is the division."""
    values = [node.value(i) for i in range(len(node.operands))]
    if node.version < 8 and len({value.shape for value in values}) > 1:
        raise ValueError("operands of different shapes before version 8")
    result = values[0]
    for value in values[1:]:
        result = sum_of(node.building, result, value)
    return product_of(node.building, result, scalar((1, len(values)))) if node.kind == "Mean" else result


def matmul(node: Node) -> Tensor:
    """Return a product with a constant matrix (or vector) on either side.

    A tensor is multiplied along its last axis from the right, and along the one before it, or its only one, from the
    left.
    """
    tensor, constant = one_of_each(node.value(0), node.value(1))
    from_right = constant is node.value(1)
    rank, pairs, vector = len(tensor.shape), constant.pairs(), len(constant.shape) == 1
    axis = rank - 1 if from_right else max(rank - 2, 0)
    sides = constant.shape or (0, 0)
    if vector:
        sides = (*sides, 1) if from_right else (1, *sides)
    *more, rows, columns = sides
    count, width = (rows, columns) if from_right else (columns, rows)
    if not rank or any(d != 1 for d in more) or count != tensor.shape[axis] or not width:
        raise ValueError(f"a matrix of the shape {list(constant.shape)} for the shape {list(tensor.shape)}")
    shape = (
        *_more_axes(tensor, more),
        *tensor.shape[:axis],
        *(() if vector else (width,)),
        *tensor.shape[axis + 1 :],
    )
    weights = [pairs[k * width : (k + 1) * width] if from_right else pairs[k::count] for k in range(count)]
    return times_matrix(node.building, tensor, axis, weights, shape)


def _more_axes(tensor: Tensor, more: Sequence[int]) -> Shape:
    """Return the dimensions that a constant of more axes puts before those of the tensor."""
    ahead = (1,) * max(0, len(more) + 2 - len(tensor.shape))
    if len(tensor.shape) == 1:
        ahead = (1,) * len(more)
    if ahead and tensor.batch:
        raise ValueError("dimensions before the batch")
    return ahead


def gemm(node: Node) -> Value:
    """Return a product of two matrices, one of them constant, plus a third."""
    a, b, attributes = node.value(0), node.value(1), node.attributes
    alpha, beta = (from_float(attributes.number(name, 1.0)) for name in ("alpha", "beta"))
    turned = [attributes.flag(name) for name in ("transA", "transB")]
    tensor, constant = one_of_each(a, b)
    if len(tensor.shape) != 2 or len(constant.shape) != 2:
        raise ValueError(f"the shapes {list(a.shape)} and {list(b.shape)} instead of matrices")
    right = tensor is b  # then the columns of the result are those of the tensor
    axis = int(turned[0] == 0) if not right else int(turned[1])
    rows, columns = constant.shape
    along_rows = not turned[1] if not right else turned[0]
    count, width = (rows, columns) if along_rows else (columns, rows)
    if count != tensor.shape[axis] or not width:
        raise ValueError(f"the shapes {list(a.shape)} and {list(b.shape)}, which do not fit")
    pairs = constant.pairs() if alpha == ONE else [product(alpha, value) for value in constant.pairs()]
    weights = [pairs[k * columns : (k + 1) * columns] if along_rows else pairs[k::columns] for k in range(count)]
    kept = tensor.shape[1 - axis]
    made = times_matrix(node.building, tensor, axis, weights, (kept, width) if axis == 1 else (width, kept))
    result = made if (axis == 1) != right else _turned(node.building, made)
    if not node.has(2):
        return result
    more = node.value(2) if beta == ONE else product_of(node.building, node.value(2), scalar(beta))
    if broadcast(result.shape, more.shape) != result.shape:
        raise ValueError(f"a summand of the shape {list(more.shape)} for the shape {list(result.shape)}")
    return sum_of(node.building, result, more)


def _turned(building: Building, tensor: Tensor) -> Tensor:
    """Return a matrix with rows and columns exchanged."""
    rows, columns = tensor.shape
    if tensor.batch:
        raise ValueError("a matrix whose rows are the batch, transposed")
    building.claim(tensor.size)
    return tensor.like((columns, rows), strided(tensor.entries, 0, (columns, rows), (1, columns)))
