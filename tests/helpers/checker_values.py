"""What a network of the checker computes, by the definitions of docs/certificate-networks.md, section 2.1.

Values are floats, or fractions in arrays of objects. Beside each value stands the magnitude of what was added up for
it, from which a bound of rounding errors follows.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product
from math import erf, exp, expm1, log1p, pi, sqrt, tanh
from typing import Any

import numpy as np

from lumpform.checker.networks.graph import Network

GELU = np.vectorize(lambda x: 0.5 * x * (1 + erf(x / 2**0.5)), otypes=[float])

SCALAR: dict[str, Any] = {
    **{name: getattr(math, name) for name in ("asinh", "atan", "ceil", "cos", "cosh", "floor", "sin", "sinh")},
    "erf": erf,
    "exp": exp,
    "round": round,
    "sign": lambda x: (x > 0) - (x < 0),
    "clip_gate": lambda x, a, b: x * min(max(a * x + b, 0), 1),
    "erf_gate": lambda x, c: x * (1 + erf(c * x)) / 2,
    "power": lambda x, n: x ** int(n),
    "tanh_gate": lambda x, a, b: x * (1 + tanh(a * x + b * x**3)) / 2,
    "celu": lambda x, a: max(0.0, x) + min(0.0, a * expm1(min(x / a, 500))),
    "elu": lambda x, a: x if x > 0 else a * expm1(x),
    "gelu_tanh": lambda x: 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x * x * x))),
    "hard_swish": lambda x: x * min(max(x + 3, 0), 6) / 6,
    "mish": lambda x: x * tanh(SCALAR["softplus"](x)),
    "selu": lambda x, a, g: g * (x if x > 0 else a * expm1(x)),
    "softplus": lambda x: max(x, 0) + log1p(exp(-abs(x))),
    "softsign": lambda x: x / (1 + abs(x)),
    "swish": lambda x, a: x / (1 + exp(-a * x)) if a * x > -700 else 0.0,
}


def outputs_of(network: Network, inputs: list[np.ndarray], *, exact: bool = False) -> list[np.ndarray]:
    """The numbers of every output, for the numbers of every input, all in row-major order."""
    return [values for values, _ in outputs_with_magnitude(network, inputs, exact=exact)]


def outputs_with_magnitude(
    network: Network, inputs: list[np.ndarray], *, exact: bool = False
) -> list[tuple[np.ndarray, np.ndarray]]:
    """The numbers of every output and how large the numbers were that they are sums of."""
    one = np.array([Fraction(1)], dtype=object) if exact else np.ones(1)
    values, sizes = {0: one}, {0: one}
    for port, given in zip(network.inputs, inputs, strict=True):
        group = network.groups[port.group]
        flat = np.empty(group.entries, dtype=object if exact else float)
        flat[slice(None) if port.order is None else list(port.order)] = given.reshape(-1)
        values[port.group] = flat.reshape(group.size, *group.shape)
        sizes[port.group] = abs(values[port.group])
    incoming = network.incoming()
    for g, group in enumerate(network.groups):
        if g not in values:
            arrows = [(values[k[0]], sizes[k[0]], k[1], dense(m, network, k, exact)) for k, m in incoming[g]]
            before = [summed(group, [(x, o, w) for x, _, o, w in arrows], exact)]
            before.append(summed(group, [(x, o, abs(w)) for _, x, o, w in arrows], exact))
            pool = ("max_pool", *group.function[1:]) if group.function[0] == "max_pool" else ("identity",)
            values[g] = shaped(applied(group.function, before[0]), group)
            sizes[g] = shaped(applied(pool, before[1]), group)
            assert values[g].shape == (group.size, *group.shape)
    result = []
    for port in network.outputs:
        both = [x[port.group].reshape(-1) for x in (values, sizes)]
        result.append(tuple(x if port.order is None else x[list(port.order)] for x in both))
    return result


def shaped(x: np.ndarray, group: Any) -> np.ndarray:
    """Values in the shape of their group: a map of one position is a number, a number counts at every position."""
    return x.reshape(group.size) if not group.shape else x if x.ndim > 1 else wide(x, group.shape)


def wide(x: np.ndarray, sides: tuple[int, ...]) -> np.ndarray:
    return np.broadcast_to(x.reshape(-1, *(1 for _ in sides)), (len(x), *sides))


def dense(matrix: Any, network: Network, key: Any, exact: bool) -> np.ndarray:
    """A matrix with a row for every target."""
    shape = network.groups[key[2]].size, network.groups[key[0]].size
    result = np.full(shape, Fraction(0), dtype=object) if exact else np.zeros(shape)
    for u, v, (n, d) in matrix.entries():
        result[v, u] = Fraction(n, d) if exact else n / d
    return result


def summed(group: Any, arrows: list[Any], exact: bool) -> np.ndarray:
    """What arrives at a group: numbers are broadcast where maps arrive too."""
    zero = Fraction(0) if exact else 0.0
    parts = [weighted(w, on_the_way(x, o, zero)) for x, o, w in arrows]
    maps = {part.shape for part in parts if part.ndim > 1}
    assert len(maps) <= 1
    shape = maps.pop() if maps else (group.size,)
    result = np.full(shape, zero, dtype=object if exact else float)
    for part in parts:
        result = result + (part if part.ndim == len(shape) else wide(part, shape[1:]))
    return result


def weighted(weights: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return weighted sums of the values of nodes; a weight of 0 counts as none, also of what is not finite."""
    if x.dtype == object or np.isfinite(x).all():
        return np.tensordot(weights, x, axes=(1, 0))
    return np.stack([sum((w * x[u] for u, w in enumerate(row) if w), np.zeros(x.shape[1:])) for row in weights])


