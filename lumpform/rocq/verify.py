"""Judges a certificate twice: the standard checker all of it, then the kernel of Coq what it has a theorem for.

The theorem for chains is about two matrices and a map, the one for networks about two functions. What a verdict says
about a model is more: labels, rewards, the initial distribution, the kind of lumping, and that the files are those that
the certificate is about. So the standard checker judges first, and whatever it rejects is rejected.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from lumpform.certificates.digest import digest_of
from lumpform.errors import OptionError
from lumpform.rocq.chain_case import chain_case
from lumpform.rocq.network_case import network_case
from lumpform.rocq.run import Outcome, run
from lumpform.rocq.steps import result_of_steps
from lumpform.rocq.terms import NotExpressible

INSTALL = "install it (Debian: apt install coq; elsewhere: https://coq.inria.fr/download)"

CHAIN = "for every start and every k, k steps and then lumping is lumping and then k steps of the reduced chain"
NETWORK = "both networks have equal outputs on every real input"
FOLDED = "the original network and what the steps make of it have equal outputs on every real input"
"""What the theorems in the cases say; the last one where the file has fewer layers, because some only copied."""

CASES = {
    "chain": (chain_case, "chain_checker", CHAIN),
    "network": (network_case, "network_checker", NETWORK),
}
"""For either domain: what writes a case, the verified checker that it is for, and what its theorem says."""


def verify(
    model: Path,
    reduced: Path,
    certificate: Path,
    *,
    rows: str = "exact",
    deadlocks: str = "error",
    timeout: float = 1800.0,
) -> Outcome:
    """Have the standard checker judge a certificate, and Coq's kernel its theorem.

    Parameters
    ----------
    model, reduced, certificate : Path
        As for the standard checker. For the kernel: networks that are fully connected, ReLU or linear, reduced by
        lumping and dropping, weights not rounded; chains with ordinary or strict lumping, without parameters.
    rows : {"exact", "normalise"}
    deadlocks : {"error", "loop"}
        How the original was read.
    timeout : float
        Seconds for Coq.

    Returns
    -------
    Outcome
        Accepted only if both accept. What the standard checker rejects does not reach Coq.

    Raises
    ------
    OptionError
        If Coq is not installed or does not finish, if a file cannot be read, or if the case is none that the verified
        checkers know.
    FormatError, ModelError
        If a model has another form.
    """
    fields, verdict = _standard_verdict(model, reduced, certificate, rows, deadlocks)
    if not verdict.verified:
        return Outcome(False, verdict.line.removeprefix("REJECTED "))
    original = _read(model, fields, "original", {"rows": rows, "deadlocks": deadlocks})
    smaller = _read(reduced, fields, "reduced", {})
    folded = fields["domain"] == "network" and len(smaller.graph.groups) < len(original.graph.groups)
    if folded and fields["rounding"] is None:
        smaller = result_of_steps(original, fields)
    try:
        outcome = _judged(original, smaller, fields, timeout)
    except NotExpressible as error:  # right, as the standard checker says, but no case for the kernel
        raise OptionError(f"no verdict of the kernel: {error}") from None
    if folded and outcome.accepted:
        outcome = replace(outcome, kernel=FOLDED)
    if not outcome.accepted:
        if fields.get("rounding") is not None:
            raise OptionError(f"the verified checker knows exact weights, those in {reduced} may be rounded")
        return outcome
    more = ", and that the file holds what the steps make" if folded else ""
    return replace(outcome, checker=f"{verdict.reason}; {_alone(fields)}{more}")


def _standard_verdict(
    model: Path, reduced: Path, certificate: Path, rows: str, deadlocks: str
) -> tuple[dict[str, Any], Any]:
    """Return the fields of a certificate, and what the standard checker says of it."""
    from lumpform.checker import Unreadable, check
    from lumpform.checker.certificate import read_fields

    try:
        fields = read_fields(str(certificate))
        if fields["domain"] not in CASES:
            raise OptionError("the verified checkers know chains and networks, the certificate is of another model")
        return fields, check(str(model), str(reduced), str(certificate), rows, deadlocks)
    except Unreadable as error:
        raise OptionError(str(error)) from None


def kernel(original: Any, reduced: Any, fields: dict[str, Any], *, timeout: float = 1800.0) -> Outcome:
    """Have Coq's kernel judge the theorem about two models and nothing else; the rest is as for `verify`."""
    try:
        return _judged(original, reduced, fields, timeout)
    except NotExpressible as error:
        return Outcome(False, str(error))


def _judged(original: Any, reduced: Any, fields: dict[str, Any], timeout: float) -> Outcome:
    """Judge the theorem; `NotExpressible` if the case has none."""
    coqc = shutil.which("coqc")
    if coqc is None:
        raise OptionError(f"coqc is not on the PATH: {INSTALL}")
    case, checker, theorem = CASES[fields["domain"]]
    outcome = run(case(original, reduced, fields), checker, coqc, timeout)
    return replace(outcome, kernel=theorem if outcome.accepted else "")


def _alone(fields: dict[str, Any]) -> str:
    """Say what the standard checker has judged alone."""
    if fields["domain"] == "network":
        return "it alone checked the digests and each step"
    both = "equal sums into states, " if fields["kind"] == "strict" else ""
    return f"it alone checked {both}labels, rewards, initial distribution and digests"


def _read(path: Path, fields: dict[str, Any], name: str, reading: dict[str, str]) -> Any:
    """Return a model, for which the program must read from its file what the standard checker read from it."""
    from lumpform.formats import read

    chain, about = fields["domain"] == "chain", fields[name]
    options = dict(reading) if chain else {}
    if path.suffix.lower() == ".tra":
        options["kind"] = about["kind"]  # which the file need not say
    model = read(path, **options)
    # The digest of a reduced network is that of the exact result; its file may hold the same weights otherwise.
    if (chain or name == "original") and digest_of(model) != about["digest"]:
        raise OptionError(f"{path}: no verdict: the program reads another model than the standard checker, a bug")
    return model
