"""Reads decision processes, transition systems and Markov automata in UMB files; needs the extra ``umb``.

Conventions:

* A system of one player: without probabilities a transition system, else of discrete time a decision process, of urgent
  stochastic time a Markov automaton. A Markovian state has one choice, whose rates are exit rate times probability.
* The initial states are the initial distribution, uniform. Atomic propositions are labels, called by their aliases.
* Rewards of branches are earned with their probability, and added to those of their choice.
* Actions without names are called by their numbers. Valuations of states are not read.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lumpform.errors import FormatError
from lumpform.files.umb import UmbContent, read_content
from lumpform.graph.umb_parts import initial, matrix, reward_columns, with_rates
from lumpform.mdps.drn import assembled
from lumpform.mdps.mdp import MDP
from lumpform.mdps.parts import Deadlocks, MDPKind, Parts, Rows, check_options
from lumpform.numbers.meaning import Floats, check_floats


def read_umb(
    path: str | Path,
    *,
    kind: MDPKind | None = None,
    rows: Rows = "exact",
    deadlocks: Deadlocks = "error",
    floats: Floats = "dyadic",
) -> MDP:
    """Read the decision process, transition system or Markov automaton in a UMB file.

    Parameters
    ----------
    path : str or Path
    kind : {"mdp", "lts", "ma"}, optional
        The file states it; another one is refused.
    rows : {"exact", "normalise"}
        What to do with a choice that does not sum to exactly one: refuse it, or divide it by its sum.
    deadlocks : {"error", "loop"}
        What to do with a state without choices: refuse it, or add one that stays.
    floats : {"dyadic", "decimal"}
        What a double means: itself, or the shortest decimal that rounds to it.

    Returns
    -------
    MDP

    Raises
    ------
    MissingExtra
        If umbi is not installed.
    FormatError
        With the member, what was found and what was expected.
    """
    check_options(kind, rows, deadlocks)
    check_floats(floats)
    content = read_content(path)
    stated = _kind(content)
    if kind is not None and kind != stated:
        expected = f"a model of type {kind.upper()}, as the option kind={kind!r} says"
        raise FormatError(path, "index.json", f"a model of type {stated.upper()}", expected)
    return assembled(path, _parts(content, stated, floats), rows, deadlocks)


def _kind(content: UmbContent) -> MDPKind:
    """Return what the time and the probabilities of a system of one player make it."""
    if content.players != 1:
        content.fail("index.json, #players", f"{content.players}", "1, a decision process")
    if content.time == "urgent-stochastic":
        if content.probabilities is None and len(content.targets):
            content.fail("branch-to-probability.bin", "no probabilities", "those of a Markov automaton")
        return "ma"
    return "lts" if content.probabilities is None else "mdp"


def _parts(content: UmbContent, kind: MDPKind, floats: Floats) -> Parts:
    """Return the parts of what was read."""
    weights, dust = matrix(content, floats)
    markovian = None
    if kind == "ma":
        several = np.flatnonzero(content.markovian & (np.diff(content.first_choice) > 1))
        if several.size:
            found = f"several choices in state {int(several[0])}, which is Markovian"
            content.fail("state-to-choices.bin", found, "at most one")
        markovian = content.markovian[content.state_of]
        weights = with_rates(content, weights, markovian, floats)
    columns = {name: reward_columns(content, name, floats) for name in content.rewards}
    return Parts(
        weights,
        content.first_choice,
        kind,
        content.actions,
        content.action_of,
        markovian,
        dust,
        labels=content.labels,
        rewards={name: of_states for name, (of_states, _) in columns.items() if of_states is not None},
        choice_rewards={name: of_choices for name, (_, of_choices) in columns.items() if of_choices is not None},
        initial=initial(content),
        notes=content.notes,
    )
