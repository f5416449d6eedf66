"""Checks R25 to R28, and R9 to R11 letter by letter. docs/certificate-automata.md, section 5."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

from ..certificate import Certificate
from ..classes import Classes
from ..members import check_constant, check_values
from ..models import Column, Model
from ..polynomial import Number, times, total
from ..sides import Side
from ..verdict import Violation
from .automaton import Automaton

RULES: dict[str, str] = {
    "R25": "both models have the same letters",
    "R26": "final weights (ordinary, strict) and initial weights (exact, strict), and what is respected, are constant",
    "R27": "the reduced model's initial weights are the original's, summed over classes",
    "R28": "the reduced model's final weights are those of the members (exact: their mean)",
}

SIDES = {"ordinary": (False,), "exact": (True,), "strict": (False, True)}
"""Whether the sums that a kind compares are those of incoming transitions."""


def check_letters(original: Automaton, smaller: Automaton) -> None:
    """Check R25."""
    for letter in sorted(original.matrices.keys() ^ smaller.matrices.keys()):
        which = "lacks the letter" if letter in original.matrices else "has a letter of its own,"
        raise Violation("R25", f"the reduced model {which} {letter!r}", letter=letter)


def check_ends(certificate: Certificate, original: Automaton, classes: Classes) -> None:
    """Check R26."""
    needed = {"initial" if incoming else "final" for incoming in SIDES[certificate.kind]}
    for what, column in (("initial", original.initial), ("final", original.final)):
        if what in needed or what in certificate.respect:
            check_constant("R26", f"{what} weight", column, classes)


def check_weights(kind: str, original: Automaton, smaller: Automaton, classes: Classes) -> None:
    """Check R9 to R11 for every letter: first the original's sums, for all letters, then the reduced weights."""
    wrong = None
    for letter in sorted(original.matrices):
        one, other = (Model(a.path, "", a.matrices[letter], {}, {}, None) for a in (original, smaller))
        for incoming in SIDES[kind]:
            try:
                found = Side(one, other, classes, incoming=incoming, generator=False).check()
            except Violation as violation:
                raise _about(letter, violation) from None
            if found is not None and wrong is None:
                wrong = _about(letter, found)
    if wrong is not None:
        raise wrong


def _about(letter: str, found: Violation) -> Violation:
    return Violation(found.rule, f"letter {letter!r}: {found}", letter=letter, **found.witness)


def check_reduced_ends(kind: str, original: Automaton, smaller: Automaton, classes: Classes) -> None:
    """Check R27 and R28."""
    check_values("R27", "the initial weight", smaller.initial, partial(_sum, original.initial, classes), classes)
    wanted = _mean if kind == "exact" else _first
    check_values("R28", "the final weight", smaller.final, partial(wanted, original.final, classes), classes)


def _first(column: Column, classes: Classes, c: int) -> Number:
    return column.value(classes.first[c])


def _sum(column: Column, classes: Classes, c: int) -> Number:
    return total(column.value(s) for s in classes.members(c))


def _mean(column: Column, classes: Classes, c: int) -> Number:
    return times(_sum(column, classes, c), Fraction(1, classes.size(c)).as_integer_ratio())
