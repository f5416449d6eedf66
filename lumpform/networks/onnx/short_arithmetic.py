"""Say sums and products with constants at less length: one number for all, a difference for two steps, and Clip.

Readers take a difference from a constant as one step, and Clip as the ReLUs that the writer makes
(docs/certificate-networks.md, section 6.3); whether the network is the same is asked afterwards.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.networks.onnx.moved_from import array_in
from lumpform.networks.onnx.short_constants import once_along_axes
from lumpform.networks.onnx.short_moves import replace_nodes
from lumpform.networks.onnx.tape import Tape

WITH_CONSTANTS = ("Add", "Mul")


def short_arithmetic(model: Any) -> None:
    """Write sums and products with constants in as few operations and numbers as there are. O(numbers)."""
    a = _Arithmetic(model)
    for node in a.graph.node:
        if node.op_type in WITH_CONSTANTS:
            a.take_one_number(node)
    for node in a.graph.node:
        if node.op_type == "Add":
            a.subtract(node)
        elif node.op_type == "Gemm" and not node.attribute:
            a.subtract_one(node)
    for node in a.graph.node:
        if node.op_type == "Sub":
            a.clip(node)
    replace_nodes(a.graph, list(a.graph.node), a.tape.initialisers)


class _Arithmetic:
    """Know the constants of a model, which node makes a tensor, and how often it is read."""

    def __init__(self, model: Any) -> None:
        self.graph = model.graph
        self.constants = {t.name: array_in(t) for t in model.graph.initializer}
        self.maker = {node.output[0]: node for node in model.graph.node}
        self.uses = Counter(n for node in model.graph.node for n in node.input)
        self.uses.update(value.name for value in model.graph.output)
        self.tape = Tape("float32", {*self.maker, *self.constants, *(v.name for v in model.graph.input)})

    def operands(self, node: Any) -> tuple[str, NDArray[Any]] | None:
        """Return what is computed and what is constant of two operands; None if that is not so."""
        known = [n in self.constants for n in node.input]
        if sorted(known) != [False, True]:
            return None
        return node.input[known.index(False)], self.constants[node.input[known.index(True)]]

    def only(self, name: str, operator: str) -> Any:
        """Return the node that makes a tensor if it is of an operator and nothing else reads it; else None."""
        node = self.maker.get(name)
        return node if node is not None and node.op_type == operator and self.uses[name] == 1 else None

    def hold(self, array: NDArray[Any]) -> str:
        """Return the name of a constant."""
        name = self.tape.initialiser(np.asarray(array))
        self.constants[name] = np.asarray(array)
        return name

    def take_one_number(self, node: Any) -> None:
        """Take one number where all of a constant are the same, or one along an axis; broadcasting does the rest."""
        found = self.operands(node)
        if found is None or found[1].size < 2:
            return
        small = once_along_axes(found[1])
        if small.size < found[1].size:
            node.input[:] = [found[0], self.hold(small.reshape(()) if small.size == 1 else small)]

    def subtract(self, node: Any) -> None:
        """Take a tensor from a constant: a product with -1 and a sum."""
        found = self.operands(node)
        before = self.only(found[0], "Mul") if found is not None else None
        factor = self.operands(before) if before is not None else None
        if found is not None and factor is not None and factor[1].size == 1 and factor[1].reshape(-1)[0] == -1:
            node.op_type = "Sub"
            node.input[:] = [self.hold(found[1]), factor[0]]

    def subtract_one(self, node: Any) -> None:
        """Take one number from a constant: a product with the matrix -1 and a sum."""
        matrix, bias = (self.constants.get(name) for name in (*node.input[1:], "")[:2])
        if matrix is None or bias is None or matrix.size != 1 or bias.size != 1 or matrix.reshape(-1)[0] != -1:
            return
        node.op_type = "Sub"
        node.input[:] = [self.hold(bias.reshape(())), node.input[0]]

    def clip(self, node: Any) -> None:
        """Write ``b - relu(b - relu(x))`` as a Clip from 0 to b."""
        if node.input[0] not in self.constants or self.constants[node.input[0]].size > 1:
            return
        outer = self.only(node.input[1], "Relu")
        inner = None if outer is None else self.only(outer.input[0], "Sub")
        if inner is None or inner.input[0] not in self.constants:
            return
        first, bound = self.only(inner.input[1], "Relu"), self.constants[node.input[0]]
        if first is not None and np.array_equal(self.constants[inner.input[0]], bound) and bound > 0:
            node.op_type = "Clip"
            node.input[:] = [first.input[0], self.hold(np.zeros((), bound.dtype)), self.hold(bound.reshape(()))]
