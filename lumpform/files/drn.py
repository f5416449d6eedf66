"""Reads the lines of DRN, the explicit text format that Storm exports (`storm --exportbuild model.drn`).

What is read: states with labels (also quoted), state and action rewards, exit rates, actions with names, transitions
with doubles, decimals, fractions, functions of parameters or placeholders. What a state or an action line says after
its number is kept once for each distinct text, so that a million lines are a few arrays.

* A label that no state carries is kept by a comment before ``@model``, ``// label "name"``, which LumpForm writes and
  others ignore.
* The comments ``//[x=1 & y=2]`` with which Storm can name states are kept as names of states.
* Storm writes nothing for the name of an unnamed reward structure, which may stand anywhere among the others; here it
  is called ``default``.
* Storm writes ``__NOLABEL__`` for an action without a name.

References
----------
.. [1] Hensel, Junges, Katoen, Quatmann, Volk, *The probabilistic model checker Storm*, STTT 24 (2022).
.. [2] Storm's documentation, *The DRN format*, https://www.stormchecker.org/documentation/background/languages.html
"""

from __future__ import annotations

import re
from fractions import Fraction

from lumpform.display.words import counted
from lumpform.files.drn_content import DrnContent
from lumpform.files.drn_header import Header
from lumpform.files.text import TextFile, states_up_to
from lumpform.numbers.table import NumberTable

_TRANSITION = re.compile(r"\s*(\d{1,10})\s*:\s*(\S+)\s*", re.ASCII)
_STATE = re.compile(r"\s*state\s+(\d{1,10})(?!\S)(.*)", re.ASCII)
_REST = re.compile(r"\s*(?:!(?P<exit>\S+))?\s*(?:\[(?P<rewards>[^\]]*)\])?\s*(?P<labels>.*)", re.ASCII)
_INTERVAL = re.compile(r"\d{1,10}\s*:\s*\[", re.ASCII)
_LABEL = re.compile(r'\s*(?:"([^"]*)"|([^\s"\[\]]+))')
_CACHED = 1 << 16
UNNAMED = "__NOLABEL__"


def read_lines(source: TextFile, types: tuple[str, ...], *, several: bool) -> DrnContent:
    """Read a whole DRN file. O(lines); memory is a few bytes for each, plus the distinct texts.

    Parameters
    ----------
    source : TextFile
    types : tuple of str
        The types of models that are expected.
    several : bool
        Whether a state may have several actions.

    Raises
    ------
    FormatError
        With the line, what was found and what was expected.
    """
    reader = _Reader(source, types, several)
    reader.read()
    return reader.content


