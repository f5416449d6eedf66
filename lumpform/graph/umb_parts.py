"""Makes exact matrices and columns of the numbers in a UMB file.

Rationals stay what they are; a double is the dyadic rational that it is, or the decimal that it shows.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.files.umb import UmbContent
from lumpform.graph.entries import added, ones, taken_or_zero, times
from lumpform.graph.from_file import TOLERANCE, sparse
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.make import from_fractions
from lumpform.numbers.meaning import Floats, dust_of, number_of
from lumpform.numbers.numerals import show, uniform


def column(content: UmbContent, place: str, numbers: list[Any], floats: Floats) -> CodedValues:
    """Return numbers as an exact column; `FormatError` if one is not finite. O(length)."""
    try:
        return from_fractions([number_of(value, floats) for value in numbers])
    except (ValueError, OverflowError) as error:
        content.fail(place, str(error), "finite numbers")


def matrix(content: UmbContent, floats: Floats) -> tuple[SparseWeights, Fraction]:
    """Return the probabilities of choices, (choices, states), and how far sums may be off; without any, ones."""
    given = content.probabilities
    values = ones(len(content.targets)) if given is None else _probabilities(content, floats)
    shape = (content.choices, content.states)
    return sparse(content.path, content.choice_of, content.targets, values, shape), dust_of(given or [], floats)


def _probabilities(content: UmbContent, floats: Floats) -> CodedValues:
    return column(content, "branch-to-probability.bin", content.probabilities or [], floats)


def with_rates(content: UmbContent, weights: SparseWeights, timed: NDArray[np.bool_], floats: Floats) -> SparseWeights:
    """Return the matrix with the probabilities of timed choices multiplied by the exit rates of their states. O(m).

    Raises
    ------
    FormatError
        If a file has no exit rates or negative ones, or a timed choice has probabilities that do not sum to one:
        rationals exactly, doubles to within 1e-9. A choice without branches stays without.
    """
    if content.exits is None and timed.any():
        content.fail("state-to-exit-rate.bin", "no exit rates", "one for every state")
    exits = column(content, "state-to-exit-rate.bin", content.exits or [], floats)
    state_of, sums = content.state_of, weights.row_sums().coded()
    negative = np.array([v < 0 for v in exits.table] or [False], dtype=bool)
    below = np.flatnonzero(timed & negative[exits.codes[state_of]]) if len(exits) else state_of[:0]
    if below.size:
        state = int(state_of[below[0]])
        content.fail(f"state-to-exit-rate.bin (state {state})", show(exits.value(state)), "no rate below 0")
    exact = dust_of(content.probabilities or [], "dyadic") == 0
    wrong = np.array([v != 1 if exact else abs(v - 1) > TOLERANCE for v in sums.table] or [False], dtype=bool)
    bad = np.flatnonzero(timed & wrong[sums.codes] & (np.diff(weights.indptr) > 0))
    if bad.size:
        found = f"probabilities that sum to {show(sums.value(int(bad[0])))}"
        content.fail(f"branch-to-probability.bin (state {int(state_of[bad[0]])})", found, "1")
    index = np.where(timed, state_of, content.states)
    factors = [*exits.fractions(), Fraction(1)] if content.exits is not None else [Fraction(1)] * (content.states + 1)
    return weights.with_values(times(weights.values, index[weights.row_of_entries()], factors))


def reward_columns(content: UmbContent, name: str, floats: Floats) -> tuple[Values | None, Values | None]:
    """Return a reward of states and of choices, or None; that of a branch is earned with its probability."""
    given = content.rewards[name]
    columns = {
        entity: column(content, f"annotations/rewards ({name}, {entity})", numbers, floats)
        for entity, numbers in given.items()
    }
    of_choices: Values | None = columns.get("choices")
    if "branches" in columns:
        share = ones(len(content.targets)) if content.probabilities is None else _probabilities(content, floats)
        earned = times(share, columns["branches"].codes, columns["branches"].table)
        nowhere = np.zeros(len(content.targets), dtype=np.int64)
        means = sparse(content.path, content.choice_of, nowhere, earned, (content.choices, 1)).row_sums()
        of_choices = means if of_choices is None else added(of_choices, means)
    return columns.get("states"), of_choices


def of_first_choices(content: UmbContent, values: Values) -> CodedValues:
    """Return, for every state, the number of its first choice in a column of choices; 0 for a state without any."""
    first = np.where(np.diff(content.first_choice) > 0, content.first_choice[:-1], -1)
    return taken_or_zero(values, first).coded() if len(values) else column(content, "", [0] * content.states, "dyadic")


def initial(content: UmbContent) -> CodedValues | None:
    """Return the uniform distribution over the initial states; None if there are none."""
    return uniform(np.flatnonzero(content.initial), content.states)
