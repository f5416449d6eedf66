"""Rounds the weights of what the steps end in to a float format, for rules N12 and N13."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Context, Decimal
from math import inf, nextafter

from ..rational import ZERO, Pair, show, total
from ..verdict import Violation
from .arrows import is_delay
from .graph import Function, Matrix, Network

FORMATS = {"float16": (11, -24, 15), "float32": (24, -149, 127), "float64": (53, -1074, 1023)}
"""Bits of precision, the exponent of the least positive number, the largest exponent."""


@dataclass
class Account:
    """Counts weights and parameters of functions, those that were rounded, and the largest difference, rounded up."""

    weights: int = 0
    rounded: int = 0
    largest: float = 0.0

    def note(self, exact: Pair, rounded: Pair) -> None:
        """Count a number and what it was rounded to."""
        self.weights += 1
        if exact != rounded:
            self.rounded += 1
            difference = abs(exact[0] * rounded[1] - rounded[0] * exact[1])
            unit = exact[1] * rounded[1]
            apart = difference / unit
            if apart >= self.largest:
                n, d = apart.as_integer_ratio()
                self.largest = apart if n * unit >= difference * d else nextafter(apart, inf)

    def at_most(self) -> str:
        """Return a decimal of three digits that is not below the largest difference."""
        return f"{float(Context(prec=3, rounding=ROUND_CEILING).create_decimal(Decimal(self.largest))):.3g}"


def nearest(value: Pair, form: str) -> Pair | None:
    """Return the nearest number of a float format, ties to even, in lowest terms; None beyond its range."""
    precision, least, largest = FORMATS[form]
    n, d = abs(value[0]), value[1]
    if n == 0:
        return ZERO
    exponent = n.bit_length() - d.bit_length()  # of n/d or one more
    while n << max(0, -exponent) < d << max(0, exponent):
        exponent -= 1
    unit = max(exponent - precision + 1, least)
    above, below = (n, d << unit) if unit >= 0 else (n << -unit, d)
    quotient, rest = divmod(above, below)
    if 2 * rest > below or (2 * rest == below and quotient % 2):
        quotient += 1
    if quotient.bit_length() + unit - 1 > largest:
        return None
    result = quotient if value[0] > 0 else -quotient
    if unit >= 0:
        return (result << unit, 1)
    shift = min(-unit, (result & -result).bit_length() - 1) if result else -unit
    return (result >> shift, 1 << (-unit - shift))


def _sum_of_two(value: Pair, form: str) -> Pair | None:
    """Return the nearest number of a format plus the one that is nearest to what is missing; None beyond its range."""
    first = nearest(value, form)
    if first is None:
        return None
    second = nearest(total((value, (-first[0], first[1]))), form)
    return None if second is None else total((first, second))


def rounded(network: Network, form: str | None) -> tuple[Network, Account]:
    """Return the network with every weight and parameter of a function rounded to a format, if there is one.

    A bias of a group that reads another step is the sum of two such numbers, since a recurrent layer has two biases.
    Raises `Violation` of N13 for a number beyond the range of the format. The result is not in its canonical form.
    """
    account = Account()
    known: dict[tuple[Pair, bool], Pair] = {}

    def number(value: Pair, what: str, *, two: bool = False) -> Pair:
        found = known.get((value, two))
        if found is None:
            near = value if form is None else _sum_of_two(value, form) if two else nearest(value, form)
            if near is None:
                raise Violation("N13", f"{what} is {show(value)}, beyond the range of {form}")
            found = known[value, two] = near
        account.note(value, found)
        return found

    layers = {target for _, operator, target in network.arrows if is_delay(operator)}
    arrows = {}
    for (source, operator, target), matrix in network.arrows.items():
        entries, two = [], source == 0 and operator is None and target in layers
        for u, v, value in matrix.entries():
            what = f"the exact weight from group {source} to {target}, node {u} to {v},"
            entries.append((u, v, number(value, what, two=two)))
        arrows[source, operator, target] = matrix if form is None else Matrix.of(entries)
    groups = []
    for g, group in enumerate(network.groups):
        function: Function = group.function
        if function[0] == "leaky_relu":
            function = ("leaky_relu", number(function[1], f"the exact slope of group {g}"))
        groups.append(replace(group, function=function))
    return Network(groups, arrows, network.inputs, network.outputs, network.rounded), account
