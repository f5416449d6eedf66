"""Reads PRISM's explicit files of MDPs: ``.tra`` and its siblings. docs/certificate-processes.md, section 2.3."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from ..arrays import CODE, OFFSET, STATE, pointers_of
from ..columns import column_of
from ..failure import fail
from ..lab import read_labels
from ..limits import DEFAULT, Limits
from ..models import Column, Matrix, canonical, uniform
from ..rational import ZERO, Pair, product, total
from ..text import Lines, Numbers
from ..tra_rewards import reward_files, stated_name
from ..triples import content
from ..words import counted
from .process import Process, finished


def read_tra(path: str, rows: str = "exact", deadlocks: str = "error", limits: Limits = DEFAULT) -> Process:
    """Return the MDP in a ``.tra`` file and its siblings."""
    matrix, first, names = _transitions(path, limits)
    n = len(first) - 1
    labels = read_labels(path[:-4] + ".lab", n, limits)
    init = labels.pop("init", None)
    rewards, choice_rewards = _structures(path, matrix, first, limits)
    start = uniform(init, n) if init else None
    process = Process(path, "mdp", matrix, labels, rewards, start, first, names, bytearray(matrix.size), choice_rewards)
    return finished(process, rows, deadlocks, limits)


def _transitions(path: str, limits: Limits) -> tuple[Matrix, array[int], list[str]]:
    """Return the matrix of choices, the pointers of states, and the actions."""
    lines = Lines(path, limits)
    numbers, rows = Numbers(lines), content(lines)
    n, m, count = _sizes(lines, next(rows, []), 3, "states, choices and transitions")
    lines.claim(n, 1, "states", limits.spare_states)
    lines.claim(m, 8, "choices")
    lines.claim(count, 8, "transitions")
    keys, targets, codes = array(OFFSET), array(STATE), array(CODE)
    actions: dict[int, str] = {}
    for parts in rows:
        if len(parts) not in (4, 5):
            lines.fail(" ".join(parts), "'state choice target probability [action]'")
        state, place, target = (lines.count(part, "a state or choice") for part in parts[:3])
        if max(state, target) >= n or place >= m:
            lines.fail(" ".join(parts), f"states below {n} and choices below {m}")
        keys.append(state * m + place)
        targets.append(target)
        codes.append(numbers.code(parts[3]))
        name = parts[4] if len(parts) == 5 else ""
        if actions.setdefault(keys[-1], name) != name:
            lines.fail(f"the action {name!r}", f"one action for each choice, {actions[keys[-1]]!r}")
    if len(keys) != count or len(actions) != m:
        found = f"{counted(len(keys), 'transition')} and {counted(len(actions), 'choice')}"
        fail(path, "end of file", found, f"{count} and {m} as the first line says")
    first = _pointers(path, sorted(actions), n, m)
    order = sorted(range(count), key=keys.__getitem__)
    pointers = array(OFFSET, [0])
    for place, entry in enumerate(order):
        if place and keys[entry] != keys[order[place - 1]]:
            pointers.append(place)
    if count:
        pointers.append(count)
    targets = array(STATE, map(targets.__getitem__, order))
    codes = array(CODE, map(codes.__getitem__, order))
    return canonical(m, pointers, targets, codes, numbers.table), first, [actions[key] for key in sorted(actions)]


def _pointers(path: str, keys: Sequence[int], n: int, m: int) -> array[int]:
    """Return the first choice of every state; those of a state must be 0, 1, ... without a gap."""
    first = pointers_of((key // m for key in keys), n)
    for choice, key in enumerate(keys):
        state, place = divmod(key, m)
        if place != choice - first[state]:
            fail(path, "end of file", f"choice {place} of state {state}", "choices 0, 1, ... of every state")
    return first


def _sizes(lines: Lines, parts: Sequence[str], wanted: int, what: str) -> list[int]:
    """Return the numbers in the first line of a file that is no comment."""
    if len(parts) != wanted:
        lines.fail(" ".join(parts) or "no sizes", f"the numbers of {what}")
    return [lines.count(part, f"the number of {what}") for part in parts]


def _structures(
    path: str, matrix: Matrix, first: array[int], limits: Limits
) -> tuple[dict[str, Column], dict[str, Column]]:
    """Return rewards of states and of choices: ``model.srew`` and ``.trew``, ``model1``, ... up to the first gap."""
    of_states: dict[str, Column] = {}
    of_choices: dict[str, Column] = {}
    for unnamed, files in reward_files(path):
        for file in files:
            named, column = _rewards(file, matrix, first, limits)
            known, name = of_states if file.endswith(".srew") else of_choices, named or unnamed
            if name in known:
                fail(file, "", f"a second reward structure {name!r}", "names that differ")
            known[name] = column
    return of_states, of_choices


def _rewards(path: str, matrix: Matrix, first: array[int], limits: Limits) -> tuple[str | None, Column]:
    """Return the name in a reward file, if there is one, and the rewards of states, or the mean ones of choices."""
    on_states, n = path.endswith(".srew"), len(first) - 1
    named = stated_name(path, limits)
    lines = Lines(path, limits)
    numbers, rows = Numbers(lines), content(lines)
    expected, what = ([n], "states and entries") if on_states else ([n, matrix.size], "states, choices and entries")
    sizes = _sizes(lines, next(rows, []), len(expected) + 1, what)
    if sizes[:-1] != expected:
        lines.fail(" ".join(map(str, sizes[:-1])), f"{' '.join(map(str, expected))} as in the .tra file")
    gains: list[Pair] = [ZERO] * (n if on_states else matrix.size)
    given: set[tuple[int, ...]] = set()
    for parts in rows:
        if len(parts) != (2 if on_states else 4):
            lines.fail(" ".join(parts), "'state value'" if on_states else "'state choice target value'")
        place = tuple(lines.count(part, "a state or choice") for part in parts[:-1])
        if place in given or place[0] >= n or place[-1] >= n:
            lines.fail(" ".join(parts), f"states from 0 to {n - 1}, each place once")
        given.add(place)
        value = numbers.table[numbers.code(parts[-1])]
        if on_states:
            gains[place[0]] = value
            continue
        choice = first[place[0]] + place[1]
        if choice >= first[place[0] + 1]:
            lines.fail(f"choice {place[1]} of state {place[0]}", "a choice of the .tra file")
        weight = dict(matrix.entries(choice)).get(place[2], ZERO)
        gains[choice] = total((gains[choice], product(weight, value)))
    if len(given) != sizes[-1]:
        fail(path, "end of file", counted(len(given), "entry"), f"{sizes[-1]} as the first line says")
    return named, column_of(gains)
