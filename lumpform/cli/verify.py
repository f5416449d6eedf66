"""Implements `lumpform verify`, and runs the checker as a program of its own."""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cyclopts import Parameter

from lumpform.cli.outputs import Outputs
from lumpform.cli.parameters import Flag
from lumpform.cli.phases import Phases
from lumpform.cli.reading import Mending
from lumpform.cli.show import counting, say, working
from lumpform.errors import OptionError

AS_IS = Mending()

Show = Callable[[str, int, int], None]
"""Shows a step of the checker, how much of it is done, and of how much."""

PROGRESS = re.compile(r"progress (\d{1,18})/(\d{1,18}) (.*)")
"""What the checker prints where it is asked to say how far it is."""


@Parameter(name="*")
@dataclass(frozen=True)
class Proof:
    """Hold what judges besides the standard checker; the fields are options.

    Parameters
    ----------
    rocq
        Let the kernel of Coq judge as well, by a verified checker (needs coqc): networks of fully connected layers,
        reduced or compared, lumpings of chains and decision processes, what is certified of DTMCs, MDPs and networks.
    extracted
        The same by a verified checker that Coq extracted to OCaml, in seconds (needs ocamlfind, the first time).
    theorem
        With --rocq: file (.v) for the case whose theorem the kernel accepts.
    """

    rocq: Flag = False
    extracted: Flag = False
    theorem: Path | None = None


STANDARD = Proof()


def verify(
    model: Path,
    reduced: Path,
    certificate: Path,
    bound: Path | None = None,
    /,
    *,
    mending: Mending = AS_IS,
    jobs: int = 1,
    proof: Proof = STANDARD,
) -> int:
    """Let the independent checker judge a certificate: exit 0 VERIFIED, 1 REJECTED, 2 unreadable input.

    Parameters
    ----------
    model
        The original model, read as it was when it was reduced: with the same --rows and --deadlocks.
    reduced
        The reduced model, or the network with which the original was compared.
    certificate
        What `lumpform reduce --certificate` or `lumpform equiv --certificate` wrote.
    bound
        What `lumpform certify` wrote about the reduced model: the verdict then says it of the original.
    jobs
        The number of processes on which an ordinary lumping of a chain is judged.
    """
    if proof.rocq and proof.extracted:
        raise OptionError("--rocq and --extracted exclude each other")
    if proof.theorem is not None and not (proof.rocq and proof.theorem.suffix == ".v"):
        raise OptionError(f"--theorem {proof.theorem}: expected a file .v, and --rocq")
    if proof.rocq or proof.extracted:
        return _judged_by_both(model, reduced, certificate, bound, mending, proof)
    from lumpform.checker.__main__ import main

    arguments, verdict, said = _arguments(model, reduced, certificate, mending, bound), io.StringIO(), io.StringIO()
    with counting() as show, contextlib.redirect_stdout(verdict), contextlib.redirect_stderr(said):
        code = main([*arguments, "--jobs", str(jobs)], show)
    print(verdict.getvalue(), end="", flush=True)  # once the bar is gone
    if said.getvalue():  # the checker runs alone as well, where its lines begin with the file; ours begin like all
        print(f"lumpform: error: {said.getvalue().strip()}", file=sys.stderr, flush=True)
    return code


def _judged_by_both(
    model: Path, reduced: Path, certificate: Path, bound: Path | None, mending: Mending, proof: Proof
) -> int:
    """Print what both checkers say, one line each; exit code 0 if both accept, 1 if one does not."""
    from lumpform.files.atomic import check_writable, replacement
    from lumpform.rocq import verify

    extracted = proof.extracted
    if proof.theorem is not None:
        check_writable(proof.theorem)
    with working("the extracted checker is checking" if extracted else "Coq is checking"):
        outcome = verify(
            model,
            reduced,
            certificate,
            rows=mending.rows,
            deadlocks=mending.deadlocks,
            extracted=extracted,
            bound=bound,
        )
    say(f"{'VERIFIED' if outcome.accepted else 'REJECTED'}: {outcome.reason}")
    if outcome.accepted:
        say(f"the {'extracted checker' if extracted else 'kernel'} checked: {outcome.theorem}")
        say(f"the standard checker checked: {outcome.checker}")
    if outcome.assumptions:
        say(f"resting on {', '.join(outcome.assumptions)} (the real numbers of Coq's library)")
    if outcome.trusted:
        say(f"trusting {outcome.trusted}")
    if outcome.accepted and proof.theorem is not None:
        with replacement(proof.theorem) as files, files.open(proof.theorem) as file:
            file.write(outcome.text.encode("ascii"))
        say(f"wrote {proof.theorem}")
    return 0 if outcome.accepted else 1


def run_checker(
    model: Path, reduced: Path, certificate: Path, mending: Mending = AS_IS, show: Show | None = None
) -> tuple[int, str]:
    """Return the exit code and the output of the checker in a process of its own, which holds nothing of this one.

    `show` is told what it does: the checker then prints that on its standard error, from which it is left out here.
    """
    import subprocess
    import tempfile

    home, asked = Path(__file__).resolve().parents[2], [] if show is None else ["--progress"]
    with (
        tempfile.TemporaryFile() as verdict,
        subprocess.Popen(  # -P and the path: our own checker, whatever lies in the current folder
            [sys.executable, "-P", "-m", "lumpform.checker", *_arguments(model, reduced, certificate, mending), *asked],
            stdout=verdict,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(home)},
        ) as process,
    ):
        try:
            said = "".join(_not_shown(process.stderr or (), show))
        except BaseException:
            process.kill()
            raise
        code = process.wait()
        verdict.seek(0)
        return code, (verdict.read().decode("utf-8", "replace") + said).strip()


def _not_shown(lines: Iterable[bytes], show: Show | None) -> Iterator[str]:
    """Yield the lines of the checker's standard error that do not say how far it is; show those that do."""
    for line in lines:
        text = line.decode("utf-8", "replace")
        told = None if show is None else PROGRESS.fullmatch(text.rstrip())
        if show is None or told is None:
            yield text
        else:
            show(told[3], int(told[1]), int(told[2]))


def checked(model: Path, outputs: Outputs, mending: Mending, phases: Phases) -> str:
    """Return the checker's one line about the files that were written."""
    written = outputs.by_option
    with phases.counted("check") as show:
        seen = show if sys.stderr.isatty() else None
        code, output = run_checker(model, written["--out"], written["--certificate"], mending, seen)
    if code not in (0, 1):
        raise OptionError(f"the checker could not judge: {output}")
    return output


def _arguments(model: Path, reduced: Path, certificate: Path, mending: Mending, bound: Path | None = None) -> list[str]:
    # A name that begins with a dash would be taken for an option.
    paths = (model, reduced, certificate, *([] if bound is None else [bound]))
    names = [f"./{name}" if name.startswith("-") else name for name in map(str, paths)]
    return [*names, "--rows", mending.rows, "--deadlocks", mending.deadlocks]
