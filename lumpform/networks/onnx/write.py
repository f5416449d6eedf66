"""Writing ONNX: groups and arrows become operations; names, shapes and element type of the ports are kept.

Weights are rounded to the element type of the first input, each once and to nearest; the report says how many were
not exact and by how much at most. A matrix between units is a MatMul, kernel positions of one window are a Conv,
pixels a Flatten and a MatMul; the identity matrix is left out where no group vanishes with it, and several arrows into
one group are added up.
"""

from __future__ import annotations

from collections.abc import Callable
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.atomic import replacement
from lumpform.errors import OptionError
from lumpform.graph import Arrow, Group
from lumpform.networks.network import ONE, Network
from lumpform.networks.rounded import Rounding, as_floats
from lumpform.weights import DenseWeights


def write_onnx(network: Network, path: str | Path) -> Rounding:
    """Write a network as an ONNX file and say what was rounded.

    Raises
    ------
    OptionError
        If a weight is beyond the range of the element type, or the network has a node function without an operator.
    """
    model, rounding = to_onnx(network)
    with replacement(path) as files, files.open(path) as file:
        file.write(model.SerializeToString())
    return rounding


def to_onnx(network: Network) -> tuple[Any, Rounding]:
    """The ONNX model of a network, checked by onnx's own checker, and what was rounded."""
    import onnx
    from onnx import helper

    writer = _Writer(network)
    for group in network.graph.groups[1:]:
        writer.group(group)
    kinds = {"float32": onnx.TensorProto.FLOAT, "float64": onnx.TensorProto.DOUBLE}
    inputs = [helper.make_tensor_value_info(p.name, kinds[p.dtype], _dims(p.shape)) for p in network.inputs]
    outputs = []
    for port in network.outputs:
        writer.finish(port)
        outputs.append(helper.make_tensor_value_info(port.name, kinds[writer.dtype], _dims(port.shape)))
    graph = helper.make_graph(writer.nodes, "lumpform", inputs, outputs, writer.initialisers)
    newest = any(n.op_type == "Gelu" for n in writer.nodes)
    opset = [helper.make_opsetid("", 20 if newest else 13)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=9 if newest else 8, producer_name="lumpform")
    onnx.checker.check_model(model)
    return model, writer.rounding


def _dims(shape: tuple[int | None, ...]) -> list[int | str]:
    return [d if d is not None else f"n{i}" for i, d in enumerate(shape)]


