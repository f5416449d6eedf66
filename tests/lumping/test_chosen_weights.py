"""Weights that an adversary chose: near the moduli, or so that fingerprints collide for a seed that is known.

The seed is taken from the system's randomness in every call; here it is fixed from outside, which gives the adversary
what he cannot have. Even then nothing wrong may come out: keys compare the class and the fingerprint, and the proof
shows that the start is respected, that the number of classes is true, and that sums agree.
"""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain import by_directions, by_kernels, by_layers, lump_by_reference, prove_all, refine, refine_directions

import lumpform as lf
from lumpform.graph.partition import Partition
from lumpform.graph.weights import SparseWeights
from lumpform.lumping import directions, engine, layered
from lumpform.lumping.certify import first_flaw, refines_start
from lumpform.lumping.directions import proved_ratios
from lumpform.lumping.layered import lump_layers
from lumpform.lumping.numbering import number_pairs
from lumpform.lumping.refinement import WorkListLimits
from lumpform.lumping.rounds import NODE
from lumpform.numbers.modular import random_residue
from lumpform.numbers.residues import PRIME, PRIMES, WORD

GOLDEN = 0x9E3779B97F4A7C15
SEED = 0x5EED
EDGES = [1 << k for k in (31, 32, 52, 53, 61, 62, 63, 64)] + list(PRIMES[:4])
NEAR = sorted({abs(e + d) for e in EDGES for d in (-2, -1, 0, 1, 2)} | {0, 1, 2, 3})
SQUARES = [a * b for a in (1 << 32, 1 << 61, PRIME, PRIMES[1], WORD) for b in (1 << 31, PRIME, WORD)]


def residue(index: int, seed: int = SEED) -> int:
    """The random residue of a class for a seed."""
    return int(random_residue(np.uint64(seed), np.uint64(index)))


@pytest.fixture
def known_seed(monkeypatch):
    """Let the adversary know the seed of every refinement."""
    for module in (engine, directions, layered):
        monkeypatch.setattr(module.secrets, "randbits", lambda bits: SEED)


def rate_for(source: int, target: int, other_source: int, other_target: int) -> int | None:
    """Solve ``value + GOLDEN * residue of the class`` equal modulo 2^64 for two nodes with one edge of one weight each.

    The values are ``a * residue(target)`` and ``a * residue(other_target)`` modulo 2^61 - 1. None if there is no a.
    """
    gap = GOLDEN * (residue(other_source) - residue(source)) % WORD
    gap = gap - WORD if gap > WORD // 2 else gap
    if abs(gap) >= PRIME:
        return None
    a = gap * pow(residue(target) - residue(other_target), -1, PRIME) % PRIME
    return a if a * residue(target) % PRIME - a * residue(other_target) % PRIME == gap else None


def colliding_graph(choice: random.Random) -> tuple[SparseWeights, Partition]:
    """Classes of one node each; four of them point at each other so that 0 and 3, and 1 and 2, have colliding keys.

    When both pairs are merged, all sums agree, so a proof that looks at sums alone finds nothing wrong.
    """
    rates = None, None
    while None in rates:
        q = choice.sample(range(16), 4)
        rates = rate_for(q[0], q[1], q[3], q[2]), rate_for(q[1], q[0], q[2], q[3])
    a, b = rates
    rows, columns = [*q, 16], [q[1], q[0], q[3], q[2], q[0]]
    weights = SparseWeights.from_coo(rows, columns, [a, b, b, a, 1], (18, 18))
    return weights, Partition([*range(16), 16, 16])  # a class that splits, so that the round counts


@pytest.mark.parametrize("case", range(40))
def test_keys_that_once_collided_do_not(case, known_seed):
    """A key that adds the class's residue to the fingerprint merges nodes of different classes; a pair does not."""
    weights, start = colliding_graph(random.Random(case))
    partition, _ = by_kernels([weights], start, {})
    assert partition == refine([weights], start) == Partition(range(18))


def test_pairs_are_told_apart_by_class_and_by_fingerprint():
    """One fingerprint in many classes, and many fingerprints in one class, in a table that is nearly half full."""
    n = 200
    for classes, values in (
        (np.arange(n), np.zeros(n)),
        (np.zeros(n), np.arange(n)),
        (np.arange(n) % 7, np.arange(n) % 5),
    ):
        cells = np.empty(n, dtype=NODE)
        cells["value"] = values
        class_of, live = classes.astype(np.int32), np.arange(n, dtype=np.int32)
        residues = np.array([residue(c) for c in range(n)], dtype=np.uint64)
        keys, slots = np.empty(512, dtype=np.uint64), np.empty(512, dtype=np.int32)
        parent, sizes = np.empty(256, dtype=np.int32), np.empty(256, dtype=np.int32)
        prints = np.empty(256, dtype=np.uint64)
        parts = number_pairs(0, n, live, True, class_of, residues, cells, keys, slots, parent, prints, sizes)
        pairs = list(zip(classes.tolist(), values.tolist(), strict=True))
        assert parts == len(set(pairs))
        assert Partition(cells["group"]) == Partition([pairs.index(p) for p in pairs])
        assert prints[cells["group"]].tolist() == cells["value"].tolist()
        assert parent[cells["group"]].tolist() == class_of.tolist()
        assert sizes[:parts].tolist() == np.bincount(cells["group"]).tolist()


