"""Say products with matrices where fewer moves are needed around them: over channels, or rows of another shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from typing import Any

import numpy as np

from lumpform.networks.onnx.short_operations import Rewrite, before_moves, one_by_one


def products_last(model: Any) -> None:
    """Multiply before tensors get another shape, as `moves_last` does what works number by number."""
    one_by_one(model, lambda r, node: before_moves(r, node) or _before_shape(r, node))


def _before_shape(r: Rewrite, node: Any) -> list[Any] | None:
    """Return a product with what had another shape, whose rows are the same, and the shape behind; None if it had not.

    A Gemm becomes a MatMul, which takes tensors with any number of dimensions, and a sum.
    """
    found, data, name = r.found, node.input[0] if node.input else "", node.output[0]
    plain = node.op_type == "MatMul" or (node.op_type == "Gemm" and not node.attribute)
    if not plain or not found.is_moved(data) or name not in found.shapes:
        return None
    names, places = found.sources(found.codes(data))
    matrix = found.constants.get(node.input[1])
    bias = [n for n in node.input[2:] if n]
    if len(names) != 1 or matrix is None or matrix.ndim != 2 or any(found.constants[n].ndim != 1 for n in bias):
        return None
    (source,), batched = names, data in found.batched
    before = found.shapes[source]
    same = np.arange(prod(before))  # all of it, in this order
    if not before or before[-1] != len(matrix) or not np.array_equal(places.reshape(-1), same):
        return None
    if (source in found.batched) != batched or (batched and len(before) < 2):
        return None
    tape, start = r.tape, len(r.tape.nodes)
    result = tape.add("MatMul", [source, node.input[1]])
    for constant in bias:
        result = tape.add("Add", [result, constant])
    tape.reshape(result, [0, *found.shapes[name][1:]] if batched else list(found.shapes[name]))
    return r.since(start, name)


def channels_as(last: bool) -> Callable[[Any], None]:
    """Return a function that writes matrices over channels as such: in the last dimension, or the last but one."""

    def change(model: Any) -> None:
        r = Rewrite(model)
        r.done([new for node in model.graph.node for new in _matrix(r, node, last)])

    return change


def _matrix(r: Rewrite, node: Any, last: bool) -> Iterator[Any]:
    """Yield a product with a matrix in the place of a convolution with windows of one position."""
    found, tape, before = r.found, r.tape, len(r.tape.nodes)
    kernel = found.constants.get(node.input[1]) if node.op_type == "Conv" else None
    shape = found.shapes.get(node.input[0]) if node.input else None
    name = node.output[0]
    if kernel is None or node.attribute or shape is None or prod(kernel.shape[2:]) > 1 or name not in found.shapes:
        yield node
        return
    batched, sides = node.input[0] in found.batched, shape[2:]
    bias = found.constants.get(node.input[2]) if len(node.input) > 2 else None
    if not batched and shape[0] != 1:
        yield node
        return
    k = len(sides)
    turned = [0, *range(2, 2 + k), 1] if last else [0, *range(2, 1 + k), 1, 1 + k]
    rows = tape.add("Transpose", [node.input[0]], perm=turned)
    if not batched:
        rows = tape.reshape(rows, [shape[i] for i in turned[1:]])
    matrix = kernel.reshape(kernel.shape[:2])
    if last and k == 1 and not batched and bias is not None:
        product = tape.add("Gemm", [rows, tape.initialiser(matrix.T), tape.initialiser(bias)])
    else:
        product = tape.add("MatMul", [rows, tape.initialiser(matrix.T)] if last else [tape.initialiser(matrix), rows])
        if bias is not None:
            product = tape.add("Add", [product, tape.initialiser(bias if last else bias.reshape(-1, 1))])
    if not batched:
        full = (*sides, len(matrix)) if last else (*sides[:-1], len(matrix), sides[-1])
        product = tape.reshape(product, [1, *full])
    tape.add("Transpose", [product], perm=np.argsort(turned).tolist())
    yield from r.since(before, name)
