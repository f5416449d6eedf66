"""Markov chains from Storm, through stormpy: sparse models, and PRISM and JANI files that Storm builds exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from lumpform.atomic import check_readable
from lumpform.chains.build import Rows
from lumpform.chains.chain import ChainKind, MarkovChain
from lumpform.chains.numerals import valuation_name
from lumpform.errors import FormatError, MissingExtra, ModelError, OptionError
from lumpform.exact import as_rational
from lumpform.values import CodedValues, from_fractions
from lumpform.weights import SparseWeights


def from_storm(model: Any, *, rows: Rows = "exact") -> MarkovChain:
    """A chain from a sparse DTMC or CTMC of stormpy, with double or exact (rational) values.

    Action rewards become state rewards: added (DTMC, once per step), or added after multiplication with the exit rate
    (CTMC, once per jump); transition rewards likewise with the weight of the transition. ``init`` becomes the initial
    distribution, uniform over the initial states.

    Parameters
    ----------
    model : stormpy sparse model
    rows : {"exact", "normalise"}
        Doubles are the dyadic rationals that they are, so the rows of a double DTMC need not sum to exactly one.

    Raises
    ------
    ModelError
        If the model is no DTMC or CTMC, or has parameters or intervals.
    """
    kinds: dict[str, ChainKind] = {"DTMC": "dtmc", "CTMC": "ctmc"}
    kind = kinds.get(str(getattr(model, "model_type", None)).rpartition(".")[2])
    if kind is None or not getattr(model, "is_sparse_model", True):
        raise ModelError(f"{type(model).__name__} is not a sparse DTMC or CTMC")
    n = int(model.nr_states)
    weights = _storm_matrix(model.transition_matrix, n)
    labeling = model.labeling
    labels = {name: _bits(labeling.get_states(name), n) for name in sorted(labeling.get_labels())}
    start = labels.pop("init", np.zeros(n, dtype=bool))
    initial = {int(s): Fraction(1, int(start.sum())) for s in np.flatnonzero(start)} if start.any() else None
    exits = weights.row_sums().fractions() if kind == "ctmc" else [Fraction(1)] * n
    rewards = {name or "default": _storm_reward(reward, weights, exits) for name, reward in model.reward_models.items()}
    has_names = getattr(model, "has_state_valuations", False)
    names = None
    if has_names() if callable(has_names) else has_names:
        names = [valuation_name(str(model.state_valuations.to_string(s))) for s in range(n)]
    return MarkovChain(
        weights, kind=kind, labels=labels, rewards=rewards, initial=initial, rows=rows, state_names=names
    )


def read_prism_model(
    path: str | Path,
    *,
    constants: str | Mapping[str, Any] | None = None,
    properties: str | None = None,
    rows: Rows = "exact",
) -> MarkovChain:
    """The chain that a PRISM or JANI model describes, built by Storm in exact rational arithmetic.

    Parameters
    ----------
    path : str or Path
        A file ending in ``.jani``, or else a PRISM program. `fdeadlock`-style self-loops are added by Storm.
    constants : str or mapping, optional
        Values of undefined constants: ``"N=3,p=0.5"`` or ``{"N": 3, "p": "1/2"}``; decimals are read as decimals.
    properties : str, optional
        Properties in PRISM's notation; then only the labels and rewards that they mention are built.
    rows : {"exact", "normalise"}
        As for `MarkovChain`.

    Raises
    ------
    MissingExtra
        If stormpy is not installed.
    FormatError
        If Storm refuses the model; with its reason.
    """
    if constants is not None and not isinstance(constants, str | Mapping):
        raise OptionError(f"constants is {constants!r}, expected a text such as 'N=3,p=0.5' or a mapping")
    try:
        import stormpy
    except ImportError:
        raise MissingExtra("reading PRISM models", "storm") from None
    check_readable(path)
    try:
        if Path(path).suffix.lower() == ".jani":
            program, wanted = stormpy.parse_jani_model(str(path))
            wanted = [] if properties is None else stormpy.parse_properties(properties, program)
        else:
            program = stormpy.parse_prism_program(str(path), prism_compatibility=True)
            wanted = [] if properties is None else stormpy.parse_properties(properties, program)
        if constants:
            program, wanted = stormpy.instantiate_constants(program, _constants(constants), wanted)
        options = stormpy.BuilderOptions(wanted) if wanted else stormpy.BuilderOptions()
        if not wanted:
            options.set_build_all_labels()
            options.set_build_all_reward_models()
        options.set_build_state_valuations()
        model = stormpy.build_model[stormpy.Rational](program, options=options)
    except (RuntimeError, ValueError, TypeError, KeyError) as error:
        reason = " ".join(str(error).split()).rpartition("Exception: ")[2] or type(error).__name__
        raise FormatError(
            path, "", f"what Storm refuses: {reason}", "a DTMC or CTMC with all constants defined"
        ) from None
    try:
        return from_storm(model, rows=rows)
    except ModelError as error:
        raise FormatError(path, "", str(error), "a DTMC or CTMC") from None


def _storm_number(value: Any) -> Fraction:
    """A double is itself; an exact number of any Storm library is what its text ``a/b`` says."""
    if isinstance(value, float | int):
        return as_rational(value)
    try:
        return Fraction(str(value))
    except ValueError:
        raise ModelError(
            f"the model contains {str(value)[:60]!r}, which is no number (a parameter or an interval)"
        ) from None


def _storm_matrix(matrix: Any, n: int) -> SparseWeights:
    """The entries of a Storm matrix. One pass over its rows; equal numbers share one table entry."""
    r, c, codes = [], [], []
    table: dict[Any, int] = {}
    for row in range(n):
        for entry in matrix.get_row(row):
            value = entry.value() if callable(entry.value) else entry.value
            key = value if isinstance(value, float) else str(value)
            r.append(row)
            c.append(int(entry.column))
            codes.append(table.setdefault(key, len(table)))
    exact: list[Fraction] = [_storm_number(key) for key in table]
    merged: dict[Fraction, int] = {}
    renumber = np.array([merged.setdefault(v, len(merged)) for v in exact] or [0], dtype=np.int64)
    return SparseWeights.from_coo(r, c, CodedValues(renumber[np.array(codes, dtype=np.int64)], tuple(merged)), (n, n))


def _storm_reward(reward: Any, weights: SparseWeights, exits: list[Fraction]) -> CodedValues:
    n = weights.shape[0]
    total = [_storm_number(v) for v in reward.state_rewards] if reward.has_state_rewards else [Fraction(0)] * n
    if reward.has_state_action_rewards:
        total = [a + e * _storm_number(b) for a, e, b in zip(total, exits, reward.state_action_rewards, strict=True)]
    if reward.has_transition_rewards:
        for state in range(n):
            row = dict(weights.row(state))
            for entry in reward.transition_rewards.get_row(state):
                value = entry.value() if callable(entry.value) else entry.value
                total[state] += row.get(int(entry.column), Fraction(0)) * _storm_number(value)
    return from_fractions(total)


def _bits(states: Iterable[int], n: int) -> np.ndarray:
    mask = np.zeros(n, dtype=bool)
    mask[np.fromiter((int(s) for s in states), dtype=np.int64)] = True
    return mask


def _constants(constants: str | Mapping[str, Any]) -> str:
    if isinstance(constants, str):
        return constants
    return ",".join(
        f"{name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in constants.items()
    )
