"""Draws networks that are lumpable by construction: small ones whose neurons are split, the structure hidden.

Splitting a neuron u into copies i with ratios d(i) gives each copy d(i) times its value; what a reader took from u it
takes from the copies in shares that add up to one, divided by d(i). Whatever the shares are, the weighted sums come out
right. An identity arrow (a residual sum, pooling) stays the identity if both of its ends are split alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from lumpform.graph.graph import Group
from lumpform.graph.partition import Partition
from lumpform.networks.functions import RELU
from lumpform.networks.network import ONE, Network
from lumpform.strategies.networks import (
    RATIONAL,
    STRUCTURES,
    NetworkStructure,
    convolutional,
    dense,
    drawn_numbers,
    residual,
)
from lumpform.strategies.sketch import Matrix, Sketch
from lumpform.strategies.weights import require

RATIOS = [Fraction(1), Fraction(2), Fraction(1, 3), Fraction(5, 4)]

Copies = list[tuple[int, Fraction]]
"""For every node of a large group: the node of the small one that it copies, and its ratio; -1 for a dead neuron."""


class LumpableNetwork(NamedTuple):
    """Holds a network, a partition of its nodes with scales that lumps it, and the network that it was made from.

    Class 0 is that of the unit node; `scales` are relative to the first node of each class. The values of the nodes of
    `quotient` are those of the first members up to a positive factor for each node.
    """

    network: Network
    partition: Partition
    scales: tuple[Fraction, ...]
    quotient: Network


@st.composite
def lumpable_networks(
    draw: DrawFn,
    *,
    structure: NetworkStructure = "any",
    generic: bool = False,
    max_layers: int = 3,
    max_width: int = 3,
    max_copies: int = 3,
    dead: bool = True,
) -> LumpableNetwork:
    """Draw networks with a planted lumping.

    Parameters
    ----------
    structure : see `networks`
    generic : bool
        Whether the small network has large random weights, so that nothing in it is proportional and the planted
        partition is the coarsest. It has ReLU and at least two neurons in a layer then.
    max_layers, max_width : int
        Of the small network.
    max_copies : int
        Of one neuron.
    dead : bool
        Whether neurons that are never active may be added.

    Notes
    -----
    Shrinks towards the small network itself, without copies. Functions are those with exact values.
    """
    require(structure in STRUCTURES, f"structure is {structure!r}, expected one of {', '.join(STRUCTURES)}")
    require(max_copies >= 1, f"max_copies is {max_copies}, expected at least 1")
    which = draw(st.sampled_from(STRUCTURES[1:])) if structure == "any" else structure
    plan = Plan(draw, max_copies, dead)
    functions = st.just(RELU) if generic else RATIONAL
    least = 2 if generic else 1
    numbers = random_numbers(draw(st.integers(0, 2**32 - 1))) if generic else drawn_numbers(draw)
    if which == "convolutional":
        small = convolutional(draw, functions, numbers, max_width, least)
    else:
        fewest = 3 if which == "dense" else 2
        widths = draw(st.lists(st.integers(least, max_width), min_size=fewest, max_size=max_layers + 1))
        small = (dense if which == "dense" else residual)(draw, functions, numbers, widths, max_width)
    return split(small, plan)


def random_numbers(seed: int) -> Callable[[int, int], Matrix]:
    """Return what makes matrices of large random integers, none of them zero."""
    rng = np.random.default_rng(seed)
    return lambda rows, columns: [
        [Fraction(int(rng.integers(1, 10**6)) * int(rng.choice([-1, 1]))) for _ in range(columns)] for _ in range(rows)
    ]


class Plan:
    """Says how neurons are split, drawn before the network, so that shrinking the one leaves the other alone."""

    def __init__(self, draw: DrawFn, max_copies: int, dead: bool) -> None:
        ratios = st.lists(st.sampled_from(RATIOS), min_size=1, max_size=max_copies)
        self.ratios = iter(draw(st.lists(ratios, max_size=12)))
        self.shares = iter(draw(st.lists(st.integers(-2, 2), max_size=40)))
        self.places = draw(st.lists(st.integers(0, 9), max_size=20))
        self.dead = iter(draw(st.lists(st.booleans(), max_size=4)) if dead else [])

    def share(self) -> Fraction:
        """Return a part that one copy gives; 0 when none is left."""
        return Fraction(next(self.shares, 0))

    def order(self, copies: Copies) -> Copies:
        """Return the copies in another order."""
        places = [*self.places, *[9] * len(copies)]
        return [copy for _, copy in sorted(zip(places, copies, strict=False), key=lambda x: x[0])]


def split(small: Sketch, plan: Plan) -> LumpableNetwork:
    """Split the neurons of a network as a plan says."""
    copies: dict[str, Copies] = {ONE: [(0, Fraction(1))]}
    for group in small.groups:
        tied = next((a.source for a in small.arrows if a.target == group.name and a.tied), None)
        if group.pinned:
            copies[group.name] = [(v, Fraction(1)) for v in range(group.size)]
        else:
            copies[group.name] = _copies(small, group, plan) if tied is None else copies[tied]
    large = Sketch([replace(g, size=len(copies[g.name])) for g in small.groups], layouts=small.layouts)
    for a in small.arrows:
        if a.tied:
            size = len(copies[a.target])
            matrix = [[Fraction(int(i == j and copies[a.target][j][0] >= 0)) for j in range(size)] for i in range(size)]
        else:
            matrix = _spread(plan, a.matrix, copies[a.source], copies[a.target])
        large.arrow(a.source, a.target, matrix, a.operator, tied=a.tied)
    return LumpableNetwork(large.network(), *_planted(small, copies), small.network())


def _copies(small: Sketch, group: Group, plan: Plan) -> Copies:
    """Draw how the neurons of a group are split; ratios other than 1 where the function allows them."""
    result: Copies = []
    for v in range(group.size):
        ratios = next(plan.ratios, [Fraction(1)])
        result += [(v, ratio if group.function.homogeneous else Fraction(1)) for ratio in ratios]
    tied = any(a.tied and group.name in (a.source, a.target) for a in small.arrows)
    if group.function == RELU and not tied and next(plan.dead, False):
        result.append((-1, Fraction(0)))
    return plan.order(result)


def _spread(plan: Plan, matrix: Matrix, sources: Copies, targets: Copies) -> Matrix:
    """Return the matrix between copies: for every target, shares that add up to one over the copies of each source."""
    result = [[Fraction(0)] * len(targets) for _ in sources]
    for j, (v, scale) in enumerate(targets):
        if v < 0:
            continue
        for u in range(len(matrix)):
            members = [i for i, (w, _) in enumerate(sources) if w == u]
            parts = [plan.share() for _ in members[1:]]
            for i, part in zip(members, [1 - sum(parts, Fraction(0)), *parts], strict=True):
                result[i][j] = part * matrix[u][v] * scale / sources[i][1]
    for i, (u, _) in enumerate(sources):
        if u < 0:  # a dead neuron may have any readers
            result[i] = [plan.share() for _ in targets]
    return result


def _planted(small: Sketch, copies: dict[str, Copies]) -> tuple[Partition, tuple[Fraction, ...]]:
    """Return the partition of the large network's nodes, and the scales relative to first members."""
    labels, scales = [0], [Fraction(1)]
    first: dict[tuple[int, int], Fraction] = {}
    classes: dict[tuple[int, int], int] = {}
    for g, group in enumerate(small.groups):
        for v, ratio in copies[group.name]:
            if v < 0:
                labels.append(0)
                scales.append(Fraction(0))
                continue
            labels.append(classes.setdefault((g, v), len(classes) + 1))
            scales.append(ratio / first.setdefault((g, v), ratio))
    return Partition(labels), tuple(scales)
