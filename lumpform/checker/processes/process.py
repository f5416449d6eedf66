"""Keeps a decision process in canonical form: a chain's parts, but the rows of the matrix are choices of states."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..arrays import CODE, OFFSET, STATE, rows_of
from ..columns import row_sums
from ..failure import fail
from ..limits import DEFAULT, Limits
from ..models import Column, Matrix, Model, check_not_negative, normalised
from ..polynomial import show
from ..rational import ONE, ZERO


@dataclass
class Process(Model):
    """Holds an MDP, a labelled transition system or a Markov automaton.

    Attributes
    ----------
    matrix : Matrix
        Probabilities (rates, of Markovian choices): a row for every choice, a column for every state.
    first : array of int
        State s has the choices from ``first[s]`` to before ``first[s + 1]``.
    names : list of str
        The action of every choice, empty for none; the texts are shared.
    markovian : bytearray
        1 for the choices whose weights are rates.
    choice_rewards : dict
    """

    first: array[int] = field(default_factory=lambda: array(OFFSET, [0]))
    names: list[str] = field(default_factory=list)
    markovian: bytearray = field(default_factory=bytearray)
    choice_rewards: dict[str, Column] = field(default_factory=dict)

    @property
    def states(self) -> int:
        return len(self.first) - 1

    @property
    def choices(self) -> int:
        """Return the number of choices of all states."""
        return self.matrix.size

    def owners(self) -> array[int]:
        """Return the state of every choice."""
        return rows_of(self.first)


def finished(process: Process, rows: str = "exact", deadlocks: str = "error", limits: Limits = DEFAULT) -> Process:
    """Return a process that was read, mended as the options say and with everything checked.

    Its labels may have states in any order; what nobody carries and rewards that are zero everywhere are left out.
    """
    path = process.path
    for count, what in ((process.states, "states"), (process.choices, "choices")):
        if count > limits.max_states:
            fail(path, "", f"{count} {what}", f"at most {limits.max_states}")
    if process.kind != "lts":
        if deadlocks == "loop":
            _add_loops(process)
        first = process.first
        empty = next((s for s in range(process.states) if first[s] == first[s + 1]), None)
        if empty is not None:
            fail(path, f"state {empty}", "no choices", "at least one")
    _check_weights(process)
    _mend_sums(process, rows)
    process.labels = {k: array(OFFSET, sorted(set(v))) for k, v in process.labels.items() if v}
    process.rewards, process.choice_rewards = _paid(process.rewards), _paid(process.choice_rewards)
    process.initial = process.initial if process.states else None
    return process


def _paid(rewards: Mapping[str, Column]) -> dict[str, Column]:
    return {name: column for name, column in rewards.items() if column.table not in ([], [ZERO])}


def _add_loops(process: Process) -> None:
    """Give every state without choices one that stays: of probability 1, or of rate 1 in a Markov automaton."""
    matrix, first = process.matrix, process.first
    if all(first[s] < first[s + 1] for s in range(process.states)):
        return
    table = [*matrix.weights.table, ONE]
    grown, pointers, targets, codes = array(OFFSET, [0]), array(OFFSET, [0]), array(STATE), array(CODE)
    old = array(OFFSET)  # what every choice was, -1 for those that are new
    for state in range(process.states):
        choices = range(first[state], first[state + 1])
        for choice in choices:
            span = slice(matrix.indptr[choice], matrix.indptr[choice + 1])
            targets.extend(matrix.indices[span])
            codes.extend(matrix.weights.codes[span])
            pointers.append(len(targets))
            old.append(choice)
        if not choices:
            targets.append(state)
            codes.append(len(table) - 1)
            pointers.append(len(targets))
            old.append(-1)
        grown.append(len(old))
    process.matrix = Matrix(len(old), pointers, targets, Column(codes, table))
    process.first = grown
    process.names = ["" if c < 0 else process.names[c] for c in old]
    rates = process.kind == "ma"
    process.markovian = bytearray(rates if c < 0 else process.markovian[c] for c in old)
    for name, column in process.choice_rewards.items():
        zero = len(column.table)
        more = array(CODE, [zero if c < 0 else column.codes[c] for c in old])
        process.choice_rewards[name] = Column(more, [*column.table, ZERO])


def _check_weights(process: Process) -> None:
    """Refuse negative weights, choices of a transition system with several targets, Markovian ones without rates."""
    matrix, path = process.matrix, process.path
    check_not_negative(path, matrix)
    for choice in range(process.choices):
        count = matrix.indptr[choice + 1] - matrix.indptr[choice]
        if process.kind == "lts" and count != 1:
            fail(path, f"choice {choice}", f"{count} targets", "one, in a transition system")
        if process.markovian[choice] and not count:
            fail(path, f"choice {choice}", "no rates", "some above 0, as the choice is Markovian")


def _mend_sums(process: Process, rows: str) -> None:
    """See to it that the weights of every choice that is not Markovian sum to one."""
    matrix = process.matrix
    sums = row_sums(matrix)
    right = next((i for i, value in enumerate(sums.table) if value == ONE), -1)
    wrong = [c for c, code in enumerate(sums.codes) if code != right and not process.markovian[c]]
    if not wrong:
        return
    # A quotient of polynomials is none.
    if rows != "normalise" or matrix.weights.parametric or matrix.indptr[wrong[0]] == matrix.indptr[wrong[0] + 1]:
        found = show(sums.value(wrong[0]))
        fail(process.path, f"choice {wrong[0]}", f"probabilities that sum to {found}", "exactly 1")
    empty = next((c for c in wrong if matrix.indptr[c] == matrix.indptr[c + 1]), None)
    if empty is not None:
        fail(process.path, f"choice {empty}", "no targets", "some")
    process.matrix = normalised(matrix, wrong)
