"""Collect the nodes and constants of an ONNX graph that is being written, and count what is rounded."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import OptionError
from lumpform.graph.graph import NodeFunction
from lumpform.networks.activations import ACTIVATIONS
from lumpform.networks.gates import GATES
from lumpform.networks.onnx.channel_groups import InGroups, in_groups
from lumpform.networks.onnx.write_gates import write_gate
from lumpform.networks.onnx.write_rounding import rounding
from lumpform.numbers.column import Values
from lumpform.numbers.floats import round_to
from lumpform.numbers.make import exact_values
from lumpform.numbers.rounding import Rounding, as_floats

PLAIN = {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "gelu": "Gelu"}
"""Node functions that are an operator without more."""

USUAL = {"strides": 1, "pads": 0, "dilations": 1, "output_padding": 0}
"""What windows have along every side, where a file says nothing."""


def kinds() -> dict[str, int]:
    """Return the numbers of the element types in ONNX."""
    from onnx import TensorProto

    return {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE, "float16": TensorProto.FLOAT16}


def unusual(**window: Any) -> dict[str, Any]:
    """Return the attributes of a window that are not what they are where a file says nothing."""
    return {k: v for k, v in window.items() if set(v) != {USUAL[k]}}


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
        self.dtype = self.element = dtype
        self.nodes: list[Any] = []
        self.initialisers: list[Any] = []
        self.rounding = Rounding()
        self.tensor: dict[str, str] = {}
        self.names = set(names)
        self.outputs: set[str] = set()
        self.known: dict[tuple[str, tuple[int, ...], bytes], str] = {}

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
        output = self.fresh(f"t{len(self.nodes)}")
        self.named(operator, inputs, output, **attributes)
        return output

    def named(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> None:
        """Append an operation whose output has a given name."""
        from onnx import helper

        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))

    def takes(self, tensor: str, constant: NDArray[Any]) -> bool:
        """Give one number for every node to the product that made a tensor, if one did and is nothing else's yet."""
        product = next((n for n in reversed(self.nodes) if n.output[0] == tensor), None)
        of_nodes = constant.size == constant.shape[0 if constant.ndim == 1 else 1]
        if product is None or len(product.input) > 2 or not of_nodes or tensor in self.tensor.values():
            return False
        if product.op_type == "MatMul" and constant.ndim == 1:
            product.op_type = "Gemm"
        elif product.op_type not in ("Conv", "ConvTranspose"):
            return False
        product.input.append(self.initialiser(constant.reshape(-1)))
        return True

    def output(self, tensor: str, name: str) -> None:
        """Give a tensor the name of an output."""
        made = [n for n in self.nodes if n.output[0] == tensor]
        if not made or tensor in self.outputs:
            self.named("Identity", [tensor], name)
            return
        self.outputs.add(name)
        made[0].output[0] = name
        for node in self.nodes:
            node.input[:] = [name if operand == tensor else operand for operand in node.input]
        self.tensor = {group: name if held == tensor else held for group, held in self.tensor.items()}

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
        """Append a constant, unless it is there already; returns its name."""
        from onnx import numpy_helper

        array = np.asarray(array, order="C")
        key = (array.dtype.str, array.shape, sha256(array.tobytes()).digest())
        if key not in self.known:
            self.known[key] = self.fresh(f"w{len(self.initialisers)}")
            self.initialisers.append(numpy_helper.from_array(array, self.known[key]))
        return self.known[key]

    def convolution(self, tensor: str, kernel: NDArray[Any], *, moved: bool, **window: Any) -> str:
        """Append a convolution, in groups of channels where they take fewer bytes; `moved` as `in_groups` has it."""
        if moved:
            tensor, kernel = self.spread(tensor, kernel)
        found = in_groups(kernel, moved=moved)
        return self._window("Conv", tensor, found, found.kernel, window)

    def spread(self, tensor: str, kernel: NDArray[Any]) -> tuple[str, NDArray[Any]]:
        """Return channels, and a kernel (results, channels, *window) for them, that cost least to write."""
        return tensor, kernel

    def conv_transpose(self, tensor: str, kernel: NDArray[Any], *, moved: bool, **window: Any) -> str:
        """Append a transposed convolution; the kernel is (results, channels, *window), as that of a convolution."""
        found = in_groups(kernel, moved=moved)
        parts = found.kernel.reshape(found.count, -1, *found.kernel.shape[1:]).swapaxes(1, 2)
        return self._window("ConvTranspose", tensor, found, parts.reshape(-1, *parts.shape[2:]), window)

    def _window(self, operator: str, tensor: str, found: InGroups, kernel: NDArray[Any], window: dict[str, Any]) -> str:
        if found.chosen is not None:
            tensor = self.add("Gather", [tensor, self.initialiser(found.chosen.astype(np.int64))], axis=1)
        stated: dict[str, Any] = unusual(**window)
        if found.count > 1:
            stated["group"] = found.count
        return self.add(operator, [tensor, self.initialiser(kernel)], **stated)

    def floats(self, values: Values) -> NDArray[Any]:
        """Return exact numbers as floats of the element type, every one rounded once, and take account of it."""
        array, rounding = as_floats(values, self.dtype)
        self.rounding = self.rounding + rounding
        return array

    def summands(self, values: Values) -> list[NDArray[Any]]:
        """Return constants whose sum is these numbers: one, every number rounded once."""
        return [self.floats(values)]

    def function(self, function: NodeFunction, tensor: str, axis: int) -> str:
        """Append a node function that works number by number, or softmax along an axis."""
        name = function.name
        if name == "identity":
            return tensor
        if name == "leaky_relu":
            return self.leaky(tensor, function.parameters[0])
        if name == "softmax":
            return self.add("Softmax", [tensor], axis=axis)
        if name == "quantize":
            return rounding(self, function, tensor)
        if name in GATES or name == "swish":
            return write_gate(self, function, tensor)
        if name in ACTIVATIONS:
            return self.activation(function, tensor)
        if name not in PLAIN:
            known = ", ".join(["identity", "leaky_relu", "max_pool", "softmax", *PLAIN, *ACTIVATIONS, *GATES])
            raise OptionError(f"no ONNX operator for the node function {name!r}, expected one of {known}")
        return self.add(PLAIN[name], [tensor])

    def activation(self, function: NodeFunction, tensor: str) -> str:
        """Append a function of `ACTIVATIONS`, whose parameters are attributes: float32, whatever the type of tensors.

        Raises
        ------
        OptionError
            If a parameter is no float32.
        """
        known = ACTIVATIONS[function.name]
        if any(Fraction(float(np.float32(float(p)))) != p for p in function.parameters):
            raise OptionError(f"a parameter of {function.name} is no float32, expected one: it is an attribute")
        how: dict[str, Any] = {"approximate": "tanh"} if function.name == "gelu_tanh" else {}
        how |= {a: float(p) for (a, _), p in zip(known.attributes, function.parameters, strict=True)}
        return self.add(known.operator, [tensor], **how)

    def leaky(self, tensor: str, slope: Fraction) -> str:
        """Append a leaky ReLU whose slope is rounded to the element type: PRelu where LeakyRelu's float32 is not it."""
        (rounded,) = self.floats(exact_values([slope])).tolist()
        if Fraction(float(np.float32(rounded))) == Fraction(rounded) == round_to(slope, self.dtype):
            return self.add("LeakyRelu", [tensor], alpha=float(rounded))
        return self.add("PRelu", [tensor, self.initialiser(np.array([rounded], dtype=self.dtype))])
