"""Running Coq on a case: VERIFIED if the kernel accepts the theorem, REJECTED if the checker computes false."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lumpform.errors import LumpFormError, OptionError
from lumpform.rocq.chain_case import chain_case
from lumpform.rocq.network_case import network_case
from lumpform.rocq.terms import NotExpressible

INSTALL = "install it (Debian: apt install coq; elsewhere: https://coq.inria.fr/download)"
KNOWN = (
    "ClassicalDedekindReals.sig_not_dec",
    "ClassicalDedekindReals.sig_forall_dec",
    "FunctionalExtensionality.functional_extensionality_dep",
)
"""What the real numbers of Coq's library assume; nothing else may appear."""

AXIOM = re.compile(r"^([A-Za-z_][\w.']*)\s*:", re.MULTILINE)


@dataclass(frozen=True)
class Outcome:
    """The answer of the kernel: accepted or not, one line why, and the axioms that the theorem rests on."""

    accepted: bool
    reason: str
    assumptions: tuple[str, ...] = ()


def verify(model: Path, reduced: Path, certificate: Path, *, timeout: float = 1800.0) -> Outcome:
    """Have Coq's kernel check that a reduced model behaves like the original.

    Parameters
    ----------
    model, reduced, certificate : Path
        As for the other checker. Networks: fully connected, ReLU or linear, reduced by lumping and dropping, weights
        not rounded. Chains: ordinary or strict.
    timeout : float
        Seconds for Coq.

    Raises
    ------
    OptionError
        If Coq is not installed or does not finish, or the case is none that the verified checkers know.
    FormatError, ModelError
        If a file is not readable, or a model has another form.
    """
    coqc = shutil.which("coqc")
    if coqc is None:
        raise OptionError(f"coqc is not on the PATH: {INSTALL}")
    from lumpform.checker.certificate import read_fields
    from lumpform.checker.failure import Unreadable
    from lumpform.files import read

    try:
        fields = read_fields(str(certificate))
    except Unreadable as error:
        raise OptionError(str(error)) from None
    models = [read(model), read(reduced)]
    chain = hasattr(models[0], "states")
    if chain != hasattr(models[1], "states") or chain != (fields.get("domain", "chain") == "chain"):
        raise OptionError("the two models and the certificate are not of one domain")
    try:
        make: Any = chain_case if chain else network_case
        text = make(*models, fields)
    except NotExpressible as error:
        return Outcome(False, str(error))
    except LumpFormError:
        raise  # a case that the verified checker does not know is no verdict
    except (Unreadable, KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        return Outcome(False, f"the certificate is not usable: {error}")
    return run(text, "chain_checker" if chain else "network_checker", coqc, timeout)


def run(text: str, checker: str, coqc: str, timeout: float) -> Outcome:
    """Compile the checker, then the case."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shutil.copy(source(checker), home / f"{checker}.v")
        (home / "case.v").write_text(text, encoding="ascii")
        for name in (checker, "case"):
            done = _coqc(coqc, home, name, timeout)
            if done is None:
                raise OptionError(f"no verdict: Coq did not finish in {timeout:g} s")
            if name == checker and done.returncode:
                raise OptionError(f"{checker}.v does not compile with this Coq: {_first(done.stderr)}")
        return _judged(done)


def _coqc(coqc: str, home: Path, name: str, timeout: float) -> Any:
    command = [coqc, "-q", "-R", str(home), "LumpForm", str(home / f"{name}.v")]
    try:
        return subprocess.run(command, capture_output=True, text=True, cwd=home, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        return None


def _judged(done: Any) -> Outcome:
    computed = re.search(r"=\s*(true|false)\s*:\s*bool", done.stdout)
    if computed is None:
        raise OptionError(f"no verdict: Coq could not compute the checker: {_first(done.stderr)}")
    if computed[1] == "false":
        return Outcome(False, "the verified checker computes false")
    if done.returncode:
        return Outcome(False, f"the kernel does not accept the theorem: {_first(done.stderr)}")
    assumptions = tuple(AXIOM.findall(done.stdout.partition("Axioms:")[2]))
    unknown = [a for a in assumptions if a not in KNOWN]
    if unknown:
        return Outcome(False, f"the theorem rests on {', '.join(unknown)}", assumptions)
    return Outcome(True, "the kernel of Coq accepts the theorem for this very case", assumptions)


def source(checker: str) -> Path:
    """The file of a verified checker: in a checkout under proofs/rocq, otherwise beside this file."""
    here = Path(__file__).resolve().parent
    for folder in (here.parents[1] / "proofs" / "rocq", here):
        path = folder / f"{checker}.v"
        if path.is_file():
            return path
    raise OptionError(f"{checker}.v is missing from this installation")


def _first(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("File ")]
    return lines[0][:200] if lines else "no message"
