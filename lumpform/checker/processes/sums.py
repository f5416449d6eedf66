"""Checks R21 and the weights of R22: sums over classes of states, for every choice."""

from __future__ import annotations

from ..classes import Classes
from ..polynomial import show
from ..progress import in_steps
from ..sums import Monomials, Sums, first_difference, row_denominator, shared_denominator, unlike
from ..verdict import Violation
from .process import Process


class ChoiceSums:
    """Compares the sums of every choice over the classes of states with the weights of its class in the reduced model.

    If all agree, choices of one class agree with each other and the reduced weights are right. If not,
    `compare_members` and `wrong_weight` find out which of the two fails.
    """

    def __init__(self, original: Process, smaller: Process, states: Classes, choices: Classes) -> None:
        self.choices = choices
        self.monomials = Monomials([original.matrix.weights, smaller.matrix.weights])
        self.original = Sums(original.matrix, states.class_of, self.monomials)
        self.smaller = Sums(smaller.matrix, range(states.count), self.monomials)
        self.common = shared_denominator(self.original, self.smaller)

    def check(self) -> Violation | None:
        """Raise `Violation` of R21; return that of R22, if only the reduced model is wrong."""
        wrong = None
        many = len(self.choices.class_of)
        for d in in_steps(self.choices, "comparing the sums of choices", many, self.choices.size):
            wanted = None if self.common is None else self.smaller.of(d, self.common)
            for choice in self.choices.members(d):
                common = row_denominator(self.common, (self.original, choice), (self.smaller, d))
                if self.original.of(choice, common) != (self.smaller.of(d, common) if wanted is None else wanted):
                    self.compare_members(d)
                    wrong = wrong or self.wrong_weight(d)
                    break
        return wrong

    def compare_members(self, d: int) -> None:
        """Raise the violation of R21 if a choice of class d has other sums than its first one."""
        found = unlike(self.original, self.choices.members(d), self.common)
        if found is not None:
            (first, other), c, numbers = found
            sums = show(numbers[0]), show(numbers[1])
            raise Violation(
                "R21",
                f"choices {first} and {other} are in one class, but their weights into class {c} sum to "
                f"{sums[0]} and {sums[1]}",
                choices=(first, other),
                sums=sums,
                **{"class": c},
            )

    def wrong_weight(self, d: int) -> Violation:
        """Return the violation of R22 by choice d of the reduced model."""
        first = self.choices.first[d]
        common = row_denominator(self.common, (self.original, first), (self.smaller, d))
        wanted, found = self.original.of(first, common), self.smaller.of(d, common)
        c = first_difference(wanted, found) // self.monomials.width
        shown, expected = (show(self.monomials.number(part, c, common)) for part in (found, wanted))
        return Violation(
            "R22",
            f"the reduced model's weight from choice {d} to class {c} is {shown}, expected {expected}",
            choice=d,
            found=shown,
            expected=expected,
            **{"class": c},
        )
