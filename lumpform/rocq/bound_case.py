"""Takes a bound on reaching a label, and the reduction that it is about, as a verified checker reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lumpform.errors import OptionError
from lumpform.rocq.chain_case import ChainCase, chain_case
from lumpform.rocq.model_terms import HEAD, blocks, model_terms, tail
from lumpform.rocq.model_text import joined, model_text
from lumpform.rocq.terms import integer

PROOFS = ("chain_checker", "maps", "sparse_chain_checker", "sparse_reachability_checker")
WORDS = (
    "the probabilities of reaching the label of column 0 within k steps, from the initial distribution of the "
    "original, tend to a number that is at most {}"
)


@dataclass(frozen=True)
class BoundCase:
    """Holds a case of chains, of which the label is the first column, and a bound.

    Attributes
    ----------
    chains : ChainCase
    digest : str
        That of the original.
    over : int
        The denominator of the values.
    values : list of int
    claimed : pair of int
        The probability.
    """

    chains: ChainCase
    digest: str
    over: int
    values: list[int]
    claimed: tuple[int, int]


def bound_case(original: Any, reduced: Any, certificate: dict[str, Any]) -> BoundCase:
    """Return a case; the field `reachability` of the certificate holds the bound, as the standard checker read it.

    Raises
    ------
    OptionError
        For other models than DTMCs, or another kind of lumping than ordinary.
    """
    from lumpform.checker.rational import bounded_denominator
    from lumpform.checker.rational import scaled as over_denominator

    bound = certificate["reachability"]
    if bound.kind != "dtmc":
        raise OptionError(f"the verified checker knows bounds of DTMCs, this one is of the kind {bound.kind}")
    chains = chain_case(original, reduced, {**certificate, "kind": "ordinary"}, first=bound.goal)
    below = bounded_denominator({d for _, d in bound.values})
    digest = certificate["original"]["digest"]
    return BoundCase(chains, digest, below, over_denominator(bound.values, below), bound.bound)


def bound_theorem(case: BoundCase) -> str:
    """Return what is proved, in words."""
    above, below = case.claimed
    return WORDS.format(f"{above}/{below}" if below != 1 else str(above))


def bound_terms(case: BoundCase) -> str:
    """Return the text of a ``.v`` file."""
    about = f"(* About the chain with the digest {case.digest}; column 0 is the label. *)\n\n"
    parts = [
        about,
        HEAD.format(" ".join(PROOFS)),
        *blocks("classes", "list positive", [f"{c}" for c in case.chains.classes]),
    ]
    for name, side in (("original", case.chains.original), ("reduced", case.chains.reduced)):
        parts += model_terms(name, side)
    parts += blocks("values_of_classes", "list Z", [integer(value) for value in case.values])
    above, below = map(integer, case.claimed)
    parts.append(f"Definition given := Bound {integer(case.over)} values_of_classes ({above}, {below}).\n")
    theorem = (
        "forall u, start original = Some u ->\n"
        f"    exists p, Un_cv (fun k => reaches original k u) p /\\ (p <= IZR {above} / IZR {below})%R"
    )
    proof = "exact (bound_reached _ _ _ _ accepted)"
    return "".join([*parts, tail("check_bound classes original reduced given", "reached_at_most", [(theorem, proof)])])


def bound_text(case: BoundCase) -> Iterator[str]:
    """Yield the text in blocks (docs/machine-proofs.md)."""
    yield f"bound\nclasses{joined(case.chains.classes)}\n"
    yield from model_text(case.chains.original)
    yield from model_text(case.chains.reduced)
    yield f"over {case.over}\nvalues{joined(case.values)}\nclaimed{joined(case.claimed)}\nend\n"
