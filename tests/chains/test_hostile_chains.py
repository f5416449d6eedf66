"""Files of a megabyte that ask for much: five seconds and a gigabyte, in the program and in the checker."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hostile_cases import REFUSED, SETTLED, written
from peak_memory import IMPORT

SECONDS, BYTES = 5.0, 1 << 30

PROGRAM = """
import sys
from lumpform.errors import LumpFormError
from lumpform.formats import read
try:
    chain = read(sys.argv[1])
    outcome = f"read {chain.states}"
except LumpFormError as error:
    outcome = f"refused {error}"
"""
CHECKER = """
import sys
from lumpform.checker.canonical import digest
from lumpform.checker.failure import Unreadable
from lumpform.checker.judge import read_model
try:
    model = read_model(sys.argv[1], "ctmc")
    digest(model)
    outcome = f"read {model.states}"
except Unreadable as error:
    outcome = f"refused {error}"
"""
MEASURED = f"""
{IMPORT}import json, resource
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([outcome, used.ru_utime + used.ru_stime, peak()]))
"""


def measured(code: str, path: Path) -> tuple[str, float, int]:
    """Return what happened in a process of its own, its seconds of processor time, and its largest memory."""
    command = [sys.executable, "-c", code + MEASURED, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    outcome, seconds, size = json.loads(done.stdout)
    return outcome, seconds, size


@pytest.mark.slow
@pytest.mark.parametrize("code", [pytest.param(PROGRAM, id="program"), pytest.param(CHECKER, id="checker")])
@pytest.mark.parametrize("case", [*REFUSED, *SETTLED])
def test_small_files_that_ask_for_much(case: str, code: str, tmp_path: Path) -> None:
    outcome, seconds, size = measured(code, written(case, tmp_path))
    assert outcome.isprintable()
    assert outcome.startswith("refused" if case in REFUSED else ("refused", "read")), outcome[:200]
    assert seconds < SECONDS, outcome[:200]
    assert size < BYTES, outcome[:200]


@pytest.mark.medium
@pytest.mark.parametrize("case", ["a hundred million transitions", "powers of powers", "brackets after an action"])
def test_the_command_line_says_it_in_one_line(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from lumpform.cli import main

    path = written(case, tmp_path)
    assert main(["info", str(path)]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)
    assert path.name in captured.err
