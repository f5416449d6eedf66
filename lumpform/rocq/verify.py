"""Judges a certificate twice: the standard checker all of it, then a verified checker what it has a theorem for.

The verified checker is evaluated by the kernel of Coq, or extracted to OCaml and compiled. Its theorem for chains is
about two models and a map, the one for networks about two functions. What a verdict says is more: the kind of lumping,
names, and that the files are those that the certificate is about. So the standard checker judges first, and whatever
it rejects is rejected.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lumpform.certificates.digest import digest_of
from lumpform.errors import OptionError
from lumpform.rocq import bound_case, output_case
from lumpform.rocq.chain_case import ChainCase, chain_case
from lumpform.rocq.chain_terms import chain_proofs, chain_terms
from lumpform.rocq.chain_text import chain_text
from lumpform.rocq.chain_theorems import THEOREMS
from lumpform.rocq.difference_case import MORE, difference_case
from lumpform.rocq.difference_terms import PROOFS as DIFFERENCE_PROOFS
from lumpform.rocq.difference_terms import difference_terms
from lumpform.rocq.difference_text import difference_text
from lumpform.rocq.network_case import OtherRules, network_case
from lumpform.rocq.network_terms import PROOFS as NETWORK_PROOFS
from lumpform.rocq.network_terms import network_terms
from lumpform.rocq.network_text import network_text
from lumpform.rocq.process_case import process_case
from lumpform.rocq.process_terms import PROOFS, WORDS, process_terms, process_text
from lumpform.rocq.program import run_program
from lumpform.rocq.run import Outcome, run
from lumpform.rocq.steps import result_of_steps
from lumpform.rocq.substitution_case import as_the_steps_end, substituted_neurons, substitution_case
from lumpform.rocq.substitution_terms import PROOFS as SUBSTITUTION_PROOFS
from lumpform.rocq.substitution_terms import substitution_terms, substitution_text
from lumpform.rocq.terms import NotExpressible

INSTALL = "install it (Debian: apt install coq; elsewhere: https://coq.inria.fr/download)"

NETWORK = "both networks have equal outputs on every real input"
DIFFERENCE = (
    "for every real input in the box of the certificate, every output of the one network differs from that of the "
    "other by at most its epsilon"
)
STEPS = "the original network and what the steps make of it"
FOLDED = NETWORK.replace("both networks", STEPS)
"""What the theorems say; the last one where the file has fewer layers, because some only copied."""


@dataclass(frozen=True)
class Checker:
    """Names a verified checker, and holds what takes from two models and a certificate a case for it.

    Attributes
    ----------
    proofs : callable
        The files of Coq that a case needs, the checker's last, each after those it needs.
    theorem : callable
        What the theorem about a case says.
    case : callable
        From two models and the fields of a certificate.
    terms, text : callable
        A case as a file for Coq, and for the compiled checker.
    """

    proofs: Callable[[Any], tuple[str, ...]]
    theorem: Callable[[Any], str]
    case: Callable[[Any, Any, dict[str, Any]], Any]
    terms: Callable[[Any], str]
    text: Callable[[Any], Iterable[str]]


def chain_theorem(case: ChainCase) -> str:
    """Return what is proved of a chain, its initial distribution included if there is a theorem about it."""
    theorem = THEOREMS[case.kind]
    return theorem.words + (theorem.start if case.spread and case.original.start is not None else "")


CHECKERS = {
    "chain": Checker(chain_proofs, chain_theorem, chain_case, chain_terms, chain_text),
    "mdp": Checker(lambda _: PROOFS, lambda _: WORDS, process_case, process_terms, process_text),
    "reachability": Checker(
        lambda case: case.proofs,
        lambda case: case.words,
        bound_case.bound_case,
        bound_case.bound_terms,
        bound_case.bound_text,
    ),
    "output": Checker(
        lambda _: output_case.PROOFS,
        lambda case: case.words,
        output_case.output_case,
        output_case.output_terms,
        output_case.output_text,
    ),
    "substitution": Checker(
        lambda _: SUBSTITUTION_PROOFS,
        lambda case: case.words,
        substitution_case,
        substitution_terms,
        substitution_text,
    ),
    "network": Checker(lambda _: NETWORK_PROOFS, lambda _: NETWORK, network_case, network_terms, network_text),
    "difference": Checker(
        lambda _: DIFFERENCE_PROOFS, lambda _: DIFFERENCE, difference_case, difference_terms, difference_text
    ),
}


def verify(
    model: Path,
    reduced: Path,
    certificate: Path,
    *,
    rows: str = "exact",
    deadlocks: str = "error",
    timeout: float = 1800.0,
    extracted: bool = False,
    bound: Path | None = None,
) -> Outcome:
    """Have the standard checker judge a certificate, and a verified checker that it has a theorem.

    Parameters
    ----------
    model, reduced, certificate : Path
        As for the standard checker. For a verified checker: networks that are fully connected, ReLU or linear, reduced
        by lumping and dropping, weights not rounded; chains and decision processes without parameters.
    rows : {"exact", "normalise"}
    deadlocks : {"error", "loop"}
        How the original was read.
    timeout : float
        Seconds for the verified checker.
    extracted : bool
        Let the compiled checker judge, which Coq extracted, not the kernel of Coq.
    bound : Path, optional
        What was certified of the reduced DTMC, MDP or network; the theorem says it of the original.

    Returns
    -------
    Outcome
        Accepted only if both accept. What the standard checker rejects does not reach the verified one.

    Raises
    ------
    OptionError
        If Coq, or OCaml, is not installed or does not finish, if a file cannot be read, or if the case is none that the
        verified checkers know.
    FormatError, ModelError
        If a model has another form.
    """
    fields, verdict = _standard_verdict((model, reduced, certificate), bound, rows, deadlocks)
    if not verdict.verified:
        return Outcome(False, verdict.line.removeprefix("REJECTED "))
    original = _read(model, fields, "original", {"rows": rows, "deadlocks": deadlocks})
    smaller = _read(reduced, fields, "reduced", {})
    try:
        smaller, folded = _followed(original, smaller, fields)
        outcome = _judged(original, smaller, fields, timeout, extracted)
    except NotExpressible as error:  # right, as the standard checker says, but no case for the verified one
        raise OptionError(f"no verdict of the verified checker: {error}") from None
    if folded and outcome.accepted and bound is None:
        outcome = replace(outcome, theorem=outcome.theorem.replace("both networks", STEPS))
    if not outcome.accepted:
        _check_exactness(fields, reduced, certificate)
        return outcome
    more = ", and that the file holds what the steps make" if folded and bound is None else ""
    return replace(outcome, checker=f"{verdict.reason}; {_alone(fields, outcome)}{more}")


def _followed(original: Any, smaller: Any, fields: dict[str, Any]) -> tuple[Any, bool]:
    """Return the reduced network, or what the steps make of the original if the file lacks layers that only copy."""
    if fields["domain"] != "network" or fields["rounding"] is not None:
        return smaller, False
    if _kind(fields) == "substitution":
        found, same = as_the_steps_end(original, smaller, fields)
        return found, not same
    if len(smaller.graph.groups) < len(original.graph.groups):
        return result_of_steps(original, fields), True
    return smaller, False


def _standard_verdict(
    paths: tuple[Path, Path, Path], bound: Path | None, rows: str, deadlocks: str
) -> tuple[dict[str, Any], Any]:
    """Return the fields of a certificate, with the bound if there is one, and what the standard checker says of it."""
    from lumpform.checker import Unreadable, check
    from lumpform.checker.bound import read_bound
    from lumpform.checker.certificate import read_fields
    from lumpform.checker.networks.output.certificate import read_output

    try:
        fields = read_fields(str(paths[2]))
        if fields["domain"] not in CHECKERS:
            raise OptionError(
                "the verified checkers know chains, processes, networks and differences, the certificate is of another"
            )
        model, reduced, certificate = map(str, paths)
        if bound is None:
            return fields, check(model, reduced, certificate, rows, deadlocks)
        verdict = check(model, reduced, certificate, rows, deadlocks, bound_path=str(bound))
        if fields["domain"] == "network":
            return {**fields, "output": read_output(str(bound))}, verdict
        return {**fields, "reachability": read_bound(str(bound))}, verdict
    except Unreadable as error:
        raise OptionError(str(error)) from None


def kernel(
    original: Any, reduced: Any, fields: dict[str, Any], *, timeout: float = 1800.0, extracted: bool = False
) -> Outcome:
    """Have a verified checker judge the theorem about two models and nothing else; the rest is as for `verify`."""
    try:
        return _judged(original, reduced, fields, timeout, extracted)
    except NotExpressible as error:
        return Outcome(False, str(error))


def _kind(fields: dict[str, Any]) -> str:
    """Return which verified checker a certificate is for."""
    if "reachability" in fields or "output" in fields:
        return "output" if "output" in fields else "reachability"
    return "substitution" if fields["domain"] == "network" and substituted_neurons(fields) else fields["domain"]


def _judged(original: Any, reduced: Any, fields: dict[str, Any], timeout: float, extracted: bool) -> Outcome:
    """Judge the theorem; `NotExpressible` if the case has none."""
    checker = CHECKERS[_kind(fields)]
    coqc = shutil.which("coqc")
    if coqc is None and not extracted:
        raise OptionError(f"coqc is not on the PATH: {INSTALL}")
    try:
        case = checker.case(original, reduced, fields)
    except OtherRules:
        if _kind(fields) != "network":
            raise
        checker = CHECKERS["substitution"]
        case = checker.case(original, reduced, fields)
    if extracted:
        outcome = run_program(checker.text(case), timeout)
    else:
        outcome = run(checker.terms(case), checker.proofs(case), str(coqc), timeout)
    if not outcome.accepted and checker is CHECKERS["substitution"] and fields["rounding"] is None:
        raise NotExpressible("its own rules do not show why each neuron can be left out")
    return replace(outcome, theorem=checker.theorem(case) if outcome.accepted else "")


def _check_exactness(fields: dict[str, Any], reduced: Path, certificate: Path) -> None:
    """Raise `OptionError` if what the standard checker accepts may be right though the verified checker rejects it."""
    if fields["domain"] == "difference" or "output" in fields:
        within = f"within the epsilon of {certificate}" if "output" not in fields else "in the half-spaces"
        raise OptionError(
            f"no verdict of the verified checker: its own bounds are not {within}, with {MORE} more halvings of each "
            "box"
        )
    if fields.get("rounding") is not None:
        raise OptionError(f"the verified checker knows exact weights, those in {reduced} may be rounded")


def _alone(fields: dict[str, Any], outcome: Outcome) -> str:
    """Say what the standard checker has judged alone."""
    if fields["domain"] == "difference":
        return "it alone checked the digests"
    if "reachability" in fields:
        return "it alone checked that column 0 is the label, and digests"
    if fields["domain"] == "network":
        return "it alone checked the digests and each step"
    what = ["names of labels and rewards", "that none is missing"]
    if fields["domain"] == "mdp" and "actions" not in fields["respect"]:
        what.append("names of actions")
    if fields["domain"] == "chain" and "initial distribution" not in outcome.theorem:
        what.append("the initial distribution")
    if (fields["kind"], fields.get("semantics")) == ("exact", "rates"):
        what.append("that exit rates are equal inside classes of a ctmc")
    return f"it alone checked {', '.join(what)}, and digests"


def _read(path: Path, fields: dict[str, Any], name: str, reading: dict[str, str]) -> Any:
    """Return a model, for which the program must read from its file what the standard checker read from it."""
    from lumpform.formats import read

    about, suffix = fields[name], path.suffix.lower()
    asked = fields["domain"] not in ("network", "difference") and suffix != ".aut"  # a transition system is not mended
    options: dict[str, Any] = dict(reading) if asked else {}
    if suffix == ".tra" and fields["domain"] == "chain":
        options["kind"] = about["kind"]  # which the file need not say
    model = read(path, **options)
    # The digest of a reduced network is that of the exact result; its file may hold the same weights otherwise.
    if (fields["domain"] != "network" or name == "original") and digest_of(model) != about["digest"]:
        raise OptionError(f"{path}: no verdict: the program reads another model than the standard checker, a bug")
    return model
