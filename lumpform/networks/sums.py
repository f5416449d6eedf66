"""Add tensors number by number while a network is read: docs/certificate-networks.md, section 6.3."""

from __future__ import annotations

from math import prod

import numpy as np

from lumpform.networks.builder import Builder
from lumpform.networks.tensor import NOTHING, Index, Tensor, same_batch
from lumpform.networks.with_constants import with_constants


def added(builder: Builder, first: Tensor, second: Tensor, name: str, *, minus: bool = False) -> Tensor:
    """Add two tensors, broadcast; with `minus`, subtract the second. Padding adds nothing."""
    batch = same_batch(first, second)
    a, b = np.broadcast_arrays(first.entries, second.entries)
    shape, a, b = a.shape, a.reshape(-1), b.reshape(-1)
    groups = builder.group_of(a), builder.group_of(b)
    out = np.where(b == NOTHING, a, NOTHING)
    alone = (a == NOTHING) & (b != NOTHING)
    if minus and alone.any():
        out[alone] = with_constants(builder, Tensor(b[alone], False), name, times=np.array(-1)).entries
    else:
        out[alone] = b[alone]
    kinds = len(builder.made)
    pair = np.where((groups[0] < 0) | (groups[1] < 0), -1, groups[0] * kinds + groups[1])
    for key in np.unique(pair[pair >= 0]).tolist():
        mask, (left, right) = pair == key, divmod(key, kinds)
        out[mask] = _PairOfGroups(builder, left, right, a[mask], b[mask], -1 if minus else 1).sum(name)
    return Tensor(out.reshape(shape), batch)


class _PairOfGroups:
    """Make sums of entries of one group and entries of another (or the same)."""

    def __init__(self, builder: Builder, left: int, right: int, a: Index, b: Index, sign: int) -> None:
        self.builder, self.numbers, self.sign = builder, (left, right), sign
        self.left, self.right = builder.made[left], builder.made[right]
        self.a, self.b = a - self.left.base, b - self.right.base
        self.q = prod(self.left.group.shape), prod(self.right.group.shape)

    def sum(self, name: str) -> Index:
        """Make a group of them; returns the entries of the sums."""
        nodes = self.a // self.q[0] * self.right.group.size + self.b // self.q[1]
        places = self.a % self.q[0], self.b % self.q[1]
        q = max(self.q)
        position = places[0] if self.q[0] == q else places[1]
        shapes = self.left.group.shape, self.right.group.shape
        alike = shapes[0] == shapes[1] and np.array_equal(*places)
        distinct = np.unique(nodes)
        if (alike or () in shapes) and len(np.unique(nodes * q + position)) == len(distinct) * q:
            return self.as_maps(name, nodes, distinct, position)
        return self.as_numbers(name)

    def as_maps(self, name: str, nodes: Index, distinct: Index, position: Index) -> Index:
        """Make one node for every pair of nodes, with the shape of the larger of the two."""
        shape = self.left.group.shape or self.right.group.shape
        q, builder = max(self.q), self.builder
        number = builder.group(name, len(distinct), shape)
        made = builder.made[number]
        made.step = ("sum", self.sign)
        for group, q_own, of, sign in (
            (0, self.q[0], distinct // self.right.group.size, 1),
            (1, self.q[1], distinct % self.right.group.size, self.sign),
        ):
            builder.copy(self.numbers[group], number, of, None if sign == 1 else [sign] * len(of))
            places = np.arange(q) if q_own == q else np.zeros(q, dtype=np.int64)
            base = (self.left, self.right)[group].base
            made.origins.append((base + of[:, None] * q_own + places[None, :]).reshape(-1))
        return made.base + np.searchsorted(distinct, nodes) * q + position

    def as_numbers(self, name: str) -> Index:
        """Make one number for every pair of entries."""
        width = self.right.group.size * self.q[1]
        distinct, inverse = np.unique(self.a * width + self.b, return_inverse=True)
        number = self.builder.group(name, len(distinct))
        made = self.builder.made[number]
        made.step = ("sum", self.sign)
        made.origins = [self.left.base + distinct // width, self.right.base + distinct % width]
        self.builder.gather(made.origins[0], number)
        self.builder.gather(made.origins[1], number, None if self.sign == 1 else [self.sign] * len(distinct))
        return made.base + inverse.reshape(-1)
