"""Keeps a weighted automaton in canonical form, and computes its digest. docs/certificate-automata.md, section 2."""

from __future__ import annotations

from dataclasses import dataclass

from ..canonical import Form, name_bytes
from ..models import Column, Matrix


@dataclass
class Automaton:
    """Holds initial and final weights, one for every state, and a matrix for every letter; weights have any sign."""

    path: str
    initial: Column
    final: Column
    matrices: dict[str, Matrix]

    kind = "automaton"
    """What stands in certificates: there is one kind only."""

    @property
    def states(self) -> int:
        return len(self.initial)


def digest(automaton: Automaton) -> str:
    """Return ``sha256:`` and the 64 hexadecimal digits of the digest."""
    form, n = Form(), automaton.states
    form.text("lumpform-model 1\ndomain automaton\n")
    for letter in sorted(automaton.matrices, key=name_bytes):
        matrix = automaton.matrices[letter]
        form.title("arrow", letter)
        form.text(f"rows {n} columns {n} entries {len(matrix.indices)}\n")
        form.integers("q", matrix.indptr)
        form.integers("q", matrix.indices)
        form.column(matrix.weights)
    form.title("final", "states")
    form.column(automaton.final)
    form.title("group", "states")
    form.text(f"size {n}\n")
    form.title("initial", "states")
    form.column(automaton.initial)
    form.text("end\n")
    return f"sha256:{form.state.hexdigest()}"
