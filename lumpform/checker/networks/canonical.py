"""Brings a network to its read form or its canonical form. docs/certificate-networks.md, section 2.2."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from operator import eq

from ..rational import ONE
from .arrows import FIRST, LAST, in_one_form, is_delay
from .budget import ARROW, GROUP, Budget
from .folding import Folding
from .graph import IDENTITY, Group, Key, Matrix, Network, Port


def canonical(network: Network, budget: Budget | None = None) -> Network:
    """Return the canonical form of a network, which computes the same.

    Near-linear in the weights, as long as few groups are left out one after the other. Raises `TooMuch` where it would
    take more time than the budget has (that of a network of this size, if none is given).
    """
    return _folded(network, budget, read=False)


def read_form(network: Network, budget: Budget | None = None) -> Network:
    """Return the read form of a network from a file, which computes the same and keeps the layers of the file.

    Cost and errors are those of `canonical`.
    """
    return _folded(network, budget, read=True)


def _folded(network: Network, budget: Budget | None, *, read: bool) -> Network:
    """Return the network in one of the forms."""
    if budget is None:
        budget = Budget(network.weights())
    budget.claim(GROUP * len(network.groups) + ARROW * len(network.arrows))
    groups = [_in_one_form(group) for group in network.groups]
    inputs, outputs = ([port.group for port in ports] for ports in (network.inputs, network.outputs))
    folding = Folding(groups, set(outputs) - set(inputs), budget, read=read)
    varying = _varying(network)
    for (source, operator, target), matrix in network.arrows.items():
        solid = (source, operator, target) in network.solid
        always = operator in (LAST, FIRST) and source not in varying  # the same at every step
        formed = None if always else in_one_form(operator, groups[source].shape)
        folding.add(source, formed, target, matrix, solid=solid)
    folding.run()
    return _numbered(folding, network)


def _varying(network: Network) -> set[int]:
    """Return the groups whose values may differ from step to step; all but delays come from earlier groups."""
    result = {port.group for port in network.inputs if "t" in port.layout}
    for g, arrows in enumerate(network.incoming()):
        for (source, operator, _), matrix in arrows:
            if matrix.rows and (is_delay(operator) or (source in result and operator not in (LAST, FIRST))):
                result.add(g)
    return result


def _in_one_form(group: Group) -> Group:
    """Return the group; a leaky ReLU with slope 1 is the identity, a map of one position a number."""
    function = IDENTITY if group.function == ("leaky_relu", ONE) else group.function
    return replace(group, function=function, shape=() if group.positions == 1 else group.shape)


def _numbered(folding: Folding, network: Network) -> Network:
    """Return what is left: the unit node, the inputs in their order, the other groups by their depth."""
    first = list(dict.fromkeys([0, *(port.group for port in network.inputs)]))
    before, ends = set(first), {*first, *(port.group for port in network.outputs)}
    depth = _depths(folding.into, before)
    others = [g for g in range(len(folding.groups)) if folding.alive[g] and g not in before]
    order = first + sorted(others, key=depth.__getitem__)
    number = {g: i for i, g in enumerate(order)}
    arrows: dict[Key, Matrix] = {}
    for g in order:
        for (source, operator), matrix in folding.into[g].items():
            arrows[number[source], operator, number[g]] = matrix
    solid = {(number[source], operator, number[g]) for source, operator, g in folding.solid}
    groups = [replace(folding.groups[g], pinned=g in ends) for g in order]
    inputs, outputs = (_moved(ports, number) for ports in (network.inputs, network.outputs))
    return Network(groups, arrows, inputs, outputs, network.rounded, solid)


def _moved(ports: Iterable[Port], number: dict[int, int]) -> list[Port]:
    """Return the ports with the new numbers of their groups, and without orders that say nothing."""
    result = []
    for port in ports:
        natural = port.order is None or all(map(eq, port.order, count()))
        result.append(Port(number[port.group], None if natural else port.order, port.layout))
    return result


def _depths(into: list[dict], first: set[int]) -> list[int]:
    """Return the number of arrows on the longest way to every group, 1 if there are none, delays not counted.

    Other arrows go to later groups.
    """
    depth = [0] * len(into)
    for g in range(len(into)):
        before = [depth[source] for source, operator in into[g] if not is_delay(operator)]
        depth[g] = 1 + max(before, default=0) if g not in first else 0
    return depth
