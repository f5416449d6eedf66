"""Scales and shifts channels by fixed statistics. docs/certificate-networks.md, section 6.3."""

from __future__ import annotations

from math import isqrt

from ...rational import ZERO, Pair, from_float, product
from .arithmetic import add_pairs
from .entrywise import Affine, WithConstants
from .node import Node
from .tensor import Tensor


def batch_normalisation(node: Node) -> Tensor:
    """Return a tensor whose channels are scaled and shifted."""
    tensor, a = node.tensor(), node.attributes
    if a.flag("training_mode") or not a.flag("spatial", 1):
        raise ValueError("training_mode, or statistics that are not for channels")
    scale, shift, mean, variance = (node.constant(i) for i in range(1, 5))
    channels = 1 if len(tensor.shape) == 1 else tensor.shape[1]
    if not tensor.shape or any(v.shape != (channels,) for v in (scale, shift, mean, variance)):
        raise ValueError(f"statistics of other shapes than [{channels}]")
    epsilon = from_float(a.number("epsilon", 9.999999747378752e-06))  # the float32 nearest to 1e-5
    values: list[Affine] = []
    for s, b, m, v in zip(scale.pairs(), shift.pairs(), mean.pairs(), variance.pairs(), strict=True):
        factor, was_exact = over_root(s, add_pairs(v, epsilon))
        node.building.network.rounded += not was_exact
        m_times = product(m, factor)
        values.append((factor, add_pairs(b, (-m_times[0], m_times[1]))))
    shape = (channels, *(1 for _ in tensor.shape[2:]))
    return WithConstants(node.building, tensor, shape, values, (tensor.shape, tensor.batch)).made()


def over_root(scale: Pair, square: Pair) -> tuple[Pair, bool]:
    """Return the double nearest to ``scale / sqrt(square)``, ties to even, and whether it is exact.

    Raises `ValueError` if the square is not positive or the result is beyond all doubles.
    """
    if square[0] <= 0:
        raise ValueError("a variance that is not positive")
    if not scale[0]:
        return ZERO, True
    # The root of p/q, to 128 bits more than a double has, and a last bit that says whether there are more.
    p, q = scale[0] ** 2 * square[1], scale[1] ** 2 * square[0]
    excess = max(0, 2 * 128 - p.bit_length() + q.bit_length() + 1)
    excess += excess % 2
    quotient, rest = divmod(p << excess, q)
    root = isqrt(quotient)
    was_exact = not rest and root * root == quotient
    doubled = 2 * root + (not was_exact)
    try:
        nearest = doubled / (1 << (excess // 2 + 1))
    except OverflowError:
        raise ValueError("a factor beyond all doubles") from None
    n, d = nearest.as_integer_ratio()
    return (n if scale[0] > 0 else -n, d), was_exact and doubled * d == n << (excess // 2 + 1)
