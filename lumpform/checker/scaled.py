"""Checks R15 and R16, and R11, R13 and R14 for the kinds with scales: proportional and proportional exact."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from functools import partial

from . import rational
from .arrays import CODE
from .classes import Classes
from .columns import coded, combined, row_sums
from .members import check_values
from .models import Column, Matrix, Model
from .polynomial import Number, show, times, total
from .progress import in_steps
from .rational import ONE, Pair, product
from .sides import wrong_weight
from .sums import Coefficients, Monomials, Sums, first_difference, multiplied, row_denominator, shared_denominator
from .verdict import Violation


class Scaled:
    """Checks the rules about scales, and the sums that they weight.

    Proportional: sums of the weights out of a state, its own class left out. Proportional exact: sums of the weights
    into a state, each times the scale of its source; the generator's diagonal counts.
    """

    def __init__(
        self, kind: str, original: Model, smaller: Model, classes: Classes, scales: Mapping[int, Pair]
    ) -> None:
        self.original, self.smaller, self.classes, self.given = original, smaller, classes, scales
        self.outgoing = kind == "proportional"
        self.scales: list[Pair] = [scales.get(s, ONE) for s in range(original.states)]

    def check_scales(self) -> None:
        """Check R15: scales belong to states, are positive, and 1 for the first member of a class."""
        beyond = next((s for s in self.given if s >= self.original.states), None)
        if beyond is not None:
            raise Violation("R15", f"state {beyond} has a scale, there are {self.original.states} states", state=beyond)
        for s, scale in enumerate(self.scales):
            first = self.classes.first[self.classes.class_of[s]] == s
            if scale[0] <= 0 or (first and scale != ONE):
                wanted = "1 for the first state of a class" if first else "a positive one"
                raise Violation("R15", f"state {s} has the scale {show(scale)}, expected {wanted}", state=s)

    def check_sums_and_weights(self) -> None:
        """Check R16, then R11."""
        matrix, monomials = self.original.matrix, Monomials([self.original.matrix.weights, self.smaller.matrix.weights])
        exits = row_sums(matrix) if self.original.kind == "ctmc" and not self.outgoing else None
        if not self.outgoing:
            scales = Column.coded(*coded(self.scales))
            matrix = _rows_times(matrix, scales)
            exits = None if exits is None else Column.coded(*combined(exits, scales, times))
        turned = matrix if self.outgoing else matrix.transposed()
        sums = Sums(turned, self.classes.class_of, monomials, own=not self.outgoing, exits=exits)
        self.check_sums(sums)
        rows = sums if self.outgoing else Sums(matrix, self.classes.class_of, monomials, own=exits is None)
        self.check_weights(rows, Sums(self.smaller.matrix, range(self.classes.count), monomials))

    def check_sums(self, sums: Sums) -> None:
        """Check R16: sums are proportional to the scales inside classes."""
        common = shared_denominator(sums)
        heads: dict[int, Coefficients] = {}
        step = f"comparing the sums {'out of' if self.outgoing else 'into'} states"
        for s, (n, d) in in_steps(enumerate(self.scales), step, len(self.scales)):
            first = self.classes.first[self.classes.class_of[s]]
            denominator = row_denominator(common, (sums, s), (sums, first))
            own = sums.of(s, denominator)
            if s == first:
                heads[s] = own if common is not None else {}
                continue
            head = heads[first] if common is not None else sums.of(first, denominator)
            left, right = multiplied(own, d), multiplied(head, n)
            if left != right:
                c = first_difference(left, right) // sums.monomials.width
                found, expected = (sums.monomials.number(part, c, denominator) for part in (own, head))
                raise self._not_proportional(s, first, c, found, expected)

    def _not_proportional(self, s: int, first: int, c: int, found: Number, head: Number) -> Violation:
        scale = self.scales[s]
        return Violation(
            "R16",
            f"state {s} has the weighted sum {show(found)} for class {c}, expected {show(times(scale, head))}: "
            f"its scale {show(scale)} times that of state {first}",
            states=(first, s),
            **{"class": c},
        )

    def check_weights(self, rows: Sums, smaller: Sums) -> None:
        """Check R11: the row of the first member, or the mean of all rows of the class, weighted by the scales."""
        common = shared_denominator(rows, smaller)
        for b in in_steps(self.classes, "comparing weights", self.classes.count):
            members = [self.classes.first[b]] if self.outgoing else [*self.classes.members(b)]
            n, d = ONE if self.outgoing else self.mass(b)
            denominator = row_denominator(common, (smaller, b), *((rows, s) for s in members))
            wanted: Coefficients = {}
            for s in members:
                for key, number in rows.of(s, denominator).items():
                    wanted[key] = wanted.get(key, 0) + number
            wanted = {key: number for key, number in wanted.items() if number}
            found = smaller.of(b, denominator)
            left, right = multiplied(found, n), multiplied(wanted, d)  # found = wanted / (n / d)
            if left != right:
                c = first_difference(left, right) // rows.monomials.width
                expected = times(rows.monomials.number(wanted, c, denominator), (d, n))
                raise wrong_weight(b, c, show(rows.monomials.number(found, c, denominator)), expected)

    def mass(self, c: int) -> Pair:
        """Return the sum of the scales of a class."""
        return rational.total(self.scales[s] for s in self.classes.members(c))

    def check_rewards(self) -> None:
        """Check R13: none for proportional; for proportional exact all of them, as means weighted by the scales."""
        columns = {} if self.outgoing else self.original.rewards
        rewards = self.smaller.rewards
        for name in sorted(columns.keys() | rewards.keys()):
            if name not in columns or name not in rewards:
                what = "has" if name in rewards else "lacks"
                raise Violation("R13", f"the reduced model {what} the reward {name!r}", reward=name)
            wanted = partial(self.mean, columns[name])
            check_values("R13", f"reward {name!r}", rewards[name], wanted, self.classes, reward=name)

    def mean(self, column: Column, c: int) -> Number:
        """Return the mean over a class, weighted by the scales."""
        n, d = self.mass(c)
        return times(total(times(self.scales[s], column.value(s)) for s in self.classes.members(c)), (d, n))

    def check_initial(self) -> None:
        """Check R14: class sums if the distribution is a multiple of the scales in every class, otherwise absent."""
        expected = self.initial()
        if expected is None or self.smaller.initial is None:
            if expected is self.smaller.initial:
                return
            what = "has no" if self.smaller.initial is None else "has an"
            raise Violation("R14", f"the reduced model {what} initial distribution, expected the opposite")
        wanted = expected.__getitem__
        check_values("R14", "the initial probability", self.smaller.initial, wanted, self.classes)

    def initial(self) -> list[Pair] | None:
        """Return the initial distribution of the reduced model, or None."""
        column = self.original.initial
        if column is None or self.outgoing:
            return None
        sums = []
        for c in self.classes:
            members, mass = self.classes.members(c), self.mass(c)
            whole = rational.total(column.value(s) for s in members)
            if any(product(column.value(s), mass) != product(self.scales[s], whole) for s in members):
                return None
            sums.append(whole)
        return sums


def _rows_times(matrix: Matrix, scales: Column) -> Matrix:
    """Return the matrix with every row multiplied by its scale."""
    codes = array(CODE, map(scales.codes.__getitem__, matrix.row_of_entries()))
    weights = combined(matrix.weights, Column.coded(codes, scales.table), times)
    return Matrix(matrix.size, matrix.indptr, matrix.indices, Column.coded(*weights))
