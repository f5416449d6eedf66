"""`equivalent` on weighted automata: equal series, a word where they differ, and what does not apply."""

from __future__ import annotations

import re
import time
from fractions import Fraction

import pytest
from hypothesis import given

import lumpform as lf
from lumpform import strategies as ls
from lumpform.automata.minimise import minimise
from lumpform.equivalence.joint import jointly_equal


def one(weight, letters="a"):
    return lf.WeightedAutomaton.from_matrices([1], {a: [[weight]] for a in letters}, [1])


@given(found=ls.lumpable_automata())
def test_an_automaton_its_quotient_and_the_smallest_one(found):
    for other in (found.quotient, minimise(found.automaton)):
        verdict = lf.equivalent(found.automaton, other)
        assert (verdict.answer, verdict.word, verdict.exit_code) == ("EQUIVALENT", None, 0)
        assert verdict.reason.startswith("equal weights of all words: the differences of both span ")
        assert verdict.compared == {"letters": list(found.automaton.letters)}


@given(first=ls.automata(letters="a"), second=ls.automata(letters="a"))
def test_a_word_is_replayed(first, second):
    verdict = lf.equivalent(first, second)
    assert (verdict.answer == "DIFFERENT") is (verdict.word is not None)
    if verdict.word is None:
        assert all(first.weight("a" * k) == second.weight("a" * k) for k in range(9))
    else:
        assert first.weight(verdict.word) != second.weight(verdict.word)
        name = f"the word {''.join(verdict.word)!r}" if verdict.word else "the empty word"
        assert verdict.reason.startswith(f"{name} has weight ")


def test_the_reason_of_a_difference():
    verdict = lf.equivalent(one(2), one("1/3"))
    assert (verdict.answer, verdict.word) == ("DIFFERENT", ("a",))
    assert verdict.reason == (
        "the word 'a' has weight 2 in the first and 1/3 in the second; no shorter word has different weights"
    )
    assert [s.name for s in verdict.stages] == ["automata"]
    assert "DIFFERENT" in verdict._repr_html_()
    long = lf.equivalent(one(2, ["push"]), one(1, ["push"]))
    assert "the word 'push' has" in long.reason


def test_long_and_strange_words():
    n = 70
    rows = [[int(t == s + 1) for t in range(n + 1)] for s in range(n + 1)]
    first, second = (lf.WeightedAutomaton.from_matrices({0: 1}, {"\n": rows}, {n: w}) for w in (1, 2))
    verdict = lf.equivalent(first, second)
    assert verdict.word == ("\n",) * n
    assert f"the word '{'?' * 60}'... of 70 letters has" in verdict.reason


@pytest.mark.medium
@pytest.mark.usefixtures("own_clock")
def test_the_time_is_kept():
    n = 300
    rows = [[Fraction(1 + (7 * s + 3 * t) % 11, 12) * int(t in (s, (s + 1) % n)) for t in range(n)] for s in range(n)]
    automaton = lf.WeightedAutomaton.from_matrices({0: 1}, {"a": rows, "b": rows[::-1]}, {0: 1})
    other = lf.WeightedAutomaton(automaton.initial, automaton.matrices, automaton.initial)
    began = time.perf_counter()
    verdict = lf.equivalent(automaton, other, timeout=0.3)
    assert time.perf_counter() - began < 2
    assert (verdict.answer, verdict.exit_code) == ("UNKNOWN", 3)
    assert verdict.reason == "equal weights of all words: nothing is known, the time limit of 0.3 s is used up"


CHAIN = lf.MarkovChain([[1]], initial=0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: lf.equivalent(one(1), one(1, "ab")),
            "only the second automaton has the letter 'b', expected",
        ),
        (lambda: lf.equivalent(one(1), one(1), respect="labels"), "respect is for chains, expected none for automata"),
        (lambda: lf.equivalent(one(1), one(1), epsilon=1), "margin are for networks, expected none for automata"),
        (lambda: lf.equivalent(one(1), CHAIN), "a chain and an automaton cannot be compared, expected two models"),
        (lambda: jointly_equal(one(1), one(1)), "joint lumping compares chains and networks, found models of the dom"),
    ],
)
def test_what_does_not_apply(call, message):
    with pytest.raises(lf.LumpFormError, match=re.escape(message)):
        call()
