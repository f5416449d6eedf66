"""Checks R9, R10 and R11: sums over classes out of states and into states, and the weights of the reduced model."""

from __future__ import annotations

from fractions import Fraction

from .classes import Classes
from .columns import row_sums
from .models import Model
from .polynomial import Number, show, times
from .progress import in_steps
from .sums import Monomials, Sums, first_difference, row_denominator, shared_denominator, unlike
from .verdict import Violation


class Side:
    """Checks one of the two conditions: sums out of states (R9) or into states (R10).

    The sums of every state are compared with the row or column of its class in the reduced model: if all agree,
    states of one class agree with each other and the reduced weights are right. If not, `compare_members` and
    `wrong_weight` find out which of the two fails.
    """

    def __init__(self, original: Model, smaller: Model, classes: Classes, *, incoming: bool, generator: bool) -> None:
        self.classes, self.incoming = classes, incoming
        first, second = original.matrix, smaller.matrix
        own = incoming or not generator
        exits = (row_sums(first), row_sums(second)) if incoming and generator else (None, None)
        self.monomials = Monomials([first.weights, second.weights])
        if incoming:
            first, second = first.transposed(), second.transposed()
        self.original = Sums(first, classes.class_of, self.monomials, own=own, exits=exits[0])
        self.smaller = Sums(second, range(classes.count), self.monomials, own=own, exits=exits[1])
        self.common = shared_denominator(self.original, self.smaller)

    def check(self) -> Violation | None:
        """Raise `Violation` of R9 or R10; return that of R11, if only the reduced model is wrong."""
        wrong = None
        step = f"comparing the sums {'into' if self.incoming else 'out of'} states"
        for c in in_steps(self.classes, step, len(self.classes.class_of), self.classes.size):
            wanted = None
            for s in self.classes.members(c):
                denominator = self.common
                if denominator is None:
                    denominator = row_denominator(None, (self.original, s), (self.smaller, c))
                    wanted = None
                if wanted is None:
                    wanted = self.wanted(c, denominator)
                if self.original.of(s, denominator) != wanted:
                    self.compare_members(c)
                    wrong = preferred(wrong, self.wrong_weight(c, s))
                    break
        return wrong

    def wanted(self, c: int, denominator: int) -> dict[int, int | Fraction]:
        """Return what the reduced model says that the sums of every member of class c are."""
        sums = self.smaller.of(c, denominator)
        if not self.incoming:
            return dict(sums)
        size = self.classes.size(c)  # a reduced weight is the sum into one member, times |c| / |b|
        result: dict[int, int | Fraction] = {}
        for key, value in sums.items():
            whole = value * self.classes.size(key // self.monomials.width)
            quotient, rest = divmod(whole, size)
            result[key] = Fraction(whole, size) if rest else quotient
        return result

    def compare_members(self, c: int) -> None:
        """Raise the violation of R9 or R10 if a member of class c has other sums than its representative."""
        found = unlike(self.original, self.classes.members(c), self.common)
        if found is not None:
            raise self.unlike(*found)

    def wrong_weight(self, c: int, s: int) -> Violation:
        """Return the violation of R11 in the row or column of class c, given by the sums of its member s."""
        common = row_denominator(self.common, (self.original, s), (self.smaller, c))
        sums = self.original.of(s, common)
        other_class = first_difference(sums, self.wanted(c, common)) // self.monomials.width
        source, target = (other_class, c) if self.incoming else (c, other_class)
        wanted = self.monomials.number(sums, other_class, common)
        if self.incoming:
            wanted = times(wanted, Fraction(self.classes.size(c), self.classes.size(source)).as_integer_ratio())
        found = show(self.monomials.number(self.smaller.of(c, common), other_class, common))
        return wrong_weight(source, target, found, wanted)

    def unlike(self, states: tuple[int, int], c: int, sums: tuple[Number, Number]) -> Violation:
        """Return the violation of R9 or R10 by two states of one class."""
        one, other = map(show, sums)
        witness = {"states": states, "class": c, "sums": (one, other)}
        if self.incoming:
            return Violation(
                "R10",
                f"states {states[0]} and {states[1]} are in one class, but the weights from class {c} into "
                f"them sum to {one} and {other}",
                **witness,
            )
        return Violation(
            "R9",
            f"states {states[0]} and {states[1]} are in one class, but their weights into class {c} sum to "
            f"{one} and {other}",
            **witness,
        )


def preferred(wrong: Violation | None, found: Violation) -> Violation:
    """Return the first violation of R11 by a weight between classes, rather than by a diagonal that follows from it."""
    return found if wrong is None or wrong.witness["source"] == wrong.witness["target"] else wrong


def wrong_weight(source: int, target: int, found: str, wanted: Number) -> Violation:
    """Return the violation of R11 by one weight."""
    expected = show(wanted)
    return Violation(
        "R11",
        f"the reduced model's weight from class {source} to class {target} is {found}, expected {expected}",
        source=source,
        target=target,
        found=found,
        expected=expected,
    )


def check_no_loops(smaller: Model) -> None:
    """Check R11 for generators: a self-loop would have no effect, so the reduced model has none."""
    matrix = smaller.matrix
    for entry, (c, target) in enumerate(zip(matrix.row_of_entries(), matrix.indices, strict=True)):
        if c == target:
            found = show(matrix.weights.value(entry))
            raise Violation(
                "R11",
                f"the reduced model has a self-loop of weight {found} at class {c}, expected none",
                source=c,
                target=c,
                found=found,
                expected="0",
            )
