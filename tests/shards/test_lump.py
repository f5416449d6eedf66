"""Chains in shards are lumped as chains in memory are, whatever the shards, threads and memory."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sizes import medium_but

import lumpform as lf
from lumpform import strategies as ls
from lumpform.certificates.digest import digest_of
from lumpform.chains.families import sized
from lumpform.chains.families.huge import components, scattered
from lumpform.shards import numbering
from lumpform.shards.lump import ShardLumping, lump_shards
from lumpform.shards.write import write_shards


@contextmanager
def threads(number: int) -> Iterator[None]:
    with patch.dict(os.environ, LUMPFORM_THREADS=str(number)):
        yield


def lumped(chain: Any, rows: int, **options: Any) -> ShardLumping:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.lfs"
        write_shards(chain, path, rows=rows)
        result = lump_shards(path, **options)
        assert [p.name for p in Path(folder).iterdir()] == ["m.lfs"]  # no checkpoints are left
        return result


def compare(chain: lf.MarkovChain, result: ShardLumping, **options: Any) -> None:
    expected = lf.lump(chain, **options)
    assert result.partition == expected.partition
    assert result.quotient == expected.quotient
    assert digest_of(result.quotient) == digest_of(expected.quotient)
    assert result.dropped == expected.dropped


@given(
    chain=ls.chains(kind="dtmc") | ls.chains(kind="ctmc") | ls.lumpable_chains().map(lambda case: case[0]),
    rows=st.sampled_from([1, 2, 3, 1000]),
    number=st.sampled_from([1, 2, 4]),
    semantics=st.sampled_from(["generator", "rates"]),
    respect=st.sampled_from([("labels", "rewards"), (), ("initial",), ("labels", "rewards", "initial")]),
    memory=st.sampled_from([None, 0]),
)
def test_shards_are_lumped_as_the_chain_is(chain, rows, number, semantics, respect, memory) -> None:
    with threads(number):
        result = lumped(chain, rows, semantics=semantics, respect=respect, memory=memory)
    compare(chain, result, semantics=semantics, respect=respect)


FAMILIES = ["herman", "polling", "workstation_cluster", "random_lumpable", "grid_walk"]


@pytest.mark.parametrize("name", medium_but(["herman"], FAMILIES))
def test_families_that_spill(name: str) -> None:
    chain = sized(name, 2_000)
    with patch.object(numbering, "BUCKET", 16):
        result = lumped(chain, 50, memory=0)
    assert result.spilled > 0
    compare(chain, result)


@pytest.mark.parametrize("chain", [components(8), scattered(9)])
@pytest.mark.parametrize("semantics", ["generator", "rates"])
def test_huge_families_when_they_are_small(chain, semantics) -> None:
    result = lumped(chain, 100, semantics=semantics)
    compare(chain.whole(), result, semantics=semantics)
    assert result.classes.count == {256: 25, 512: 64}[chain.states]


PRIME = (1 << 61) - 1


def test_weights_that_look_alike_modulo_the_prime_are_told_apart() -> None:
    """Rates 1 and 2^61 are equal modulo 2^61 - 1: another prime is taken when the proof fails."""
    rates = [[0, 0, 1], [0, 0, PRIME + 1], [0, 0, 0]]
    chain = lf.MarkovChain(rates, kind="ctmc", labels={"end": [2]})
    result = lumped(chain, 2)
    compare(chain, result)
    assert result.classes.count == 3


def test_sums_beyond_all_listed_moduli() -> None:
    large = 1 << 700
    rates = [[0, 0, large, large], [0, 0, 2 * large, 0], [0, 0, 0, 1], [0, 0, 1, 0]]
    chain = lf.MarkovChain(rates, kind="ctmc")
    compare(chain, lumped(chain, 1, semantics="rates"), semantics="rates")


def test_an_empty_chain() -> None:
    chain = lf.MarkovChain([])
    assert lumped(chain, 1).quotient == lf.lump(chain).quotient
