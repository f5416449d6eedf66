"""The stages that compare two networks, and what they hand on to each other."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from lumpform.equivalence import falsify
from lumpform.equivalence.branch import Search
from lumpform.equivalence.budget import Budget, OutOfBudget
from lumpform.equivalence.goals import difference, goals, largest_bound
from lumpform.equivalence.joint import jointly_equal
from lumpform.equivalence.normal import Atoms, Form, applies, forms_of
from lumpform.equivalence.sweep import Sweep
from lumpform.equivalence.verdict import Question, Verdict, Witness
from lumpform.errors import ModelError

Outcome = Verdict | str
"""An answer, or one line about what the stage found."""

BRANCHING = 0.6
"""The share of the time that is left which branch and bound may use before Z3 gets the rest."""

SWEEPING = 0.3


class Stages:
    """Two networks, a question, and what is known so far.

    Attributes
    ----------
    bound : Fraction or None
        A proved bound of the difference of the outputs on the box.
    """

    def __init__(self, first: Any, second: Any, question: Question, budget: Budget) -> None:
        self.first, self.second, self.question, self.budget = first, second, question, budget
        self.bound: Fraction | None = None
        self.atoms: Atoms | None = None
        self.forms: tuple[list[Form], list[Form]] = ([], [])
        self.inputs = sum(first.graph.group(p.group).size for p in first.inputs)

    def table(self) -> dict[str, Callable[[], Outcome]]:
        """The stages by name, in order."""
        return {
            "falsify": self.falsify,
            "joint": self.joint,
            "forms": self.make_forms,
            "bounds": self.bounds,
            "sweep": self.sweep,
            "branch": self.branch,
            "z3": self.solve,
        }

    def different(self, witness: Witness) -> Verdict:
        """The answer no."""
        size = witness.difference
        return Verdict("DIFFERENT", f"outputs differ by {float(size):.6g} at an input, replayed exactly", witness)

    def same(self, why: str) -> Verdict:
        """The answer yes."""
        return Verdict("EQUIVALENT", f"{self.question.text}: {why}")

    def falsify(self) -> Outcome:
        """An input that answers with no, by search."""
        try:
            found = falsify.search(self.first, self.second, self.question, tick=self.budget.check)
        except ModelError as error:
            return f"no exact replay ({error})"
        return "no difference found" if found is None else self.different(found)

    def joint(self) -> Outcome:
        """One graph, lumped."""
        if jointly_equal(self.first, self.second):
            return self.same("in the joint lumping all outputs fall into one class each, with ratio one")
        return "outputs are in different classes"

    def make_forms(self) -> Outcome:
        """Both as forms over shared ReLUs."""
        if not (applies(self.first) and applies(self.second)):
            return "feature maps, or functions that are not piecewise linear"
        self._use(Atoms.start(self.inputs, self.question.box))
        if self.forms[0] == self.forms[1]:
            return self.same("both are the same linear forms over the same ReLUs")
        return f"{self._unequal()} outputs are different forms"

    def _use(self, atoms: Atoms) -> None:
        made = [forms_of(network, atoms, self.budget.check) for network in (self.first, self.second)]
        self.atoms, self.forms = atoms, (made[0], made[1])

    def _unequal(self) -> int:
        return sum(a != b for a, b in zip(*self.forms, strict=True))

    def bounds(self) -> Outcome:
        """Bounds of the difference on the box."""
        if self.atoms is None or self.question.box is None:
            return "no box" if self.atoms is not None else "no forms"
        self.bound = largest_bound(self.atoms, *self.forms, self.budget.check)
        if self.bound is None:
            return "no bounds"
        if self.question.argmax:
            best = self._always_best(self.atoms)
            if best is not None:
                return self.same(f"output {best} is the largest in both, everywhere on the box, by its bounds")
            return "no output is the largest everywhere by its bounds"
        if all(self._within(self.atoms, goal) for goal in goals(self.question, *self.forms)):
            return self.same(f"bounds of the difference are within {float(self.bound):.6g}")
        return f"the difference is at most {float(self.bound):.6g}"

    @staticmethod
    def _within(atoms: Atoms, goal: Any) -> bool:
        interval = atoms.bounds(goal.form)
        return interval is not None and interval[1] <= goal.above

    def _always_best(self, atoms: Atoms) -> int | None:
        """An output that bounds show to be largest, in both networks and everywhere on the box."""
        count = len(self.forms[0])
        for c in range(count):
            if all(self._ahead(atoms, forms, c, k) for forms in self.forms for k in range(count) if k != c):
                return c
        return None

    def _ahead(self, atoms: Atoms, forms: list[Form], c: int, k: int) -> bool:
        self.budget.check()
        interval = atoms.bounds(difference(forms[c], forms[k]))
        return interval is not None and interval[0] >= 0

    def sweep(self) -> Outcome:
        """The forms again, with neurons merged that small queries prove to be the same."""
        if self.atoms is None:
            return "no forms"
        before = self.atoms, self.forms
        atoms = Sweep.begin(self.inputs, self.question.box, self.budget.part(SWEEPING * self.budget.left))
        self._use(atoms)
        if self.forms[0] == self.forms[1]:
            return self.same(f"the same forms after {atoms.proved} neurons were proved to be like others")
        if not atoms.proved:
            self.atoms, self.forms = before
        return f"{atoms.proved} of {atoms.asked} neurons that look alike are; {self._unequal()} outputs are different"

    def branch(self) -> Outcome:
        """Branch and bound over the phases."""
        if self.atoms is None or self.question.box is None:
            return "no box" if self.atoms is not None else "no forms"
        if self.question.exact:
            return "for questions with an epsilon or about the largest output"
        asked = goals(self.question, *self.forms)
        found: list[Witness] = []

        def visit(point: Any) -> bool:
            x = falsify.on_box(point, self.first, self.question)
            if not falsify.looks_violated(self.first, self.second, self.question, x):
                return False
            witness = falsify.replay(self.first, self.second, self.question, x)
            found.extend([witness] if witness is not None else [])
            return witness is not None

        search = Search(self.atoms, asked, self.inputs, visit, self.budget.part(BRANCHING * self.budget.left))
        try:
            if search.run(lambda excess: False):
                return self.different(found[0])
        except OutOfBudget as error:
            self.budget.check()
            return f"{search.splits} splits, {len(search.parts)} parts open: {error}"
        if search.excess is not None:
            return f"{search.splits} splits leave parts that only exact arithmetic decides"
        return self.same(f"branch and bound with {search.splits} splits")

    def solve(self) -> Outcome:
        """Z3 on what is left."""
        if self.atoms is None:
            return "no forms"
        from lumpform.equivalence.smt import solve

        found = solve(self.atoms, goals(self.question, *self.forms), self.inputs, self.budget)
        if found.outcome == "proved":
            return self.same("Z3 finds no input for the exact encoding of what is left")
        if found.point is not None:
            witness = falsify.replay(self.first, self.second, self.question, found.point)
            return "Z3's input does not replay: please report this" if witness is None else self.different(witness)
        return found.reason
