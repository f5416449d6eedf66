"""What arrives at a group, as ONNX operations: one for all arrows of a source that one operation can stand for."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph import Arrow, Group
from lumpform.matrices import full, is_identity, plus
from lumpform.networks.kernel_side import KernelSide, as_windows
from lumpform.networks.network import Network
from lumpform.networks.onnx.tape import Tape
from lumpform.networks.operators import Operator, pooled
from lumpform.weights import Weights

Sides = tuple[int, ...]


class Parts:
    """Writes arrows; the tensors of groups are [samples, nodes, *sides]."""

    def __init__(self, network: Network, tape: Tape) -> None:
        self.network, self.tape = network, tape
        self.flat: dict[str, str] = {}

    def terms(self, arrows: list[Arrow], group: Group) -> list[str]:
        """The tensors whose sum arrives at a group, at least one of which has its shape."""
        families: dict[Any, dict[Operator, Weights]] = {}
        by_source: dict[str, list[Arrow]] = {}
        for arrow in arrows:
            by_source.setdefault(arrow.source, []).append(arrow)
        windows = [as_windows(listed, self.network.graph.group(name)) for name, listed in by_source.items()]
        for arrow in chain.from_iterable(windows):
            family = families.setdefault((arrow.source, _family(arrow.operator)), {})
            before = family.get(arrow.operator)
            family[arrow.operator] = arrow.weights if before is None else plus(before, arrow.weights)
        found = [self.part(source, kind, family, group) for (source, kind), family in families.items()]
        terms = [tensor for tensor, _ in found]
        if not terms or not any(whole for _, whole in found):
            terms.append(self.nothing(group))
        return terms

    def part(self, source_name: str, kind: Any, family: dict[Operator, Weights], group: Group) -> tuple[str, bool]:
        """The tensor for arrows of one source and one family of operators, and whether it has the group's shape."""
        source = self.network.graph.group(source_name)
        tensor = self.tape.tensor[source_name]
        if kind is None:
            numbers = not source.shape
            return self.numbers_into(self.linear(family[None], tensor, len(source.shape)), numbers, group)
        if kind == "pixel":
            return self.numbers_into(self.pixels(family, source), True, group)
        if kind == "put":
            return self.placed(family, source, group), True
        if kind[0] == "shift":
            return self.conv(family, source, kind[1], kind[2]), True
        if kind == "mean":
            mean = self.tape.add("Flatten", [self.tape.add("GlobalAveragePool", [tensor])], axis=1)
            return self.numbers_into(self.linear(family[("mean",)], mean, 0), True, group)
        return self.averaged(kind, family[kind], tensor, source, group)

    def averaged(self, operator: Any, weights: Weights, tensor: str, source: Group, group: Group) -> tuple[str, bool]:
        """Means over windows, and a matrix over channels behind them."""
        _, window, strides, pads, count = operator
        how = {"kernel_shape": list(window), "strides": list(strides), "pads": list(pads)}
        result = self.tape.add("AveragePool", [tensor], count_include_pad=int(count), **how)
        one = prod(pooled(source.shape or (1,) * len(window), window, strides, pads)) == 1
        if one:
            result = self.tape.add("Flatten", [result], axis=1)
        return self.numbers_into(self.linear(weights, result, 0 if one else len(window)), one, group)

    def numbers_into(self, tensor: str, numbers: bool, group: Group) -> tuple[str, bool]:
        """Numbers on their way into maps get sides of 1, which are broadcast."""
        if not numbers or not group.shape or group.function.name == "max_pool":
            return tensor, True
        return self.tape.reshape(tensor, [0, group.size, *[1] * len(group.shape)]), False

    def matrix(self, weights: Weights) -> NDArray[Any]:
        """A matrix as floats, every weight rounded once to the element type."""
        dense = full(weights)
        return self.tape.floats(dense.values).reshape(weights.shape)

    def linear(self, weights: Weights, tensor: str, sides: int) -> str:
        """A matrix between numbers, or between channels of equal maps; the identity is left out."""
        if is_identity(weights):
            return tensor
        matrix = self.matrix(weights)
        if sides:
            kernel = matrix.T.reshape(*matrix.T.shape, *[1] * sides)
            return self.tape.add("Conv", [tensor, self.tape.initialiser(kernel)])
        return self.tape.add("MatMul", [tensor, self.tape.initialiser(matrix)])

    def flattened(self, source: Group) -> str:
        """The maps of a group as one row of numbers."""
        if source.name not in self.flat:
            self.flat[source.name] = self.tape.add("Flatten", [self.tape.tensor[source.name]], axis=1)
        return self.flat[source.name]

    def pixels(self, family: dict[Operator, Weights], source: Group) -> str:
        """A dense layer behind flattened maps."""
        width = next(iter(family.values())).shape[1]
        matrix = np.zeros((source.size, *source.shape, width), dtype=self.tape.dtype)
        for operator, weights in family.items():
            position = operator[1] if operator else ()
            matrix[(slice(None), *position)] = self.matrix(weights)
        return self.tape.add("MatMul", [self.flattened(source), self.tape.initialiser(matrix.reshape(-1, width))])

    def placed(self, family: dict[Operator, Weights], source: Group, group: Group) -> str:
        """Numbers that are put at positions of maps: a dense layer, and its result as maps."""
        shape: Sides = next(iter(family))[2]  # type: ignore[index]
        size = next(iter(family.values())).shape[1]
        matrix = np.zeros((source.size, size, *shape), dtype=self.tape.dtype)
        for operator, weights in family.items():
            position = operator[1] if operator else ()
            matrix[(slice(None), slice(None), *position)] = self.matrix(weights)
        flat = self.tape.initialiser(matrix.reshape(source.size, -1))
        row = self.tape.add("MatMul", [self.tape.tensor[source.name], flat])
        return self.as_maps(self.tape.reshape(row, [0, size, *shape]), size, len(shape))

    def as_maps(self, tensor: str, size: int, sides: int) -> str:
        """A tensor behind a convolution that changes nothing: it says to a reader that these are maps."""
        kernel = np.eye(size, dtype=self.tape.dtype).reshape(size, size, *[1] * sides)
        return self.tape.add("Conv", [tensor, self.tape.initialiser(kernel)])

    def conv(self, family: dict[Operator, Weights], source: Group, strides: Sides, shape: Sides) -> str:
        """Kernel positions of one window; what the window never reads is cut off before."""
        offsets: list[Sides] = [operator[1] for operator in family if operator]
        along = [sorted({d[i] for d in offsets}) for i in range(len(shape))]
        # An input is given whole: a reader sees it as maps only where all of it is read so.
        whole = source.pinned and source.name in {p.group for p in self.network.inputs}
        each = zip(source.shape, along, strides, shape, strict=True)
        sides = [KernelSide(*of_side, whole=whole) for of_side in each]
        out = next(iter(family.values())).shape[1]
        kernel = np.zeros((out, source.size, *(s.size for s in sides)), dtype=self.tape.dtype)
        for operator, weights in family.items():
            at = tuple(s.place(d) for s, d in zip(sides, operator[1] if operator else (), strict=True))
            kernel[(slice(None), slice(None), *at)] = self.matrix(weights).T
        tensor = self.tape.tensor[source.name]
        if any(s.cut for s in sides):
            ends = [[s.start for s in sides], [s.end for s in sides], [2 + i for i in range(len(sides))]]
            constants = [self.tape.initialiser(np.array(v, dtype=np.int64)) for v in ends]
            tensor = self.tape.add("Slice", [tensor, *constants])
        pads = [s.before for s in sides] + [s.after for s in sides]
        window = {"strides": list(strides), "pads": pads, "dilations": [s.step for s in sides]}
        return self.tape.add("Conv", [tensor, self.tape.initialiser(kernel)], **window)

    def nothing(self, group: Group) -> str:
        """Zeros for every sample: for a group that no input reaches, or that only numbers reach."""
        port = self.network.inputs[0]
        source = self.network.graph.group(port.group)
        tensor = self.flattened(source) if source.shape else self.tape.tensor[source.name]
        width = source.size * prod(source.shape)
        size = 1 if group.shape else group.size
        zeros = self.tape.add("MatMul", [tensor, self.tape.initialiser(np.zeros((width, size), dtype=self.tape.dtype))])
        if not group.shape:
            return zeros
        k = len(group.shape)
        point = self.tape.reshape(zeros, [0, 1, *[1] * k])
        kernel = self.tape.initialiser(np.zeros((group.size, 1, *[1] * k), dtype=self.tape.dtype))
        return self.tape.add("Conv", [point, kernel], pads=[d - 1 for d in group.shape] + [0] * k)

    def constants(self, arrows: Iterable[Arrow], group: Group) -> list[str]:
        """The biases of a group: one number for every node, or for every node and position."""
        summed: dict[Operator, Weights] = {}
        for arrow in arrows:
            before = summed.get(arrow.operator)
            summed[arrow.operator] = arrow.weights if before is None else plus(before, arrow.weights)
        found = []
        if None in summed:
            shape = (1, group.size, *[1] * len(group.shape)) if group.shape else (group.size,)
            found.append(self.matrix(summed.pop(None)).reshape(shape))
        if summed:
            table = np.zeros((1, group.size, *group.shape), dtype=self.tape.dtype)
            for operator, weights in summed.items():
                table[(slice(None), slice(None), *(operator[1] if operator else ()))] = self.matrix(weights)
            found.append(table)
        return [self.tape.initialiser(table) for table in found]


def _family(operator: Operator) -> Any:
    """What arrows of one source must share to become one operation."""
    if operator is None or operator[0] in ("pixel", "put", "mean"):
        return None if operator is None else operator[0]
    return ("shift", operator[2], operator[3]) if operator[0] == "shift" else operator
