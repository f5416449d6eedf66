"""Sparse systems solved exactly from factors in floats, compared with FLINT."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from lumpform.errors import ModelError
from lumpform.numbers import lifting
from lumpform.numbers.linear_system import solve


def system(n: int, seed: int) -> tuple[list[dict[int, Fraction]], list[Fraction]]:
    """A diagonally dominant sparse system."""
    draw = random.Random(seed)
    rows = []
    for i in range(n):
        row = {i: Fraction(1)}
        for j, p in zip((draw.randrange(n), (i + 1) % n, i - 1 if i else n - 1), ("1/3", "1/2", "1/10"), strict=True):
            row[j] = row.get(j, Fraction(0)) - Fraction(p)
        rows.append({j: v for j, v in row.items() if v})
    return rows, [Fraction(draw.randrange(3), draw.randrange(1, 4)) for _ in range(n)]


@pytest.mark.parametrize("seed", range(5))
def test_lifting_gives_what_flint_gives(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, right = system(40, seed)
    monkeypatch.setattr(lifting, "DENSE", 0)
    assert lifting.solve_sparse(rows, right) == solve(rows, [right])[0]


def test_long_numbers_are_left_to_flint(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, right = system(20, 1)
    rows[0][0] = Fraction(10**30 + 1, 7**30)
    monkeypatch.setattr(lifting, "DENSE", 0)
    assert lifting.solve_sparse(rows, right) == solve(rows, [right])[0]


def test_a_singular_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifting, "DENSE", 0)
    with pytest.raises(ModelError, match="an exact linear system is singular"):
        lifting.solve_sparse([{0: Fraction(1)}, {0: Fraction(1)}], [Fraction(1), Fraction(2)])
