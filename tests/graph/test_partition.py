"""Partitions: canonical form, the lattice laws, and a state machine against plain Python sets."""

import re
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from lumpform.errors import MissingExtra
from lumpform.graph.carried import names_of_classes
from lumpform.graph.partition import Partition, canonical

labellings = st.integers(0, 9).flatmap(lambda n: st.lists(st.integers(-3, 6), min_size=n, max_size=n))


def partitions_of(n):
    return st.lists(st.integers(0, max(n - 1, 0)), min_size=n, max_size=n).map(Partition)


pairs = st.integers(0, 8).flatmap(lambda n: st.tuples(partitions_of(n), partitions_of(n), partitions_of(n)))


@given(labellings)
def test_canonical_form(labels):
    p = Partition(labels)
    p.check()
    assert [[labels[i] == labels[j] for j in range(len(labels))] for i in range(len(labels))] == [
        [p.class_of[i] == p.class_of[j] for j in range(len(labels))] for i in range(len(labels))
    ]
    assert Partition(p.class_of) == p
    assert hash(Partition(p.class_of)) == hash(p)


@given(st.lists(st.sampled_from([-(10**15), 7, 10**15, 2**62]), max_size=6))
def test_labels_may_be_any_integers(labels):
    p = Partition(np.array(labels, dtype=np.int64))
    p.check()
    assert p.count == len(set(labels))


@given(labellings)
def test_members_sizes_and_representatives_agree(labels):
    p = Partition(labels)
    classes = p.classes()
    assert sorted(v for c in classes for v in c) == list(range(len(labels)))
    assert [len(c) for c in classes] == p.sizes.tolist()
    assert [c[0] for c in classes] == p.representatives.tolist()
    assert Partition.from_classes(classes, len(labels)) == p
    assert all(p.class_at(v) == i for i, c in enumerate(classes) for v in c)


@given(pairs)
def test_meet_and_join_are_the_lattice_of_refinement(triple):
    p, q, r = triple
    meet, join = p & q, p | q
    assert meet <= p <= join
    assert meet <= q <= join
    assert (p <= q) == (meet == p) == (join == q)
    assert (r <= p and r <= q) == (r <= meet)
    assert (p <= r and q <= r) == (join <= r)
    assert p & (p | q) == p == p | (p & q)
    assert Partition.discrete(len(p)) <= p <= Partition.trivial(len(p))
    assert (p < q) == (p <= q and p != q) == (q > p)
    assert (p >= q) == (q <= p)


@given(pairs, st.data())
def test_lift_and_push_are_adjoint(triple, data):
    p = triple[0]
    mass = data.draw(st.lists(st.fractions(max_denominator=9), min_size=len(p), max_size=len(p)))
    value = data.draw(st.lists(st.fractions(max_denominator=9), min_size=p.count, max_size=p.count))
    assert sum(a * b for a, b in zip(p.push(mass), value, strict=True)) == sum(
        a * b for a, b in zip(mass, p.lift(value), strict=True)
    )
    assert p.lift(np.arange(p.count)).tolist() == p.class_of.tolist()
    assert p.push(np.ones(len(p))).tolist() == p.sizes.tolist()


class PartitionMachine(RuleBasedStateMachine):
    """Merge and split against a list of sets."""

    @initialize(n=st.integers(1, 8))
    def start(self, n):
        self.n = n
        self.partition = Partition.discrete(n)
        self.model = [{i} for i in range(n)]

    @rule(data=st.data())
    def merge(self, data):
        a, b = data.draw(st.integers(0, self.n - 1)), data.draw(st.integers(0, self.n - 1))
        self.partition |= Partition.from_classes([{a, b}], self.n)
        left = next(c for c in self.model if a in c)
        right = next(c for c in self.model if b in c)
        self.model = [c for c in self.model if c is not left and c is not right] + [left | right]

    @rule(data=st.data())
    def split(self, data):
        inside = set(data.draw(st.lists(st.integers(0, self.n - 1))))
        self.partition &= Partition([int(i in inside) for i in range(self.n)])
        self.model = [part for c in self.model for part in (c & inside, c - inside) if part]

    @invariant()
    def same_classes(self):
        if hasattr(self, "partition"):
            self.partition.check()
            assert sorted(map(sorted, self.model)) == sorted(self.partition.classes())


TestPartitionMachine = PartitionMachine.TestCase


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="two classes"):
        Partition.from_classes([[0, 1], [1]], 3)
    with pytest.raises(ValueError, match="outside"):
        Partition.from_classes([[3]], 3)
    with pytest.raises(ValueError, match="one integer per member"):
        Partition([0.5, 1.0])
    with pytest.raises(ValueError, match="partitions of 2 and of 3"):
        Partition([0, 0]) & Partition([0, 0, 0])
    with pytest.raises(IndexError):
        Partition([0]).members(1)
    with pytest.raises(ValueError, match="values for"):
        Partition([0]).push([1, 2])


def test_frozen():
    p = Partition([0, 0])
    with pytest.raises(AttributeError):
        p.count = 3
    with pytest.raises(ValueError, match="read-only"):
        p.class_of[0] = 1


def test_a_broken_invariant_is_found():
    p = Partition([0, 1])
    object.__setattr__(p, "count", 3)
    with pytest.raises(ValueError, match="count"):
        p.check()
    bad = np.array([1, 0], dtype=np.int32)
    bad.flags.writeable = False
    object.__setattr__(p, "class_of", bad)
    with pytest.raises(ValueError, match="appears before"):
        p.check()


def by_first_occurrence(labels):
    seen = list(dict.fromkeys(labels))
    return [seen.index(v) for v in labels], len(seen)


