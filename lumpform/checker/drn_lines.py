"""Reads the lines of DRN files (Storm's explicit text format), whatever type of model they hold."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Mapping

from .arrays import CODE, OFFSET, STATE
from .failure import fail
from .limits import DEFAULT, Limits
from .polynomial import Number
from .text import Lines, Numbers
from .words import counted

_TRANSITION = re.compile(r"\s*(\d{1,10})\s*:\s*(\S+)\s*", re.ASCII)
_STATE = re.compile(r"\s*state\s+(\d{1,10})(?!\S)\s*(?:!(\S+))?\s*(?:\[([^\]]*)\])?\s*(.*)", re.ASCII | re.DOTALL)
_ACTION = re.compile(r"\s*action\s+(?:\"([^\"]*)\"\s*|(\S+)(?:\s+|$))", re.ASCII)
# No two adjacent repetitions of white space before a possible failure: matching stays linear in the line.
_LABEL = re.compile(r'\s*(?:"([^"]*)"|([^\s"\[\]]+))')
_UNNAMED = "__NOLABEL__"
_KNOWN = 1 << 16
"""Distinct lines of actions that are remembered."""


class DrnLines:
    """Holds what the lines of a DRN file say, in packed arrays.

    Attributes
    ----------
    kind : str
        The type, in lower case.
    first_action : array of int
        Of every state, and at last their number; `first_entry` is the same for the transitions of every action.
    targets, codes : array of int
        Of every transition; the codes are places in ``numbers.table``.
    exits : dict
        The texts of exit rates by state.
    names, state_rewards, action_rewards
        The reward structures, with codes for all states and for all actions.
    action_names, name_of : list of str, array of int
        Distinct names of actions, and the place of every action's.
    """

    def __init__(self, path: str, kinds: Mapping[str, str], *, several: bool, limits: Limits = DEFAULT) -> None:
        self.lines = Lines(path, limits)
        self.kinds, self.several = kinds, several
        self.numbers = Numbers(self.lines)
        self.placeholders: dict[str, str] = {}
        self.sections: dict[str, str] = {}
        self.kind, self.states, self.names, self.exact = "", -1, [], False
        self.first_action, self.first_entry = array(OFFSET), array(OFFSET)
        self.targets, self.codes = array(STATE), array(CODE)
        self.exits: dict[int, str] = {}
        self.state_rewards: list[array[int]] = []
        self.action_rewards: list[array[int]] = []
        self.labels: dict[str, array[int]] = {}
        self.action_names: list[str] = []
        self.name_of = array(STATE)
        self._places: dict[str, int] = {}
        self._known_actions: dict[str, tuple[int, list[int]]] = {}
        self.in_action = False
        self._raw_names = ""

    @property
    def actions(self) -> int:
        """Return the number of actions so far."""
        return len(self.name_of)

    def read(self) -> None:
        """Go through the file once; `Unreadable` for whatever is wrong with it."""
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
        if len(self.first_action) != n:
            fail(self.lines.path, "end of file", counted(len(self.first_action), "state"), f"{n} as @nr_states says")
        choices = self.sections.get("nr_choices")
        if self.several and choices is not None and int(choices) != self.actions:
            fail(self.lines.path, "end of file", counted(self.actions, "action"), f"{choices} as @nr_choices says")
        self.first_action.append(self.actions)
        self.first_entry.append(len(self.targets))

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
                if section == "reward_models":
                    self._raw_names = line.rstrip("\r\n")
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
        kind = self.kinds.get(self.sections.get("type", "").upper())
        if kind is None:
            found = self.sections.get("type", "").lower()
            self.lines.fail(f"type {found!r}", " or ".join(self.kinds))
        value_type = self.sections.get("value_type", "double")
        if value_type not in ("double", "rational", "exact", "parametric"):
            self.lines.fail(f"value type {value_type!r}", "double, rational, exact or parametric")
        self.kind, self.exact = kind, value_type != "double"
        self.states = self.lines.count(self.sections.get("nr_states", ""), "@nr_states and a number")
        choices = self.sections.get("nr_choices")
        found = self.states if choices is None else self.lines.count(choices, "a number of choices")
        if found != self.states and not self.several:
            self.lines.fail(counted(found, "choice"), "one for each state")
        self.names = self.sections.get("reward_models", "").split()
        if len(set(self.names)) != len(self.names):
            self.lines.fail("two reward models of one name", "names that differ")
        self.lines.claim(self.states, 8, "states")
        self.lines.claim(self.states * len(self.names), 1, "rewards")
        self.state_rewards = [array(CODE, bytes(4 * self.states)) for _ in self.names]
        self.action_rewards = [array(CODE) for _ in self.names]

    def exit_rate(self, state: int) -> Number:
        """Return the exit rate that the file states for a state that has one."""
        return self.numbers.table[self._number(self.exits[state])]

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
        self._action(line)

    def _action(self, line: str) -> None:
        """Take in a line that begins an action."""
        text, known = line.strip(), self._known_actions.get(line)
        if known is None and _ACTION.match(line) is None:
            if text and not text.startswith("//"):
                self.lines.fail(text, "'state ...', 'action ...' or 'target : value'")
            return
        if not self.first_action or (self.in_action and not self.several):
            self.lines.fail(text, "one action for each state")
        self.in_action = True
        if known is None:
            known = self._content_of_action(line, text)
            if len(self._known_actions) < _KNOWN:
                self._known_actions[line] = known
        self.first_entry.append(len(self.targets))
        self.name_of.append(known[0])
        for column, code in zip(self.action_rewards, known[1], strict=True):
            column.append(code)
        self.lines.claim(len(self.names) * self.actions, 1, "rewards of actions")

    def _content_of_action(self, line: str, text: str) -> tuple[int, list[int]]:
        """Return the place of the name, and the codes of the rewards."""
        match = _ACTION.match(line)
        if match is None:
            self.lines.fail(text, "'action NAME' or 'action NAME [rewards]'")
        name = match[2] if match[1] is None else match[1]
        if not name and self.several:
            self.lines.fail(text, "a name of the action")
        name = "" if name == _UNNAMED else name
        place = self._places.setdefault(name, len(self._places))
        if place == len(self.action_names):
            self.action_names.append(name)
        rewards = line[match.end() :].strip()
        if not rewards:
            return place, [0] * len(self.names)
        if not (rewards[0] == "[" and rewards.find("]") == len(rewards) - 1):
            self.lines.fail(text, "'state ...', 'action ...' or 'target : value'")
        return place, self._rewards(rewards[1:-1])

    def _state(self, number: int, exit_rate: str | None, rewards: str | None, labels: str) -> None:
        index = len(self.first_action)
        if number != index or index >= self.states:
            self.lines.fail(f"state {number}", f"state {index} of {self.states}")
        self.first_action.append(self.actions)
        self.in_action = False
        if exit_rate is not None:
            if self.kind in ("dtmc", "mdp"):
                article = "an MDP" if self.kind == "mdp" else "a DTMC"
                self.lines.fail(f"exit rate !{exit_rate}", f"no exit rate in {article}")
            self._number(exit_rate)
            self.exits[index] = exit_rate
        if rewards is not None:
            codes = self._rewards(rewards, first=index == 0)
            for column, code in zip(self.state_rewards, codes, strict=True):
                column[index] = code
        place = 0
        while place < len(labels):
            match = _LABEL.match(labels, place)
            if match is None:
                self.lines.fail(labels[place:].strip(), "labels separated by spaces, or in double quotes")
            self.labels.setdefault(match[2] if match[1] is None else match[1], array(OFFSET)).append(index)
            place = match.end()

    def _rewards(self, text: str, *, first: bool = False) -> list[int]:
        """Return the codes of a list of rewards, the `first` of which may show that one has no name."""
        parts = text.split(",") if text.strip() else []
        if first and len(parts) == len(self.names) + 1:
            self._add_unnamed_reward()
        if len(parts) != len(self.names):
            self.lines.fail(counted(len(parts), "reward"), f"{len(self.names)} as @reward_models says")
        return [self._number(part.strip()) for part in parts]

    def _add_unnamed_reward(self) -> None:
        """Add the unnamed reward structure, called ``default``, where the line of names has an empty one.

        Storm writes every name, also an empty one, with a space behind it.
        """
        if "default" in self.names:
            self.lines.fail("an unnamed reward", f"{counted(len(self.names), 'reward')} as @reward_models says")
        place = 0
        if self.names:
            written = self._raw_names.removesuffix(" ").split(" ")
            place = next((i for i, name in enumerate(written) if not name), -1)
            if place < 0 or written[:place] + written[place + 1 :] != self.names:
                found, known = f"{len(self.names) + 1} rewards", len(self.names)
                self.lines.fail(found, f"{known} as @reward_models says (an empty name has a space of its own)")
        self.names.insert(place, "default")
        self.lines.claim(self.states * len(self.names), 1, "rewards")
        self.state_rewards.insert(0, array(CODE, bytes(4 * self.states)))
        self.action_rewards.insert(0, array(CODE))
