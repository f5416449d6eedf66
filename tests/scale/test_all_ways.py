"""All ways to lump a chain give what the plain reference gives: threads, a card's kernels, shards, little memory."""

from __future__ import annotations

import os
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
MEMORY = next((path for path in ("/dev/shm",) if os.access(path, os.W_OK)), None)
"""A folder in memory, where there is one: much of the time would go into waiting for the disk."""


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


def compare(chain: lf.MarkovChain, semantics: str, rows: int) -> None:
    expected = lf.lump(chain, semantics=semantics, engine="reference").partition
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        path = Path(folder) / "chain.lfs"
        write_shards(chain, path, rows=rows)
        for count in (1, 2, 4):
            with threads(count):
                assert lf.lump(chain, semantics=semantics).partition == expected, count
                assert lump_shards(path, semantics=semantics).partition == expected, (count, rows)
        with threads(2):
            assert lump_shards(path, semantics=semantics, memory=0).partition == expected  # everything is spilled
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
