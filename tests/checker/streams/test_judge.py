"""In blocks of rows, whatever their size, the verdict is that of the same certificate with all rows in memory."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from checker_streams import Case, cases, in_blocks, read, written
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import examples

import lumpform as lf
from lumpform.checker import check
from lumpform.checker.effort import limited
from lumpform.checker.judge import judge
from lumpform.checker.limits import DEFAULT, Limits
from lumpform.checker.streams.spool import Scratch
from lumpform.shards.write import write_shards

LIMITS = st.builds(
    partial(replace, DEFAULT),
    block_rows=st.integers(1, 8),
    block_entries=st.integers(1, 20),
    small_bits=st.sampled_from([1, DEFAULT.small_bits]),  # with the former rows have their own denominators
)


@given(cases(), LIMITS, st.booleans())
@settings(max_examples=examples(100))
def test_the_verdict_does_not_depend_on_blocks(case: Case, limits: Limits, stored: bool) -> None:
    with tempfile.TemporaryDirectory() as folder, Scratch("m") as scratch, limited(0, limits):
        certificate, original, smaller = read(written(case, Path(folder)))
        expected = judge(certificate, original, smaller)
        found = in_blocks(certificate, scratch.spooled(original) if stored else original, smaller, limits)
        assert (None if expected.verified else expected) == found


@pytest.mark.medium
@given(cases(), st.integers(1, 8), LIMITS)
@settings(max_examples=examples(60))
def test_folders_are_judged_as_the_chain_is(case: Case, shard: int, limits: Limits) -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = written(case, Path(folder))
        expected = check(*paths)
        write_shards(case[0], f"{folder}/m.lfs", rows=shard)
        assert check(f"{folder}/m.lfs", *paths[1:], limits=limits) == expected


@pytest.mark.medium
@given(cases(), LIMITS)
@settings(max_examples=examples(60))
def test_archives_on_disk_are_judged_as_those_in_memory(case: Case, limits: Limits) -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = written(case, Path(folder))
        assert check(*paths, limits=replace(limits, spooled=0)) == check(*paths)


@pytest.mark.parametrize("kind", ["exact", "strict", "proportional-exact"])
def test_other_kinds_are_judged_in_memory(kind, tmp_path: Path) -> None:
    chain = lf.MarkovChain([[0, 1, 1], [1, 0, 0], [1, 0, 0]], kind="ctmc", labels={"a": [0]}, rewards={"r": [0, 1, 1]})
    lumping = lf.lump(chain, kind)
    paths = written((chain, lumping.quotient, dict(lumping.certificate)), tmp_path, ".lfs")
    assert check(*paths).verified
    assert check(*paths, jobs=2).verified
