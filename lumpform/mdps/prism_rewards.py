"""Reads the reward files beside the ``.tra`` file of a decision process: rewards of states, and of choices."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lumpform.display.words import counted
from lumpform.errors import FormatError
from lumpform.files.prism_files import named_structure, reward_files
from lumpform.files.text import TextFile, parse_count, states_up_to
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import Values
from lumpform.numbers.make import from_fractions
from lumpform.numbers.table import NumberTable

Rewards = dict[str, Values]


def read_rewards(path: Path, transitions: SparseWeights, first_choice: NDArray[np.int64]) -> tuple[Rewards, Rewards]:
    """Return rewards of states and of choices by name. O(entries), besides O(n + m) for each structure.

    Raises
    ------
    FormatError
        With file, line, what was found and what was expected.
    """
    of_states, of_choices = Rewards(), Rewards()
    for default, files in reward_files(path).items():
        for file in files:
            reader = _Reader(TextFile(file), transitions, first_choice)
            known = of_states if file.suffix == ".srew" else of_choices
            column = reader.read()
            name = reader.name or default
            if name in known:
                raise FormatError(file, "", f"a second reward structure {name!r}", "names that differ")
            known[name] = column
    return of_states, of_choices


class _Reader:
    def __init__(self, source: TextFile, transitions: SparseWeights, first_choice: NDArray[np.int64]) -> None:
        self.source, self.transitions, self.first = source, transitions, first_choice
        self.on_states = Path(source.path).suffix == ".srew"
        self.table = NumberTable(source)
        self.name: str | None = None
        self.seen: set[tuple[int, int]] = set()

    def read(self) -> Values:
        """Return the reward of every state, or the mean reward of every choice."""
        source, claimed, count = self.source, -1, 0
        total = [Fraction(0)] * (len(self.first) - 1 if self.on_states else self.transitions.shape[0])
        for line in source.lines():
            if line.startswith("#"):
                named = named_structure(line)
                self.name = source.name(named, "reward name") if named else self.name
                continue
            parts = line.split()
            if not parts:
                continue
            if claimed < 0:
                claimed = self._sizes(parts)
                continue
            count += 1
            if self.on_states:
                self._state(parts, total)
            else:
                self._transition(parts, total)
        if claimed < 0:
            source.fail_at_end("no line with the sizes", "the numbers of states and entries in the first line")
        if claimed != count:
            source.fail_at_end(counted(count, "entry"), f"{claimed} as the first line says")
        return from_fractions(total)

    def _sizes(self, parts: list[str]) -> int:
        source, n, m = self.source, len(self.first) - 1, self.transitions.shape[0]
        expected = "'states entries'" if self.on_states else "'states choices entries'"
        if len(parts) != (2 if self.on_states else 3):
            source.fail(" ".join(parts), expected)
        numbers = [parse_count(source, part, "a number of states, choices or entries") for part in parts]
        if numbers[0] != n:
            source.fail(counted(numbers[0], "state"), f"{n} as the .tra file says")
        if not self.on_states and numbers[1] != m:
            source.fail(counted(numbers[1], "choice"), f"{m} as the .tra file says")
        source.claim(numbers[-1], 4, "entries")
        return numbers[-1]

    def _state(self, parts: list[str], total: list[Fraction]) -> None:
        if len(parts) != 2:
            self.source.fail(" ".join(parts), "'state value'")
        state = self._checked(parts[0])
        self._once(state, 0, f"two rewards of state {state}")
        total[state] = self._value(parts[1])

    def _transition(self, parts: list[str], total: list[Fraction]) -> None:
        if len(parts) != 4:
            self.source.fail(" ".join(parts), "'state choice target value'")
        state, target = self._checked(parts[0]), self._checked(parts[2])
        place = parse_count(self.source, parts[1], "the number of a choice")
        choice = int(self.first[state]) + place
        if choice >= self.first[state + 1]:
            self.source.fail(f"choice {place} of state {state}", "a choice that the .tra file has")
        self._once(choice, target, f"two rewards of the transition of choice {place} from {state} to {target}")
        weight = self.transitions.entry(choice, target)
        total[choice] = total[choice] + weight * self._value(parts[3])

    def _once(self, node: int, target: int, found: str) -> None:
        if (node, target) in self.seen:
            self.source.fail(found, "one")
        self.seen.add((node, target))

    def _checked(self, text: str) -> int:
        state, n = parse_count(self.source, text, "the number of a state"), len(self.first) - 1
        if state >= n:
            self.source.fail(f"state {state}", states_up_to(n))
        return state

    def _value(self, text: str) -> Fraction:
        return self.table.exact[self.table.code(text, "reward", signed=True)]
