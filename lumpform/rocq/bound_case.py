"""Takes a bound on reaching a label, and the reduction that it is about, as the verified checkers read them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lumpform.errors import OptionError
from lumpform.rocq import process_terms
from lumpform.rocq.chain_case import ChainCase, chain_case
from lumpform.rocq.model_terms import HEAD, blocks, model_terms, tail
from lumpform.rocq.model_text import joined, model_text
from lumpform.rocq.process_case import ProcessCase, process_case
from lumpform.rocq.terms import integer

CHAINS = ("chain_checker", "maps", "sparse_chain_checker", "sparse_reachability_checker")
PROCESSES = (*CHAINS, "sparse_process_checker", "sparse_process_reachability_checker")
WORDS = {
    "": "the probabilities of reaching the label of column 0 within k steps, from the initial distribution of the "
    "original, tend to a number that is at most {}",
    "largest": "for every k, the largest probability of reaching the label of column 0 within k steps, from the "
    "initial distribution of the original, is at most {}",
    "smallest": "for every k, the smallest probability of reaching the label of column 0 within k steps, from the "
    "initial distribution of the original, is at most {}",
}
"""What the theorems say: of a chain, and of the largest and smallest probabilities of a process."""


@dataclass(frozen=True)
class BoundCase:
    """Holds the case of a reduction, of which the label is the first column of states, and a bound.

    Attributes
    ----------
    models : ChainCase or ProcessCase
    which : {"", "largest", "smallest"}
        Of a process, the probability that is bounded.
    digest : str
        That of the original.
    over : int
        The denominator of the values.
    values : list of int
    claimed : pair of int
        The probability.
    """

    models: ChainCase | ProcessCase
    which: str
    digest: str
    over: int
    values: list[int]
    claimed: tuple[int, int]

    @property
    def proofs(self) -> tuple[str, ...]:
        """Return the files of Coq that the case needs, in order."""
        return PROCESSES if self.which else CHAINS

    @property
    def words(self) -> str:
        """Return what is proved, in words."""
        above, below = self.claimed
        return WORDS[self.which].format(f"{above}/{below}" if below != 1 else str(above))


def bound_case(original: Any, reduced: Any, certificate: dict[str, Any]) -> BoundCase:
    """Return a case; the field `reachability` of the certificate holds the bound, as the standard checker read it.

    Raises
    ------
    OptionError
        For a CTMC.
    """
    from lumpform.checker.rational import bounded_denominator
    from lumpform.checker.rational import scaled as over_denominator

    bound = certificate["reachability"]
    if bound.kind == "ctmc":
        raise OptionError("the verified checkers know bounds of DTMCs and MDPs, this one is of the kind ctmc")
    process = bound.kind == "mdp"
    ordinary = {**certificate, "kind": "ordinary"}  # a strict lumping is one
    models = (process_case if process else chain_case)(original, reduced, ordinary, first=bound.goal)
    which = {"max": "largest", "min": "smallest"}[bound.optimise] if process else ""
    below = bounded_denominator({d for _, d in bound.values})
    values = over_denominator(bound.values, below)
    return BoundCase(models, which, certificate["original"]["digest"], below, values, bound.bound)


def bound_terms(case: BoundCase) -> str:
    """Return the text of a ``.v`` file."""
    parts = [f"(* About the model with the digest {case.digest}; column 0 is the label. *)\n\n"]
    parts.append(HEAD.format(" ".join(case.proofs)))
    if isinstance(case.models, ProcessCase):
        parts += process_terms.definitions(case.models)
    else:
        parts += blocks("classes", "list positive", [f"{c}" for c in case.models.classes])
        for name, side in (("original", case.models.original), ("reduced", case.models.reduced)):
            parts += model_terms(name, side)
    parts += blocks("values_of_classes", "list Z", [integer(value) for value in case.values])
    above, below = map(integer, case.claimed)
    parts.append(f"Definition given := Bound {integer(case.over)} values_of_classes ({above}, {below}).\n")
    most = f"IZR {above} / IZR {below}"
    if case.which:
        every = str(case.which == "largest").lower()
        check = f"check_process_bound {every} classes becoming original reduced given"
        theorem = (
            "forall u, start (nodes original) = Some u -> forall k,\n"
            f"    (total (fun s => distribution u s * best (reach {case.which} 0) original k (fun _ => 0) s)\n"
            f"      (range (size (nodes original))) <= {most})%R"
        )
        proof = f"exact (process_bound {every} _ _ _ _ _ accepted)"
    else:
        check = "check_bound classes original reduced given"
        theorem = (
            "forall u, start original = Some u ->\n"
            f"    exists p, Un_cv (fun k => reaches original k u) p /\\ (p <= {most})%R"
        )
        proof = "exact (bound_reached _ _ _ _ accepted)"
    return "".join([*parts, tail(check, "reached_at_most", [(theorem, proof)])])


def bound_text(case: BoundCase) -> Iterator[str]:
    """Yield the text in blocks (docs/machine-proofs.md)."""
    yield f"bound {case.which}".rstrip() + "\n"
    if isinstance(case.models, ProcessCase):
        yield from process_terms.lines(case.models)
    else:
        yield f"classes{joined(case.models.classes)}\n"
        yield from model_text(case.models.original)
        yield from model_text(case.models.reduced)
    yield f"over {case.over}\nvalues{joined(case.values)}\nclaimed{joined(case.claimed)}\nend\n"
