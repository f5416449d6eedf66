"""Damaged files: each ends in a valid chain or a one-line error; no traceback, no hang, no gigabytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from mutation import FORMATS, mutant
from sizes import medium_but

pytest.importorskip("resource", reason="memory limits need a POSIX system")

ROOT = Path(__file__).resolve().parents[2]


def run(kind: str, first: int, count: int, folder: Path) -> dict:
    """Outcomes of a range of mutants, read in a process with a memory limit."""
    (folder / "files").mkdir()
    result = subprocess.run(
        [
            sys.executable,
            str(Path(__file__).with_name("worker.py")),
            kind,
            str(first),
            str(count),
            str(folder / "files"),
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    return json.loads(result.stdout)


def judge(report: dict, count: int) -> None:
    outcomes = report["outcomes"]
    assert report["failures"] == []
    assert sum(outcomes.values()) == count
    assert report["bytes"] < 500 << 20
    assert outcomes["chain"] > count // 50, outcomes  # some damage is harmless, or the seeds are broken
    assert outcomes["FormatError"] > count // 3, outcomes


@pytest.mark.parametrize("kind", medium_but(["drn"], FORMATS))
def test_a_few_mutants(kind: str, tmp_path: Path) -> None:
    judge(run(kind, 0, 300, tmp_path), 300)


@pytest.mark.slow
@pytest.mark.parametrize("kind", FORMATS)
def test_many_mutants(kind: str, tmp_path: Path) -> None:
    judge(run(kind, 1000, 10_000, tmp_path), 10_000)


@pytest.mark.parametrize("kind", FORMATS)
def test_mutants_are_reproducible_and_differ(kind: str) -> None:
    first = [mutant(kind, i) for i in range(100)]
    assert first == [mutant(kind, i) for i in range(100)]
    assert len({str(files) for files in first}) > 80
