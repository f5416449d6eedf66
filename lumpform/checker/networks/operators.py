"""What the operations of an ONNX file do to forms. Errors are `ValueError`s; the reader adds the place."""

from __future__ import annotations

from collections.abc import Callable
from math import prod, sqrt

from ..rational import Pair, from_float
from .building import Building, Form, Term
from .graph import IDENTITY, Function, Matrix
from .tensors import Attributes, Tensor
from .windows import conv_shape, pool_shape, window

Values = dict[str, Form | Tensor]


class Node:
    """An operation with its operands; a missing operand is an empty name."""

    def __init__(
        self, kind: str, inputs: list[str], attributes: Attributes, values: Values, building: Building
    ) -> None:
        self.kind, self.inputs, self.attributes = kind, inputs, attributes
        self.values, self.building = values, building

    def has(self, index: int) -> bool:
        return index < len(self.inputs) and self.inputs[index] != ""

    def any(self, index: int) -> Form | Tensor:
        if not self.has(index) or self.inputs[index] not in self.values:
            raise ValueError(f"operand {index} is made by no earlier node")
        return self.values[self.inputs[index]]

    def form(self, index: int = 0) -> Form:
        found = self.any(index)
        if isinstance(found, Tensor):
            raise ValueError(f"operand {index} is a constant")
        return found

    def constant(self, index: int) -> Tensor:
        found = self.any(index)
        if isinstance(found, Form):
            raise ValueError(f"operand {index} is no constant")
        return found

    def settled(self, index: int = 0) -> Form:
        form = self.building.settle(self.form(index))
        self.values[self.inputs[index]] = form
        return form


def with_function(function: Function) -> Callable[[Node], Form]:
    """An operation that is a node function."""
    return lambda node: node.building.settle(node.form(), function)


def leaky(slope: float) -> Function:
    """A leaky ReLU, which with slope 1 is the identity."""
    return IDENTITY if slope == 1 else ("leaky_relu", from_float(slope))


def leaky_relu(node: Node) -> Form:
    default = 0.009999999776482582  # the float32 nearest to 0.01
    return node.building.settle(node.form(), leaky(node.attributes.number("alpha", default)))


def prelu(node: Node) -> Form:
    slopes = set(node.constant(1).data)
    if len(slopes) != 1:
        raise ValueError(f"{len(slopes)} different slopes")
    return node.building.settle(node.form(), leaky(slopes.pop()))


def softmax(node: Node) -> Form:
    form = node.form()
    if form.shape or node.attributes.integer("axis", -1) not in (-1, 1):
        raise ValueError("another axis than the last of a vector")
    return node.building.settle(form, ("softmax",))


def check_product(form: Form, matrix: Tensor) -> None:
    """A matrix for units or a flattened map."""
    width = form.width if form.flat else form.nodes
    fits = len(matrix.shape) == 2 and matrix.shape[0] == width and matrix.shape[1] > 0
    if not fits or (form.shape and not form.flat) or not matrix.floating:
        raise ValueError(f"a matrix of shape {list(matrix.shape)} for {width} values")


def matmul(node: Node) -> Form:
    matrix, form = node.constant(1), node.settled()
    check_product(form, matrix)
    return node.building.times_matrix(form, matrix.pairs(), matrix.shape[1])


def gemm(node: Node) -> Form:
    a = node.attributes
    if a.integer("transA", 0):
        raise ValueError("transA")
    matrix = node.constant(1)
    if a.integer("transB", 0):
        if len(matrix.shape) != 2:
            raise ValueError(f"a matrix of shape {list(matrix.shape)}")
        matrix = matrix.transposed()
    form = node.settled()
    check_product(form, matrix)
    result = node.building.times_matrix(form, matrix.pairs(), matrix.shape[1])
    alpha, beta = from_float(a.number("alpha", 1.0)), from_float(a.number("beta", 1.0))
    if alpha != (1, 1):
        result = node.building.scaled(result, lambda _: alpha)
    if node.has(2):
        bias = Form(result.nodes, bias=[row_of(result, node.constant(2))])
        result = node.building.plus(result, bias if beta == (1, 1) else node.building.scaled(bias, lambda _: beta))
    return result


def row_of(form: Form, constant: Tensor) -> list[Pair]:
    """One number for each node from a constant that broadcasts."""
    if not constant.floating:
        raise ValueError("a constant of integers")
    shape = constant.shape[-3:] if len(constant.shape) >= 3 else constant.shape
    maps = bool(form.shape) and not form.flat
    if maps and constant.size != 1 and shape != (form.nodes, 1, 1):
        raise ValueError(f"a constant of shape {list(constant.shape)} for {form.nodes} channels")
    if constant.size not in (1, form.nodes):
        raise ValueError(f"a constant of {constant.size} numbers for {form.nodes} nodes")
    values = constant.pairs()
    return values * form.nodes if constant.size == 1 else values


def add(node: Node) -> Form:
    left, right = node.any(0), node.any(1)
    if isinstance(left, Tensor):
        left, right = right, left
    if isinstance(left, Tensor):
        raise ValueError("two constants")
    if isinstance(right, Tensor):
        spread = node.building.spread(left)
        return node.building.plus_row(spread, row_of(spread, right))
    if (left.nodes, left.shape, left.flat) != (right.nodes, right.shape, right.flat):
        raise ValueError("two tensors of different shapes")
    return node.building.plus(left, right)


def subtract(node: Node) -> Form:
    spread = node.building.spread(node.form())
    return node.building.plus_row(spread, row_of(spread, node.constant(1).negated()))


