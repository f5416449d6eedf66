"""Draws decision processes, transition systems and Markov automata, at random or lumpable by construction."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from lumpform.graph.partition import Partition
from lumpform.mdps.mdp import MDP
from lumpform.mdps.parts import MDPKind
from lumpform.strategies.weights import ONE, ZERO, exact_weights, proportions, require

ACTIONS = ("", "a", "b")
Choice = tuple[str, dict[int, Fraction], bool]


class LumpableMDP(NamedTuple):
    """Holds a process, a partition of its states and choices that is a lumping, and the process it was copied from."""

    mdp: MDP
    partition: Partition
    origin: MDP


@st.composite
def mdps(
    draw: DrawFn,
    *,
    kind: MDPKind | None = None,
    min_states: int = 1,
    max_states: int = 5,
    max_choices: int = 3,
    labels: bool = True,
    rewards: bool = True,
    initial: bool = True,
) -> MDP:
    """Draw decision processes with exact weights.

    Parameters
    ----------
    kind : {"mdp", "lts", "ma"}, optional
        All three by default.
    min_states, max_states, max_choices : int
        Choices of each state; at least one but for transition systems. A Markovian choice is the first of its state.
    labels, rewards, initial : bool
        Whether there may be labels ``a`` and ``b``, a state reward ``r``, a choice reward ``c``, and is an initial
        state.

    Notes
    -----
    Shrinks towards one state with one choice that stays, without a name.
    """
    require(kind in (None, "mdp", "lts", "ma"), f"kind is {kind!r}, expected 'mdp', 'lts' or 'ma'")
    which: MDPKind = draw(st.sampled_from(("mdp", "lts", "ma"))) if kind is None else kind
    least = 0 if which == "lts" else 1
    choices = st.lists(_choices(max_states, which), min_size=least, max_size=max_choices)
    table = _folded(draw(st.lists(choices, min_size=min_states, max_size=max_states)))
    for row in table:
        for place, (name, targets, rates) in enumerate(row):
            if rates and place:  # only the first one may have rates
                total = sum(targets.values())
                row[place] = (name, {t: v / total for t, v in targets.items()}, False)
    return _assembled(draw, table, which, (labels, rewards, initial))


@st.composite
def _choices(draw: DrawFn, n: int, kind: str) -> Choice:
    """Draw one choice: name, targets with weights, and whether these are rates."""
    name = draw(st.sampled_from(ACTIONS))
    if kind == "lts":
        return name, {draw(st.integers(0, n - 1)): ONE}, False
    targets = draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=3, unique=True))
    if kind == "ma" and draw(st.booleans()):
        return name, {t: draw(exact_weights()) for t in targets}, True
    shares = proportions(draw(st.lists(st.integers(1, 3), min_size=len(targets), max_size=len(targets))))
    return name, dict(zip(targets, shares, strict=True)), False


def _folded(table: list[list[Choice]]) -> list[list[Choice]]:
    """Return choices whose targets are states that there are.

    Targets are drawn before the number of states is known, so that shrinking can drop any state by itself.
    """
    folded: list[list[Choice]] = []
    for row in table:
        folded.append([])
        for name, targets, rates in row:
            near: dict[int, Fraction] = {}
            for target, weight in targets.items():
                near[target % len(table)] = near.get(target % len(table), ZERO) + weight
            folded[-1].append((name, near, rates))
    return folded


def _assembled(draw: DrawFn, table: list[list[Choice]], kind: MDPKind, wanted: tuple[bool, bool, bool]) -> MDP:
    """Make the process of its choices, with what else it may have."""
    n, m = len(table), sum(map(len, table))
    bits = st.lists(st.booleans(), min_size=n, max_size=n)
    marks = {name: np.array(draw(bits)) for name in ("a", "b")} if wanted[0] and draw(st.booleans()) else {}
    of_states = {"r": draw(_few(n))} if wanted[1] and draw(st.booleans()) else {}
    of_choices = {"c": draw(_few(m))} if wanted[1] and draw(st.booleans()) else {}
    start = draw(st.integers(0, n - 1)) if wanted[2] and n else None
    return MDP(written(table), kind=kind, labels=marks, rewards=of_states, choice_rewards=of_choices, initial=start)


def _few(count: int) -> st.SearchStrategy[list[Fraction]]:
    return st.lists(st.integers(0, 2).map(Fraction), min_size=count, max_size=count)


def written(table: list[list[Choice]]) -> list[list[Any]]:
    """Return choices as the constructor of `MDP` takes them."""
    return [[(name, t, "rates") if rates else (name, t) for name, t, rates in row] for row in table]


def choices_of(mdp: MDP) -> list[list[Choice]]:
    """Return the choices of every state: name, targets with weights, and whether these are rates."""
    rows = [(mdp.action(c), dict(mdp.transitions.row(c)), bool(mdp.markovian[c])) for c in range(mdp.choices)]
    return [[rows[c] for c in mdp.choices_of(s)] for s in range(mdp.states)]


@st.composite
def lumpable_mdps(
    draw: DrawFn, *, kind: MDPKind | None = None, max_states: int = 4, max_copies: int = 3
) -> LumpableMDP:
    """Draw processes with a planted lumping: states and choices of another one, copied.

    Parameters
    ----------
    kind : {"mdp", "lts", "ma"}, optional
    max_states : int
        Of the process that is copied.
    max_copies : int
        Of a state; each copy of a state has its choices in an order of its own, some of them twice (Markovian ones
        once), and every copy of a choice spreads its weights over the copies of its targets as it likes.

    Notes
    -----
    Names, labels and rewards are copied, so the partition respects all of them. It need not be the coarsest.
    """
    origin = draw(mdps(kind=kind, max_states=max_states, initial=False))
    copies = [draw(st.integers(1, max_copies)) for _ in range(origin.states)]
    first = np.concatenate(([0], np.cumsum(copies))).tolist()
    table, of_choice = list[list[Choice]](), list[int]()
    source, start = choices_of(origin), 0
    for state, row in enumerate(source):
        for _ in range(copies[state]):
            places = list(draw(st.permutations(range(len(row)))))
            places = [p for p in places for _ in range(1 if row[p][2] else draw(st.integers(1, 2)))]
            places.sort(key=lambda p: not row[p][2])
            table.append([_copied(draw, row[p], first, copies, origin.kind) for p in places])
            of_choice += [start + p for p in places]
        start += len(row)
    of_state = [s for s, count in enumerate(copies) for _ in range(count)]
    mdp = MDP(
        written(table),
        kind=origin.kind,
        labels={name: mask[of_state] for name, mask in origin.labels.items()},
        rewards={name: column.take(np.array(of_state)) for name, column in origin.state_rewards.items()},
        choice_rewards={
            name: column.take(np.array(of_choice, dtype=np.int64)) for name, column in origin.choice_rewards.items()
        },
    )
    return LumpableMDP(mdp, Partition([*of_state, *(origin.states + c for c in of_choice)]), origin)


def _copied(draw: DrawFn, choice: Choice, first: list[int], copies: list[int], kind: str) -> Choice:
    """Draw a copy of a choice, its weights spread over the copies of its targets."""
    name, targets, rates = choice
    spread: dict[int, Fraction] = {}
    for target, weight in targets.items():
        if kind == "lts":
            spread[first[target] + draw(st.integers(0, copies[target] - 1))] = weight
            continue
        parts = proportions(draw(st.lists(st.integers(0, 2), min_size=copies[target], max_size=copies[target])))
        spread |= {first[target] + i: weight * part for i, part in enumerate(parts) if part}
    return name, spread, rates
