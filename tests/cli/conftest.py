"""Running the command line in this process or in one of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from lumpform.cli import main
from lumpform.cli.demo import embedded


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    def one_error_line(self) -> str:
        """The error message, after checking that it is all there is and one line."""
        assert self.code == 2, self
        assert self.out == "", self
        assert self.err.startswith("lumpform: error: "), self.err
        assert self.err.endswith("\n"), self.err
        assert self.err.count("\n") == 1, self.err
        return self.err.removeprefix("lumpform: error: ").strip()


@pytest.fixture
def lumpform(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run one command in this process."""

    def run(*arguments: object) -> Outcome:
        capsys.readouterr()
        code = main([str(a) for a in arguments])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


@pytest.fixture
def program() -> Callable[..., Outcome]:
    """Run one command in a process of its own."""

    def run(*arguments: object, module: str = "lumpform") -> Outcome:
        command = [sys.executable, "-m", module, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """The embedded chain, in a folder that may be written to."""
    path = tmp_path / "model.drn"
    with embedded() as source:
        path.write_bytes(source.read_bytes())
    return path
