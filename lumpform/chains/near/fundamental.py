"""Says how much an error in every step of a chain can move its stationary distribution: an ergodicity coefficient."""

from __future__ import annotations

from fractions import Fraction

from lumpform.chains.analysis.stationary import stationary
from lumpform.chains.chain import MarkovChain
from lumpform.graph.structure import recurrent_classes

ZERO = Fraction(0)


def ergodicity(chain: MarkovChain) -> Fraction | None:
    """Return half the largest distance between rows of ``(I - P + 1 pi)^-1`` (CTMC: ``(-Q + 1 pi)^-1``), exactly.

    None if the chain has several recurrent classes. O(n^3) rational operations.
    """
    from flint import fmpq, fmpq_mat

    if len(recurrent_classes(chain.weights)) != 1:
        return None
    n = chain.states
    pi = [Fraction(v) for v in stationary(chain, arithmetic="exact").values]
    matrix = fmpq_mat(n, n)
    for i in range(n):
        row = dict(chain.arrow().row(i))
        for j in range(n):
            value = pi[j] - row.get(j, ZERO) + (1 if i == j and chain.kind == "dtmc" else 0)
            matrix[i, j] = fmpq(value.numerator, value.denominator)
    inverse = matrix.inv()
    rows = [[Fraction(int(inverse[i, j].p), int(inverse[i, j].q)) for j in range(n)] for i in range(n)]
    apart = (sum(abs(x - y) for x, y in zip(rows[i], rows[j], strict=True)) for i in range(n) for j in range(i))
    return Fraction(max(apart, default=ZERO)) / 2
