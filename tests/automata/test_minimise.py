"""Linear minimisation: as many states as the Hankel matrix has rank, and unique up to a change of basis."""

from __future__ import annotations

from fractions import Fraction
from itertools import product as words_of

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import examples

import lumpform as lf
from lumpform import strategies as ls
from lumpform.automata.minimise import minimise
from lumpform.automata.series import equal_series
from lumpform.numbers.residues import PRIME


def hankel(automaton, length):
    """Return the weights of all words ``u v`` with u and v up to a length, as a matrix."""
    words = ["".join(w) for k in range(length + 1) for w in words_of(automaton.letters, repeat=k)]
    weights: dict[str, Fraction] = {}
    return sympy.Matrix([[weights.setdefault(u + v, automaton.weight(u + v)) for v in words] for u in words])


def changed(automaton, rows):
    """Return the automaton in another basis: ``i T^-1``, ``T A T^-1``, ``T f``."""
    there = sympy.Matrix(rows)
    back = there.inv()
    matrices = {a: (there * sympy.Matrix(m.to_fractions()) * back).tolist() for a, m in automaton.matrices.items()}
    initial = (sympy.Matrix([automaton.initial.fractions()]) * back).tolist()[0]
    final = (there * sympy.Matrix(automaton.final.fractions())).T.tolist()[0]
    return lf.WeightedAutomaton.from_matrices(initial, matrices, final)


@settings(max_examples=examples(40))
@given(automaton=ls.automata(max_states=3))
def test_the_size_is_the_rank_of_the_hankel_matrix(automaton):
    small = minimise(automaton)
    assert small.states == hankel(automaton, automaton.states - 1).rank()
    assert equal_series(automaton, small).equal
    assert hankel(small, 2) == hankel(automaton, 2)


@pytest.mark.parametrize("kind", ["ordinary", "exact", "strict"])
@given(data=st.data())
def test_it_is_never_larger_than_a_lumping(kind, data):
    found = data.draw(ls.lumpable_automata(kind=kind))
    assert minimise(found.automaton).states == minimise(found.quotient).states <= found.quotient.states


@settings(max_examples=examples(40))
@given(automaton=ls.automata(min_states=2, max_states=3), data=st.data())
def test_two_smallest_automata_differ_by_a_change_of_basis(automaton, data):
    """T of the reached rows: the words that span one span the other, and T carries all weights over."""
    n = automaton.states
    lower = [[data.draw(st.integers(-2, 2)) if j < i else int(i == j) for j in range(n)] for i in range(n)]
    first, second = minimise(automaton), minimise(changed(automaton, lower))
    assert first.states == second.states
    if first.states == 0:
        return
    words = ["".join(w) for k in range(n) for w in words_of(automaton.letters, repeat=k)]
    reached = [sympy.Matrix([row(x, w) for w in words]) for x in (first, second)]
    places = reached[0].T.rref()[1]
    square = [m.extract(list(places), list(range(first.states))) for m in reached]
    there = square[1].inv() * square[0]  # coordinates of the second to those of the first
    for letter in automaton.letters:
        one, two = (sympy.Matrix(x.matrices[letter].to_fractions()) for x in (first, second))
        assert two * there == there * one
    assert sympy.Matrix([second.initial.fractions()]) * there == sympy.Matrix([first.initial.fractions()])
    assert there * sympy.Matrix(first.final.fractions()) == sympy.Matrix(second.final.fractions())


def row(automaton, word):
    vector = sympy.Matrix([automaton.initial.fractions()])
    for letter in word:
        vector = vector * sympy.Matrix(automaton.matrices[letter].to_fractions())
    return vector.tolist()[0]


def test_a_smaller_automaton_than_any_lumping():
    """The series 2^n - 3^n: a state that is not seen is left out, though no two states are alike."""
    both = lf.WeightedAutomaton.from_matrices([1, -1, 0], {"a": [[2, 0, 1], [0, 3, 1], [0, 0, 2]]}, [1, 1, 0])
    small = minimise(both)
    assert small.states == 2
    assert [small.weight("a" * k) for k in range(5)] == [2**k - 3**k for k in range(5)]


@pytest.mark.parametrize("weights", [([0, 0], [1, 1]), ([1, 1], [0, 0]), ([1, 0], [0, 1])])
def test_the_zero_series_has_no_states(weights):
    initial, final = weights
    found = minimise(lf.WeightedAutomaton.from_matrices(initial, {"a": [[1, 0], [1, 1]]}, final))
    assert (found.states, found.letters, found.weight("aa")) == (0, ("a",), 0)
    assert minimise(found) == found


def test_without_letters():
    found = minimise(lf.WeightedAutomaton.from_matrices([1, 2], {}, [3, "1/2"]))
    assert (found.states, found.weight("")) == (1, 4)


@pytest.mark.parametrize("factor", [PRIME, Fraction(1, PRIME)])
def test_weights_that_the_prime_divides(factor):
    """Modulo the first prime one of two independent rows is zero."""
    found = minimise(lf.WeightedAutomaton.from_matrices([1, 0], {"a": [[1, factor], [0, 2]]}, [0, 1]))
    assert found.states == 2
    assert [found.weight("a" * k) for k in range(4)] == [0, factor, 3 * factor, 7 * factor]


@pytest.mark.medium
def test_a_hundred_states():
    """A ring with two letters, written twice: the series of one copy."""
    n = 50

    def ring(copies):
        size = n * copies
        step = [[int(t == (s + copies) % size) for t in range(size)] for s in range(size)]
        hold = [[(s // copies + 1) * int(s // copies == t // copies) for t in range(size)] for s in range(size)]
        hold = [[Fraction(v, copies) for v in line] for line in hold]
        initial = {s: Fraction(1, copies) for s in range(copies)}
        return lf.WeightedAutomaton.from_matrices(initial, {"a": step, "b": hold}, {s: 1 for s in range(copies)})

    assert minimise(ring(2)).states == n
    assert equal_series(ring(2), ring(1)).equal
