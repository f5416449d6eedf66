"""Reads the parts of a chain off a model of Storm, through stormpy.

Objects of stormpy hand out views of memory that belongs to temporaries: ``model.reward_models["r"].transition_rewards``
is freed as soon as nothing refers to it, while a row of it is still being read. So every object that is read here is
held by a name of its own until it has been read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from lumpform.chains.kinds import ChainKind
from lumpform.chains.sources import Source
from lumpform.errors import ModelError
from lumpform.files.limits import MAX_DIGITS
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import CodedValues
from lumpform.numbers.expression import parse_expression
from lumpform.numbers.make import from_fractions
from lumpform.numbers.meaning import Floats, dust_of
from lumpform.numbers.numerals import valuation_names
from lumpform.numbers.rational import as_rational

_NAME = re.compile(r"[^\W\d]\w*")
UNNAMED = "default"
"""What a reward structure without a name is called."""


def storm_source(model: Any, floats: Floats) -> Source:
    """Return what a sparse model of stormpy says about a chain; see `lumpform.chains.interop.from_storm`."""
    kinds: dict[str, ChainKind] = {"DTMC": "dtmc", "CTMC": "ctmc"}
    kind = kinds.get(str(getattr(model, "model_type", None)).rpartition(".")[2])
    if kind is None or not getattr(model, "is_sparse_model", True):
        raise ModelError(f"{type(model).__name__} is not a sparse DTMC or CTMC")
    n = int(model.nr_states)
    matrix = model.transition_matrix
    weights, dust = _matrix(matrix, n, floats)
    labeling = model.labeling
    labels = {name: _bits(labeling.get_states(name), n) for name in sorted(labeling.get_labels())}
    start = labels.pop("init", np.zeros(n, dtype=bool))
    initial = {int(s): Fraction(1, int(start.sum())) for s in np.flatnonzero(start)} if start.any() else None
    return Source(
        weights,
        dust,
        kind=kind,
        labels=labels,
        rewards=_rewards(model, weights, kind, floats),
        initial=initial,
        state_names=_names(model, n),
    )


def _names(model: Any, n: int) -> tuple[str, ...] | None:
    has_names = getattr(model, "has_state_valuations", False)
    if not (has_names() if callable(has_names) else has_names):
        return None
    valuations = model.state_valuations
    return tuple(valuation_names([str(valuations.to_string(s)) for s in range(n)]))


def _number(value: Any, floats: Floats) -> Any:
    """Return a double as it is meant, and an exact number or a function of parameters as its text says."""
    if isinstance(value, float | int):
        try:
            return as_rational(str(value) if floats == "decimal" and isinstance(value, float) else value)
        except ValueError:
            raise ModelError(f"the model contains {value}, expected finite numbers") from None
    text = str(value)
    try:
        return Fraction(text)
    except ValueError:
        pass
    try:
        return parse_expression(text, tuple(sorted(set(_NAME.findall(text)))))
    except (ValueError, ZeroDivisionError):
        if len(text) > MAX_DIGITS:
            raise ModelError(f"the model contains a value of {len(text)} characters, expected shorter ones") from None
        raise ModelError(f"the model contains {text[:60]!r}, which is no number (an interval?)") from None


def _entries(matrix: Any, row: int) -> Iterable[tuple[int, Any]]:
    """Yield pairs of column and value, which is a property or a method, by the version of stormpy."""
    for entry in matrix.get_row(row):
        yield int(entry.column), entry.value() if callable(entry.value) else entry.value


def _matrix(matrix: Any, n: int, floats: Floats) -> tuple[SparseWeights, Fraction]:
    """Return the entries of a Storm matrix, and how far sums may be off where they are doubles that count as they are.

    One pass over its rows; equal numbers share one table entry.
    """
    r, c, codes = [], [], []
    table: dict[Any, int] = {}
    for row in range(n):
        for column, value in _entries(matrix, row):
            r.append(row)
            c.append(column)
            codes.append(table.setdefault(value if isinstance(value, float) else str(value), len(table)))
    exact = from_fractions([_number(key, floats) for key in table])
    values = exact.take(np.array(codes, dtype=np.int64))
    return SparseWeights.from_coo(r, c, values, (n, n)), dust_of(list(table), floats)


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
        total = [_number(v, floats) for v in of_states]
    if structure.has_state_action_rewards:
        of_actions = structure.state_action_rewards
        total = [a + e * _number(b, floats) for a, e, b in zip(total, exits, of_actions, strict=True)]
    if structure.has_transition_rewards:
        of_transitions = structure.transition_rewards
        for state in range(n):
            row = dict(weights.row(state))
            for target, value in _entries(of_transitions, state):
                total[state] = total[state] + row.get(target, Fraction(0)) * _number(value, floats)
    return from_fractions(total)


def _bits(states: Iterable[int], n: int) -> np.ndarray:
    mask = np.zeros(n, dtype=bool)
    mask[np.fromiter((int(s) for s in states), dtype=np.int64)] = True
    return mask
