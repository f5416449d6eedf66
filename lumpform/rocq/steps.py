"""Carries out the steps of a certificate on a network, layer by layer, as the verified checker follows them.

A reduced network in a file has no layers that only copy: they are folded into their readers. What the steps make of the
original has all of its layers, and is the same function, which the standard checker judges.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from lumpform.errors import OptionError
from lumpform.graph.partition import Partition
from lumpform.graph.quotient_graph import quotient_graph
from lumpform.numbers.rational import as_rational
from lumpform.reduction.needed import restricted
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
    for step in certificate["steps"]:
        nodes = network.graph.nodes
        if step["step"] == "lump":
            partition = Partition(class_of(step["class_of"], nodes))
            network = network.with_graph(quotient_graph(network.graph, partition, scales_of(step, nodes)))
        elif step["step"] == "drop":
            keep = np.ones(nodes, dtype=bool)
            keep[step["nodes"]] = False
            network = network.with_graph(restricted(network.graph, keep))
        else:
            raise unknown(step)
    return network


def unknown(step: dict[str, Any]) -> OptionError:
    """Return the error about a step that the verified checker has no theorem for."""
    return OptionError(f"{FORM} knows lumping and dropping, the certificate has the step {step['step']!r}")


def class_of(value: Any, size: int) -> list[int]:
    """Return the class of every node from the map of a lumping, packed or not."""
    from lumpform.checker.certificate import unpack_map

    classes = list(unpack_map("certificate", value, size))
    if len(classes) != size:
        raise NotExpressible(f"the map has {len(classes)} entries, there are {size} nodes")
    return classes


def scales_of(step: dict[str, Any], size: int) -> list[Fraction]:
    """Return the scale of every node of a lumping; those that are not listed are 1."""
    scales = [Fraction(1)] * size
    for node, value in step["scales"]:
        if not 0 <= node < size:
            raise NotExpressible(f"a scale for node {node} of {size}")
        scales[node] = as_rational(value)  # which refuses numbers that would not fit into memory
    return scales