@pytest.mark.parametrize("case", range(20))
def test_fingerprints_that_collide_for_a_known_seed_are_caught(case, known_seed):
    """Two nodes of one class whose different class sums have the same fingerprint: the proof says no, twice."""
    choice = random.Random(case)
    weight = choice.randrange(1, PRIME)
    other = weight * residue(1) * pow(residue(2), -1, PRIME) % PRIME
    weights = SparseWeights.from_coo([0, 3], [1, 2], [weight, other], (4, 4))
    partition, _ = by_kernels([weights], Partition([0, 1, 2, 0]), {})
    assert partition == Partition([0, 1, 2, 3])


def test_layers_whose_functionals_collide_for_a_known_seed_are_lumped_by_definition(known_seed):
    """Three inputs; the second neuron solves ``F1(b) F2(a) = F1(a) F2(b)`` without being proportional to the first."""
    random_numbers = np.random.default_rng(SEED + 4)  # the group begins at node 4: unit and three inputs
    f1, f2 = ([int(v) for v in random_numbers.integers(1, PRIME, size=4, dtype=np.uint64)[1:]] for _ in range(2))
    minors = [(f1[i] * f2[0] - f1[0] * f2[i]) % PRIME for i in range(3)]
    b = [5, 7, -7 * minors[1] * pow(minors[2], -1, PRIME) % PRIME]
    network = lf.Network.from_layers([([[1, b[0]], [0, b[1]], [0, b[2]]], None), ([[1], [1]], None)])
    assert lump_layers(network.graph) is None
    state = by_layers(network.graph)
    reference = lump_by_reference(network.graph)
    assert state.class_of.tolist() == reference.class_of.tolist() == [0, 1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("power", [31, 32, 33, 48, 61])
def test_products_at_the_bound_of_64_bits_do_not_wrap(power):
    """Sums that equal ``2^power`` times the first node's modulo 2^64 are not proportional to them."""
    rest = 1 << (64 - power)
    first, second = [rest + 1, 3 * rest + 1, 1], [1 << power] * 3
    first = [v if v < 1 << 62 else 1 for v in first]
    weights = SparseWeights.from_dense([[0, 0, *first], [0, 0, *second], *([[0] * 5] * 3)])
    numerators = weights.values.numerators()
    assert numerators is not None
    assert proved_ratios(weights, numerators, Partition([0, 0, 1, 2, 3]), own=True) is None
    start = Partition([0, 0, 1, 2, 3])
    assert by_directions(weights, start, own=True)[:2] == refine_directions(weights, start, own=True)


def test_a_ratio_of_two_to_the_32_that_only_wraps_is_no_ratio():
    """Class sums of a chain whose third state looks like 2^32 times the fourth in wrapping arithmetic."""
    chain = lf.MarkovChain(
        [
            [0, 0, 0, 1, 0],
            [0, 0, 0, 1, 0],
            [0, 0, 0, 1, 0],
            [2289758734647297, 236609748336641, 323898915608854529, 0, 0],
            [1 << 32, 1 << 32, 1 << 32, 0, 0],
        ],
        kind="ctmc",
        labels={"a": [0], "b": [1], "c": [2]},
    )
    assert lf.lump(chain, kind="proportional").partition.count == 5


@given(order=st.permutations(range(200)), ratio=st.sampled_from([1, 2, 3]))
def test_zero_sums_in_long_rows_do_not_overflow(order, ratio):
    """Two nodes with the same sums over 200 classes, met in another order: what is added up stays below 2^128.

    Sums are -1 (the largest residue), but 0 by cancellation wherever node 0 has added up 32 products.
    """
    classes = len(order)
    n, entries = 2 + 4 * classes, []
    for node, sequence in ((0, range(classes)), (1, order)):
        for place, c in enumerate(sequence):
            column = 2 + 2 * classes * node + 2 * place
            cancels = c % 32 == 31
            entries += [(node, column, -(ratio**node), c), (node, column + 1, ratio**node, c)][: 1 + cancels]
    rows, columns, values, targets = zip(*entries, strict=True)
    label = np.arange(n) + classes + 1
    label[[0, 1]] = classes
    label[list(columns)] = targets
    weights, start = SparseWeights.from_coo(rows, columns, list(values), (n, n)), Partition(label)
    partition, ratios, how = by_directions(weights, start, own=True)
    assert partition == start
    assert ratios[1] == ratio
    assert "primitive" in how


def test_the_proof_looks_at_the_start_and_at_the_number_of_classes():
    weights = SparseWeights.from_coo([], [], [], (4, 4))  # every partition is a lumping of no edges
    start = Partition([0, 0, 1, 1])
    assert prove_all([weights], start, start, {}) is not None
    assert prove_all([weights], Partition([0, 0, 0, 0]), start, {}) is None  # does not refine the start
    for class_of, count, right in (([0, 0, 0, 0], 1, True), ([0, 0, 0, 0], 2, False), ([1, 0, 1, 0], 2, False)):
        claimed = Partition.trusted(np.array(class_of, np.int32), count)
        assert (prove_all([weights], claimed, Partition.trivial(4), {}) is not None) == right
    assert not refines_start(Partition([0, 1]), Partition([0, 1, 1]))
    for class_of, count, where in (
        ([0, 0, 1, 2], 3, -1),
        ([0, 1, 3, 2], 4, 2),
        ([0, -1, 1, 1], 2, 1),
        ([0, 1, 2, 2], 2, 2),
        ([0, 1, 1, 1], 2, 2),
        ([0, 0, 1, 1], 3, 4),
    ):
        first, others = np.empty(count, np.int64), np.array([0, 0, 1, 1], np.int32)
        assert first_flaw(np.array(class_of, np.int32), count, others, first) == where


def test_a_wrong_number_of_classes_from_the_kernels_does_not_come_through(monkeypatch):
    """Kernels that claim a class too many, twice: the reference computes the answer."""
    honest = engine.refine_residues

    def boasting(*arguments):
        partition = honest(*arguments)
        return Partition.trusted(partition.class_of.copy(), partition.count + 1)

    monkeypatch.setattr(engine, "refine_residues", boasting)
    weights = SparseWeights.from_dense([[0, 1, 1], [0, 0, 0], [0, 0, 0]])
    assert by_kernels([weights], Partition([0, 0, 0]), {})[0] == Partition([0, 1, 1])


def test_more_nodes_or_edges_than_the_work_list_can_number_are_for_rounds(monkeypatch):
    n = 400  # a path: rounds alone take 400 of them, the work list takes over early
    weights = SparseWeights.from_coo(range(n - 1), range(1, n), [1] * (n - 1), (n, n))
    start = Partition([0] * (n - 1) + [1])
    monkeypatch.setattr("lumpform.lumping.worklist.refine_from", None)  # must not be called
    for limits in (WorkListLimits(nodes=10), WorkListLimits(edges=10)):
        assert by_kernels([weights], start, {}, limits)[0].count == n
    with pytest.raises(TypeError):
        by_kernels([weights], start, {})


def near_moduli(choice: random.Random) -> tuple[SparseWeights, Partition]:
    """A small matrix of weights near the bounds of integers and near the moduli, and a start."""
    n = choice.randint(2, 7)
    pool = choice.sample(NEAR + SQUARES, 3)
    if choice.random() < 0.5:  # differences that vanish modulo one of the moduli
        pool += [pool[0] + choice.choice([PRIME, WORD, PRIMES[1], PRIME * WORD])]
    if choice.random() < 0.3:
        pool = [Fraction(v, choice.choice([1, 3, PRIME, WORD])) for v in pool]
    pool += [-v for v in pool] if choice.random() < 0.3 else []
    edges = [(s, t) for s in range(n) for t in range(n) if choice.random() < 0.5]
    values = [choice.choice(pool) for _ in edges]
    weights = SparseWeights.from_coo([s for s, _ in edges], [t for _, t in edges], values, (n, n))
    return weights, Partition([choice.randrange(2) for _ in range(n)])


def check_near_moduli(seed: int) -> None:
    """Kernels and reference agree on one random matrix, for sums out of nodes, into nodes, both, and directions."""
    choice = random.Random(seed)
    weights, start = near_moduli(choice)
    turned = weights.transpose()
    matrices = choice.choice([[weights], [turned], [weights, turned]])
    assert by_kernels(matrices, start, {})[0] == refine(matrices, start), seed
    if seed % 4 == 0:
        own = choice.random() < 0.5
        assert by_directions(weights, start, own=own)[:2] == refine_directions(weights, start, own=own), seed


@pytest.mark.medium
def test_chains_near_the_moduli():
    for seed in range(1_000):
        check_near_moduli(seed)


@pytest.mark.slow
def test_a_hundred_thousand_chains_near_the_moduli():
    for seed in range(1_000, 101_000):
        check_near_moduli(seed)
