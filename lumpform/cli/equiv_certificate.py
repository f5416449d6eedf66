"""Writes the certificate of `lumpform equiv --epsilon E --certificate FILE`: splits of a box for the checker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lumpform.errors import OptionError


def check_certificate(path: Path, *, boxed: bool, epsilon: tuple[str, ...], argmax: bool, domain: str) -> None:
    """Refuse a certificate of questions that have none, before anything is compared.

    Raises
    ------
    OptionError
    """
    if domain != "network":
        raise OptionError(f"--certificate {path} is for networks, found the domain {domain!r}")
    if not boxed or argmax or len(epsilon) != 1:
        raise OptionError(f"--certificate {path} needs a box and one --epsilon, without --argmax")


def write_difference(path: Path, first: Any, second: Any, verdict: Any, epsilon: str, seconds: float) -> str:
    """Write the certificate of a verdict EQUIVALENT within epsilon; return one line that says what was done."""
    from lumpform.certificates.difference import difference_certificate
    from lumpform.certificates.format import write_certificate
    from lumpform.equivalence.align import aligned
    from lumpform.equivalence.budget import Budget, OutOfBudget
    from lumpform.equivalence.differential.pair import NotPaired
    from lumpform.equivalence.differential.tree import split_tree
    from lumpform.numbers.rational import not_negative

    if verdict.answer != "EQUIVALENT":
        return "no certificate: the answer is not EQUIVALENT"
    allowed = not_negative(epsilon, "epsilon")
    ports = aligned(first, second)
    try:
        found = split_tree(ports.first, ports.second, verdict.box, allowed, Budget(max(seconds, 0.0)))
    except (NotPaired, OutOfBudget) as error:
        return f"no certificate: {error}"
    if found is None:
        return "no certificate: smaller boxes do not bring the checker's bounds within epsilon"
    certificate = difference_certificate(
        first, second, epsilon=allowed, box=verdict.box, correspondence=found.correspondence, tree=found.tokens
    )
    write_certificate(certificate, path)
    return f"wrote {path}: {found.leaves} {'leaf' if found.leaves == 1 else 'leaves'}"
