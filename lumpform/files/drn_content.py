"""Holds what a DRN file says, as packed arrays: one number for a state, an action or a transition."""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.files.drn_header import Header
from lumpform.files.text import TextFile
from lumpform.numbers.column import CodedValues
from lumpform.numbers.numerals import valuation_names
from lumpform.numbers.table import NumberTable


class DrnContent:
    """Holds states, actions and transitions of a DRN file in the order of the file.

    What a state line (or an action line) says after its number is an end; there is one for each distinct text.

    Attributes
    ----------
    header : Header
    table : NumberTable
    state_lines, action_lines : array of int
        Where they stand in the file.
    end_of_state, end_of_action : array of int
    first_action, first_transition : array of int
        Of every state and of every action, and at last how many there are.
    targets, codes : array of int
        Of every transition.
    names : list of str
        Of the states, from comments.
    action_names : list of str
        Of every end of an action.
    """

    def __init__(self, source: TextFile, header: Header, table: NumberTable) -> None:
        self.source, self.header, self.table = source, header, table
        self.state_lines, self.action_lines = array("q"), array("q")
        self.end_of_state, self.end_of_action = array("i"), array("i")
        self.first_action, self.first_transition = array("q"), array("q")
        self.targets, self.codes = array("i"), array("I")
        self.names: list[str] = []
        self.action_names: list[str] = []
        self._exits, self._has_exit = array("I"), array("b")
        self._state_rewards, self._action_rewards = array("I"), array("I")
        self._label_set, self._set_of, self._members = array("i"), dict[tuple[str, ...], int](), array("q")
        self._labels: dict[str, array[int]] = header.labels

    @property
    def states(self) -> int:
        """Return the number of states so far."""
        return len(self.state_lines)

    @property
    def actions(self) -> int:
        """Return the number of actions so far."""
        return len(self.end_of_action)

    def add_state(self) -> None:
        """Begin a state at the current line; its end is added by who knows it."""
        self.state_lines.append(self.source.line)
        self.first_action.append(len(self.end_of_action))

    def add_action(self, end: int) -> None:
        """Begin an action at the current line."""
        self.action_lines.append(self.source.line)
        self.first_transition.append(len(self.targets))
        self.end_of_action.append(end)

    def new_end_of_state(self, exit_code: int, has_exit: bool, rewards: list[int], names: tuple[str, ...]) -> int:
        """Keep what a state line says, and return its number."""
        self._exits.append(exit_code)
        self._has_exit.append(has_exit)
        self._state_rewards.extend(rewards)
        number = self._set_of.get(names)
        if number is None:
            number = self._set_of[names] = len(self._set_of)
            for name in names:
                self._labels.setdefault(name, array("q")).append(number)
        self._label_set.append(number)
        return len(self._exits) - 1

    def new_end_of_action(self, name: str, rewards: list[int]) -> int:
        """Keep what an action line says, and return its number."""
        self.action_names.append(name)
        self._action_rewards.extend(rewards)
        return len(self.action_names) - 1

    def close(self) -> None:
        """Note where the last state and the last action end."""
        self.first_action.append(len(self.end_of_action))
        self.first_transition.append(len(self.targets))

    def array(self, name: str) -> NDArray[Any]:
        """Return one of the packed columns as an array, without a copy."""
        column = getattr(self, name)
        return np.frombuffer(column, dtype={"q": np.int64, "i": np.int32, "I": np.uint32}[column.typecode])

    def labels(self) -> dict[str, NDArray[np.bool_]]:
        """Return the states that carry a label, ``init`` among them, as masks. O(labels * states)."""
        self.source.claim_cells(len(self._labels), self.states, "labels")
        sets = _ints(self._label_set, np.int32)[self.array("end_of_state")] if self.states else np.zeros(0, np.int32)
        result = {}
        for name, members in self._labels.items():
            carried = np.zeros(len(self._set_of) + 1, dtype=np.bool_)
            carried[_ints(members, np.int64)] = True
            result[name] = carried[sets]
        return result

    def place(self, state: int) -> str:
        """Return where a state is described, for messages."""
        return f"line {self.state_lines[state]}"

    def state_names(self) -> tuple[str, ...] | None:
        """Return the names of the states; None unless every state has one."""
        complete = self.names and len(self.names) == self.states
        return tuple(valuation_names(self.names)) if complete else None

    def exits(self) -> tuple[CodedValues, NDArray[np.bool_]]:
        """Return the exit rate of every state, and which states have one."""
        end = self.array("end_of_state")
        return self.table.column(_ints(self._exits, np.uint32)[end]), _ints(self._has_exit, np.int8)[end] != 0

    def state_reward(self, j: int) -> CodedValues:
        """Return reward j of every state."""
        return self.table.column(self._reward(self._state_rewards, j)[self.array("end_of_state")])

    def action_reward(self, j: int) -> CodedValues:
        """Return reward j of every action."""
        return self.table.column(self._reward(self._action_rewards, j)[self.array("end_of_action")])

    def _reward(self, codes: array[int], j: int) -> NDArray[np.uint32]:
        return _ints(codes, np.uint32).reshape(-1, len(self.header.rewards))[:, j]


def _ints(column: array[int], dtype: Any) -> NDArray[Any]:
    return np.frombuffer(column, dtype=dtype)
