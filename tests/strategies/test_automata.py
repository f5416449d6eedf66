"""The strategies for automata draw what they promise, find the hard cases, and shrink to small ones."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis.errors import InvalidArgument

from lumpform import strategies as ls

FIND = settings(
    max_examples=300, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


def minimal(strategy, condition=lambda _: True):
    return find(strategy, condition, settings=FIND)


@given(automaton=ls.automata(letters="xyz", min_states=2, max_states=3, min_letters=2))
def test_bounds_are_kept(automaton):
    assert 2 <= automaton.states <= 3
    assert automaton.letters in (("x", "y"), ("x", "y", "z"))


@given(found=ls.lumpable_automata(max_classes=2, max_class_size=3))
def test_classes_are_states_of_the_quotient(found):
    assert found.partition.count == 1 + found.quotient.states <= 3
    assert found.partition.sizes[0] == 1
    assert max(found.partition.sizes) <= 3
    assert len(found.partition) == 1 + found.automaton.states


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["ordinary", "exact", "strict"])
def test_hard_cases_are_found(kind):
    """Copies that are not alike: their rows and their columns differ, and weights are negative."""
    found = minimal(
        ls.lumpable_automata(kind=kind),
        lambda x: any(_unlike(m.to_fractions(), x.partition) for m in x.automaton.matrices.values()),
    )
    assert found.automaton.states <= 4


def _unlike(rows, partition):
    class_of = [c - 1 for c in partition.class_of[1:].tolist()]
    pairs = [(s, t) for t in range(len(rows)) for s in range(t) if class_of[s] == class_of[t]]
    return any(rows[s] != rows[t] and [r[s] for r in rows] != [r[t] for r in rows] for s, t in pairs)


@pytest.mark.slow
def test_the_smallest_examples():
    automaton = minimal(ls.automata())
    assert (automaton.states, automaton.letters, automaton.transitions) == (1, ("a",), 0)
    found = minimal(ls.lumpable_automata(), lambda x: x.partition.count < len(x.partition))
    assert found.partition.classes() == [[0], [1, 2]]


@pytest.mark.parametrize(
    "strategy",
    [
        lambda: ls.automata(min_states=3, max_states=2),
        lambda: ls.automata(letters="a", min_letters=2),
        lambda: ls.lumpable_automata(kind="weak"),  # type: ignore[arg-type]
        lambda: ls.lumpable_automata(max_class_size=0),
    ],
)
def test_impossible_arguments_are_refused(strategy):
    with pytest.raises(InvalidArgument):
        find(strategy(), lambda _: True)
