"""Writes a case of networks as a file for Coq, with the theorem about it."""

from __future__ import annotations

from collections.abc import Sequence

from lumpform.rocq.network_case import Layer, NetworkCase, Place
from lumpform.rocq.terms import integer, listed


def network_terms(case: NetworkCase) -> str:
    """Return the text of a ``.v`` file."""
    names = ("original", "reduced")
    sides = (case.original, case.reduced)
    parts = [f"Definition {n} : list layer := {_layers(side)}." for n, side in zip(names, sides, strict=True)]
    places = listed(f"\n  ({integer(below)}, {listed(map(_place, places))})" for below, places in case.places)
    parts.append(f"Definition places : list (Z * list place) := {places}.")
    return HEAD + "\n".join(parts) + TAIL.format(inputs=case.inputs)


HEAD = """\
From Coq Require Import ZArith Reals List.
From LumpForm Require Import network_checker.
Import ListNotations.
Open Scope Z_scope.

"""

TAIL = """

Eval vm_compute in (check {inputs} original reduced places).

Lemma accepted : check {inputs} original reduced places = true.
Proof. vm_cast_no_check (eq_refl true). Qed.

Theorem same_function : forall x, length x = {inputs}%nat -> eval original x = eval reduced x.
Proof. exact (network_checked _ _ _ _ accepted). Qed.

Print Assumptions same_function.
"""


def _layers(layers: Sequence[Layer]) -> str:
    found = []
    for layer in layers:
        rows = zip(layer.rows, layer.biases, strict=True)
        neurons = listed(f"({listed(map(integer, row))}, {integer(bias)})" for row, bias in rows)
        found.append(f"\n  (Layer {integer(layer.below)} {'true' if layer.relu else 'false'} {neurons})")
    return listed(found)


def _place(place: Place) -> str:
    if not place:
        return "Dropped"
    return f"Merged {place[1]} {integer(place[0])}" if len(place) == 2 else f"Constant {integer(place[0])}"
