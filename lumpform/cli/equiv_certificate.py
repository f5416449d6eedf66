"""Writes the certificate of `lumpform equiv --epsilon E --certificate FILE`: splits of a box for the checker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lumpform.certificates.format import Certificate, read_certificate, write_certificate
from lumpform.errors import FormatError, OptionError


def check_certificate(path: Path, *, boxed: bool, epsilon: Any, argmax: bool, domain: str) -> None:
    """Refuse a certificate of questions that have none, before anything is compared.

    Raises
    ------
    OptionError
    """
    if domain != "network":
        raise OptionError(f"--certificate {path} is for networks, found the domain {domain!r}")
    if not boxed or argmax or isinstance(epsilon, tuple):
        raise OptionError(f"--certificate {path} needs a box and one --epsilon, without --argmax")


def write_difference(path: Path, first: Any, second: Any, verdict: Any, epsilon: Any, seconds: float) -> str:
    """Write the certificate of a verdict EQUIVALENT within epsilon, and return one line that says what was done.

    If there is none, a certificate that was at this path is removed, so that nobody takes it for one of this question;
    any other file stays.
    """
    try:
        certificate, leaves = _certificate(first, second, verdict, epsilon, seconds)
    except _NoCertificate as error:
        return f"no certificate: {error}; {path} {_without_old(path)}"
    write_certificate(certificate, path)
    return f"wrote {path}: {leaves} {'leaf' if leaves == 1 else 'leaves'}"


class _NoCertificate(Exception):
    """Says why there is no certificate."""


def _without_old(path: Path) -> str:
    """Remove a certificate of an earlier run, and say what became of the file."""
    if not path.exists():
        return "was not written"
    try:
        read_certificate(path)
    except FormatError:
        return "stays as it was: that is no certificate"
    path.unlink()
    return "was of an earlier run, and is removed"


def _certificate(first: Any, second: Any, verdict: Any, epsilon: Any, seconds: float) -> tuple[Certificate, int]:
    """Return the certificate and the number of its leaves."""
    from lumpform.certificates.difference import difference_certificate
    from lumpform.equivalence.align import aligned
    from lumpform.equivalence.budget import Budget, OutOfBudget
    from lumpform.equivalence.differential.pair import NotPaired
    from lumpform.equivalence.differential.tree import split_tree
    from lumpform.numbers.rational import not_negative

    if verdict.answer != "EQUIVALENT":
        raise _NoCertificate("the answer is not EQUIVALENT")
    allowed = not_negative(epsilon, "epsilon")
    ports = aligned(first, second)
    try:
        found = split_tree(ports.first, ports.second, verdict.box, allowed, Budget(max(seconds, 0.0)))
    except (NotPaired, OutOfBudget) as error:
        raise _NoCertificate(str(error)) from None
    if found is None:
        raise _NoCertificate("smaller boxes do not bring the checker's bounds within epsilon")
    certificate = difference_certificate(
        first, second, epsilon=allowed, box=verdict.box, correspondence=found.correspondence, tree=found.tokens
    )
    return certificate, found.leaves
