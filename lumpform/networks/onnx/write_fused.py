"""Write products of integers between roundings as QLinearConv and QLinearMatMul: one operation for four or five."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np

from lumpform.networks.onnx.write_integers import Coded, IntegerTape

MOVES = ("Flatten", "Gather", "MaxPool", "Reshape", "Slice", "Transpose")
"""Operators that do to integers what they do to the numbers that these stand for."""

FUSED = {"Conv": "QLinearConv", "MatMul": "QLinearMatMul"}

LARGEST = 2**31 - 1
"""The largest bias."""


def fuse(tape: IntegerTape, outputs: list[str]) -> None:
    """Replace a product of rounded numbers that is rounded by one of integers, where that is exactly the same.

    That is so where the weights are integers of one byte with one scale for every result, and the biases multiples of
    the product of both scales. What nothing needs any more is left out.
    """
    graph = _Graph(tape, outputs)
    for node in tape.nodes:
        if node.op_type == "QuantizeLinear":
            graph.fuse(node)
    _clean(tape, outputs)


class _Graph:
    """Know which node makes a tensor, and how often it is read."""

    def __init__(self, tape: IntegerTape, outputs: list[str]) -> None:
        self.tape = tape
        self.maker = {node.output[0]: node for node in tape.nodes}
        self.uses = Counter(name for node in tape.nodes for name in node.input)
        self.uses.update(outputs)
        self.held = {t.name: t for t in tape.initialisers}

    def fuse(self, last: Any) -> None:
        """Replace a rounding and the product before it, if they fit."""
        tape, tensor, biases = self.tape, last.input[0], []
        while self.only(tensor, "Add") and self.maker[tensor].input[1] in tape.exact:
            tensor, bias = self.maker[tensor].input
            biases.append(bias)
        if not self.only(tensor, *FUSED):
            return
        product = self.maker[tensor]
        code = tape.codes.get(product.input[1])
        first, moves = product.input[0], []
        while self.only(first, *MOVES):
            moves.append(self.maker[first])
            first = moves[-1].input[0]
        before = self.maker.get(first)
        if before is None or before.op_type != "DequantizeLinear" or first in tape.codes or code is None:
            return
        weights = self.weights(code, product)
        bias = self.bias([*product.input[2:], *biases], code, before)
        if weights is None or bias is None or self.kind(before.input[2]) != self.kind(last.input[2]):
            return
        if moves:
            moves[-1].input[0] = before.input[0]
        operand = product.input[0] if moves else before.input[0]
        if bias and product.op_type == "MatMul":
            return
        given = [operand, *before.input[1:3], *weights, *last.input[1:3], *bias]
        last.op_type = FUSED[product.op_type]
        last.input[:] = given
        last.attribute.extend(product.attribute)

    def only(self, tensor: str, *operators: str) -> bool:
        """Tell whether one of some operators makes a tensor that is read once."""
        made = self.maker.get(tensor)
        return made is not None and made.op_type in operators and self.uses[tensor] == 1

    def kind(self, name: str) -> int:
        """Return the element type of a constant."""
        return int(self.held[name].data_type)

    def weights(self, code: Coded, product: Any) -> list[str] | None:
        """Return the names of integers, scales and zero points, if runtimes multiply with such ones."""
        by_result = code.scales.ndim == 0 or code.axis == (0 if product.op_type == "Conv" else 1)
        zeros = np.zeros(code.scales.shape, dtype=np.int8) if code.zeros is None else code.zeros
        if code.integers.dtype != np.int8 or not by_result or len(set(zeros.reshape(-1).tolist())) > 1:
            return None
        return [self.tape.initialiser(part) for part in (code.integers, code.scales, zeros)]

    def bias(self, names: list[str], code: Coded, before: Any) -> list[str] | None:
        """Return the name of the sum of biases as integers, or nothing if there are none; None if they do not fit."""
        from onnx import numpy_helper

        if not names:
            return []
        tables = [self.tape.exact[name].reshape(-1) for name in names]
        count = code.integers.shape[0]
        if any(len(table) != count for table in tables):
            return None
        scale = Fraction(float(numpy_helper.to_array(self.held[before.input[1]])))
        steps = [scale * Fraction(float(s)) for s in np.broadcast_to(code.scales, (count,))]
        sums = [sum(map(Fraction, of_one), Fraction(0)) for of_one in zip(*(t.tolist() for t in tables), strict=True)]
        found = [total / step for total, step in zip(sums, steps, strict=True)]
        if any(v.denominator > 1 or abs(v) > LARGEST for v in found):
            return None
        return [self.tape.initialiser(np.array([int(v) for v in found], dtype=np.int32))]


def _clean(tape: IntegerTape, outputs: list[str]) -> None:
    """Leave out operations and constants that nothing needs."""
    needed, kept = set(outputs), []
    for node in reversed(tape.nodes):
        if node.output[0] in needed:
            needed.update(node.input)
            kept.append(node)
    tape.nodes[:] = reversed(kept)
    tape.initialisers[:] = [t for t in tape.initialisers if t.name in needed]
    _renumber(tape, outputs)


def _renumber(tape: IntegerTape, outputs: list[str]) -> None:
    """Count through the tensors that are left: short names."""
    made = [node.output[0] for node in tape.nodes if node.output[0] not in outputs]
    tape.names = set(tape.given)
    names = {old: tape.fresh(f"t{n}") for n, old in enumerate(made)}
    names |= {t.name: tape.fresh(f"w{n}") for n, t in enumerate(tape.initialisers)}
    for node in tape.nodes:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[0] = names.get(node.output[0], node.output[0])
    for tensor in tape.initialisers:
        tensor.name = names[tensor.name]
