"""Several processes: the same results in the same order, and no verdict if one of them dies."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from checker_streams import Case, cases, die, double, read, written
from hypothesis import given, settings
from peak_memory import IMPORT
from refusals import refused

import lumpform as lf
from lumpform.certificates.format import write_certificate
from lumpform.chains.families.huge import components
from lumpform.checker import check
from lumpform.checker.__main__ import main
from lumpform.checker.effort import TooLarge, allowed, left, spend
from lumpform.checker.judge import judge
from lumpform.checker.limits import DEFAULT
from lumpform.checker.streams.jobs import Jobs
from lumpform.cli.verify import verify
from lumpform.shards.lump import lump_shards
from lumpform.shards.write import write_shards

ROOT = Path(__file__).resolve().parents[3]


def spend_all(context: int, item: int) -> int:
    spend(item)
    return item


@pytest.mark.medium
@pytest.mark.parametrize("number", [1, 2])
def test_results_come_in_order(number: int) -> None:
    with Jobs("m", 3, number, DEFAULT) as pool:
        assert list(pool.over(double, range(5))) == [0, 3, 6, 9, 12]
        assert list(pool.over(double, [])) == []


@pytest.mark.medium
def test_a_job_that_dies_is_no_verdict() -> None:
    message = "m.lfs: found one of 2 jobs ended without a result, expected all of them to go on"
    with Jobs("m.lfs", 0, 2, DEFAULT) as pool, refused(message):
        list(pool.over(die, range(3)))


def test_work_is_added_up_whatever_the_number_of_jobs() -> None:
    with allowed(10), Jobs("m", 0, 1, DEFAULT) as pool:
        assert list(pool.over(spend_all, [3, 4])) == [3, 4]
        assert left() == 3
        with pytest.raises(TooLarge):
            list(pool.over(spend_all, [2, 2]))


@pytest.mark.medium
@given(cases())
@settings(max_examples=5, deadline=None)
def test_two_jobs_say_what_one_says(case: Case) -> None:
    limits = replace(DEFAULT, block_rows=2)
    with tempfile.TemporaryDirectory() as folder:
        certificate, original, smaller = read(written(case, Path(folder)))
        assert judge(certificate, original, smaller, limits, jobs=2) == judge(certificate, original, smaller)


@pytest.mark.medium
@pytest.mark.parametrize("suffix", [".lfs", ".npz", ".drn", ".tra"])
def test_all_formats_are_judged_by_several_jobs(suffix: str, tmp_path: Path) -> None:
    chain = lf.MarkovChain([[0, 1, 1], [2, 0, 0], [2, 0, 0]], kind="ctmc")
    lumping = lf.lump(chain)
    paths = written((chain, lumping.quotient, dict(lumping.certificate)), tmp_path, suffix)
    limits = replace(DEFAULT, block_rows=1, spooled=0)
    assert check(*paths, limits=limits, jobs=2) == check(*paths)
    assert check(*paths, jobs=2).verified


def test_the_program_takes_a_number_of_jobs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chain = lf.MarkovChain([[0, 1, 1], [2, 0, 0], [2, 0, 0]], kind="ctmc")
    lumping = lf.lump(chain)
    paths = written((chain, lumping.quotient, dict(lumping.certificate)), tmp_path)
    assert main([*paths, "--jobs", "2"]) == 0
    for wrong in ("0", "-1", "two", "1025", "²", ""):
        assert main([*paths, "--jobs", wrong]) == 2
    assert verify(*map(Path, paths), jobs=2) == 0
    assert capsys.readouterr().out.count("VERIFIED") == 2
    with pytest.raises(ValueError, match=r"^jobs is 0, expected a number from 1 on$"):
        check(*paths, jobs=0)


PEAK = f"""{IMPORT}
from lumpform.checker.__main__ import main
code = main(sys.argv[1:])
print(peak())
sys.exit(code)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_transitions(tmp_path: Path) -> None:
    """Two million transitions more need no more than some bytes for each state; in memory they take 90 bytes each."""
    peaks = []
    for k in (14, 17):
        folder = tmp_path / f"{k}"
        folder.mkdir()
        write_shards(components(k), folder / "m.lfs", rows=1 << 12)
        lumping = lump_shards(folder / "m.lfs")
        lf.write(lumping.quotient, folder / "r.npz")
        write_certificate(lumping.certificate, folder / "c.json")
        command = [sys.executable, "-c", PEAK, *(str(folder / n) for n in ("m.lfs", "r.npz", "c.json"))]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
        verdict, peak = done.stdout.splitlines()
        assert verdict.startswith("VERIFIED ")
        peaks.append(int(peak))
    assert peaks[1] - peaks[0] < 16 << 20
