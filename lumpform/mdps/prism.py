"""Reads decision processes in the explicit files of PRISM: ``.tra`` and its siblings of the same stem.

=====================  ==========================================================================================
file                   what it holds
=====================  ==========================================================================================
``model.tra``          ``states choices transitions``, then ``state choice target probability [action]``
``model.lab``          labels, as PRISM or as Storm writes them (`lumpform.files.prism_labels`)
``model.sta``          ``(x,y)``, then ``state:(1,2)``; gives the names ``x=1, y=2``
``model.srew``         ``states entries``, then ``state value``; several: ``model1.srew``, ``model2.srew``, ...
``model.trew``         ``states choices entries``, then ``state choice target value``; numbered in the same way
=====================  ==========================================================================================

Values are decimals or fractions. ``init`` is the initial distribution (uniform over the states that carry it), not a
label. The transitions of a choice have one action or none. Transition rewards become rewards of their choice: the mean
``sum P(c,t) r(c,t)``. A line ``# Transitions (MDP)`` before the sizes, as current versions write it, is allowed.

References
----------
.. [1] The PRISM manual, appendix *Explicit model files*, https://www.prismmodelchecker.org/manual/Appendices/
"""

from __future__ import annotations

import re
from array import array
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lumpform.display.words import counted
from lumpform.files.prism_labels import read_labels, read_valuations
from lumpform.files.text import TextFile, parse_count, states_up_to
from lumpform.graph.from_file import sparse
from lumpform.mdps.drn import assembled
from lumpform.mdps.mdp import MDP
from lumpform.mdps.parts import Deadlocks, Parts, Rows, check_options
from lumpform.mdps.prism_rewards import read_rewards
from lumpform.numbers.numerals import uniform
from lumpform.numbers.table import NumberTable

_TRANSITION = re.compile(r"\s*(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s+(\S+)(?:\s+(\S+))?\s*", re.ASCII)


def read_prism(path: str | Path, *, rows: Rows = "exact", deadlocks: Deadlocks = "error") -> MDP:
    """Read the decision process in a ``.tra`` file and its siblings.

    Parameters
    ----------
    path : str or Path
        The ``.tra`` file.
    rows : {"exact", "normalise"}
        What to do with a choice that does not sum to exactly one: refuse it, or divide it by its sum.
    deadlocks : {"error", "loop"}
        What to do with a state without choices: refuse it, or add one that stays.

    Raises
    ------
    FormatError
        With file, line, what was found and what was expected.

    Notes
    -----
    O(m) time for m transitions in the order of their choices, O(m log m) otherwise.
    """
    check_options(None, rows, deadlocks)
    path = Path(path)
    reader = _Reader(TextFile(path))
    parts = reader.read()
    n = reader.n
    labels: dict[str, NDArray[np.int64]] = {}
    if path.with_suffix(".lab").exists():
        labels = read_labels(path.with_suffix(".lab"), n)
    start = labels.pop("init", None)
    names = read_valuations(path.with_suffix(".sta"), n) if path.with_suffix(".sta").exists() else None
    of_states, of_choices = read_rewards(path, parts.transitions, parts.first_choice)
    whole = Parts(
        parts.transitions,
        parts.first_choice,
        "mdp",
        parts.actions,
        parts.action_of,
        labels=labels,
        rewards=of_states,
        choice_rewards=of_choices,
        initial=None if start is None else uniform(start, n),
        state_names=None if names is None else tuple(names),
    )
    return assembled(path, whole, rows, deadlocks)


class _Reader:
    def __init__(self, source: TextFile) -> None:
        self.source = source
        self.table = NumberTable(source)
        self.states, self.places, self.targets = array("i"), array("i"), array("i")
        self.codes, self.actions = array("I"), array("i")
        self.names: dict[str, int] = {"": 0}
        self.n = self.m = self.claimed = -1

    def read(self) -> Parts:
        """Read all lines; return the transitions with their choices."""
        source = self.source
        for line in source.lines():
            if not line or line.startswith("#"):
                continue
            if self.n < 0:
                self._sizes(line)
            else:
                self._row(line)
        if self.n < 0:
            source.fail_at_end("no line with the sizes", "'states choices transitions' in the first line")
        if len(self.codes) != self.claimed:
            source.fail_at_end(counted(len(self.codes), "transition"), f"{self.claimed} as the first line says")
        return self._parts()

    def _sizes(self, line: str) -> None:
        source, parts = self.source, line.split()
        if len(parts) != 3:
            source.fail(line, "'states choices transitions'")
        n, choices, m = (parse_count(source, part, "a number of states, choices or transitions") for part in parts)
        source.claim_states(n)
        source.claim(m, 8, "transitions")
        source.claim(choices, 8, "choices")
        self.n, self.m, self.claimed = n, choices, m

    def _row(self, line: str) -> None:
        source, match = self.source, _TRANSITION.fullmatch(line)
        if match is None:
            source.fail(line, "'state choice target probability [action]'")
        state, place, target = int(match[1]), int(match[2]), int(match[3])
        if max(state, target) >= self.n:
            source.fail(f"state {max(state, target)}", states_up_to(self.n))
        if place >= self.m:
            source.fail(f"choice {place}", f"one of the {self.m} choices")
        name = match[5] or ""
        if name not in self.names:
            self.names[source.name(name, "action name")] = len(self.names)
        self.states.append(state)
        self.places.append(place)
        self.targets.append(target)
        self.codes.append(self.table.code(match[4], "probability"))
        self.actions.append(self.names[name])

    def _parts(self) -> Parts:
        """Number the choices of all states, which must be 0, 1, ... in each, and put the transitions in their rows."""
        source, n = self.source, self.n
        states, places, actions = (np.frombuffer(c, dtype=np.int32) for c in (self.states, self.places, self.actions))
        key = states.astype(np.int64) * max(self.m, 1) + places
        distinct, first, choice = np.unique(key, return_index=True, return_inverse=True)
        choice = choice.reshape(-1)
        if len(distinct) != self.m:
            source.fail_at_end(counted(len(distinct), "choice"), f"{self.m} as the first line says")
        pointers = np.concatenate(([0], np.cumsum(np.bincount(states[first], minlength=n)))).astype(np.int64)
        wrong = np.flatnonzero(places[first] != np.arange(self.m) - pointers[states[first]])
        if wrong.size:
            found = f"choice {int(places[first][wrong[0]])} of state {int(states[first][wrong[0]])}"
            source.fail_at_end(found, "the choices 0, 1, ... of every state, none left out")
        differ = np.flatnonzero(actions != actions[first][choice])
        if differ.size:
            row = int(differ[0])
            found = f"two actions in choice {int(places[row])} of state {int(states[row])}"
            source.fail_at_end(found, "one action for all transitions of a choice")
        values = self.table.column(self.codes)
        targets = np.frombuffer(self.targets, dtype=np.int32)
        weights = sparse(source.path, choice, targets, values, (self.m, n))
        return Parts(weights, pointers, "mdp", tuple(self.names), actions[first])
