"""The checker tells how far it is, in large steps, to who asked; the verdict does not depend on it."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

import lumpform as lf
from lumpform.certificates.format import write_certificate
from lumpform.chains.families import brp, herman
from lumpform.checker import check, progress
from lumpform.checker.limits import DEFAULT
from lumpform.checker.progress import in_steps, telling
from lumpform.checker.streams.jobs import Jobs
from lumpform.cli.verify import run_checker


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str, str]:
    chain = brp(20, 2)
    lumping = lf.lump(chain)
    paths = str(tmp_path / "m.drn"), str(tmp_path / "small.drn"), str(tmp_path / "proof.json")
    lf.write(chain, paths[0])
    lf.write(lumping.quotient, paths[1])
    write_certificate(lumping.certificate, paths[2])
    return paths


Told = list[tuple[str, int, int]]


def test_steps_and_their_shares(files: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for home in ("progress", "text"):
        monkeypatch.setattr(f"lumpform.checker.{home}.STEP", 10)
    seen: Told = []
    with telling(lambda *told: seen.append(told)):
        verdict = check(*files)
    assert verdict == check(*files)
    assert verdict.verified
    states = lf.read(files[0], lf.MarkovChain).states
    steps = list(dict.fromkeys(step for step, *_ in seen))
    assert [step for step in steps if "m.drn" in step] == ["reading m.drn", "bringing m.drn into canonical form"]
    assert {total for step, _, total in seen if step == "reading m.drn"} == {0, Path(files[0]).stat().st_size}
    assert {total for step, _, total in seen if step == "comparing the sums out of states"} == {states}
    for step in steps:
        done = [d for s, d, total in seen if s == step and total]
        assert done == sorted(done)
        assert all(d <= total for s, d, total in seen if s == step and total)
    for step in ("comparing the sums out of states", "comparing the initial probability"):
        last = [told for told in seen if told[0] == step][-1]
        assert last[1] == last[2]
    done = [d for s, d, _ in seen if s == "comparing the sums out of states"]
    largest = max(lf.lump(lf.read(files[0], lf.MarkovChain)).partition.sizes)
    assert all(later - d <= 10 + largest for d, later in pairwise(done))  # states are counted, not classes


def test_steps_are_large() -> None:
    """Who tells costs one call for some thousands of items."""
    seen: Told = []
    with telling(lambda *told: seen.append(told)):
        assert sum(in_steps(range(100_000), "adding", 100_000)) == sum(range(100_000))
    assert [done for _, done, _ in seen] == [*range(0, 100_000, progress.STEP), 100_000]


def test_nobody_asked_and_the_items_are_given_as_they_are() -> None:
    items = range(3)
    assert in_steps(items, "adding", 3) is items


@pytest.mark.parametrize("number", [1, pytest.param(2, marks=pytest.mark.medium)])
def test_jobs_tell_how_many_are_done(number: int) -> None:
    seen: Told = []
    with telling(lambda *told: seen.append(told)), Jobs("m", 3, number, DEFAULT) as pool:
        assert list(pool.over(times, range(4), "multiplying")) == [0, 3, 6, 9]
    assert seen == [("multiplying", done, 4) for done in (1, 2, 3, 4)]


def times(context: int, item: int) -> int:
    return context * item


@pytest.mark.medium
def test_shards_tell_the_share_of_their_blocks(tmp_path: Path) -> None:
    chain = herman(5)
    lumping = lf.lump(chain)
    paths = str(tmp_path / "m.lfs"), str(tmp_path / "small.drn"), str(tmp_path / "proof.json")
    lf.write(chain, paths[0])
    lf.write(lumping.quotient, paths[1])
    write_certificate(lumping.certificate, paths[2])
    seen: Told = []
    with telling(lambda *told: seen.append(told)):
        assert check(*paths).verified
    shared = [step for step, done, total in seen if 0 < done == total]
    wanted = ["comparing digests of shards", "checking the rows of m.lfs", "comparing the sums out of states"]
    assert [step for step in shared if step in wanted] == wanted


@pytest.mark.medium
def test_the_program_prints_progress_only_if_asked(files: tuple[str, str, str]) -> None:
    plain, told = (
        subprocess.run([sys.executable, "-m", "lumpform.checker", *files, *more], capture_output=True, text=True)
        for more in ([], ["--progress"])
    )
    assert plain.stderr == ""
    assert told.stdout == plain.stdout
    assert told.stdout.startswith("VERIFIED ")
    assert all(line.startswith("progress ") for line in told.stderr.splitlines())
    assert "progress 0/0 reading m.drn" in told.stderr.splitlines()


@pytest.mark.medium
def test_progress_is_shown_and_not_part_of_what_was_said(files: tuple[str, str, str]) -> None:
    seen: Told = []
    paths = Path(files[0]), Path(files[1]), Path(files[2])
    assert run_checker(*paths, show=lambda *told: seen.append(told)) == run_checker(*paths)
    assert ("reading m.drn", 0, 0) in seen
    code, said = run_checker(paths[0], paths[1], paths[0], show=lambda *told: None)
    assert code == 2
    assert said.startswith(str(paths[0]))
    assert len(said.splitlines()) == 1
