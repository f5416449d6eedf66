"""Reads DRN files (Storm's explicit text format) of DTMCs and CTMCs. docs/certificate.md, section 2.3."""

from __future__ import annotations

from array import array

from .arrays import CODE
from .columns import add, combine, row_sums
from .drn_lines import DrnLines
from .failure import fail
from .limits import DEFAULT, Limits
from .models import Column, Model, Parts, assemble, uniform
from .polynomial import Number, Polynomial, show, times
from .rational import ZERO

KINDS = {"DTMC": "dtmc", "CTMC": "ctmc"}


def read_drn(path: str, rows: str = "exact", deadlocks: str = "error", limits: Limits = DEFAULT) -> Model:
    """Return the Markov chain in a DRN file; ``init`` is the initial distribution, uniform over its states."""
    drn = DrnLines(path, KINDS, several=False, limits=limits)
    drn.read()
    n, table = drn.states, drn.numbers.table
    indptr = array(drn.first_entry.typecode, map(drn.first_entry.__getitem__, drn.first_action))
    init = drn.labels.pop("init", None)
    initial = uniform(init, n) if init else None
    parts = Parts(path, drn.kind, n, indptr, drn.targets, drn.codes, table, drn.labels, initial=initial)
    model = assemble(parts, rows, deadlocks, limits)
    sums = row_sums(model.matrix) if drn.kind == "ctmc" else None
    if sums is not None:
        _check_exits(drn, sums)
    for name, state, action in zip(drn.names, drn.state_rewards, drn.action_rewards, strict=True):
        extra = Column(_of_states(drn, action), table)
        if sums is not None and extra.table not in ([], [ZERO]):
            extra = combine(sums, extra, times)
        model.rewards[name] = add(Column(state, table), extra)
    return model


def _of_states(drn: DrnLines, action: array[int]) -> array[int]:
    """Return the codes of the rewards of the one action of every state, 0 for a state without."""
    codes = array(CODE, bytes(4 * drn.states))
    for state in range(drn.states):
        if drn.first_action[state] < drn.first_action[state + 1]:
            codes[state] = action[drn.first_action[state]]
    return codes


def _check_exits(drn: DrnLines, sums: Column) -> None:
    for state in drn.exits:
        stated, actual = drn.exit_rate(state), sums.value(state)
        if stated != actual and (drn.exact or not close(stated, actual)):
            expected = f"the sum of the rates, {show(actual)}"
            fail(drn.lines.path, f"state {state}", f"exit rate {show(stated)}", expected)


def close(a: Number, b: Number) -> bool:
    """Tell whether two positive numbers printed as doubles may be the same: within a relative 1e-9."""
    if isinstance(a, Polynomial) or isinstance(b, Polynomial):
        return False
    left, right = a[0] * b[1], b[0] * a[1]
    return abs(left - right) * 10**9 <= max(left, right)
