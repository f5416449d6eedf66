"""Computes the digest of a process, the SHA-256 of its canonical form. docs/certificate-processes.md, section 2.2."""

from __future__ import annotations

from array import array

from ..arrays import OFFSET
from ..canonical import Form
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
    form.members("action", called)
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
    form.members("label", process.labels)
    marked = array(OFFSET, [c for c, mark in enumerate(process.markovian) if mark])
    form.members("markovian", {"choices": marked} if marked else {})
    form.columns("reward", process.rewards)
    form.columns("reward-of-choices", process.choice_rewards)
    form.text("end\n")
    return f"sha256:{form.state.hexdigest()}"
