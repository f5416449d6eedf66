"""Judges frozen certificates: each gets the line that lies beside it, from the function and from the program."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from lumpform.checker import check

ROOT = Path(__file__).resolve().parents[2]
Paths = tuple[str, str, str]


def gets_its_line(folder: Path, paths: Paths) -> None:
    """Check the verdict on a sample, whose folder is named for the rule, in ``accepted`` or in ``rejected``."""
    verdict = check(*paths)
    assert verdict.verified == (folder.parent.name == "accepted")
    assert verdict.rule == (None if verdict.verified else folder.name.split("_")[0])
    assert verdict.line + "\n" == (folder / "expected.txt").read_text(encoding="utf-8")


def program_says_the_same(folder: Path, paths: Paths) -> None:
    """Check the program without any package, by its output and its exit code."""
    command = [sys.executable, "-S", "-m", "lumpform.checker", *paths]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (int(folder.parent.name == "rejected"), "")
    assert done.stdout == (folder / "expected.txt").read_text(encoding="utf-8")
