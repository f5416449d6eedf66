"""Reads DRN files of decision processes and Markov automata. docs/certificate-processes.md, section 2.3."""

from __future__ import annotations

from ..columns import row_sums
from ..drn import close
from ..drn_lines import DrnLines
from ..failure import fail
from ..limits import DEFAULT, Limits
from ..models import Column, Matrix, canonical, uniform
from ..polynomial import Number, show, times
from ..rational import ONE, ZERO
from .process import Process, finished

KINDS = {"MDP": "mdp", "MA": "ma", "MARKOV AUTOMATON": "ma"}


def read_drn(path: str, rows: str = "exact", deadlocks: str = "error", limits: Limits = DEFAULT) -> Process:
    """Return the process in a DRN file; ``init`` is the initial distribution, uniform over its states."""
    drn = DrnLines(path, KINDS, several=True, limits=limits)
    drn.read()
    table = drn.numbers.table
    matrix = canonical(drn.actions, drn.first_entry, drn.targets, drn.codes, table)
    markovian = bytearray(drn.actions)
    if drn.kind == "ma":
        matrix = _with_rates(drn, matrix, markovian)
    init = drn.labels.pop("init", None)
    process = Process(
        path,
        drn.kind,
        matrix,
        drn.labels,
        {name: Column(codes, table) for name, codes in zip(drn.names, drn.state_rewards, strict=True)},
        uniform(init, drn.states) if init else None,
        drn.first_action,
        _names(drn),
        markovian,
        {name: Column(codes, table) for name, codes in zip(drn.names, drn.action_rewards, strict=True)},
    )
    return finished(process, rows, deadlocks, limits)


def _names(drn: DrnLines) -> list[str]:
    """Return the name of every action; none if all are called by their places, as Storm calls what has no name."""
    places = [int(n) if n.isascii() and n.isdigit() and len(n) < 10 else -1 for n in drn.action_names]
    for state in range(drn.states):
        start, end = drn.first_action[state], drn.first_action[state + 1]
        if any(places[drn.name_of[a]] != a - start for a in range(start, end)):
            return list(map(drn.action_names.__getitem__, drn.name_of))
    return [""] * drn.actions


def _with_rates(drn: DrnLines, matrix: Matrix, markovian: bytearray) -> Matrix:
    """Mark the first action of every state with an exit rate other than 0, and return the matrix with its rates."""
    codes = matrix.weights.codes[:]
    place: dict[Number, int] = {value: i for i, value in enumerate(matrix.weights.table)}
    sums = row_sums(matrix)
    for state in range(drn.states):
        if state not in drn.exits:
            fail(drn.lines.path, f"state {state}", "no exit rate", "!RATE after every state of a Markov automaton")
        rate, action = drn.exit_rate(state), drn.first_action[state]
        if rate == ZERO or action == drn.first_action[state + 1]:
            continue
        markovian[action] = 1
        whole = sums.value(action)
        if whole == rate:
            continue
        if whole != ONE and (drn.exact or not close(whole, ONE)):
            fail(drn.lines.path, f"state {state}", f"weights that sum to {show(whole)}", f"1 or {show(rate)}")
        for e in range(matrix.indptr[action], matrix.indptr[action + 1]):
            codes[e] = place.setdefault(times(matrix.weights.value(e), rate), len(place))
    return Matrix(matrix.size, matrix.indptr, matrix.indices, Column(codes, list(place)))
