"""Reads the steps of a certificate, as far as the verified checker has a theorem for them, and carries them out.

A reduced network in a file has no layers that only copy: they are folded into their readers. What the steps make of the
original has all of its layers, and is the same function, which the standard checker judges.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lumpform.errors import OptionError
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.numbers.rational import as_rational
from lumpform.reduction.steps import Drop, Fate, Lump, Step, Substitute
from lumpform.reduction.substitute import Substitution, inputs_of
from lumpform.rocq.terms import NotExpressible

if TYPE_CHECKING:
    from lumpform.networks.network import Network

FORM = "the verified checker"


def result_of_steps(network: Network, certificate: dict[str, Any]) -> Network:
    """Return what the steps of a certificate make of its original, with exact weights and all layers.

    Raises
    ------
    OptionError
        If a step is none that is known.
    NotExpressible
        If a step does not fit the network.
    """
    return network.with_graph(carried_out(network.graph, certificate)[1])


def carried_out(graph: WeightedGraph, certificate: dict[str, Any]) -> tuple[list[Fate], WeightedGraph]:
    """Return what became of every node after all steps of a certificate, and the graph then; raises as above."""
    fates = [Fate(node) for node in range(graph.nodes)]
    for fields in certificate["steps"]:
        step = step_of(fields, graph)
        after = step.fates(graph)
        fates, graph = [fate.then(after) for fate in fates], step.apply(graph)
    return fates, graph


def step_of(fields: dict[str, Any], graph: WeightedGraph) -> Step:
    """Return a step from what a certificate says of it, and the graph at that point."""
    read = READ.get(fields["step"])
    if read is None:
        raise OptionError(f"{FORM} knows lumping, dropping and substituting, not the step {fields['step']!r}")
    return read(fields, graph)


def _lump(fields: dict[str, Any], graph: WeightedGraph) -> Lump:
    nodes = graph.nodes
    return Lump(Partition(class_of(fields["class_of"], nodes)), tuple(scales_of(fields, nodes)))


def _drop(fields: dict[str, Any], graph: WeightedGraph) -> Drop:
    if not all(0 <= node < graph.nodes for node in fields["nodes"]):
        raise NotExpressible(f"a node is dropped that is none of the {graph.nodes}")
    return Drop(tuple(fields["nodes"]))


def _substitute(fields: dict[str, Any], graph: WeightedGraph) -> Substitute:
    """Return the step, with what nodes read from earlier groups, which a certificate leaves to its reader."""
    place, listed = fields["group"], fields["nodes"]
    if not 0 <= place < len(graph.groups):
        raise NotExpressible(f"group {place} of {len(graph.groups)} is substituted")
    group = graph.groups[place]
    gone = {node["node"] for node in listed}
    for node in listed:
        if any(not 0 <= i < group.size for i in (node["node"], *(j for j, _ in node["inside"]))):
            raise NotExpressible(f"a node is substituted, or used, that is none of the {group.size} of {group.name!r}")
        if gone & {j for j, _ in node["inside"]}:
            raise NotExpressible(f"node {node['node']} of {group.name!r} is expressed by one that is gone")
    found = []
    for node in listed:
        inside = {j: as_rational(value) for j, value in node["inside"]}
        passed_on = node["reason"] in ("opposite", "copy", "active")
        before = inputs_of(graph, group, node["node"]) if passed_on else {}
        found.append(Substitution(group.name, node["node"], inside, before, node["reason"]))
    return Substitute(tuple(found), place)


READ: dict[str, Callable[[dict[str, Any], WeightedGraph], Step]] = {
    "lump": _lump,
    "drop": _drop,
    "substitute": _substitute,
}
"""How a step is read, by its name in a certificate."""


def class_of(value: Any, size: int) -> list[int]:
    """Return the class of every node from the map of a lumping, packed or not."""
    from lumpform.checker.certificate import unpack_map

    classes = list(unpack_map("certificate", value, size))
    if len(classes) != size:
        raise NotExpressible(f"the map has {len(classes)} entries, there are {size} nodes")
    return classes


def scales_of(fields: dict[str, Any], size: int) -> list[Fraction]:
    """Return the scale of every node of a lumping; those that are not listed are 1."""
    scales = [Fraction(1)] * size
    for node, value in fields["scales"]:
        if not 0 <= node < size:
            raise NotExpressible(f"a scale for node {node} of {size}")
        scales[node] = as_rational(value)  # which refuses numbers that would not fit into memory
    return scales
