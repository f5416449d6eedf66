"""The checker's sparse matrix against a table of fractions."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from lumpform.checker.networks.graph import Matrix

CELLS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.fractions(min_value=-3, max_value=3, max_denominator=6)),
    max_size=10,
)


def made(cells):
    return Matrix.of((u, v, (w.numerator, w.denominator)) for u, v, w in cells)


def added(*lists):
    result = {}
    for cells in lists:
        for u, v, w in cells:
            result[u, v] = result.get((u, v), Fraction(0)) + w
    return {place: w for place, w in result.items() if w}


def agrees(matrix, expected):
    assert {(u, v): Fraction(*w) for u, v, w in matrix.entries()} == expected
    assert all(Fraction(*w).as_integer_ratio() == w for _, _, w in matrix.entries())
    assert set(matrix.rows) == {u for u, _ in expected}
    for u in range(4):
        for v in range(4):
            assert matrix.at(u, v) == expected.get((u, v), Fraction(0)).as_integer_ratio()


@given(cells=CELLS)
def test_entries_at_one_place_add_up(cells):
    agrees(made(cells), added(cells))


@given(left=CELLS, right=CELLS)
def test_sums(left, right):
    a, b = made(left), made(right)
    agrees(a.plus(b), added(left, right))
    agrees(a, added(left))
    agrees(b, added(right))


@given(cells=CELLS, row=st.dictionaries(st.integers(0, 3), st.integers(-2, 2), max_size=4), d=st.integers(1, 5))
def test_a_row_is_replaced(cells, row, d):
    matrix = made(cells)
    matrix.put(1, d, row)
    expected = {place: w for place, w in added(cells).items() if place[0] != 1}
    agrees(matrix, expected | {(1, v): Fraction(w, d) for v, w in row.items() if w})
