"""Groups and arrows while a file is read: a tensor is a group, or a form that waits for a node function.

docs/certificate-networks.md, section 6, says when a form becomes a group.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import prod

from ..rational import Pair, product
from .graph import IDENTITY, Function, Group, Matrix, Network, Operator

Term = tuple[int, Operator, Matrix]
"""(source group, operator, matrix)."""


@dataclass
class Form:
    """`nodes` values of `shape`: a group if `group` is set, otherwise terms and biases. `flat`: a flattened map."""

    nodes: int
    shape: tuple[int, ...] = ()
    group: int | None = None
    terms: list[Term] = field(default_factory=list)
    bias: list[list[Pair]] = field(default_factory=list)
    flat: bool = False

    @property
    def width(self) -> int:
        """Numbers in one sample."""
        return self.nodes * prod(self.shape)


MAX_IMPLIED = 1 << 20
"""Weights that no number of the file stands for: copies of a group, places of a flattened map. And one more for every
`BYTES_EACH` bytes of the file."""

BYTES_EACH = 4


class Building:
    """The network so far; `size` is that of its file in bytes."""

    def __init__(self, size: int) -> None:
        self.budget = MAX_IMPLIED + size // BYTES_EACH
        self.network = Network([Group(1, pinned=True)], {}, [], [])

    def claim(self, count: int) -> None:
        """Take weights from the budget before memory is taken for them."""
        self.budget -= count
        if self.budget < 0:
            raise ValueError("more weights than this file may imply")

    def identity(self, size: int) -> Matrix:
        """The identity matrix: weights that no file holds."""
        self.claim(size)
        return Matrix({i: (1, {i: 1}) for i in range(size)})

    def input(self, nodes: int, shape: tuple[int, ...]) -> Form:
        """A new input group."""
        self.network.groups.append(Group(nodes, IDENTITY, True, shape))
        self.network.inputs.append(len(self.network.groups) - 1)
        return Form(nodes, shape, self.network.inputs[-1])

    def settle(self, form: Form, function: Function = IDENTITY, pinned: bool = False) -> Form:
        """The form as a group with a node function."""
        if form.group is not None and function == IDENTITY and not pinned:
            return form
        form = self.spread(form)
        shape = shape_after(function, form.shape)
        self.network.groups.append(Group(form.nodes, function, pinned, shape))
        number = len(self.network.groups) - 1
        for source, operator, matrix in form.terms:
            if matrix.rows:
                self.network.add((source, operator, number), matrix)
        for row in form.bias:
            matrix = Matrix.of((0, v, value) for v, value in enumerate(row))
            if matrix.rows:
                self.network.add((0, None, number), matrix)
        return Form(form.nodes, shape, number)

    def output(self, form: Form) -> None:
        """The group of an output: the tensor's own if nothing reads it, or a copy of it."""
        g = None if form.flat else form.group
        read = any(source == g for source, _, _ in self.network.arrows)
        if g is None or read or self.network.groups[g].pinned:
            g = self.settle(form, IDENTITY, True).group
        else:
            self.network.groups[g] = replace(self.network.groups[g], pinned=True)
        self.network.outputs.append(g or 0)

    def spread(self, form: Form) -> Form:
        """A group as the form that is just itself; a flattened map as one node for each position."""
        if form.group is None:
            return form
        if not form.flat:
            return Form(form.nodes, form.shape, None, [(form.group, None, self.identity(form.nodes))])
        self.claim(form.width)
        height, width = form.shape
        terms: list[Term] = []
        for i in range(height):
            for j in range(width):
                cells = {c: (1, {c * height * width + i * width + j: 1}) for c in range(form.nodes)}
                terms.append((form.group, ("pixel", i, j), Matrix(cells)))
        return Form(form.nodes * height * width, (), None, terms)

    def times_matrix(self, form: Form, values: Sequence[Pair], columns: int) -> Form:
        """A tensor of units or a flattened map times a matrix, row by row in `values`."""
        form = self.settle(form)
        group = form.group or 0
        if not form.flat:
            return Form(columns, (), None, [(group, None, from_rows(values, range(form.nodes), columns))])
        height, width = form.shape
        terms: list[Term] = []
        for i in range(height):
            for j in range(width):
                rows = [c * height * width + i * width + j for c in range(form.nodes)]
                terms.append((group, ("pixel", i, j), from_rows(values, rows, columns)))
        return Form(columns, (), None, terms)

    def plus(self, left: Form, right: Form) -> Form:
        """The sum of two tensors."""
        a, b = self.spread(left), self.spread(right)
        return Form(a.nodes, a.shape, None, a.terms + b.terms, a.bias + b.bias)

    def plus_row(self, form: Form, row: list[Pair]) -> Form:
        """A tensor plus one number for each node."""
        a = self.spread(form)
        return Form(a.nodes, a.shape, None, list(a.terms), [*a.bias, row])

    def scaled(self, form: Form, factor: Callable[[int], Pair]) -> Form:
        """Every node times an exact factor."""
        a = self.spread(form)
        terms = [
            (source, operator, Matrix.of((u, v, product(w, factor(v))) for u, v, w in matrix.entries()))
            for source, operator, matrix in a.terms
        ]
        bias = [[product(w, factor(v)) for v, w in enumerate(row)] for row in a.bias]
        return Form(a.nodes, a.shape, None, terms, bias)


def shape_after(function: Function, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of a value after its function; max-pooling makes maps smaller."""
    if function[0] != "max_pool":
        return shape
    _, kernel, strides, pads = function
    return tuple((shape[d] + pads[d] + pads[d + 2] - kernel[d]) // strides[d] + 1 for d in range(2))


def from_rows(values: Sequence[Pair], rows: Sequence[int], columns: int) -> Matrix:
    """Some rows of a full matrix."""
    result = Matrix()
    for u, r in enumerate(rows):
        part = values[r * columns : (r + 1) * columns]
        common = max((d for _, d in part), default=1)
        if any(common % d for _, d in part):  # not all powers of two
            result.rows |= Matrix.of((u, v, value) for v, value in enumerate(part)).rows
        else:
            result.put(u, common, {v: n * (common // d) for v, (n, d) in enumerate(part)})
    return result
