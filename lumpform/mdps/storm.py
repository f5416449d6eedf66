"""Reads the parts of a decision process or Markov automaton off a sparse model of Storm, through stormpy.

Every object that is read has a name of its own until it has been read; `lumpform.graph.storm_parts` says why.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError
from lumpform.graph.entries import times
from lumpform.graph.storm_parts import UNNAMED, bits, entries_of, matrix_of, names_of, number_of_storm
from lumpform.graph.weights import SparseWeights
from lumpform.mdps.parts import MDPKind, Parts
from lumpform.numbers.column import CodedValues
from lumpform.numbers.make import from_fractions
from lumpform.numbers.meaning import Floats


def storm_parts(model: Any, floats: Floats) -> Parts:
    """Return what a sparse MDP or MA of stormpy says; ``init`` becomes the initial distribution, uniform. O(m).

    Names of choices are taken where the model was built with them; transition rewards become rewards of choices.

    Raises
    ------
    ModelError
        If the model is of another type, or has intervals.
    """
    kinds: dict[str, MDPKind] = {"MDP": "mdp", "MA": "ma"}
    kind = kinds.get(str(getattr(model, "model_type", None)).rpartition(".")[2])
    if kind is None or not getattr(model, "is_sparse_model", True):
        raise ModelError(f"{type(model).__name__} is not a sparse MDP or MA")
    n, m = int(model.nr_states), int(model.nr_choices)
    first = np.array([int(v) for v in model.nondeterministic_choice_indices], dtype=np.int64)
    first = first if len(first) == n + 1 else np.append(first, m)
    matrix = model.transition_matrix
    weights, dust = matrix_of(matrix, (m, n), floats)
    of_states, of_choices = _rewards(model, weights, first, floats)
    markovian = None
    if kind == "ma":
        weights, markovian = _with_rates(model, weights, first, floats)
    labeling = model.labeling
    labels = {name: bits(labeling.get_states(name), n) for name in sorted(labeling.get_labels())}
    start = labels.pop("init", np.zeros(n, dtype=bool))
    actions, action_of = _actions(model, m)
    return Parts(
        weights,
        first,
        kind,
        actions,
        action_of,
        markovian,
        dust,
        labels=labels,
        rewards=of_states,
        choice_rewards=of_choices,
        initial={int(s): Fraction(1, int(start.sum())) for s in np.flatnonzero(start)} if start.any() else None,
        state_names=names_of(model, n),
    )


def _with_rates(
    model: Any, weights: SparseWeights, first: NDArray[np.int64], floats: Floats
) -> tuple[SparseWeights, NDArray[np.bool_]]:
    """Multiply the first choice of every Markovian state by its exit rate."""
    states = np.array([int(s) for s in model.markovian_states], dtype=np.int64)
    exits = [number_of_storm(v, floats) for v in model.exit_rates]
    factor = np.full(weights.shape[0], len(exits), dtype=np.int64)
    factor[first[states]] = states
    values = times(weights.values, factor[weights.row_of_entries()], [*exits, Fraction(1)])
    return weights.with_values(values), factor < len(exits)


def _actions(model: Any, m: int) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the names of choices, those with several joined by commas."""
    has = getattr(model, "has_choice_labeling", False)
    if not (has() if callable(has) else has):
        return ("",), np.zeros(m, dtype=np.int64)
    labeling, table = model.choice_labeling, dict[str, int]()
    names = (",".join(sorted(labeling.get_labels_of_choice(c))) for c in range(m))
    codes = np.array([table.setdefault(name, len(table)) for name in names], dtype=np.int64)
    return tuple(table), codes


def _rewards(
    model: Any, weights: SparseWeights, first: NDArray[np.int64], floats: Floats
) -> tuple[dict[str, CodedValues], dict[str, CodedValues]]:
    """Return rewards of states and of choices by name."""
    of_states, of_choices = dict[str, CodedValues](), dict[str, CodedValues]()
    structures = model.reward_models
    if "" in structures and UNNAMED in structures:
        raise ModelError(f"one reward structure has no name and one is called {UNNAMED!r}, expected different names")
    for name, structure in structures.items():
        paid: list[Any] | None = None
        if structure.has_state_action_rewards:
            of_actions = structure.state_action_rewards
            paid = [number_of_storm(v, floats) for v in of_actions]
        if structure.has_transition_rewards:
            of_transitions = structure.transition_rewards
            before = paid or [Fraction(0)] * weights.shape[0]
            paid = [before[c] + _mean(weights, of_transitions, c, floats) for c in range(weights.shape[0])]
        if paid is not None:
            of_choices[name or UNNAMED] = from_fractions(paid)
        if structure.has_state_rewards or paid is None:
            own = structure.state_rewards if structure.has_state_rewards else [0] * (len(first) - 1)
            of_states[name or UNNAMED] = from_fractions([number_of_storm(v, floats) for v in own])
    return of_states, of_choices


def _mean(weights: SparseWeights, rewards: Any, choice: int, floats: Floats) -> Any:
    row = dict(weights.row(choice))
    earned = (row.get(t, Fraction(0)) * number_of_storm(v, floats) for t, v in entries_of(rewards, choice))
    return sum(earned, Fraction(0))
