"""Matrix identities of any size, by rewriting with noncommutative symbols in SymPy.

A proof here is a chain of replacements of one side of an assumed equation by the other, in products of matrices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy


@dataclass(frozen=True)
class Identity:
    """A statement about matrices of all sizes, and a function that derives it: True if it could."""

    theorem: str
    name: str
    statement: str
    derive: Callable[[bool], bool]


def symbols(names: str) -> Any:
    """Matrices as noncommutative symbols."""
    return sympy.symbols(names, commutative=False)


def rewritten(expression: Any, left: Any, right: Any) -> Any:
    """The expression with every product `left` replaced by `right`, until nothing changes."""
    expression = sympy.expand(expression)
    while True:
        following = sympy.expand(expression.subs(left, right))
        if following == expression:
            return expression
        expression = following


def powers(wrong: bool) -> bool:
    """A V = V Q implies A^k V = V Q^k, by induction: A (V Q^k) = (A V) Q^k = V Q^(k+1)."""
    a, v, q, r = symbols("A V Q R")
    left = a * (v * r)  # r stands for Q^k
    return rewritten(left, a * v, q * v if wrong else v * q) == v * q * r


def two_sided_powers(wrong: bool) -> bool:
    """A^T D V = D V Q: started in the span of D V, every step stays there (T1, T8 b)."""
    a, d, v, q, y = symbols("At D V Q y")
    return rewritten(a * (d * v * y), a * d * v, d * (q if wrong else v * q)) == d * v * q * y


def column_sums(wrong: bool) -> bool:
    """T8 a: with 1^T Q^T = 0, the row 1^T D V is a left null vector of Q': Q' is singular."""
    one, g, d, v, q = symbols("one Gt D V Q")
    # 1^T (D V Q') = 1^T (Q^T V) = (1^T Q^T) V = 0
    product = rewritten(one * d * v * q, d * v * q, g * v)
    return rewritten(product, one * g, one if wrong else sympy.Integer(0)) == 0


def rescaling(wrong: bool) -> bool:
    """T9: with B = D^-1 A^T D, B V = V Q follows from A^T D V = D V Q."""
    a, d, e, v, q = symbols("At D E V Q")  # E is the inverse of D
    product = rewritten(e * a * d * v, a * d * v, d * v * q)
    return rewritten(product, d * e if wrong else e * d, sympy.Integer(1)) == v * q


IDENTITIES = [
    Identity("T3", "powers", "A V = V Q' implies A^k V = V Q'^k", powers),
    Identity("T1", "span", "A^T D V = D V Q' keeps the span of D V", two_sided_powers),
    Identity("T8", "singular", "1^T D V Q' = 0 for a generator, one-sided", column_sums),
    Identity("T9", "rescaling", "A^T D V = D V Q' implies (D^-1 A^T D) V = V Q'", rescaling),
]
