"""Writes a decision process, a transition system or a Markov automaton as UMB; needs the extra ``umb``."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from lumpform.errors import ModelError
from lumpform.files.atomic import Replacement
from lumpform.files.umb import UmbContent
from lumpform.files.umb_write import write_content
from lumpform.mdps.mdp import MDP
from lumpform.numbers.naming import check_names, initial_mask

_TIMES = {"mdp": "discrete", "lts": "discrete", "ma": "urgent-stochastic"}


def write_umb(mdp: MDP, path: Path, files: Replacement) -> None:
    """Write `mdp` to a file of a replacement, with exact rationals. O(m).

    Raises
    ------
    MissingExtra
        If umbi is not installed.
    ModelError
        If it has no states, its initial distribution is not uniform over a set of states, a name has no place in the
        format, or a state of a Markov automaton has a Markovian choice and others.

    Notes
    -----
    State names are not written.
    """
    check_names(mdp.labels, (*mdp.state_rewards, *mdp.choice_rewards), "UMB", lambda name: True)
    _check_actions(mdp)
    mask, n = initial_mask(mdp.initial, "UMB"), mdp.states
    timed = np.zeros(n, dtype=bool)
    timed[mdp.state_of[mdp.markovian]] = True
    mixed = np.flatnonzero(timed & (np.diff(mdp.first_choice) > 1))
    if mixed.size:
        raise ModelError(
            f"UMB cannot hold a Markovian choice beside others, which state {int(mixed[0])} has (.drn can)"
        )
    weights = mdp.probabilities()
    content = UmbContent(
        path,
        _TIMES[mdp.kind],
        1,
        mdp.first_choice,
        weights.indptr,
        weights.indices.astype(np.int64),
        None if mdp.kind == "lts" else weights.values.fractions(),
        _exits(mdp, timed) if mdp.kind == "ma" else None,
        np.zeros(n, dtype=bool) if mask is None else mask,
        timed,
        mdp.actions,
        mdp.action_of.astype(np.int64),
        mdp.labels,
        _rewards(mdp),
        (),
    )
    write_content(content, files)


def _check_actions(mdp: MDP) -> None:
    """Raise `ModelError` for names that would not be read back as they are."""
    wrong = next((name for name in mdp.actions if not name.isprintable()), None)
    if wrong is not None:
        raise ModelError(f"UMB cannot hold the action name {wrong!r}, expected printable characters")


def _exits(mdp: MDP, timed: np.ndarray) -> list[Fraction]:
    """Return the exit rate of every state, 0 where it is not Markovian."""
    rates = mdp.exit_rates()
    return [
        rates.value(int(first)) if is_timed else Fraction(0)
        for first, is_timed in zip(mdp.first_choice[:-1], timed, strict=True)
    ]


def _rewards(mdp: MDP) -> dict[str, dict[str, list[Fraction]]]:
    rewards = {name: {"states": column.fractions()} for name, column in mdp.state_rewards.items()}
    for name, column in mdp.choice_rewards.items():
        rewards.setdefault(name, {})["choices"] = column.fractions()
    return rewards
