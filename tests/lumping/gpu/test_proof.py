"""The certificate accepts what that of the CPU accepts; what broken kernels find is caught by it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain import prove_all
from same_answer import same_graph

from lumpform.graph.graph import WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.views import ORDINARY
from lumpform.graph.weights import SparseWeights
from lumpform.lumping.certify import refines_start
from lumpform.lumping.flat import Seen
from lumpform.lumping.gpu import engine
from lumpform.lumping.gpu.device import SOURCE, Uploaded
from lumpform.lumping.gpu.find import find_device
from lumpform.lumping.gpu.proof import Proof, Records
from lumpform.lumping.gpu.refine import Rows
from lumpform.lumping.gpu.simulator import Simulator
from lumpform.numbers.residues import PRIME, WORD

LARGE = [
    0,
    0,
    0,
    1,
    1,
    -1,
    2,
    Fraction(1, 3),
    PRIME,
    -PRIME,
    1 << 62,
    WORD,
    WORD + 1,
    WORD * PRIME,
    Fraction(1, 3**450),
]


def proved(weights, partition, start, boolean=False):
    """Prove a partition with one arrow on the device."""
    device, arrows = find_device(), [Seen(weights, 0, 0, boolean)]
    upload = Uploaded(device)
    return engine.proved(device, arrows, upload(partition.class_of), partition.count, start, upload)


@st.composite
def claims(draw):
    """Draw a matrix, and a partition that is often a lumping."""
    n = draw(st.integers(1, 6))
    few = st.sampled_from(draw(st.lists(st.sampled_from(LARGE), min_size=1, max_size=3)))
    rows = draw(st.lists(st.lists(few, min_size=n, max_size=n), min_size=n, max_size=n))
    labels = draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))
    return SparseWeights.from_dense([[Fraction(v) for v in row] for row in rows]), Partition(labels)


@given(claims())
def test_it_accepts_what_the_kernels_accept(claim):
    weights, partition = claim
    start = Partition([0] * len(partition))
    assert proved(weights, partition, start) == prove_all([weights], partition, start, {})
    truth = {tuple(sorted({partition.class_at(t) for t, _ in weights.row(s)})) for s in partition.members(0)}
    if partition.count == 1:
        expected = len(partition) == 1 or len(truth) == 1
        assert (proved(weights, partition, start, boolean=True) is not None) == expected


@pytest.mark.parametrize(
    ("class_of", "count"),
    [
        ([0, 0, 0, 0], 1),
        ([0, 0, 1, 1], 2),
        ([0, 0, 1, 2], 3),
        ([0, 0, 0, 0], 2),
        ([1, 0, 1, 0], 2),
        ([0, 0, 2, 1], 3),
        ([0, -1, 1, 1], 2),
        ([0, 0, 1, 7], 2),
        ([0, 1, 2, 2], 2),
        ([0, 0, 1, 1], 3),
        ([0, 1, 2, 3], 4),
    ],
)
@pytest.mark.parametrize("start", [[0, 0, 0, 0], [0, 0, 1, 1]])
def test_the_proof_looks_at_the_start_and_at_the_number_of_classes(class_of, count, start):
    device, given = find_device(), Partition(start)
    claimed = np.array(class_of, dtype=np.int32)
    proof = Proof(device, device.upload(claimed), count)
    assert proof.refines(device.upload(given.class_of)) == refines_start(Partition.trusted(claimed, count), given)


def test_sums_that_cancel_count_as_nothing():
    """Edges into a class that the first member does not reach, which cancel, and others which do not."""
    for weight, right in ((-1, True), (-2, False)):
        rows = [[0, 0, 0, 0, 5], [0, 0, 1, weight, 5], *[[0] * 5] * 3]
        weights, start = SparseWeights.from_dense(rows), Partition([0, 0, 1, 1, 2])
        assert (proved(weights, start, start) is not None) == right
    assert proved(weights, start, start, boolean=True) is None


@pytest.mark.parametrize("size", [1 << 63, WORD, WORD * PRIME, WORD**5])
def test_sums_beyond_a_word_are_reduced_modulo_every_prime(size):
    """One edge of three times a size, or one of four times and another that takes it back: residues need care."""
    for back, right in ((-size, True), (-size + WORD, False), (-size + PRIME, False), (-size + WORD * PRIME, False)):
        rows = [[0, 0, 3 * size, 0], [0, 0, 4 * size, back], [0] * 4, [0] * 4]
        weights, partition = SparseWeights.from_dense(rows), Partition([0, 0, 1, 1])
        needed = proved(weights, partition, partition)
        assert (needed is not None and needed > 1) == right
        assert needed == prove_all([weights], partition, partition, {})


@pytest.mark.parametrize("modulus", [2, 1 << 62, WORD + 1])
def test_moduli_that_kernels_cannot_add_with_are_refused(modulus):
    device = find_device()
    rows = Rows(device.upload(np.zeros(2, dtype=np.int64)), device.upload(np.zeros(0, dtype=np.int32)), None)
    proof = Proof(device, device.upload(np.zeros(1, dtype=np.int32)), 1)
    with pytest.raises(ValueError, match="expected 2\\^64 or a prime below 2\\^61"):
        Records(proof, rows, 0, 0).agree(rows, modulus)


SAME_PLACE = "mixed(key + GOLDEN * group[i]) & mask", "0"
"""Lets all pairs begin to look for a slot at the same place, so that it matters how they are compared."""

PAIRS = "print[j] == key && group[j] == group[i]"
BROKEN = {
    "no edge is read": (
        "begin = indptr[r], end = indptr[r + 1];",
        "begin = indptr[r], end = begin;",
    ),
    "all colours have one residue": ("residue(seed, colour[indices[e]])", "residue(seed, 0)"),
    "only fingerprints are compared": (PAIRS, "print[j] == key"),
    "only groups are compared": (PAIRS, "group[j] == group[i]"),
    "no least index": ("if ((int)i < j) LOWER(slots + at, (int)i);", ""),
    "no weights": ("u64 w = weight(data, width, table, e),", "u64 w = 1,"),
    "no carries": ("HIGH(w, x) + (low < product)", "HIGH(w, x)"),
    "the last members instead of the first": (
        "else if ((int)s < LOAD(first + c)) LOWER(first + c, (int)s);",
        "else first[c] = (int)s;",
    ),
    "nothing is proved": ("bool strays = false, equal = true;", "bool strays = false, equal = false;"),
}
"""What is replaced in the kernels: the first four let nodes share a class that must not."""


def broken(name):
    """A simulator of kernels in which something is replaced."""
    source = SOURCE.read_text(encoding="utf-8")
    for before, after in (SAME_PLACE, BROKEN[name]):
        assert source.count(before) == 1
        source = source.replace(before, after)
    return Simulator(source)


@pytest.mark.parametrize("name", BROKEN)
def test_broken_kernels_do_no_harm(name):
    """What they find is proved, or the reference takes over."""
    graph, start = example()
    found, _ = engine.coarsest(graph, start, ORDINARY, {}, broken(name))
    if name == "no weights":  # then nodes are told apart that need not be: a lumping, but not the coarsest
        assert found.refines(same_graph(graph, start))
    else:
        assert found == same_graph(graph, start)


@pytest.mark.parametrize("name", [*BROKEN][:4])
def test_the_certificate_catches_broken_kernels(name, monkeypatch):
    """So that the test above tests something."""
    monkeypatch.setattr(engine, "after_kernels", lambda *given: ("taken over", 0))
    assert engine.coarsest(*example(), ORDINARY, {}, broken(name)) == ("taken over", 0)


def example():
    """Sixty nodes in pairs of equal ones, edges to three others, weights of either sign, and a start of two classes."""
    n, numbers = 30, np.random.default_rng(5)
    rows = np.zeros((n, n), dtype=np.int64)
    for s in range(2, n):
        rows[s, numbers.choice(n, size=3, replace=False)] = numbers.integers(-1, 2, size=3) * (1 << 60)
    both = SparseWeights.from_dense(np.kron(rows, np.eye(2, dtype=np.int64)))
    return WeightedGraph.single(both), Partition([s // 2 % 2 for s in range(2 * n)])
