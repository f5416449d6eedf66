"""Reads DRN, the explicit text format that Storm exports (`storm --exportbuild model.drn`).

What is read: DTMCs and CTMCs with doubles, decimals or fractions as values, labels (also quoted), state and action
rewards, exit rates and placeholders. Three conventions:

* ``init`` is the initial distribution, not a label: uniform over the states that carry it.
* The entries of a CTMC are rates. The exit rate ``!x`` of a state must be their sum; in a file of fractions exactly, in
  one of doubles (``@value_type: double``, or none) to within a relative 1e-9, and the entries count.
* A label that no state carries is kept by a comment before ``@model``, ``// label "name"``, which LumpForm writes and
  others ignore.
* The comments ``//[x=1 & y=2]`` with which Storm can name states are kept as names of states.
* Storm writes nothing for the name of an unnamed reward structure; here it is called ``default``.
* Action rewards become state rewards. DTMC: added, since the action is taken once per step. CTMC: added after
  multiplication with the exit rate, since the action is taken once per jump.

References
----------
.. [1] Hensel, Junges, Katoen, Quatmann, Volk, *The probabilistic model checker Storm*, STTT 24 (2022).
.. [2] Storm's documentation, *The DRN format*, https://www.stormchecker.org/documentation/background/languages.html
"""

from __future__ import annotations

import re
from array import array
from fractions import Fraction
from pathlib import Path

import numpy as np

from lumpform.chains.assemble import assemble, check_options, sparse
from lumpform.chains.chain import MarkovChain
from lumpform.chains.drn_header import Header
from lumpform.chains.drn_rewards import check_exits, folded
from lumpform.chains.kinds import ChainKind, agreed_kind
from lumpform.chains.numerals import uniform, valuation_names
from lumpform.chains.rows import Deadlocks, Rows
from lumpform.chains.sources import Source
from lumpform.files.text import TextFile, states_up_to
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import CodedValues
from lumpform.numbers.table import NumberTable

_TRANSITION = re.compile(r"\s*(\d{1,10})\s*:\s*(\S+)\s*", re.ASCII)
_STATE = re.compile(
    r"\s*state\s+(?P<id>\d{1,10})(?!\S)\s*(?:!(?P<exit>\S+))?\s*(?:\[(?P<rewards>[^\]]*)\])?\s*(?P<labels>.*)", re.ASCII
)
_LABEL = re.compile(r'\s*(?:"([^"]*)"|([^\s"\[\]]+))')
_CACHED = 1 << 12


def read_drn(
    path: str | Path, *, kind: ChainKind | None = None, rows: Rows = "exact", deadlocks: Deadlocks = "error"
) -> MarkovChain:
    """Read the Markov chain in a DRN file.

    Parameters
    ----------
    path : str or Path
    kind : {"dtmc", "ctmc"}, optional
        The file states it; another one is refused.
    rows : {"exact", "normalise"}
        What to do with a DTMC row that does not sum to exactly one: refuse it, or divide it by its sum.
    deadlocks : {"error", "loop"}
        What to do with a state of a DTMC without transitions: refuse it, or add a self-loop.

    Returns
    -------
    MarkovChain

    Raises
    ------
    FormatError
        With the line, what was found and what was expected.

    Notes
    -----
    O(m) time for m transitions; memory is a few bytes for each state and transition, plus the distinct numbers.
    """
    check_options(rows, kind, deadlocks)
    reader = _Reader(TextFile(path))
    reader.read()
    agreed_kind(path, "@type", reader.header.kind, kind)
    return reader.chain(rows, deadlocks)


