"""Lists the goals whose reachability refutes equality: a form is above a limit where conditions hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from lumpform.equivalence.forms import UNIT, Atoms, Form, plus, times
from lumpform.equivalence.verdict import Pair, Question


@dataclass(frozen=True)
class Goal:
    """States that the answer is no where a form is above a limit and every condition (a form) is above zero."""

    form: Form
    conditions: tuple[Form, ...] = ()
    above: Fraction = Fraction(0)


def all_forms(goals: Iterable[Goal]) -> list[Form]:
    """Return the forms and conditions of all goals."""
    return [form for goal in goals for form in (goal.form, *goal.conditions)]


def difference(left: Form, right: Form) -> Form:
    """Return one form minus another."""
    return plus(left, times(right, Fraction(-1)))


def largest_bound(atoms: Atoms, first: Sequence[Form], second: Sequence[Form]) -> Fraction | None:
    """Return a bound of the differences of all outputs on the box of the atoms; None without a box."""
    largest = Fraction(0)
    for left, right in zip(first, second, strict=True):
        interval = atoms.bounds(difference(left, right))
        if interval is None:
            return None
        largest = max(largest, abs(interval[0]), abs(interval[1]))
    return largest


def goals(question: Question, first: Sequence[Form], second: Sequence[Form]) -> list[Goal]:
    """Return all ways in which a question about the outputs of two networks can be answered with no."""
    if question.argmax:
        return [*_overtaken(first, second, question.margin), *_overtaken(second, first, question.margin)]
    return [
        goal for k, (a, b) in enumerate(zip(first, second, strict=True)) for goal in _apart(a, b, question.allowed(k))
    ]


def _apart(left: Form, right: Form, allowed: Pair) -> Iterator[Goal]:
    form = difference(left, right)
    below, above = allowed
    if form and above is not None:
        yield Goal(form, (), above)
    if form and below is not None:
        yield Goal(times(form, Fraction(-1)), (), below)


def _overtaken(one: Sequence[Form], other: Sequence[Form], margin: Fraction) -> Iterator[Goal]:
    """Yield where an output is ahead of all others by more than the margin in one network, and behind in the other."""
    for i in range(len(one)):
        ahead = tuple(
            plus(difference(one[i], one[k]), {UNIT: -margin} if margin else {}) for k in range(len(one)) if k != i
        )
        for j in range(len(other)):
            if j != i:
                yield Goal(difference(other[j], other[i]), ahead)
