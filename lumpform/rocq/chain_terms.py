"""Writes a case of chains as a file for Coq, with the theorems about it."""

from __future__ import annotations

from lumpform.rocq.chain_case import ChainCase
from lumpform.rocq.chain_theorems import THEOREMS
from lumpform.rocq.model_terms import HEAD, blocks, model_terms, tail
from lumpform.rocq.terms import integer


def chain_terms(case: ChainCase) -> str:
    """Return the text of a ``.v`` file; each distinct number has a name, as Coq reads a name faster than a numeral."""
    theorem = THEOREMS[case.kind]
    modules = chain_proofs(case)
    parts = [HEAD.format(" ".join(modules)), *blocks("classes", "list positive", [f"{c}" for c in case.classes])]
    if case.kind != "ordinary":
        parts += blocks("scales", "list Z", [integer(scale) for scale in case.scales])
        parts.append(f"Definition speed : Z := {integer(case.below)}.\n")
    for name, side in (("original", case.original), ("reduced", case.reduced)):
        parts += model_terms(name, side)
    return "".join([*parts, tail(theorem.check, "same_chain", theorem.parts)])


def chain_proofs(case: ChainCase) -> tuple[str, ...]:
    """Return the files of proofs that a case needs, in order."""
    needed = ("chain_checker", "maps", "sparse_chain_checker")
    return needed if case.kind == "ordinary" else (*needed, "sparse_kinds_checker")
