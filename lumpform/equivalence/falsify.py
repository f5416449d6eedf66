"""Looking for an input on which two networks differ: corners, random and climbed points; replayed exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.equivalence.verdict import Question, Witness

POINTS = 512
STEPS = 20
REPLAYS = 6


def search(
    first: Any, second: Any, question: Question, seed: int = 0, tick: Callable[[], None] = lambda: None
) -> Witness | None:
    """An input that answers the question with no, or None."""
    for x in candidates(first, second, question, seed):
        tick()
        found = replay(first, second, question, x)
        if found is not None:
            return found
    return None


def candidates(first: Any, second: Any, question: Question, seed: int) -> Iterator[list[Fraction]]:
    """Points at which the outputs differ most in float arithmetic, as exact points of the box."""
    low, high = _limits(first, question)
    rng = np.random.default_rng(seed)
    points = rng.uniform(low, high, (POINTS, len(low)))
    corners = np.where(rng.integers(0, 2, (POINTS // 4, len(low))), low, high)
    points = np.concatenate([points, corners, ((low + high) / 2)[None], low[None], high[None]])
    if question.box is None:  # all inputs: points of several sizes
        points = np.concatenate([points, points / 100, points * 100])
    points = _climbed(first, second, question, points, low, high, rng)
    gaps = _gaps(first, second, question, points)
    for i in np.argsort(-gaps)[:REPLAYS]:
        yield on_box(points[i], first, question)


def _limits(network: Any, question: Question) -> tuple[NDArray[Any], NDArray[Any]]:
    pixels = [int(np.prod(network.graph.group(p.group).shape, dtype=np.int64)) for p in network.inputs]
    sizes = [network.graph.group(p.group).size for p in network.inputs]
    count = sum(size * k for size, k in zip(sizes, pixels, strict=True))
    if question.box is None:
        return np.full(count, -10.0), np.full(count, 10.0)
    repeat = [
        k for size, k in zip(sizes, pixels, strict=True) for _ in range(size)
    ]  # a channel's bounds hold for a map
    ends = np.array([[float(a), float(b)] for a, b in question.box]).reshape(-1, 2)
    return np.repeat(ends[:, 0], repeat), np.repeat(ends[:, 1], repeat)


def _outputs(network: Any, points: NDArray[Any]) -> NDArray[Any]:
    parts, start = [], 0
    for port in network.inputs:
        group = network.graph.group(port.group)
        size = group.size * int(np.prod(group.shape, dtype=np.int64))
        parts.append(points[:, start : start + size].reshape(len(points), group.size, *group.shape))
        start += size
    found = network.forward(*parts)
    found = found if isinstance(found, tuple) else (found,)
    return np.concatenate([f.reshape(len(points), -1) for f in found], axis=1)


def _gaps(first: Any, second: Any, question: Question, points: NDArray[Any]) -> NDArray[Any]:
    """How strongly every point speaks for a difference."""
    a, b = _outputs(first, points), _outputs(second, points)
    if question.argmax:
        best = a.argmax(axis=1)
        return b.max(axis=1) - b[np.arange(len(b)), best]
    return np.abs(a - b).max(axis=1, initial=0.0)


def _climbed(
    first: Any, second: Any, question: Question, points: NDArray[Any], low: Any, high: Any, rng: Any
) -> NDArray[Any]:
    """The best points, moved at random while that helps."""
    gaps = _gaps(first, second, question, points)
    best = points[np.argsort(-gaps)[:64]]
    gaps = _gaps(first, second, question, best)
    width = (high - low) / 4
    for _ in range(STEPS):
        moved = best + rng.normal(size=best.shape) * width
        if question.box is not None:
            moved = np.clip(moved, low, high)
        there = _gaps(first, second, question, moved)
        better = there > gaps
        best[better], gaps[better] = moved[better], there[better]
        width = width * 0.8
    steered = _steered(first, second, question, best[np.argsort(-gaps)[:8]], low, high)
    return np.concatenate([points, best, *steered])


def _steered(
    first: Any, second: Any, question: Question, starts: NDArray[Any], low: Any, high: Any
) -> list[NDArray[Any]]:
    """From the best points to the corner in which the gap grows, by differences, as long as that helps (on a box)."""
    if question.box is None or len(low) > 1024:
        return []
    found = []
    for x in starts:
        for _ in range(4):
            step = np.maximum(high - low, 1e-12) * 1e-3
            there = _gaps(first, second, question, np.clip(x + np.diag(step), low, high))
            here = _gaps(first, second, question, np.clip(x - np.diag(step), low, high))
            corner = np.where(there > here, high, low)
            if _gaps(first, second, question, corner[None])[0] <= _gaps(first, second, question, x[None])[0]:
                break
            x = corner
        found.append(x[None])
    return found


def looks_violated(first: Any, second: Any, question: Question, x: Sequence[Fraction]) -> bool:
    """Whether floats say that an exact replay may be worth its time."""
    point = np.array([[float(v) for v in x]])
    a, b = (_outputs(network, point)[0].tolist() for network in (first, second))
    return question.violated(a, b)


def gap(first: Any, second: Any, question: Question, x: Sequence[Fraction]) -> float:
    """How strongly a point speaks for a difference, in floats."""
    return float(_gaps(first, second, question, np.array([[float(v) for v in x]]))[0])


def on_box(point: Any, network: Any, question: Question) -> list[Fraction]:
    """A float point as fractions, inside the box."""
    exact = [Fraction(float(v)) for v in point]
    if question.box is None:
        return exact
    groups = [network.graph.group(p.group) for p in network.inputs]
    repeat = [int(np.prod(g.shape, dtype=np.int64)) for g in groups for _ in range(g.size)]
    pairs = [pair for pair, k in zip(question.box, repeat, strict=True) for _ in range(k)]
    return [min(max(v, low), high) for v, (low, high) in zip(exact, pairs, strict=True)]


def replay(first: Any, second: Any, question: Question, x: Sequence[Fraction]) -> Witness | None:
    """Both networks at an exact input; a witness if they answer the question with no there."""
    outputs = []
    for network in (first, second):
        parts, start = [], 0
        for port in network.inputs:
            group = network.graph.group(port.group)
            size = group.size * int(np.prod(group.shape, dtype=np.int64))
            parts.append(np.array(x[start : start + size], dtype=object).reshape(1, group.size, *group.shape))
            start += size
        found = network.forward(*parts, exact=True)
        found = found if isinstance(found, tuple) else (found,)
        outputs.append(tuple(v for f in found for v in f.reshape(-1).tolist()))
    if question.violated(*outputs):
        return Witness(tuple(x), *outputs)
    return None
