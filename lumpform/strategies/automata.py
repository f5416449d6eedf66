"""Draws weighted automata, and those that are lumpable by construction, built backwards from their quotient."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from lumpform.automata.automaton import WeightedAutomaton
from lumpform.graph.partition import Partition
from lumpform.strategies.weights import ZERO, require

Kind = Literal["ordinary", "exact", "strict"]
Matrix = list[list[Fraction]]

KINDS = ("ordinary", "exact", "strict")


class LumpableAutomaton(NamedTuple):
    """Holds an automaton, a partition of its nodes that is a lumping of it, and the quotient.

    Node 0 is the pinned node and node 1 + s is state s, so state c of the quotient is class 1 + c.
    """

    automaton: WeightedAutomaton
    partition: Partition
    quotient: WeightedAutomaton


def signed_weights() -> SearchStrategy[Fraction]:
    """Draw small exact numbers of either sign, zero often. Shrinks towards 0."""
    return st.one_of(
        st.just(ZERO), st.integers(-2, 2).map(Fraction), st.builds(Fraction, st.integers(-3, 3), st.integers(1, 4))
    )


@st.composite
def automata(
    draw: DrawFn, *, letters: str = "ab", min_states: int = 1, max_states: int = 4, min_letters: int = 1
) -> WeightedAutomaton:
    """Draw weighted automata with small exact weights of either sign.

    Parameters
    ----------
    letters : str
        One letter a character; the alphabet is the first so many of them.
    min_states, max_states, min_letters : int

    Notes
    -----
    Shrinks towards few states, one letter and zero weights.
    """
    require(0 <= min_states <= max_states, f"automata of {min_states} to {max_states} states do not exist")
    require(0 <= min_letters <= len(letters), f"{min_letters} of {len(letters)} letters do not exist")
    n = draw(st.integers(min_states, max_states))
    alphabet = letters[: draw(st.integers(min_letters, len(letters)))]
    row = st.lists(signed_weights(), min_size=n, max_size=n)
    matrices = {a: draw(st.lists(row, min_size=n, max_size=n)) for a in alphabet}
    return WeightedAutomaton.from_matrices(draw(row), matrices, draw(row))


@st.composite
def lumpable_automata(
    draw: DrawFn, *, kind: Kind = "ordinary", letters: str = "ab", max_classes: int = 3, max_class_size: int = 2
) -> LumpableAutomaton:
    """Draw automata with a planted lumping: triples (automaton, partition, quotient).

    Parameters
    ----------
    kind : {"ordinary", "exact", "strict"}
    letters : str
        As for `automata`.
    max_classes, max_class_size : int

    Notes
    -----
    Every class is split into copies; every weight of the quotient is shared evenly by the copies at both ends, and
    then weights of either sign are added which cancel on the side that the kind compares. States of different classes
    may be mixed. Shrinks towards one class of one state.
    """
    require(kind in KINDS, f"kind is {kind!r}, expected 'ordinary', 'exact' or 'strict'")
    require(max_class_size >= 1, f"max_class_size is {max_class_size}, expected at least 1")
    # A fixed number of sizes, so that shrinking can remove a class without touching them.
    sizes = draw(st.lists(st.integers(1, max_class_size), min_size=max_classes, max_size=max_classes))
    quotient = draw(automata(letters=letters, max_states=max_classes))
    sizes = sizes[: quotient.states]
    of_states = [c for c, size in enumerate(sizes) for _ in range(size)]
    class_of = draw(st.permutations(of_states)) if draw(st.booleans()) else of_states
    classes = Partition(class_of)
    first = [class_of[i] for i in classes.representatives.tolist()]  # classes by their first members
    quotient = _reordered(quotient, first)
    members = classes.classes()
    out, into = kind != "exact", kind != "ordinary"
    matrices = {a: _spread(draw, m.to_fractions(), members, out, into) for a, m in quotient.matrices.items()}
    initial = _shared(draw, quotient.initial.fractions(), members, even=into)
    whole = [v * len(block) for v, block in zip(quotient.final.fractions(), members, strict=True)]
    final = _shared(draw, whole, members, even=out)  # the mean of a class is the weight in the quotient
    automaton = WeightedAutomaton.from_matrices(initial, matrices, final)
    return LumpableAutomaton(automaton, Partition([-1, *class_of]), quotient)


def _reordered(automaton: WeightedAutomaton, order: list[int]) -> WeightedAutomaton:
    """Return the automaton with its states in another order: state i was state ``order[i]``."""
    matrices = {}
    for letter, matrix in automaton.matrices.items():
        rows = matrix.to_fractions()
        matrices[letter] = [[rows[s][t] for t in order] for s in order]
    initial, final = ([column.fractions()[s] for s in order] for column in (automaton.initial, automaton.final))
    return WeightedAutomaton.from_matrices(initial, matrices, final)


def _shared(draw: DrawFn, weights: list[Fraction], members: list[list[int]], *, even: bool) -> list[Fraction]:
    """Return weights of states with the given sums over classes: equal in a class, or as drawn."""
    result = [ZERO] * sum(map(len, members))
    for weight, block in zip(weights, members, strict=True):
        more = [ZERO] if even else _noise(draw, 1, len(block), out=True, into=False)[0]
        for s, extra in zip(block, more * len(block) if even else more, strict=True):
            result[s] = weight / len(block) + extra
    return result


def _spread(draw: DrawFn, q: Matrix, members: list[list[int]], out: bool, into: bool) -> Matrix:
    """Return a matrix whose sums out of states, into states (on masses), or both are those of a quotient."""
    n = sum(map(len, members))
    matrix = [[ZERO] * n for _ in range(n)]
    for b, sources in enumerate(members):
        for c, targets in enumerate(members):
            noise = _noise(draw, len(sources), len(targets), out=out, into=into)
            for s, row in zip(sources, noise, strict=True):
                for t, extra in zip(targets, row, strict=True):
                    matrix[s][t] = q[b][c] / len(targets) + extra
    return matrix


def _noise(draw: DrawFn, rows: int, columns: int, *, out: bool, into: bool) -> Matrix:
    """Draw a matrix whose rows sum to zero (`out`), or its columns (`into`), or both."""
    noise = [[ZERO] * columns for _ in range(rows)]
    for i in range(rows - into):
        for j in range(columns - out):
            noise[i][j] = draw(signed_weights())
    if out:
        for row in noise:
            row[-1] -= sum(row, ZERO)
    if into:
        for j in range(columns):
            noise[-1][j] -= sum((row[j] for row in noise), ZERO)
    return noise
