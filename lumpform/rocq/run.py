"""Runs Coq on a case: VERIFIED if the kernel accepts the theorem, REJECTED if the checker computes false."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lumpform.errors import OptionError

KNOWN = (
    "ClassicalDedekindReals.sig_not_dec",
    "ClassicalDedekindReals.sig_forall_dec",
    "FunctionalExtensionality.functional_extensionality_dep",
)
"""What the real numbers of Coq's library assume; nothing else may appear."""

AXIOM = re.compile(r"^([A-Za-z_][\w.']*)\s*:", re.MULTILINE)


@dataclass(frozen=True)
class Outcome:
    """Holds the answer of the kernel, or of both checkers.

    Attributes
    ----------
    accepted : bool
    reason : str
        One line.
    assumptions : tuple of str
        The axioms that the theorem rests on.
    theorem, checker : str
        What the theorem says, and what the standard checker has checked; empty unless both accept.
    trusted : str
        What else is trusted, if the checker was extracted and compiled.
    text : str
        The file whose theorem the kernel accepts.
    """

    accepted: bool
    reason: str
    assumptions: tuple[str, ...] = ()
    theorem: str = ""
    checker: str = ""
    trusted: str = ""
    text: str = ""


def run(text: str, proofs: Sequence[str], coqc: str, timeout: float) -> Outcome:
    """Compile the checker, which is in the last of some proofs, each after those it needs, and then the case."""
    with tempfile.TemporaryDirectory() as folder:
        compile_proofs(Path(folder), proofs, coqc, timeout)
        outcome = run_case(Path(folder), text, coqc, timeout)
    return replace(outcome, text=text) if outcome.accepted else outcome


def compile_proofs(home: Path, proofs: Sequence[str], coqc: str, timeout: float) -> None:
    """Compile proofs in a folder; `OptionError` if one does not compile, or in time."""
    for name in proofs:
        shutil.copy(source(f"{name}.v"), home / f"{name}.v")
        done = _coqc(coqc, home, name, timeout)
        if done.returncode:
            raise OptionError(f"{name}.v does not compile with this Coq: {first_line(done.stderr)}")


def run_case(home: Path, text: str, coqc: str, timeout: float) -> Outcome:
    """Compile a case in a folder with the proofs that it needs, and read what Coq says of it."""
    (home / "case.v").write_text(text, encoding="ascii")
    return _judged(_coqc(coqc, home, "case", timeout))


def _coqc(coqc: str, home: Path, name: str, timeout: float) -> Any:
    command = [coqc, "-q", "-R", str(home), "LumpForm", str(home / f"{name}.v")]
    try:
        return subprocess.run(command, capture_output=True, text=True, cwd=home, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        raise OptionError(f"no verdict: Coq did not finish in {timeout:g} s") from None


def _judged(done: Any) -> Outcome:
    computed = re.search(r"=\s*(true|false)\s*:\s*bool", done.stdout)
    if computed is None:
        raise OptionError(f"no verdict: Coq could not compute the checker: {first_line(done.stderr)}")
    if computed[1] == "false":
        return Outcome(False, "the verified checker computes false")
    if done.returncode:
        return Outcome(False, f"the kernel does not accept the theorem: {first_line(done.stderr)}")
    assumptions = tuple(AXIOM.findall(done.stdout.partition("Axioms:")[2]))
    unknown = [a for a in assumptions if a not in KNOWN]
    if unknown:
        return Outcome(False, f"the theorem rests on {', '.join(unknown)}", assumptions)
    return Outcome(True, "the kernel of Coq accepts the theorem for this very case", assumptions)


def source(name: str) -> Path:
    """Return a file of a verified checker: in a checkout under proofs, otherwise beside this file."""
    here = Path(__file__).resolve().parent
    proofs = here.parents[1] / "proofs"
    for folder in (proofs / "rocq", proofs / "ocaml", here):
        path = folder / name
        if path.is_file():
            return path
    raise OptionError(f"{name} is missing from this installation")


def first_line(text: str) -> str:
    """Return the first line that says something."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("File ")]
    return lines[0][:200] if lines else "no message"
