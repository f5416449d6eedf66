"""Solves sparse linear systems over the rationals exactly, from a factorisation in floats.

A floating-point LU factorisation gives a few dozen right bits of a solution. The residual is an integer vector and is
known exactly, so the same factorisation gives the next bits, and so on; when there are enough, continued fractions tell
the rationals (Wan 2006). What comes out is put into the system in integer arithmetic before it is returned, so nothing
depends on how good the floats were.

References
----------
.. [1] Wan, *An algorithm to solve integer linear systems exactly using numerical methods*, Journal of Symbolic
   Computation 41 (2006).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError
from lumpform.numbers.linear_system import Rows, solve

DENSE = 150
"""Unknowns up to which FLINT solves the dense system."""

MAX_BITS = 1 << 17
"""Bits of an approximation at which it is given up."""

_STEP = 24
"""Bits of a solution that one step of lifting gives."""

_LARGEST = 1 << 40
"""Integers of a matrix that one step of lifting may have; beyond, FLINT solves the dense system."""


def solve_sparse(rows: Rows, right: Sequence[Fraction]) -> list[Fraction]:
    """Return the solution x of ``A x = b``, exactly.

    Parameters
    ----------
    rows : n dictionaries from column to non-zero Fraction
        The square matrix A, not singular.
    right : n Fractions

    Raises
    ------
    ModelError
        If A is singular, or the solution has numbers of more than `MAX_BITS` bits.
    OptionError
        If A has long numbers and more unknowns than `lumpform.numbers.linear_system` takes.

    Notes
    -----
    One sparse LU factorisation, and a sparse product for each 24 bits of the solution's longest number.
    """
    n = len(rows)
    if n <= DENSE:
        return solve(rows, [right])[0]
    system = _integers(rows, right)
    if system is None:
        return solve(rows, [right])[0]
    lifted = _Lifting(*system)
    bits = 96
    while bits <= MAX_BITS:
        lifted.extend(bits)
        found = _rationals(lifted.approximation(), lifted.bits)
        if found is not None and _fits(rows, right, *found):
            numerators, denominator = found
            return [Fraction(v, denominator) for v in numerators]
        bits *= 2
    raise ModelError(f"an exact linear system of {n} unknowns has a solution of more than {MAX_BITS // 2} bits")


def _integers(rows: Rows, right: Sequence[Fraction]) -> tuple[Any, NDArray[np.int64]] | None:
    """Return the system with each row multiplied by its common denominator; None if that gives long integers."""
    from scipy.sparse import csr_array

    data, indices, indptr, b = list[int](), list[int](), [0], list[int]()
    for row, value in zip(rows, right, strict=True):
        d = lcm(value.denominator, *(v.denominator for v in row.values()))
        for column, v in row.items():
            data.append(v.numerator * (d // v.denominator))
            indices.append(column)
        indptr.append(len(data))
        b.append(value.numerator * (d // value.denominator))
    if max(map(abs, data), default=0) >= _LARGEST or max(map(abs, b), default=0) >= _LARGEST:
        return None
    shape = (len(rows), len(rows))
    return csr_array((np.array(data, dtype=np.int64), indices, indptr), shape=shape), np.array(b, dtype=np.int64)


class _Lifting:
    """Keeps ``b * 2^bits - A X = residual`` in integers, where X are the digits so far; more of them on demand."""

    def __init__(self, matrix: Any, right: NDArray[np.int64]) -> None:
        from scipy.sparse.linalg import splu

        self.matrix, self.floats, self.residual = matrix, matrix.astype(np.float64), right
        try:
            self.factors = splu(self.floats.tocsc())
        except RuntimeError as error:
            raise ModelError(f"an exact linear system is singular ({error})") from None
        self.digits: list[NDArray[np.int64]] = []
        self.bits = 0

    def extend(self, bits: int) -> None:
        """Add digits until there are at least `bits` of them."""
        while self.bits < bits:
            rest = self.residual.astype(np.float64)
            y = self.factors.solve(rest)
            size = float(np.abs(y).max(initial=0.0))
            if not np.isfinite(size):
                raise ModelError("an exact linear system is singular, or nearly so")
            digit = np.rint(y * 2.0**_STEP)
            about = rest * 2.0**_STEP - self.floats @ digit
            if np.abs(digit).max(initial=0.0) >= 2.0**62 or np.abs(about).max(initial=0.0) >= 2.0**60:
                raise ModelError("an exact linear system is too badly conditioned to be lifted from floats")
            whole = digit.astype(np.int64)
            with np.errstate(over="ignore"):  # modulo 2^64: the residual itself is small
                self.residual = self.residual * np.int64(1 << _STEP) - self.matrix @ whole
            self.digits.append(whole)
            self.bits += _STEP

    def approximation(self) -> list[int]:
        """Return X, the solution times ``2^bits``, rounded."""
        result = [0] * self.matrix.shape[0]
        for digit in self.digits:
            result = [(x << _STEP) + d for x, d in zip(result, digit.tolist(), strict=True)]
        return result


def _rationals(approximation: list[int], bits: int) -> tuple[list[int], int] | None:
    """Return numerators and the common denominator of numbers near ``x / 2^bits``, or None if that needs more bits."""
    one, half, common = 1 << bits, 1 << (bits // 2 - 8), 1
    numerators: list[int] = []
    places: list[int] = []
    for x in approximation:
        scaled = x * common
        nearest = (scaled + one // 2) >> bits
        if abs(scaled - (nearest << bits)) * half > one * common:
            near = Fraction(scaled, one).limit_denominator(half)
            if abs(near.numerator * one - scaled * near.denominator) * half > one * near.denominator * common:
                return None
            common *= near.denominator
            nearest = near.numerator
            if common > half:
                return None
        numerators.append(nearest)
        places.append(common)
    return [v * (common // d) for v, d in zip(numerators, places, strict=True)], common


def _fits(rows: Rows, right: Sequence[Fraction], numerators: list[int], denominator: int) -> bool:
    """Tell whether ``A x = b`` holds exactly."""
    for row, value in zip(rows, right, strict=True):
        d = lcm(value.denominator, *(v.denominator for v in row.values()))
        total = sum(v.numerator * (d // v.denominator) * numerators[j] for j, v in row.items())
        if total != value.numerator * (d // value.denominator) * denominator:
            return False
    return True
