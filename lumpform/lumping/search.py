"""Chooses who finds the coarsest lumping of a graph: the definition, the plain reference or a kernel.

Kernels are fast paths, chosen by the view and by the shape of the graph:

* equal sums, any number of groups and arrows, cyclic or not: `engine` (rounds and work list), proved modulo primes; or
  `gpu.engine`, where a card is asked for;
* proportional sums without weights, one arrow on one group: `directions`;
* what node functions allow, groups in an order in which values are known, the unit node first: `layered`.

Everything else is done by the plain reference, `refine`.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from lumpform.errors import OptionError
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.views import View
from lumpform.numbers.clock import clock
from lumpform.numbers.residues import modulo

Engine = Literal["kernel", "reference", "oracle", "gpu"]


class Found(NamedTuple):
    """Holds a partition, its scales if the view has any, and how it was proved."""

    partition: Partition
    scales: tuple[Any, ...] | None
    evidence: str


def search(
    graph: WeightedGraph, start: Partition, view: View, engine: Engine | None, seconds: dict[str, float]
) -> Found:
    """Return the coarsest lumping of a graph that refines `start`; phases are timed in `seconds`.

    Raises
    ------
    OptionError
        If a card is asked for, and the view does not compare equal sums over all classes.
    """
    if engine == "gpu" and not view.equal:
        what = {"function": "networks", "equal": "sums without the own class"}.get(view.normal, "proportional sums")
        raise OptionError(f"engine is 'gpu', which is for equal sums, expected kernel, reference or oracle for {what}")
    if engine == "oracle":
        from lumpform.lumping.oracle import coarsest as by_definition

        began = clock()
        found = Found(*by_definition(graph, start, view), "the coarsest of all partitions that satisfy the definition")
        seconds["refine"] = clock() - began
        return found
    if engine != "reference":
        if view.equal:
            return _equal(graph, start, view, engine == "gpu", seconds)
        began = clock()
        found = _directions(graph, start, view) if view.normal == "ray" else _layers(graph, start, view)
        if found is not None:
            seconds["refine"] = clock() - began
            return found
    from lumpform.lumping.refine import coarsest

    began = clock()
    partition, scales = coarsest(graph, start, view)
    seconds["refine"] = clock() - began
    numbers = "rational functions of the parameters" if graph.field.names else "exact numbers"
    how = "" if not view.scales else "weighted " if view.weighted else "directions of "
    return Found(partition, scales, f"{how}class sums compared as {numbers}")


def _equal(graph: WeightedGraph, start: Partition, view: View, on_card: bool, seconds: dict[str, float]) -> Found:
    if on_card:
        from lumpform.lumping.gpu.engine import coarsest
    else:
        from lumpform.lumping.engine import coarsest

    partition, moduli = coarsest(graph, start, view, seconds)
    if moduli == 0:
        return Found(partition, None, "every class is a single node")
    how = modulo(moduli)
    names = graph.field.names
    if names:
        shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
        what = f"class sums proved equal as rational functions of {shown}, coefficient by coefficient"
        return Found(partition, None, f"{what}, {how}")
    return Found(partition, None, f"class sums proved equal {how}")


def _directions(graph: WeightedGraph, start: Partition, view: View) -> Found | None:
    """Lump by proportional sums without weights; None if there is no kernel for the graph."""
    if view.weighted or len(graph.groups) != 1 or len(graph.arrows) != 1 or len(view.sides) != 1:
        return None
    if graph.field.names or graph.arrows[0].boolean:
        return None
    from lumpform.lumping.directions import coarsest_directions

    weights = graph.arrows[0].weights.to_sparse()
    found = coarsest_directions(weights if view.sides == ("out",) else weights.transpose(), start, own=view.own)
    return None if found is None else Found(*found, "class sums compared as primitive integer vectors")


def _layers(graph: WeightedGraph, start: Partition, view: View) -> Found | None:
    """Lump a feed-forward graph layer by layer; None if there is no kernel for the graph."""
    from lumpform.lumping.scaled import in_order

    fits = view.normal == "function" and view.sides == ("in",) and not graph.field.names
    if not (fits and graph.unit is not None and start == graph.coarsest and in_order(graph)):
        return None
    from lumpform.lumping.layered import lump_layers

    found = lump_layers(graph)
    if found is None:
        return None
    state, primes = found
    modulo = "a prime" if primes == 1 else f"{primes} primes"
    evidence = f"weighted sums proved proportional modulo {modulo} beyond their bound"
    if primes == 0:
        evidence = "no two nodes are proportional and none is constant"
    return Found(Partition(state.class_of), tuple(state.scales), evidence)
