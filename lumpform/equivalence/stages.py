"""Runs the stages that compare two networks, which hand on to each other what is known so far."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from lumpform.equivalence.branch import Search
from lumpform.equivalence.budget import Budget, OutOfBudget
from lumpform.equivalence.differential.stage import decided
from lumpform.equivalence.falsify import Falsifier
from lumpform.equivalence.forms import Atoms, Form, applies, forms_of
from lumpform.equivalence.goals import difference, goals, largest_bound
from lumpform.equivalence.joint import networks_equal
from lumpform.equivalence.same import same_network
from lumpform.equivalence.shown import about, at_least, at_most
from lumpform.equivalence.sweep import Sweep
from lumpform.equivalence.verdict import Question, Verdict, Witness, high_end, low_end
from lumpform.errors import ModelError

Outcome = Verdict | str
"""An answer, or one line about what the stage found."""

SHARES = {
    "same": 0.5,
    "look": 0.1,
    "joint": 0.5,
    "falsify": 0.2,
    "differential": 0.6,
    "forms": 0.9,
    "bounds": 0.4,
    "sweep": 0.3,
    "branch": 0.6,
    "z3": 1.0,
}
"""The stages in order, each with the share of the time left at its start that it may use.

Those from the forms on need the forms, which may take most of the time."""

LEAST = 0.03
"""With less than this share of the time left no stage is begun: the last steps of each take some."""

LAST = 0.9
"""The share of the search for a difference where it is the last hope."""

EACH = 100
"""Bytes that exact evaluation takes for one weight, at least."""

SWEEPING = 0.8
"""The share of the sweep's time after which nothing more is merged, so that the forms can be finished."""


