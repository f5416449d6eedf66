"""Has the kernel compute verified checkers on many cases: proofs are compiled once, cases read together."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from lumpform.rocq.run import source


def compiled(folder: Path, proofs: Sequence[str]) -> Path:
    """Compile the proofs behind cases."""
    for name in proofs:
        shutil.copy(source(f"{name}.v"), folder)
        _coqc(folder, name)
    return folder


def answers(library: Path, head: str, cases: Sequence[str], whole: int = 0) -> list[bool]:
    """Return what the kernel computes for each case, a file for Coq each; the theorems of the first ones must hold.

    The head takes the place of theirs, which ends with an empty line after definitions.
    """
    parts = [head]
    for i, text in enumerate(cases):
        body = re.split(r"^Definition [NS] .*\n\n", text, maxsplit=1, flags=re.MULTILINE)[1]
        parts.append(f"Module case_{i}.\n{body if i < whole else body.partition('Lemma accepted')[0]}End case_{i}.\n")
    (library / "cases.v").write_text("".join(parts))
    found = re.findall(r"=\s*(true|false)\s*:\s*bool", _coqc(library, "cases"))
    assert len(found) == len(cases)
    return [answer == "true" for answer in found]


def _coqc(folder: Path, name: str) -> str:
    command = ["coqc", "-q", "-R", ".", "LumpForm", f"{name}.v"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
