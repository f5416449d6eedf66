"""Writes a model as definitions for Coq, and the theorem of a case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lumpform.rocq.side import Column, Side
from lumpform.rocq.terms import integer, listed

BLOCK = 1000
"""States in one definition: Coq reads long lists slowly."""

HEAD = """\
From Coq Require Import ZArith Reals List.
From LumpForm Require Import {}.
Import ListNotations.
Open Scope Z_scope.

Definition E (t : positive) (w : Z) : positive * Z := (t, w).
Definition S (values : list Z) (row : entries) : state := (values, row).

"""

TAIL = """
Eval vm_compute in ({check}).

Lemma accepted : {check} = true.
Proof. vm_cast_no_check (eq_refl true). Qed.

Theorem {name} :
  {statement}.
Proof.
  {proof}
Qed.

Print Assumptions {name}.
"""


def tail(check: str, name: str, parts: Iterable[tuple[str, str]]) -> str:
    """Return the end of a case: the checker's answer, and the theorem, the parts of which come with their proofs."""
    statements, proofs = zip(*parts, strict=True)
    statement = "\n  /\\ ".join(f"({part})" for part in statements)
    proof = "\n  ".join([*(f"split; [{how} |]." for how in proofs[:-1]), f"{proofs[-1]}."])
    return TAIL.format(check=check, name=name, statement=statement, proof=proof)


def model_terms(name: str, side: Side) -> Iterator[str]:
    """Yield the definitions of a model."""
    tables = [side.table, *(column.table for column in side.columns)]
    for i, table in enumerate(tables):
        yield from (f"Definition {name}_{i}_{code} : Z := {integer(n)}.\n" for code, n in enumerate(table))
    yield from blocks(f"{name}_states", "list state", list(_states(name, side)))
    columns = listed(integer(c.below) for c in side.columns)
    start = "None" if side.start is None else f"(Some {_start(side.start)})"
    yield f"Definition {name} : model := Model {integer(side.below)} {columns} {name}_states {start}.\n"


def blocks(name: str, kind: str, items: list[str]) -> Iterator[str]:
    """Yield definitions of parts of a list, and of the list."""
    scope = "positive" if kind == "list positive" else "Z"
    parts = range(0, len(items), BLOCK)
    for i, low in enumerate(parts):
        yield f"Definition {name}_{i} : {kind} := {listed(items[low : low + BLOCK])}%{scope}.\n"
    yield f"Definition {name} : {kind} := concat {listed(f'{name}_{i}' for i in range(len(parts)))}.\n"


def _states(name: str, side: Side) -> Iterator[str]:
    for s in range(side.states):
        values = (f"{name}_{i}_{column.codes[s]}" for i, column in enumerate(side.columns, 1))
        places = range(side.ends[s], side.ends[s + 1])
        yield f"\n  S {listed(values)} {_entries((side.targets[e], f'{name}_0_{side.codes[e]}') for e in places)}"


def _start(column: Column) -> str:
    pairs = ((s, column.table[code]) for s, code in enumerate(column.codes, 1))
    return f"({integer(column.below)}, {_entries((s, integer(number)) for s, number in pairs if number)})"


def _entries(pairs: Iterable[tuple[int, str]]) -> str:
    return listed(f"E {target} {weight}" for target, weight in pairs)