class Stages:
    """Runs the stages on two networks, and holds what is known so far.

    Parameters
    ----------
    first, second : Network
        Inputs and outputs in the same order.
    question : Question
    budget : Budget
        For all stages together.

    Attributes
    ----------
    bound : Fraction or None
        A proved bound of the difference of the outputs on the box.
    current : Budget
        Of the stage that runs.
    """

    def __init__(self, first: Any, second: Any, question: Question, budget: Budget) -> None:
        self.first, self.second, self.question = first, second, question
        self.budget = self.current = budget
        self.bound: Fraction | None = None
        self.atoms: Atoms | None = None
        self.forms: tuple[list[Form], list[Form]] = ([], [])
        self.inputs = sum(first.graph.group(p.group).size for p in first.inputs)
        self._falsifier: Falsifier | None = None

    @property
    def falsifier(self) -> Falsifier:
        """Return the search for a difference; made when first asked for, which takes a pass over all weights."""
        if self._falsifier is None:
            self._falsifier = Falsifier(self.first, self.second, self.question)
        return self._falsifier

    def table(self) -> dict[str, Callable[[], Outcome]]:
        """Return the stages by name, in order."""
        steps = (
            self.same, self.look, self.joint, self.falsify, self.differential, self.make_forms, self.bounds, self.sweep,
            self.branch, self.solve,
        )  # fmt: skip
        return dict(zip(SHARES, steps, strict=True))

    def begin(self, name: str) -> None:
        """Give a stage its share of the time.

        Raises
        ------
        OutOfBudget
            If there is none left, or too little to begin with anything.
        """
        if self.budget.left < LEAST * self.budget.seconds:
            raise OutOfBudget(f"the time limit of {self.budget.seconds:.3g} s is all but used up")
        last = name == "falsify" and not (applies(self.first) and applies(self.second))  # then no other stage applies
        self.current = self.budget.share(LAST if last else SHARES[name])
        self.current.check()

    def tick(self) -> None:
        """Do nothing while the stage that runs has time and memory left.

        Raises
        ------
        OutOfBudget
        """
        self.current.check()

    def different(self, witness: Witness) -> Verdict:
        """Return the answer no."""
        size = witness.difference
        shown = about(size) if witness.exact else f"at least {at_least(size)}"
        how = "replayed exactly" if witness.exact else "replayed in proved enclosures"
        where = "" if self.question.box is None else f" of {self.question.where}"
        if self.question.argmax:
            text = f"the largest output is another one at an input{where}, {how}; outputs differ by {shown} there"
        else:
            text = f"outputs differ by {shown} at an input{where}, {how}"
        return Verdict("DIFFERENT", text, witness)

    def equal(self, why: str) -> Verdict:
        """Return the answer yes."""
        return Verdict("EQUIVALENT", f"{self.question.text}: {why}")

    def same(self) -> Outcome:
        """Compare the networks as they stand."""
        if same_network(self.first, self.second):
            return self.equal("both are the same network")
        return "not the same network"

    def look(self) -> Outcome:
        """Look at a few inputs."""
        return self._witness(lambda: self.falsifier.look(self.current), "no difference at a few inputs")

    def falsify(self) -> Outcome:
        """Search for an input that answers with no."""
        return self._witness(lambda: self.falsifier.search(self.current), "no difference found")

    def _witness(self, search: Callable[[], Witness | None], nothing: str) -> Outcome:
        self.current.need(EACH * sum(a.weights.nnz for n in (self.first, self.second) for a in n.graph.arrows) / 2**20)
        unknown = self._unknown()
        if unknown is not None:
            return f"the function {unknown} has neither exact values nor enclosures"
        try:
            found = search()
        except ModelError as error:
            return f"no replay ({error})"
        return nothing if found is None else self.different(found)

    def _unknown(self) -> str | None:
        """Return the name of a function that cannot be evaluated here, if there is one."""
        return next((n for e in self.falsifier.evaluators if (n := e.unknown())), None)

    def joint(self) -> Outcome:
        """Lump both in one graph."""
        if networks_equal(self.first, self.second, self.tick):
            return self.equal("in the joint lumping all outputs fall into one class each, with ratio one")
        return "outputs are in different classes"

    def differential(self) -> Outcome:
        """Bound the difference neuron by neuron, and split the box of inputs."""
        found = decided(self.first, self.second, self.question, lambda: self.falsifier, self.current)
        self.bound, sure = found.bound, self.different(found.witness) if found.witness else None
        return sure or (self.equal(found.text) if found.within else found.text)

    def make_forms(self) -> Outcome:
        """Rewrite both as forms over shared ReLUs."""
        if not (applies(self.first) and applies(self.second)):
            return "feature maps, or functions that are not piecewise linear"
        self._use(Atoms.start(self.inputs, self.question.box, self.tick))
        if self.forms[0] == self.forms[1]:
            return self.equal("both are the same linear forms over the same ReLUs")
        return f"{self._unequal()} outputs are different forms"

    def _use(self, atoms: Atoms) -> None:
        made = [forms_of(network, atoms) for network in (self.first, self.second)]
        self.atoms, self.forms = atoms, (made[0], made[1])

    def _unequal(self) -> int:
        return sum(a != b for a, b in zip(*self.forms, strict=True))

    def bounds(self) -> Outcome:
        """Bound the difference on the box."""
        if self.question.box is None:
            return "no box"
        if self.atoms is None:
            return self._by_intervals()
        bound = largest_bound(self.atoms, *self.forms)
        if bound is None:
            return "no bounds"
        self.bound = bound if self.bound is None else min(self.bound, bound)
        if self.question.argmax:
            best = self._always_best(self.atoms)
            if best is not None:
                return self.equal(f"output {best} is the largest in both, everywhere on the box, by its bounds")
            return "no output is the largest everywhere by its bounds"
        if all(self._within(self.atoms, goal) for goal in goals(self.question, *self.forms)):
            return self.equal(f"bounds of the difference are within {at_most(self.bound)}")
        return f"the difference is at most {at_most(self.bound)}"

    def _by_intervals(self) -> Outcome:
        """Bound the outputs of each network on the box: where forms do not apply, or were not finished."""
        if self._unknown() is not None:
            return "no bounds"
        first, second = self.falsifier.over_box(self.current)
        if self.question.argmax:
            for c in range(len(first)):
                if all(low_end(s[c]) >= high_end(v) for s in (first, second) for k, v in enumerate(s) if k != c):
                    return self.equal(f"output {c} is the largest in both, everywhere on the box, by its bounds")
            return "no output is the largest everywhere by its bounds"
        gaps = [(high_end(b) - low_end(a), high_end(a) - low_end(b)) for a, b in zip(first, second, strict=True)]
        bound = max(map(max, gaps), default=Fraction(0))
        self.bound = bound if self.bound is None else min(self.bound, bound)
        if self.question.within(gaps):
            return self.equal(f"bounds of the outputs differ by at most {at_most(bound)}")
        return f"the difference is at most {at_most(bound)}"

    @staticmethod
    def _within(atoms: Atoms, goal: Any) -> bool:
        interval = atoms.bounds(goal.form)
        return interval is not None and interval[1] <= goal.above

    def _always_best(self, atoms: Atoms) -> int | None:
        """Return an output that bounds show to be largest, in both networks and everywhere on the box."""
        count = len(self.forms[0])
        for c in range(count):
            if all(self._ahead(atoms, forms, c, k) for forms in self.forms for k in range(count) if k != c):
                return c
        return None

    def _ahead(self, atoms: Atoms, forms: list[Form], c: int, k: int) -> bool:
        self.tick()
        interval = atoms.bounds(difference(forms[c], forms[k]))
        return interval is not None and interval[0] >= 0

    def sweep(self) -> Outcome:
        """Make the forms again, with neurons merged that small queries prove to be the same."""
        if self.atoms is None:
            return "no forms"
        before = self.atoms, self.forms
        atoms = Sweep.begin(self.inputs, self.question.box, self.current.share(SWEEPING), self.tick)
        self._use(atoms)
        if self.forms[0] == self.forms[1]:
            return self.equal(f"the same forms after {atoms.proved} neurons were proved to be like others")
        if not atoms.proved:
            self.atoms, self.forms = before
        return f"{atoms.proved} of {atoms.asked} neurons that look alike are; {self._unequal()} outputs are different"

    def branch(self) -> Outcome:
        """Split the box by phases, and bound each part."""
        if self.atoms is None or self.question.box is None:
            return "no box" if self.atoms is not None else "no forms"
        if self.question.exact:
            return "for questions with an epsilon or about the largest output"
        asked = goals(self.question, *self.forms)
        found: list[Witness] = []
        probe = self.falsifier.probe

        def visit(point: Any) -> bool:
            x = probe.on_box(point)
            if not probe.looks_violated(x):
                return False
            witness = self.falsifier.replay(x, self.current)
            found.extend([witness] if witness is not None else [])
            return witness is not None

        search = Search(self.atoms, asked, self.inputs, visit, self.current)
        try:
            if search.run(lambda excess: False):
                return self.different(found[0])
        except OutOfBudget as error:
            return f"{search.splits} splits, {len(search.parts)} parts open: {error}"
        if search.excess is not None:
            return f"{search.splits} splits leave parts that only exact arithmetic decides"
        return self.equal(f"branch and bound with {search.splits} splits")

    def solve(self) -> Outcome:
        """Ask Z3 about what is left."""
        if self.atoms is None:
            return "no forms"
        from lumpform.equivalence.smt import solve

        found = solve(self.atoms, goals(self.question, *self.forms), self.inputs, self.current)
        if found.outcome == "proved":
            return self.equal("Z3 finds no input for the exact encoding of what is left")
        if found.point is not None:
            witness = self.falsifier.replay(found.point)
            return "Z3's input does not replay: please report this" if witness is None else self.different(witness)
        return found.reason
