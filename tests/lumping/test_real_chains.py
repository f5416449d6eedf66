"""Real chains: the class counts that independent exact programs found, certified, whatever the order of the states."""

import json
from pathlib import Path

import numpy as np
import pytest

import lumpform as lf
from lumpform.chains.transform import permute

SMALL = 60_000
"""Up to so many transitions a chain is lumped in the quick run; all are in the slow one."""


def counts(shared: Path) -> dict[str, int]:
    return json.loads((shared / "data" / "chains" / "counts.json").read_text())


def lumped(shared: Path, name: str, **options: object) -> lf.Lumping:
    chain = lf.read(shared / "data" / "chains" / f"{name}.npz")
    return lf.lump(chain, semantics="rates", respect=("labels",), **options)


def size(shared: Path, name: str) -> int:
    with np.load(shared / "data" / "chains" / f"{name}.npz", allow_pickle=False) as data:
        return len(data["indices"])


@pytest.mark.slow
def test_small_real_chains_have_the_known_counts_by_kernel_and_by_reference(shared: Path) -> None:
    seen = 0
    for name, expected in counts(shared).items():
        if size(shared, name) <= SMALL:
            lumping = lumped(shared, name)
            assert lumping.certified
            assert lumping.partition.count == expected, name
            if expected <= 3000:
                assert lumped(shared, name, engine="reference").partition == lumping.partition, name
                seen += 1
    assert seen >= 6


@pytest.mark.slow
def test_all_real_chains_have_the_known_counts(shared: Path) -> None:
    expected = counts(shared)
    assert len(expected) == 28
    found = {}
    for name in expected:
        lumping = lumped(shared, name)
        assert lumping.certified
        found[name] = lumping.partition.count
    assert found == expected


@pytest.mark.parametrize("name", ["brp_N64_MAX5", "herman_11", "leader_sync_4_5", "tandem_c31"])
def test_the_order_of_states_does_not_matter(shared: Path, name: str) -> None:
    chain = lf.read(shared / "data" / "chains" / f"{name}.npz")
    order = np.random.default_rng(7).permutation(chain.states)
    straight = lf.lump(chain, semantics="rates").partition
    shuffled = lf.lump(permute(chain, order), semantics="rates").partition
    assert lf.Partition(straight.class_of[order]) == shuffled or lf.Partition(shuffled.class_of[order]) == straight
