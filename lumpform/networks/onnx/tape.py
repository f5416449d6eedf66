"""Collect the nodes and constants of an ONNX graph that is being written, and count what is rounded."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import OptionError
from lumpform.graph.graph import NodeFunction
from lumpform.numbers.column import Values
from lumpform.numbers.floats import round_to
from lumpform.numbers.make import exact_values
from lumpform.numbers.rounding import Rounding, as_floats

PLAIN = {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "gelu": "Gelu"}
"""Node functions that are an operator without more."""


def kinds() -> dict[str, int]:
    """Return the numbers of the element types in ONNX."""
    from onnx import TensorProto

    return {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE, "float16": TensorProto.FLOAT16}


class Tape:
    """Collect operations; `tensor` says which tensor holds a group.

    Parameters
    ----------
    dtype : str
        The element type of all tensors.
    names : iterable of str
        Names of tensors that are taken.
    """

    def __init__(self, dtype: str, names: Iterable[str]) -> None:
        self.dtype = dtype
        self.nodes: list[Any] = []
        self.initialisers: list[Any] = []
        self.rounding = Rounding()
        self.tensor: dict[str, str] = {}
        self.names = set(names)

    def fresh(self, wanted: str) -> str:
        """Return a tensor name that is not taken."""
        name, number = wanted, 1
        while name in self.names:
            number += 1
            name = f"{wanted}_{number}"
        self.names.add(name)
        return name

    def add(self, operator: str, inputs: list[str], **attributes: Any) -> str:
        """Append an operation; returns the name of its output."""
        output = self.fresh(f"{operator}_{len(self.nodes)}".lower())
        self.named(operator, inputs, output, **attributes)
        return output

    def named(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> None:
        """Append an operation whose output has a given name."""
        from onnx import helper

        self.nodes.append(helper.make_node(operator, inputs, [output], name=f"make {output}", **attributes))

    def total(self, tensors: list[str]) -> str:
        """Return the sum of some tensors."""
        result = tensors[0]
        for tensor in tensors[1:]:
            result = self.add("Add", [result, tensor])
        return result

    def reshape(self, tensor: str, shape: list[int]) -> str:
        """Append a Reshape; 0 keeps a size."""
        return self.add("Reshape", [tensor, self.initialiser(np.array(shape, dtype=np.int64))])

    def initialiser(self, array: NDArray[Any]) -> str:
        """Append a constant; returns its name."""
        from onnx import numpy_helper

        name = self.fresh(f"w{len(self.initialisers)}")
        self.initialisers.append(numpy_helper.from_array(np.asarray(array, order="C"), name))
        return name

    def floats(self, values: Values) -> NDArray[Any]:
        """Return exact numbers as floats of the element type, every one rounded once, and take account of it."""
        array, rounding = as_floats(values, self.dtype)
        self.rounding = self.rounding + rounding
        return array

    def function(self, function: NodeFunction, tensor: str, axis: int) -> str:
        """Append a node function that works number by number, or softmax along an axis."""
        name = function.name
        if name == "identity":
            return tensor
        if name == "leaky_relu":
            return self.leaky(tensor, function.parameters[0])
        if name == "softmax":
            return self.add("Softmax", [tensor], axis=axis)
        if name not in PLAIN:
            known = ", ".join(["identity", "leaky_relu", "max_pool", "softmax", *PLAIN])
            raise OptionError(f"no ONNX operator for the node function {name!r}, expected one of {known}")
        return self.add(PLAIN[name], [tensor])

    def leaky(self, tensor: str, slope: Fraction) -> str:
        """Append a leaky ReLU whose slope is rounded to the element type: PRelu where LeakyRelu's float32 is not it."""
        (rounded,) = self.floats(exact_values([slope])).tolist()
        if Fraction(float(np.float32(rounded))) == Fraction(rounded) == round_to(slope, self.dtype):
            return self.add("LeakyRelu", [tensor], alpha=float(rounded))
        return self.add("PRelu", [tensor, self.initialiser(np.array([rounded], dtype=self.dtype))])