class _Reader:
    def __init__(self, source: TextFile, types: tuple[str, ...], several: bool) -> None:
        self.source, self.several = source, several
        self.table = NumberTable(source)
        self.zero = self.table.new("0", Fraction(0))
        self.header = Header(source, self.table, types)
        self.content = DrnContent(source, self.header, self.table)
        self.ends_of_states: dict[str, int] = {}
        self.ends_of_actions: dict[str, int] = {}
        self.cached_rewards: dict[str, list[int]] = {}
        self.in_action = False

    def read(self) -> None:
        """Go through the whole file once."""
        model, content = False, self.content
        for chunk in self.source.chunks():
            start = 0
            while not model and start < len(chunk):
                self.source.line += 1
                model = self.header.take(chunk[start])
                start += 1
                if model and not self.several and self.header.choices not in (-1, self.header.states):
                    found = f"{counted(self.header.choices, 'choice')} for {counted(self.header.states, 'state')}"
                    self.source.fail(found, "one choice for each state of a Markov chain")
            self._body(chunk, start)
        if not model:
            self.source.fail_at_end("no @model section", "a DRN file with @type, @nr_states and @model")
        if content.states != self.header.states:
            self.source.fail_at_end(counted(content.states, "state"), f"{self.header.states} as @nr_states says")
        if self.several and self.header.choices not in (-1, content.actions):
            self.source.fail_at_end(counted(content.actions, "action"), f"{self.header.choices} as @nr_choices says")
        if self.several:
            self.source.claim(len(self.header.rewards) * content.actions, 1, "rewards of actions")
        content.close()

    def _body(self, lines: list[str], start: int) -> None:
        match_transition, n, lookup = _TRANSITION.fullmatch, self.header.states, self.table.codes.get
        content, source = self.content, self.source
        add_target, add_code = content.targets.append, content.codes.append
        add_action, add_first = content.end_of_action.append, content.first_transition.append
        known_action, targets, several = self.ends_of_actions.get, content.targets, self.several
        known_state, state_lines, ends = self.ends_of_states.get, content.state_lines, content.end_of_state
        number = source.line
        for line in lines[start:] if start else lines:
            number += 1
            match = match_transition(line)
            if match is None:
                end = known_action(line)
                if end is not None and several and state_lines:
                    content.action_lines.append(number)
                    add_first(len(targets))
                    add_action(end)
                    self.in_action = True
                    continue
                if line[:6] == "state ":  # the common way to write it, with an end that is known
                    name, blank, rest = line[6:].partition(" ")
                    end, index = known_state(blank + rest), len(state_lines)
                    if end is not None and index < n and name == str(index):
                        self.in_action = False
                        state_lines.append(number)
                        content.first_action.append(len(content.end_of_action))
                        ends.append(end)
                        continue
                source.line = number
                self._other(line)
                continue
            text = match[2]
            code = lookup(text)
            if code is None:
                source.line = number
                code = self.table.code(text, "rate" if self.header.kind == "ctmc" else "probability")
            target = int(match[1])
            if target >= n or not self.in_action:
                source.line = number
                if self.in_action:
                    source.fail(f"target {target}", states_up_to(n))
                source.fail(line.strip(), "'action' before the transitions of a state")
            add_target(target)
            add_code(code)
        source.line = number

    def _other(self, line: str) -> None:
        match = _STATE.fullmatch(line)
        if match is not None:
            return self._state(match[1], match[2])
        text = line.strip()
        if text[:6] != "action" or not text[6:7].isspace():
            if text.startswith("//["):
                if not self.in_action and len(self.content.names) == self.content.states - 1:
                    self.content.names.append(text[2:])
            elif _INTERVAL.match(text):
                self.source.fail(text, "one number (intervals are not supported)")
            elif text and not text.startswith("//"):
                self.source.fail(text, "'state ...', 'action ...' or 'target : value'")
            return None
        if not self.content.states:
            self.source.fail(text, "'state' before the first action")
        if self.in_action and not self.several:
            self.source.fail("a second action", "one action for each state of a Markov chain")
        self.in_action = True
        self.content.add_action(self._end_of_action(line, text))
        return None

    def _end_of_action(self, line: str, text: str) -> int:
        """Return the code of what a line ``action NAME [rewards]`` says."""
        end = self.ends_of_actions.get(line)
        if end is None:
            name, rewards = self._of_action(text)
            end = self.content.new_end_of_action(name, self._rewards(rewards))
            if len(self.ends_of_actions) < _CACHED:
                self.ends_of_actions[line] = end
        return end

    def _of_action(self, line: str) -> tuple[str, str | None]:
        """Return name and rewards of an action; a name ends at a space unless it is in quotes."""
        text = line[6:].lstrip()
        if text.startswith('"') and '"' in text[1:]:
            name, _, rest = text[1:].partition('"')
        else:
            name, _, rest = text.replace("\t", " ").partition(" ")
        rest = rest.strip()
        if rest and (rest[0] != "[" or rest.find("]") != len(rest) - 1):
            self.source.fail(line, "'action NAME' or 'action NAME [reward, reward]'")
        if self.several:
            name = "" if name == UNNAMED else self.source.name(name, "action name")
        return name, rest[1:-1] if rest else None

    def _state(self, number: str, rest: str) -> None:
        source, index = self.source, self.content.states
        if int(number) != index:
            source.fail(f"state {number}", f"state {index}")
        if index >= self.header.states:
            source.fail(f"state {number}", f"{counted(self.header.states, 'state')} as @nr_states says")
        self.in_action = False
        self.content.add_state()
        end = self.ends_of_states.get(rest)
        if end is None:
            end = self._new_end(rest)
            if len(self.ends_of_states) < _CACHED:
                self.ends_of_states[rest] = end
        self.content.end_of_state.append(end)

    def _new_end(self, rest: str) -> int:
        match = _REST.fullmatch(rest)
        if match is None:
            self.source.fail(rest.strip(), "'state NUMBER !exit [rewards] labels'")
        exit_rate, zero = match["exit"], self.zero
        if exit_rate is not None and self.header.kind in ("dtmc", "mdp"):
            article = "a DTMC" if self.header.kind == "dtmc" else "an MDP"
            self.source.fail(f"exit rate !{exit_rate}", f"no exit rate in {article}")
        code = zero if exit_rate is None else self.table.code(exit_rate, "exit rate")
        rewards = self._rewards(match["rewards"])
        names = self._label_names(match["labels"])
        return self.content.new_end_of_state(code, exit_rate is not None, rewards, names)

    def _rewards(self, text: str | None) -> list[int]:
        if text is None:
            return [self.zero] * len(self.header.rewards)
        codes = self.cached_rewards.get(text)
        if codes is None:
            parts = text.split(",") if text.strip() else []
            if len(parts) == len(self.header.rewards) + 1 and self.content.states == 1 and not self.in_action:
                self.header.add_unnamed_reward()
            if len(parts) != len(self.header.rewards):
                self.source.fail(counted(len(parts), "reward"), f"{len(self.header.rewards)} as @reward_models says")
            codes = [self.table.code(part.strip(), "reward", signed=True) for part in parts]
            if len(self.cached_rewards) < _CACHED:
                self.cached_rewards[text] = codes
        return codes

    def _label_names(self, text: str) -> tuple[str, ...]:
        text = text.rstrip()
        names, place = [], 0
        while place < len(text):
            match = _LABEL.match(text, place)
            if match is None:
                self.source.fail(text[place : place + 100].strip(), "labels separated by spaces, or in double quotes")
            names.append(self.source.name(match[1] if match[1] is not None else match[2], "label"))
            place = match.end()
        return tuple(dict.fromkeys(names))
