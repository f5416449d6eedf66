"""Reads DRN files (Storm's explicit text format): DTMCs and CTMCs. docs/certificate.md, section 2.3."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator

from .arrays import CODE, OFFSET, STATE
from .columns import add, combine, row_sums
from .failure import fail
from .limits import DEFAULT, Limits
from .models import Column, Model, Parts, assemble, uniform
from .polynomial import Number, Polynomial, show, times
from .rational import ZERO
from .text import Lines, Numbers

_TRANSITION = re.compile(r"\s*(\d{1,10})\s*:\s*(\S+)\s*", re.ASCII)
_STATE = re.compile(r"\s*state\s+(\d{1,10})(?!\S)\s*(?:!(\S+))?\s*(?:\[([^\]]*)\])?\s*(.*)", re.ASCII | re.DOTALL)
_ACTION = re.compile(r"\s*action\s+(?:\"[^\"]*\"\s*|\S+(?:\s+|$))", re.ASCII)
# No two adjacent repetitions of white space before a possible failure: matching stays linear in the line.
_LABEL = re.compile(r'\s*(?:"([^"]*)"|([^\s"\[\]]+))')


def read_drn(path: str, rows: str = "exact", deadlocks: str = "error", limits: Limits = DEFAULT) -> Model:
    """Return the Markov chain in a DRN file; ``init`` is the initial distribution, uniform over its states."""
    reader = _Reader(path, limits)
    reader.read()
    return reader.model(rows, deadlocks)


class _Reader:
    def __init__(self, path: str, limits: Limits) -> None:
        self.lines = Lines(path, limits)
        self.numbers = Numbers(self.lines)
        self.placeholders: dict[str, str] = {}
        self.sections: dict[str, str] = {}
        self.kind, self.states, self.names, self.exact = "", -1, [], False
        self.indptr, self.targets, self.codes = array(OFFSET), array(STATE), array(CODE)
        self.exits: dict[int, str] = {}
        self.state_rewards: list[array[int]] = []
        self.action_rewards: list[array[int]] = []
        self.labels: dict[str, array[int]] = {}
        self.in_action = False

    def read(self) -> None:
        lines = iter(self.lines)
        self._header(lines)
        match_transition, code, n = _TRANSITION.fullmatch, self.numbers.codes.get, self.states
        for line in lines:
            match = match_transition(line)
            if match is None:
                self._other(line)
                continue
            target, known = int(match[1]), code(match[2])
            if target >= n or not self.in_action:
                self.lines.fail(line.strip(), f"a target from 0 to {n - 1} after an 'action' line")
            self.targets.append(target)
            self.codes.append(self._number(match[2]) if known is None else known)
        if len(self.indptr) != n:
            fail(self.lines.path, "end of file", f"{len(self.indptr)} states", f"{n} as @nr_states says")
        self.indptr.append(len(self.targets))

    def _header(self, lines: Iterator[str]) -> None:
        section, content = "", ""
        for line in lines:
            text = line.strip()
            if not text or text.startswith("//"):
                continue
            if text.startswith("@"):
                self._section(section, content.strip())
                section, _, content = text[1:].partition(" ")
                section = section.rstrip(":")
                if section in self.sections:
                    self.lines.fail(f"a second section @{section}", "every section once")
                if section == "model":
                    self._conclude()
                    return
            elif section == "placeholders":
                name, colon, value = (part.strip() for part in text.partition(":"))
                if not colon or not name.startswith("$"):
                    self.lines.fail(text, "'$name : value'")
                self.placeholders[name] = value
            elif not section:
                self.lines.fail(text, "a section such as '@type: DTMC'")
            else:
                content += " " + text
        fail(self.lines.path, "end of file", "no @model", "a DRN file")

    def _section(self, name: str, content: str) -> None:
        known = ("", "type", "value_type", "parameters", "reward_models", "nr_states", "nr_choices", "placeholders")
        if name not in known:
            self.lines.fail(f"section @{name}", "a section of the DRN format")
        if name == "parameters" and content:
            names, most = tuple(content.split()), self.lines.limits.max_parameters
            if not all(n.isidentifier() for n in names) or len(names) > most:
                self.lines.fail(f"parameters {content!r}", f"at most {most} words that name parameters")
            if len(set(names)) < len(names):
                self.lines.fail(f"parameters {content!r}", "names that differ")
            self.numbers.parameters = names
        self.sections[name] = content

    def _conclude(self) -> None:
        kind = self.sections.get("type", "").lower()
        if kind not in ("dtmc", "ctmc"):
            self.lines.fail(f"type {kind!r}", "DTMC or CTMC")
        value_type = self.sections.get("value_type", "double")
        if value_type not in ("double", "rational", "exact", "parametric"):
            self.lines.fail(f"value type {value_type!r}", "double, rational, exact or parametric")
        self.kind, self.exact = kind, value_type != "double"
        self.states = self.lines.count(self.sections.get("nr_states", ""), "@nr_states and a number")
        choices = self.sections.get("nr_choices")
        if choices is not None and self.lines.count(choices, "a number of choices") != self.states:
            self.lines.fail(f"{choices} choices", "one for each state")
        self.names = self.sections.get("reward_models", "").split()
        if len(set(self.names)) != len(self.names):
            self.lines.fail("two reward models of one name", "names that differ")
        self.lines.claim(self.states, 8, "states")
        self.lines.claim(self.states * len(self.names), 1, "rewards")
        self.state_rewards = [array(CODE, bytes(4 * self.states)) for _ in self.names]
        self.action_rewards = [array(CODE, bytes(4 * self.states)) for _ in self.names]

    def _number(self, text: str) -> int:
        if not text.startswith("$"):
            return self.numbers.code(text)
        if text not in self.placeholders:
            self.lines.fail(repr(text), "a placeholder that @placeholders defines")
        return self.numbers.code(self.placeholders[text])

    def _other(self, line: str) -> None:
        match = _STATE.fullmatch(line)
        if match is not None:
            self._state(int(match[1]), match[2], match[3], match[4].strip())
            return
        action, text = _ACTION.match(line), line.strip()
        if action is None:
            if text and not text.startswith("//"):
                self.lines.fail(text, "'state ...', 'action ...' or 'target : value'")
            return
        if not self.indptr or self.in_action:
            self.lines.fail(text, "one action for each state")
        self.in_action = True
        rewards = line[action.end() :].strip()
        if rewards and not (rewards[0] == "[" and rewards.find("]") == len(rewards) - 1):
            self.lines.fail(text, "'state ...', 'action ...' or 'target : value'")
        self._rewards(rewards[1:-1] if rewards else None, self.action_rewards)

    def _state(self, number: int, exit_rate: str | None, rewards: str | None, labels: str) -> None:
        index = len(self.indptr)
        if number != index or index >= self.states:
            self.lines.fail(f"state {number}", f"state {index} of {self.states}")
        self.indptr.append(len(self.targets))
        self.in_action = False
        if exit_rate is not None:
            if self.kind == "dtmc":
                self.lines.fail(f"exit rate !{exit_rate}", "no exit rate in a DTMC")
            self._number(exit_rate)
            self.exits[index] = exit_rate
        self._rewards(rewards, self.state_rewards)
        place = 0
        while place < len(labels):
            match = _LABEL.match(labels, place)
            if match is None:
                self.lines.fail(labels[place:].strip(), "labels separated by spaces, or in double quotes")
            self.labels.setdefault(match[2] if match[1] is None else match[1], array(OFFSET)).append(index)
            place = match.end()

    def _rewards(self, text: str | None, columns: list[array[int]]) -> None:
        if text is None:
            return
        parts = text.split(",") if text.strip() else []
        if len(parts) == len(columns) + 1 and columns is self.state_rewards and len(self.indptr) == 1:
            self._add_unnamed_reward()
        if len(parts) != len(columns):
            self.lines.fail(f"{len(parts)} rewards", f"{len(columns)} as @reward_models says")
        for column, part in zip(columns, parts, strict=True):
            column[len(self.indptr) - 1] = self._number(part.strip())

    def _add_unnamed_reward(self) -> None:
        """Add the unnamed reward structure, which comes first and is ``default``: Storm writes nothing for its name."""
        if "default" in self.names:
            self.lines.fail("an unnamed reward", f"{len(self.names)} rewards as @reward_models says")
        self.names.insert(0, "default")
        self.lines.claim(self.states * len(self.names), 1, "rewards")
        for columns in (self.state_rewards, self.action_rewards):
            columns.insert(0, array(CODE, bytes(4 * self.states)))

    def model(self, rows: str, deadlocks: str) -> Model:
        lines, n, table = self.lines, self.states, self.numbers.table
        init = self.labels.pop("init", None)
        initial = uniform(init, n) if init else None
        parts = Parts(
            lines.path, self.kind, n, self.indptr, self.targets, self.codes, table, self.labels, initial=initial
        )
        model = assemble(parts, rows, deadlocks, lines.limits)
        sums = row_sums(model.matrix) if self.kind == "ctmc" else None
        if sums is not None:
            self._check_exits(sums)
        for name, state, action in zip(self.names, self.state_rewards, self.action_rewards, strict=True):
            extra = Column(action, table)
            if sums is not None and extra.table not in ([], [ZERO]):
                extra = combine(sums, extra, times)
            model.rewards[name] = add(Column(state, table), extra)
        return model

    def _check_exits(self, sums: Column) -> None:
        for state, text in self.exits.items():
            stated, actual = self.numbers.table[self._number(text)], sums.value(state)
            if stated != actual and (self.exact or not _close(stated, actual)):
                expected = f"the sum of the rates, {show(actual)}"
                fail(self.lines.path, f"state {state}", f"exit rate {show(stated)}", expected)


def _close(a: Number, b: Number) -> bool:
    """Tell whether two positive numbers printed as doubles may be the same: within a relative 1e-9."""
    if isinstance(a, Polynomial) or isinstance(b, Polynomial):
        return False
    left, right = a[0] * b[1], b[0] * a[1]
    return abs(left - right) * 10**9 <= max(left, right)
