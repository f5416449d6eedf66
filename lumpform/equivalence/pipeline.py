"""`equivalent`: cheap stages first, each of which can end the question."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from lumpform.equivalence import falsify
from lumpform.equivalence.joint import jointly_equal
from lumpform.equivalence.normal import Atoms, Form, applies, forms_of, plus, times
from lumpform.equivalence.verdict import Question, Stage, Verdict, Witness
from lumpform.errors import ModelError, OptionError
from lumpform.exact import as_rational

STAGES = ("falsify", "joint", "forms", "bounds", "z3")
"""The stages for networks, in order."""


def equivalent(
    first: Any,
    second: Any,
    *,
    box: Any = None,
    epsilon: Any = 0,
    argmax: bool = False,
    timeout: float = 60.0,
    stages: Sequence[str] = STAGES,
) -> Verdict:
    """Decide whether two models behave the same.

    Parameters
    ----------
    first, second : Network or MarkovChain
    box : (low, high) or one pair per input, optional
        Networks: inputs in it only.
    epsilon : exact number
        Networks: outputs may differ by so much.
    argmax : bool
        Networks: only the largest output counts.
    timeout : float
        Seconds, for the stage that needs a solver.
    stages : sequence of str
        Which stages may be used.

    Returns
    -------
    Verdict
        EQUIVALENT with the reason, DIFFERENT with an input that was replayed exactly on both (chains: with the step),
        or UNKNOWN with what was tried. Exact arithmetic decides; floats only suggest where to look.

    Raises
    ------
    ModelError
        If the models cannot be compared: different domains, inputs, outputs or kinds.
    OptionError
        If an option does not apply.
    """
    if hasattr(first, "graph") != hasattr(second, "graph"):
        raise ModelError("a chain and a network cannot be compared, expected two models of one domain")
    unknown = next((s for s in stages if s not in STAGES), None)
    if unknown is not None:
        raise OptionError(f"no stage is called {unknown!r}, expected some of {', '.join(STAGES)}")
    if not hasattr(first, "graph"):
        if box is not None or epsilon not in (0, "0") or argmax:
            raise OptionError("box, epsilon and argmax are for networks, expected none for chains")
        return _chains(first, second)
    question = _question(first, box, epsilon, argmax)
    _check_shapes(first, second)
    return _Pipeline(first, second, question, timeout).run(stages)


def _chains(first: Any, second: Any) -> Verdict:
    from lumpform.equivalence.chains import compare_chains

    began = time.perf_counter()
    found = compare_chains(first, second)
    stage = Stage("chains", found.reason, time.perf_counter() - began)
    answer: Any = {True: "EQUIVALENT", False: "DIFFERENT", None: "UNKNOWN"}[found.equal]
    return Verdict(answer, found.reason, None, (stage,))


def _question(network: Any, box: Any, epsilon: Any, argmax: bool) -> Question:
    from lumpform.reduction import input_box

    try:
        allowed = as_rational(epsilon)
    except ValueError as error:
        raise OptionError(f"epsilon is not usable: {error}") from None
    if allowed < 0 or (allowed and argmax):
        raise OptionError(f"epsilon is {allowed}, expected a number from 0 on, and none with argmax")
    return Question(None if box is None else input_box(network, box), allowed, argmax)


def _check_shapes(first: Any, second: Any) -> None:
    for what in ("inputs", "outputs"):
        sizes = [[n.graph.group(p.group).size for p in getattr(n, what)] for n in (first, second)]
        if sizes[0] != sizes[1]:
            raise ModelError(f"the networks have {sizes[0]} and {sizes[1]} {what}, expected the same numbers")


class _Pipeline:
    """The stages, and what they hand on."""

    def __init__(self, first: Any, second: Any, question: Question, timeout: float) -> None:
        self.first, self.second, self.question, self.timeout = first, second, question, timeout
        self.done: list[Stage] = []
        self.bound: Fraction | None = None
        self.atoms: Atoms | None = None
        self.forms: tuple[list[Form], list[Form]] = ([], [])

    def run(self, stages: Sequence[str]) -> Verdict:
        steps: dict[str, Callable[[], Verdict | str]] = {
            "falsify": self.falsify,
            "joint": self.joint,
            "forms": self.make_forms,
            "bounds": self.bounds,
            "z3": self.solve,
        }
        for name in (s for s in STAGES if s in stages):
            began = time.perf_counter()
            found = steps[name]()
            outcome = found if isinstance(found, str) else found.answer
            self.done.append(Stage(name, outcome, time.perf_counter() - began))
            if isinstance(found, Verdict):
                return replace(found, stages=tuple(self.done), bound=self.bound)
        tried = "; ".join(f"{s.name}: {s.outcome}" for s in self.done)
        return Verdict("UNKNOWN", f"{self.question.text}: {tried}", None, tuple(self.done), self.bound)

    def different(self, witness: Witness) -> Verdict:
        size = witness.difference
        return Verdict("DIFFERENT", f"outputs differ by {float(size):.6g} at an input, replayed exactly", witness)

    def same(self, why: str) -> Verdict:
        return Verdict("EQUIVALENT", f"{self.question.text}: {why}")

    def falsify(self) -> Verdict | str:
        try:
            found = falsify.search(self.first, self.second, self.question)
        except ModelError as error:
            return f"no exact replay ({error})"
        return "no difference found" if found is None else self.different(found)

    def joint(self) -> Verdict | str:
        if jointly_equal(self.first, self.second):
            return self.same("in the joint lumping all outputs fall into one class each, with ratio one")
        return "outputs are in different classes"

    def make_forms(self) -> Verdict | str:
        if not (applies(self.first) and applies(self.second)):
            return "feature maps, or functions that are not piecewise linear"
        inputs = sum(self.first.graph.group(p.group).size for p in self.first.inputs)
        self.atoms = Atoms.start(inputs, self.question.box)
        self.forms = forms_of(self.first, self.atoms), forms_of(self.second, self.atoms)
        if self.forms[0] == self.forms[1]:
            return self.same("both are the same linear forms over the same ReLUs")
        return f"{sum(a != b for a, b in zip(*self.forms, strict=True))} outputs are different forms"

    def bounds(self) -> Verdict | str:
        if self.atoms is None or self.question.box is None:
            return "no box" if self.atoms is not None else "no forms"
        largest = Fraction(0)
        for a, b in zip(*self.forms, strict=True):
            interval = self.atoms.bounds(plus(a, times(b, Fraction(-1))))
            if interval is None:
                return "no bounds"
            largest = max(largest, abs(interval[0]), abs(interval[1]))
        self.bound = largest
        if self.question.argmax:
            best = self._always_best(self.atoms)
            if best is not None:
                return self.same(f"output {best} is the largest in both, everywhere on the box, by its bounds")
            return "no output is the largest everywhere by its bounds"
        if largest <= self.question.epsilon:
            return self.same(f"interval bounds of the difference are within {float(largest):.6g}")
        return f"the difference is at most {float(largest):.6g}"

    def _always_best(self, atoms: Atoms) -> int | None:
        """An output that bounds show to be largest, in both networks and everywhere on the box."""
        count = len(self.forms[0])
        for c in range(count):
            if all(self._ahead(atoms, forms, c, k) for forms in self.forms for k in range(count) if k != c):
                return c
        return None

    @staticmethod
    def _ahead(atoms: Atoms, forms: list[Form], c: int, k: int) -> bool:
        interval = atoms.bounds(plus(forms[c], times(forms[k], Fraction(-1))))
        return interval is not None and interval[0] >= 0

    def solve(self) -> Verdict | str:
        if self.atoms is None:
            return "no forms"
        from lumpform.equivalence.smt import solve

        inputs = sum(self.first.graph.group(p.group).size for p in self.first.inputs)
        found = solve(self.atoms, *self.forms, self.question, inputs, self.timeout)
        if found.outcome == "proved":
            return self.same("Z3 finds no input for the exact encoding of what is left")
        if found.point is not None:
            witness = falsify.replay(self.first, self.second, self.question, found.point)
            if witness is not None:
                return self.different(witness)
            return "Z3's input does not replay: please report this"
        return f"Z3 did not decide in {self.timeout:g} s"
