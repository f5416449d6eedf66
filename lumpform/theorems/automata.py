"""Runs T21: lumping and linear minimisation of weighted automata keep the weights of all words."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from lumpform import strategies as ls
from lumpform.automata.automaton import WeightedAutomaton
from lumpform.automata.minimise import minimise
from lumpform.graph.partition import Partition
from lumpform.lumping import lump
from lumpform.theorems.base import Hypothesis, Theorem
from lumpform.theorems.common import Instance
from lumpform.theorems.show import show_counterexample, show_model

KINDS = ("ordinary", "exact", "strict")

LENGTH = 3
"""The weights of all words up to so many letters are compared."""

KEPT = {"final weights": "ordinary", "initial weights": "exact"}
"""Which kind needs which weights to be equal in a class."""


def instances(data: DataObject, model: str, dropped: str | None) -> Instance:
    """Draw an automaton with a planted lumping; a dropped hypothesis is violated at one member of a class."""
    kind: Any = KEPT.get(dropped or "") or data.draw(st.sampled_from(KINDS))
    found = data.draw(ls.lumpable_automata(kind=kind))
    automaton = found.automaton
    partition = automaton.nodes_of(lump(automaton, kind).partition) if data.draw(st.booleans()) else found.partition
    if dropped is not None:
        automaton, partition = violated(data, automaton, found.partition, dropped), found.partition
    return Instance(automaton, partition, extra=kind)


def violated(data: DataObject, automaton: WeightedAutomaton, partition: Partition, dropped: str) -> WeightedAutomaton:
    """Change the weights of a state that is not alone in its class: one final, initial, of one or of two letters."""
    assume(partition.count < len(partition))
    state = next(block for block in partition.classes() if len(block) > 1)[-1] - 1
    amount = data.draw(st.sampled_from([Fraction(1), Fraction(-1, 2)]))
    initial, final = automaton.initial.fractions(), automaton.final.fractions()
    matrices = {a: m.to_fractions() for a, m in automaton.matrices.items()}
    if dropped in KEPT:
        column = final if dropped == "final weights" else initial
        column[state] += amount
    else:
        signs = (1,) if dropped == "one letter" else (1, -1)  # with two, the sum over all letters stays as it was
        assume(len(matrices) >= len(signs))
        target = data.draw(st.integers(0, automaton.states - 1))
        for letter, sign in zip(automaton.letters, signs, strict=False):
            matrices[letter][state][target] += sign * amount
            matrices[letter][target][state] += sign * amount
    return WeightedAutomaton.from_matrices(initial, matrices, final)


def check(found: Instance) -> str | None:
    """Check the weights of words, and that the smallest automaton has as many states as the Hankel matrix has rank."""
    quotient = found.model.quotient(found.partition, found.extra)[0]
    said = _differs(found.model, quotient, f"the {found.extra} quotient")
    if said is not None:
        return show_counterexample(found, said)
    small = minimise(found.model)
    said = _differs(found.model, small, "the smallest automaton")
    # The rank is at most that of the quotient, and shows on words of fewer letters than the quotient has states.
    if said is None and small.states != hankel_rank(found.model, quotient.states - 1):
        said = f"the smallest automaton has {small.states} states, which is not the rank of the Hankel matrix"
    return None if said is None else show_counterexample(found, f"{said}\n{show_model(small)}")


def _words(letters: tuple[str, ...], length: int) -> list[tuple[str, ...]]:
    return [word for k in range(length + 1) for word in product(letters, repeat=k)]


def _differs(automaton: WeightedAutomaton, other: WeightedAutomaton, name: str) -> str | None:
    """Return the first word with different weights, in words."""
    for word in _words(automaton.letters, LENGTH):
        wanted, got = automaton.weight(word), other.weight(word)
        if wanted != got:
            return f"the word {' '.join(word) or '(empty)'} has weight {wanted}, in {name} {got}"
    return None


def hankel_rank(automaton: WeightedAutomaton, length: int) -> int:
    """Return the rank of the matrix with the weight of ``u v`` for all words u and v up to a length."""
    from flint import fmpq, fmpq_mat

    words = _words(automaton.letters, length)
    weights = {w: automaton.weight(w) for w in _words(automaton.letters, 2 * length)}
    entries = [fmpq(w.numerator, w.denominator) for w in (weights[u + v] for u in words for v in words)]
    return int(fmpq_mat(len(words), len(words), entries).rank())


T21 = Theorem(
    "T21",
    "Weighted automata",
    "Ordinary, exact and strict lumping, letter by letter, keep the weight of every word; so does linear minimisation, "
    "whose number of states is the rank of the Hankel matrix: no automaton with that series is smaller.",
    "A_a V = V Q_a, f = V g  or  A_a^T V = V M_a, i = V j,  for every letter a,  implies equal series",
    "Buchholz 2008 for the kinds; Schuetzenberger 1961 and Tzeng 1992 for the linear form",
    ("automaton",),
    instances,
    check,
    (
        Hypothesis("letter by letter", "sums agree for every letter; without: only for the sum of all letters"),
        Hypothesis("final weights", "for ordinary lumping, final weights are equal inside classes"),
        Hypothesis("initial weights", "for exact lumping, initial weights are equal inside classes"),
    ),
    absent={
        "chain": "a chain has no words; T3 to T5 are the case of one letter, and T17 of its equality",
        "network": "a network has no words",
    },
    tests=(
        "tests/theorems/test_catalogue.py",
        "tests/automata/test_quotient.py",
        "tests/automata/test_minimise.py",
        "tests/automata/test_series.py",
    ),
)

CATALOGUE = (T21,)
