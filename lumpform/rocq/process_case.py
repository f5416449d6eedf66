"""Takes from a decision process, its quotient and a certificate what the verified checker of processes reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from lumpform.errors import OptionError
from lumpform.rocq.side import Column, Side, number_column, places, shared_names, side_of, truth_column, without_rows


@dataclass(frozen=True)
class Process:
    """Holds a process: states without rows, choices whose rows go to states, and the state of every choice, from 1."""

    nodes: Side
    choices: Side
    owners: list[int]


@dataclass(frozen=True)
class ProcessCase:
    """Holds maps of states to classes and of choices to those of the quotient, from 1, a process and its quotient."""

    classes: list[int]
    choices: list[int]
    original: Process
    reduced: Process


def process_case(original: Any, reduced: Any, certificate: dict[str, Any], first: str = "") -> ProcessCase:
    """Return a case.

    Columns of states are the labels (`first`, if it is one, before the others) and rewards that the reduced process
    has; of choices its rewards, action names as numbers if they are respected, and of a Markov automaton which choices
    have rates.

    Raises
    ------
    OptionError
        For processes with parameters.
    NotExpressible
        If a map has another length or a negative number, or the reduced process a label or reward of its own.
    """
    if original.parameters or reduced.parameters:
        raise OptionError("the verified checker knows numbers, the process has parameters")
    classes = places(certificate["class_of"], original.states, "", "the process")
    choices = places(certificate["choice_of"], original.choices, " of choices", "the process", "choice_of")
    both = original, reduced
    labels = sorted(shared_names("label", reduced.labels, original.labels), key=first.__ne__)
    rewards = shared_names("reward", reduced.state_rewards, original.state_rewards)
    paid = shared_names("reward of choices", reduced.choice_rewards, original.choice_rewards)
    codes: dict[str, int] = {}
    columns: list[list[Column]] = [[number_column(process.choice_rewards[name]) for name in paid] for process in both]
    for process, found in zip(both, columns, strict=True):
        if "actions" in certificate["respect"]:
            found.append(_actions(process, codes))
        if "ma" in (original.kind, reduced.kind):
            found.append(truth_column(process.markovian))
    sides = [
        Process(
            without_rows(process.states, process.initial, _of_states(process, labels, rewards)),
            side_of(process.transitions, None, found),
            [s for s, (a, b) in enumerate(pairwise(process.first_choice.tolist()), 1) for _ in range(a, b)],
        )
        for process, found in zip(both, columns, strict=True)
    ]
    return ProcessCase(classes, choices, *sides)


def _of_states(process: Any, labels: list[str], rewards: list[str]) -> Iterator[Column]:
    yield from (truth_column(process.labels[name]) for name in labels)
    yield from (number_column(process.state_rewards[name]) for name in rewards)


def _actions(process: Any, codes: dict[str, int]) -> Column:
    """Return a number for each choice, the same for the same name in both processes."""
    table = [codes.setdefault(name, len(codes)) for name in process.actions]
    return Column(1, process.action_of.tolist(), table)
