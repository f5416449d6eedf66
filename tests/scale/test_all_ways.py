"""All ways to lump a chain give what the plain reference gives: threads, a card's kernels, shards, little memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import examples

import lumpform as lf
from lumpform import strategies as ls
from lumpform.lumping import refinement
from lumpform.lumping import threads as cores
from lumpform.lumping.gpu.simulator import compiler
from lumpform.shards import numbering
from lumpform.shards.lump import lump_shards
from lumpform.shards.write import write_shards

pytestmark = pytest.mark.skipif(compiler() is None, reason="needs a C++ compiler, which is not installed")
CHAINS = ls.chains(kind="dtmc") | ls.chains(kind="ctmc") | ls.lumpable_chains().map(lambda case: case.chain)
SEMANTICS = st.sampled_from(["generator", "rates"])


@contextmanager
def threads(count: int) -> Iterator[None]:
    """So many threads, for however few edges, each of which numbers its own parts; buckets hold a few pairs."""
    with ExitStack() as ways:
        ways.enter_context(mock.patch.dict("os.environ", LUMPFORM_THREADS=str(count)))
        for module, name, value in (
            (cores, "WORTH_IT", 0),
            (refinement, "WORTH_IT", 0),
            (refinement, "MANY", 0),
            (numbering, "BUCKET", 4),
        ):
            ways.enter_context(mock.patch.object(module, name, value))
        yield


def from_disk(chain: lf.MarkovChain, rows: int, **options: object) -> lf.Partition:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chain.lfs"
        write_shards(chain, path, rows=rows)
        return lump_shards(path, **options).partition


def compare(chain: lf.MarkovChain, semantics: str, rows: int) -> None:
    expected = lf.lump(chain, semantics=semantics, engine="reference").partition
    for count in (1, 2, 4):
        with threads(count):
            assert lf.lump(chain, semantics=semantics).partition == expected, count
            assert from_disk(chain, rows, semantics=semantics) == expected, (count, rows)
    with threads(2):
        assert from_disk(chain, rows, semantics=semantics, memory=0) == expected  # everything is spilled
    with mock.patch.dict("os.environ", LUMPFORM_GPU="simulator"):
        assert lf.lump(chain, semantics=semantics, engine="gpu").partition == expected


@pytest.mark.medium
@given(CHAINS, SEMANTICS, st.sampled_from([1, 2, 3, 1000]))
def test_a_few_chains(chain: lf.MarkovChain, semantics: str, rows: int) -> None:
    compare(chain, semantics, rows)


@pytest.mark.slow
@settings(max_examples=examples(2000))
@given(ls.chains(max_states=30) | ls.lumpable_chains().map(lambda case: case.chain), SEMANTICS, st.integers(1, 40))
def test_two_thousand_chains(chain: lf.MarkovChain, semantics: str, rows: int) -> None:
    compare(chain, semantics, rows)
