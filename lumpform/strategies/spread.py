"""Makes weights of a large chain from those of its quotient: what is left free is drawn."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from lumpform.strategies.chains import Matrix
from lumpform.strategies.weights import ONE, ZERO, exact_weights, proportions


def split(draw: DrawFn, size: int) -> list[Fraction]:
    return proportions(draw(st.lists(st.integers(0, 2), min_size=size, max_size=size)))


def spread_ordinary(draw: DrawFn, q: Matrix, sizes: list[int]) -> Matrix:
    """Draw rows that split the quotient's weights over the members of every target class as they like."""
    matrix: Matrix = []
    for b, size in enumerate(sizes):
        for _ in range(size):
            parts = [split(draw, width) if v else [ZERO] * width for v, width in zip(q[b], sizes, strict=True)]
            matrix.append([v * part for v, split in zip(q[b], parts, strict=True) for part in split])
    return matrix


def spread_exact(draw: DrawFn, q: Matrix, sizes: list[int]) -> Matrix:
    """Draw a transport plan: class B sends ``q(B, C) |B| / |C|`` into each t in C, and each row sums to one."""
    matrix: Matrix = []
    for b, size in enumerate(sizes):
        demand = [q[b][c] * size / width for c, width in enumerate(sizes) for _ in range(width)]
        matrix += _transport(draw, [ONE] * size, demand)
    return matrix


def spread_strict(draw: DrawFn, q: Matrix, sizes: list[int]) -> Matrix:
    """Draw as `spread_exact`, but every block of two classes has equal row sums too."""
    matrix: Matrix = []
    for b, size in enumerate(sizes):
        blocks = [_transport(draw, [q[b][c]] * size, [q[b][c] * size / w] * w) for c, w in enumerate(sizes)]
        matrix += [[v for block in blocks for v in block[s]] for s in range(size)]
    return matrix


def _transport(draw: DrawFn, supply: list[Fraction], demand: list[Fraction]) -> Matrix:
    """Draw a non-negative matrix with these row and column sums: even, or mixed with a corner plan in a drawn order."""
    total = sum(supply, ZERO)
    even = [[s * d / total if total else ZERO for d in demand] for s in supply]
    if len(supply) == 1 or len(demand) == 1 or not draw(st.booleans()):
        return even
    rows, columns = draw(st.permutations(range(len(supply)))), draw(st.permutations(range(len(demand))))
    corner = [[ZERO] * len(demand) for _ in supply]
    left, wanted = list(supply), list(demand)
    i = j = 0
    while i < len(rows) and j < len(columns):  # north-west corner rule
        moved = min(left[rows[i]], wanted[columns[j]])
        corner[rows[i]][columns[j]] += moved
        left[rows[i]] -= moved
        wanted[columns[j]] -= moved
        if left[rows[i]] == 0:
            i += 1
        else:
            j += 1
    share = Fraction(draw(st.integers(1, 2)), 2)
    return [
        [share * c + (1 - share) * e for c, e in zip(*both, strict=True)] for both in zip(corner, even, strict=True)
    ]


def noise_inside(draw: DrawFn, matrix: Matrix, class_of: list[int]) -> None:
    """Draw other rates inside classes: under generator semantics they are free."""
    for s, c in enumerate(class_of):
        if class_of.count(c) > 1 and draw(st.booleans()):
            t = draw(st.sampled_from([t for t, d in enumerate(class_of) if d == c]))
            matrix[s][t] += draw(exact_weights())
