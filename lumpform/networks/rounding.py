"""What float arithmetic may do to a network's outputs: a proved bound over a box of inputs.

Three errors are bounded together, node by node: weights that were rounded to the float format, products and sums that
the runtime rounds (in whatever order it adds, with or without fused operations), and what earlier nodes bring along.
The analysis is the standard one of floating-point summation (Higham, *Accuracy and Stability of Numerical
Algorithms*, 2nd ed., section 3.1): a sum of k rounded products is off by at most ``gamma_k = k u / (1 - k u)`` times
the sum of absolute values, plus underflow. All bounds are exact rationals, rounded *up* to a double at every node.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf, nextafter
from typing import Any

import numpy as np

from lumpform.errors import OptionError
from lumpform.graph import Arrow, Group
from lumpform.networks.network import Network
from lumpform.weights import DenseWeights

UNIT_ROUNDOFF = {"float32": Fraction(1, 1 << 24), "float64": Fraction(1, 1 << 53)}
SMALLEST_NORMAL = {"float32": Fraction(1, 1 << 126), "float64": Fraction(1, 1 << 1022)}
LARGEST = {"float32": (2 - Fraction(1, 1 << 23)) * (1 << 127), "float64": (2 - Fraction(1, 1 << 52)) * (1 << 1023)}


@dataclass(frozen=True)
class NodeBound:
    """Bounds of one node on the box: of the absolute value, and of the float value's distance to the exact one."""

    size: Fraction
    error: Fraction


def round_to(value: Fraction, dtype: str) -> Fraction:
    """The float nearest to a rational (ties to even), as a rational; one rounding, never two.

    Raises
    ------
    OptionError
        If the value is beyond the format's range.
    """
    if value == 0:
        return value
    digits = 24 if dtype == "float32" else 53
    lowest = -149 if dtype == "float32" else -1074
    magnitude = abs(value)
    exponent = magnitude.numerator.bit_length() - magnitude.denominator.bit_length()
    if magnitude < Fraction(2) ** exponent:
        exponent -= 1
    step = Fraction(2) ** max(exponent - digits + 1, lowest)
    rounded = round(value / step) * step  # Fraction rounds half to even
    if abs(rounded) > LARGEST[dtype]:
        raise OptionError(f"a number of about 2^{exponent} is beyond the range of {dtype}, expected a smaller one")
    return rounded


def float_error(network: Network, box: Sequence[tuple[Fraction, Fraction]], dtype: str = "float32") -> list[Fraction]:
    """A bound, per output, of the distance between float evaluation and the exact network, for inputs in a box.

    Parameters
    ----------
    network : Network
        With identity, ReLU, leaky ReLU and max-pool nodes. Its exact weights are rounded to nearest for the float
        evaluation; inputs are floats already.
    box : one (low, high) pair per input node
    dtype : {"float32", "float64"}

    Returns
    -------
    list of Fraction
        For every output node: the maximum over the box and, for feature maps, over positions. O(edges).

    Raises
    ------
    OptionError
        If a node function has no bound here, or a bound leaves the float range.
    """
    bounds: dict[str, list[NodeBound]] = {network.graph.groups[0].name: [NodeBound(Fraction(1), Fraction(0))]}
    start = 0
    for port in network.inputs:
        size = network.graph.group(port.group).size
        ends = box[start : start + size]
        bounds[port.group] = [NodeBound(max(abs(low), abs(high)), Fraction(0)) for low, high in ends]
        start += size
    for group in network.graph.groups:
        if group.name not in bounds:
            into = [a for a in network.graph.arrows if a.target == group.name]
            bounds[group.name] = _group(group, into, bounds, dtype)
    return [b.error for port in network.outputs for b in bounds[port.group]]


def _group(group: Group, into: list[Arrow], bounds: dict[str, list[NodeBound]], dtype: str) -> list[NodeBound]:
    """Sums over incoming edges. Every operator on an arrow is an average or a choice, so it enlarges no bound."""
    u, tiny = UNIT_ROUNDOFF[dtype], SMALLEST_NORMAL[dtype]
    size, carried, absolute = ([Fraction(0)] * group.size for _ in range(3))
    terms = [len(into) + 2] * group.size
    for arrow in into:
        averaged = 2 if arrow.operator is not None and arrow.operator[0] in ("average", "mean") else 0
        for source, target, weight in _edges(arrow):
            before = bounds[arrow.source][source]
            rounded = round_to(weight, dtype)
            size[target] += abs(weight) * before.size
            carried[target] += abs(rounded) * before.error + abs(rounded - weight) * before.size
            absolute[target] += abs(rounded) * (before.size + before.error)
            terms[target] += 1 + averaged * 64
    result = []
    for v in range(group.size):
        k = terms[v] * u
        if k >= Fraction(1, 2):
            raise OptionError(f"a node of {group.name!r} has too many inputs for a bound in {dtype}")
        error = _up(carried[v] + k / (1 - k) * absolute[v] + terms[v] * tiny)
        result.append(_through(group, NodeBound(_up(size[v]), error), dtype))
    return result


def _through(group: Group, bound: NodeBound, dtype: str) -> NodeBound:
    name = group.function.name
    if bound.size + bound.error > LARGEST[dtype]:
        raise OptionError(f"a value in {group.name!r} may leave the range of {dtype}, expected a smaller box")
    if name in ("identity", "relu", "max_pool"):
        return bound
    if name == "leaky_relu":
        alpha = group.function.parameters[0]
        rounded = round_to(alpha, dtype)
        steep = max(Fraction(1), abs(rounded))
        total = bound.size + bound.error
        error = steep * bound.error + (abs(rounded - alpha) + UNIT_ROUNDOFF[dtype] * abs(rounded)) * total
        return NodeBound(_up(max(Fraction(1), abs(alpha)) * bound.size), _up(error + SMALLEST_NORMAL[dtype]))
    raise OptionError(f"no error bound for the node function {name!r} of {group.name!r}")


def _edges(arrow: Arrow) -> Any:
    """The non-zero entries (source, target, exact weight)."""
    if isinstance(arrow.weights, DenseWeights):
        width = arrow.weights.shape[1]
        where = np.flatnonzero(arrow.weights.values.nonzero())
        values = arrow.weights.values.take(where).fractions()
        yield from ((int(i) // width, int(i) % width, value) for i, value in zip(where, values, strict=True))
        return
    rows = arrow.weights.row_of_entries().tolist()
    yield from zip(rows, arrow.weights.indices.tolist(), arrow.weights.values.fractions(), strict=True)


def _up(value: Fraction) -> Fraction:
    """The bound rounded up to a double, so that denominators stay small."""
    try:
        nearest = float(value)
    except OverflowError:
        return value
    if nearest == inf:
        return value
    return Fraction(nearest) if Fraction(nearest) >= value else Fraction(nextafter(nearest, inf))