class _Reader:
    def __init__(self, source: TextFile) -> None:
        self.source = source
        self.table = NumberTable(source)
        self.zero = self.table.new("0", Fraction(0))
        self.header = Header(source, self.table)
        self.state_lines, self.row_lengths = array("q"), array("q")
        self.targets, self.codes = array("i"), array("I")
        self.exits, self.has_exit = array("I"), array("b")
        self.state_rewards, self.action_rewards = array("I"), array("I")
        self.labels: dict[str, array[int]] = self.header.labels
        self.cached_labels: dict[str, list[array[int]]] = {}
        self.cached_rewards: dict[str, list[int]] = {}
        self.names: list[str] = []
        self.in_action = False

    def read(self) -> None:
        """Go through the whole file once."""
        model = False
        for chunk in self.source.chunks():
            start = 0
            while not model and start < len(chunk):
                self.source.line += 1
                model = self.header.take(chunk[start].strip())
                start += 1
            self._body(chunk, start)
        if not model:
            self.source.fail_at_end("no @model section", "a DRN file with @type, @nr_states and @model")
        if len(self.state_lines) != self.header.states:
            self.source.fail_at_end(f"{len(self.state_lines)} states", f"{self.header.states} as @nr_states says")

    def _body(self, lines: list[str], start: int) -> None:
        match_transition, n, lookup = _TRANSITION.fullmatch, self.header.states, self.table.codes.get
        add_target, add_code, source = self.targets.append, self.codes.append, self.source
        number = source.line
        for line in lines[start:] if start else lines:
            number += 1
            match = match_transition(line)
            if match is None:
                source.line = number
                self._other(line)
                continue
            text = match[2]
            code = lookup(text)
            if code is None:
                source.line = number
                code = self.table.code(text, "probability" if self.header.kind == "dtmc" else "rate")
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
            return self._state(match["id"], match["exit"], match["rewards"], match["labels"])
        text = line.strip()
        if text[:6] != "action" or not text[6:7].isspace():
            if text.startswith("//["):
                if not self.in_action and len(self.names) == len(self.state_lines) - 1:
                    self.names.append(text[2:])
            elif text and not text.startswith("//"):
                self.source.fail(text, "'state ...', 'action ...' or 'target : value'")
            return None
        if not self.state_lines:
            self.source.fail(text, "'state' before the first action")
        if self.in_action:
            self.source.fail("a second action", "one action for each state of a Markov chain")
        self.in_action = True
        self.action_rewards.extend(self._rewards(self._of_action(text)))
        return None

    def _of_action(self, line: str) -> str | None:
        """Return the rewards in a line ``action NAME [rewards]``; a name ends at a space unless it is in quotes."""
        text = line[6:].lstrip()
        _, quote, rest = text[1:].partition('"') if text.startswith('"') else ("", "", "")
        if not quote:
            rest = text.replace("\t", " ").partition(" ")[2]
        rest = rest.strip()
        if not rest:
            return None
        if rest[0] != "[" or rest.find("]") != len(rest) - 1:
            self.source.fail(line, "'action NAME' or 'action NAME [reward, reward]'")
        return rest[1:-1]

    def _state(self, number: str, exit_rate: str | None, rewards: str | None, labels: str) -> None:
        source, index = self.source, len(self.state_lines)
        if int(number) != index:
            source.fail(f"state {number}", f"state {index}")
        if index >= self.header.states:
            source.fail(f"state {number}", f"{self.header.states} states as @nr_states says")
        self._close_state()
        self.state_lines.append(source.line)
        if exit_rate is not None and self.header.kind == "dtmc":
            source.fail(f"exit rate !{exit_rate}", "no exit rate in a DTMC")
        self.has_exit.append(exit_rate is not None)
        self.exits.append(self.zero if exit_rate is None else self.table.code(exit_rate, "exit rate"))
        self.state_rewards.extend(self._rewards(rewards))
        arrays = self.cached_labels.get(labels)
        if arrays is None:
            arrays = [self.labels.setdefault(name, array("q")) for name in self._label_names(labels)]
            if len(self.cached_labels) < _CACHED:
                self.cached_labels[labels] = arrays
        for states in arrays:
            states.append(index)

    def _close_state(self) -> None:
        """Note where the row of the state before ends."""
        if self.state_lines:
            self.row_lengths.append(len(self.targets))
            if not self.in_action:
                self.action_rewards.extend([self.zero] * len(self.header.rewards))
        self.in_action = False

    def _rewards(self, text: str | None) -> list[int]:
        if text is None:
            return [self.zero] * len(self.header.rewards)
        codes = self.cached_rewards.get(text)
        if codes is None:
            parts = text.split(",") if text.strip() else []
            if len(parts) == len(self.header.rewards) + 1 and len(self.state_lines) == 1 and not self.in_action:
                self.header.add_unnamed_reward()
            if len(parts) != len(self.header.rewards):
                self.source.fail(f"{len(parts)} rewards", f"{len(self.header.rewards)} as @reward_models says")
            codes = [self.table.code(part.strip(), "reward", signed=True) for part in parts]
            if len(self.cached_rewards) < _CACHED:
                self.cached_rewards[text] = codes
        return codes

    def _label_names(self, text: str) -> list[str]:
        text = text.rstrip()
        names, place = [], 0
        while place < len(text):
            match = _LABEL.match(text, place)
            if match is None:
                self.source.fail(text[place : place + 100].strip(), "labels separated by spaces, or in double quotes")
            names.append(self.source.name(match[1] if match[1] is not None else match[2], "label"))
            place = match.end()
        return list(dict.fromkeys(names))

    def chain(self, rows: Rows, deadlocks: Deadlocks) -> MarkovChain:
        """Make the chain of what was read."""
        self._close_state()
        header, source, n = self.header, self.source, self.header.states
        source.claim_cells(len(self.labels), n, "labels")
        ends = np.frombuffer(self.row_lengths, dtype=np.int64)
        lengths = np.diff(np.concatenate(([0], ends)))
        weights: SparseWeights = sparse(
            source.path,
            np.repeat(np.arange(n), lengths),
            np.frombuffer(self.targets, dtype=np.int32),
            self.table.column(self.codes),
            n,
        )
        place = lambda state: f"line {self.state_lines[state]}"  # noqa: E731
        if header.kind == "ctmc":
            check_exits(
                source.path,
                weights,
                self.table.column(self.exits),
                np.frombuffer(self.has_exit, dtype=np.int8) != 0,
                exact=header.fractions,
                place=place,
            )
        masks = {name: np.frombuffer(states, dtype=np.int64) for name, states in self.labels.items()}
        initial = masks.pop("init", None)
        parts = Source(
            weights,
            kind=header.kind,
            labels=masks,
            rewards={name: self._reward(j, weights) for j, name in enumerate(header.rewards)},
            initial=None if initial is None else uniform(initial, n),
            state_names=tuple(valuation_names(self.names)) if self.names and len(self.names) == n else None,
        )
        return assemble(source.path, parts, rows=rows, deadlocks=deadlocks, place=place)

    def _reward(self, j: int, weights: SparseWeights) -> CodedValues:
        count, n = len(self.header.rewards), self.header.states
        state = np.frombuffer(self.state_rewards, dtype=np.uint32).reshape(n, count)[:, j]
        action = np.frombuffer(self.action_rewards, dtype=np.uint32).reshape(n, count)[:, j]
        return folded(
            self.table.column(state), self.table.column(action), weights if self.header.kind == "ctmc" else None
        )
