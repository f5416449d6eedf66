"""Networks over all functions and operators, copies that are equal by construction, and values that owe us nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np
from hypothesis import strategies as st

from lumpform import strategies as ls
from lumpform.equivalence.verdict import Enclosure
from lumpform.graph.graph import IDENTITY, Arrow, Group, WeightedGraph
from lumpform.graph.weights import DenseWeights
from lumpform.networks.functions import GELU, RATIONAL, RELU, SIGMOID, SOFTMAX, TANH, leaky_relu, max_pool
from lumpform.networks.network import ONE, Network, Port
from lumpform.networks.operators import operate
from lumpform.numbers.make import from_fractions

DIGITS = 60
FUNCTIONS = (RELU, IDENTITY, leaky_relu(Fraction(1, 4)), leaky_relu(Fraction(-1, 2)), SIGMOID, TANH, GELU, SOFTMAX)
ANY = st.sampled_from(FUNCTIONS)


@st.composite
def any_networks(draw, structure="any", **options) -> Network:
    """Draw networks whose hidden groups and outputs have any function."""
    network = draw(ls.networks(structure=structure, functions=ANY, **{"max_width": 3, **options}))
    function = draw(ANY)
    outputs = {p.group for p in network.outputs}
    groups = tuple(replace(g, function=function) if g.name in outputs else g for g in network.graph.groups)
    return network.with_graph(replace(network.graph, groups=groups))


def rows_of(weights: Any) -> list[list[Fraction]]:
    """Return a matrix as lists."""
    rows = [[Fraction(0)] * weights.shape[1] for _ in range(weights.shape[0])]
    for u, row in enumerate(rows):
        for v, w in weights.row(u):
            row[v] = w
    return rows


def dense(rows: list[list[Fraction]], shape: tuple[int, int]) -> DenseWeights:
    """Return lists as a matrix."""
    return DenseWeights(shape, from_fractions([v for row in rows for v in row]))


def pick(draw: Callable[..., Any], group: Group) -> list[tuple[int, Fraction]]:
    """Return the nodes of a hidden group in another order, split and scaled as far as the function allows."""
    order = draw(st.permutations(range(group.size)))
    if group.function.couples:
        return [(v, Fraction(1)) for v in order]
    ratios = [Fraction(1)]
    if group.function.homogeneous:
        ratios = [Fraction(1), Fraction(2), Fraction(1, 3), *([Fraction(-3)] if group.function.linear else [])]
    copies = []
    for v in order:
        copies += [(v, draw(st.sampled_from(ratios))) for _ in range(draw(st.integers(1, 2)))]
    return copies


def copied(draw: Callable[..., Any], network: Network) -> Network:
    """Return a network that is equal by construction: hidden nodes permuted, scaled and split."""
    groups = {g.name: g for g in network.graph.groups}
    copies = {g.name: [(v, Fraction(1)) for v in range(g.size)] for g in network.graph.groups}
    copies |= {g.name: pick(draw, g) for g in network.hidden}
    arrows = []
    for arrow in network.graph.arrows:
        rows, sources, targets = rows_of(arrow.weights), copies[arrow.source], copies[arrow.target]
        result = [[Fraction(0)] * len(targets) for _ in sources]
        for j, (v, scale) in enumerate(targets):
            for u in range(len(rows)):
                members = [i for i, (w, _) in enumerate(sources) if w == u]
                parts = [Fraction(draw(st.integers(-2, 2))) for _ in members[1:]]
                for i, part in zip(members, [1 - sum(parts, Fraction(0)), *parts], strict=True):
                    result[i][j] = part * rows[u][v] * scale / sources[i][1]
        arrows.append(replace(arrow, weights=dense(result, (len(sources), len(targets)))))
    resized = tuple(replace(g, size=len(copies[g.name])) for g in groups.values())
    return network.with_graph(WeightedGraph(resized, tuple(arrows)))


def nudged(network: Network, place: int, amount: Fraction) -> Network:
    """Return the network with one weight of one arrow changed."""
    arrows = list(network.graph.arrows)
    k = place % len(arrows)
    rows = rows_of(arrows[k].weights)
    if not rows or not rows[0]:
        return network
    u = place // len(arrows) % len(rows)
    rows[u][place % len(rows[0])] += amount
    arrows[k] = replace(arrows[k], weights=dense(rows, arrows[k].weights.shape))
    return network.with_graph(replace(network.graph, arrows=tuple(arrows)))


def input_count(network: Network) -> int:
    """Return how many numbers go into a network."""
    groups = [network.graph.group(p.group) for p in network.inputs]
    return sum(g.size * int(np.prod(g.shape, dtype=np.int64)) for g in groups)


def parts_of(network: Network, x: list[Fraction]) -> list[Any]:
    """Return an input as one array for every port."""
    parts, start = [], 0
    for port in network.inputs:
        group = network.graph.group(port.group)
        size = group.size * int(np.prod(group.shape, dtype=np.int64))
        parts.append(np.array(x[start : start + size], dtype=object).reshape(1, group.size, *group.shape))
        start += size
    return parts


def outputs_at(network: Network, x: list[Fraction]) -> list[Any]:
    """Return the outputs: rationals by the forward pass of networks, else numbers of 60 digits by plain loops."""
    parts = parts_of(network, x)
    if all(g.function.name in RATIONAL for g in network.graph.groups):
        found = network.forward(*parts, exact=True)
        return [v for f in (found if isinstance(found, tuple) else (found,)) for v in f.reshape(-1).tolist()]
    with mpmath.workdps(DIGITS + 20):
        values = {ONE: np.array([[mpmath.mpf(1)]], dtype=object)}
        for port, part in zip(network.inputs, parts, strict=True):
            values[port.group] = np.vectorize(mpmath.mpmathify, otypes=[object])(part)
        for group in network.graph.groups:
            if group.name not in values:
                values[group.name] = _through(group, _arrived(network, group, values))
        return [v for p in network.outputs for v in values[p.group].reshape(-1).tolist()]


def _arrived(network: Network, group: Group, values: dict[str, Any]) -> Any:
    pools = group.function.name == "max_pool"  # over maps, also where a single position is left, a number
    sides = len(group.function.parameters[0]) if pools else len(group.shape)
    total = np.full((1, group.size, *[1] * sides), mpmath.mpf(0), dtype=object)
    for arrow in network.graph.arrows:
        if arrow.target == group.name:
            sent, rows = operate(arrow.operator, values[arrow.source]), rows_of(arrow.weights)
            for v in range(group.size):
                part = sum((sent[:, u] * rows[u][v] for u in range(len(rows))), mpmath.mpf(0) * sent[:, 0])
                added = np.asarray(part, dtype=object).reshape(1, 1, *np.shape(part)[1:])
                added = added.reshape(*added.shape, *[1] * (2 + sides - added.ndim))
                mask = np.zeros((1, group.size, *[1] * sides), dtype=object)
                mask[:, v] = 1
                total = total + added * mask
    if not pools:
        total = np.broadcast_to(total, (1, group.size, *group.shape))
    return total


def _through(group: Group, x: Any) -> Any:
    name = group.function.name
    if name == "softmax":
        e = np.vectorize(mpmath.exp, otypes=[object])(x)
        return e / e.sum(axis=1, keepdims=True)
    if name == "max_pool":
        (h, w), (a, b), pads = group.function.parameters
        assert pads == (0, 0, 0, 0)
        shape = group.shape or (1, 1)
        out = np.empty((1, group.size, *shape), dtype=object)
        for i, j in np.ndindex(*shape):
            window = x[:, :, i * a : i * a + h, j * b : j * b + w]
            out[:, :, i, j] = window.reshape(1, group.size, -1).max(axis=2)
        return out.reshape(1, group.size, *group.shape)
    alpha = group.function.parameters[0] if name == "leaky_relu" else Fraction(0)
    one: dict[str, Callable[[Any], Any]] = {
        "identity": lambda v: v,
        "relu": lambda v: max(v, mpmath.mpf(0)),
        "leaky_relu": lambda v: v if v > 0 else v * alpha,
        "sigmoid": lambda v: 1 / (1 + mpmath.exp(-v)),
        "tanh": mpmath.tanh,
        "gelu": lambda v: v * mpmath.erfc(-v / mpmath.sqrt(2)) / 2 if abs(v) < 10**6 else max(v, mpmath.mpf(0)),
    }
    return np.vectorize(one[name], otypes=[object])(x)


def check(verdict: Any, first: Network, second: Network, points: list[list[Fraction]], box: Any = None) -> None:
    """Check that whatever is answered is true where the two are evaluated by other means."""
    if verdict.answer == "DIFFERENT":
        x = list(verdict.witness.inputs)
        if box is not None:
            assert all(box[0] <= v <= box[1] for v in x)
        sides = (verdict.witness.first, verdict.witness.second)
        for network, said in zip((first, second), sides, strict=True):
            for true, value in zip(outputs_at(network, x), said, strict=True):
                assert contains(value, true)
        assert any(apart(a, b) for a, b in zip(*sides, strict=True))
        assert verdict.witness.exact is not any(isinstance(v, Enclosure) for side in sides for v in side)
    if verdict.answer == "EQUIVALENT":
        for x in points:
            for a, b in zip(outputs_at(first, x), outputs_at(second, x), strict=True):
                assert close(a, b), (x, a, b)


def close(a: Any, b: Any) -> bool:
    """Tell whether two values are the same, as far as sixty digits tell."""
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a == b
    with mpmath.workdps(DIGITS + 20):
        left, right = mpmath.mpmathify(a), mpmath.mpmathify(b)
        return bool(abs(left - right) <= mpmath.mpf(10) ** -DIGITS * (1 + abs(left)))


def contains(value: Any, true: Any) -> bool:
    """Tell whether a true value is what a witness says of it."""
    if not isinstance(value, Enclosure):
        return value == true
    if isinstance(true, Fraction):
        return value.low <= true <= value.high
    with mpmath.workdps(DIGITS + 20):
        slack = mpmath.mpf(10) ** -DIGITS * (1 + abs(true))
        return bool(mpmath.mpmathify(value.low) - slack <= true <= mpmath.mpmathify(value.high) + slack)


def apart(a: Any, b: Any) -> bool:
    """Tell whether two outputs of a witness are proved to differ."""
    ends = [(v.low, v.high) if isinstance(v, Enclosure) else (v, v) for v in (a, b)]
    return ends[0][1] < ends[1][0] or ends[1][1] < ends[0][0]


def pooled(operator: Any, function: Any = IDENTITY) -> Network:
    """Return a convolution, pooling by an operator on an arrow or by a function, and all pixels into a dense layer."""
    side = 4
    groups = [Group(ONE, 1, pinned=True), Group("x", 2, pinned=True, shape=(side, side))]
    groups.append(Group("c", 2, function, shape=(side, side)))
    arrows = [Arrow("b", ONE, "c", dense([[Fraction(1, 3), Fraction(-1)]], (1, 2)))]
    for i in range(2):
        rows = [[Fraction(i + 1), Fraction(-1, 2)], [Fraction(1, 3), Fraction(2 - i)]]
        shift = ("shift", (i, 0), (1, 1), (side, side))
        arrows.append(Arrow(f"w{i}", "x", "c", dense(rows, (2, 2)), shift))
    unit = [[Fraction(1), Fraction(0)], [Fraction(0), Fraction(1)]]
    if operator == "max":
        groups.append(Group("p", 2, max_pool((2, 2), (2, 2), (0, 0, 0, 0)), shape=(2, 2)))
        arrows.append(Arrow("pool", "c", "p", dense(unit, (2, 2))))
    elif operator[0] == "mean":
        groups.append(Group("p", 2))
        arrows.append(Arrow("pool", "c", "p", dense(unit, (2, 2)), operator))
    else:
        groups.append(Group("p", 2, shape=(2, 2)))
        arrows.append(Arrow("pool", "c", "p", dense(unit, (2, 2)), operator))
    groups.append(Group("y", 2, pinned=True))
    pixels = [None] if groups[-2].shape == () else [("pixel", (i, j)) for i in range(2) for j in range(2)]
    for k, pixel in enumerate(pixels):
        rows = [[Fraction(k + 1), Fraction(-1)], [Fraction(1, k + 2), Fraction(3)]]
        arrows.append(Arrow(f"y{k}", "p", "y", dense(rows, (2, 2)), pixel))
    ports = Port("x", "x", (None, 2, side, side)), Port("y", "y", (None, 2))
    return Network(WeightedGraph(tuple(groups), tuple(arrows)), ports[:1], ports[1:])


POOLS = [
    "max",
    ("mean",),
    ("average", (2, 2), (2, 2), (0, 0, 0, 0), True),
    ("average", (2, 2), (3, 3), (1, 1, 1, 1), False),
    ("average", (2, 2), (3, 3), (1, 1, 1, 1), True),
]


def hidden_surplus(width):
    """Return two networks that are equal on the box because of a neuron that is never active, which is hard to see."""
    rng = np.random.default_rng(0)
    sizes = [8, width, width, width]
    layers = [(rng.integers(-4, 5, pair).tolist(), [1] * pair[1]) for pair in pairwise(sizes)]
    out = rng.integers(-4, 5, (width, 1))
    most = 2 * int(Network.from_layers([*layers, (out.tolist(), None)]).forward(rng.uniform(-1, 1, (5000, 8))).max())
    plain = [(np.concatenate([out, -out], axis=1).tolist(), None), ([[1], [-1]], None)]
    extra = [(np.concatenate([out, -out, out], axis=1).tolist(), [0, 0, -most]), ([[1], [-1], [1]], None)]
    return Network.from_layers([*layers, *plain]), Network.from_layers([*layers, *extra])
