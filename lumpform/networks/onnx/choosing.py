"""Read operations of an ONNX file that choose numbers one by one, by constants: of tensors and constants alike.

Every result is a list of places among the numbers of all operands, one after the other; -1 is 0.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from lumpform.networks.onnx.arithmetic import exact
from lumpform.networks.onnx.node import BATCH, Node, Value, is_real, numbers_of, shape_of
from lumpform.networks.tensor import NOTHING, Index, Tensor, axis_from_front, same_batch
from lumpform.networks.with_constants import with_constants


def where(node: Node) -> Value:
    """Take numbers of one operand where a constant is true and of another where it is not."""
    condition, values = node.constant(0), [node.value(1), node.value(2)]
    if condition.dtype != np.bool_:
        raise node.fail(f"a condition of type {condition.dtype}", "truth values")
    batch = same_batch(condition, *values)
    shape = np.broadcast_shapes(condition.shape, *(shape_of(v) for v in values))
    node.builder.move(3 * prod(shape))
    first, second = (np.broadcast_to(places, shape) for places in _places(values))
    return _taken(node, values, np.where(condition, first, second), batch=batch)


def trilu(node: Node) -> Value:
    """Keep the upper or the lower triangle of matrices, and put 0 elsewhere."""
    value = node.value()
    shape = shape_of(value)
    distances = node.constant(1) if node.has(1) else np.zeros((), dtype=np.int64)
    if len(shape) < 2 or distances.size != 1 or distances.dtype != np.int64:
        raise node.fail(f"the shape {list(shape)}, or a diagonal that is no integer", "matrices, and one number")
    node.keeps_batch(value, len(shape) - 2)
    if isinstance(value, Tensor) and value.batch and len(shape) == 2:
        raise node.fail("a triangle along the batch", "samples that stay apart")
    k = int(np.clip(distances.reshape(-1)[0], -shape[-2], shape[-1]))
    node.builder.move(2 * prod(shape))
    rows, columns = np.ogrid[: shape[-2], : shape[-1]]
    upper = node.attributes.only("upper", (0, 1), 1)
    kept = columns - rows >= k if upper else columns - rows <= k
    places = np.where(kept, _places([value])[0], NOTHING)
    return _taken(node, [value], places, batch=isinstance(value, Tensor) and value.batch)


def gather_elements(node: Node) -> Value:
    """Take, at every place, the number at another place along one axis."""
    value, indices = node.value(), node.constant(1)
    shape = shape_of(value)
    axis = axis_from_front(node.attributes.integer("axis", 0), len(shape))
    _check_samples(node, value)
    _check_elements(node, indices, shape, axis)
    node.builder.move(2 * indices.size)
    near = _places([value])[0][tuple(slice(None if d == axis else n) for d, n in enumerate(indices.shape))]
    return _taken(node, [value], np.take_along_axis(near, _inside(node, indices, shape[axis]), axis=axis))


def scatter_elements(node: Node) -> Value:
    """Put numbers at other places along one axis of a tensor."""
    value, indices, updates = node.value(), node.constant(1), node.value(2)
    shape = shape_of(value)
    axis = axis_from_front(node.attributes.integer("axis", 0), len(shape))
    _check_scatter(node, value, updates)
    _check_elements(node, indices, shape, axis)
    if shape_of(updates) != indices.shape:
        raise node.fail(f"updates of the shape {list(shape_of(updates))}", f"{list(indices.shape)}")
    node.builder.move(2 * (prod(shape) + indices.size))
    places, new = _places([value, updates])
    at: list[Any] = list(np.indices(indices.shape))
    at[axis] = _inside(node, indices, shape[axis])
    target: Index = np.asarray(np.ravel_multi_index(at, shape), dtype=np.int64)
    _check_once(node, target)
    places.put(target, new)
    return _taken(node, [value, updates], places)


def gather_nd(node: Node) -> Value:
    """Take the parts of a tensor that lists of indices name, for every place along the first axes by itself."""
    value, indices = node.value(), node.constant(1)
    shape, own = shape_of(value), node.attributes.integer("batch_dims", 0)
    _check_samples(node, value)
    if not 0 <= own < min(len(shape), max(indices.ndim, 1)) or indices.shape[:own] != shape[:own]:
        raise node.fail(f"{own} common axes of {list(shape)} and {list(indices.shape)}", "axes that both have")
    rest, at = shape[own:], _named(node, indices, shape[own:])
    depth, outer = indices.shape[-1], prod(shape[:own])
    node.builder.move(2 * prod(shape) + (indices.size // max(depth, 1)) * prod(rest[depth:]))
    flat = _places([value])[0].reshape(outer, prod(rest[:depth]), -1)
    taken = flat[np.arange(outer)[:, None], at.reshape(outer, -1)]
    return _taken(node, [value], taken.reshape(*indices.shape[:-1], *rest[depth:]))


def scatter_nd(node: Node) -> Value:
    """Put parts in the places of a tensor that lists of indices name."""
    value, indices, updates = node.value(), node.constant(1), node.value(2)
    shape = shape_of(value)
    _check_scatter(node, value, updates)
    at = _named(node, indices, shape)
    depth = indices.shape[-1]
    if shape_of(updates) != (*indices.shape[:-1], *shape[depth:]):
        raise node.fail(f"updates of the shape {list(shape_of(updates))}", "one part for every list of indices")
    node.builder.move(2 * (prod(shape) + prod(shape_of(updates))))
    places, new = _places([value, updates])
    parts = places.reshape(prod(shape[:depth]), -1)
    _check_once(node, at)
    parts[at.reshape(-1)] = new.reshape(-1, parts.shape[1])
    return _taken(node, [value, updates], parts.reshape(shape))


def _check_once(node: Node, at: Index) -> None:
    """Refuse two numbers for one place: which of them stays is not said."""
    if len(np.unique(at)) < at.size:
        raise node.fail("two numbers for one place", "one")


def _check_samples(node: Node, *values: Value) -> None:
    """Refuse tensors with a batch: indices name its samples."""
    if any(isinstance(v, Tensor) and v.batch for v in values):
        raise node.fail("indices along the batch", "a tensor without one")


def _check_scatter(node: Node, value: Value, updates: Value) -> None:
    _check_samples(node, value, updates)
    if node.version >= 16:
        node.attributes.only("reduction", ("none",), "none")


def _check_elements(node: Node, indices: Any, shape: tuple[int, ...], axis: int) -> None:
    """Refuse indices that are not for every place of a part of a shape, whole along the axis of the indices."""
    fits = indices.ndim == len(shape) > 0
    if not fits or any(n > m for d, (n, m) in enumerate(zip(indices.shape, shape, strict=True)) if d != axis):
        raise node.fail(f"indices of the shape {list(indices.shape)}", f"one inside {list(shape)}")


def _inside(node: Node, indices: Any, size: int) -> Index:
    """Return indices counted from the front."""
    if indices.dtype.kind != "i":
        raise node.fail(f"indices of type {indices.dtype}", "integers")
    if indices.size and (int(indices.min()) < -size or int(indices.max()) >= size):
        raise node.fail("an index that is out of range", f"indices below {size}")
    return indices.astype(np.int64) % max(size, 1)


def _named(node: Node, indices: Any, shape: tuple[int, ...]) -> Index:
    """Return the number of the part that every list of indices names."""
    depth = indices.shape[-1] if indices.ndim else 0
    if not 1 <= depth <= len(shape):
        raise node.fail(f"lists of {depth} indices", f"from 1 to {len(shape)}")
    columns = [_inside(node, indices[..., d], shape[d]) for d in range(depth)]
    return np.ravel_multi_index(columns, shape[:depth])


def _places(values: list[Value]) -> list[Index]:
    """Return the places of the numbers of every operand."""
    starts = np.cumsum([0, *(prod(shape_of(v)) for v in values)])
    return [s + np.arange(prod(shape_of(v))).reshape(shape_of(v)) for s, v in zip(starts, values, strict=False)]


def _taken(node: Node, values: list[Value], places: Index, *, batch: bool = False) -> Value:
    """Return the numbers at places; constants among tensors are added where nothing is."""
    places = np.asarray(places)  # of single numbers, too
    if not any(isinstance(v, Tensor) for v in values):
        arrays = [numbers_of(v) for v in values]
        if len({"float" if a.dtype.kind in "fO" else a.dtype.name for a in arrays}) > 1:
            raise node.fail("constants of different types together", "numbers of one type")
        flat = np.concatenate([*(a.reshape(-1) for a in arrays), np.zeros(1, dtype=arrays[0].dtype)])
        return flat[places.reshape(-1)].reshape(places.shape)
    if not all(map(is_real, values)):
        raise node.fail("integers together with a tensor", "floats")
    entries = [v.entries.reshape(-1) if isinstance(v, Tensor) else np.full(v.size, NOTHING) for v in values]
    tensor = Tensor(np.concatenate([*entries, [NOTHING]])[places.reshape(-1)].reshape(places.shape), batch)
    if all(isinstance(v, Tensor) for v in values):
        return tensor
    plain = [np.zeros(v.entries.size, dtype=object) if isinstance(v, Tensor) else exact(v).reshape(-1) for v in values]
    constants = np.concatenate([*plain, np.zeros(1, dtype=object)])[places.reshape(-1)]
    return with_constants(node.builder, tensor, node.name, plus=constants.reshape(places.shape))


def compared(how: Any) -> Any:
    """Return the operation that compares constants."""

    def operation(node: Node) -> Value:
        first, second = node.constant(0), node.constant(1)
        if {first.dtype.kind, second.dtype.kind} not in ({"i"}, {"f"}, {"O"}, {"f", "O"}, {"b"}):
            raise node.fail(f"constants of type {first.dtype} and {second.dtype}", "numbers of one sort")
        if first.dtype.kind == "b" and how not in (np.equal, np.logical_and, np.logical_or, np.logical_xor):
            raise node.fail("truth values that are compared", "numbers")
        if first.dtype.kind == "i":
            if min(first.dtype.itemsize, second.dtype.itemsize) < 4:
                raise node.fail("quantised integers", "sizes, or floats")
            _check_batch(node, first, second, equal=how is np.equal)
        node.builder.move(prod(np.broadcast_shapes(first.shape, second.shape)))
        if first.dtype.kind in "fO":
            first, second = exact(first), exact(second)
        return np.asarray(how(first, second), dtype=np.bool_)

    return operation


def joined_truth(how: Any) -> Any:
    """Return the operation on truth values."""

    def operation(node: Node) -> Value:
        if any(node.constant(i).dtype != np.bool_ for i in range(len(node.inputs))):
            raise node.fail("numbers", "truth values")
        if len(node.inputs) == 1:
            return np.asarray(how(node.constant(0)))
        node.builder.move(prod(np.broadcast_shapes(node.constant(0).shape, node.constant(1).shape)))
        return np.asarray(how(node.constant(0), node.constant(1)))

    return operation


def _check_batch(node: Node, first: Any, second: Any, *, equal: bool) -> None:
    """Refuse comparisons with the length of the batch, unless asked whether it is a number that is no length."""
    open_ = (first == BATCH).any(), (second == BATCH).any()
    if not any(open_):
        return
    other = second if open_[0] else first
    if all(open_) or not equal or (other > 0).any():
        raise node.fail("the length of the batch, which is open", "a number")
