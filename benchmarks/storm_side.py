"""Storm's side of the comparison: the same chain as a stormpy model, and its strong bisimulation."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from lumpform import MarkovChain


def storm_model(chain: MarkovChain, exact: bool) -> Any:
    """A sparse stormpy model with the transitions and labels of `chain` (no rewards).

    Storm insists on a label ``init`` but does not preserve it; here it marks the states that the chain may start in.

    Parameters
    ----------
    chain : MarkovChain
    exact : bool
        Rational functions without variables (the only exact numbers that Storm 2.0's sparse bisimulation takes), else
        doubles, each the rational rounded to nearest. Equal rationals share one number object, which helps Storm.

    Notes
    -----
    Matrices go through Python lists: about a second for three million transitions.
    """
    storage: Any = import_module("stormpy.developer.storage")
    number = _number(exact)
    weights, n = chain.weights, chain.states
    column = weights.values.coded()
    table = [_rational_function(v) if exact else float(v) for v in column.table]
    builder = storage.SparseMatrixBuilder[number](rows=n, columns=n, entries=chain.transitions)
    values = [table[code] for code in column.codes.tolist()]
    builder.add_next_values(weights.row_of_entries().tolist(), weights.indices.tolist(), values, [])
    labelling = storage.StateLabeling(n)
    start = chain.initial.floats() > 0 if chain.initial is not None else np.arange(n) == 0
    for name, mask in {**chain.labels, "init": start}.items():
        labelling.add_label(name)
        labelling.set_states(name, storage.BitVector(n, np.flatnonzero(mask).tolist()))
    parts = storage.SparseModelComponents[number](
        transition_matrix=builder.build(), state_labeling=labelling, rate_transitions=chain.kind == "ctmc"
    )
    kind = storage.SparseCtmc if chain.kind == "ctmc" else storage.SparseDtmc
    return kind[number](parts)


def storm_model_of_file(path: Path, chain: MarkovChain, exact: bool) -> Any:
    """As `storm_model`, but a DRN file is read by Storm itself, in the order and with the rounding that it uses.

    Files with exact numbers are read only in exact mode; in double the arrays are taken.
    """
    if path.suffix == ".drn":
        stormpy: Any = import_module("stormpy")
        with path.open(encoding="utf-8", errors="replace") as file:
            head = file.read(2000)
        rational = any(word in head for word in ("@value_type: parametric", "@value_type: rational"))
        if exact or not rational:
            return stormpy.build_model_from_drn[_number(exact)](str(path))
    return storm_model(chain, exact)


def _number(exact: bool) -> Any:
    return import_module("stormpy").RationalFunction if exact else float


def _rational_function(value: Any) -> Any:
    cln: Any = import_module("stormpy.numbers.developer.cln")
    return _number(exact=True)(cln.FactorizedPolynomial(cln.Rational(str(value))))


def bisimulate(model: Any) -> Any:
    """Storm's quotient under strong bisimulation: sparse engine, default settings, all labels preserved.

    No property is passed, `StateLabelPreservation.ALL` keeps every label of the model, rewards are not kept.
    """
    developer: Any = import_module("stormpy.developer")
    options = developer.BisimulationOptions()
    options.state_label_preservation = developer.StateLabelPreservation.ALL
    options.preserve_all_rewards = False
    return developer.perform_bisimulation_minimization(model, [], options)