def same(node: Node) -> Form | Tensor:
    return node.settled() if isinstance(node.any(0), Form) else node.any(0)


def flatten(node: Node) -> Form | Tensor:
    form = node.any(0)
    reshape = node.kind == "Reshape"
    if isinstance(form, Tensor):
        return form.reshaped(node.constant(1).integers() if reshape else [1, -1])
    if reshape:
        target = node.constant(1).integers()
        inner = target[1:]
        fits = len(target) >= 2 and (prod(inner) == form.width or -1 in inner)
        if not fits or (len(target) != 2 and not (form.width == form.nodes == prod(inner))):
            raise ValueError(f"the shape {target}")
    elif node.attributes.integer("axis", 1) != 1:
        raise ValueError("another axis than 1")
    if not form.shape:
        return form
    form = node.settled()
    return Form(form.nodes, form.shape, form.group, flat=True)


def constant(node: Node) -> Tensor:
    return node.attributes.tensor("value")


def concat(node: Node) -> Form:
    forms = [node.settled(i) for i in range(len(node.inputs))]
    if (
        node.attributes.integer("axis", 0) not in (1, -1)
        or any(f.flat for f in forms)
        or len({f.shape for f in forms}) != 1
    ):
        raise ValueError("another axis than 1, or maps of different sizes")
    terms: list[Term] = []
    start = 0
    node.building.claim(sum(f.nodes for f in forms))
    for f in forms:
        terms.append((f.group or 0, None, Matrix({i: (1, {start + i: 1}) for i in range(f.nodes)})))
        start += f.nodes
    return Form(start, forms[0].shape, None, terms)


def conv(node: Node) -> Form:
    kernel, form = node.constant(1), node.settled()
    if len(form.shape) != 2 or form.flat or len(kernel.shape) != 4 or not kernel.size or not kernel.floating:
        raise ValueError(f"a kernel of shape {list(kernel.shape)}")
    out, inner, rows, columns = kernel.shape
    groups = node.attributes.integer("group", 1)
    if groups < 1 or inner * groups != form.nodes or out % groups:
        raise ValueError(f"{inner} channels in {groups} groups")
    strides, pads, dilations = window(node.attributes, form.shape, (rows, columns))
    shape = conv_shape(form.shape, (rows, columns), strides, pads, dilations)
    values = kernel.pairs()
    terms: list[Term] = []
    for i in range(rows):
        for j in range(columns):
            entries = []
            for o in range(out):
                first = o // (out // groups) * inner
                entries += [(first + c, o, values[((o * inner + c) * rows + i) * columns + j]) for c in range(inner)]
            operator = ("shift", i * dilations[0], j * dilations[1], strides, pads[:2], shape)
            terms.append((form.group or 0, operator, Matrix.of(entries)))
    result = Form(out, shape, None, terms)
    if node.has(2):
        bias = node.constant(2)
        if bias.size != out:
            raise ValueError(f"{bias.size} biases")
        result = node.building.plus_row(result, bias.pairs())
    return result


def batch_norm(node: Node) -> Form:
    scale, shift, mean, variance = (node.constant(i) for i in range(1, 5))
    form = node.form()
    if form.flat or any(v.size != form.nodes for v in (scale, shift, mean, variance)):
        raise ValueError("statistics of another size")
    epsilon = node.attributes.number("epsilon", 9.999999747378752e-06)  # the float32 nearest to 1e-5
    if any(v + epsilon <= 0 for v in variance.data):
        raise ValueError("a variance that is not positive")
    factors = [from_float(s / sqrt(v + epsilon)) for s, v in zip(scale.data, variance.data, strict=True)]
    centred = node.building.plus_row(form, mean.negated().pairs())
    return node.building.plus_row(node.building.scaled(centred, factors.__getitem__), shift.pairs())


def pool(node: Node) -> Form:
    kernel, form = node.attributes.integers("kernel_shape", ()), node.settled()
    if len(kernel) != 2 or len(form.shape) != 2 or form.flat:
        raise ValueError(f"the window {list(kernel)}")
    strides, pads, dilations = window(node.attributes, form.shape, kernel)
    shape = pool_shape(form.shape, kernel, strides, pads)
    if dilations != (1, 1):
        raise ValueError("dilations of pooling")
    if node.kind == "MaxPool":
        return node.building.settle(form, ("max_pool", kernel, strides, pads))
    operator = ("average", kernel, strides, pads, node.attributes.integer("count_include_pad", 0) != 0)
    return Form(form.nodes, shape, None, [(form.group or 0, operator, node.building.identity(form.nodes))])


def global_average(node: Node) -> Form:
    form = node.settled()
    if len(form.shape) != 2 or form.flat:
        raise ValueError("a tensor without a map")
    return Form(form.nodes, (), None, [(form.group or 0, ("mean",), node.building.identity(form.nodes))])


OPERATIONS: dict[str, Callable[[Node], Form | Tensor]] = {
    "Add": add,
    "AveragePool": pool,
    "BatchNormalization": batch_norm,
    "Concat": concat,
    "Constant": constant,
    "Conv": conv,
    "Dropout": same,
    "Flatten": flatten,
    "Gelu": with_function(("gelu",)),
    "Gemm": gemm,
    "GlobalAveragePool": global_average,
    "Identity": same,
    "LeakyRelu": leaky_relu,
    "MatMul": matmul,
    "MaxPool": pool,
    "PRelu": prelu,
    "Relu": with_function(("relu",)),
    "Reshape": flatten,
    "Sigmoid": with_function(("sigmoid",)),
    "Softmax": softmax,
    "Sub": subtract,
    "Tanh": with_function(("tanh",)),
}
