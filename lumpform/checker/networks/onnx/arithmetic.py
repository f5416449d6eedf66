"""Adds and multiplies tensors and constants, also by matrices, with exact arithmetic on constants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isqrt, prod

from ...rational import ONE, ZERO, Pair, from_float, product, reduced
from ..budget import arithmetic
from .along_axis import times_matrix
from .building import Building
from .constants import Constant, exact
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


def add(node: Node) -> Value:
    """Return a sum of two."""
    return sum_of(node.building, node.value(0), node.value(1))


def subtract(node: Node) -> Value:
    """Return a difference."""
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


def batch_normalisation(node: Node) -> Tensor:
    """Return a tensor whose channels are scaled and shifted."""
    tensor, a = node.tensor(), node.attributes
    if a.flag("training_mode") or not a.flag("spatial", 1):
        raise ValueError("training_mode, or statistics that are not for channels")
    scale, shift, mean, variance = (node.constant(i) for i in range(1, 5))
    channels = 1 if len(tensor.shape) == 1 else tensor.shape[1]
    if not tensor.shape or any(v.shape != (channels,) for v in (scale, shift, mean, variance)):
        raise ValueError(f"statistics of other shapes than [{channels}]")
    epsilon = from_float(a.number("epsilon", 9.999999747378752e-06))  # the float32 nearest to 1e-5
    values: list[Affine] = []
    for s, b, m, v in zip(scale.pairs(), shift.pairs(), mean.pairs(), variance.pairs(), strict=True):
        factor, was_exact = over_root(s, add_pairs(v, epsilon))
        node.building.network.rounded += not was_exact
        m_times = product(m, factor)
        values.append((factor, add_pairs(b, (-m_times[0], m_times[1]))))
    shape = (channels, *(1 for _ in tensor.shape[2:]))
    return WithConstants(node.building, tensor, shape, values, (tensor.shape, tensor.batch)).made()


def over_root(scale: Pair, square: Pair) -> tuple[Pair, bool]:
    """Return the double nearest to ``scale / sqrt(square)``, ties to even, and whether it is exact.

    Raises `ValueError` if the square is not positive or the result is beyond all doubles.
    """
    if square[0] <= 0:
        raise ValueError("a variance that is not positive")
    if not scale[0]:
        return ZERO, True
    # The root of p/q, to 128 bits more than a double has, and a last bit that says whether there are more.
    p, q = scale[0] ** 2 * square[1], scale[1] ** 2 * square[0]
    excess = max(0, 2 * 128 - p.bit_length() + q.bit_length() + 1)
    excess += excess % 2
    quotient, rest = divmod(p << excess, q)
    root = isqrt(quotient)
    was_exact = not rest and root * root == quotient
    doubled = 2 * root + (not was_exact)
    try:
        nearest = doubled / (1 << (excess // 2 + 1))
    except OverflowError:
        raise ValueError("a factor beyond all doubles") from None
    n, d = nearest.as_integer_ratio()
    return (n if scale[0] > 0 else -n, d), was_exact and doubled * d == n << (excess // 2 + 1)
