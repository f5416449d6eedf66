"""Writes a case of chains as a file for Coq, with the theorems about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lumpform.rocq.chain_case import ChainCase, Column, Side
from lumpform.rocq.terms import integer, listed

BLOCK = 1000
"""States in one definition: Coq reads long lists slowly."""


def chain_terms(case: ChainCase) -> str:
    """Return the text of a ``.v`` file; each distinct number has a name, as Coq reads a name faster than a numeral."""
    parts = [HEAD, *_blocks("classes", "list positive", [f"{c}" for c in case.classes])]
    for name, side in (("original", case.original), ("reduced", case.reduced)):
        tables = [side.table, *(column.table for column in side.columns)]
        for i, table in enumerate(tables):
            parts += [f"Definition {name}_{i}_{code} : Z := {integer(n)}.\n" for code, n in enumerate(table)]
        parts += _blocks(f"{name}_states", "list state", list(_states(name, side)))
        columns = listed(integer(c.below) for c in side.columns)
        start = "None" if side.start is None else f"(Some {_start(side.start)})"
        parts.append(f"Definition {name} := Model {integer(side.below)} {columns} {name}_states {start}.\n")
    return "".join([*parts, TAIL])


HEAD = """\
From Coq Require Import ZArith Reals List.
From LumpForm Require Import chain_checker maps sparse_chain_checker.
Import ListNotations.
Open Scope Z_scope.

Definition E (t : positive) (w : Z) : positive * Z := (t, w).
Definition S (values : list Z) (row : entries) : state := (values, row).

"""

TAIL = """
Eval vm_compute in (check_ordinary classes original reduced).

Lemma accepted : check_ordinary classes original reduced = true.
Proof. vm_cast_no_check (eq_refl true). Qed.

Theorem same_chain :
  (forall k p c, lumped classes original (moved k original p) c = moved k reduced (lumped classes original p) c)
  /\\ (forall k p j, (j < length (columns original))%nat ->
       mean original j (moved k original p) = mean reduced j (moved k reduced (lumped classes original p)))
  /\\ (forall u, start original = Some u -> exists v, start reduced = Some v /\\ forall k c,
       lumped classes original (moved k original (distribution u)) c = moved k reduced (distribution v) c).
Proof.
  split; [exact (sparse_steps _ _ _ accepted)|]. split; [exact (sparse_means _ _ _ accepted)|].
  intros u. exact (sparse_start _ _ _ u accepted).
Qed.

Print Assumptions same_chain.
"""


def _blocks(name: str, kind: str, items: list[str]) -> Iterator[str]:
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
