"""Rules N12 and N13: the steps end in the network of the certificate, and the file of the reduced network holds it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..rational import Pair, show
from ..verdict import Violation
from .graph import Function, Matrix, Network

FORMATS = {"float32": (24, -149, 127), "float64": (53, -1074, 1023)}
"""Bits of precision, the exponent of the least positive number, the largest exponent."""


@dataclass
class Account:
    """How many weights there are, how many of them were rounded, and the largest difference."""

    weights: int = 0
    rounded: int = 0
    largest: float = 0.0


def nearest(value: Pair, form: str) -> Pair | None:
    """The nearest number of a float format, ties to even, in lowest terms; None beyond its range."""
    precision, least, largest = FORMATS[form]
    n, d = abs(value[0]), value[1]
    if n == 0:
        return (0, 1)
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


def check_file(exact: Network, file: Network, form: str | None) -> Account:
    """N13: the file has the same groups and arrows, and every weight is the exact one or the nearest of the format."""
    if len(exact.groups) != len(file.groups):
        raise Violation("N13", f"the reduced model has {len(file.groups)} groups, the result has {len(exact.groups)}")
    for g, (ours, theirs) in enumerate(zip(exact.groups, file.groups, strict=True)):
        if replace(ours, function=theirs.function) != theirs or not _same_function(
            ours.function, theirs.function, form
        ):
            raise Violation("N13", f"group {g} of the reduced model is {_shown(theirs)}, expected {_shown(ours)}")
    if (exact.inputs, exact.outputs) != (file.inputs, file.outputs):
        raise Violation("N13", "inputs or outputs of the reduced model are other groups than those of the result")
    account = Account()
    for key in sorted(set(exact.arrows) | set(file.arrows), key=repr):
        _check_arrow(f"from group {key[0]} to {key[2]}", exact.arrows.get(key), file.arrows.get(key), form, account)
    return account


def _check_arrow(name: str, exact: Matrix | None, file: Matrix | None, form: str | None, account: Account) -> None:
    ours, theirs = exact or Matrix(), file or Matrix()
    for u in sorted(set(ours.rows) | set(theirs.rows)):
        targets = set(ours.rows.get(u, (1, {}))[1]) | set(theirs.rows.get(u, (1, {}))[1])
        for v in sorted(targets):
            a, b = ours.at(u, v), theirs.at(u, v)
            account.weights += 1
            if a == b:
                continue
            if form is None or b != nearest(a, form):
                wanted = show(a) if form is None else f"{show(a)} or the nearest {form}"
                raise Violation("N13", f"the weight {name}, node {u} to {v}, is {show(b)}, expected {wanted}")
            account.rounded += 1
            account.largest = max(account.largest, abs((a[0] * b[1] - b[0] * a[1]) / (a[1] * b[1])))


def _same_function(ours: Function, theirs: Function, form: str | None) -> bool:
    if ours == theirs:
        return True
    both = ours[0] == theirs[0] == "leaky_relu"
    return both and form is not None and theirs[1] == nearest(ours[1], form)


def _shown(group: object) -> str:
    size, function = group.size, group.function[0]  # type: ignore[attr-defined]
    return f"{size} nodes with {function}{' (pinned)' if group.pinned else ''}"  # type: ignore[attr-defined]
