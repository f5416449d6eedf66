"""Defines partitions of {0, ..., n-1}: equivalence relations on the nodes of a graph.

A `Partition` is frozen and in canonical form: classes are numbered by their first member, so two equal partitions
have equal arrays. The partitions of a set form a lattice under refinement; `meet` (``&``) is the coarsest common
refinement, `join` (``|``) the finest common coarsening, and ``p <= q`` says that p refines q.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from lumpform.display.html import FEW, few, table
from lumpform.display.tables import frame
from lumpform.display.words import counted

INTEGERS = {"i", "u", "b"}
"""NumPy's letters for integers and truth values."""


def canonical(labels: NDArray[Any]) -> tuple[NDArray[np.int32], int]:
    """Renumber integer labels by first occurrence: the array and the number of classes. O(n) for small labels.

    Labels may be any integers; equal labels mean the same class.
    """
    n = len(labels)
    if n == 0:
        return np.zeros(0, dtype=np.int32), 0
    if labels.dtype == np.uint8:
        return _canonical_bytes(labels)
    low, high = int(labels.min()), int(labels.max())
    if low >= 0 and high < 256:
        return _canonical_bytes(labels.astype(np.uint8))
    if low < 0 or high >= 4 * n + 1024:
        labels = np.unique(labels, return_inverse=True)[1]
        high = int(labels.max())
    first = np.full(high + 1, n)
    first[labels[::-1]] = np.arange(n - 1, -1, -1)
    present = np.flatnonzero(first < n)
    order = present[np.argsort(first[present])]
    renumber = np.zeros(high + 1, dtype=np.int32)
    renumber[order] = np.arange(len(order))
    return renumber[labels], len(order)


def _canonical_bytes(labels: NDArray[np.uint8]) -> tuple[NDArray[np.int32], int]:
    """Do as `canonical` for one byte per member: one pass to find the labels, one to translate them."""
    text = labels.tobytes()
    first = sorted((text.index(label), label) for label in np.flatnonzero(np.bincount(labels)).tolist())
    order = {label: index for index, (_, label) in enumerate(first)}
    if any(label != index for label, index in order.items()):
        text = text.translate(bytes(order.get(label, 0) for label in range(256)))
    return np.frombuffer(text, dtype=np.uint8).astype(np.int32), len(order)


