"""Who watches is told how much of a text file is read, and nobody else."""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path

import pytest

import lumpform as lf
from lumpform.chains.families import brp
from lumpform.cli.show import working
from lumpform.display.watched import tell, watched


def told(path: Path) -> list[tuple[int, int]]:
    seen: list[tuple[int, int]] = []
    with watched(lambda phase, done, total: seen.append((done, total))):
        lf.read(path, lf.MarkovChain)
    return seen


def test_bytes_grow_up_to_all_of_them(tmp_path: Path) -> None:
    path = tmp_path / "m.drn"
    lf.write(brp(600, 5), path)
    seen, size = told(path), path.stat().st_size
    assert size > 1 << 19
    done = [d for d, _ in seen]
    assert {total for _, total in seen} == {size}
    assert len(done) > 2
    assert done == sorted(done)  # the head is read twice: once to know what the file is
    assert done[-1] == size
    lf.read(path)
    assert done == [d for d, _ in seen]  # the block is over


def test_of_a_compressed_file_no_share_is_known(tmp_path: Path) -> None:
    lf.write(brp(5, 2), tmp_path / "m.drn.gz")
    assert told(tmp_path / "m.drn.gz") == []


def test_a_terminal_shows_the_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    with working("reading it"):
        tell("", 1, 4)
        end = time.monotonic() + 30
        while "25%, about" not in terminal.getvalue() and time.monotonic() < end:
            time.sleep(0.05)  # the display is drawn anew ten times a second, on a busy machine less often
        tell("", 4, 4)
    assert "reading it" in terminal.getvalue()
    assert "25%, about" in terminal.getvalue()
