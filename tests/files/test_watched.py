"""Who watches is told how much of a text file is read, and nobody else."""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path

import pytest

import lumpform as lf
from lumpform.certificates.format import write_certificate
from lumpform.chains.families import brp
from lumpform.checker import Unreadable
from lumpform.checker.progress import tell as told_by_checker
from lumpform.cli import main
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


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_the_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    chain, paths = brp(20, 2), [str(tmp_path / name) for name in ("m.drn", "small.drn", "proof.json")]
    lumping = lf.lump(chain)
    lf.write(chain, paths[0])
    lf.write(lumping.quotient, paths[1])
    write_certificate(lumping.certificate, paths[2])
    return paths


@pytest.mark.parametrize("watched", [True, False])
def test_the_verdict_goes_to_standard_output_and_the_bar_to_a_terminal(
    files: list[str], watched: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", shown := Terminal() if watched else io.StringIO())
    assert main(["verify", *files]) == 0
    assert main(["verify", files[0], files[0], files[2]]) == 1
    assert main(["verify", files[0], files[1], files[0]]) == 2
    verified, rejected = capsys.readouterr().out.splitlines()
    assert verified.startswith("VERIFIED ")
    assert rejected.startswith("REJECTED R2: ")
    assert ("comparing the initial probability" in shown.getvalue()) == watched
    assert "VERIFIED" not in shown.getvalue()
    last = shown.getvalue().rstrip().splitlines()[-1]
    assert last.startswith(f"lumpform: error: {files[0]}")
    assert watched or last == shown.getvalue().rstrip()


def test_the_bar_is_drawn_while_the_checker_goes_on(
    files: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the checker says is caught meanwhile, and the bar must not be caught with it."""

    def slow(*_: object, **__: object) -> None:
        told_by_checker("slow", 1, 2)
        end = time.monotonic() + 30
        while "slow" not in shown.getvalue() and time.monotonic() < end:
            time.sleep(0.05)
        assert "slow" in shown.getvalue()
        raise Unreadable("m", "", "one thing", "another")

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("lumpform.checker.__main__.check", slow)
    monkeypatch.setattr(sys, "stderr", shown := Terminal())
    assert main(["verify", *files]) == 2
    assert "50%" in shown.getvalue()
    assert shown.getvalue().splitlines()[-1].endswith("lumpform: error: m: found one thing, expected another")
    assert capsys.readouterr().out == ""


def test_a_limit_stands_beside_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", shown := Terminal())
    with working("comparing", 60):
        pass
    assert "comparing" in shown.getvalue()
    assert "limit 60 s" in shown.getvalue()
