"""Rules R15 and R16, and R11, R13 and R14 for the kinds with scales: proportional and proportional exact."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from .classes import Classes
from .models import Column, Model
from .rational import Pair
from .verdict import Violation

Cells = dict[tuple[int, int], Fraction]
ZERO = Fraction(0)


class Scaled:
    """A chain, its classes and scales, and the sums that the rules compare."""

    def __init__(self, kind: str, original: Model, classes: Classes, scales: Mapping[int, Pair]) -> None:
        self.kind, self.original, self.classes = kind, original, classes
        self.scales = [Fraction(*scales.get(s, (1, 1))) for s in range(original.states)]
        self.given = scales
        self.mass = [sum((self.scales[s] for s in classes.members(c)), ZERO) for c in classes]

    def check_scales(self) -> None:
        """R15: scales belong to states, are positive, and 1 for the first member of a class."""
        beyond = next((s for s in self.given if s >= self.original.states), None)
        if beyond is not None:
            raise Violation("R15", f"state {beyond} has a scale, there are {self.original.states} states", state=beyond)
        for s, scale in enumerate(self.scales):
            first = self.classes.first[self.classes.class_of[s]] == s
            if scale <= 0 or (first and scale != 1):
                wanted = "1 for the first state of a class" if first else "a positive one"
                raise Violation("R15", f"state {s} has the scale {scale}, expected {wanted}", state=s)

    def check_sums(self) -> None:
        """R16: sums are proportional to the scales inside classes."""
        sums = self.outgoing() if self.kind == "proportional" else self.incoming()
        for s, own in enumerate(sums):
            first = self.classes.first[self.classes.class_of[s]]
            for c in sorted(own.keys() | sums[first].keys()):
                found, wanted = own.get(c, ZERO), self.scales[s] * sums[first].get(c, ZERO)
                if found != wanted:
                    raise Violation(
                        "R16",
                        f"state {s} has the weighted sum {found} for class {c}, expected {wanted}: its scale "
                        f"{self.scales[s]} times that of state {first}",
                        states=(first, s),
                        **{"class": c},
                    )

    def outgoing(self) -> list[dict[int, Fraction]]:
        """Rates out of every state into classes other than its own."""
        class_of = self.classes.class_of
        result: list[dict[int, Fraction]] = []
        for s in range(self.original.states):
            sums: dict[int, Fraction] = {}
            for t, value in self.original.matrix.entries(s):
                if class_of[t] != class_of[s]:
                    sums[class_of[t]] = sums.get(class_of[t], ZERO) + Fraction(*value)
            result.append({c: v for c, v in sums.items() if v})
        return result

    def incoming(self) -> list[dict[int, Fraction]]:
        """Weights into every state from classes, times the scales of their sources; a generator has its diagonal."""
        class_of = self.classes.class_of
        result: list[dict[int, Fraction]] = [{} for _ in range(self.original.states)]
        for s in range(self.original.states):
            entries = [(t, Fraction(*value)) for t, value in self.original.matrix.entries(s)]
            if self.original.kind == "ctmc":
                entries.append((s, -sum((v for _, v in entries), ZERO)))
            for t, value in entries:
                result[t][class_of[s]] = result[t].get(class_of[s], ZERO) + self.scales[s] * value
        return [{c: v for c, v in sums.items() if v} for sums in result]

    def quotient(self) -> Cells:
        """The weights that the reduced model must have, self-loops of a CTMC left out."""
        class_of, cells = self.classes.class_of, {}
        for s in range(self.original.states):
            b = class_of[s]
            if self.kind == "proportional" and self.classes.first[b] != s:
                continue
            share = Fraction(1) if self.kind == "proportional" else self.scales[s] / self.mass[b]
            for t, value in self.original.matrix.entries(s):
                if self.original.kind == "dtmc" or class_of[t] != b:
                    key = b, class_of[t]
                    cells[key] = cells.get(key, ZERO) + share * Fraction(*value)
        return {key: v for key, v in cells.items() if v}

    def check_weights(self, smaller: Model) -> None:
        """R11."""
        expected = self.quotient()
        found = {(b, c): Fraction(*v) for b in range(smaller.states) for c, v in smaller.matrix.entries(b)}
        for b, c in sorted(expected.keys() | found.keys()):
            ours, wanted = found.get((b, c), ZERO), expected.get((b, c), ZERO)
            if ours != wanted:
                raise Violation(
                    "R11",
                    f"the reduced model's weight from class {b} to class {c} is {ours}, expected {wanted}",
                    source=b,
                    target=c,
                    found=str(ours),
                    expected=str(wanted),
                )

    def check_rewards(self, smaller: Model) -> None:
        """R13: none for proportional; for proportional exact all of them, as means weighted by the scales."""
        wanted = {} if self.kind == "proportional" else {n: self.means(c) for n, c in self.original.rewards.items()}
        for name in sorted(wanted.keys() | smaller.rewards.keys()):
            if name not in wanted or name not in smaller.rewards:
                what = "has" if name in smaller.rewards else "lacks"
                raise Violation("R13", f"the reduced model {what} the reward {name!r}", reward=name)
            for c, value in enumerate(wanted[name]):
                found = Fraction(*smaller.rewards[name].value(c))
                if found != value:
                    raise Violation(
                        "R13",
                        f"reward {name!r} of class {c} is {found} in the reduced model, expected {value}",
                        reward=name,
                        found=str(found),
                        expected=str(value),
                        **{"class": c},
                    )

    def means(self, column: Column) -> list[Fraction]:
        """The means over classes, weighted by the scales."""
        result = [ZERO] * self.classes.count
        for s, c in enumerate(self.classes.class_of):
            result[c] += self.scales[s] / self.mass[c] * Fraction(*column.value(s))
        return result

    def check_initial(self, smaller: Model) -> None:
        """R14: class sums if the distribution is a multiple of the scales in every class, otherwise absent."""
        expected = self.initial()
        if expected is None or smaller.initial is None:
            if expected is smaller.initial:
                return
            what = "has no" if smaller.initial is None else "has an"
            raise Violation("R14", f"the reduced model {what} initial distribution, expected the opposite")
        for c, value in enumerate(expected):
            found = Fraction(*smaller.initial.value(c))
            if found != value:
                raise Violation(
                    "R14",
                    f"the initial probability of class {c} is {found} in the reduced model, expected {value}",
                    found=str(found),
                    expected=str(value),
                    **{"class": c},
                )

    def initial(self) -> list[Fraction] | None:
        """The initial distribution of the reduced model, or None."""
        column = self.original.initial
        if column is None or self.kind == "proportional":
            return None
        sums = [ZERO] * self.classes.count
        for s, c in enumerate(self.classes.class_of):
            sums[c] += Fraction(*column.value(s))
        for s, c in enumerate(self.classes.class_of):
            if Fraction(*column.value(s)) * self.mass[c] != self.scales[s] * sums[c]:
                return None
        return sums
