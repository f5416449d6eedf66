"""Writes a case with substituted neurons as a file for Coq and as plain text for the compiled checker."""

from __future__ import annotations

from collections.abc import Iterator

from lumpform.rocq import network_terms
from lumpform.rocq.model_terms import blocks, tail
from lumpform.rocq.network_text import layer_text, networks_text
from lumpform.rocq.substitution_case import Fate, SubstitutionCase
from lumpform.rocq.terms import integer, listed

PROOFS = (*network_terms.PROOFS, "skipping_layers", "substitution_sums", "substitution_rules", "substitution_checker")
HEAD = network_terms.HEAD.format(" skipping_layers substitution_sums substitution_rules substitution_checker")


def substitution_terms(case: SubstitutionCase) -> str:
    """Return the text of a ``.v`` file."""
    equal = f"eval original x j = outputs {case.lumping.inputs} reduced x j"
    if case.box is None:
        theorem = f"forall x j, {equal}", "exact (reduction_everywhere _ _ _ _ _ _ _ _ accepted)"
    else:
        theorem = (
            f"forall x, inside inputs x -> forall j, {equal}",
            "exact (reduction_checked _ _ _ _ _ _ _ _ _ accepted)",
        )
    box = "[]" if case.box is None else "inputs"
    check = f"check_reduction units {box} original lumped reduced places fates"
    return "".join([HEAD, *_definitions(case), tail(check, "same_function", [theorem])])


def _definitions(case: SubstitutionCase) -> Iterator[str]:
    if case.box is not None:
        box = listed(f"({integer(low)}, {integer(high)}, {integer(below)})" for low, high, below in case.box)
        yield f"Definition inputs : box := {box}.\n"
    yield from network_terms.definitions(case.lumping, "lumped")
    yield from network_terms.layer_terms("reduced", case.reduced)
    fates = _with_inputs(case)
    for i, (_, found) in enumerate(fates):
        yield from blocks(f"fates_{i}", "list fate", [_fate(fate) for fate in found])
    pairs = listed(f"({integer(below)}, fates_{i})" for i, (below, _) in enumerate(fates))
    yield f"Definition fates : list (Z * list fate) := {pairs}.\n"
    yield f"Definition units : Z := {integer(case.units)}.\n"


def _fate(fate: Fate | None) -> str:
    if fate is None:
        return "\n  Unread"
    own, before = map(network_terms.entries, (fate.own, fate.before))
    return f"\n  Sum {own} {before} {integer(fate.constant)}"


def _with_inputs(case: SubstitutionCase) -> list[tuple[int, list[Fate | None]]]:
    return [(1, [Fate([(t, 1)], [], 0) for t in range(1, case.lumping.inputs + 1)]), *case.fates]


def substitution_text(case: SubstitutionCase) -> Iterator[str]:
    """Yield the text in lines (docs/machine-proofs.md)."""
    box, fates = case.box or [], _with_inputs(case)
    yield "substitution\n"
    yield from networks_text(case.lumping)
    yield f"units {case.units}\nbox {len(box)}\n"
    yield from (f"{low} {high} {below}\n" for low, high, below in box)
    yield f"layers {len(fates)}\n"
    for below, found in fates:
        yield from _fates_text(below, found)
    yield f"layers {len(case.reduced)}\n"
    for layer in case.reduced:
        yield from layer_text(layer)
    yield "end\n"


def _fates_text(below: int, fates: list[Fate | None]) -> Iterator[str]:
    """Yield a line for each neuron: nothing, or its constant, how many pairs are of its own layer, and pairs."""
    yield f"over {below}\nfates {len(fates)}\n"
    for fate in fates:
        if fate is None:
            yield "\n"
        else:
            pairs = "".join(f" {t} {w}" for t, w in (*fate.own, *fate.before))
            yield f"{fate.constant} {len(fate.own)}{pairs}\n"
