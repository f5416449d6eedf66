"""Solves linear systems with an M-matrix in floats, with a proved bound of the error.

All systems of chain analysis have the form ``M x = b``, where M is minus the generator restricted to transient states:
an M-matrix, whose inverse is non-negative. That gives a cheap proof of accuracy (compare Rump 2010, section 10): if a
vector y >= 0 satisfies ``M y >= c w`` for some c > 0 and w > 0, then ``inverse(M) w <= y / c``, so a residual of at
most ``beta w`` means an error of at most ``beta y / c``. It does not matter how x and y were found. The residual is
bounded with its own rounding errors (Higham 2002, section 3.1).

References
----------
Higham: Accuracy and Stability of Numerical Algorithms, second edition (2002).
Varga: Matrix Iterative Analysis, second edition (2000).
Rump: Verification methods: rigorous results using floating-point arithmetic (Acta Numerica 2010).
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import Values

UNIT = 2.0**-53
TINY = 2.0**-1074
SLACK = 1 + 1e-9
"""Covers the rounding of the few operations that combine the bounds themselves."""

DIRECT_UNKNOWNS = 2000
"""Up to here by sparse LU; beyond, an iterative method is faster on all models that were measured."""

LARGEST_DIRECT = 20_000
"""Where the iterative method stalls, up to here by sparse LU; beyond, its fill-in may not fit."""

Vector = NDArray[np.float64]


def gamma(roundings: float) -> float:
    """Bound the relative error of a product of `roundings` factors 1 + d, abs(d) <= 2^-53 (Higham, lemma 3.1)."""
    return roundings * UNIT / (1 - roundings * UNIT) * SLACK if roundings * UNIT < 0.5 else float("inf")


def floats(values: Values) -> Vector:
    """Return all numbers rounded to nearest, relative errors at most 2^-53; raise `ModelError` if float64 cannot."""
    try:
        result = values.floats()
    except OverflowError:
        raise ModelError("a number of the chain is outside the range of float64; use arithmetic='exact'") from None
    small = np.flatnonzero(np.abs(result) < 2.0**-1000)
    if any(values.value(int(i)) != 0 for i in small[:1000]):
        raise ModelError("a number of the chain is outside the range of float64; use arithmetic='exact'")
    return result


def float_matrix(weights: SparseWeights) -> Any:
    """Return the matrix as a scipy array; every entry is correctly rounded."""
    from scipy.sparse import csr_array

    return csr_array((floats(weights.values), weights.indices, weights.indptr), shape=weights.shape)


class MSystem:
    """Holds an M-matrix of correctly rounded entries, ready to solve systems with it.

    Parameters
    ----------
    matrix : (n, n) scipy.sparse.csr_array
        Positive diagonal, non-positive elsewhere, non-singular; every entry correctly rounded.
    """

    def __init__(self, matrix: Any) -> None:
        self.matrix = matrix.tocsr()
        self.n = matrix.shape[0]
        self._transposed = self.matrix.T.tocsr()
        self.row_roundings = longest_row(self.matrix) + 6
        self.column_roundings = longest_row(self._transposed) + 6
        self._factors: dict[str, Any] = {}

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        """Return an order with successors before predecessors outside cycles: there one sweep is an exact solution."""
        from scipy.sparse.csgraph import connected_components

        component = connected_components(self.matrix, directed=True, connection="strong")[1]
        start, end = component[self.matrix.tocoo().coords[0]], component[self.matrix.indices]
        if (start < end).sum() > (start > end).sum():
            component = component.max() - component
        return np.lexsort((-np.arange(self.n), component))

    def _factor(self, name: str, matrix: Any, **options: Any) -> Any:
        from scipy.sparse.linalg import splu

        if name not in self._factors:
            try:
                self._factors[name] = splu(matrix.tocsc(), **options)
            except RuntimeError as error:
                raise ModelError(f"a float linear system has no factors ({error}); use arithmetic='exact'") from None
        return self._factors[name]

    @cached_property
    def _sweep(self) -> tuple[Any, Any]:
        from scipy.sparse import tril

        matrix = self.matrix[self._order][:, self._order]
        return matrix, self._factor("sweep", tril(matrix), permc_spec="NATURAL", diag_pivot_thresh=0.0)

    def _once(self, right: Vector, transposed: bool, accuracy: float) -> Vector:
        """Solve once: sparse LU if small, else GMRES preconditioned by one Gauss-Seidel sweep (LU if that stalls).

        For an M-matrix the sweep is a regular splitting, so it converges even alone (Varga 2000, theorem 3.29).
        """
        if self.n > DIRECT_UNKNOWNS:
            from scipy.sparse.linalg import LinearOperator, gmres

            matrix, sweep = self._sweep
            if transposed:
                before = LinearOperator(matrix.shape, matvec=lambda v: sweep.solve(v, trans="T"), dtype=np.float64)  # type: ignore[call-arg]
                matrix = matrix.T
            else:
                before = LinearOperator(matrix.shape, matvec=sweep.solve, dtype=np.float64)  # type: ignore[call-arg]
            y, stalled = gmres(matrix, right[self._order], rtol=accuracy, atol=0.0, restart=50, maxiter=40, M=before)
            if not stalled or self.n > LARGEST_DIRECT:
                x = np.empty(self.n)
                x[self._order] = y
                return x
        return self._factor("whole", self.matrix).solve(right, trans="T" if transposed else "N")

    def solve(self, right: Vector, transposed: bool = False) -> Vector:
        """Return an approximate solution of ``M x = right`` (or of ``M^T x = right``), refined twice."""
        matrix = self._transposed if transposed else self.matrix
        x = self._once(right, transposed, 1e-8)
        for _ in range(2):
            rest = right - matrix @ x
            if not np.isfinite(rest).all() or not rest.any():
                break
            x = x + self._once(rest, transposed, 1e-6)
        return x

    def residual(self, x: Vector, right: Vector, transposed: bool = False) -> tuple[Vector, Vector]:
        """Return the float residual ``right - M x``, and a bound of the exact one's absolute values."""
        matrix = self._transposed if transposed else self.matrix
        roundings = self.column_roundings if transposed else self.row_roundings
        rest = right - matrix @ x
        size = np.abs(right) + abs(matrix) @ np.abs(x)
        return rest, (np.abs(rest) + gamma(roundings) * size + roundings * TINY) * SLACK

    def inverse_times(self, w: Vector) -> Vector | None:
        """Return an upper bound of ``inverse(M) w`` for a positive w, proved, or None if the proof fails."""
        y = self._once(w, False, 1e-5)  # rough is good enough: it is only checked, never returned
        if not np.isfinite(y).all():
            return None
        y = np.maximum(y, 0.0)
        product = self.matrix @ y
        lowest = product - (gamma(self.row_roundings) * (abs(self.matrix) @ y) + self.row_roundings * TINY) * SLACK
        share = float((lowest / w).min(initial=1.0))
        return y / share * SLACK if share > 0.01 else None


def longest_row(matrix: Any) -> int:
    """Return the largest number of entries in one row of a scipy csr matrix."""
    return int(np.diff(matrix.indptr).max(initial=0))


def solve_bounded(system: MSystem, right: Vector, right_error: Vector) -> tuple[Vector, float | None, float]:
    """Solve ``M x = right``: return x, a proved bound of its largest error (or None), and the largest residual.

    Entry i of `right` may differ from the true one by ``right_error[i]``.
    """
    if system.n == 0:
        return np.zeros(0), 0.0, 0.0
    x = system.solve(right)
    rest, rest_bound = system.residual(x, right)
    rest_bound = rest_bound + right_error
    residual = float(np.abs(rest).max())
    if not np.isfinite(x).all() or residual > 1e-3 * max(1.0, float(np.abs(right).max())):
        raise ModelError(
            f"a float linear system of {system.n} unknowns was not solved (residual {residual:.3g}); "
            "use arithmetic='exact'"
        )
    diagonal = system.matrix.diagonal()
    above = system.inverse_times(diagonal)
    if above is None:
        return x, None, residual
    return x, float((rest_bound / diagonal).max() * above.max() * SLACK), residual
