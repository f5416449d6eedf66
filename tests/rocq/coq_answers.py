"""Has the kernel compute verified checkers on many cases: proofs are compiled once, cases read together."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from lumpform.rocq.model_terms import HEAD
from lumpform.rocq.run import source

PROOFS = ("chain_checker", "maps", "sparse_chain_checker", "sparse_kinds_checker", "sparse_process_checker")


def compiled(folder: Path) -> Path:
    """Compile the proofs behind cases of chains and processes."""
    for name in PROOFS:
        shutil.copy(source(f"{name}.v"), folder)
        _coqc(folder, name)
    return folder


def answers(library: Path, cases: Sequence[str], whole: int = 0) -> list[bool]:
    """Return what the kernel computes for each case, a file for Coq each; the theorems of the first ones must hold."""
    parts = [HEAD.format(" ".join(PROOFS))]
    for i, text in enumerate(cases):
        body = text.partition("(values, row).\n")[2]
        parts.append(f"Module case_{i}.\n{body if i < whole else body.partition('Lemma accepted')[0]}End case_{i}.\n")
    (library / "cases.v").write_text("".join(parts))
    found = re.findall(r"=\s*(true|false)\s*:\s*bool", _coqc(library, "cases"))
    assert len(found) == len(cases)
    return [answer == "true" for answer in found]


def _coqc(folder: Path, name: str) -> str:
    command = ["coqc", "-q", "-R", ".", "LumpForm", f"{name}.v"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
