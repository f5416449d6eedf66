"""Write products of a tensor and a function of it as the operations from which they are read again, exactly."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from lumpform.errors import OptionError
from lumpform.graph.graph import NodeFunction
from lumpform.numbers.floats import round_to

MOST_BITS = 128
"""Bits of the numerator or denominator of a parameter that is taken apart into floats."""


def write_gate(tape: Any, function: NodeFunction, x: str) -> str:
    """Append the operations of a function of `lumpform.networks.gates`, or of `swish`; returns the result's name.

    Raises
    ------
    OptionError
        If a parameter is no product of numbers of the element type: rounded, it would be another function.
    """
    name, parameters = function.name, function.parameters
    if name == "power":
        return _power(tape, x, int(parameters[0]))
    if name == "swish":
        return tape.add("Mul", [x, tape.add("Sigmoid", [_times(tape, x, parameters[0], name)])])
    if name == "clip_gate":
        a, b = (_float32(p, name) for p in parameters)
        return tape.add("Mul", [x, tape.add("HardSigmoid", [x], alpha=a, beta=b)])
    inner = _times(tape, x, parameters[0], name) if name == "erf_gate" else _cubic(tape, x, *parameters)
    made = tape.add("Erf" if name == "erf_gate" else "Tanh", [inner])
    above = tape.add("Add", [made, _number(tape, Fraction(1))])
    return tape.add("Mul", [tape.add("Mul", [x, above]), _number(tape, Fraction(1, 2))])


def _power(tape: Any, x: str, n: int) -> str:
    if n > 3:
        return tape.add("Pow", [x, _number(tape, Fraction(n))])
    square = tape.add("Mul", [x, x])
    return square if n == 2 else tape.add("Mul", [square, x])


def _cubic(tape: Any, x: str, a: Fraction, b: Fraction) -> str:
    """Return a (x + (b / a) x^3), as it is usually written, or a x + b x^3."""
    cube = _power(tape, x, 3)
    if a and _fits(tape, a) and _fits(tape, b / a):
        both = tape.add("Add", [x, _times(tape, cube, b / a, "tanh_gate")])
        return _times(tape, both, a, "tanh_gate")
    return tape.add("Add", [_times(tape, x, a, "tanh_gate"), _times(tape, cube, b, "tanh_gate")])


def _times(tape: Any, x: str, factor: Fraction, name: str) -> str:
    """Return a tensor times a factor: one float, or several and some that are divided by, as it may have been read."""
    if factor == 1:
        return x
    if _fits(tape, factor):
        return tape.add("Mul", [x, _number(tape, factor)])
    above, below = (_floats(tape, n) for n in (factor.numerator, factor.denominator))
    if not factor or above is None or below is None:
        raise OptionError(f"a parameter of {name} is no product of numbers of {tape.dtype}, expected one")
    for operator, numbers in (("Mul", above), ("Div", below)):
        for number in numbers:
            x = tape.add(operator, [x, _number(tape, Fraction(number))])
    return x


def _floats(tape: Any, whole: int) -> list[int] | None:
    """Return floats whose product is a whole number, none for 1; None if a prime factor or the number is too large."""
    if whole.bit_length() > MOST_BITS:
        return None
    from sympy import factorint

    found = [-1] if whole < 0 else []
    for prime, times in sorted(factorint(abs(whole)).items(), reverse=True):
        for _ in range(times):
            place = next((i for i, n in enumerate(found) if _fits(tape, Fraction(n * prime))), None)
            if place is None:
                found.append(1)
                place = -1
            found[place] *= prime
    return found if all(_fits(tape, Fraction(n)) for n in found) else None


def _fits(tape: Any, value: Fraction) -> bool:
    try:
        return round_to(value, tape.dtype) == value
    except OptionError:  # beyond the range of the type
        return False


def _number(tape: Any, value: Fraction) -> str:
    return tape.initialiser(np.array(float(value), dtype=tape.dtype))


def _float32(value: Fraction, name: str) -> float:
    if Fraction(float(np.float32(float(value)))) != value:
        raise OptionError(f"a parameter of {name} is no float32, expected one: it is an attribute")
    return float(value)
