"""Families of chains: sizes by formula, exact rows, known numbers of classes, and naive constructions in Fractions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from math import comb, gcd
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumpform.chains import families
from lumpform.chains.chain import MarkovChain
from lumpform.chains.families import FAMILIES, GROWTH, sized
from lumpform.chains.families.edges import EdgeList
from lumpform.errors import OptionError
from lumpform.graph.partition import Partition

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "chains"
SMALL = [(name, f.smallest + k * f.step) for name, f in FAMILIES.items() for k in range(3)]


def classes(chain: MarkovChain, respect: tuple[str, ...] = ("labels",)) -> Partition:
    """The coarsest ordinary lumping by plain signature refinement in Fractions (rate semantics)."""
    rows = [chain.weights.row(s) for s in range(chain.states)]
    partition = chain.respected(respect)
    while True:
        signatures: dict[Any, int] = {}
        labels = []
        for state, row in enumerate(rows):
            sums: dict[int, Fraction] = {}
            for target, value in row:
                c = partition.class_at(target)
                sums[c] = sums.get(c, Fraction(0)) + value
            key = (partition.class_at(state), frozenset(sums.items()))
            labels.append(signatures.setdefault(key, len(signatures)))
        if len(signatures) == partition.count:
            return partition
        partition = Partition(labels)


@pytest.mark.parametrize(("name", "parameter"), SMALL)
def test_sizes_and_rows(name: str, parameter: int) -> None:
    family = FAMILIES[name]
    chain = family.build(parameter)
    assert chain.transitions == family.transitions(parameter)
    assert chain.labels
    assert chain.initial is not None
    assert set(chain.weights.row_of_entries().tolist()) == set(range(chain.states)), "a state without transitions"
    assert all(v > 0 for v in chain.weights.values.fractions())
    if chain.kind == "dtmc":
        assert chain.weights.row_sums().fractions() == [Fraction(1)] * chain.states


@pytest.mark.parametrize("name", FAMILIES)
def test_transitions_increase(name: str) -> None:
    family = FAMILIES[name]
    counts = [family.transitions(family.smallest + k * family.step) for k in range(20)]
    assert counts == sorted(set(counts))


@given(st.sampled_from(sorted(FAMILIES)), st.integers(min_value=1, max_value=10**7))
def test_nearest_is_nearest(name: str, wished: int) -> None:
    family = FAMILIES[name]
    best = family.nearest(wished)
    assert best >= family.smallest
    assert (best - family.smallest) % family.step == 0

    def off(parameter: int) -> Fraction:
        count = family.transitions(parameter)
        return max(Fraction(count, wished), Fraction(wished, count))

    assert off(best) <= off(best + family.step)
    if best > family.smallest:
        assert off(best) <= off(best - family.step)


@pytest.mark.parametrize("name", FAMILIES)
def test_sized(name: str) -> None:
    assert 1000 / 3 <= sized(name, 1000).transitions <= 3000


def test_growth_families_exist() -> None:
    assert len(GROWTH) == 4
    assert set(GROWTH) <= set(FAMILIES)


@given(st.integers(1, 4), st.integers(2, 4))
@settings(max_examples=12, deadline=None)
def test_symmetric_processes_merge_to_multisets(k: int, m: int) -> None:
    chain = families.symmetric_processes(k, m)
    digits = list(product(range(m), repeat=k))  # the last digit is the lowest: state number = value in base m
    multisets = Partition([sorted({tuple(sorted(d)) for d in digits}).index(tuple(sorted(d))) for d in digits])
    assert multisets.count == comb(k + m - 1, m - 1)
    assert classes(chain) == multisets


@given(st.integers(3, 9))
@settings(deadline=None)
def test_grid_walk_keeps_eight_symmetries(n: int) -> None:
    h = n // 2 + 1
    expected = h * (h + 1) // 2 if n != 4 else 5  # the 4 x 4 torus is a cube of dimension 4
    assert classes(families.grid_walk(n)).count == expected


@given(st.integers(2, 40))
@settings(deadline=None)
def test_gambler_folds_only_a_fair_game(n: int) -> None:
    found = classes(families.gambler(n))
    assert found == Partition([min(i, n - i) for i in range(n + 1)])
    # In an unfair game only the ends, which look alike, merge.
    assert classes(families.gambler(n, "1/3")).count == n


@given(st.integers(1, 6), st.integers(0, 3))
@settings(deadline=None)
def test_brp_merges_time_outs(frames: int, retries: int) -> None:
    assert classes(families.brp(frames, retries)).count == frames * (3 * retries + 2) + 3


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7])
def test_cluster_sides_can_be_exchanged(n: int) -> None:
    chain = families.workstation_cluster(n)
    found = classes(chain)
    width = n + 1
    for state in range(chain.states):
        rest, right = divmod(state, width)
        switches, left = divmod(rest, width)
        mirrored = (switches & 4) | (switches & 1) << 1 | (switches >> 1 & 1)
        assert found.class_at(state) == found.class_at((mirrored * width + right) * width + left)
    threshold = -(-3 * n // 4)
    assert found.count == 2 * (n + 1) * (2 * n + 3) - threshold * (threshold - 1)


@pytest.mark.parametrize("name", ["birth_death", "tandem"])
@pytest.mark.parametrize("parameter", [2, 3, 7])
def test_nothing_merges(name: str, parameter: int) -> None:
    chain = FAMILIES[name].build(parameter)
    assert classes(chain).count == chain.states


def bracelets(n: int) -> int:
    """Binary bracelets of odd length n: words up to turning and reflecting."""
    turns = sum(2 ** gcd(i, n) for i in range(n)) // n
    return (turns + 2 ** ((n + 1) // 2)) // 2


@pytest.mark.parametrize("n", [5, 7, 9])
def test_herman_merges_to_bracelets(n: int) -> None:
    # An odd number of tokens on the ring: half of all bracelets, by exchanging token and no token.
    assert classes(families.herman(n)).count == bracelets(n) // 2


def test_complete_has_two_classes() -> None:
    assert [classes(families.complete(n)).count for n in (2, 5, 12)] == [2, 2, 2]


@given(st.integers(4, 30), st.integers(2, 5), st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_random_lumpable_is_lumpable(count: int, copies: int, seed: int) -> None:
    chain = families.random_lumpable(count, copies, degree=3, seed=seed)
    assert chain.states == count * copies
    assert chain == families.random_lumpable(count, copies, degree=3, seed=seed)
    assert classes(chain).count <= count


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_random_lumpable_is_as_a_rule_no_coarser(seed: int) -> None:
    found = classes(families.random_lumpable(40, 3, 4, seed))
    assert found.count == 40
    assert found.sizes.tolist() == [3] * 40


def as_pairs(chain: MarkovChain) -> dict[tuple[int, int], Fraction]:
    return {(s, t): v for s in range(chain.states) for t, v in chain.weights.row(s)}


def collected(items: Iterator[tuple[int, int, Fraction]]) -> dict[tuple[int, int], Fraction]:
    total: Counter[tuple[int, int]] = Counter()
    for source, target, value in items:
        total[source, target] += value  # type: ignore[assignment]
    return dict(total)  # type: ignore[arg-type]


@pytest.mark.parametrize("n", [3, 5])
def test_herman_by_definition(n: int) -> None:
    def edges() -> Iterator[tuple[int, int, Fraction]]:
        for bits in product((0, 1), repeat=n):
            choices = [(0, 1) if bits[i] == bits[i - 1] else (bits[i - 1],) for i in range(n)]
            probability = Fraction(1)
            for c in choices:
                probability /= len(c)
            for target in product(*choices):
                yield number(bits), number(target), probability

    def number(bits: tuple[int, ...]) -> int:
        return sum(b << i for i, b in enumerate(bits))

    assert as_pairs(families.herman(n)) == collected(edges())


@pytest.mark.parametrize("count", [2, 3])
def test_polling_by_definition(count: int) -> None:
    polls = [(s, False, jobs) for s in range(count) for jobs in range(2**count)]
    serves = [(s, True, jobs) for s, _, jobs in polls if jobs >> s & 1]
    number = {state: i for i, state in enumerate([*polls, *serves])}

    def edges() -> Iterator[tuple[int, int, Fraction]]:
        for (s, serving, jobs), source in number.items():
            for k in range(count):
                if not jobs >> k & 1:
                    yield source, number[s, serving, jobs | 1 << k], Fraction(1, count)
            onward = (s + 1) % count
            if serving:
                yield source, number[onward, False, jobs & ~(1 << s)], Fraction(1)
            elif jobs >> s & 1:
                yield source, number[s, True, jobs], Fraction(200)
            else:
                yield source, number[onward, False, jobs], Fraction(200)

    assert as_pairs(families.polling(count)) == collected(edges())


@pytest.mark.parametrize("c", [1, 2, 3])
def test_tandem_by_definition(c: int) -> None:
    fronts = [(0, 1), *((k, ph) for k in range(1, c + 1) for ph in (1, 2))]
    number = {(k, ph, second): i for i, ((k, ph), second) in enumerate(product(fronts, range(c + 1)))}

    def edges() -> Iterator[tuple[int, int, Fraction]]:
        for (k, ph, second), source in number.items():
            if k < c:
                yield source, number[k + 1, ph, second], Fraction(4 * c)
            if second > 0:
                yield source, number[k, ph, second - 1], Fraction(4)
            if k > 0 and ph == 1:
                yield source, number[k, 2, second], Fraction(1, 5)
            if k > 0 and second < c:
                yield source, number[k - 1, 1, second + 1], Fraction(9, 5) if ph == 1 else Fraction(2)

    assert as_pairs(families.tandem(c)) == collected(edges())


def test_values_of_the_others() -> None:
    assert as_pairs(families.gambler(2, "1/3")) == {
        (0, 0): Fraction(1), (1, 0): Fraction(2, 3), (1, 2): Fraction(1, 3), (2, 2): Fraction(1)
    }  # fmt: skip
    assert as_pairs(families.birth_death(3, "0.1", 2)) == {
        (0, 1): Fraction(1, 10), (1, 0): Fraction(2), (1, 2): Fraction(1, 10), (2, 1): Fraction(2)
    }  # fmt: skip
    one = as_pairs(families.brp(1, 0))
    assert one == {
        (0, 1): Fraction(49, 50), (0, 2): Fraction(1, 50), (1, 4): Fraction(99, 100), (1, 3): Fraction(1, 100),
        (2, 5): Fraction(1), (3, 5): Fraction(1), (4, 4): Fraction(1), (5, 5): Fraction(1),
    }  # fmt: skip
    cluster = families.workstation_cluster(1)
    top = cluster.states - 1
    assert dict(cluster.weights.row(top)) == {
        top - 1: Fraction(1, 500), top - 2: Fraction(1, 500), top - 4: Fraction(1, 4000),
        top - 8: Fraction(1, 4000), top - 16: Fraction(1, 5000),
    }  # fmt: skip


def test_same_size_and_values_as_the_published_models() -> None:
    if not DATA.is_dir():
        pytest.skip("the folder of benchmark chains is not beside the project")
    ours = {"tandem_c31": families.tandem(31), "herman_11": families.herman(11), "polling_8": families.polling(8)}
    for name, chain in ours.items():
        with np.load(DATA / f"{name}.npz", allow_pickle=False) as arrays:
            assert chain.states == len(arrays["indptr"]) - 1
            assert chain.transitions == len(arrays["indices"])
            table = [Fraction(int(a), int(b)) for a, b in zip(arrays["val_num"], arrays["val_den"], strict=True)]
            exact = Counter(table[i] for i in arrays["val_index"].tolist())
        assert Counter(chain.weights.values.fractions()) == exact


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: families.tandem(0), "capacity is 0"),
        (lambda: families.herman(4), "odd number"),
        (lambda: families.herman(41), "a chain of"),
        (lambda: families.polling(30), "a chain of"),
        (lambda: families.polling(10**9), "stations is"),
        (lambda: families.gambler(5, 1), "p is 1"),
        (lambda: families.birth_death(True), "n is True"),
        (lambda: families.birth_death(2.5), "n is 2.5"),  # type: ignore[arg-type]
        (lambda: families.symmetric_processes(60, 2), "a chain of"),
        (lambda: families.random_lumpable(3, 2, 4), "degree is 4"),
        (lambda: families.brp(10**9, 10**9), "a chain of"),
        (lambda: sized("no such", 10), "no family 'no such'"),
        (lambda: sized("tandem", 0), "transitions is 0"),
    ],
)
def test_bad_parameters(call: Any, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        call()


def test_edges_add_parallel_transitions() -> None:
    edges = EdgeList(2)
    edges.add([0, 0], [1, 1], Fraction(1, 3))
    edges.add_coded([0, 1], [1, 0], [1, 0], [Fraction(2), Fraction(1, 3)])  # table entry 1 occurs in both groups
    assert edges.weights().to_fractions() == [[0, Fraction(1)], [Fraction(2), 0]]
