"""Writes a decision process or a Markov automaton as DRN with exact fractions, so that reading it gives the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError
from lumpform.files.atomic import Replacement
from lumpform.files.compressed import compressing
from lumpform.files.drn_header import head_of, label_text
from lumpform.mdps.mdp import MDP
from lumpform.numbers.naming import WORD_NAME, check_names, combined, initial_mask
from lumpform.numbers.numerals import number_text

BLOCK = 1 << 14


def write_drn(mdp: MDP, path: Path, files: Replacement) -> None:
    """Write `mdp` to a file of a replacement, compressed if its suffix is ``.gz`` or ``.xz``. O(m).

    Raises
    ------
    ModelError
        If it is a transition system, the initial distribution is not uniform over a set of states, or a name has no
        place in the format (rewards and actions: white space, brackets, quotes; labels: double quotes).

    Notes
    -----
    A Markovian choice, the first of its state, is written with probabilities and the exit rate before them, as Storm
    does.
    State names are not written. A label without states is kept in a comment.
    """
    if mdp.kind == "lts":
        raise ModelError("DRN cannot hold a transition system, expected .aut")
    rewards = tuple(dict.fromkeys((*mdp.state_rewards, *mdp.choice_rewards)))
    check_names(mdp.labels, rewards, "DRN", lambda name: WORD_NAME.fullmatch(name) is not None and name[0] not in "@/")
    _check_actions(mdp)
    states, of_state = _ends_of_states(mdp, rewards)
    choices, of_choice = _ends_of_choices(mdp, rewards)
    with files.open(path) as file, compressing(file, path) as stream:
        stream.write(head_of(mdp, rewards, mdp.choices).encode())
        for text in _blocks(mdp, (states, of_state), (choices, of_choice)):
            stream.write(text.encode())


def _check_actions(mdp: MDP) -> None:
    """Raise `ModelError` for names that would not be read back as they are."""
    for name in mdp.actions:
        if name and (WORD_NAME.fullmatch(name) is None or not name.isprintable() or name == "__NOLABEL__"):
            raise ModelError(f"DRN cannot hold the action name {name!r}, expected one word without brackets or quotes")
    places = np.arange(mdp.choices) - np.repeat(mdp.first_choice[:-1], np.diff(mdp.first_choice))
    if mdp.choices and all(mdp.action(c) == str(p) for c, p in enumerate(places.tolist())):
        raise ModelError("DRN cannot hold action names that are the places of the choices, expected others")


def _ends_of_states(mdp: MDP, rewards: tuple[str, ...]) -> tuple[list[str], NDArray[np.int64]]:
    """Return the distinct ends of state lines (exit rate, rewards, labels), and which one a state has."""
    labels = dict(mdp.labels)
    initial = initial_mask(mdp.initial, "DRN")
    if initial is not None:
        labels = {"init": initial, **labels}
    columns = {name: column.coded() for name, column in mdp.state_rewards.items()}
    exits = None
    if mdp.kind == "ma":
        rates = mdp.exit_rates().coded()
        exits = np.full(mdp.states, len(rates.table), dtype=np.int64)
        exits[mdp.state_of[mdp.markovian]] = rates.codes[mdp.markovian]
        texts = [*map(number_text, rates.table), "0"]
    parts = [(mask, 2) for mask in labels.values()] + [(c.codes, len(c.table)) for c in columns.values()]
    of_state, example = combined(parts if exits is None else [*parts, (exits, len(texts))], mdp.states)
    lines = []
    for state in example.tolist():
        exit_text = "" if exits is None else f" !{texts[exits[state]]}"
        paid = [number_text(columns[r].value(state)) if r in columns else "0" for r in rewards]
        names = "".join(f" {label_text(name)}" for name, mask in labels.items() if mask[state])
        lines.append(f"{exit_text}{_listed(paid)}{names}\n")
    return lines, of_state


def _ends_of_choices(mdp: MDP, rewards: tuple[str, ...]) -> tuple[list[str], NDArray[np.int64]]:
    """Return the distinct action lines, and which one a choice has."""
    columns = {name: column.coded() for name, column in mdp.choice_rewards.items()}
    parts = [(mdp.action_of, len(mdp.actions)), *((c.codes, len(c.table)) for c in columns.values())]
    of_choice, example = combined(parts, mdp.choices)
    lines = []
    for choice in example.tolist():
        paid = [number_text(columns[r].value(choice)) if r in columns else "0" for r in rewards]
        lines.append(f"\taction {mdp.action(choice) or '__NOLABEL__'}{_listed(paid)}\n")
    return lines, of_choice


def _blocks(
    mdp: MDP, states: tuple[list[str], NDArray[np.int64]], choices: tuple[list[str], NDArray[np.int64]]
) -> Iterator[str]:
    weights = mdp.probabilities()
    values = weights.values.coded()
    texts = [f" : {number_text(v)}\n" for v in values.table]
    for start in range(0, mdp.states, BLOCK):
        end = min(start + BLOCK, mdp.states)
        parts = []
        for state in range(start, end):
            parts.append(f"state {state}{states[0][states[1][state]]}")
            for choice in mdp.choices_of(state):
                parts.append(choices[0][choices[1][choice]])
                entries = slice(weights.indptr[choice], weights.indptr[choice + 1])
                targets, codes = weights.indices[entries].tolist(), values.codes[entries].tolist()
                parts += [f"\t\t{t}{texts[c]}" for t, c in zip(targets, codes, strict=True)]
        yield "".join(parts)


def _listed(numbers: list[str]) -> str:
    return f" [{', '.join(numbers)}]" if numbers else ""
