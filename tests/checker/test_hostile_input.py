"""Whatever the files hold: a verdict, or exit code 2 with one line. No traceback, no hang, no exhausted memory."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hostile import GOOD, HERE, ROOT, SAMPLE, judge

from lumpform.checker import Unreadable, check


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    for name in ("missing.drn", "missing.npz", "missing.tra", "model.txt", "nosuffix", "a\nb.drn", "nul\0.drn"):
        with pytest.raises(Unreadable) as caught:
            judge(tmp_path, json.dumps(GOOD), tmp_path / name)
        assert str(caught.value).isprintable()
    with pytest.raises(Unreadable):
        check(str(SAMPLE / "model.drn"), str(SAMPLE / "reduced.drn"), str(tmp_path))


@pytest.mark.parametrize("name", ["m.drn", "m.tra", "m.npz"])
def test_a_fifo_is_no_model_and_no_certificate(name: str, tmp_path: Path) -> None:
    """Nobody writes at its other end, so whoever opened it would wait for ever."""
    fifo = tmp_path / name
    os.mkfifo(fifo)
    program = [sys.executable, "-m", "lumpform.checker"]
    for model, certificate in ((fifo, SAMPLE / "certificate.json"), (SAMPLE / "model.drn", fifo)):
        command = [*program, str(model), str(SAMPLE / "reduced.drn"), str(certificate)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=60)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert f"{name}: found a FIFO, expected" in done.stderr
    with pytest.raises(Unreadable, match="found a device, expected a certificate"):
        check(str(SAMPLE / "model.drn"), str(SAMPLE / "reduced.drn"), "/dev/null")


def test_the_program_prints_one_line_and_exits_with_2(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text("[" * 15_000, encoding="utf-8")
    for certificate in (str(bad), str(tmp_path / "missing.json")):
        command = [
            sys.executable,
            "-m",
            "lumpform.checker",
            str(SAMPLE / "model.drn"),
            str(SAMPLE / "reduced.drn"),
            certificate,
        ]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.count("\n") == 1
        assert done.stderr.startswith(certificate)


@pytest.mark.medium
@pytest.mark.parametrize("sample", ["v1_ordinary_dtmc_drn", "v1_ordinary_dtmc_npz", "v1_ordinary_rates_tra"])
def test_mutated_files_end_in_a_verdict_or_one_line(tmp_path: Path, sample: str) -> None:
    """Random damage to each file. Nothing that changes the meaning is verified: the digests see to that."""
    folder = tmp_path / "copy"
    shutil.copytree(HERE / "accepted" / sample, folder)
    suffix = f".{sample.rpartition('_')[2]}"
    paths = [str(folder / name) for name in (f"model{suffix}", f"reduced{suffix}", "certificate.json")]
    source = random.Random(20)
    verdicts, messages = 0, list[str]()
    for round_ in range(300):
        path = Path(paths[round_ % 3])
        good = path.read_bytes()
        path.write_bytes(damaged(good, source))
        try:
            verdicts += check(*paths).line.isprintable()
        except Unreadable as error:
            messages.append(str(error))
        path.write_bytes(good)
    assert all(message.isprintable() for message in messages)
    assert 0 < verdicts < 300
    assert verdicts + len(messages) == 300


INSERTIONS = (b"9", b"0", b"-", b"/", b"\n", b"nan", b"e9", b"99999999999", b"[", b"\xff")


def damaged(data: bytes, source: random.Random) -> bytes:
    raw = bytearray(data)
    for _ in range(source.choice((1, 1, 2, 8))):
        place = source.randrange(len(raw))
        match source.randrange(5):
            case 0:
                raw[place] ^= 1 << source.randrange(8)
            case 1:
                raw[place] = source.randrange(256)
            case 2:
                del raw[place : place + source.choice((1, 2, 9, 100))]
            case 3:
                raw[place:place] = source.choice(INSERTIONS)
            case _:
                raw = raw[:place] if source.random() < 0.2 else raw + raw[place : place + 20]
        if not raw:
            return b""
    return bytes(raw)
