"""Round the weights of a network to a float format, each once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lumpform.graph.graph import WeightedGraph
from lumpform.graph.weights import DenseWeights, SparseWeights, Weights
from lumpform.networks.functions import leaky_relu
from lumpform.numbers.dyadic import DyadicValues
from lumpform.numbers.floats import round_to
from lumpform.numbers.rounding import as_floats

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
        if isinstance(arrow.weights, DenseWeights):
            weights: Weights = DenseWeights(arrow.weights.shape, values)
        else:
            rows = arrow.weights.row_of_entries()
            weights = SparseWeights.from_coo(rows, arrow.weights.indices, values, arrow.weights.shape)
        arrows.append(replace(arrow, weights=weights))
    groups = []
    for group in network.graph.groups:
        if group.function.name == "leaky_relu":
            group = replace(group, function=leaky_relu(round_to(group.function.parameters[0], dtype)))
        groups.append(group)
    return network.with_graph(WeightedGraph(tuple(groups), tuple(arrows)))
