"""Reads the steps of a certificate, as far as the verified checker has a theorem for them, and carries them out.

A reduced network in a file has no layers that only copy: they are folded into their readers. What the steps make of the
original has all of its layers, and is the same function, which the standard checker judges.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lumpform.errors import OptionError
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.numbers.rational import as_rational
from lumpform.reduction.steps import Drop, Fate, Lump, Step
from lumpform.rocq.terms import NotExpressible

if TYPE_CHECKING:
    from lumpform.networks.network import Network

FORM = "the verified checker"


def result_of_steps(network: Network, certificate: dict[str, Any]) -> Network:
    """Return what the steps of a certificate make of its original, with exact weights and all layers.

    Raises
    ------
    OptionError
        If a step is neither a lumping nor a drop.
    NotExpressible
        If a step does not fit the network.
    """
    return network.with_graph(carried_out(network.graph, certificate)[1])


def carried_out(graph: WeightedGraph, certificate: dict[str, Any]) -> tuple[list[Fate], WeightedGraph]:
    """Return what became of every node after all steps of a certificate, and the graph then; raises as above."""
    fates = [Fate(node) for node in range(graph.nodes)]
    for fields in certificate["steps"]:
        step = step_of(fields, graph.nodes)
        after = step.fates(graph)
        fates, graph = [fate.then(after) for fate in fates], step.apply(graph)
    return fates, graph


def step_of(fields: dict[str, Any], nodes: int) -> Step:
    """Return a step from what a certificate says of it; `nodes` is the number of nodes at that point."""
    read = READ.get(fields["step"])
    if read is None:
        raise OptionError(f"{FORM} knows lumping and dropping, the certificate has the step {fields['step']!r}")
    return read(fields, nodes)


def _lump(fields: dict[str, Any], nodes: int) -> Lump:
    return Lump(Partition(class_of(fields["class_of"], nodes)), tuple(scales_of(fields, nodes)))


def _drop(fields: dict[str, Any], nodes: int) -> Drop:
    if not all(0 <= node < nodes for node in fields["nodes"]):
        raise NotExpressible(f"a node is dropped that is none of the {nodes}")
    return Drop(tuple(fields["nodes"]))


READ = {"lump": _lump, "drop": _drop}
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
