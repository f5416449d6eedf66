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
from lumpform.certificates.digest import digest_of
from lumpform.certificates.format import write_certificate
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


@pytest.mark.parametrize("rows", [1, 2, 3, 4])
@pytest.mark.parametrize(
    ("rule", "back", "said"),
    [
        ("R9", [2, 3, 2], 5),  # no member has what the reduced model says, and they differ
        ("R9", [2, 2, 3], 2),  # all have it but the last
        ("R9", [3, 2, 2], 2),  # all have it but the first
        ("R11", [2, 2, 2], 5),
        (None, [2, 2, 2], 2),
    ],
)
def test_the_first_violation_is_found_across_blocks(
    rule: str | None, back: list[int], said: int, rows: int, tmp_path: Path
) -> None:
    original = lf.MarkovChain([[0, 1, 1, 1], *([w, 0, 0, 0] for w in back)], kind="ctmc")
    reduced = lf.MarkovChain([[0, 3], [said, 0]], kind="ctmc")
    fields = dict(lf.lump(original, respect=()).certificate) | {"class_of": [0, 1, 1, 1], "classes": 2}
    fields["reduced"] = {"kind": "ctmc", "digest": digest_of(reduced)}
    certificate, *models = read(written((original, reduced, fields), tmp_path))
    expected = judge(certificate, models[0], models[1])
    assert expected.rule == rule
    found = in_blocks(certificate, models[0], models[1], replace(DEFAULT, block_rows=rows))
    assert found == (None if rule is None else expected)


@pytest.mark.parametrize("kind", ["exact", "strict", "proportional-exact"])
def test_other_kinds_are_judged_in_memory(kind, tmp_path: Path) -> None:
    chain = lf.MarkovChain([[0, 1, 1], [1, 0, 0], [1, 0, 0]], kind="ctmc", labels={"a": [0]}, rewards={"r": [0, 1, 1]})
    lumping = lf.lump(chain, kind)
    paths = written((chain, lumping.quotient, dict(lumping.certificate)), tmp_path, ".lfs")
    assert check(*paths).verified
    assert check(*paths, jobs=2).verified


def test_a_chain_without_states_has_rewards_without_shards(tmp_path: Path) -> None:
    """A folder without a shard has no part for a column."""
    chain = lf.MarkovChain([], rewards={"r": []})
    model, folder, proof = (str(tmp_path / name) for name in ("m.npz", "m.lfs", "c.json"))
    lf.write(chain, model)
    write_shards(chain, folder)
    write_certificate(lf.lump(chain).certificate, proof)
    assert check(model, folder, proof).verified
    assert check(folder, model, proof).verified
