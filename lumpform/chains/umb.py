"""Reads Markov chains in UMB files, the binary format that model checkers share; needs the extra ``umb``.

Conventions:

* A system without players is a chain: of discrete time a DTMC, of stochastic time a CTMC, whose rates are exit rates
  times probabilities. There is at most one choice in a state.
* The initial states are the initial distribution, uniform. Atomic propositions are labels, called by their aliases.
* Rewards of choices and branches are folded into those of states, as for DRN (`lumpform.chains.drn`).
* Names of actions and valuations of states are not read.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lumpform.chains.assemble import assemble, check_options
from lumpform.chains.chain import MarkovChain
from lumpform.chains.drn_rewards import folded
from lumpform.chains.kinds import ChainKind, agreed_kind
from lumpform.chains.rows import Deadlocks, Rows
from lumpform.chains.sources import Source
from lumpform.files.umb import UmbContent, read_content
from lumpform.graph.umb_parts import column, initial, matrix, of_first_choices, reward_columns, with_rates
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import Values
from lumpform.numbers.meaning import Floats, check_floats


def read_umb(
    path: str | Path,
    *,
    kind: ChainKind | None = None,
    rows: Rows = "exact",
    deadlocks: Deadlocks = "error",
    floats: Floats = "dyadic",
) -> MarkovChain:
    """Read the Markov chain in a UMB file.

    Parameters
    ----------
    path : str or Path
    kind : {"dtmc", "ctmc"}, optional
        The file states it; another one is refused.
    rows : {"exact", "normalise"}
        What to do with a DTMC row that does not sum to exactly one: refuse it, or divide it by its sum.
    deadlocks : {"error", "loop"}
        What to do with a state of a DTMC without transitions: refuse it, or add a self-loop.
    floats : {"dyadic", "decimal"}
        What a double means: itself, or the shortest decimal that rounds to it.

    Returns
    -------
    MarkovChain

    Raises
    ------
    MissingExtra
        If umbi is not installed.
    FormatError
        With the member, what was found and what was expected.
    """
    check_options(rows, kind, deadlocks)
    check_floats(floats)
    content = read_content(path)
    if content.players:
        content.fail("index.json, #players", f"{content.players}", "0, a chain")
    stated: ChainKind = "dtmc" if content.time == "discrete" else "ctmc"
    agreed_kind(path, "index.json, time", stated, kind)
    several = np.flatnonzero(np.diff(content.first_choice) > 1)
    if several.size:
        found = f"{int(np.diff(content.first_choice)[several[0]])} choices in state {int(several[0])}"
        content.fail("state-to-choices.bin", found, "at most one in a state of a chain")
    if content.probabilities is None and len(content.targets):
        content.fail("branch-to-probability.bin", "no probabilities", "those of a chain")
    by_choice, dust = matrix(content, floats)
    if stated == "ctmc":
        by_choice = with_rates(content, by_choice, np.ones(content.choices, dtype=bool), floats)
    n = content.states
    weights = SparseWeights((n, n), by_choice.indptr[content.first_choice], by_choice.indices, by_choice.values)
    rates = weights if stated == "ctmc" else None
    rewards = {name: _reward(content, name, rates, floats) for name in content.rewards}
    parts = Source(weights, dust, stated, content.labels, rewards, initial(content), notes=content.notes)
    return assemble(path, parts, rows=rows, deadlocks=deadlocks)


def _reward(content: UmbContent, name: str, rates: SparseWeights | None, floats: Floats) -> Values:
    """Return a reward of states with those of their choices and branches."""
    of_states, of_choices = reward_columns(content, name, floats)
    state = column(content, "", [0] * content.states, floats) if of_states is None else of_states.coded()
    return state if of_choices is None else folded(state, of_first_choices(content, of_choices), rates)