class _Writer:
    def __init__(self, network: Network) -> None:
        self.network = network
        self.dtype = network.inputs[0].dtype if network.inputs else "float32"
        self.nodes: list[Any] = []
        self.initialisers: list[Any] = []
        self.rounding = Rounding()
        self.tensor: dict[str, str] = {}
        self.flat: dict[str, str] = {}
        self.names = {p.name for p in network.inputs + network.outputs}
        for port in network.inputs:
            group = network.graph.group(port.group)
            units = not group.shape and len(port.shape) != 2
            self.tensor[port.group] = self.add("Flatten", [port.name], axis=1) if units else port.name

    def fresh(self, wanted: str) -> str:
        """A tensor name that is not taken."""
        name, number = wanted, 1
        while name in self.names:
            number += 1
            name = f"{wanted}_{number}"
        self.names.add(name)
        return name

    def add(self, operator: str, inputs: list[str], **attributes: Any) -> str:
        """Append an operation; returns the name of its output."""
        from onnx import helper

        output = self.fresh(f"{operator}_{len(self.nodes)}".lower())
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def initialiser(self, array: NDArray[Any]) -> str:
        """Append a constant; returns its name."""
        from onnx import numpy_helper

        name = self.fresh(f"w{len(self.initialisers)}")
        self.initialisers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def floats(self, arrow: Arrow) -> NDArray[Any]:
        """The matrix of an arrow, every weight rounded once to the element type."""
        weights = arrow.weights
        array, rounding = as_floats(weights.values, self.dtype)
        self.rounding = self.rounding + rounding
        if isinstance(weights, DenseWeights):
            return array.reshape(weights.shape)
        out = np.zeros(weights.shape, dtype=self.dtype)
        out[weights.row_of_entries(), weights.indices] = array
        return out

    def group(self, group: Group) -> None:
        """All operations of one group."""
        if group.name in self.tensor:
            return
        families: dict[Any, list[Arrow]] = {}
        for arrow in self.network.graph.arrows:
            if arrow.target == group.name:
                families.setdefault((arrow.source, _family(arrow.operator)), []).append(arrow)
        parts = [self.part(arrows, group) for (source, _), arrows in families.items() if source != ONE]
        constants = [self.floats(a) for (source, _), arrows in families.items() if source == ONE for a in arrows]
        if not parts:
            parts = [self.nothing(group)]
        total = parts[0]
        for part in parts[1:]:
            total = self.add("Add", [total, part])
        if constants:
            row = sum(constants[1:], constants[0])
            shape = (1, group.size, *(1 for _ in group.shape)) if group.shape else (group.size,)
            total = self.add("Add", [total, self.initialiser(row.reshape(shape))])
        self.tensor[group.name] = self.through(group, total)

    def part(self, arrows: list[Arrow], group: Group) -> str:
        """The operations for arrows of one source and one family of operators."""
        source = self.network.graph.group(arrows[0].source)
        operator = arrows[0].operator
        if operator is None:
            return self.linear(arrows, self.tensor[source.name], bool(source.shape), self.hides(source, group))
        kind = operator[0]
        if kind == "pixel":
            return self.pixels(arrows, source)
        if kind == "shift":
            return self.conv(arrows, source)
        if kind == "mean":
            mean = self.add("Flatten", [self.add("GlobalAveragePool", [self.tensor[source.name]])], axis=1)
            return self.linear(arrows, mean, False)
        _, kernel, strides, pads, count = operator
        window = {"kernel_shape": list(kernel), "strides": list(strides), "pads": list(pads)}
        pooled = self.add("AveragePool", [self.tensor[source.name]], count_include_pad=int(count), **window)
        return self.linear(arrows, pooled, True)

    def hides(self, source: Group, target: Group) -> bool:
        """Whether a reader would not see one of two groups if the matrix between them was left out."""
        arrows = self.network.graph.arrows
        last_of_linear = source.function.name == "identity" and not source.pinned
        if last_of_linear and sum(a.source == source.name for a in arrows) == 1:
            return True
        return target.function.name == "identity" and sum(a.target == target.name for a in arrows) == 1

    def linear(self, arrows: list[Arrow], tensor: str, maps: bool, keep: bool = False) -> str:
        """A matrix between units, or between channels of equal maps; the identity is left out unless `keep`."""
        matrix = self.floats(arrows[0])
        for arrow in arrows[1:]:
            matrix = matrix + self.floats(arrow)
        if not keep and matrix.shape[0] == matrix.shape[1] and np.array_equal(matrix, np.eye(len(matrix))):
            return tensor
        if maps:
            return self.add("Conv", [tensor, self.initialiser(matrix.T[:, :, None, None])])
        return self.add("MatMul", [tensor, self.initialiser(matrix)])

    def pixels(self, arrows: list[Arrow], source: Group) -> str:
        """A dense layer behind a flattened map."""
        height, width = source.shape
        matrix = np.zeros((source.size, height, width, arrows[0].weights.shape[1]), dtype=self.dtype)
        for arrow in arrows:
            _, i, j = arrow.operator or ("pixel", 0, 0)
            matrix[:, i, j, :] += self.floats(arrow)
        if source.name not in self.flat:
            self.flat[source.name] = self.add("Flatten", [self.tensor[source.name]], axis=1)
        flat = matrix.reshape(-1, matrix.shape[-1])
        return self.add("MatMul", [self.flat[source.name], self.initialiser(flat)])

    def conv(self, arrows: list[Arrow], source: Group) -> str:
        """Kernel positions of one window."""
        operators: list[Any] = [a.operator for a in arrows]
        _, _, _, strides, pads, shape = operators[0]
        steps = [max(1, gcd(*(op[d] for op in operators))) for d in (1, 2)]
        size = [max(op[d] for op in operators) // step + 1 for d, step in zip((1, 2), steps, strict=True)]
        kernel = np.zeros((arrows[0].weights.shape[1], source.size, *size), dtype=self.dtype)
        for arrow, op in zip(arrows, operators, strict=True):
            kernel[:, :, op[1] // steps[0], op[2] // steps[1]] += self.floats(arrow).T
        after = [
            max(0, (shape[d] - 1) * strides[d] + (size[d] - 1) * steps[d] + 1 - source.shape[d] - pads[d])
            for d in range(2)
        ]
        window = {"strides": list(strides), "pads": [*pads, *after], "dilations": steps}
        return self.add("Conv", [self.tensor[source.name], self.initialiser(kernel)], **window)

    def nothing(self, group: Group) -> str:
        """Zeros for every sample, for a group that no input reaches."""
        if group.shape:
            raise OptionError(f"the maps of {group.name!r} depend on no input, expected a network that can be written")
        first = self.network.inputs[0].group
        source = self.network.graph.group(first)
        tensor, width = self.tensor[first], source.size * int(np.prod(source.shape, dtype=np.int64))
        if source.shape:
            tensor = self.add("Flatten", [tensor], axis=1)
        return self.add("MatMul", [tensor, self.initialiser(np.zeros((width, group.size), dtype=self.dtype))])

    def through(self, group: Group, tensor: str) -> str:
        """The node function."""
        name = group.function.name
        if name == "identity":
            return tensor
        if name == "leaky_relu":
            return self.add("LeakyRelu", [tensor], alpha=float(group.function.parameters[0]))
        if name == "max_pool":
            kernel, strides, pads = group.function.parameters
            return self.add("MaxPool", [tensor], kernel_shape=list(kernel), strides=list(strides), pads=list(pads))
        plain: dict[str, Callable[[], str]] = {
            "relu": lambda: self.add("Relu", [tensor]),
            "sigmoid": lambda: self.add("Sigmoid", [tensor]),
            "tanh": lambda: self.add("Tanh", [tensor]),
            "gelu": lambda: self.add("Gelu", [tensor]),
            "softmax": lambda: self.add("Softmax", [tensor], axis=1),
        }
        if name not in plain:
            raise OptionError(f"no ONNX operator for the node function {name!r}, expected one of {', '.join(plain)}")
        return plain[name]()

    def finish(self, port: Any) -> None:
        """Give an output the name and rank that its port has."""
        from onnx import helper

        group = self.network.graph.group(port.group)
        tensor = self.tensor[port.group]
        if len(port.shape) == 2 + len(group.shape):
            self.nodes.append(helper.make_node("Identity", [tensor], [port.name], name=f"to {port.name}"))
            return
        target = np.array([0 if d is None else d for d in port.shape], dtype=np.int64)
        shape = self.initialiser(target)
        self.nodes.append(helper.make_node("Reshape", [tensor, shape], [port.name], name=f"to {port.name}"))


def _family(operator: tuple[Any, ...] | None) -> Any:
    """What arrows of one source must share to become one operation."""
    if operator is None or operator[0] in ("pixel", "mean"):
        return None if operator is None else operator[0]
    return ("shift", *operator[3:]) if operator[0] == "shift" else operator
