"""Evaluates both networks in float arithmetic, only to suggest where they might differ.

Weights beyond the range of floats are cut to it, and what overflows counts as no suggestion, so nothing here raises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.equivalence.budget import Budget
from lumpform.equivalence.shown import near
from lumpform.equivalence.verdict import Question
from lumpform.graph.weights import DenseWeights
from lumpform.networks.port import spans
from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.dyadic import DyadicValues

MEMORY = 1 << 26
"""Bytes that the values of all nodes may take at a time."""


CLEAR = 1e-8
"""A difference larger than this share of the outputs is not due to rounding in doubles."""


class Probe:
    """Evaluates two networks in floats.

    Parameters
    ----------
    first, second : Network
    question : Question
    """

    def __init__(self, first: Any, second: Any, question: Question) -> None:
        self.first, self.second, self.question = first, second, question
        self.networks = _in_floats(first), _in_floats(second)
        nodes = max(
            sum(g.size * int(np.prod(g.shape, dtype=np.int64)) for g in n.graph.groups) for n in (first, second)
        )
        self.most = max(1, MEMORY // (8 * max(nodes, 1)))
        self.low, self.high = self._limits()
        self.allowed = self._allowed()

    @property
    def repeat(self) -> list[int]:
        """Return for every input node how many positions its map has; one pair of bounds holds for all of them."""
        groups = [self.first.graph.group(p.group) for p in self.first.inputs]
        return [int(np.prod(g.shape, dtype=np.int64)) for g in groups for _ in range(g.size)]

    def _limits(self) -> tuple[NDArray[Any], NDArray[Any]]:
        count = sum(self.repeat)
        if self.question.box is None:
            return np.full(count, -10.0), np.full(count, 10.0)
        ends = np.array([[near(a), near(b)] for a, b in self.question.box]).reshape(-1, 2)
        return np.repeat(ends[:, 0], self.repeat), np.repeat(ends[:, 1], self.repeat)

    def _allowed(self) -> NDArray[Any] | None:
        """Return how far every output may be below and above, (2, outputs); None if it is the same for all."""
        if not isinstance(self.question.epsilon, tuple):
            return None
        pairs = [self.question.allowed(k) for k in range(len(self.question.epsilon))]
        each = [[np.inf if limit is None else near(limit) for limit in pair] for pair in pairs]
        return np.array(each, dtype=np.float64).reshape(-1, 2).T

    def outputs(self, side: int, points: NDArray[Any]) -> NDArray[Any]:
        """Return the outputs of one network at some points, one a row; infinite or not a number where it overflows."""
        network = self.networks[side]
        parts = [
            points[:, span].reshape(len(points), group.size, *group.shape)
            for group, span in spans(network.graph, network.inputs)
        ]
        with np.errstate(all="ignore"):
            found = network.forward(*parts)
        found = found if isinstance(found, tuple) else (found,)
        rows = [f.reshape(f.shape[0], int(np.prod(f.shape[1:], dtype=np.int64))) for f in found]
        return np.concatenate([np.broadcast_to(r, (len(points), r.shape[1])) for r in rows], axis=1)  # maybe no inputs

    def gaps(self, points: NDArray[Any], budget: Budget | None = None) -> NDArray[Any]:
        """Return how strongly every point speaks for a difference; -1 for those that time did not suffice for."""
        result = np.full(len(points), -1.0)
        begin, size = 0, min(self.most, 4)  # few at first, so that the clock is looked at early
        while begin < len(points) and (budget is None or budget.left > 0 or begin == 0):
            chunk = points[begin : begin + size]
            result[begin : begin + size] = self._gaps(self.outputs(0, chunk), self.outputs(1, chunk))
            begin, size = begin + size, min(self.most, 4 * size)
        return result

    def _gaps(self, a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
        with np.errstate(all="ignore"):
            if self.question.argmax:
                rows = np.arange(len(a))
                sides = [y.max(axis=1) - y[rows, x.argmax(axis=1)] for x, y in ((a, b), (b, a))]
                found = np.maximum(*sides)
            elif self.allowed is not None:
                beyond = np.stack([b - a, a - b], axis=1) - self.allowed
                found = beyond.max(axis=(1, 2), initial=-np.finfo(float).max)
            else:
                found = np.abs(a - b).max(axis=1, initial=0.0)
        return np.nan_to_num(found, nan=0.0, posinf=np.finfo(float).max, neginf=0.0)

    def gap(self, x: Sequence[Fraction]) -> float:
        """Return how strongly one point speaks for a difference."""
        return float(self.gaps(np.array([[near(v) for v in x]]))[0])

    def clearly_apart(self, x: Sequence[Fraction]) -> bool:
        """Tell whether two outputs differ by far more than floats round, and the question would be answered with no."""
        point = np.array([[near(v) for v in x]])
        a, b = self.outputs(0, point)[0], self.outputs(1, point)[0]
        if not (np.isfinite(a).all() and np.isfinite(b).all()):
            return False
        size = float(np.abs(np.concatenate([a, b])).max(initial=0.0))
        return bool(np.abs(a - b).max(initial=0.0) > CLEAR * size) and self.looks_violated(x)

    def looks_violated(self, x: Sequence[Fraction]) -> bool:
        """Tell whether floats say that an exact replay may be worth its time."""
        point = np.array([[near(v) for v in x]])
        a, b = self.outputs(0, point)[0], self.outputs(1, point)[0]
        if not (np.isfinite(a).all() and np.isfinite(b).all()):
            return False
        return self.question.violated([Fraction(v) for v in a.tolist()], [Fraction(v) for v in b.tolist()])

    def on_box(self, point: Any) -> list[Fraction]:
        """Return a float point as fractions, inside the box."""
        exact = [Fraction(float(v)) for v in point]
        if self.question.box is None:
            return exact
        pairs = [pair for pair, k in zip(self.question.box, self.repeat, strict=True) for _ in range(k)]
        return [min(max(v, low), high) for v, (low, high) in zip(exact, pairs, strict=True)]


def _in_floats(network: Any) -> Any:
    """Return the network with its weights, and the parameters of its functions, rounded to doubles."""
    arrows = []
    for arrow in network.graph.arrows:
        near_by = arrow.weights.with_values(DyadicValues(floats_of(arrow.weights.values)))
        arrows.append(replace(arrow, weights=DenseWeights(near_by.shape, near_by.all_values())))
    groups = []
    for group in network.graph.groups:
        rounded = tuple(Fraction(near(p)) if isinstance(p, Fraction) else p for p in group.function.parameters)
        groups.append(replace(group, function=replace(group.function, parameters=rounded)))
    return network.with_graph(replace(network.graph, groups=tuple(groups), arrows=tuple(arrows)))


def floats_of(values: Values) -> NDArray[np.float64]:
    """Return a column as doubles, each the nearest; beyond their range the largest one."""
    if isinstance(values, DyadicValues):
        return values.floats()
    if isinstance(values, CodedValues):
        return np.array([near(v) for v in values.table] or [0.0])[values.codes]
    return np.array([near(v) for v in values.fractions()], dtype=np.float64)
