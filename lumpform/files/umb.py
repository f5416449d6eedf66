"""Reads UMB files: states, choices and branches as arrays, numbers as they stand.

The archive is unpacked by `lumpform.files.umb_archive`, its claims are checked by `lumpform.files.umb_index`, and umbi
decodes the arrays (`lumpform.files.umbi`); here they are checked once more as what they mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import FormatError
from lumpform.files.umb_index import Claims
from lumpform.files.umbi import decoded

Bits = NDArray[np.bool_]
Index = NDArray[np.int64]


@dataclass(frozen=True)
class UmbContent:
    """Holds a UMB file: n states, with choices, with branches.

    Attributes
    ----------
    path : str or Path
    time : {"discrete", "stochastic", "urgent-stochastic"}
    players : {0, 1}
    first_choice : (n + 1,) int64 array
        State s has the choices ``first_choice[s]:first_choice[s + 1]``.
    first_branch : (choices + 1,) int64 array
    targets : (branches,) int64 array
    probabilities : list of float or Fraction, or None
    exits : list of float or Fraction, or None
        The exit rate of every state.
    initial, markovian : (n,) bool array
    actions : tuple of str
        Names of actions; the empty one stands for none.
    action_of : (choices,) int64 array
    labels : mapping from name to (n,) bool array
    rewards : mapping from name to mapping from ``states``, ``choices`` or ``branches`` to numbers
    notes : tuple of str
        What the file has and nobody reads.
    """

    path: str | Path
    time: str
    players: int
    first_choice: Index
    first_branch: Index
    targets: Index
    probabilities: list[Any] | None
    exits: list[Any] | None
    initial: Bits
    markovian: Bits
    actions: tuple[str, ...]
    action_of: Index
    labels: dict[str, Bits]
    rewards: dict[str, dict[str, list[Any]]]
    notes: tuple[str, ...]

    @property
    def states(self) -> int:
        """Return the number of states."""
        return len(self.first_choice) - 1

    @property
    def choices(self) -> int:
        """Return the number of choices of all states."""
        return len(self.first_branch) - 1

    @property
    def state_of(self) -> Index:
        """Return the state of every choice."""
        return np.repeat(np.arange(self.states), np.diff(self.first_choice))

    @property
    def choice_of(self) -> Index:
        """Return the choice of every branch."""
        return np.repeat(np.arange(self.choices), np.diff(self.first_branch))

    def fail(self, place: str, found: str, expected: str) -> NoReturn:
        """Raise `FormatError` for a place in the file."""
        raise FormatError(self.path, place, found, expected)


def read_content(path: str | Path) -> UmbContent:
    """Read a UMB file.

    Raises
    ------
    MissingExtra
        If umbi is not installed.
    FormatError
        With the member, what was found and what was expected.

    Notes
    -----
    O(size) time; umbi holds every number as an object of Python, about a hundred bytes for each branch.
    """
    claims, umb = decoded(path)
    n, choices = claims.count("states"), claims.count("choices")
    branches, time = claims.count("branches"), claims.system["time"]
    names, action_of = _actions(claims, umb)
    return UmbContent(
        path,
        time,
        claims.count("players"),
        _pointers(claims, "state-to-choices.bin", umb.state_to_choices, n, choices),
        _pointers(claims, "choice-to-branches.bin", umb.choice_to_branches, choices, branches),
        _numbers(claims, "branch-to-target.bin", umb.branch_to_target or [], "state", n),
        umb.branch_to_probability,
        None if time == "discrete" else umb.state_to_exit_rate,
        _initial(claims, umb),
        np.array((umb.state_is_markovian if time == "urgent-stochastic" else None) or [False] * n, dtype=bool),
        names,
        action_of,
        _labels(claims, umb),
        _rewards(claims, umb),
        claims.notes,
    )


def _pointers(claims: Claims, member: str, given: Any, length: int, targets: int) -> Index:
    """Return where the range of every item begins; without a mapping each has one target."""
    if given is None:
        return np.arange(length + 1)
    pointers = np.array(given, dtype=np.uint64)
    if pointers[0] != 0 or pointers[-1] != targets or (pointers[1:] < pointers[:-1]).any():
        raise FormatError(claims.path, member, "ranges that overlap or leave gaps", f"numbers from 0 to {targets}")
    return pointers.astype(np.int64)


def _numbers(claims: Claims, member: str, given: list[int], what: str, count: int) -> Index:
    """Return an array of numbers of things of which there are `count`."""
    array = np.array(given, dtype=np.uint64)
    beyond = np.flatnonzero(array >= count)
    if beyond.size:
        place = f"{member}, entry {int(beyond[0])}"
        raise FormatError(claims.path, place, f"{what} {array[beyond[0]]}", f"{what}s from 0 to {count - 1}")
    return array.astype(np.int64)


def _initial(claims: Claims, umb: Any) -> Bits:
    initial = np.array(umb.state_is_initial, dtype=bool)
    claimed = claims.count("initial-states")
    if int(initial.sum()) != claimed:
        found = f"{int(initial.sum())} initial states"
        raise FormatError(claims.path, "state-is-initial.bin", found, f"the {claimed} that the index claims")
    return initial


def _actions(claims: Claims, umb: Any) -> tuple[tuple[str, ...], Index]:
    """Return names of actions, and which one every choice has; actions without names are called by their numbers."""
    count, choices = claims.count("choice-actions"), claims.count("choices")
    if not count:
        return ("",), np.zeros(choices, dtype=np.int64)
    codes = _numbers(claims, "actions/choices/values.bin", umb.choice_to_choice_action, "action", count)
    if umb.choice_action_to_string is None:
        used, codes = np.unique(codes, return_inverse=True)
        return tuple(map(str, used.tolist())), codes.reshape(-1)
    names = umb.choice_action_to_string or [""] * count
    wrong = next((name for name in names if not name.isprintable()), None)
    if wrong is not None or len(set(names)) != count:
        found = "an action name twice" if wrong is None else f"the action name {wrong!r}"
        raise FormatError(claims.path, "actions/choices/strings.bin", found, "different printable names")
    return tuple(names), codes


def _named(claims: Claims, group: str) -> dict[str, str]:
    """Return the identifiers of a group's annotations by their names: aliases, where they have any."""
    names = dict[str, str]()
    for identifier, annotation in claims.annotations(group).items():
        name = annotation.get("alias", identifier)
        if not isinstance(name, str) or not name or not name.isprintable() or name in names:
            claims.fail(f"annotations.{group}.{identifier}", f"the name {name!r}", "different printable names")
        names[name] = identifier
    return names


def _labels(claims: Claims, umb: Any) -> dict[str, Bits]:
    """Return the states of every atomic proposition; ``init`` is the initial states, and no label, in every format."""
    given = (umb.annotations or {}).get("aps", {})
    labels = {name: np.array(given[i]["states"], dtype=bool) for name, i in _named(claims, "aps").items()}
    start = labels.pop("init", None)
    if start is not None and not np.array_equal(start, np.array(umb.state_is_initial, dtype=bool)):
        claims.fail("annotations.aps.init", "a label init of other states than the initial ones", "another name")
    return labels


def _rewards(claims: Claims, umb: Any) -> dict[str, dict[str, list[Any]]]:
    given = (umb.annotations or {}).get("rewards", {})
    return {name: given[identifier] for name, identifier in _named(claims, "rewards").items()}
