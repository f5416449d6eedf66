"""Bounds the difference of two fully connected networks on a box as docs/certificate-epsilon.md says, in fractions.

Nothing is rounded but the slopes of undecided neurons, so a checker's bound is this one and a little more.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor

Vector = dict[str, Fraction]
"""Coefficients by symbol; the centre by the empty name."""

Layers = Sequence[tuple[Sequence[Sequence[Fraction]], Sequence[Fraction]]]
"""Weights by neuron of a layer and of the one before, and biases."""


def combined(weights: Sequence[Fraction], vectors: Sequence[Vector]) -> Vector:
    """Return the sum of weights times vectors."""
    result: Vector = {}
    for w, vector in zip(weights, vectors, strict=True):
        for name, value in vector.items():
            result[name] = result.get(name, Fraction(0)) + w * value
    return result


def interval(vector: Vector) -> tuple[Fraction, Fraction]:
    """Return the least and greatest value."""
    size = sum((abs(v) for name, v in vector.items() if name), Fraction(0))
    centre = vector.get("", Fraction(0))
    return centre - size, centre + size


def ends(z: tuple, y: tuple, d: tuple, phi, nu: Fraction) -> tuple[Fraction, Fraction]:
    """Return the least and greatest of phi(z) - phi(y) - nu (z - y) on the polygon."""
    points = [(a, b) for a in (*z, 0) for b in (*y, 0)]
    points += [(a, a - e) for a in (*z, 0) for e in d] + [(b + e, b) for b in (*y, 0) for e in d]
    inside = [(a, b) for a, b in points if z[0] <= a <= z[1] and y[0] <= b <= y[1] and d[0] <= a - b <= d[1]]
    values = [phi(a) - phi(b) - nu * (a - b) for a, b in inside]
    return min(values), max(values)


def bound(
    first: Layers,
    second: Layers,
    box: Sequence[tuple[Fraction, Fraction]],
    alpha: Fraction = Fraction(0),
    matched: Sequence[Sequence[int]] | None = None,
) -> Fraction:
    """Return the bound; the neurons of the second correspond to `matched` of the first, layer by layer."""

    def phi(x: Fraction) -> Fraction:
        return Fraction(x) if x >= 0 else alpha * x

    a = [{"": (low + high) / 2, f"x{i}": (high - low) / 2} for i, (low, high) in enumerate(box)]
    d: list[Vector] = [{} for _ in box]
    before = list(range(len(box)))
    for k, ((W, b), (V, c)) in enumerate(zip(first, second, strict=True)):
        after = list(range(len(V))) if matched is None or k == len(first) - 1 else list(matched[k])
        z = [combined([*row, Fraction(1)], [*a, {"": bias}]) for row, bias in zip(W, b, strict=True)]
        others = [combined([1, -1], [a[u], d[v]]) for v, u in enumerate(before)]
        y = [combined([*row, Fraction(1)], [*others, {"": bias}]) for row, bias in zip(V, c, strict=True)]
        delta = [combined([1, -1], [z[u], y[v]]) for v, u in enumerate(after)]
        ranges = {}
        for v, u in enumerate(after):
            (zl, zu), (yl, yu), (dl, du) = interval(z[u]), interval(y[v]), interval(delta[v])
            ranges[u] = (
                (max(zl, yl + dl), min(zu, yu + du)),
                (max(yl, zl - du), min(yu, zu - dl)),
                (max(dl, zl - yu), min(du, zu - yl)),
            )
        if k == len(first) - 1:
            return max(max(map(abs, ranges[u][2])) for u in after)
        a = [
            along(z[u], (ranges[u][0] if u in ranges else interval(z[u])), alpha, phi, f"f{k},{u}")
            for u in range(len(z))
        ]
        d = [beside(delta[v], ranges[u], alpha, phi, f"d{k},{v}") for v, u in enumerate(after)]
        before = after
    raise AssertionError("no layers")


def along(z: Vector, ends_: tuple[Fraction, Fraction], alpha: Fraction, phi, name: str) -> Vector:
    """Return the enclosure of a value."""
    low, high = ends_
    if low >= 0 or high <= 0:
        slope, least, greatest = (Fraction(1) if low >= 0 else alpha), Fraction(0), Fraction(0)
    else:
        share = Fraction(floor(2**20 * high / (high - low)), 2**20)
        slope = alpha + (1 - alpha) * share
        least, greatest = (f(phi(x) - slope * x for x in (low, high, Fraction(0))) for f in (min, max))
    return enclosed(z, slope, least, greatest, name)


def beside(delta: Vector, ranges: tuple, alpha: Fraction, phi, name: str) -> Vector:
    """Return the enclosure of a difference."""
    best = None
    for nu in (alpha, Fraction(1), (1 + alpha) / 2):
        least, greatest = ends(*ranges, phi, nu)
        if best is None or 16 * (greatest - least) < 15 * (best[2] - best[1]):
            best = nu, least, greatest
    assert best is not None
    return enclosed(delta, *best, name)


def enclosed(z: Vector, slope: Fraction, least: Fraction, greatest: Fraction, name: str) -> Vector:
    """Return a vector times a slope, plus an interval."""
    result = {n: slope * v for n, v in z.items()}
    result[""] = result.get("", Fraction(0)) + (least + greatest) / 2
    if greatest > least:
        result[name] = (greatest - least) / 2
    return result
