"""Reads decision processes and Markov automata in DRN (`lumpform.files.drn` reads its lines).

Conventions:

* ``init`` is the initial distribution, not a label: uniform over the states that carry it.
* Without names of choices Storm writes their places (``action 0``, ``action 1``) instead. If all actions of a file are
  called so, none has a name.
* A reward structure is one of states, of choices, or of both, by where it is not zero.
* In a Markov automaton a state with an exit rate ``!x`` other than 0 is Markovian: its first action has the
  probabilities of the jump (as Storm exports them), or the rates themselves, which then must sum to the exit rate.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import FormatError, LumpFormError, ModelError
from lumpform.files.drn import read_lines
from lumpform.files.drn_content import DrnContent
from lumpform.files.text import TextFile
from lumpform.graph.entries import times
from lumpform.graph.from_file import TOLERANCE, sparse
from lumpform.graph.weights import SparseWeights
from lumpform.mdps.mdp import MDP
from lumpform.mdps.parts import LOOP_OPTION, Deadlocks, Parts, Rows, check_options
from lumpform.numbers.column import CodedValues
from lumpform.numbers.numerals import show, uniform


def read_drn(
    path: str | Path, *, kind: Literal["mdp", "ma"] | None = None, rows: Rows = "exact", deadlocks: Deadlocks = "error"
) -> MDP:
    """Read the decision process or Markov automaton in a DRN file, also a compressed one.

    Parameters
    ----------
    path : str or Path
    kind : {"mdp", "ma"}, optional
        The file states it; another one is refused.
    rows : {"exact", "normalise"}
        What to do with a choice that does not sum to exactly one: refuse it, or divide it by its sum.
    deadlocks : {"error", "loop"}
        What to do with a state without choices: refuse it, or add one that stays.

    Returns
    -------
    MDP

    Raises
    ------
    FormatError
        With the line, what was found and what was expected.

    Notes
    -----
    O(m) time for m transitions; memory is a few bytes for each state, choice and transition, plus distinct texts.
    """
    check_options(kind, rows, deadlocks)
    content = read_lines(TextFile(path), ("MDP", "MA"), several=True)
    stated = content.header.kind
    if kind is not None and kind != stated:
        expected = f"a model of type {kind.upper()}, as the option kind={kind!r} says"
        raise FormatError(path, "@type", f"a model of type {stated.upper()}", expected)
    parts = _parts(content)
    if deadlocks == "error":
        empty = np.flatnonzero(np.diff(parts.first_choice) == 0)
        if empty.size:
            place = f"{content.place(int(empty[0]))} (state {int(empty[0])})"
            raise FormatError(path, place, "a state without choices", LOOP_OPTION)
    if rows == "exact":
        _check_sums(content, parts)
    return assembled(path, parts, rows, deadlocks)


def assembled(path: str | Path, parts: Parts, rows: Rows = "exact", deadlocks: Deadlocks = "error") -> MDP:
    """Make an `MDP` of the parts of a file; what it refuses becomes a `FormatError`."""
    try:
        return MDP(parts, rows=rows, deadlocks=deadlocks)
    except ModelError as error:
        found, _, expected = str(error).partition(", expected ")
        raise FormatError(path, "", found, f"{expected or 'a process'} (a decision process)") from None
    except LumpFormError:
        raise
    except (ValueError, OverflowError) as error:
        raise FormatError(path, "", str(error), "numbers of a moderate size") from None


def _parts(content: DrnContent) -> Parts:
    """Return the parts of what was read."""
    header, path, n, m = content.header, content.source.path, content.states, content.actions
    lengths = np.diff(content.array("first_transition"))
    values = content.table.column(content.codes)
    weights = sparse(path, np.repeat(np.arange(m), lengths), content.array("targets"), values, (m, n))
    masks = content.labels()
    initial = masks.pop("init", None)
    first = content.array("first_action")
    markovian = None
    if header.kind == "ma":
        weights, markovian = _with_rates(content, weights)
    of_states, of_choices = _rewards(content)
    names, ends = tuple(content.action_names), content.array("end_of_action")
    if _are_places(names, ends, first):
        names, ends = ("",), np.zeros(m, dtype=np.int32)
    return Parts(
        weights,
        first,
        "ma" if header.kind == "ma" else "mdp",
        names,
        ends,
        markovian,
        labels=masks,
        rewards=of_states,
        choice_rewards=of_choices,
        initial=None if initial is None else uniform(np.flatnonzero(initial), n),
        state_names=content.state_names(),
    )


def _rewards(content: DrnContent) -> tuple[dict[str, CodedValues], dict[str, CodedValues]]:
    """Return rewards of states and of choices; a structure is of both if both have some that are not zero."""
    of_states, of_choices = {}, {}
    for j, name in enumerate(content.header.rewards):
        state, choice = content.state_reward(j), content.action_reward(j)
        paid = choice.nonzero().any()
        if paid:
            of_choices[name] = choice
        if not paid or state.nonzero().any():
            of_states[name] = state
    return of_states, of_choices


def _are_places(names: tuple[str, ...], ends: NDArray[np.int32], first: NDArray[np.int64]) -> bool:
    """Tell whether every action is called by its place among those of its state."""
    numbers = np.array([int(n) if n.isascii() and n.isdigit() and len(n) < 10 else -1 for n in names] or [0])
    places = np.arange(len(ends)) - np.repeat(first[:-1], np.diff(first))
    return bool(np.array_equal(numbers[ends], places))


def _with_rates(content: DrnContent, weights: SparseWeights) -> tuple[SparseWeights, NDArray[np.bool_]]:
    """Return the weights with rates in Markovian choices, and which choices these are."""
    exits, given = content.exits()
    path, first = content.source.path, content.array("first_action")
    missing = np.flatnonzero(~given)
    if missing.size:
        place = f"{content.place(int(missing[0]))} (state {int(missing[0])})"
        raise FormatError(path, place, "no exit rate", "!RATE after every state of a Markov automaton (0: none)")
    states = np.flatnonzero(exits.nonzero() & (np.diff(first) > 0))
    markovian = np.zeros(content.actions, dtype=bool)
    markovian[first[states]] = True
    sums = weights.row_sums().coded()
    factor = np.full(content.actions, -1, dtype=np.int64)
    for state in states.tolist():
        rate, total = exits.value(state), sums.value(int(first[state]))
        if total == rate:
            continue
        if not (total == 1 or (not content.header.fractions and abs(total - 1) <= TOLERANCE)):
            place = f"{content.place(state)} (state {state})"
            raise FormatError(path, place, f"weights that sum to {show(total)}", f"1, or the exit rate {show(rate)}")
        factor[first[state]] = state
    used = factor[weights.row_of_entries()]
    values = times(weights.values, used, [*exits.fractions(), Fraction(1)])
    return weights.with_values(values), markovian


def _check_sums(content: DrnContent, parts: Parts) -> None:
    """Raise `FormatError` with the first action whose probabilities do not sum to exactly one."""
    sums = parts.transitions.row_sums().coded()
    off = np.array([v != 1 for v in sums.table] or [False], dtype=bool)[sums.codes]
    wrong = np.flatnonzero(off if parts.markovian is None else off & ~parts.markovian)
    if wrong.size:
        choice = int(wrong[0])
        state = int(np.searchsorted(parts.first_choice, choice, side="right")) - 1
        place = (
            f"line {content.action_lines[choice]} (choice {choice - int(parts.first_choice[state])} of state {state})"
        )
        expected = "exactly 1 (rows='normalise' divides each choice by its sum)"
        raise FormatError(content.source.path, place, f"probabilities that sum to {show(sums.value(choice))}", expected)
