"""Makes a first scheduler of a decision process; solves for the values of one, in floats or exactly by components."""

from __future__ import annotations

from fractions import Fraction
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.mdps.objective import Objective
from lumpform.numbers.lifting import solve_sparse


def first_scheduler(objective: Objective) -> NDArray[np.int64]:
    """Return a scheduler that goes to the goal, surely where the optimum is about that; elsewhere a first choice."""
    mdp, graph = objective.mdp, objective.reaching
    values = objective.known[1]
    zero = np.array([v == 0 for v in values], dtype=bool) & ~objective.goal
    scheduler = np.where(np.diff(mdp.first_choice) > 0, mdp.first_choice[:-1], -1)
    usable = objective.usable.copy()
    if objective.reward is None and objective.maximise:
        one = np.array([v == 1 for v in values], dtype=bool)
        usable &= ~(one[mdp.state_of] & graph.touching(~one))  # what is sure stays sure
    distance = graph.layers(objective.goal, usable)
    after = np.where(distance < 0, mdp.states + 1, distance)[graph.targets]
    nearest_after = np.full(mdp.choices, mdp.states + 1, dtype=np.int64)
    np.minimum.at(nearest_after, graph.sources, after)
    chosen = np.flatnonzero(usable & (nearest_after < distance[mdp.state_of]))[::-1]
    scheduler[mdp.state_of[chosen]] = chosen
    if objective.reward is None and not objective.maximise:  # where the goal can be avoided, it is
        staying = np.flatnonzero(~graph.touching(~zero) & zero[mdp.state_of])[::-1]
        scheduler[mdp.state_of[staying]] = staying
    return scheduler


def float_policy_values(
    objective: Objective, scheduler: NDArray[np.int64], matrix: Any, paid: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """Return the values of a scheduler in floats, 0 for infinite ones; None if the system has no factors."""
    from scipy.sparse import eye_array
    from scipy.sparse.linalg import splu

    known, decided = objective.known
    value = np.array([float(v) if v is not None and v != inf else 0.0 for v in decided])
    unknown = np.flatnonzero(~known)
    if not unknown.size:
        return value
    rows = matrix[scheduler[unknown]]
    right = paid[scheduler[unknown]] + rows @ value
    try:
        value[unknown] = splu((eye_array(len(unknown), format="csr") - rows[:, unknown]).tocsc()).solve(right)
    except RuntimeError:
        return None
    return value if np.isfinite(value).all() else None


def policy_values(objective: Objective, scheduler: NDArray[np.int64]) -> list[Any]:
    """Return the exact values of a scheduler that reaches, from every undecided state, the decided ones surely.

    O(m) exact operations, and a linear system for each strongly connected component.
    """
    known, decided = objective.known
    values = list(decided)
    rows = _rows(objective, scheduler, known)
    paid = objective.paid
    for component in _components(rows, known):
        place = {state: i for i, state in enumerate(component)}
        system, right = list[dict[int, Fraction]](), list[Fraction]()
        for i, state in enumerate(component):
            row, constant = {i: Fraction(1)}, paid[int(scheduler[state])]
            for target, p in rows[state]:
                if target in place:
                    row[place[target]] = row.get(place[target], Fraction(0)) - p
                else:
                    constant = constant + p * values[target]
            system.append({j: v for j, v in row.items() if v != 0})
            right.append(constant)
        if len(component) == 1:
            values[component[0]] = right[0] / system[0][0]
            continue
        for state, value in zip(component, solve_sparse(system, right), strict=True):
            values[state] = value
    return values


def _rows(
    objective: Objective, scheduler: NDArray[np.int64], known: NDArray[np.bool_]
) -> dict[int, list[tuple[int, Fraction]]]:
    weights = objective.probabilities
    return {state: weights.row(int(scheduler[state])) for state in np.flatnonzero(~known).tolist()}


def _components(rows: dict[int, list[tuple[int, Fraction]]], known: NDArray[np.bool_]) -> list[list[int]]:
    """Return the strongly connected components of the undecided states, successors first. O(m)."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    n = len(known)
    if not rows:
        return []
    sources = [s for s, row in rows.items() for _ in row]
    targets = [t for row in rows.values() for t, _ in row]
    graph = csr_array((np.ones(len(sources), dtype=np.int8), (sources, targets)), shape=(n, n))
    count, label = connected_components(graph, directed=True, connection="strong")
    members: list[list[int]] = [[] for _ in range(count)]
    for state in rows:
        members[label[state]].append(state)
    waiting, before = [0] * count, [[] for _ in range(count)]
    for a, b in set(zip(label[sources].tolist(), label[targets].tolist(), strict=True)):
        if a != b and members[b]:
            waiting[a] += 1
            before[b].append(a)
    ready = [c for c in range(count) if members[c] and not waiting[c]]
    order = []
    while ready:
        c = ready.pop()
        order.append(members[c])
        for a in before[c]:
            waiting[a] -= 1
            if not waiting[a]:
                ready.append(a)
    return order
