"""Weighted automata: weights of words by the definition, the graph, and what is refused."""

from __future__ import annotations

import copy
import pickle
import re
from fractions import Fraction
from itertools import product as words_of
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_matrix, csr_array

import lumpform as lf
from lumpform import strategies as ls
from lumpform.automata.automaton import WeightedAutomaton
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.make import from_fractions

COUNT = lf.WeightedAutomaton.from_matrices([1, 0], {"a": [[1, 1], [0, 1]], "b": [[1, 0], [0, 1]]}, [0, 1])
"""How many letters of a word are ``a``."""


def by_definition(automaton: WeightedAutomaton, word: Any) -> Fraction:
    """Return the weight of a word as a product of full matrices."""
    row = sympy.Matrix([automaton.initial.fractions()])
    for letter in word:
        row = row * sympy.Matrix(automaton.matrices[letter].to_fractions())
    found = (row * sympy.Matrix(automaton.final.fractions()))[0]
    return Fraction(int(found.p), int(found.q))


@given(automaton=ls.automata(), word=st.text("ab", max_size=5))
def test_the_weight_of_a_word_is_a_product_of_matrices(automaton: WeightedAutomaton, word: str) -> None:
    word = "".join(a for a in word if a in automaton.letters)
    found = automaton.weight(word)
    assert isinstance(found, Fraction)
    assert found == by_definition(automaton, word) == automaton.weight(list(word))


@pytest.mark.parametrize("length", range(5))
def test_counting_letters(length: int) -> None:
    for word in words_of("ab", repeat=length):
        assert COUNT.weight(word) == word.count("a")


@given(automaton=ls.automata())
def test_the_graph_has_the_weights_of_words(automaton: WeightedAutomaton) -> None:
    """Every word is a path from the pinned node back to it."""
    graph = automaton.weighted_graph()
    assert [(g.name, g.size, g.pinned) for g in graph.groups] == [
        ("one", 1, True),
        ("states", automaton.states, False),
    ]
    full = {a.name: sympy.Matrix(a.weights.to_fractions()) for a in graph.arrows}
    assert list(full) == ["initial", "final", *(f"letter {a}" for a in automaton.letters)]
    for word in ("", automaton.letters[0], automaton.letters[-1] * 2):
        path = full["initial"]
        for letter in word:
            path = path * full[f"letter {letter}"]
        assert (path * full["final"])[0] == automaton.weight(word)


@given(automaton=ls.automata(), other=ls.automata())
def test_equal_are_those_with_equal_weights_also_after_a_pickle(
    automaton: WeightedAutomaton, other: WeightedAutomaton
) -> None:
    automaton.weight("a")  # the maps are made, and not kept
    assert pickle.loads(pickle.dumps(automaton)) == copy.deepcopy(automaton) == automaton
    parts = [(x.initial.fractions(), x.final.fractions()) for x in (automaton, other)]
    rows = [{a: m.to_fractions() for a, m in x.matrices.items()} for x in (automaton, other)]
    assert (automaton == other) is (parts[0] == parts[1] and rows[0] == rows[1])
    turned = dict(reversed(automaton.matrices.items()))
    assert WeightedAutomaton(automaton.initial, turned, automaton.final) == automaton
    assert automaton != "an automaton"


def test_all_forms_of_matrices_and_columns() -> None:
    rows = [[0.5, 0], [-2, 1]]
    same = [rows, np.array(rows), csr_array(np.array(rows)), coo_matrix(np.array(rows)), SparseWeights.from_dense(rows)]
    for matrix in same:
        found = lf.WeightedAutomaton.from_matrices({0: 1}, {"x": matrix}, ("1/3", 0.25))
        assert found.matrices["x"].to_fractions() == [[Fraction(1, 2), 0], [-2, 1]]
        assert found.final.fractions() == [Fraction(1, 3), Fraction(1, 4)]
        assert found.initial.fractions() == [1, 0]
    assert lf.WeightedAutomaton.from_matrices([2], {}, {0: "0.1"}).weight("") == Fraction(1, 5)
    empty = lf.WeightedAutomaton.from_matrices([], {"a": np.zeros((0, 0))}, [])
    assert (empty.states, empty.weight("aa")) == (0, 0)


def test_words_of_long_letters() -> None:
    automaton = lf.WeightedAutomaton.from_matrices([1], {"push": [[2]], "pop": [["1/2"]]}, [1])
    assert automaton.weight(["push", "push", "pop"]) == 2
    with pytest.raises(lf.OptionError, match="letter 0 of the word is 'p', expected one of 'push', 'pop'"):
        automaton.weight("push")


