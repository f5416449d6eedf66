"""From operations to groups and arrows: linear forms that wait for a node function.

While a file is read, a tensor is either a group or a *linear form*: weighted arrows from groups, and a bias. Linear
operations on a group give a form, sums add forms; a form becomes a group when a node function, another linear operation
or an output needs its values. So a matrix product, its bias and its ReLU are one group, and a residual sum is one group
with several arrows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError
from lumpform.graph import IDENTITY, Arrow, Group, NodeFunction, WeightedGraph
from lumpform.networks.network import ONE
from lumpform.values import CodedValues, exact_values
from lumpform.weights import DenseWeights, SparseWeights, Weights

Term = tuple[str, Any, Weights]
"""(source group, operator, weights)."""


@dataclass
class Form:
    """A tensor: `nodes` values of `shape` each; a group if `group` is set, else a sum of terms and biases.

    `flat` marks a feature map that was flattened: its group still holds channels.
    """

    nodes: int
    shape: tuple[int, ...] = ()
    group: str | None = None
    terms: list[Term] = field(default_factory=list)
    bias: list[Weights] = field(default_factory=list)
    flat: bool = False

    @property
    def width(self) -> int:
        """Number of entries per sample."""
        return self.nodes * int(np.prod(self.shape, dtype=np.int64))


MAX_IMPLIED = 1 << 26
"""Weights that no number of the file stands for: copies of a group, zeros between groups of channels."""

PIXEL = 256
"""What one place of a flattened map counts: it is an arrow of its own."""


class Builder:
    """Collects groups and arrows while a file is read."""

    def __init__(self) -> None:
        self.budget = MAX_IMPLIED
        self.groups: list[Group] = [Group(ONE, 1, pinned=True)]
        self.arrows: list[Arrow] = []
        self.names: set[str] = {ONE}

    def fresh(self, wanted: str) -> str:
        """A group name that is not taken."""
        name = wanted or "tensor"
        while name in self.names:
            name += "'"
        self.names.add(name)
        return name

    def claim(self, count: int) -> None:
        """Take weights from the budget before memory is taken for them; `ModelError` if they are too many."""
        self.budget -= count
        if self.budget < 0:
            raise ModelError("more weights than a model may imply")

    def identity(self, size: int) -> SparseWeights:
        """The identity matrix: weights that no file holds."""
        self.claim(size)
        return SparseWeights((size, size), np.arange(size + 1), np.arange(size, dtype=np.int32), ones(size))

    def input(self, name: str, nodes: int, shape: tuple[int, ...]) -> Form:
        """An input group."""
        group = self.fresh(name)
        self.groups.append(Group(group, nodes, pinned=True, shape=shape))
        return Form(nodes, shape, group)

    def settle(self, form: Form, name: str, function: NodeFunction = IDENTITY, pinned: bool = False) -> Form:
        """The form as a group with a node function; a group with the identity stays what it is."""
        if form.group is not None and function == IDENTITY and not pinned:
            return form
        form = self.spread(form)
        group = self.fresh(name)
        shape = function_shape(function, form.shape)
        self.groups.append(Group(group, form.nodes, function, pinned=pinned, shape=shape))
        for i, (source, operator, weights) in enumerate(form.terms):
            self.arrows.append(Arrow(f"{group} <- {source} #{i}", source, group, weights, operator))
        for i, weights in enumerate(form.bias):
            self.arrows.append(Arrow(f"{group} <- bias #{i}", ONE, group, weights))
        return Form(form.nodes, shape, group)

    def group(self, name: str) -> Group:
        """The group called `name`."""
        return next(g for g in self.groups if g.name == name)

    def pin(self, form: Form, name: str) -> str:
        """The pinned group of an output: the tensor's own if nothing else uses it, or a copy behind it."""
        group = None if form.flat else form.group
        used = {a.source for a in self.arrows}
        if group is not None and group not in used and not self.group(group).pinned:
            at = next(i for i, g in enumerate(self.groups) if g.name == group)
            self.groups[at] = replace(self.groups[at], pinned=True)
            return group
        return self.settle(form, name, IDENTITY, pinned=True).group or ""

    def spread(self, form: Form) -> Form:
        """A group as the linear form that is just itself; a flattened map as one node per pixel."""
        if form.group is None:
            return form
        if not form.flat:
            return Form(form.nodes, form.shape, None, [(form.group, None, self.identity(form.nodes))])
        height, width = form.shape
        channels, pixels = form.nodes, height * width
        self.claim(channels * pixels + PIXEL * pixels)
        terms: list[Term] = []
        for i in range(height):
            for j in range(width):
                rows = np.arange(channels)
                weights = SparseWeights.from_coo(
                    rows, rows * pixels + i * width + j, ones(channels), (channels, channels * pixels)
                )
                terms.append((form.group, ("pixel", i, j), weights))
        return Form(channels * pixels, (), None, terms)

    def product(self, form: Form, matrix: NDArray[Any], name: str) -> Form:
        """``x @ matrix`` for a tensor of units or a flattened feature map."""
        form = form if form.group is not None else self.settle(form, name)
        group = form.group or ""
        if not form.flat:
            return Form(matrix.shape[1], (), None, [(group, None, DenseWeights.from_array(matrix))])
        height, width = form.shape
        rows = np.arange(form.nodes) * height * width
        terms: list[Term] = []
        for i in range(height):
            for j in range(width):
                terms.append((group, ("pixel", i, j), DenseWeights.from_array(matrix[rows + i * width + j])))
        return Form(matrix.shape[1], (), None, terms)

    def plus(self, left: Form, right: Form) -> Form:
        """The sum of two tensors of one size."""
        a, b = self.spread(left), self.spread(right)
        return Form(a.nodes, a.shape, None, a.terms + b.terms, a.bias + b.bias)

    def plus_constant(self, form: Form, constant: NDArray[Any]) -> Form:
        """The tensor plus one number per node."""
        a = self.spread(form)
        return Form(a.nodes, a.shape, None, list(a.terms), [*a.bias, DenseWeights.from_array(constant.reshape(1, -1))])

    def scaled(self, form: Form, factor: Callable[[int], Fraction]) -> Form:
        """Every node times an exact factor."""
        a = self.spread(form)
        terms = [(source, operator, columns_times(w, factor)) for source, operator, w in a.terms]
        return Form(a.nodes, a.shape, None, terms, [columns_times(w, factor) for w in a.bias])

    def graph(self) -> WeightedGraph:
        """What was collected."""
        return WeightedGraph(tuple(self.groups), tuple(self.arrows))


def function_shape(function: NodeFunction, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of a node's value after its function: max-pooling makes maps smaller."""
    if function.name != "max_pool":
        return shape
    kernel, strides, pads = function.parameters
    return tuple((shape[d] + pads[d] + pads[d + 2] - kernel[d]) // strides[d] + 1 for d in range(2))


def ones(count: int) -> CodedValues:
    """A column of ones."""
    return CodedValues(np.zeros(count, dtype=np.uint8), (Fraction(1),))


def columns_times(weights: Weights, factor: Callable[[int], Fraction]) -> Weights:
    """Every column times an exact number."""
    if isinstance(weights, SparseWeights):
        entries = zip(weights.indices.tolist(), weights.values.fractions(), strict=True)
        rows = weights.row_of_entries()
        values = exact_values([factor(c) * v for c, v in entries])
        return SparseWeights.from_coo(rows, weights.indices, values, weights.shape)
    width = weights.shape[1]
    values = exact_values([factor(i % width) * v for i, v in enumerate(weights.values.fractions())])
    return DenseWeights(weights.shape, values)
