"""Writes a chain, its quotient and a certificate as a case for ``chain_checker.v`` (ordinary and strict lumping)."""

from __future__ import annotations

from collections.abc import Iterable
from math import lcm
from typing import Any

from lumpform.errors import OptionError
from lumpform.rocq.terms import NotExpressible, integer, listed


def chain_case(original: Any, reduced: Any, certificate: dict[str, Any]) -> str:
    """Return the text of a ``.v`` file; a step is one of the chain, or of a CTMC's generator (or rates, as certified).

    Raises
    ------
    OptionError
        For another kind of lumping, or chains with parameters.
    NotExpressible
        If the certificate gives no class to a state.
    """
    if certificate["kind"] not in ("ordinary", "strict"):
        raise OptionError(
            f"the verified checker knows ordinary and strict lumping, the certificate is {certificate['kind']}"
        )
    if original.parameters or reduced.parameters:
        raise OptionError("the verified checker knows numbers, the chain has parameters")
    from lumpform.checker.certificate import unpack_map

    class_of = list(unpack_map("certificate", certificate["class_of"], original.states))
    if len(class_of) != original.states:
        raise NotExpressible(f"the map has {len(class_of)} entries, the chain has {original.states} states")
    if any(c < 0 for c in class_of):
        raise NotExpressible("the map has a class with a negative number")
    matrices = [c.arrow(certificate["semantics"]) for c in (original, reduced)]
    parts = [f"Definition classes : list positive := {listed(f'{c + 1}' for c in class_of)}%positive."]
    for name, matrix in zip(("rows", "qrows"), matrices, strict=True):
        below = lcm(*(w.denominator for w in matrix.values.coded().table)) if matrix.nnz else 1
        parts.append(f"Definition {name}_below : Z := {integer(below)}.")
        parts.append(f"Definition {name}_listed : list row := {_rows(matrix, below)}.")
    sizes = {"states": original.states, "count": reduced.states}
    return HEAD + "\n".join(parts) + TAIL.format(**sizes)


HEAD = """\
From Coq Require Import ZArith Reals List FMapPositive.
From LumpForm Require Import chain_checker.
Import ListNotations.
Open Scope Z_scope.

Definition numbered {A : Type} (l : list A) : PositiveMap.t A :=
  fst (fold_left (fun acc a => (PositiveMap.add (snd acc) a (fst acc), Pos.succ (snd acc)))
    l (PositiveMap.empty A, 1%positive)).

Definition found {A : Type} (m : PositiveMap.t A) (default : A) (s : positive) : A :=
  match PositiveMap.find s m with Some a => a | None => default end.

"""

TAIL = """

Definition class_map := Eval vm_compute in numbered classes.
Definition rows_map := Eval vm_compute in numbered rows_listed.
Definition qrows_map := Eval vm_compute in numbered qrows_listed.
Definition cls : positive -> positive := found class_map 1%positive.
Definition rows : positive -> row := found rows_map nil.
Definition qrows : positive -> row := found qrows_map nil.

Eval vm_compute in (check {states} {count} rows_below qrows_below cls rows qrows).

Lemma accepted : check {states} {count} rows_below qrows_below cls rows qrows = true.
Proof. vm_cast_no_check (eq_refl true). Qed.

Theorem same_distributions : forall k p c,
  lump {states} cls (steps k {states} rows_below rows p) c = steps k {count} qrows_below qrows (lump {states} cls p) c.
Proof. exact (chain_checked _ _ _ _ _ _ _ accepted). Qed.

Print Assumptions same_distributions.
"""


def _rows(matrix: Any, below: int) -> str:
    return listed(f"\n  {_row(matrix.row(s), below)}" for s in range(matrix.shape[0]))


def _row(entries: Iterable[tuple[int, Any]], below: int) -> str:
    return listed(f"({t + 1}%positive, {integer(w.numerator * (below // w.denominator))})" for t, w in entries)
