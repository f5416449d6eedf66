"""Writes a case of a difference as a file for Coq, with the theorem about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lumpform.rocq.difference_case import MORE, SCALE, TINY, DifferenceCase, Search
from lumpform.rocq.network_case import Layer
from lumpform.rocq.network_terms import PROOFS as OF_NETWORKS
from lumpform.rocq.network_terms import entries
from lumpform.rocq.terms import integer, listed

PROOFS = (*OF_NETWORKS, "zonotope", "difference_sums", "difference_layers", "difference_checker")
"""Files of proofs that a case needs, in the order in which they are compiled."""


def difference_terms(case: DifferenceCase) -> str:
    """Return the text of a ``.v`` file."""
    partners = listed(f"{listed(map(str, found))}%positive" for found in case.partners)
    parts = [
        HEAD,
        f"Definition original : list layer := {_layers(case.original)}.\n",
        f"Definition reduced : list layer := {_layers(case.reduced)}.\n",
        f"Definition partners : list (list positive) := {partners}.\n",
        *search_terms(case),
    ]
    above, under = map(integer, case.epsilon)
    return "".join(parts) + TAIL.format(above=above, under=under, more=MORE)


HEAD = """\
From Coq Require Import ZArith Reals List.
From LumpForm Require Import maps sparse_network_checker difference_layers difference_checker.
Import ListNotations.
Open Scope Z_scope.

Definition E (t : positive) (w : Z) : positive * Z := (t, w).
Definition N (row : entries) (bias : Z) : neuron := (row, bias).

"""

TAIL = """
Definition judged := check_difference numbers (Bound {above} {under}) original reduced partners {more} tree inputs.

Eval vm_compute in judged.

Lemma accepted : judged = true.
Proof. vm_cast_no_check (eq_refl true). Qed.

Theorem within_epsilon : forall x, inside inputs x -> forall j,
  (Rabs (eval original x j - eval reduced x j) <= IZR {above} / IZR {under})%R.
Proof. exact (difference_checked _ _ _ _ _ _ _ _ accepted). Qed.

Print Assumptions within_epsilon.
"""


def search_terms(case: Search) -> Iterator[str]:
    """Yield the definitions of the box, of how it is split, and of the numbers."""
    box = listed(f"({integer(low)}, {integer(high)}, {integer(below)})" for low, high, below in case.box)
    yield f"Definition inputs : box := {box}.\n"
    yield f"Definition tree : splits := {_splits(iter(case.splits))}.\n"
    yield f"Definition numbers := Precision {case.units} {SCALE} {TINY}.\n"


def _layers(layers: Sequence[Layer]) -> str:
    found = []
    for layer in layers:
        rows = zip(layer.rows, layer.biases, strict=True)
        neurons = listed(f"\n  N {entries(row)} {integer(bias)}" for row, bias in rows)
        found.append(f"\n  (Layer {integer(layer.below)} {'true' if layer.relu else 'false'} {neurons})")
    return listed(found)


def _splits(tokens: Iterator[int]) -> str:
    i = next(tokens)
    return f"(Halved {i - 1} {_splits(tokens)} {_splits(tokens)})" if i else "Whole"
