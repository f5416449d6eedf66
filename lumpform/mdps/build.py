"""Makes the parts of a decision process from what a user writes: for each state a list of choices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from lumpform.errors import ModelError
from lumpform.graph.weights import SparseWeights
from lumpform.mdps.parts import MDPKind, Parts
from lumpform.numbers.make import from_fractions
from lumpform.numbers.meaning import Floats, dust_of, number_of


def parts_of(choices: Any, kind: MDPKind | None, floats: Floats) -> Parts:
    """Understand the choices of all states. O(m).

    Parameters
    ----------
    choices : iterable of iterables of (action, targets)
        The action is a name or None, the targets a mapping from states to numbers. In a Markov automaton a choice may
        be written ``(action, targets, "rates")``.
    kind : {"mdp", "lts", "ma"}, optional
        In a transition system a target may be written as the state alone.
    floats : {"dyadic", "decimal"}

    Raises
    ------
    ModelError
        With state and choice, for everything that is none.
    """
    states = _listed(choices, "the choices", "a list for every state")
    rows, columns, numbers = list[int](), list[int](), list[Any]()
    first, codes, markovian = [0], list[int](), list[bool]()
    table: dict[str, int] = {}
    for state, of_state in enumerate(states):
        for place, choice in enumerate(_listed(of_state, f"state {state}", "a list of choices")):
            where = f"choice {place} of state {state}"
            name, targets, rates = _choice(choice, where, kind)
            for target, number in targets.items():
                rows.append(len(codes))
                columns.append(_target(target, where, len(states)))
                numbers.append(number_of(number, floats))
            codes.append(table.setdefault(name, len(table)))
            markovian.append(rates)
        first.append(len(codes))
    try:
        column = from_fractions(numbers)
        transitions = SparseWeights.from_coo(rows, columns, column, (len(codes), len(states)))
    except (TypeError, ValueError, OverflowError) as error:
        raise ModelError(f"the choices are not usable: {error}") from None
    return Parts(
        transitions,
        np.array(first, dtype=np.int64),
        actions=tuple(table),
        action_of=np.array(codes, dtype=np.int32),
        markovian=np.array(markovian, dtype=bool),
        dust=dust_of(numbers, floats),
    )


def _listed(items: Any, what: str, expected: str) -> list[Any]:
    if isinstance(items, str | bytes | Mapping) or not isinstance(items, Iterable):
        raise ModelError(f"{what} are given as {str(items)[:40]!r}, expected {expected}")
    return list(items)


def _choice(choice: Any, where: str, kind: str | None) -> tuple[str, Mapping[Any, Any], bool]:
    """Return name, targets, and whether these have rates."""
    if not isinstance(choice, tuple | list) or len(choice) not in (2, 3):
        raise ModelError(f"{where} is {str(choice)[:40]!r}, expected (action, targets)")
    name, targets, *rest = choice
    if name is not None and (not isinstance(name, str) or not name.isprintable()):
        raise ModelError(f"{where} has the action {name!r}, expected a printable name or None")
    if rest and rest != ["rates"]:
        raise ModelError(f"{where} is marked {rest[0]!r}, expected 'rates' or nothing")
    if kind == "lts" and isinstance(targets, int | np.integer):
        targets = {targets: 1}
    if not isinstance(targets, Mapping):
        raise ModelError(f"{where} has the targets {str(targets)[:40]!r}, expected a mapping from states to numbers")
    return name or "", targets, bool(rest)


def _target(target: Any, where: str, n: int) -> int:
    if isinstance(target, bool) or not isinstance(target, int | np.integer) or not 0 <= target < n:
        raise ModelError(f"{where} has the target {target!r}, expected a state from 0 to {n - 1}")
    return int(target)
