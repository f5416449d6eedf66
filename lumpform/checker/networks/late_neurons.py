"""Says how a file holds what the unit node gives after the first step. docs/certificate-networks.md, rule N13.

Where a neuron that is constant is read at another step, the unit node is read by a delay: 0 before the first step, and
a bias from then on. No operation of a file does that, but a neuron of the group itself does, which has the bias 1.
"""

from __future__ import annotations

from dataclasses import replace

from .arrows import is_delay
from .graph import IDENTITY, Matrix, Network


def with_late_neurons(network: Network) -> Network:
    """Return a network that computes the same, in which no group with the function ReLU reads the unit node by a delay.

    Each gets a last neuron that is always 1 and starts at 0. Where it is an output, the output is a copy of the others.
    """
    late = [
        (target, operator)
        for (source, operator, target) in network.arrows
        if source == 0 and is_delay(operator) and network.groups[target].function == ("relu",)
    ]
    if not late:
        return network
    result = Network(list(network.groups), dict(network.arrows), [*network.inputs], [*network.outputs], network.rounded)
    for g, operator in late:
        group = result.groups[g]
        if group.pinned:
            _copy(result, g)
        result.groups[g] = replace(group, size=group.size + 1, pinned=False)
        row = result.arrows.pop((0, operator, g)).rows[0]
        result.add((g, operator, g), Matrix({group.size: row}))
        result.add((0, None, g), Matrix({0: (1, {group.size: 1})}))
    return result


def _copy(network: Network, g: int) -> None:
    """Make the output that group g is a copy of it."""
    group = network.groups[g]
    network.add((g, None, len(network.groups)), Matrix.selecting(range(group.size)))
    network.outputs = [
        replace(port, group=len(network.groups)) if port.group == g else port for port in network.outputs
    ]
    network.groups.append(replace(group, function=IDENTITY))
