"""`lumpform verify`, and running the checker as a program of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from lumpform.cli.show import working
from lumpform.errors import OptionError

if TYPE_CHECKING:
    from lumpform.cli.reduce import Request


def run(model: Path, reduced: Path, certificate: Path, rows: str, deadlocks: str = "error") -> int:
    """Run the checker; output and exit code are those of `python -m lumpform.checker`."""
    from lumpform.checker.__main__ import main

    return main(_arguments(model, reduced, certificate, rows, deadlocks))


def run_rocq(model: Path, reduced: Path, certificate: Path, rows: str, deadlocks: str = "error") -> int:
    """Print what both checkers say, one line each; exit code 0 if both accept, 1 if one does not."""
    from lumpform.rocq import verify

    with working("Coq is checking"):
        outcome = verify(model, reduced, certificate, rows=rows, deadlocks=deadlocks)
    print(f"{'VERIFIED' if outcome.accepted else 'REJECTED'}: {outcome.reason}")
    if outcome.accepted:
        print(f"the kernel checked: {outcome.kernel}")
        print(f"the standard checker checked: {outcome.checker}")
    if outcome.assumptions:
        print(f"resting on {', '.join(outcome.assumptions)} (the real numbers of Coq's library)")
    return 0 if outcome.accepted else 1


def run_checker(
    model: Path, reduced: Path, certificate: Path, rows: str = "exact", deadlocks: str = "error"
) -> tuple[int, str]:
    """Return the exit code and the output of the checker in a process of its own, which holds nothing of this one."""
    home = Path(__file__).resolve().parents[2]
    done = subprocess.run(  # -P and the path: our own checker, whatever lies in the current folder
        [sys.executable, "-P", "-m", "lumpform.checker", *_arguments(model, reduced, certificate, rows, deadlocks)],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(home)},
    )
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace").strip()


def checked(request: Request, phases: dict[str, float]) -> str:
    """Return the checker's one line about the files that were written."""
    began = time.perf_counter()
    outputs = request.outputs
    with working("checking"):
        code, output = run_checker(
            request.model, outputs["--out"], outputs["--certificate"], request.rows, request.deadlocks
        )
    phases["check"] = time.perf_counter() - began
    if code not in (0, 1):
        raise OptionError(f"the checker could not judge: {output}")
    return output


def _arguments(model: Path, reduced: Path, certificate: Path, rows: str, deadlocks: str) -> list[str]:
    # A name that begins with a dash would be taken for an option.
    names = [f"./{name}" if name.startswith("-") else name for name in map(str, (model, reduced, certificate))]
    return [*names, "--rows", rows, "--deadlocks", deadlocks]
