"""Solves linear systems over the rationals exactly: FLINT does, by p-adic lifting."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from lumpform.errors import ModelError, OptionError

MAX_UNKNOWNS = 3000

Rows = Sequence[dict[int, Fraction]]
Columns = Sequence[Sequence[Fraction]]


def solve(rows: Rows, right: Columns) -> list[list[Fraction]]:
    """Return the solutions X of ``A X = B``, exactly.

    Parameters
    ----------
    rows : n dictionaries from column to non-zero Fraction
        The square matrix A.
    right : k sequences of n Fractions
        The columns of B.

    Returns
    -------
    list of k lists of n Fractions
        The columns of X.

    Raises
    ------
    OptionError
        For more than `MAX_UNKNOWNS` unknowns: floats are meant for those.
    ModelError
        If A is singular.

    Notes
    -----
    Up to O(n^3) operations on numbers whose digits grow with n.
    """
    n = len(rows)
    if n > MAX_UNKNOWNS:
        raise OptionError(f"an exact linear system of {n} unknowns (at most {MAX_UNKNOWNS}); use arithmetic='float'")
    if n == 0 or not right:
        return [[] for _ in right]
    from flint import fmpq, fmpq_mat

    k = len(right)
    matrix, columns = fmpq_mat(n, n), fmpq_mat(n, k)
    for i, row in enumerate(rows):
        for j, v in row.items():
            matrix[i, j] = fmpq(v.numerator, v.denominator)
    for j, column in enumerate(right):
        for i, v in enumerate(column):
            columns[i, j] = fmpq(v.numerator, v.denominator)
    try:
        solution = matrix.solve(columns)
    except ZeroDivisionError:
        raise ModelError("an exact linear system is singular") from None
    return [[Fraction(int(solution[i, j].p), int(solution[i, j].q)) for i in range(n)] for j in range(k)]
