"""For which parameter values two parametric chains have the same distributions of label sets at all times.

The difference of the two distributions is followed as in `lumpform.equivalence.chains`, with rational functions as
masses. At any values of the parameters the first n steps decide (n classes of the joint lumping: a vector that a
matrix multiplies satisfies a recurrence of that length), so the chains agree exactly where the differences of these
steps are all zero. Z3 looks for values, valid for both chains, at which they agree and at which they do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lumpform.equivalence.budget import Budget, OutOfBudget
from lumpform.errors import ModelError
from lumpform.lumping import lump
from lumpform.symbolic import Expression

if TYPE_CHECKING:
    from lumpform.chains.chain import MarkovChain

LARGEST = 40
"""Up to so many classes of the joint lumping the conditions are worked out."""


@dataclass(frozen=True)
class Agreement:
    """Where two parametric chains agree.

    Attributes
    ----------
    conditions : tuple of str
        They agree exactly where these polynomials of the parameters are all zero; empty: everywhere.
    step : int or None
        The first step (of a CTMC: derivative) with a condition.
    agree_at, differ_at : mapping from parameter to Fraction, or None
        Valid values at which they agree and differ, as far as found.
    always, never : bool
        Proved: they agree at all valid values, or at none.
    """

    conditions: tuple[str, ...]
    step: int | None
    agree_at: Mapping[str, Fraction] | None
    differ_at: Mapping[str, Fraction] | None
    always: bool
    never: bool

    @property
    def text(self) -> str:
        """All of it in one line."""
        if self.always:
            return "equal label distributions at all times, for all valid parameter values"
        where = "nowhere" if self.never else f"exactly where {' = 0, '.join(self.conditions)} = 0"
        text = f"they agree {where}; the first condition is at step {self.step}"
        for verb, values in (("agree", self.agree_at), ("differ", self.differ_at)):
            if values:
                text += f"; they {verb} at " + ", ".join(f"{n} = {v}" for n, v in sorted(values.items()))
        return text


def agreement(first: MarkovChain, second: MarkovChain, *, timeout: float = 60.0) -> Agreement | None:
    """Find out at which parameter values two chains agree.

    Parameters
    ----------
    first, second : MarkovChain
        With weights that are rational functions; parameters of one name are the same parameter.
    timeout : float
        Seconds.

    Returns
    -------
    Agreement or None
        None if the joint lumping has more than `LARGEST` classes, or time ran out.

    Raises
    ------
    ModelError
        If they are of different kinds, or one has no initial distribution.
    """
    from lumpform.equivalence.polynomials import search

    budget = Budget(timeout)
    try:
        found = _differences(first, second, budget)
        if found is None:
            return None
        step, differences = found
        if not differences:
            return Agreement((), None, None, None, True, False)
        valid = _validity(first, second)
        agree = search(valid, zero=differences, nonzero=(), seconds=budget.left / 2)
        differ = search(valid, zero=(), nonzero=differences, seconds=budget.left)
        conditions = _basis(differences)
    except OutOfBudget:
        return None
    return Agreement(conditions, step, agree.values, differ.values, differ.none, agree.none)


def _differences(first: MarkovChain, second: MarkovChain, budget: Budget) -> tuple[int | None, list[Expression]] | None:
    """The first step with a difference, and all differences that are not zero as functions."""
    from lumpform.chains.transform import disjoint_union
    from lumpform.equivalence.chains import label_sets

    if first.initial is None or second.initial is None:
        raise ModelError("a chain has no initial distribution, expected one for each")
    lumping = lump(disjoint_union(first, second), respect=("labels",))
    quotient = lumping.quotient
    if quotient.states > LARGEST:
        return None
    masses: dict[int, Any] = {}
    for sign, chain, start in ((1, first, 0), (-1, second, first.states)):
        column: Any = chain.initial
        for s, p in enumerate(column.fractions()):
            c = lumping.partition.pi(start + s)
            masses[c] = masses.get(c, Expression.number(0)) + p * sign
    sets, matrix = label_sets(quotient), quotient.arrow()
    found: list[Expression] = []
    begin = None
    for step in range(quotient.states):
        budget.check()
        seen: dict[Any, Any] = {}
        for c, v in masses.items():
            seen[sets[c]] = seen.get(sets[c], Expression.number(0)) + v
        new = [v for v in seen.values() if v.constant != 0]
        begin = step if new and begin is None else begin
        found += [v for v in new if v not in found]
        following: dict[int, Any] = {}
        for c, v in masses.items():
            for t, w in matrix.row(c):
                following[t] = following.get(t, Expression.number(0)) + v * w
        masses = {c: v for c, v in following.items() if v.constant != 0}
    return begin, found


def _validity(first: MarkovChain, second: MarkovChain) -> list[tuple[Expression, bool]]:
    """The weights that are not numbers, each with whether it is a probability (at most 1)."""
    found: list[tuple[Expression, bool]] = []
    for chain in (first, second):
        for w in chain.weights.values.fractions():
            if isinstance(w, Expression) and w.constant is None and (w, chain.kind == "dtmc") not in found:
                found.append((w, chain.kind == "dtmc"))
    return found


def _basis(differences: list[Expression]) -> tuple[str, ...]:
    """Few polynomials with the same common zeros: a Groebner basis of the numerators, factors without powers."""
    import sympy

    names = sorted({n for d in differences for n in d.names})
    if not names:
        return ("1",)  # a number that is not zero: nowhere
    symbols = {n: sympy.Symbol(n) for n in names}
    numerators = [_sympy(d, symbols) for d in differences]
    parts = [sympy.sqf_part(p, *symbols.values()) for p in numerators]
    basis = sympy.groebner(parts, *symbols.values(), order="grevlex")
    return tuple(str(p) for p in basis.exprs)


def _sympy(expression: Expression, symbols: Mapping[str, Any]) -> Any:
    """The numerator."""
    import sympy

    terms = []
    for exponents, coefficient in expression.above.to_dict().items():
        powers = [symbols[n] ** int(e) for n, e in zip(expression.names, exponents, strict=True)]
        terms.append(sympy.Mul(sympy.Rational(str(coefficient)), *powers))
    return sympy.Add(*terms)