class Partition:
    """Holds an equivalence relation on {0, ..., n-1}.

    As a sequence it is one class number per member: ``partition[i]`` is the class of member i, ``list(partition)`` has
    them all, and NumPy takes it as ``class_of``. The classes themselves are `classes` and `members`.

    Parameters
    ----------
    labels : (n,) sequence of int
        Members with equal labels are in one class. Renumbered canonically.

    Attributes
    ----------
    class_of : (n,) int32 array, read-only
        The class of every member; classes are numbered in the order of their first members.
    count : int
        Number of classes.
    """

    __slots__ = ("__dict__", "class_of", "count")

    class_of: NDArray[np.int32]
    count: int

    def __init__(self, labels: Sequence[int] | NDArray[Any]) -> None:
        array = np.asarray(labels)
        if array.ndim != 1 or (array.size and array.dtype.kind not in INTEGERS):
            raise ValueError("a partition is given by one integer per member")
        class_of, count = canonical(array.astype(np.uint8) if array.dtype.kind == "b" else array)
        class_of.setflags(write=False)
        object.__setattr__(self, "class_of", class_of)
        object.__setattr__(self, "count", count)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Partition is frozen")

    @classmethod
    def trusted(cls, class_of: NDArray[np.int32], count: int) -> Partition:
        """Return a partition from an array that is canonical already; not checked (see `check`), not copied."""
        partition = cls.__new__(cls)
        class_of.setflags(write=False)
        object.__setattr__(partition, "class_of", class_of)
        object.__setattr__(partition, "count", count)
        return partition

    @classmethod
    def from_class_of(cls, class_of: Sequence[int] | NDArray[Any]) -> Partition:
        """Return the partition in which i and j are together if and only if ``class_of[i] == class_of[j]``."""
        return cls(class_of)

    @classmethod
    def from_classes(cls, classes: Iterable[Iterable[int]], n: int) -> Partition:
        """Return the partition of {0, ..., n-1} with the given classes; members not named are singletons.

        Raises
        ------
        ValueError
            If a member is named twice or lies outside the range.
        """
        labels = np.arange(n)  # each alone; the classes that are given have numbers behind
        named: set[int] = set()
        for index, members in enumerate(classes, start=n):
            for member in members:
                if not 0 <= member < n:
                    raise ValueError(f"member {member} is outside 0..{n - 1}")
                if member in named:
                    raise ValueError(f"member {member} is in two classes")
                named.add(member)
                labels[member] = index
        return cls(labels)

    @classmethod
    def trivial(cls, n: int) -> Partition:
        """Put all of {0, ..., n-1} into one class (the top of the lattice)."""
        return cls(np.zeros(n, dtype=np.int64))

    @classmethod
    def discrete(cls, n: int) -> Partition:
        """Leave every member alone (the bottom of the lattice)."""
        return cls(np.arange(n))

    def __len__(self) -> int:
        return len(self.class_of)

    def __iter__(self) -> Iterator[int]:
        return iter(self.class_of.tolist())

    @overload
    def __getitem__(self, member: int) -> int: ...

    @overload
    def __getitem__(self, member: slice) -> list[int]: ...

    def __getitem__(self, member: int | slice) -> int | list[int]:
        """Return the class of a member, or a list of classes for a slice of members."""
        return self.class_of[member].tolist()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self.class_of if dtype is None and not copy else np.array(self.class_of, dtype=dtype)

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """Return the number of members of every class."""
        return np.bincount(self.class_of).astype(np.int64)

    @cached_property
    def representatives(self) -> NDArray[np.int64]:
        """Return the smallest member of every class, increasing."""
        first = np.zeros(self.count, dtype=np.int64)
        first[self.class_of[::-1]] = np.arange(len(self) - 1, -1, -1)
        return first

    @cached_property
    def _by_class(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        order = np.argsort(self.class_of, kind="stable").astype(np.int64)
        return order, np.concatenate(([0], np.cumsum(self.sizes)))

    def members(self, index: int) -> NDArray[np.int64]:
        """Return the members of class `index`, increasing."""
        if not 0 <= index < self.count:
            raise IndexError(f"class {index} is outside 0..{self.count - 1}")
        order, start = self._by_class
        return order[start[index] : start[index + 1]]

    def classes(self) -> list[list[int]]:
        """Return all classes as lists of members, in canonical order."""
        return [self.members(c).tolist() for c in range(self.count)]

    def to_frame(self, names: Sequence[str] | None = None) -> Any:
        """Return a `pandas.DataFrame` with a row per member: its class, and the size of that class.

        Parameters
        ----------
        names : (n,) sequence of str, optional
            What the rows are called; by default their numbers.

        Raises
        ------
        MissingExtra
            If pandas is not installed.
        ValueError
            If there are more or fewer names than members.
        """
        return frame({"class": self.class_of.copy(), "size": self.sizes[self.class_of]}, names)

    def meet(self, other: Partition) -> Partition:
        """Return the coarsest partition that refines both. O(n)."""
        self._same_length(other)
        return Partition(self.class_of.astype(np.int64) * other.count + other.class_of)

    def join(self, other: Partition) -> Partition:
        """Return the finest partition that both refine: the transitive closure of the union. O(n log n)."""
        self._same_length(other)
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        total = self.count + other.count
        edges = (np.ones(len(self)), (self.class_of, self.count + other.class_of.astype(np.int64)))
        components = connected_components(coo_array(edges, shape=(total, total)))[1]
        return Partition(components[self.class_of])

    __and__ = meet
    __or__ = join

    def refines(self, other: Partition) -> bool:
        """Tell whether every class of this partition lies inside a class of `other`."""
        self._same_length(other)
        return bool((other.class_of == other.class_of[self.representatives][self.class_of]).all())

    __le__ = refines

    def __ge__(self, other: Partition) -> bool:
        return other.refines(self)

    def __lt__(self, other: Partition) -> bool:
        return self.refines(other) and self != other

    def __gt__(self, other: Partition) -> bool:
        return other < self

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Partition):
            return NotImplemented
        return bool(np.array_equal(self.class_of, other.class_of))

    def __hash__(self) -> int:
        return hash(self.class_of.tobytes())

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what pickle and copy keep: the array and the count; the frozen object is made anew, not filled in."""
        return Partition.trusted, (self.class_of, self.count)

    def class_at(self, member: int) -> int:
        """Return the class of one member."""
        return int(self.class_of[member])

    def lift(self, per_class: NDArray[Any] | Sequence[Any]) -> Any:
        """Turn a function on classes into a function on members: entry i is ``per_class[class_of[i]]``."""
        if isinstance(per_class, np.ndarray):
            return per_class[self.class_of]
        return [per_class[c] for c in self.class_of.tolist()]

    def push(self, per_member: NDArray[Any] | Sequence[Any]) -> Any:
        """Turn a distribution on members into a distribution on classes: sums within classes, exact for exact input."""
        if len(per_member) != len(self):
            raise ValueError(f"{counted(len(per_member), 'value')} for {counted(len(self), 'member')}")
        if isinstance(per_member, np.ndarray) and per_member.dtype.kind == "f":
            return np.bincount(self.class_of, weights=per_member)
        sums: list[Any] = [0] * self.count
        for c, value in zip(self.class_of.tolist(), per_member, strict=True):
            sums[c] = sums[c] + value
        return sums

    def check(self) -> None:
        """Raise `ValueError` if a representation invariant is broken (there is no way to break one from outside)."""
        class_of = self.class_of
        if class_of.dtype != np.int32 or class_of.flags.writeable:
            raise ValueError("class_of must be a read-only int32 array")
        expected = 0
        for c in class_of.tolist():
            if c > expected or c < 0:
                raise ValueError(f"class {c} appears before class {expected}")
            expected = max(expected, c + 1)
        if expected != self.count:
            raise ValueError(f"count is {self.count}, the array has {counted(expected, 'class')}")

    def _repr_html_(self) -> str:
        sizes, title = self.sizes.tolist(), f"Partition of {len(self):,} into {counted(self.count, 'class')}"
        rows = ((c, size, few(self.members(c)[:FEW].tolist(), size)) for c, size in enumerate(sizes))
        return table(title, rows, ("class", "size", "members"), self.count)

    def _same_length(self, other: Partition) -> None:
        if len(self) != len(other):
            raise ValueError(f"partitions of {len(self)} and of {counted(len(other), 'member')}")

    def __repr__(self) -> str:
        if len(self) <= 24:
            return f"Partition({self.class_of.tolist()})"
        return f"<Partition of {len(self):,} into {counted(self.count, 'class')}>"
