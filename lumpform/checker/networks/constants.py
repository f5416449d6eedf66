"""Finds the value of a node whose inputs are constant, for rule N7."""

from __future__ import annotations

from math import prod

from ..rational import ZERO, Pair, product, total
from .activations import ZERO_AT_ZERO
from .arrows import TIME, Operator
from .graph import Function, Group


def constant_value(group: Group, biases: dict[Operator, Pair]) -> Pair | None:
    """Return the value of a node that reads these biases only; None if it has none that is known.

    `biases` are what arrives without an operator, at every position, and by `put` at single ones. A map whose positions
    have different values has no value. Nor has a node with a start, or one that reads what has none: its first
    value may differ from the others.
    """
    if any(operator in TIME for operator in biases):
        return None
    plain = biases.get(None, ZERO)
    puts = {operator: bias for operator, bias in biases.items() if operator is not None}
    if not puts:
        return _value(group.function, plain)
    if group.function[0] == "max_pool":
        return None  # positions of the map before it are not known here
    values = {_value(group.function, total((plain, bias))) for bias in puts.values()}
    if len(puts) < prod(group.shape):
        values.add(_value(group.function, plain))
    return values.pop() if len(values) == 1 else None


def _value(function: Function, bias: Pair) -> Pair | None:
    """Return the value of a function at a bias."""
    name = function[0]
    if name in ("identity", "max_pool") or (name in ("relu", "leaky_relu") and bias[0] >= 0):
        return bias
    if name == "relu":
        return ZERO
    if name == "quantize":
        return rounded(bias, *function[1:])
    if name in ZERO_AT_ZERO and not bias[0]:
        return ZERO
    return product(function[1], bias) if name == "leaky_relu" else None


def rounded(value: Pair, scale: Pair, zero: int, lowest: int, highest: int) -> Pair:
    """Return the multiple of a scale that `quantize` makes of a number: rounded to the nearest, ties to even."""
    above, below = value[0] * scale[1], value[1] * scale[0]
    q, rest = divmod(above, below)
    q += 2 * rest > below or (2 * rest == below and q % 2 == 1)
    return product((min(max(q + zero, lowest), highest) - zero, 1), scale)
