"""Read boxes of inputs: bounds that are given once for all inputs, or for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lumpform.display.words import counted
from lumpform.errors import OptionError
from lumpform.networks.recurrent import require_feed_forward
from lumpform.numbers.rational import as_rational

if TYPE_CHECKING:
    from lumpform.networks.network import Network

Box = tuple[tuple[Fraction, Fraction], ...]
"""A lower and an upper bound for every input node, in order."""


def input_box(network: Network, box: Any) -> Box:
    """Return one exact pair of bounds per input node, from one pair for all or a sequence of pairs.

    Raises
    ------
    OptionError
        If there are more or fewer pairs than inputs, a bound is no number, or a lower one is above the upper one.
    """
    require_feed_forward("a box of inputs", network)
    count = sum(network.graph.group(p.group).size for p in network.inputs)
    pairs = list(box)
    if len(pairs) == 2 and not isinstance(pairs[0], tuple | list):
        pairs = [(pairs[0], pairs[1])] * count
    if len(pairs) != count:
        raise OptionError(
            f"the box has {counted(len(pairs), 'pair')}, expected one for each of the {counted(count, 'input')}"
        )
    try:
        exact = tuple((as_rational(low), as_rational(high)) for low, high in pairs)
    except (TypeError, ValueError) as error:
        raise OptionError(f"the box is not usable: {error}") from None
    for i, (low, high) in enumerate(exact):
        if low > high:
            raise OptionError(f"the box of input {i} is [{low}, {high}], expected the lower bound first")
    return exact


def per_port(network: Network, box: Box) -> dict[str, Sequence[tuple[Fraction, Fraction]]]:
    """Return the bounds of all input nodes as one sequence for every input group."""
    result, start = {}, 0
    for port in network.inputs:
        size = network.graph.group(port.group).size
        result[port.group] = box[start : start + size]
        start += size
    return result
