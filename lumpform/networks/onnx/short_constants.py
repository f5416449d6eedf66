"""Say constants in fewer bytes: of one number, few that are not zero, repeated along axes, whole, or of short floats.

Every form is made of operations on constants, which readers and runtimes carry out before all others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

Named = Callable[[], str]
"""Returns a name that is not taken."""


class Form:
    """Collect the operations and constants that make one constant."""

    def __init__(self, fresh: Named) -> None:
        self.fresh = fresh
        self.nodes: list[Any] = []
        self.tensors: list[Any] = []

    @property
    def bytes(self) -> int:
        """Return what it takes in a file, with two or three bytes in front of each part."""
        return sum(part.ByteSize() + 3 for part in (*self.nodes, *self.tensors))

    def constant(self, array: Array) -> str:
        """Add a constant as it is."""
        from onnx import numpy_helper

        name = self.fresh()
        self.tensors.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def add(self, operator: str, operands: list[str], **attributes: Any) -> str:
        """Add an operation."""
        from onnx import helper

        name = self.fresh()
        self.nodes.append(helper.make_node(operator, operands, [name], **attributes))
        return name

    def filled(self, shape: tuple[int, ...], value: Array) -> str:
        """Add a tensor of one number."""
        from onnx import numpy_helper

        unsaid = value.dtype == np.float32 and not _bits(value)
        how = {} if unsaid else {"value": numpy_helper.from_array(value.reshape(1))}
        return self.add("ConstantOfShape", [self.constant(np.array(shape, dtype=np.int64))], **how)


def shortened(model: Any) -> None:
    """Replace the initialisers of a model that have a shorter form; what makes them comes first. O(bytes)."""
    from onnx import numpy_helper

    graph = model.graph
    taken = {name for node in graph.node for name in (*node.input, *node.output)} | {t.name for t in graph.initializer}
    numbers = iter(range(10**9))

    def fresh() -> str:
        return next(name for n in numbers if (name := f"k{n}") not in taken)

    kept, nodes = [], []
    for tensor in graph.initializer:
        array = numpy_helper.to_array(tensor)
        forms = sorted(forms_of(array, fresh), key=lambda form: form.bytes)
        if not forms or forms[0].bytes >= tensor.ByteSize():
            kept.append(tensor)
            continue
        forms[0].nodes[-1].output[0] = tensor.name
        kept += forms[0].tensors
        nodes += forms[0].nodes
    nodes += list(graph.node)
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend(nodes)


def forms_of(array: Array, fresh: Named) -> Iterator[Form]:
    """Yield the forms that a constant of floats, or of places, has; none is taken that is no shorter."""
    if array.size < 2 or (array.dtype.kind != "f" and array.dtype not in (np.int32, np.int64)):
        return
    if array.dtype.kind != "f":
        form = Form(fresh)
        if _bytes(form, array):
            yield form
        return
    flat, first = array.reshape(-1), array.reshape(-1)[0]
    same = _bits(flat)
    if (same == same[0]).all():
        form = Form(fresh)
        form.filled(array.shape, first)
        yield form
        return
    for make in (_sparse, _repeated, _halved, _whole):
        form = Form(fresh)
        if make(form, array):
            yield form


def once_along_axes(array: Array, first: int = 0) -> Array:
    """Return an array of one place along the axes, from `first` on, where it is the same everywhere."""
    for axis in range(first, array.ndim):
        one = np.take(array, [0], axis=axis)
        if (_bits(one) == _bits(array)).all():
            array = one
    return array


def _bits(array: Array) -> Array:
    """Return floats as whole numbers that are equal where the floats are written alike: -0 is another number than 0."""
    return array.view(f"u{array.itemsize}") if array.dtype.kind == "f" else array


def _sparse(form: Form, array: Array) -> bool:
    """Put the numbers that are not zero at their places."""
    flat = array.reshape(-1)
    places = np.flatnonzero(flat)
    if np.signbit(flat[flat == 0]).any() or 2 * len(places) > flat.size:
        return False
    zeros = form.filled((flat.size,), np.zeros((), dtype=array.dtype))
    inner = Form(form.fresh)
    inner.filled(places.shape, flat[places[0]])
    values = flat[places]
    if (values == values[0]).all() and inner.bytes < values.nbytes:
        form.nodes += inner.nodes
        form.tensors += inner.tensors
        given = inner.nodes[-1].output[0]
    else:
        given = form.constant(values)
    row = form.add("ScatterElements", [zeros, form.constant(places.astype(np.int32)), given])
    if array.ndim != 1:
        form.add("Reshape", [row, form.constant(np.array(array.shape, dtype=np.int64))])
    return True


def _repeated(form: Form, array: Array) -> bool:
    """Repeat along every axis along which all is the same."""
    small = once_along_axes(array)
    if small.shape == array.shape:
        return False
    form.add("Expand", [form.constant(small), form.constant(np.array(array.shape, dtype=np.int64))])
    return True


def _halved(form: Form, array: Array) -> bool:
    """Take half precision, if every number has it."""
    from onnx import TensorProto

    if array.dtype not in (np.float32, np.float64) or np.abs(array).max() > np.finfo(np.float16).max:
        return False
    half = array.astype(np.float16)
    if not np.array_equal(half.astype(array.dtype), array):
        return False
    to = TensorProto.FLOAT if array.dtype == np.float32 else TensorProto.DOUBLE
    form.add("Cast", [form.constant(half)], to=to)
    return True


def _whole(form: Form, array: Array) -> bool:
    """Take one byte for every number, if all are small and whole: matrices that move numbers, or add them up."""
    from onnx import helper

    small = np.clip(array, -128, 127).astype(np.int8)
    if (_bits(small.astype(array.dtype)) != _bits(array)).any():  # no byte is -0
        return False
    form.add("Cast", [form.constant(small)], to=helper.np_dtype_to_tensor_dtype(array.dtype))
    return True


def _bytes(form: Form, array: Array) -> bool:
    """Take one byte for every place, if no place is larger."""
    from onnx import helper

    if int(array.min()) < 0 or int(array.max()) > 255:
        return False
    form.add("Cast", [form.constant(array.astype(np.uint8))], to=helper.np_dtype_to_tensor_dtype(array.dtype))
    return True