def test_what_it_shows() -> None:
    assert repr(COUNT) == "<WeightedAutomaton 2 states, 2 letters, 5 transitions>"
    html = COUNT._repr_html_()
    assert "<th>initial</th><th>final</th><th>a</th><th>b</th>" in html
    assert "<td>0: 1, 1: 1</td>" in html
    hostile = lf.WeightedAutomaton.from_matrices([1], {"<b>": [[1]]}, [1])
    assert "<b>" not in hostile._repr_html_()
    assert COUNT.kinds == ("ordinary", "exact", "strict")
    assert not COUNT.field.names


ONE = SparseWeights.from_dense([[1]])
MAKE = lf.WeightedAutomaton.from_matrices


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: COUNT.weight("abc"), "letter 2 of the word is 'c', expected one of 'a', 'b'"),
        (lambda: MAKE([1], {}, [1]).weight("a"), "letter 0 of the word is 'a', expected one of none: only the empty"),
        (lambda: MAKE([1], {"a": [[1, 2], [3]]}, [1]), "the matrix of letter 'a' is not usable: the rows have diff"),
        (lambda: MAKE([1], {"a": [[1, 2]]}, [1]), "the matrix of letter 'a' is 1 x 2, expected 1 x 1"),
        (lambda: MAKE([1], {"a": [[float("nan")]]}, [1]), "the matrix of letter 'a' is not usable: nan is not finite"),
        (lambda: MAKE([1], {"a": 7}, [1]), "the matrix of letter 'a' is not usable: "),
        (lambda: MAKE([1], {"a": [["x"]]}, [1]), "the matrix of letter 'a' is not usable: 'x' is not a rational"),
        (lambda: MAKE([1], [[[1]]], [1]), "matrices are given as list, expected a mapping from letters"),
        (lambda: MAKE([1], {"a": [[1]], "b": [[1, 0], [0, 1]]}, [1]), "the matrix of letter 'b' is 2 x 2, expected 1"),
        (lambda: MAKE([1], {"": [[1]]}, [1]), "a letter is '', expected a text that is not empty"),
        (lambda: MAKE([1], {3: [[1]]}, [1]), "a letter is 3, expected a text"),
        (lambda: MAKE([1, 2], {"a": [[1]]}, [1]), "2 initial weights for 1 state"),
        (lambda: MAKE([1], {"a": [[1]]}, []), "0 final weights for 1 state"),
        (lambda: MAKE("1", {"a": [[1]]}, [1]), "the initial weights are given as str, expected one number for"),
        (lambda: MAKE([1], {"a": [[1]]}, 5), "the final weights are given as int, expected one number"),
        (lambda: MAKE([None], {"a": [[1]]}, [1]), "the initial weights are not usable: None is not a number"),
        (lambda: MAKE({1: 1}, {"a": [[1]]}, [1]), "the initial weights name state 1, expected 0..0"),
        (lambda: MAKE({True: 1}, {"a": [[1]]}, [1]), "the initial weights name state True"),
        (lambda: MAKE([], {"a": np.zeros((0, 0))}, {0: 1}), "name state 0, expected none: there are no states"),
        (lambda: MAKE({0: 1}, {}, {0: 1}), "without letters the weights are mappings"),
        (lambda: MAKE([lf.parameters("p")[0]], {"a": [[1]]}, [1]), "needs numbers, and the parameter 'p' is none"),
        (lambda: MAKE([1], {"a": [[lf.parameters("p")[0]]]}, [1]), "needs numbers, and the parameter 'p' is none"),
        (
            lambda: WeightedAutomaton(from_fractions([1]), {"a": ONE}, from_fractions([])),
            "1 initial weights and 0 final weights, expected one of each per state",
        ),
    ],
)
def test_what_is_refused(call: Any, message: str) -> None:
    with pytest.raises(lf.LumpFormError, match=re.escape(message)) as error:
        call()
    assert "\n" not in str(error.value)


@given(ls.automata())
def test_networkx_shows_every_weight(automaton: WeightedAutomaton) -> None:
    pytest.importorskip("networkx")
    graph = automaton.to_networkx()
    nodes = [data for _, data in graph.nodes(data=True)]
    matrices = {a: [[0] * automaton.states for _ in nodes] for a in graph.graph["letters"]}
    for s, t, letter, data in graph.edges(keys=True, data=True):
        assert data["letter"] == letter
        matrices[letter][s][t] = data["weight"]
    ends = ([data[end] for data in nodes] for end in ("initial", "final"))
    initial, final = ends
    assert WeightedAutomaton.from_matrices(initial, matrices, final) == automaton
    floats = automaton.to_networkx(floats=True)
    assert all(isinstance(data["weight"], float) for *_, data in floats.edges(data=True))
