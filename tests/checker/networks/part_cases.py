"""Small networks as the checker sees them, and what it says of them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from lumpform.checker.networks.graph import Group, Matrix
from lumpform.checker.verdict import Violation

ONE = Group(1, pinned=True)


def pair(number):
    number = Fraction(number)
    return number.numerator, number.denominator


def matrix(*entries):
    return Matrix.of((u, v, pair(w)) for u, v, w in entries)


def refusal(function, *arguments):
    with pytest.raises(Violation) as caught:
        function(*arguments)
    return caught.value.rule, str(caught.value), caught.value.witness
