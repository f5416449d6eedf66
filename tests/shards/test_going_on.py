"""A run that was interrupted or killed goes on from its last round; what it cannot write is one line."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sizes import medium_but

import lumpform as lf
from lumpform.chains.families.huge import scattered
from lumpform.cli import main
from lumpform.shards.lump import lump_shards
from lumpform.shards.rounds import Rounds
from lumpform.shards.work import STATE
from lumpform.shards.write import write_shards

KILLED = """
import os, signal, sys
from lumpform.shards.lump import lump_shards

def tell(phase, done, total):
    if phase == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

lump_shards(sys.argv[1], progress=tell)
"""
PHASES = ("check", "start", "round 1", "round 3", "certify", "quotient")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_shards(scattered(9), tmp_path / "m.lfs", rows=100)
    return tmp_path / "m.lfs"


def expected() -> Any:
    return lf.lump(scattered(9).whole())


def stopped(wanted: str) -> Callable[[str, int, int], None]:
    def tell(phase: str, done: int, total: int) -> None:
        if phase == wanted and (done == total or phase != "check"):
            raise KeyboardInterrupt

    return tell


@pytest.mark.parametrize("phase", PHASES)
def test_interrupted_in_every_phase(phase: str, path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        lump_shards(path, progress=stopped(phase))
    result = lump_shards(path)
    assert result.partition == expected().partition
    assert result.quotient == expected().quotient
    assert result.resumed == {"check": None, "start": None, "round 1": 0, "round 3": 2}.get(phase, result.resumed)
    assert phase not in ("certify", "quotient") or (result.resumed is not None and result.rounds == [])
    assert not path.with_name("m.lfs.work").exists()


@pytest.mark.medium
@pytest.mark.parametrize("phase", medium_but(["round 3"], PHASES))
def test_killed_in_every_phase(phase: str, path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, str(path), phase], timeout=300, check=False)
    assert ended.returncode == -signal.SIGKILL
    result = lump_shards(path)
    assert result.partition == expected().partition
    assert (result.resumed is None) == (phase in ("check", "start"))
    assert not path.with_name("m.lfs.work").exists()


def damaged(what: str, work: Path) -> None:
    state = json.loads((work / STATE).read_text())
    colours = next(work.glob("round-*")) / "00002.colours"
    if what == "colours":
        colours.write_bytes(bytes([colours.read_bytes()[0] ^ 1]) + colours.read_bytes()[1:])
    elif what == "missing":
        colours.unlink()
    elif what == "state":
        (work / STATE).write_text("{")
    elif what == "count":
        state["state"]["count"] = 1 << 40
        (work / STATE).write_text(json.dumps(state))
    elif what == "task":
        state["task"]["semantics"] = "rates"
        (work / STATE).write_text(json.dumps(state))


@pytest.mark.parametrize("what", ["colours", "missing", "state", "count", "task"])
def test_what_does_not_fit_is_not_believed(what: str, path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        lump_shards(path, progress=stopped("round 3"))
    damaged(what, path.with_name("m.lfs.work"))
    result = lump_shards(path)
    assert result.resumed is None
    assert result.partition == expected().partition


def test_other_shards_begin_anew(path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        lump_shards(path, progress=stopped("round 3"))
    work = path.with_name("m.lfs.work")
    write_shards(scattered(9, seed=1), path.with_name("other.lfs"), rows=100)
    result = lump_shards(path.with_name("other.lfs"), work=work)
    assert result.resumed is None
    assert result.partition == lf.lump(scattered(9, seed=1).whole()).partition


def test_one_run_at_a_time(path: Path) -> None:
    def again(phase: str, done: int, total: int) -> None:
        lump_shards(path)

    with pytest.raises(lf.FormatError, match=r"m\.lfs\.work: found another run at work"):
        lump_shards(path, progress=again)


def test_no_room_for_what_is_spilled(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(lf.FormatError, match="No space left on device, expected room for"):
        lump_shards(path, memory=0)


def small_files(bytes_each: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_each, bytes_each))


@pytest.mark.medium
def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    write_shards(scattered(12), tmp_path / "m.lfs")
    command = [sys.executable, "-m", "lumpform", "reduce", str(tmp_path / "m.lfs"), "-o", str(tmp_path / "s.npz")]
    ended = subprocess.run(
        command,
        preexec_fn=partial(small_files, 2000),
        timeout=300,
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"NUMBA_CACHE_DIR": ""},
    )
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "File too large" in ended.stderr
    assert not (tmp_path / "s.npz").exists()


def test_the_command(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small, certificate = tmp_path / "s.drn", tmp_path / "c.json"
    with pytest.raises(KeyboardInterrupt):
        lump_shards(path, progress=stopped("round 3"))
    command = ["reduce", str(path), "-o", str(small), "--certificate", str(certificate), "--memory", "1G"]
    assert main([*command, "--map", str(tmp_path / "map.txt"), "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == "lumpform: note: went on after round 2 of an earlier run\n"
    assert json.loads(captured.out)["classes"] == 64
    assert lf.read(small) == expected().quotient
    assert json.loads(certificate.read_text()) == expected().certificate
    assert [int(c) for c in (tmp_path / "map.txt").read_text().split()] == expected().partition.class_of.tolist()
    lf.write(scattered(9).whole(), tmp_path / "m.npz")  # the checker reads no shards yet: the same chain as an archive
    assert main(["verify", str(tmp_path / "m.npz"), str(small), str(certificate)]) == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c.json", "m.lfs", "m.npz", "map.txt", "s.drn"]


def test_interrupting_the_command(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(self: Rounds) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Rounds, "round", interrupted)
        assert main(["reduce", str(path)]) == 130
    error = capsys.readouterr().err
    assert error.endswith("m.lfs.work keeps what is done; the same command goes on from there\nlumpform: interrupted\n")
    assert main(["reduce", str(path), "--json"]) == 0
    assert capsys.readouterr().err == "lumpform: note: went on after round 0 of an earlier run\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--memory", "much"], "memory is 'much', expected a number of bytes such as 500M or 4G"),
        (["--memory", "1G", "--kind", "exact"], "--memory is for ordinary lumping of a folder of shards (.lfs)"),
        (["--rows", "normalise"], "reading .lfs has no option 'rows'"),
        (["--model-kind", "dtmc"], "kind: found a CTMC, expected a DTMC"),
        (["--respect", "actions"], "cannot respect 'actions'"),
    ],
)
def test_options_that_do_not_fit(
    options: list[str], message: str, path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(path.parent)
    assert main(["reduce", str(path), *options]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_place_for_checkpoints_that_is_a_file(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.with_name("m.lfs.work").write_text("mine")
    assert main(["reduce", str(path)]) == 2
    assert capsys.readouterr().err.endswith("m.lfs.work: found File exists, expected a folder that can be written\n")
    assert path.with_name("m.lfs.work").read_text() == "mine"


def test_other_kinds_are_read_into_memory(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reduce", str(path), "--kind", "exact", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "exact"


@pytest.mark.medium
def test_the_checker_judges_what_was_reduced(path: Path) -> None:
    small, claim = path.with_name("s.npz"), path.with_name("c.json")
    assert main(["reduce", str(path), "-o", str(small), "--certificate", str(claim), "--check"]) == 0
    assert main(["verify", str(path), str(small), str(claim), "--jobs", "2"]) == 0
