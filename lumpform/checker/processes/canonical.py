"""Computes the digest of a process, the SHA-256 of its canonical form. docs/certificate-processes.md, section 2.2."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence

from ..arrays import OFFSET
from ..canonical import Form, name_bytes
from ..models import Column
from .process import Process


def digest(process: Process) -> str:
    """Return ``sha256:`` and the 64 hexadecimal digits of the digest."""
    form, matrix = Form(), process.matrix
    n, m = process.states, process.choices
    form.text(f"lumpform-model 1\ndomain mdp\nkind {process.kind}\n")
    called: dict[str, array[int]] = {}
    for choice, name in enumerate(process.names):
        if name:
            called.setdefault(name, array(OFFSET)).append(choice)
    _members(form, "action", called)
    form.title("arrow", "choices")
    form.text(f"rows {n} columns {m}\n")
    form.integers("q", process.first)
    form.title("arrow", "transitions")
    form.text(f"rows {m} columns {n} entries {len(matrix.indices)}\n")
    form.integers("q", matrix.indptr)
    form.integers("q", matrix.indices)
    form.column(matrix.weights)
    for name, size in (("choices", m), ("states", n)):
        form.title("group", name)
        form.text(f"size {size}\n")
    if process.initial is not None:
        form.title("initial", "states")
        form.column(process.initial)
    _members(form, "label", process.labels)
    marked = array(OFFSET, [c for c, mark in enumerate(process.markovian) if mark])
    _members(form, "markovian", {"choices": marked} if marked else {})
    _rewards(form, "reward", process.rewards)
    _rewards(form, "reward-of-choices", process.choice_rewards)
    form.text("end\n")
    return f"sha256:{form.state.hexdigest()}"


def _members(form: Form, what: str, lists: Mapping[str, Sequence[int]]) -> None:
    for name in sorted(lists, key=name_bytes):
        form.title(what, name)
        form.text(f"count {len(lists[name])}\n")
        form.integers("q", lists[name])


def _rewards(form: Form, what: str, rewards: Mapping[str, Column]) -> None:
    for name in sorted(rewards, key=name_bytes):
        form.title(what, name)
        form.column(rewards[name])
