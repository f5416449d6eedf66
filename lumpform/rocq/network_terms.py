"""Writes a case of networks as a file for Coq, with the theorem about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lumpform.rocq.model_terms import blocks, tail
from lumpform.rocq.network_case import Layer, NetworkCase, Place
from lumpform.rocq.terms import integer, listed

PROOFS = ("network_checker", "chain_checker", "maps", "sparse_network_checker")
THEOREM = (("forall x j, eval original x j = eval reduced x j", "exact (sparse_network _ _ _ accepted)"),)
"""Equal outputs, which have the numbers j, for every input x."""


def network_terms(case: NetworkCase) -> str:
    """Return the text of a ``.v`` file; what is zero is left out."""
    end = tail("check_network original reduced places", "same_function", THEOREM)
    return "".join([HEAD.format(""), *definitions(case), end])


def definitions(case: NetworkCase, reduced: str = "reduced") -> Iterator[str]:
    """Yield the definitions of both networks, the second with a name, and of the places of neurons."""
    for name, layers in (("original", case.original), (reduced, case.reduced)):
        yield from layer_terms(name, layers)
    places = [(1, [(1, c) for c in range(case.inputs)]), *case.places]
    for i, (_, chosen) in enumerate(places):
        yield from blocks(f"places_{i}", "list place", [_place(place) for place in chosen])
    found = listed(f"({integer(below)}, places_{i})" for i, (below, _) in enumerate(places))
    yield f"Definition places : list (Z * list place) := {found}.\n"


HEAD = """\
From Coq Require Import ZArith Reals List.
From LumpForm Require Import chain_checker maps sparse_network_checker{}.
Import ListNotations.
Open Scope Z_scope.

Definition E (t : positive) (w : Z) : positive * Z := (t, w).
Definition N (row : entries) (bias : Z) : neuron := (row, bias).

"""


def layer_terms(name: str, layers: Sequence[Layer]) -> Iterator[str]:
    """Yield the definitions of a network."""
    for i, layer in enumerate(layers):
        rows = zip(layer.rows, layer.biases, strict=True)
        neurons = [f"\n  N {entries(row)} {integer(bias)}" for row, bias in rows]
        yield from blocks(f"{name}_{i}", "list neuron", neurons)
    relu = ("true" if layer.relu else "false" for layer in layers)
    found = (
        f"Layer {integer(layer.below)} {r} {name}_{i}" for i, (layer, r) in enumerate(zip(layers, relu, strict=True))
    )
    yield f"Definition {name} : list layer := {listed(found)}.\n"


def entries(row: Iterable[tuple[int, int]]) -> str:
    """Return a sparse row."""
    return listed(f"E {t} {integer(w)}" for t, w in row)


def _place(place: Place) -> str:
    if not place:
        return "Dropped"
    return f"Merged {place[1] + 1} {integer(place[0])}" if len(place) == 2 else f"Constant {integer(place[0])}"
