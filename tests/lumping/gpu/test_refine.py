"""Pairs are numbered by their least members, both parts compared, in tables that grow; fingerprints are linear."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumpform.errors import ModelError
from lumpform.graph.partition import Partition
from lumpform.lumping.gpu import refine
from lumpform.lumping.gpu.device import SOURCE
from lumpform.lumping.gpu.find import find_device
from lumpform.lumping.gpu.refine import Numbering, Refinement, Rows
from lumpform.lumping.gpu.simulator import Simulator
from lumpform.numbers.residues import PRIME


def colours(groups, prints):
    device = find_device()
    given = device.upload(np.array(groups, dtype=np.int32)), device.upload(np.array(prints, dtype=np.uint64))
    found, count = Numbering(device).colours(*given)
    return device.download(found), count


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0, 1, PRIME - 1, 1 << 60])), max_size=60))
def test_pairs_are_numbered_by_first_members(pairs):
    found, count = colours([g for g, _ in pairs], [p for _, p in pairs])
    expected = Partition([pairs.index(pair) for pair in pairs])
    assert found.tolist() == expected.class_of.tolist()
    assert count == expected.count


@pytest.mark.parametrize("classes", [1, 2_047, 2_048, 20_000])
def test_tables_grow(classes):
    """Half of the first table, and much more; the pairs have equal prints, or equal groups."""
    n = 30_000
    some, none = np.arange(n) % classes, np.zeros(n)
    for groups, prints in ((some, none), (none, some)):
        found, count = colours(groups, prints)
        assert count == classes
        assert np.array_equal(found, some)


def test_more_classes_than_numbers_end_in_one_line(monkeypatch):
    monkeypatch.setattr(refine, "MOST", 1 << 12)
    with pytest.raises(ModelError, match=r"tables for more than 2\^30 classes"):
        colours(range(5_000), range(5_000))


def test_fingerprints_are_linear_in_the_weights():
    """What is printed for a row is the sum of what its edges are printed as, also beyond 32 products of the largest."""
    device = find_device()
    n = 100
    data = np.full(2 * n, PRIME - 1, dtype=np.uint64)
    indices = np.concatenate((np.arange(n), np.arange(n))).astype(np.int32)
    indptr = np.concatenate((np.arange(n + 1), [2 * n])).astype(np.int64)  # a row for each edge, and one with all
    rows = Rows(*(device.upload(a) for a in (indptr, indices, data)))
    prints = device.download(Refinement(device, rows).row_prints(device.upload(np.arange(n, dtype=np.int32))))
    assert len(set(prints[:n].tolist())) == n
    assert sum(prints[:n].tolist()) % PRIME == int(prints[n])


@pytest.mark.parametrize("n", [31, 32, 33, 64, 65, 1000])
def test_products_at_their_bound_do_not_overflow(n):
    """All weights and all random residues are the largest there are, which is -1."""
    drawn = "return canonical(mixed(seed + (index + 1) * GOLDEN));"
    source = SOURCE.read_text(encoding="utf-8")
    assert source.count(drawn) == 1
    device = Simulator(source.replace(drawn, "return seed == index ? 0 : PRIME - 1;"))
    data, indptr = np.full(n, PRIME - 1, dtype=np.uint64), np.array([0, n], dtype=np.int64)
    rows = Rows(indptr, np.zeros(n, dtype=np.int32), data)
    assert Refinement(device, rows).row_prints(np.zeros(1, dtype=np.int32)).tolist() == [n]


def test_codes_need_a_table():
    with pytest.raises(TypeError, match="codes have up to 4 bytes and a table"):
        _ = Rows(None, None, np.zeros(1, dtype=np.uint8)).arguments
