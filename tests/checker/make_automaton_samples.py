"""Writes the frozen samples of weighted automata in `accepted/` and `rejected/`: run once, then only read.

    python tests/checker/make_automaton_samples.py

As `make_samples.py` does for chains: a rejected sample is named by the rule that it violates; its digests are right.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Self

from make_samples import TINY, Sample, write

import lumpform as lf
from lumpform.certificates.digest import digest_of

OUT = {"a": [[0, "1/3", "2/3"], [-1, 2, -2], [-1, 0, 0]], "b": [[0, 0, 0], [3, 1, 0], [3, 0, 1]]}
"""Classes {0}, {1, 2} by sums out of states; weights of either sign cancel."""

BOTH = {"a": [[0, "1/2", "1/2"], [-1, 2, -2], [-1, -2, 2]], "b": [[5, 0, 0], [0, 1, 0], [0, 0, 1]]}
"""The same classes, by sums out of states and into them."""


def made(matrices: dict[str, Any], initial: Any = (1, 2, -1), final: Any = (0, "0.5", "0.5")) -> lf.WeightedAutomaton:
    return lf.WeightedAutomaton.from_matrices(list(initial), matrices, list(final))


class AutomatonSample(Sample):
    """An automaton, its reduced form and a certificate that may be changed before they are written."""

    def __init__(self, automaton: lf.WeightedAutomaton, kind: Any = "ordinary", respect: tuple[str, ...] = ()) -> None:
        self.take(lf.lump(automaton, kind, respect=respect))

    def with_models(self, original: Any = None, reduced: Any = None) -> Self:
        """The same claims about other models, with their digests."""
        self.original, self.reduced = original or self.original, reduced or self.reduced
        for name, model in (("original", self.original), ("reduced", self.reduced)):
            self.certificate[name] = {"kind": "automaton", "digest": digest_of(model)}
        return self


def ordinary() -> AutomatonSample:
    return AutomatonSample(made(OUT))


def exact() -> AutomatonSample:
    return AutomatonSample(made(BOTH, (1, 2, 2), (0, 1, "1/2")), "exact")


def strict() -> AutomatonSample:
    return AutomatonSample(made(BOTH, (1, 2, 2)), "strict")


def changed(automaton: lf.WeightedAutomaton, **changes: Any) -> lf.WeightedAutomaton:
    """The automaton with other weights: ``a=((row, column, value),)``, ``initial={state: value}`` and so on."""
    matrices: dict[str, Any] = {a: m.to_fractions() for a, m in automaton.matrices.items()}
    columns = {what: list(getattr(automaton, what).fractions()) for what in ("initial", "final")}
    for what, entries in changes.items():
        for place, value in entries.items():
            if what in columns:
                columns[what][place] = value
            else:
                matrices[what][place[0]][place[1]] = value
    return lf.WeightedAutomaton.from_matrices(columns["initial"], matrices, columns["final"])


def _reduced(sample: AutomatonSample, **changes: Any) -> AutomatonSample:
    return sample.with_models(reduced=changed(sample.reduced, **changes))


def _original(sample: AutomatonSample, **changes: Any) -> AutomatonSample:
    return sample.with_models(original=changed(sample.original, **changes))


def _letters(sample: AutomatonSample, matrices: dict[str, Any]) -> AutomatonSample:
    small = sample.reduced
    return sample.with_models(reduced=lf.WeightedAutomaton(small.initial, matrices, small.final))


def rejected() -> dict[str, Callable[[], AutomatonSample]]:
    """Every rule, violated in each of its ways."""
    zeros = "sha256:" + 64 * "0"
    small = ordinary().reduced.matrices
    return {
        "R1_v2_automaton": lambda: ordinary().claiming(original={"kind": "automaton", "digest": zeros}),
        "R2_v2_automaton": lambda: ordinary().claiming(reduced={"kind": "automaton", "digest": zeros}),
        "R4_v2_automaton": lambda: ordinary().claiming(states=4),
        "R5_v2_automaton": lambda: ordinary().claiming(class_of=[1, 0, 0]),
        "R9_v2_letter": lambda: _original(ordinary(), b={(2, 0): 3 + TINY}),
        "R10_v2_letter": lambda: _original(exact(), a={(0, 2): Fraction(1, 2) + TINY}),
        "R10_v2_strict": lambda: AutomatonSample(made(OUT, (1, 2, 2))).claiming(kind="strict"),
        "R11_v2_letter": lambda: _reduced(ordinary(), a={(1, 1): TINY}),
        "R11_v2_ratio": lambda: _reduced(exact(), a={(0, 1): Fraction(1, 2)}),
        "R25_lacks": lambda: _letters(ordinary(), {"a": small["a"]}),
        "R25_invented": lambda: _letters(ordinary(), {**small, "c": small["a"]}),
        "R26_final": lambda: _original(ordinary(), final={2: Fraction(1, 2) + TINY}),
        "R26_initial": lambda: _original(exact(), initial={2: 2 + TINY}),
        "R26_respected": lambda: ordinary().claiming(respect=["initial"]),
        "R27_sum": lambda: _reduced(ordinary(), initial={1: 1 + TINY}),
        "R28_mean": lambda: _reduced(exact(), final={1: 1}),
    }


def accepted() -> dict[str, tuple[AutomatonSample, str]]:
    """Name of the folder, the sample and the suffix of its models."""
    return {f"v2_automaton_{name}": (make(), ".wa") for name, make in KINDS.items()}


KINDS = {"ordinary": ordinary, "exact": exact, "strict": strict}


if __name__ == "__main__":
    write(rejected(), accepted(), ".wa")