def on_the_way(x: np.ndarray, operator: Any, zero: Any) -> np.ndarray:
    """What an operator makes of the values of all nodes."""
    if operator is None:
        return x
    name, *numbers = operator
    if name == "pixel":
        return x[(slice(None), *numbers[0])]
    if name == "mean":
        count = int(np.prod(x.shape[1:]))
        return x.reshape(len(x), -1).sum(axis=1) * (Fraction(1, count) if x.dtype == object else 1 / count)
    if name == "put":
        result = np.full((len(x), *numbers[1]), zero, dtype=x.dtype)
        result[(slice(None), *numbers[0])] = x
        return result
    if name == "shift":
        d, s, h = numbers
        result = np.full((len(x), *h), zero, dtype=x.dtype)
        for y in product(*map(range, h)):
            p = [t * i + o for t, i, o in zip(s, y, d, strict=True)]
            if all(0 <= i < n for i, n in zip(p, x.shape[1:], strict=True)):
                result[(slice(None), *y)] = x[(slice(None), *p)]
        return result
    if name == "scatter":
        d, s, h = numbers
        result = np.full((len(x), *h), zero, dtype=x.dtype)
        for y in product(*map(range, x.shape[1:])):
            p = [t * i + o for t, i, o in zip(s, y, d, strict=True)]
            if all(0 <= i < n for i, n in zip(p, h, strict=True)):
                result[(slice(None), *p)] = x[(slice(None), *y)]
        return result
    w, s, b, e, counted = numbers
    if x.ndim == 1:
        x = x.reshape(len(x), *(1 for _ in w))
    parts = []
    for inside in windows(x.shape[1:], w, s, b, e):
        terms = [x[(slice(None), *p)] for p in inside[1]]
        count = int(np.prod(w)) if counted else len(terms)
        parts.append(sum(terms[1:], terms[0]) * (Fraction(1, count) if x.dtype == object else 1 / count))
    made = np.stack(parts, axis=1)
    return made.reshape(len(x)) if len(parts) == 1 else made.reshape(len(x), *sides(x.shape[1:], w, s, b, e))


def sides(shape: Any, w: Any, s: Any, b: Any, e: Any) -> tuple[int, ...]:
    return tuple((n + p + q - k) // t + 1 for n, k, t, p, q in zip(shape, w, s, b, e, strict=True))


def windows(shape: Any, w: Any, s: Any, b: Any, e: Any) -> Any:
    """For every window: its number, and the positions in it that are no padding."""
    for y in product(*map(range, sides(shape, w, s, b, e))):
        spans = [range(i * t - p, i * t - p + k) for i, t, p, k in zip(y, s, b, w, strict=True)]
        inside = [p for p in product(*spans) if all(0 <= i < n for i, n in zip(p, shape, strict=True))]
        yield y, inside


def applied(function: Any, x: np.ndarray) -> np.ndarray:
    """The function of a group at what arrives."""
    name = function[0]
    if name == "identity":
        return x
    if name == "relu":
        return np.where(x > 0, x, x * 0)
    if name == "leaky_relu":
        slope = Fraction(*function[1]) if x.dtype == object else function[1][0] / function[1][1]
        return np.where(x > 0, x, x * slope)
    if name == "max_pool":
        if x.ndim == 1:
            return x
        parts = [
            np.max([x[(slice(None), *p)] for p in inside], axis=0) for _, inside in windows(x.shape[1:], *function[1:])
        ]
        return np.stack(parts, axis=1).reshape(len(x), *sides(x.shape[1:], *function[1:]))
    x = x.astype(float)
    if name == "sigmoid":
        return 1 / (1 + np.exp(-x))
    if name == "softmax":
        powers = np.exp(x - x.max(axis=0))
        return powers / powers.sum(axis=0)
    if name in SCALAR:
        numbers = [n / d for n, d in function[1:]]
        return np.vectorize(lambda v: SCALAR[name](v, *numbers), otypes=[float])(x)
    assert name in ("tanh", "gelu"), name
    return np.tanh(x) if name == "tanh" else GELU(x)
