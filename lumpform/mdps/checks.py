"""Checks the choices of a decision process, and mends them where it may: sums, rates, states without choices.

A Markovian choice becomes the first of its state, where the formats of Markov automata have it: so a process is equal
to what is read of the file that it was written to.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from lumpform.display.words import counted
from lumpform.errors import ModelError
from lumpform.graph.entries import taken_or_zero, times
from lumpform.graph.weights import SparseWeights
from lumpform.mdps.parts import LOOP_OPTION, Deadlocks, Parts, Rows
from lumpform.numbers.column import CodedValues
from lumpform.numbers.make import recoded
from lumpform.numbers.meaning import DECIMAL_OPTION, is_dust
from lumpform.numbers.numerals import show
from lumpform.numbers.rational import is_negative


def checked(parts: Parts, rows: Rows, deadlocks: Deadlocks) -> Parts:
    """Return the parts with their choices checked, in order, and mended as the options say. O(m).

    Rewards of choices are columns.

    Raises
    ------
    ModelError
        With state and choice: a negative weight, a sum other than one, a state without choices, two Markovian choices
        of one state, a choice of a transition system with several targets.
    """
    _check_shape(parts)
    if parts.kind != "lts":
        parts = with_loops(parts) if deadlocks == "loop" else parts
        empty = np.flatnonzero(np.diff(parts.first_choice) == 0)
        if empty.size:
            more = f" ({empty.size} such states)" if empty.size > 1 else ""
            raise ModelError(f"state {int(empty[0])} has no choices, expected {LOOP_OPTION}{more}")
    _check_signs(parts)
    if parts.kind == "ma":
        _check_markovian(parts)
    elif parts.markovian is not None and parts.markovian.any():
        choice = int(np.flatnonzero(parts.markovian)[0])
        raise ModelError(f"{where(parts, choice)} has rates, expected kind='ma' (a Markov automaton)")
    if parts.kind == "lts":
        _check_single(parts)
    return _markovian_first(_with_sums(parts, rows))


def where(parts: Parts, choice: int) -> str:
    """Return how messages name a choice: by its state, its place there and its action."""
    state = int(np.searchsorted(parts.first_choice, choice, side="right")) - 1
    code = 0 if parts.action_of is None else int(parts.action_of[choice])
    name = parts.actions[code] if parts.actions else ""
    return f"choice {choice - int(parts.first_choice[state])}{f' ({name!r})' if name else ''} of state {state}"


def _check_shape(parts: Parts) -> None:
    """Raise `ModelError` unless pointers, matrix and columns are about the same choices."""
    m, n = parts.transitions.shape
    first = parts.first_choice
    if len(first) != n + 1 or first[0] != 0 or first[-1] != m or (np.diff(first) < 0).any():
        raise ModelError(
            f"first_choice has {counted(len(first), 'entry')} that end in {first[-1:]}, expected {n + 1} up to {m}"
        )
    for name in ("action_of", "markovian"):
        column = getattr(parts, name)
        if column is not None and len(column) != m:
            raise ModelError(
                f"{name} has {counted(len(column), 'entry')}, expected one for each of {counted(m, 'choice')}"
            )
    codes = parts.action_of
    if codes is not None and m and not 0 <= int(codes.min()) <= int(codes.max()) < len(parts.actions):
        raise ModelError(f"action_of has a code outside 0..{len(parts.actions) - 1}")


def _check_signs(parts: Parts) -> None:
    """Raise `ModelError` for the first negative weight; functions of parameters have no sign."""
    coded = parts.transitions.values.coded()
    negative = np.array([is_negative(v) for v in coded.table] or [False], dtype=bool)
    if negative.any():
        entry = int(np.flatnonzero(negative[coded.codes])[0])
        choice = int(np.searchsorted(parts.transitions.indptr, entry, side="right")) - 1
        target = int(parts.transitions.indices[entry])
        shown = show(coded.value(entry))
        raise ModelError(f"the weight to state {target} of {where(parts, choice)} is {shown}, expected none below 0")


def _check_markovian(parts: Parts) -> None:
    """Raise `ModelError` for a state with two Markovian choices, and for one without a rate."""
    markovian = parts.markovian
    if markovian is None:
        return
    state = np.repeat(np.arange(len(parts.first_choice) - 1), np.diff(parts.first_choice))[markovian]
    twice = np.flatnonzero(np.diff(state) == 0)
    if twice.size:
        raise ModelError(f"state {int(state[twice[0]])} has two Markovian choices, expected one (add their rates)")
    idle = np.flatnonzero(markovian & ~parts.transitions.row_sums().nonzero())
    if idle.size:
        raise ModelError(f"{where(parts, int(idle[0]))} is Markovian and has no rates, expected some above 0")


def _markovian_first(parts: Parts) -> Parts:
    """Return the parts with the Markovian choice of every state before the others, which keep their order."""
    markovian = parts.markovian
    if markovian is None or not markovian.any():
        return parts
    state = np.repeat(np.arange(len(parts.first_choice) - 1), np.diff(parts.first_choice))
    order = np.lexsort((~markovian, state))
    if (np.diff(order) == 1).all():
        return parts
    return replace(
        parts,
        transitions=parts.transitions.select(order, None),
        action_of=None if parts.action_of is None else parts.action_of[order],
        markovian=markovian[order],
        choice_rewards={name: column.take(order) for name, column in parts.choice_rewards.items()},
    )


def _check_single(parts: Parts) -> None:
    """Raise `ModelError` for a choice of a transition system with other than one target of weight 1."""
    wrong = np.flatnonzero(np.diff(parts.transitions.indptr) != 1)
    if wrong.size:
        count = int(np.diff(parts.transitions.indptr)[wrong[0]])
        raise ModelError(f"{where(parts, int(wrong[0]))} has {count} targets, expected one (a transition system)")


def _with_sums(parts: Parts, rows: Rows) -> Parts:
    """Return the parts with the sums of all choices that are not Markovian equal to one."""
    sums = parts.transitions.row_sums().coded()
    off = np.array([v != 1 for v in sums.table] or [False], dtype=bool)[sums.codes]
    if parts.markovian is not None:
        off &= ~parts.markovian
    if not off.any():
        return parts
    if rows == "exact":
        _refuse_sum(parts, int(np.flatnonzero(off)[0]), sums)
    empty = np.flatnonzero(off & (np.diff(parts.transitions.indptr) == 0))
    if empty.size:
        raise ModelError(f"{where(parts, int(empty[0]))} has no targets, expected some")
    one = len(sums.table)
    factor = np.where(off, sums.codes.astype(np.int64), one)
    inverse = [1 / v if v != 0 else Fraction(0) for v in sums.table] + [Fraction(1)]
    row = parts.transitions.row_of_entries()
    values = times(parts.transitions.values, factor[row], inverse)
    return replace(parts, transitions=parts.transitions.with_values(values))


def _refuse_sum(parts: Parts, choice: int, sums: CodedValues) -> NoReturn:
    total = sums.value(choice)
    hint = f"{DECIMAL_OPTION}, " if is_dust(total - 1, parts.dust) else ""
    raise ModelError(
        f"{where(parts, choice)} sums to {show(total)}, expected exactly 1; {hint}rows='normalise' divides by the sum"
    )


def with_loops(parts: Parts) -> Parts:
    """Give every state without choices one that stays there: of probability 1, in a Markov automaton of rate 1."""
    empty = np.flatnonzero(np.diff(parts.first_choice) == 0)
    if not empty.size:
        return parts
    m, n = parts.transitions.shape
    before = np.concatenate(([0], np.cumsum(np.diff(parts.first_choice) == 0)))
    first = parts.first_choice + before
    source = np.full(m + len(empty), -1, dtype=np.int64)  # the choice that stood there, -1 for new ones
    new = first[empty]
    is_old = np.ones(len(source), dtype=bool)
    is_old[new] = False
    source[is_old] = np.arange(m)
    coded = parts.transitions.values.coded()
    codes = np.concatenate((coded.codes.astype(np.int64), np.full(len(empty), len(coded.table), dtype=np.int64)))
    transitions = SparseWeights.from_coo(
        np.concatenate((np.flatnonzero(is_old)[parts.transitions.row_of_entries()], new)),
        np.concatenate((parts.transitions.indices, empty)),
        recoded(codes, [*coded.table, Fraction(1)]),
        (len(source), n),
    )
    actions = parts.actions if "" in parts.actions else (*parts.actions, "")
    none = actions.index("")
    old = np.full(m, none) if parts.action_of is None else parts.action_of
    many = counted(len(empty), "state")
    note = f"{many} without choices got one that stays (the first: state {int(empty[0])})"
    markovian = None
    if parts.kind == "ma":
        known = np.zeros(m, dtype=bool) if parts.markovian is None else parts.markovian
        markovian = np.where(source < 0, True, _at(known, source))
    return replace(
        parts,
        transitions=transitions,
        first_choice=first,
        actions=actions,
        action_of=np.where(source < 0, none, _at(old, source)),
        markovian=markovian,
        choice_rewards={name: taken_or_zero(column, source) for name, column in parts.choice_rewards.items()},
        notes=(*parts.notes, note),
    )


def _at(column: NDArray[Any], source: NDArray[np.int64]) -> NDArray[Any]:
    return column[np.maximum(source, 0)] if len(column) else np.zeros(len(source), dtype=column.dtype)
