"""Takes from a network, its reduced form and a certificate with substituted neurons what the verified checker reads.

The reduced network may skip layers, so its nodes are numbered through all groups; node 0 is the unit node. What became
of a neuron is a sum of these nodes, which the steps are followed for. As in `network_case`, whoever writes the case is
not trusted: sums are hints that the checker proves or rejects.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm, prod
from typing import Any

from lumpform.errors import OptionError
from lumpform.graph.graph import Group, WeightedGraph
from lumpform.networks.canonical import canonical
from lumpform.reduction.steps import Drop, Step, Substitute
from lumpform.rocq.network_case import Layer, NetworkCase, check_read, network_case
from lumpform.rocq.steps import FORM, result_of_steps, step_of
from lumpform.rocq.terms import NotExpressible, scaled

Sum = dict[int, Fraction]
"""Coefficients of nodes."""

LONGEST = 1 << 13
"""Bits of the number of units up to which bounds are exact; beyond, they are rounded outwards."""

ENOUGH = 1 << 512


@dataclass(frozen=True)
class Fate:
    """Says that a neuron is a sum of nodes in its own layer, of nodes before, and of a constant; all are numerators."""

    own: list[tuple[int, int]]
    before: list[tuple[int, int]]
    constant: int


ZERO = Fate([], [], 0)


@dataclass(frozen=True)
class SubstitutionCase:
    """Holds the original and what the first step makes of it, what became of the neurons of that, and the box.

    Attributes
    ----------
    lumping : NetworkCase
        The first step, a lumping: bounds are narrower behind it.
    reduced : list of Layer
        Its rows go to nodes, numbered through all layers from 1, inputs first.
    fates : list of (int, list of Fate or None)
        For each layer of the lumped network a denominator, and what became of each neuron; None: nothing reads it.
    box : list of (int, int, int) or None
        For every input both ends and their denominator; None: all inputs.
    units : int
        Bounds are multiples of one over it.
    """

    lumping: NetworkCase
    reduced: list[Layer]
    fates: list[tuple[int, list[Fate | None]]]
    box: list[tuple[int, int, int]] | None
    units: int

    @property
    def words(self) -> str:
        """Return what is proved, in words."""
        return "both networks have equal outputs on every real input" + (
            " in the box of the certificate" if self.box else ""
        )


def substituted_neurons(certificate: dict[str, Any]) -> bool:
    """Tell whether neurons are substituted."""
    return any(fields["step"] == "substitute" for fields in certificate["steps"])


def substitution_case(original: Any, reduced: Any, certificate: dict[str, Any]) -> SubstitutionCase:
    """Return a case.

    Raises
    ------
    ModelError
        If the original is not a sequence of fully connected layers with ReLU or nothing.
    OptionError
        If the certificate has steps that the verified checker does not know.
    NotExpressible
        If steps do not fit the network, or the reduced network has other groups than they lead to.
    """
    first = certificate["steps"][:1] if certificate["steps"][0]["step"] == "lump" else []
    lumped = result_of_steps(original, {"steps": first})
    lumping = network_case(original, lumped, {"steps": first})
    sums, result = _followed(lumped, {"steps": certificate["steps"][len(first) :]})
    after = canonical(reduced).graph
    if forms(after) != forms(result):
        raise NotExpressible("the reduced network has other groups than the steps lead to")
    layers = _skipping_layers(after)
    names = {group.name: i for i, group in enumerate(result.groups)}
    fates = []
    for group in lumped.graph.groups[2:]:
        start, place = lumped.graph.offset(group.name), names.get(group.name)
        own = range(0) if place is None else _nodes(result, result.groups[place])
        fates.append(_fates(sums[start : start + group.size], own))
    box = None if certificate["box"] is None else [_interval(*pair) for pair in certificate["box"]]
    read = [[fate is not None for fate in found] for _, found in fates]
    check_read(lumping.reduced, read, [[fate not in (None, ZERO) for fate in found] for _, found in fates])
    return SubstitutionCase(lumping, layers, fates, box, _units(box, lumping.reduced, layers))


def as_the_steps_end(original: Any, reduced: Any, certificate: dict[str, Any]) -> tuple[Any, bool]:
    """Return a reduced network, or what the steps end in if that has other groups, and whether it is the former."""
    result = _followed(original, certificate)[1]
    if forms(canonical(reduced).graph) == forms(result):
        return reduced, True
    return original.with_graph(result), False


def forms(graph: WeightedGraph) -> list[tuple[int, str, bool]]:
    """Return what is equal if nodes have equal numbers."""
    return [(group.size, group.function.name, group.pinned) for group in graph.groups]


def _nodes(graph: WeightedGraph, group: Group) -> range:
    start = graph.offset(group.name)
    return range(start, start + group.size)


def _followed(original: Any, certificate: dict[str, Any]) -> tuple[list[Sum | None], WeightedGraph]:
    """Return every node as a sum of nodes of what the steps end in, None if it is dropped, and that graph."""
    graph = original.graph
    sums: list[Sum | None] = [{node: Fraction(1)} for node in range(graph.nodes)]
    for fields in certificate["steps"]:
        step = step_of(fields, graph)
        made = _made(step, graph)
        sums, graph = [_through(found, made) for found in sums], step.apply(graph)
    end = canonical(original.with_graph(graph)).graph
    folded = _folded(graph, end)
    return [_through(found, folded) for found in sums], end


def _made(step: Step, graph: WeightedGraph) -> list[Sum | None]:
    """Return what a step makes of every node."""
    made: list[Sum | None] = []
    for fate in step.fates(graph):
        if fate.node is not None:
            made.append({fate.node: fate.scale})
        elif fate.why == "constant":
            made.append({0: fate.scale} if fate.scale else {})
        else:
            made.append(None)
    if isinstance(step, Drop):
        for group in graph.groups:
            gone = [i for i, node in enumerate(_nodes(graph, group)) if made[node] is None]
            if gone and group.function.name == "identity":  # it is what it reads, whoever reads it
                arriving = _arriving(graph, group)
                for i in gone:
                    made[graph.offset(group.name) + i] = _through(arriving[i], made)
    if isinstance(step, Substitute):
        for s in step.substitutions:
            start = graph.offset(s.group)
            terms = {start + j: c for j, c in s.inside.items()}
            terms |= {graph.offset(source) + u: c for (source, _, u), c in s.before.items()}
            made[start + s.index] = _through(terms, made)
    return made


def _through(found: Sum | None, made: list[Sum | None]) -> Sum | None:
    """Return a sum with every node replaced by what was made of it; None if one is dropped."""
    if found is None:
        return None
    total: Sum = {}
    for node, factor in found.items():
        replacement = made[node]
        if replacement is None:
            return None
        for k, c in replacement.items():
            total[k] = total.get(k, Fraction(0)) + factor * c
    return {k: c for k, c in total.items() if c}


def _folded(graph: WeightedGraph, end: WeightedGraph) -> list[Sum | None]:
    """Return what the canonical form makes of every node: linear groups that are folded are what arrives at them."""
    stay = {group.name for group in end.groups}
    made: list[Sum | None] = []
    for group in graph.groups:
        if group.name in stay:
            if end.group(group.name).function != group.function:
                raise NotExpressible(f"the group {group.name!r} has another function in the canonical form")
            made += [{node: Fraction(1)} for node in _nodes(end, end.group(group.name))]
        elif group.function.name != "identity":
            made += [None] * group.size
        else:
            made += [_through(terms, made) for terms in _arriving(graph, group)]
    return made


def _arriving(graph: WeightedGraph, group: Group) -> list[Sum]:
    """Return for every node of a group what it reads."""
    rows: list[Sum] = [{} for _ in range(group.size)]
    for arrow in graph.arrows:
        if arrow.target == group.name:
            start = graph.offset(arrow.source)
            for u, v, w in arrow.weights.entries():
                rows[v][start + u] = rows[v].get(start + u, Fraction(0)) + w
    return rows


def _skipping_layers(graph: WeightedGraph) -> list[Layer]:
    """Return the groups behind the inputs as layers of integers."""
    groups = graph.groups
    if [g.pinned for g in groups] != [True, True, *[False] * (len(groups) - 3), True]:
        raise OptionError(f"{FORM} knows networks with one input, and one output behind all other groups")
    layers = []
    for group in groups[2:]:
        if group.shape or group.function.name not in ("relu", "identity"):
            raise OptionError(f"{FORM} knows ReLU and linear layers, found {group.function.name}")
        below, lists = _numerators(_arriving(graph, group))
        biases = [row.pop(0, 0) for row in lists]
        layers.append(Layer(below, group.function.name == "relu", [sorted(row.items()) for row in lists], biases))
    return layers


def _numerators(rows: list[Sum]) -> tuple[int, list[dict[int, int]]]:
    """Return a common denominator of sums, and the numerators, without zeros."""
    below, numbers = scaled([c for row in rows for c in row.values()])
    found = iter(numbers)
    return below, [{node: n for node, n in ((node, next(found)) for node in row) if n} for row in rows]


def _fates(sums: list[Sum | None], own: range) -> tuple[int, list[Fate | None]]:
    below, rows = _numerators([found or {} for found in sums])
    fates: list[Fate | None] = []
    for found, row in zip(sums, rows, strict=True):
        constant, pairs = row.pop(0, 0), sorted(row.items())
        here, before = ([(t, w) for t, w in pairs if (t in own) is inside] for inside in (True, False))
        fates.append(None if found is None else Fate(here, before, constant))
    return below, fates


def _interval(low: Any, high: Any) -> tuple[int, int, int]:
    below, (above, most) = scaled([Fraction(low), Fraction(high)])
    return above, most, below


def _units(box: list[tuple[int, int, int]] | None, *networks: list[Layer]) -> int:
    """Return a multiple of the denominators of all bounds, unless that is very long."""
    if box is None:
        return 1
    of_box = lcm(*(below for _, _, below in box))
    exact = of_box * prod(layer.below for layers in networks for layer in layers)
    return exact if exact.bit_length() <= LONGEST else of_box * ENOUGH
