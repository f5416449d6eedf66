"""Reads the parts of a chain off a model of Storm, through stormpy.

Every object that is read has a name of its own until it has been read; `lumpform.graph.storm_parts` says why.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from lumpform.chains.kinds import ChainKind
from lumpform.chains.sources import Source
from lumpform.errors import ModelError
from lumpform.graph.storm_parts import UNNAMED, bits, entries_of, matrix_of, names_of, number_of_storm
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import CodedValues
from lumpform.numbers.make import from_fractions
from lumpform.numbers.meaning import Floats


def storm_source(model: Any, floats: Floats) -> Source:
    """Return what a sparse model of stormpy says about a chain; see `lumpform.chains.interop.from_storm`."""
    kinds: dict[str, ChainKind] = {"DTMC": "dtmc", "CTMC": "ctmc"}
    kind = kinds.get(str(getattr(model, "model_type", None)).rpartition(".")[2])
    if kind is None or not getattr(model, "is_sparse_model", True):
        raise ModelError(f"{type(model).__name__} is not a sparse DTMC or CTMC")
    n = int(model.nr_states)
    matrix = model.transition_matrix
    weights, dust = matrix_of(matrix, (n, n), floats)
    labeling = model.labeling
    labels = {name: bits(labeling.get_states(name), n) for name in sorted(labeling.get_labels())}
    start = labels.pop("init", np.zeros(n, dtype=bool))
    initial = {int(s): Fraction(1, int(start.sum())) for s in np.flatnonzero(start)} if start.any() else None
    return Source(
        weights,
        dust,
        kind=kind,
        labels=labels,
        rewards=_rewards(model, weights, kind, floats),
        initial=initial,
        state_names=names_of(model, n),
    )


def _rewards(model: Any, weights: SparseWeights, kind: ChainKind, floats: Floats) -> dict[str, CodedValues]:
    structures = model.reward_models
    if "" in structures and UNNAMED in structures:
        raise ModelError(f"one reward structure has no name and one is called {UNNAMED!r}, expected different names")
    exits = weights.row_sums().fractions() if kind == "ctmc" else [Fraction(1)] * weights.shape[0]
    return {name or UNNAMED: _folded(structure, weights, exits, floats) for name, structure in structures.items()}


def _folded(structure: Any, weights: SparseWeights, exits: list[Any], floats: Floats) -> CodedValues:
    """Add up the mean reward of a state per step or unit of time: its own, those of its action and its transitions."""
    n = weights.shape[0]
    total: list[Any] = [Fraction(0)] * n
    if structure.has_state_rewards:
        of_states = structure.state_rewards
        total = [number_of_storm(v, floats) for v in of_states]
    if structure.has_state_action_rewards:
        of_actions = structure.state_action_rewards
        total = [a + e * number_of_storm(b, floats) for a, e, b in zip(total, exits, of_actions, strict=True)]
    if structure.has_transition_rewards:
        of_transitions = structure.transition_rewards
        for state in range(n):
            row = dict(weights.row(state))
            for target, value in entries_of(of_transitions, state):
                total[state] = total[state] + row.get(target, Fraction(0)) * number_of_storm(value, floats)
    return from_fractions(total)
