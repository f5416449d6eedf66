"""Defines `MDPData`: the checked parts of a decision process, a transition system or a Markov automaton.

A state has choices, a choice has a distribution over states. Choices stand in the order of their states; so the process
is one exact matrix of choices by states, and a pointer for each state. It is frozen; everything that changes it returns
a new one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from lumpform.display.html import few, table
from lumpform.display.words import counted
from lumpform.graph.entries import times
from lumpform.graph.partition import Partition
from lumpform.graph.weights import SparseWeights
from lumpform.mdps.checks import checked
from lumpform.mdps.parts import Deadlocks, MDPKind, Parts, Rows
from lumpform.numbers.column import Values, read_only
from lumpform.numbers.field import Field, joined
from lumpform.numbers.given import column_of, initial_column, named, names_of_states, state_mask
from lumpform.numbers.meaning import Floats
from lumpform.numbers.numerals import short


class MDPData:
    """Holds the parts of a decision process and checks them; `lumpform.MDP` is this with a constructor for people.

    Parameters
    ----------
    parts : Parts
    rows, deadlocks, floats
        As for `MDP`.

    Raises
    ------
    ModelError
        With state and choice.
    """

    domain: ClassVar[Literal["mdp"]] = "mdp"

    def __init__(
        self, parts: Parts, *, rows: Rows = "exact", deadlocks: Deadlocks = "error", floats: Floats = "dyadic"
    ) -> None:
        self.kind: MDPKind = parts.kind or "mdp"
        paid = named("choice rewards", parts.choice_rewards)
        columns = {k: column_of(f"choice reward {k!r}", v, parts.transitions.shape[0], floats) for k, v in paid.items()}
        parts = checked(replace(parts, choice_rewards=columns), rows, deadlocks)
        self.transitions: SparseWeights = parts.transitions
        self.first_choice: NDArray[np.int64] = read_only(np.asarray(parts.first_choice, dtype=np.int64))
        m, n = self.transitions.shape
        self.actions, self.action_of = _table(parts, m)
        markovian = np.zeros(m, dtype=bool) if parts.markovian is None else parts.markovian
        self.markovian: NDArray[np.bool_] = read_only(np.asarray(markovian, dtype=bool))
        names = None if parts.state_names is None else names_of_states(parts.state_names, n)
        self.labels: dict[str, NDArray[np.bool_]] = {
            k: state_mask(k, v, n, names) for k, v in named("labels", parts.labels).items()
        }
        self.state_rewards: dict[str, Values] = {
            k: column_of(f"reward {k!r}", v, n, floats, names) for k, v in named("rewards", parts.rewards).items()
        }
        self.choice_rewards: dict[str, Values] = dict(parts.choice_rewards)
        initial = parts.initial
        self.initial: Values | None = None if initial is None else initial_column(initial, n, floats, names)
        self.state_names: tuple[str, ...] | None = names
        self.notes: tuple[str, ...] = tuple(dict.fromkeys(parts.notes))

    @property
    def states(self) -> int:
        """Return the number of states."""
        return self.transitions.shape[1]

    @property
    def choices(self) -> int:
        """Return the number of choices of all states."""
        return self.transitions.shape[0]

    @property
    def edges(self) -> int:
        """Return the number of transitions with a non-zero weight."""
        return self.transitions.nnz

    @property
    def state_of(self) -> NDArray[np.int64]:
        """Return the state of every choice, (choices,) int64."""
        return np.repeat(np.arange(self.states, dtype=np.int64), np.diff(self.first_choice))

    @property
    def field(self) -> Field:
        """Return the field that weights, rewards and initial distribution come from."""
        columns = [self.transitions.values, *self.state_rewards.values(), *self.choice_rewards.values()]
        return joined(column.field for column in [*columns, *([] if self.initial is None else [self.initial])])

    @property
    def parameters(self) -> tuple[str, ...]:
        """Return the names of the parameters of weights, rewards and initial distribution; none for numbers."""
        return self.field.names

    def action(self, choice: int) -> str:
        """Return the name of the action of a choice, empty for none."""
        return self.actions[self.action_of[choice]]

    def choices_of(self, state: int) -> range:
        """Return the choices of a state."""
        return range(int(self.first_choice[state]), int(self.first_choice[state + 1]))

    def exit_rates(self) -> Values:
        """Return the exact sum of every choice: the exit rates of Markovian choices, ones for others."""
        return self.transitions.row_sums()

    def probabilities(self) -> SparseWeights:
        """Return the matrix of choices by states with the rates of Markovian choices divided by their sum. O(m)."""
        if not self.markovian.any():
            return self.transitions
        sums = self.exit_rates().coded()
        row = self.transitions.row_of_entries()
        inverse = [1 / v for v in sums.table]
        return self.transitions.with_values(times(self.transitions.values, sums.codes.astype(np.int64)[row], inverse))

    def __eq__(self, other: object) -> bool:
        """Tell whether kind, choices with their action names, labels, rewards and initial distribution are equal."""
        if not isinstance(other, MDPData):
            return NotImplemented
        return (
            self.kind == other.kind
            and np.array_equal(self.first_choice, other.first_choice)
            and self.transitions == other.transitions
            and self.actions == other.actions
            and np.array_equal(self.action_of, other.action_of)
            and np.array_equal(self.markovian, other.markovian)
            and self.labels.keys() == other.labels.keys()
            and all(np.array_equal(mask, other.labels[k]) for k, mask in self.labels.items())
            and self.state_rewards == other.state_rewards
            and self.choice_rewards == other.choice_rewards
            and (self.initial is None) == (other.initial is None)
            and (self.initial is None or self.initial == other.initial)
        )

    __hash__ = None  # type: ignore[assignment]

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over a state; arrays that come from a pickle are made read-only again."""
        self.__dict__.update(state)
        for array in (self.first_choice, self.action_of, self.markovian, *self.labels.values()):
            array.flags.writeable = False

    def _repr_html_(self) -> str:
        header = ("state", "action", "to: weight", "labels")
        return table(repr(self).strip("<>"), map(self._cells, range(self.choices)), header, self.choices)

    def _cells(self, choice: int) -> tuple[object, ...]:
        """Return a row of the table for notebooks."""
        state = int(np.searchsorted(self.first_choice, choice, side="right")) - 1
        name = state if self.state_names is None else f"{state} ({self.state_names[state]})"
        moves = few([f"{t}: {short(w)}" for t, w in self.transitions.row(choice)])
        return name, self.action(choice), moves, few([label for label, mask in self.labels.items() if mask[state]])

    def __repr__(self) -> str:
        more = ", see .notes" if self.notes else ""
        sizes = (self.states, "state"), (self.choices, "choice"), (self.edges, "transition")
        return f"<MDP {self.kind}, {', '.join(counted(*size) for size in sizes)}{more}>"


def _table(parts: Parts, m: int) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """Return the names of actions in the order of their first choices, each once, and the place of every choice."""
    if parts.action_of is None or not m:
        return ("",) if m else (), read_only(np.zeros(m, dtype=np.int32))
    place: dict[str, int] = {}
    merged = np.array([place.setdefault(name, len(place)) for name in parts.actions], dtype=np.int64)
    codes = Partition(merged[parts.action_of])
    first = parts.action_of[codes.representatives].tolist()
    return tuple(parts.actions[code] for code in first), codes.class_of
