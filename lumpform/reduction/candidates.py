"""Finds candidates for a smaller layer, refits each of them, and takes the best: so none of them is ever better (T18).

Candidates are a greedy choice of nodes, and the layers that known methods leave (`lumpform.networks.pruning`): those of
the largest norm, those that Srinivas and Babu or neuron merging leave, and means of clusters (model folding). Every
layer is read in two ways: as its method says, and refitted by least squares towards the sums that read the original
layer. What is compared is the mean squared error of these sums, on samples of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.graph import Group, WeightedGraph
from lumpform.networks.operators import operate
from lumpform.networks.pruning.interface import METHODS
from lumpform.networks.pruning.layers import FloatLayer
from lumpform.reduction.channels import keeps_constants, readers
from lumpform.reduction.combined import Combined, folded
from lumpform.reduction.moments import Moments, fit, select
from lumpform.reduction.side_by_side import SideBySide

Floats = NDArray[np.float64]

BASELINES = {"magnitude": "magnitude-in", "merged": "srinivas-babu", "similar": "neuron-merging", "folded": "folding"}
"""Other methods whose layers are candidates, by what they are called here."""

ALL = ("greedy", *BASELINES)

MARK = 2.0**-30
"""Columns with these numbers go through a method together with the weights, and say afterwards who reads whom."""


LEAST = 1e-9
"""The ridge for the smallest error that any read-out has."""

CHUNK = 1 << 22
"""Samples are looked at so many at a time that the values of a group are at most so many numbers."""


@dataclass(frozen=True)
class Layer:
    """Holds the layer that was taken; `means` are the clusters in columns, None where nodes stay as they are."""

    combined: Combined
    means: Floats | None


@dataclass(frozen=True)
class Candidate:
    """Holds a layer: nodes that stay or means of clusters, and how its own method reads it, (nodes after, before)."""

    choice: str
    kept: tuple[int, ...]
    owners: Floats | None = None
    means: Floats | None = None


@dataclass(frozen=True)
class _Seen:
    """Holds the moments of a layer as it is now towards the original one, and the second moments of the latter."""

    moments: Moments
    second: Floats

    def error(self, kept: Sequence[int], combination: Floats, read: Floats) -> float:
        """Return the squared error of the sums: ``tr R^T (C^T G C - 2 C^T X + S) R`` with the combination C."""
        chosen = [0, *(j + 1 for j in kept)]
        sums = combination @ read
        apart = (self.moments.gram[np.ix_(chosen, chosen)] @ sums - 2 * self.moments.cross[chosen] @ read) * sums
        return max(float(apart.sum() + ((self.second @ read) * read).sum()), 0.0)

    def spread(self, read: Floats) -> float:
        """Return the variance of the sums."""
        mean = self.moments.cross[0]
        return float((((self.second - np.outer(mean, mean)) @ read) * read).sum())


class Task:
    """Holds a layer that should become smaller, and what candidates for it are fitted to and judged by.

    Parameters
    ----------
    graph : WeightedGraph
        As it is now.
    group : Group
    fitting, judging : SideBySide
        Both with the values of the group; they may be the same.
    count : int
        How many nodes stay.
    ridge, caution : float
        See `lumpform.reduction.linear_lumping.linear_lumping`.
    """

    def __init__(
        self,
        graph: WeightedGraph,
        group: Group,
        fitting: SideBySide,
        judging: SideBySide,
        count: int,
        ridge: float,
        caution: float,
    ) -> None:
        self.graph, self.group, self.fitting, self.judging = graph, group, fitting, judging
        self.count, self.ridge, self.caution = count, ridge, caution
        self.read = np.concatenate([a.weights.floats() for a in readers(graph, group.name)], axis=1)
        self.constants = keeps_constants(graph, group)
        self.fitted = self.seen(fitting)
        self.judged = self.fitted if judging is fitting else self.seen(judging)
        self.spread = self.judged.spread(self.read)

    def seen(self, side: SideBySide, means: Floats | None = None) -> _Seen:
        """Return the moments of the layer, or of means of its nodes, over all samples and positions, some at a time.

        A group that is read by one operator alone, for example the mean of every map, is seen through it.
        """
        name = self.group.name
        operators = {a.operator for a in readers(self.graph, name)}
        operator = next(iter(operators)) if len(operators) == 1 else None
        now = side.now.of[name] if means is None else side.means(folded(self.graph, name, means), name)
        total: Any = None
        step = CHUNK // max(self.group.size * prod(self.group.shape), 1) or 1
        for i in range(0, len(now), step):
            some, original = (operate(operator, v[i : i + step]) for v in (now, side.before.of[name]))
            positions = prod(some.shape[2:])
            weights = np.repeat(side.weights[i : i + step] / positions, positions).astype(now.dtype)
            some, original = (np.moveaxis(v, 1, -1).reshape(-1, v.shape[1]) for v in (some, original))
            one, original = Moments.of(some, original, weights), original * np.sqrt(weights)[:, None]
            found = [f.astype(np.float64) for f in (one.gram, one.cross, original.T @ original)]
            total = found if total is None else [a + b for a, b in zip(total, found, strict=True)]
        return _Seen(Moments(total[0], total[1]), total[2])

    def moments(self, seen: _Seen) -> Moments:
        """Return the moments, without the constant where it gets no coefficient."""
        return seen.moments if self.constants else seen.moments.without_constant()

    def greedy(self) -> Candidate:
        """Choose the nodes that explain the sums best."""
        moments = self.moments(self.fitted)
        kept = select(Moments(moments.gram, moments.cross @ self.read), self.count, self.ridge)
        return Candidate("greedy", tuple(kept))

    def read_out(self, candidate: Candidate, best: float) -> tuple[float, Layer] | None:
        """Return the better of both ways to read a candidate, and what its error counts as.

        None if no read-out of a layer of means could count as less than `best`: then it is not fitted.
        """
        fitted, judged, places, caution = self.fitted, self.judged, candidate.kept, 1.0
        if candidate.means is not None:
            places, caution = tuple(range(self.count)), self.caution
            judged = self.seen(self.judging, candidate.means)
        ways = []
        if candidate.owners is not None:
            ways.append(np.concatenate([np.zeros((1, self.group.size)), candidate.owners]))
        errors = [judged.error(places, way, self.read) for way in ways]
        if candidate.means is not None:
            least = judged.error(places, fit(self.moments(judged), places, LEAST), self.read)
            if min(least / caution, *errors) >= best:
                return None
            fitted = judged if self.judging is self.fitting else self.seen(self.fitting, candidate.means)
        counted = list(errors)
        ways.append(fit(self.moments(fitted), places, self.ridge))
        errors.append(judged.error(places, ways[-1], self.read))
        counted.append(errors[-1] / caution)
        error, way = min(zip(errors, ways, strict=True), key=lambda pair: pair[0])
        unexplained = error / self.spread if self.spread > 0 else 0.0
        combined = Combined(self.group.name, candidate.kept, way, unexplained, candidate.choice)
        return min(counted), Layer(combined, candidate.means)


def best_layer(task: Task, choices: Sequence[str]) -> Layer:
    """Return the candidate with the smallest squared error of the sums that read the layer, as `judging` sees it.

    That of a refitted layer of means counts divided by `caution`, unless the means are better as their method reads
    them.
    """
    best, layer = np.inf, None
    for candidate in _candidates(task, choices):
        found = task.read_out(candidate, best)
        if found is not None and found[0] < best:
            best, layer = found
    if layer is None:  # no method of those asked for is for such a group
        raise ValueError(f"expected a choice for the group {task.group.name!r}, found {', '.join(choices)}")
    return layer


def _candidates(task: Task, choices: Sequence[str]) -> Iterator[Candidate]:
    """Yield candidates; other methods are for neurons, not for channels."""
    for choice in choices:
        if choice == "greedy":
            yield task.greedy()
        elif not task.group.shape:
            yield _baseline(task.graph, task.group, task.count, choice, task.read)


def _baseline(graph: WeightedGraph, group: Group, count: int, choice: str, read: Floats) -> Candidate:
    """Run a method on one layer, and read from marks beside the outgoing weights which nodes have become one."""
    unit = graph.groups[0].name
    into = [a for a in graph.arrows if a.target == group.name]
    weights = [np.zeros((0, group.size)), *(a.weights.floats() for a in into if a.source != unit)]
    bias = sum((a.weights.floats()[0] for a in into if a.source == unit), np.zeros(group.size))
    mark = MARK * max(float(np.abs(read).max(initial=0.0)), 1.0)
    layers = [
        FloatLayer(np.concatenate(weights), bias),
        FloatLayer(np.concatenate([read, mark * np.eye(group.size)], axis=1), np.zeros(read.shape[1] + group.size)),
    ]
    share = (group.size - count) / group.size
    smaller = METHODS[BASELINES[choice]].run(layers, share, None, np.random.default_rng(0))
    owners = smaller[1].weights[:, read.shape[1] :] / mark
    if choice == "folded":
        owners = owners[np.argsort((owners > 0).argmax(axis=1))]
        means = (owners / owners.sum(axis=1, keepdims=True)).T
        return Candidate(choice, tuple((owners > 0).argmax(axis=1).tolist()), owners, means)
    before, after = layers[0].incoming, smaller[0].incoming
    members = [np.flatnonzero(row > 0) for row in owners]
    kept = (m[(before[m] == row).all(axis=1).argmax()] for m, row in zip(members, after, strict=True))
    return Candidate(choice, tuple(int(v) for v in kept), owners)
