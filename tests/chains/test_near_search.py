"""The search for few classes: distances as defined, no near pair is missed, what is kept is within the epsilon said."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sizes import examples

import lumpform as lf
from lumpform import strategies as ls
from lumpform.certificates.format import write_certificate
from lumpform.chains.approximate import approximate_chain
from lumpform.chains.near.budget import least_epsilon
from lumpform.chains.near.grouped import Grouped, summed
from lumpform.chains.near.merge import Merging
from lumpform.chains.near.pairs import candidates, merged_apart, near_pairs
from lumpform.chains.near.search import WAYS
from lumpform.chains.near.split import split
from lumpform.checker import check

pytestmark = pytest.mark.medium
SEEDS = st.integers(0, 2**32)


def random_matrix(rng: np.random.Generator, n: int, generator: bool) -> np.ndarray:
    matrix = rng.integers(0, 6, (n, n)) * (rng.random((n, n)) < rng.random())
    if generator:
        np.fill_diagonal(matrix, 0)
        matrix = matrix / rng.choice([1, 7, 50], (n, 1))
        return matrix - np.diag(matrix.sum(axis=1))
    matrix[np.arange(n), rng.integers(0, n, n)] += 1
    return matrix / matrix.sum(axis=1, keepdims=True)


@settings(max_examples=examples(200), deadline=None)
@given(seed=SEEDS, generator=st.booleans())
def test_pairs_that_are_near_are_all_found(seed, generator):
    """By the definition: both classes as one column, half the sum of absolute differences."""
    rng = np.random.default_rng(seed)
    n, epsilon = int(rng.integers(1, 9)), float(rng.choice([0.01, 0.1, 0.3, 0.6]))
    matrix, start = random_matrix(rng, n, generator), rng.integers(0, 2, n)
    near = set()
    for b in range(n):
        for c in range(b + 1, n):
            merged = matrix[[b, c]].copy()
            merged[:, b] += merged[:, c]
            merged[:, c] = 0
            apart = 0.5 * abs(merged[0] - merged[1]).sum()
            pair = np.array([b]), np.array([c])
            assert merged_apart(csr_array(matrix), *pair)[0] == pytest.approx(apart, abs=1e-12)
            if start[b] == start[c] and apart <= 2 * epsilon:
                near.add((b, c))
    assert near <= set(near_pairs(csr_array(matrix), start, epsilon))
    one, other = candidates(csr_array(matrix), start, 2 * epsilon)
    assert (one < other).all()


@settings(max_examples=examples(200), deadline=None)
@given(seed=SEEDS, generator=st.booleans())
def test_distances_of_many_classes_at_once(seed, generator):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 9))
    matrix, labels = random_matrix(rng, n, generator), np.unique(rng.integers(0, 3, n), return_inverse=True)[1]
    order = np.argsort(labels, kind="stable")
    held = Grouped.of_entries(labels[order], *summed(csr_array(matrix), order, labels))
    sums = matrix[order] @ np.eye(labels.max() + 1)[labels]
    means = np.array([sums[labels[order] == c].mean(axis=0) for c in range(labels.max() + 1)])
    for centres, dense in ((held.means(), means), (held.picked(held.firsts), sums[held.firsts])):
        expected = 0.5 * abs(sums - dense[labels[order]]).sum(axis=1)
        assert held.apart(centres) == pytest.approx(expected, abs=1e-12)
        far = held.farthest(expected)
        assert [expected[labels[order] == c].max() for c in range(labels.max() + 1)] == expected[far].tolist()
    some, kept = held.of(np.arange(labels.max() + 1) > 0)
    assert some.apart(some.means()) == pytest.approx(held.apart(held.means())[kept], abs=1e-12)


@settings(max_examples=examples(60), deadline=None)
@given(seed=SEEDS, generator=st.booleans(), way=st.sampled_from(WAYS))
def test_every_class_has_a_row_within_epsilon_and_no_two_have_one_in_common(seed, generator, way):
    rng = np.random.default_rng(seed)
    n, epsilon = int(rng.integers(2, 9)), float(rng.choice([0.05, 0.1, 0.3]))
    matrix, start = csr_array(random_matrix(rng, n, generator)), rng.integers(0, 2, n)
    start = np.unique(start, return_inverse=True)[1]
    parts = split(matrix, start, epsilon, way, generator=generator)
    assert lf.Partition(parts).refines(lf.Partition(start))
    merged = Merging(matrix, parts, start, epsilon, generator)
    labels = merged.done()
    assert lf.Partition(labels).refines(lf.Partition(start))
    for found in (parts, labels):
        sums = matrix.toarray() @ np.eye(found.max() + 1)[found]
        for c in range(found.max() + 1):
            rows = sums[found == c]
            assert max(0.5 * abs(x - y).sum() for x in rows for y in rows) <= 2 * epsilon * (1 + 1e-6)
    again = Merging(matrix, labels, start, epsilon, generator).done()
    assert again.max() == labels.max()


@settings(max_examples=examples(60), deadline=None)
@given(chain=ls.chains(rewards=False, max_states=6), kind=st.sampled_from(["ordinary", "exact"]), data=st.data())
def test_at_most_so_many_classes_are_kept(chain, kind, data):
    start, exact = chain.start(kind, "generator", approximate_chain(chain, 0, kind=kind).respect), lf.lump(chain, kind)
    least = start.count
    keep = data.draw(st.integers(least, chain.states))
    found = approximate_chain(chain, keep=keep, kind=kind)
    assert found.keep == keep
    assert found.partition.count <= keep
    assert found.partition.refines(start)
    assert found.epsilon == found.distance
    if exact.partition.count <= keep:
        assert found.partition == exact.partition
        assert found.distance == 0
    if least > 1:
        with pytest.raises(lf.OptionError, match=f"keep is {least - 1}, expected at least {least}"):
            approximate_chain(chain, keep=least - 1, kind=kind)


def test_a_number_of_classes_has_the_epsilon_that_separates_them():
    """Three groups of states .001 apart inside, .1 and .2 from each other."""
    rows = [[Fraction(k, 1000), 1 - Fraction(k, 1000)] for k in (100, 101, 200, 201, 400, 401)]
    chain = lf.MarkovChain(
        [[0, 0, 0, 0, 0, 0, p, q] for p, q in rows] + [[0] * 6 + [1, 0], [0] * 7 + [1]],
        labels={"sink": [6], "other": [7]},
    )
    counts = {keep: lf.reduce(chain, keep=keep) for keep in (3, 4, 5, 8)}
    assert {k: f.partition.count for k, f in counts.items()} == {3: 3, 4: 4, 5: 5, 8: 8}
    assert [float(f.distance) for f in counts.values()] == pytest.approx([0.1505, 0.0505, 0.0005, 0])
    assert lf.reduce(chain, keep="0.625").keep == 5


def test_the_bisection_ends_at_the_smallest_epsilon():
    tried: list[float] = []

    def search(epsilon: float) -> float | None:
        tried.append(epsilon)
        return epsilon if epsilon >= 0.0123 else None

    found = least_epsilon(search, 1.0)
    assert found is not None
    assert 0.0123 <= found <= 0.0123 * 1.04
    assert len(tried) < 15
    assert least_epsilon(lambda epsilon: None, 1.0) is None


@pytest.mark.parametrize("keep", ["0", "1.5", "-2", "many"])
def test_numbers_of_classes_that_are_refused(keep):
    with pytest.raises(lf.OptionError, match="keep is"):
        lf.reduce(lf.MarkovChain([[1]]), keep=keep)
    with pytest.raises(lf.OptionError, match="keep and epsilon exclude each other"):
        lf.reduce(lf.MarkovChain([[1]]), keep=1, epsilon=0)  # pyright: ignore
    with pytest.raises(lf.OptionError, match="either epsilon or keep"):
        approximate_chain(lf.MarkovChain([[1]]))


@pytest.mark.parametrize("kind", ["dtmc", "ctmc"])
@pytest.mark.parametrize("budget", [{"epsilon": 0}, {"epsilon": "1/10"}, {"keep": 1}])
def test_a_chain_without_states_has_no_classes(kind, budget, tmp_path):
    chain = lf.MarkovChain([], kind=kind)
    reduced = lf.reduce(chain, **budget)
    assert reduced.model.states == 0
    assert reduced.distance == 0
    model, small, proof = (str(tmp_path / name) for name in ("m.npz", "s.npz", "c.json"))
    lf.write(chain, model)
    lf.write(reduced.model, small)
    write_certificate(reduced.certificate(), proof)
    assert check(model, small, proof).verified
