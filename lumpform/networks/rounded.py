"""Round the weights of a network to a float format, each once."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.graph import WeightedGraph
from lumpform.networks.functions import leaky_relu
from lumpform.numbers.column import Values
from lumpform.numbers.dyadic import DyadicValues
from lumpform.numbers.floats import round_to
from lumpform.numbers.make import exact_values
from lumpform.numbers.rounding import Rounding, as_floats

if TYPE_CHECKING:
    from lumpform.networks.network import Network


def rounded_network(network: Network, dtype: str) -> Network:
    """Return the network whose weights and slopes are the nearest floats of a format, each rounded once.

    Raises
    ------
    OptionError
        If a value is beyond the range of the format.
    """
    arrows = []
    for arrow in network.graph.merged().arrows:
        values = DyadicValues(as_floats(arrow.weights.values, dtype)[0].astype(np.float64))
        arrows.append(replace(arrow, weights=arrow.weights.with_values(values)))
    groups = []
    for group in network.graph.groups:
        if group.function.name == "leaky_relu":
            group = replace(group, function=leaky_relu(round_to(group.function.parameters[0], dtype)))
        groups.append(group)
    return network.with_graph(WeightedGraph(tuple(groups), tuple(arrows)))


def as_two_floats(values: Values, dtype: str) -> tuple[NDArray[Any], NDArray[Any], Rounding]:
    """Return two arrays of floats whose sums are some numbers: the nearest floats, and what is missing, rounded.

    Recurrent layers have two biases, whose sum is seldom a float.

    Raises
    ------
    OptionError
        If a value is beyond the range of the format.
    """
    first, account = as_floats(values, dtype)
    if account.exact:
        return first, np.zeros_like(first), account
    missing = [v - Fraction(f) for v, f in zip(values.fractions(), first.tolist(), strict=True)]
    second, account = as_floats(exact_values(missing), dtype)
    return first, second, account