@given(st.lists(st.integers(0, 255), max_size=12), st.sampled_from([np.uint8, np.int16, np.int32, np.int64]))
def test_every_way_to_the_canonical_form_is_the_definition(labels, dtype):
    offset = 0 if dtype == np.uint8 else 100_000 if dtype != np.int16 else -256
    classes, count = canonical(np.array(labels, dtype=np.int64).__add__(offset).astype(dtype))
    assert (classes.tolist(), count) == by_first_occurrence(labels)
    assert classes.dtype == np.int32


@given(st.integers(0, 8).flatmap(lambda n: st.tuples(st.just(n), st.permutations(range(n)), st.integers(0, n))))
def test_members_that_no_class_names_are_alone(case):
    n, order, taken = case
    named = [order[: taken // 2], order[taken // 2 : taken]]
    p = Partition.from_classes([c for c in named if c], n)
    assert sorted(map(len, p.classes())) == sorted([1] * (n - taken) + [len(c) for c in named if c])
    for c in named:
        assert len({p.class_at(v) for v in c}) <= 1


def test_trusted_arrays_are_frozen_too():
    array = np.array([0, 1, 0], dtype=np.int32)
    p = Partition.trusted(array, 2)
    p.check()
    assert not array.flags.writeable
    assert p == Partition([5, 3, 5])


def test_partitions_hash_by_what_they_are():
    assert len({hash(Partition(labels)) for labels in ([0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 2])}) == 4


@given(
    labellings.flatmap(lambda ls: st.tuples(st.just(ls), st.lists(st.floats(0, 9), min_size=len(ls), max_size=len(ls))))
)
def test_floats_are_pushed_as_exact_numbers_are(case):
    labels, values = case
    p = Partition(labels)
    assert np.allclose(p.push(np.array(values, dtype=np.float64)), [float(v) for v in p.push(values)])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Partition([[0, 1]]), "a partition is given by one integer per member"),
        (lambda: Partition([0.5]), "a partition is given by one integer per member"),
        (lambda: Partition(["i"]), "a partition is given by one integer per member"),
        (lambda: Partition.from_classes([[3]], 3), "member 3 is outside 0..2"),
        (lambda: Partition.from_classes([[0, 1], [1]], 3), "member 1 is in two classes"),
        (lambda: Partition([0, 1]).members(2), "class 2 is outside 0..1"),
        (lambda: Partition([0, 1]).push([1]), "1 value for 2 members"),
        (lambda: Partition([0, 1]).meet(Partition([0])), "partitions of 2 and of 1 member"),
        (lambda: Partition.trusted(np.array([0]), 1).check(), "class_of must be a read-only int32 array"),
        (lambda: thawed().check(), "class_of must be a read-only int32 array"),
        (lambda: Partition.trusted(np.array([1, 0], dtype=np.int32), 2).check(), "class 1 appears before class 0"),
        (lambda: Partition.trusted(np.array([0, 0], dtype=np.int32), 2).check(), "count is 2, the array has 1 class"),
    ],
)
def test_the_words_of_refusals(call, message):
    with pytest.raises((ValueError, IndexError), match=f"^{re.escape(message)}$"):
        call()


def thawed():
    p = Partition.trusted(np.array([0], dtype=np.int32), 1)
    p.class_of.flags.writeable = True
    return p


def test_booleans_are_two_labels():
    assert Partition(np.array([True, False, True])) == Partition([0, 1, 0])
    assert Partition.from_class_of([5, 5, 2]) == Partition([0, 0, 1])


def test_short_partitions_show_their_members():
    assert repr(Partition.trivial(24)) == f"Partition({[0] * 24})"
    assert repr(Partition.trivial(25)) == "<Partition of 25 into 1 class>"


@given(st.lists(st.integers(0, 5), max_size=12))
def test_a_partition_is_a_sequence_of_classes(labels: list[int]) -> None:
    partition = Partition(labels)
    classes = partition.class_of.tolist()
    assert list(partition) == classes == np.asarray(partition).tolist() == partition[:]
    assert [partition[i] for i in range(-len(labels), len(labels))] == classes * 2
    assert Partition(list(partition)) == partition
    assert np.array(partition, dtype=float).dtype == float
    with pytest.raises(IndexError):
        partition[len(labels)]


def test_a_table_has_the_class_and_its_size_for_every_member() -> None:
    pandas = pytest.importorskip("pandas", reason="needs pandas, an optional package")
    frame = Partition([4, 4, 7]).to_frame(["a", "b", "c"])
    assert frame.to_dict("index") == {
        "a": {"class": 0, "size": 2},
        "b": {"class": 0, "size": 2},
        "c": {"class": 1, "size": 1},
    }
    assert isinstance(Partition([0]).to_frame(), pandas.DataFrame)
    with pytest.raises(ValueError, match="1 names for 3 rows"):
        Partition([0, 0, 0]).to_frame(["a"])


def test_without_pandas_the_message_is_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtra, match=r"pip install 'lumpform\[pandas\]'"):
        Partition([0]).to_frame()


@given(st.lists(st.integers(0, 3), min_size=1, max_size=12))
def test_classes_are_named_by_their_first_members(labels: list[int]) -> None:
    partition, nodes = Partition(labels), [f"n{i}" for i in range(len(labels))]
    names = names_of_classes(nodes, partition)
    assert names is not None
    assert len(set(names)) == partition.count
    for name, members in zip(names, partition.classes(), strict=True):
        if len(members) == 1:
            assert name == nodes[members[0]]
        else:
            more = f", ... {len(members) - 3} more" if len(members) > 3 else ""
            assert name == "{" + ", ".join(nodes[s] for s in members[:3]) + more + "}"
    assert names_of_classes(None, partition) is None
    assert names_of_classes(["x=0, y=1", "b"], Partition([0, 0])) == ("{(x=0, y=1), b}",)
