"""Equality of series: the answer of all short words, a shortest one where they differ, and primes that mislead."""

from __future__ import annotations

from fractions import Fraction
from itertools import product as words_of

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform import strategies as ls
from lumpform.automata.automaton import WeightedAutomaton
from lumpform.automata.minimise import minimise
from lumpform.automata.series import equal_series
from lumpform.numbers.residues import PRIME


def first_difference(first, second):
    """Return the first word that tells two automata apart, shorter ones first, of all that can be needed."""
    for length in range(first.states + second.states):
        for word in words_of(first.letters, repeat=length):
            if first.weight(word) != second.weight(word):
                return word
    return None


@given(data=st.data())
def test_the_answer_is_that_of_all_short_words(data):
    """Also for automata that are nearly equal: one weight is changed in a copy with other states."""
    first = data.draw(ls.automata(max_states=2))
    second = data.draw(ls.automata(max_states=2, letters="".join(first.letters), min_letters=len(first.letters)))
    if data.draw(st.booleans()):
        letter = data.draw(st.sampled_from(first.letters))
        rows = {a: m.to_fractions() for a, m in first.matrices.items()}
        rows[letter][-1][-1] += data.draw(st.integers(0, 1))
        second = minimise(WeightedAutomaton.from_matrices(first.initial, rows, first.final))
    found, word = equal_series(first, second), first_difference(first, second)
    assert (found.equal, found.word) == (word is None, word)
    if word is not None:
        assert (found.first, found.second) == (first.weight(word), second.weight(word))
        assert found.first != found.second


@given(found=ls.lumpable_automata())
def test_the_other_way_round(found):
    changed = WeightedAutomaton.from_matrices(
        found.automaton.initial, found.automaton.matrices, [v + 1 for v in found.automaton.final.fractions()]
    )
    here, there = equal_series(changed, found.quotient), equal_series(found.quotient, changed)
    assert (here.equal, here.word, here.first, here.second) == (there.equal, there.word, there.second, there.first)


def line(n, letter="a"):
    """Return the automaton that gives 1 to one word of n letters."""
    rows = [[int(t == s + 1) for t in range(n + 1)] for s in range(n + 1)]
    return WeightedAutomaton.from_matrices({0: 1}, {letter: rows, "z": [[0] * (n + 1)] * (n + 1)}, {n: 1})


@pytest.mark.parametrize("n", [1, 4, 20])
def test_the_shortest_word(n):
    found = equal_series(line(n), line(n + 1))
    assert (found.equal, found.word, found.first, found.second) == (False, ("a",) * n, 1, 0)
    assert equal_series(line(n), line(n)).equal


@pytest.mark.parametrize("factor", [1, -1, 3])
def test_a_difference_that_is_zero_modulo_the_prime(factor):
    """The prime takes it for dependent; only the rationals say that a word shows it, and which is the first."""
    off = Fraction(factor * PRIME, 2**64)
    rows = {"a": [[0, 1], [0, 0]], "b": [[0, 0], [0, 1]]}
    first, second = (WeightedAutomaton.from_matrices([v, 0], rows, [0, 1]) for v in (1 + off, 1))
    found = equal_series(first, second)
    assert (found.equal, found.word, found.first, found.second) == (False, ("a",), 1 + off, 1)


def test_a_shorter_word_that_the_prime_passes_over():
    """State 2 is reached by ``b`` with a weight that the prime divides, and by ``aaa`` with weight 1."""
    letters = {"a": {(0, 1): 1, (1, 3): 1, (3, 2): 1}, "b": {(0, 2): PRIME}, "c": {(2, 4): 1}}
    rows = {a: [[arrows.get((s, t), 0) for t in range(5)] for s in range(5)] for a, arrows in letters.items()}
    first = WeightedAutomaton.from_matrices({0: 1}, rows, {4: 1})
    found = equal_series(first, WeightedAutomaton.from_matrices([], {a: [] for a in "abc"}, []))
    assert (found.word, found.first, found.second) == (("b", "c"), PRIME, 0)


def test_the_order_of_letters_does_not_matter():
    turned = WeightedAutomaton(line(2).initial, dict(reversed(line(2).matrices.items())), line(2).final)
    assert equal_series(line(2), turned).equal


@pytest.mark.parametrize(("other", "where", "letter"), [("b", "first", "a"), ("a", "second", "z")])
def test_other_letters(other, where, letter):
    first = line(1) if where == "first" else WeightedAutomaton.from_matrices([1], {"a": [[1]]}, [1])
    message = f"only the {where} automaton has the letter '{letter}', expected the same letters"
    with pytest.raises(lf.ModelError, match=message):
        equal_series(first, line(1, other))
