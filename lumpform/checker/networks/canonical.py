"""The canonical form of a network, from docs/certificate-networks.md section 2.2."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from operator import eq

from .arrows import in_one_form
from .folding import Folding
from .graph import IDENTITY, Function, Group, Key, Matrix, Network, Port
from .limits import ARROW, GROUP, Budget


def canonical(network: Network, budget: Budget | None = None) -> Network:
    """Return the canonical form of a network, which computes the same.

    Near-linear in the weights, as long as few groups are left out one after the other. Raises `TooMuch` where it would
    take more time than the budget has (that of a network of this size, if none is given).
    """
    if budget is None:
        budget = Budget(network.weights())
    budget.claim(GROUP * len(network.groups) + ARROW * len(network.arrows))
    groups = [replace(group, function=_in_one_form(group.function)) for group in network.groups]
    inputs, outputs = ([port.group for port in ports] for ports in (network.inputs, network.outputs))
    folding = Folding(groups, set(outputs) - set(inputs), budget)
    for (source, operator, target), matrix in network.arrows.items():
        folding.add(source, in_one_form(operator, groups[source].shape), target, matrix)
    folding.run()
    return _numbered(folding, network)


def _in_one_form(function: Function) -> Function:
    """Return the function; a leaky ReLU with slope 1 is the identity."""
    return IDENTITY if function == ("leaky_relu", (1, 1)) else function


def _numbered(folding: Folding, network: Network) -> Network:
    """Return what is left: the unit node, the inputs in their order, the other groups by their depth."""
    first = [0, *dict.fromkeys(port.group for port in network.inputs)]
    ends = {*first, *(port.group for port in network.outputs)}
    depth = _depths(folding.groups, folding.into)
    others = [g for g in range(len(folding.groups)) if folding.alive[g] and g not in first]
    order = first + sorted(others, key=depth.__getitem__)
    number = {g: i for i, g in enumerate(order)}
    arrows: dict[Key, Matrix] = {}
    for g in order:
        for (source, operator), matrix in folding.into[g].items():
            arrows[number[source], operator, number[g]] = matrix
    groups = [replace(folding.groups[g], pinned=g in ends) for g in order]
    return Network(groups, arrows, _moved(network.inputs, number), _moved(network.outputs, number), network.rounded)


def _moved(ports: Iterable[Port], number: dict[int, int]) -> list[Port]:
    """Return the ports with the new numbers of their groups, and without orders that say nothing."""
    result = []
    for port in ports:
        natural = port.order is None or all(map(eq, port.order, count()))
        result.append(Port(number[port.group], None if natural else port.order))
    return result


def _depths(groups: list[Group], into: list[dict]) -> list[int]:
    """Return the number of arrows on the longest way to every group; arrows go from earlier to later groups."""
    depth = [0] * len(groups)
    for g in range(len(groups)):
        depth[g] = max((depth[source] + 1 for source, _ in into[g]), default=0)
    return depth
