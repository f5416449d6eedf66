"""Rules R9, R10 and R11: sums over classes out of states and into states, and the weights of the reduced model."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from fractions import Fraction

from .arrays import STATE
from .classes import Classes
from .columns import row_sums
from .models import Column, Matrix, Model
from .rational import SMALL_BITS, bounded_denominator, common_denominator, reduced, scaled
from .verdict import Violation


class Sums:
    """Sums of the rows of a matrix over the classes of its columns, as integers over a denominator.

    Parameters
    ----------
    matrix : Matrix
    class_of : (n,) integers
        The class of every row and column.
    common : int or None
        A denominator for the whole matrix; None if every row has its own (`denominators`).
    own : bool
        Whether the sum over the row's own class counts.
    exits : Column or None
        What is subtracted from the sum over the own class.
    """

    def __init__(
        self, matrix: Matrix, class_of: Sequence[int], common: int | None, own: bool, exits: Column | None
    ) -> None:
        self.matrix, self.class_of, self.own, self.exits = matrix, class_of, own, exits
        self.classes = array(STATE, map(class_of.__getitem__, matrix.indices))
        self.numbers: list[int] | None = None
        if common is not None:
            self.numbers = list(map(scaled(matrix.weights.table, common).__getitem__, matrix.weights.codes))

    def denominators(self, row: int) -> set[int]:
        codes, table = self.matrix.weights.codes, self.matrix.weights.table
        found = {table[codes[e]][1] for e in range(self.matrix.indptr[row], self.matrix.indptr[row + 1])}
        if self.exits is not None:
            found.add(self.exits.value(row)[1])
        return found

    def of(self, row: int, denominator: int) -> dict[int, int]:
        """Class -> numerator of the sum over it; zero sums are absent."""
        start, end = self.matrix.indptr[row], self.matrix.indptr[row + 1]
        classes = self.classes[start:end]
        if self.numbers is not None:
            numbers = self.numbers[start:end]
        else:
            codes, table = self.matrix.weights.codes, self.matrix.weights.table
            numbers = [table[c][0] * (denominator // table[c][1]) for c in codes[start:end]]
        sums = dict(zip(classes, numbers, strict=True))
        if len(sums) < len(numbers):  # several targets in one class
            sums = {}
            for c, number in zip(classes, numbers, strict=True):
                sums[c] = sums.get(c, 0) + number
        if not self.own:
            sums.pop(self.class_of[row], None)
        elif self.exits is not None:
            n, d = self.exits.value(row)
            own = self.class_of[row]
            sums[own] = sums.get(own, 0) - n * (denominator // d)
            if not sums[own]:
                del sums[own]
        return sums


class Side:
    """One of the two conditions: sums out of states (R9) or into states (R10).

    The sums of every state are compared with the row or column of its class in the reduced model: if all agree,
    states of one class agree with each other and the reduced weights are right. If not, `compare_members` and
    `wrong_weight` find out which of the two fails.
    """

    def __init__(self, original: Model, smaller: Model, classes: Classes, *, incoming: bool, generator: bool) -> None:
        self.classes, self.incoming, self.show = classes, incoming, original.show
        first, second = original.matrix, smaller.matrix
        own = incoming or not generator
        exits = (row_sums(first), row_sums(second)) if incoming and generator else (None, None)
        tables = [first.weights.table, second.weights.table, *(e.table for e in exits if e is not None)]
        self.common = common_denominator({d for table in tables for _, d in table}, SMALL_BITS)
        if incoming:
            first, second = first.transposed(), second.transposed()
        self.original = Sums(first, classes.class_of, self.common, own, exits[0])
        self.smaller = Sums(second, range(classes.count), self.common, own, exits[1])

    def check(self) -> Violation | None:
        """Raise `Violation` of R9 or R10; return that of R11, if only the reduced model is wrong."""
        wrong = None
        for c in self.classes:
            wanted = None
            for s in self.classes.members(c):
                denominator = self.common
                if denominator is None:
                    denominator = bounded_denominator(self.original.denominators(s) | self.smaller.denominators(c))
                    wanted = None
                if wanted is None:
                    wanted = self.wanted(c, denominator)
                if self.original.of(s, denominator) != wanted:
                    self.compare_members(c)
                    found = self.wrong_weight(c, s)
                    if wrong is None or wrong.witness["source"] == wrong.witness["target"]:
                        wrong = found  # prefer a weight between classes to a diagonal that follows from it
                    break
        return wrong

    def wanted(self, c: int, denominator: int) -> dict[int, int | Fraction]:
        """What the reduced model says that the sums of every member of class c are."""
        sums = self.smaller.of(c, denominator)
        if not self.incoming:
            return dict(sums)
        size = self.classes.size(c)  # a reduced weight is the sum into one member, times |c| / |b|
        result: dict[int, int | Fraction] = {}
        for b, value in sums.items():
            quotient, rest = divmod(value * self.classes.size(b), size)
            result[b] = Fraction(value * self.classes.size(b), size) if rest else quotient
        return result

    def compare_members(self, c: int) -> None:
        """Raise the violation of R9 or R10 if a member of class c has other sums than its representative."""
        first = self.classes.first[c]
        base = self.original.denominators(first)
        for member in self.classes.members(c):
            common = self.common or bounded_denominator(base | self.original.denominators(member))
            one, other = self.original.of(first, common), self.original.of(member, common)
            if one != other:
                raise self.unlike(first, member, _first_difference(one, other), (one, other), common)

    def wrong_weight(self, c: int, s: int) -> Violation:
        """The violation of R11 in the row or column of class c, given by the sums of its member s."""
        common = self.common or bounded_denominator(self.original.denominators(s) | self.smaller.denominators(c))
        sums, wanted = self.original.of(s, common), self.wanted(c, common)
        other_class = _first_difference(sums, wanted)
        source, target = (other_class, c) if self.incoming else (c, other_class)
        expected = reduced(sums.get(other_class, 0), common)
        if self.incoming:
            expected = reduced(expected[0] * self.classes.size(c), expected[1] * self.classes.size(source))
        found = reduced(self.smaller.of(c, common).get(other_class, 0), common)
        return Violation(
            "R11",
            f"the reduced model's weight from class {source} to class {target} is {self.show(found)}, "
            f"expected {self.show(expected)}",
            source=source,
            target=target,
            found=self.show(found),
            expected=self.show(expected),
        )

    def unlike(
        self, first: int, state: int, c: int, sums: tuple[dict[int, int], dict[int, int]], common: int
    ) -> Violation:
        """The violation of R9 or R10 by two states of one class."""
        one, other = (self.show(reduced(part.get(c, 0), common)) for part in sums)
        witness = {"states": (first, state), "class": c, "sums": (one, other)}
        if self.incoming:
            return Violation(
                "R10",
                f"states {first} and {state} are in one class, but the weights from class {c} into "
                f"them sum to {one} and {other}",
                **witness,
            )
        return Violation(
            "R9",
            f"states {first} and {state} are in one class, but their weights into class {c} sum to {one} and {other}",
            **witness,
        )


def check_no_loops(smaller: Model) -> None:
    """R11 for generators: a self-loop would have no effect, so the reduced model has none."""
    matrix = smaller.matrix
    for entry, (c, target) in enumerate(zip(matrix.row_of_entries(), matrix.indices, strict=True)):
        if c == target:
            found = smaller.show(matrix.weights.value(entry))
            raise Violation(
                "R11",
                f"the reduced model has a self-loop of weight {found} at class {c}, expected none",
                source=c,
                target=c,
                found=found,
                expected="0",
            )


def _first_difference(one: dict[int, int], other: dict[int, int] | dict[int, int | Fraction]) -> int:
    return min(c for c in one.keys() | other.keys() if one.get(c) != other.get(c))
