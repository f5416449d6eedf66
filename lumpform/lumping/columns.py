"""Adds up the rows of a matrix modulo a prime ``2^61 - c``: the kernels for feed-forward graphs.

The layered algorithm needs linear functionals ``sum over u of f(u) A(u, v)`` and class sums ``sum over u in C of f(u)
A(u, v)`` for a matrix A from sources u to nodes v. `data` are residues (or codes into `table`), row-major for a dense
matrix.

Bounds: weights, factors and sums are residues, below 2^61 - 1 or below a prime ``2^61 - c`` with c < 1000; sums of two
are below 2^62 and are reduced at once. Claims are residues modulo the prime at hand.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.weights import SparseWeights, Weights
from lumpform.numbers.kernel import index, kernel
from lumpform.numbers.modular import canonical_residue, mul_fold, mul_mod, reduce_mod
from lumpform.numbers.residues import PRIME


@kernel
def _functional_dense(data, table, columns, factors, out):
    for u in range(len(factors)):
        f = factors[u]
        if f == 0:
            continue
        row = index(u * columns)
        for v in range(index(columns)):
            w = np.uint64(data[row + v]) if table is None else table[index(data[row + v])]
            out[v] = canonical_residue(out[v] + mul_fold(f, w))


@kernel
def _functional_sparse(indptr, indices, data, table, factors, out):
    for u in range(len(factors)):
        f = factors[u]
        if f == 0:
            continue
        for e in range(index(indptr[u]), index(indptr[u + 1])):
            w = np.uint64(data[e]) if table is None else table[index(data[e])]
            v = index(indices[e])
            out[v] = canonical_residue(out[v] + mul_fold(f, w))


def add_functional(weights: Weights, denominator: int, factors: NDArray[np.uint64], out: NDArray[np.uint64]) -> None:
    """Add ``sum over u of factors[u] * A(u, v) * denominator`` modulo 2^61 - 1 to ``out[v]``. O(edges)."""
    data, table = weights.values.residues(PRIME, denominator)
    if isinstance(weights, SparseWeights):  # a kernel for each representation
        _functional_sparse(weights.indptr, weights.indices, data, table, factors, out)
    else:
        _functional_dense(data, table, weights.shape[1], factors, out)


@kernel
def _class_sums_dense(data, table, columns, c, factors, row_of, chosen, out):
    for u in range(len(factors)):
        f = factors[u]
        if f == 0:
            continue
        row = index(u * columns)
        into = index(row_of[u])
        for j in range(len(chosen)):
            i = row + index(chosen[j])
            w = np.uint64(data[i]) if table is None else table[index(data[i])]
            out[into, j] = reduce_mod(out[into, j] + reduce_mod(mul_mod(f, w, c), c), c)


@kernel
def _class_sums_sparse(indptr, indices, data, table, c, factors, row_of, place, out):
    for u in range(len(factors)):
        f = factors[u]
        if f == 0:
            continue
        into = index(row_of[u])
        for e in range(index(indptr[u]), index(indptr[u + 1])):
            j = place[index(indices[e])]
            if j >= 0:
                w = np.uint64(data[e]) if table is None else table[index(data[e])]
                out[into, j] = reduce_mod(out[into, j] + reduce_mod(mul_mod(f, w, c), c), c)


def add_class_sums(
    weights: Weights,
    residues: tuple[NDArray[Any], NDArray[np.uint64] | None],
    modulus: int,
    factors: NDArray[np.uint64],
    row_of: NDArray[np.int64],
    chosen: NDArray[np.int64],
    out: NDArray[np.uint64],
) -> None:
    """Add ``factors[u] * A(u, chosen[j])`` modulo `modulus` to ``out[row_of[u], j]``. O(rows * chosen).

    `residues` are the numerators of the weights modulo `modulus`, from ``Values.residues``.
    """
    data, table = residues
    c = np.uint64((1 << 61) - modulus)
    if isinstance(weights, SparseWeights):  # a kernel for each representation
        place = np.full(weights.shape[1], -1, dtype=np.int64)
        place[chosen] = np.arange(len(chosen))
        _class_sums_sparse(weights.indptr, weights.indices, data, table, c, factors, row_of, place, out)
    else:
        _class_sums_dense(data, table, weights.shape[1], c, factors, row_of, chosen, out)


@kernel
def ratios(one, other):
    """Return the array of ``one[v] / other[v]`` in the field of 2^61 - 1 (0 where `other` is 0)."""
    out = np.empty_like(one)
    for v in range(len(one)):
        power, base, exponent = np.uint64(1), other[v], np.uint64((1 << 61) - 3)
        while exponent > 0:  # Fermat: the inverse is the power p - 2
            if exponent & np.uint64(1):
                power = canonical_residue(mul_fold(power, base))
            base = canonical_residue(mul_fold(base, base))
            exponent >>= np.uint64(1)
        # A plain 0 would make both branches floats.
        out[v] = canonical_residue(mul_fold(one[v], power)) if other[v] != 0 else np.uint64(0)
    return out


@kernel
def disagreeing(sums, claims, c):
    """Return the first claim with ``denominator * sums[:, member] != numerator * sums[:, head]``, or -1.

    `claims` holds rows (member, head, numerator, denominator); the first two are numbers of columns, and the head -1
    stands for the column that is zero but in row 0.
    """
    for i in range(len(claims)):
        member, head = claims[i, 0], claims[i, 1]
        for row in range(np.int64(head < 0), len(sums)):
            left = reduce_mod(mul_mod(np.uint64(claims[i, 3]), sums[row, member], c), c)
            right = np.uint64(0)
            if head >= 0:
                right = reduce_mod(mul_mod(np.uint64(claims[i, 2]), sums[row, head], c), c)
            if left != right:
                return i
    return -1
