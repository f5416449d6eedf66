"""Bound what float arithmetic may do to a network's outputs, over a box of inputs, with proof.

Three errors are bounded together, node by node: weights that were rounded to the float format, products and sums that
the runtime rounds (in whatever order it adds, with or without fused operations), and what earlier nodes bring along.
The analysis is the standard one of floating-point summation (Higham, *Accuracy and Stability of Numerical
Algorithms*, 2nd ed., section 3.1): a sum of k rounded products is off by at most ``gamma_k = k u / (1 - k u)`` times
the sum of absolute values, plus underflow. k counts every term: the edges into a node, and the positions of the window
of a mean that a value went through before. All bounds are exact rationals, rounded *up* to a double at every node.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf, nextafter, prod

from lumpform.display.words import counted
from lumpform.errors import OptionError
from lumpform.graph.graph import Arrow, Group
from lumpform.networks.network import Network
from lumpform.networks.recurrent import require_feed_forward
from lumpform.numbers.floats import FORMATS, round_to

DIGITS = {"bfloat16": 8} | {name: form.digits for name, form in FORMATS.items()}
"""Bits of precision."""


@dataclass(frozen=True)
class NodeBound:
    """Bound one node on the box: its absolute value, and the distance of the float value to the exact one."""

    size: Fraction
    error: Fraction


def float_error(network: Network, box: Sequence[tuple[Fraction, Fraction]], dtype: str = "float32") -> list[Fraction]:
    """Bound, for every output, the distance between float evaluation and the exact network, for inputs in a box.

    Parameters
    ----------
    network : Network
        With identity, ReLU, leaky ReLU and max-pool nodes. Its exact weights are rounded to nearest for the float
        evaluation; inputs are floats already.
    box : one (low, high) pair per input node
    dtype : {"float16", "float32", "float64"}

    Returns
    -------
    list of Fraction
        For every output node: the maximum over the box and, for feature maps, over positions. O(edges).

    Raises
    ------
    OptionError
        If a node function has no bound here, a bound leaves the float range, or the network's file has batch
        normalisations, which a runtime computes in an order of its own, or rounds to a narrower type on its way; or if
        the type is another or the box does not have one pair for every input node.

    Notes
    -----
    The bound is about the operations of the network as it stands, such as `write_onnx` writes them. Groups that were
    folded when a file was read were operations there: read it with ``read_onnx(path, folded=False)`` for a bound of
    the file's own evaluation.
    """
    require_feed_forward("bounds of float errors", network)
    if dtype not in FORMATS:
        raise OptionError(f"dtype is {dtype!r}, expected one of {', '.join(FORMATS)}")
    inputs = sum(network.graph.group(port.group).size for port in network.inputs)
    if len(box) != inputs:
        raise OptionError(f"the box has {counted(len(box), 'pair')}, expected {inputs}, one for every input node")
    if network.metadata.get("rounded factors"):
        raise OptionError("batch normalisations have no float error bound, expected a network without")
    narrow = [c for c in network.metadata.get("casts", ()) if DIGITS[c] < DIGITS[dtype]]
    if narrow:
        raise OptionError(f"a network that rounds to {narrow[0]} on its way has no float error bound for {dtype}")
    graph = network.graph.merged()  # parallel arrows are written, and rounded, as one
    bounds: dict[str, list[NodeBound]] = {graph.groups[0].name: [NodeBound(Fraction(1), Fraction(0))]}
    start = 0
    for port in network.inputs:
        size = graph.group(port.group).size
        ends = box[start : start + size]
        bounds[port.group] = [NodeBound(max(abs(low), abs(high)), Fraction(0)) for low, high in ends]
        start += size
    for group in graph.groups:
        if group.name not in bounds:
            into = [(a, averaged(a, graph.group(a.source))) for a in graph.arrows if a.target == group.name]
            bounds[group.name] = _group(group, into, bounds, dtype)
    return [b.error for port in network.outputs for b in bounds[port.group]]


def averaged(arrow: Arrow, source: Group) -> int:
    """Return how many values of the source a mean on an arrow adds up, at most; 0 if there is none."""
    name, *how = arrow.operator or ("",)
    if name == "mean":
        return prod(source.shape)
    return prod(how[0]) if name == "average" else 0


def _group(
    group: Group, into: list[tuple[Arrow, int]], bounds: dict[str, list[NodeBound]], dtype: str
) -> list[NodeBound]:
    """Return the bounds of a group. Every operator on an arrow is a mean or a choice, so it enlarges no bound."""
    form = FORMATS[dtype]
    u, tiny = form.unit_roundoff, form.smallest_normal
    size, carried, absolute = ([Fraction(0)] * group.size for _ in range(3))
    terms = [len(into) + 2] * group.size
    windows = [0] * group.size
    for arrow, window in into:
        for source, target, weight in arrow.weights.entries():
            before = bounds[arrow.source][source]
            rounded = round_to(weight, dtype)
            size[target] += abs(weight) * before.size
            carried[target] += abs(rounded) * before.error + abs(rounded - weight) * before.size
            absolute[target] += abs(rounded) * (before.size + before.error)
            terms[target] += 1
            if window:  # its sum and its division, which may underflow
                windows[target] = max(windows[target], window + 2)
                carried[target] += abs(rounded) * tiny
    result = []
    for v in range(group.size):
        k = (terms[v] + windows[v]) * u
        if k >= Fraction(1, 2):
            raise OptionError(f"a node of {group.name!r} has too many inputs for a bound in {dtype}")
        error = _up(carried[v] + k / (1 - k) * absolute[v] + terms[v] * tiny)
        result.append(_through(group, NodeBound(_up(size[v]), error), dtype))
    return result


def _through(group: Group, bound: NodeBound, dtype: str) -> NodeBound:
    name = group.function.name
    if bound.size + bound.error > FORMATS[dtype].largest:
        raise OptionError(f"a value in {group.name!r} may leave the range of {dtype}, expected a smaller box")
    if name in ("identity", "relu", "max_pool"):
        return bound
    if name == "leaky_relu":
        alpha = group.function.parameters[0]
        rounded = round_to(alpha, dtype)
        steep = max(Fraction(1), abs(rounded))
        total = bound.size + bound.error
        error = steep * bound.error + (abs(rounded - alpha) + FORMATS[dtype].unit_roundoff * abs(rounded)) * total
        return NodeBound(_up(max(Fraction(1), abs(alpha)) * bound.size), _up(error + FORMATS[dtype].smallest_normal))
    raise OptionError(f"no error bound for the node function {name!r} of {group.name!r}")


def _up(value: Fraction) -> Fraction:
    """Round a bound up to a double, so that denominators stay small."""
    try:
        nearest = float(value)
    except OverflowError:
        return value
    if nearest == inf:
        return value
    return Fraction(nearest) if Fraction(nearest) >= value else Fraction(nextafter(nearest, inf))
