"""`reduce`: from a model to the smaller one, with the steps that led there.

A chain is lumped once. A network is lumped, nodes that no output needs are dropped, and, behind named options, neurons
that are linear functions of others are substituted; since each step can make room for another, they repeat until
nothing changes. Every step is exact and recorded, so that a certificate can be checked step by step. What is left is
brought to its canonical form, in which groups that only copy or add up are folded.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lumpform.certificates.network import drop_step, lump_step, network_certificate, substitute_step
from lumpform.errors import OptionError
from lumpform.graph.graph import Group, WeightedGraph
from lumpform.lumping import Lumping, lump
from lumpform.networks.canonical import canonical
from lumpform.numbers.field import require_ordered
from lumpform.numbers.floats import FORMATS
from lumpform.numbers.rational import as_rational
from lumpform.reduction.needed import needed, restricted
from lumpform.reduction.substitute import (
    Substitution,
    copies,
    interval_bounds,
    linear_dependence,
    opposite_pairs,
    stable,
    substituted,
)

if TYPE_CHECKING:
    from lumpform.networks.network import Network

Box = Sequence[tuple[Fraction, Fraction]]


@dataclass(frozen=True)
class Dropped:
    """Nodes (numbers in the graph at that point) that no output needs."""

    nodes: tuple[int, ...]


@dataclass(frozen=True)
class Substituted:
    """Substitutions in one group, carried out together; `group` is its number in the graph at that point."""

    substitutions: tuple[Substitution, ...]
    group: int


Step = Lumping | Dropped | Substituted

Place = tuple[int | None, Fraction, str]
"""A node of the reduced model (None: it is gone), the scale, and why."""


@dataclass(frozen=True, eq=False)
class Reduction:
    """A reduced model and how it came about.

    Attributes
    ----------
    original, model : MarkovChain or Network
        Before and after. The reduced model is exact: its weights are rational numbers.
    steps : tuple
        `Lumping`, `Dropped` and `Substituted`, in order; each starts from the result of the one before.
    box : tuple of pairs, or None
        The inputs for which the two are equal, if only on a box (option `stable`); None: on all inputs.
    options : tuple of str
        The options beyond lumping that were asked for.
    seconds : dict
        Wall seconds per phase.
    """

    original: Any
    model: Any
    steps: tuple[Step, ...]
    box: tuple[tuple[Fraction, Fraction], ...] | None = None
    options: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def lumping(self) -> Lumping:
        """The first lumping."""
        return next(s for s in self.steps if isinstance(s, Lumping))

    def certificate(self, rounding: str | None = None) -> dict[str, Any]:
        """Return what an independent checker judges (docs/certificate.md, docs/certificate-networks.md).

        `rounding` says what the weights in the file of the reduced network were rounded to, ``float16``,
        ``float32`` or ``float64``; None if they are exact there.

        Raises
        ------
        OptionError
            If it is another text.
        """
        if rounding is not None and rounding not in FORMATS:
            raise OptionError(f"rounding is {rounding!r}, expected one of {', '.join(FORMATS)}, or None")
        if not hasattr(self.original, "graph"):
            return self.lumping.certificate
        return network_certificate(
            self.original,
            self.model,
            map(_described, self.steps),
            options=self.options,
            box=self.box,
            rounding=rounding,
        )

    def places(self) -> list[Place]:
        """What became of every node of the original: (node of the reduced model or None, scale, why).

        The value of a node that stays is its scale times that of the node it became. Why is ``kept`` (it stays for its
        class), ``merged``, ``constant``, ``dropped``, ``folded`` (its group only copied, or added up for one reader),
        or the reason of a substitution.
        """
        places: list[Place] = [(node, Fraction(1), "kept") for node in range(len(self.lumping.partition))]
        graph = self.original.weighted_graph()
        for step in self.steps:
            fates, graph = _fates(graph, step)
            places = [place if place[0] is None else _onward(place, fates[place[0]]) for place in places]
        if hasattr(self.original, "graph"):
            folded = _folded(graph, self.model.graph)
            places = [place if place[0] is None else _onward(place, folded[place[0]]) for place in places]
        return places

    @cached_property
    def report(self) -> Any:
        """What became smaller, by layer (networks): a `lumpform.networks.report.Comparison`."""
        from lumpform.networks.report import compare

        return compare(self.original, self.model)


def reduce(
    model: Any,
    kind: Any = None,
    *,
    opposite: bool = False,
    linear: bool = False,
    stable: bool = False,
    box: tuple[Any, Any] | Sequence[tuple[Any, Any]] | None = None,
    **options: Any,
) -> Reduction:
    """The smaller model that behaves exactly like the given one.

    Parameters
    ----------
    model : MarkovChain or Network
    kind : str, optional
        See `lump`, which also takes the other keyword arguments.
    opposite : bool
        Networks: remove ReLU neurons whose input is a negative multiple of another's, ``relu(-z) = relu(z) - z``.
    linear : bool
        Networks: remove neurons of linear groups that depend linearly on others of their group, and linear groups that
        only repeat an earlier group.
    stable : bool
        Networks: remove neurons that are always active, or never, for inputs in `box`; equality then holds on the box.
    box : (low, high) or one pair per input, optional
        Bounds of the inputs, the same for all or one by one.

    Returns
    -------
    Reduction

    Raises
    ------
    OptionError
        If an option does not apply to the model.
    OrderError
        If an option is asked for and weights depend on parameters.
    """
    wanted = tuple(name for name, on in (("opposite", opposite), ("linear", linear), ("stable", stable)) if on)
    if wanted and hasattr(model, "graph"):
        require_ordered(f"the option {wanted[0]!r}", model.graph.field)
    seconds: dict[str, float] = {}
    began = time.perf_counter()
    first = lump(model, kind, **options)
    if "ordinary" in model.kinds:
        if wanted:
            raise OptionError(f"the option {wanted[0]!r} is for networks, expected none for a chain")
        return Reduction(model, first.quotient, (first,), seconds=first.seconds)
    if stable and box is None:
        raise OptionError("the option 'stable' needs a box of inputs, expected box=(low, high)")
    bounds = None if box is None else input_box(model, box)
    finders = _finders(wanted, model, bounds)
    steps, current = _until_nothing_changes(model, first, finders)
    current = canonical(current)
    of_the_file = ("rounded factors", "casts")  # that was read
    metadata = {k: v for k, v in current.metadata.items() if k not in of_the_file}
    current = replace(current, metadata=metadata)
    seconds["reduce"] = time.perf_counter() - began
    return Reduction(model, current, tuple(steps), bounds if stable else None, wanted, seconds)


def input_box(network: Network, box: Any) -> tuple[tuple[Fraction, Fraction], ...]:
    """One exact pair of bounds per input node, from one pair for all or a sequence of pairs."""
    count = sum(network.graph.group(p.group).size for p in network.inputs)
    pairs = list(box)
    if len(pairs) == 2 and not isinstance(pairs[0], tuple | list):
        pairs = [(pairs[0], pairs[1])] * count
    if len(pairs) != count:
        raise OptionError(f"the box has {len(pairs)} pairs, expected one for each of the {count} inputs")
    try:
        exact = tuple((as_rational(low), as_rational(high)) for low, high in pairs)
    except (TypeError, ValueError) as error:
        raise OptionError(f"the box is not usable: {error}") from None
    for i, (low, high) in enumerate(exact):
        if low > high:
            raise OptionError(f"the box of input {i} is [{low}, {high}], expected the lower bound first")
    return exact


Finder = Callable[[WeightedGraph, Group], list[Substitution]]


def _finders(wanted: tuple[str, ...], network: Network, box: Any) -> list[Finder]:
    finders: list[Finder] = []
    if "stable" in wanted:
        known: dict[str, Any] = {}

        def stable_on_box(graph: WeightedGraph, group: Group) -> list[Substitution]:
            if known.get("graph") is not graph:  # one computation for all groups of a graph
                known.update(graph=graph, bounds=interval_bounds(graph, per_port(network, box)))
            bounds = known["bounds"].get(group.name)
            return [] if bounds is None else stable(graph, group, bounds)

        finders.append(stable_on_box)
    if "opposite" in wanted:
        finders.append(opposite_pairs)
    if "linear" in wanted:
        finders += [linear_dependence, copies]
    return finders


def per_port(network: Network, box: Any) -> dict[str, Any]:
    """The bounds of all inputs as one list for every input group."""
    result, start = {}, 0
    for port in network.inputs:
        size = network.graph.group(port.group).size
        result[port.group] = box[start : start + size]
        start += size
    return result


def _described(step: Step) -> dict[str, Any]:
    """A step of a network as its certificate has it."""
    if isinstance(step, Dropped):
        return drop_step(step.nodes)
    if isinstance(step, Substituted):
        return substitute_step(step.group, step.substitutions)
    return lump_step(step.partition, step.scales or ())


def _onward(place: Place, fate: Place) -> Place:
    node, scale, why = fate
    return node, place[1] * scale, place[2] if why == "kept" else why


def _fates(graph: WeightedGraph, step: Step) -> tuple[list[Place], WeightedGraph]:
    """What one step makes of every node, and the graph after it."""
    if isinstance(step, Lumping):
        return _merged(graph, step)
    gone: dict[int, str] = {}
    if isinstance(step, Dropped):
        gone = dict.fromkeys(step.nodes, "dropped")
        graph_after = restricted(graph, _kept(graph, gone))
    else:
        start = graph.offset(step.substitutions[0].group)
        gone = {start + s.index: s.reason for s in step.substitutions}
        graph_after = substituted(graph, step.substitutions)
    number = np.cumsum(_kept(graph, gone)) - 1
    return [
        (None, Fraction(1), gone[node]) if node in gone else (int(number[node]), Fraction(1), "kept")
        for node in range(graph.nodes)
    ], graph_after


def _folded(graph: WeightedGraph, canonical: WeightedGraph) -> list[Place]:
    """Return what the canonical form makes of every node: groups stay as they are, or are left out."""
    stay = {g.name for g in canonical.groups}
    fates: list[Place] = []
    for group in graph.groups:
        if group.name in stay:
            start = canonical.offset(group.name)
            fates += [(start + i, Fraction(1), "kept") for i in range(group.size)]
        else:
            fates += [(None, Fraction(1), "folded")] * group.size
    return fates


def _kept(graph: WeightedGraph, gone: dict[int, str]) -> NDArray[np.bool_]:
    keep = np.ones(graph.nodes, dtype=bool)
    keep[list(gone)] = False
    return keep


def _merged(graph: WeightedGraph, step: Lumping) -> tuple[list[Place], WeightedGraph]:
    partition, scales = step.partition, step.scales
    first = partition.representatives
    chain = scales is None  # state i of the quotient is class i; in a network nodes stay in their groups
    number = np.arange(partition.count) if chain else np.argsort(np.argsort(first))
    fates: list[Place] = []
    for node in range(len(partition)):
        c = partition.class_at(node)
        scale = Fraction(1) if scales is None else scales[node]
        if c == 0 and node and not chain:
            fates.append((None, scale, "constant"))
        else:
            fates.append((int(number[c]), scale, "kept" if first[c] == node else "merged"))
    return fates, graph if chain else step.quotient.graph


def _until_nothing_changes(model: Network, first: Lumping, finders: list[Finder]) -> tuple[list[Step], Network]:
    steps: list[Step] = [first]
    current: Network = first.quotient
    while True:
        before = current.graph.nodes
        current = _drop(current, steps)
        for find in finders:
            for name in [g.name for g in current.graph.groups]:
                if any(g.name == name for g in current.graph.groups):
                    found = find(current.graph, current.graph.group(name))
                    if found:
                        steps.append(Substituted(tuple(found), [g.name for g in current.graph.groups].index(name)))
                        current = _drop(current.with_graph(substituted(current.graph, found)), steps)
        if current.graph.nodes == before:
            return steps, current
        again = lump(current)
        if again.partition.count < current.graph.nodes:
            steps.append(again)
            current = again.quotient


def _drop(network: Network, steps: list[Step]) -> Network:
    mask = needed(network.graph)
    if mask.all() and all(g.size or g.pinned for g in network.graph.groups):
        return network
    steps.append(Dropped(tuple(np.flatnonzero(~mask).tolist())))
    return network.with_graph(restricted(network.graph, mask))
