"""Writes a decision process in the byte form that its digest hashes: docs/certificate-processes.md, section 2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.certificates.digest import END, column_parts, encoded, header, little_endian, matrix_parts, title
from lumpform.mdps.data import MDPData
from lumpform.numbers.column import Values


def mdp_parts(mdp: MDPData) -> Iterator[Any]:
    """Yield the canonical form of a process as byte strings and buffers, in order. O(m + n) for each name."""
    n, m = mdp.states, mdp.choices
    yield header("mdp") + f"kind {mdp.kind}\n".encode()
    for code in sorted(range(len(mdp.actions)), key=lambda code: encoded(mdp.actions[code])):
        if mdp.actions[code]:
            yield from _members("action", mdp.actions[code], mdp.action_of == code)
    yield title("arrow", "choices") + f"rows {n} columns {m}\n".encode()
    yield from little_endian(mdp.first_choice, "<i8")
    yield title("arrow", "transitions")
    yield from matrix_parts(mdp.transitions)
    yield title("group", "choices") + f"size {m}\n".encode()
    yield title("group", "states") + f"size {n}\n".encode()
    if mdp.initial is not None and n:
        yield title("initial", "states")
        yield from column_parts(mdp.initial)
    for name in sorted(mdp.labels, key=encoded):
        yield from _members("label", name, mdp.labels[name])
    yield from _members("markovian", "choices", mdp.markovian)
    yield from _rewards("reward", mdp.state_rewards)
    yield from _rewards("reward-of-choices", mdp.choice_rewards)
    yield END


def _members(what: str, name: str, mask: NDArray[np.bool_]) -> Iterator[Any]:
    """Yield a section that lists who has a name; none if nobody has, which no text format can say."""
    members = np.flatnonzero(mask)
    if len(members):
        yield title(what, name) + f"count {len(members)}\n".encode()
        yield from little_endian(members, "<i8")


def _rewards(what: str, rewards: dict[str, Values]) -> Iterator[Any]:
    """Yield the rewards that are not zero everywhere: formats differ in whether they can say of what those are."""
    for name in sorted(rewards, key=encoded):
        if rewards[name].nonzero().any():
            yield title(what, name)
            yield from column_parts(rewards[name])
