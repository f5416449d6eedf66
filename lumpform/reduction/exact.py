"""Reduces a model exactly, and keeps the steps that led to the smaller one.

A chain is lumped once. A network is lumped, nodes that no output needs are dropped, and, behind named options, neurons
that are linear functions of others are substituted; since each step can make room for another, they repeat until
nothing changes. Every step is exact and recorded, so that a certificate can be checked step by step. What is left is
brought to its canonical form, in which groups that only copy or add up are folded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from lumpform.certificates.network import network_certificate
from lumpform.certificates.shown import ShownCertificate
from lumpform.display.result import Shown, size_rows, sizes_said
from lumpform.errors import OptionError
from lumpform.graph.graph import Group, WeightedGraph
from lumpform.lumping import Lumping, lump
from lumpform.networks.box import Box, input_box, per_port
from lumpform.networks.canonical import canonical
from lumpform.networks.recurrent import require_feed_forward
from lumpform.numbers.clock import clock
from lumpform.numbers.field import require_ordered
from lumpform.numbers.floats import FORMATS
from lumpform.reduction.finders import copies, linear_dependence, opposite_pairs, stable
from lumpform.reduction.intervals import interval_bounds
from lumpform.reduction.needed import needed
from lumpform.reduction.steps import Drop, Fate, Lump, Step, Substitute, class_fates, folded_fates, followed
from lumpform.reduction.substitute import Substitution

if TYPE_CHECKING:
    from lumpform.networks.network import Network
    from lumpform.networks.sizes import Comparison

OF_THE_FILE = ("rounded factors", "casts")
"""Metadata about the file that a network was read from, which the reduced one does not inherit."""

Finder = Callable[[WeightedGraph, Group], list[Substitution]]
"""Finds nodes of a group that are linear functions of others."""


M = TypeVar("M", bound=Any)


@dataclass(frozen=True, eq=False, repr=False)
class Reduction(Shown, Generic[M]):
    """Holds a reduced model and how it came about.

    Attributes
    ----------
    original, model : MarkovChain or Network
        Before and after. The reduced model is exact: its weights are rational numbers.
    lumping : Lumping
        Of the original: of a chain all that was done, of a network the first step.
    steps : tuple of Step
        Of a network, in order; each starts from the result of the one before (`lumpform.reduction.steps`).
    box : tuple of pairs, or None
        The inputs for which the two are equal, if only on a box (option `stable`); None: on all inputs.
    options : tuple of str
        The options beyond lumping that were asked for.
    left : str
        One line on merges that were left because a file with them would be larger than the original, or nothing.
    seconds : dict
        Wall seconds per phase.
    """

    original: M
    model: M
    lumping: Lumping[M]
    steps: tuple[Step, ...] = ()
    box: Box | None = None
    options: tuple[str, ...] = ()
    left: str = ""
    seconds: dict[str, float] = field(default_factory=dict)

    def headline(self) -> str:
        """Return how much smaller the model is, and where it is the same."""
        before, after = (m.sizes() for m in (self.original, self.model))
        return f"{type(self.model).__name__}, {sizes_said(before, after)}, {self._where}"

    @property
    def _where(self) -> str:
        """Return in words for what the two are the same."""
        kind = self.lumping.kind
        if self.original.domain != "network":
            return f"by {'an' if kind[0] in 'aeio' else 'a'} {kind} lumping"
        return "equal on all inputs" if self.box is None else "equal on the box"

    def header(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return ("", "before", "after")

    def cells(self) -> list[tuple[object, ...]]:
        """Return a row per size."""
        before, after = (m.sizes() for m in (self.original, self.model))
        return size_rows(before, after)

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
        if self.original.domain == "chain":
            return self.lumping.certificate
        return ShownCertificate(
            network_certificate(
                self.original,
                self.model,
                [step.described() for step in self.steps],
                options=self.options,
                box=self.box,
                rounding=rounding,
            )
        )

    def places(self) -> list[Fate]:
        """Return what became of every node of the original: (node of the reduced model or None, scale, why)."""
        if self.original.domain == "chain":
            partition = self.lumping.partition
            return class_fates(partition, self.lumping.scales or [Fraction(1)] * len(partition))
        fates, graph = followed(self.original.graph, self.steps)
        folded = folded_fates(graph, self.model.graph)
        return [fate.then(folded) for fate in fates]

    def to_torch(self) -> Any:
        """Return the reduced network as a PyTorch module; see `lumpform.networks.torch`."""
        return self.model.to_torch()

    @cached_property
    def report(self) -> Comparison:
        """Compare the sizes of two networks, layer by layer."""
        from lumpform.networks.sizes import compare

        return compare(self.original, self.model)


def reduce_exactly(
    model: Any,
    kind: Any = None,
    *,
    opposite: bool = False,
    linear: bool = False,
    stable: bool = False,
    box: Any = None,
    apart: Collection[str] = (),
    **lumping: Any,
) -> Reduction:
    """Return the smaller model that behaves exactly like the given one.

    The options are those of `lumpform.reduce`, which checks that they fit the model and each other; those in `lumping`
    go to `lump`. Of a network the groups in `apart` stay as they are: nothing in them is merged, dropped or
    substituted, so what is found is the coarsest lumping that keeps their nodes apart.

    Raises
    ------
    OptionError
        If the box or an option of `lump` is not usable.
    OrderError
        If an option beyond lumping is asked for and weights depend on parameters.
    ModelError
        If such an option is asked for and the network is recurrent.
    """
    wanted = tuple(name for name, on in (("opposite", opposite), ("linear", linear), ("stable", stable)) if on)
    if wanted:
        require_ordered(f"the option {wanted[0]!r}", model.field)
    if model.domain == "network" and (wanted or box is not None):
        require_feed_forward(f"the option {(*wanted, 'box')[0]!r}", model)
    began = clock()
    if model.domain != "network":
        first = lump(model, kind, **lumping)
        return Reduction(model, first.quotient, first, seconds=first.seconds)
    started = _pinned(model, apart)
    first = lump(started, kind, **lumping)
    if apart:
        first = replace(first, original=model, evidence=f"{first.evidence}, outside of layers that are left")
    bounds = None if box is None else input_box(model, box)
    steps, current = _until_nothing_changes(started, first, _finders(wanted, model, bounds))
    current = canonical(_pinned(current, apart, False))
    current = replace(current, metadata={k: v for k, v in current.metadata.items() if k not in OF_THE_FILE})
    seconds = {"reduce": clock() - began}
    return Reduction(model, current, first, tuple(steps), bounds if stable else None, wanted, seconds=seconds)


def _pinned(network: Network, names: Collection[str], pinned: bool = True) -> Network:
    """Return the network in which some groups are pinned, as no step touches these, or are no more."""
    graph = network.graph
    groups = (replace(g, pinned=pinned) if g.name in names else g for g in graph.groups)
    return network.with_graph(WeightedGraph(tuple(groups), graph.arrows)) if names else network


def _finders(wanted: tuple[str, ...], network: Network, box: Box | None) -> list[Finder]:
    """Return what the options look for, in the order in which it is looked for."""
    finders: list[Finder] = []
    if "stable" in wanted and box is not None:
        finders.append(_stable_on(per_port(network, box)))
    if "opposite" in wanted:
        finders.append(opposite_pairs)
    if "linear" in wanted:
        finders += [linear_dependence, copies]
    return finders


def _stable_on(box: dict[str, Any]) -> Finder:
    known: dict[str, Any] = {}

    def stable_on_box(graph: WeightedGraph, group: Group) -> list[Substitution]:
        if known.get("graph") is not graph:  # one computation for all groups of a graph
            known.update(graph=graph, bounds=interval_bounds(graph, box))
        bounds = known["bounds"].get(group.name)
        return [] if bounds is None else stable(graph, group, bounds)

    return stable_on_box


def _until_nothing_changes(model: Network, first: Lumping, finders: list[Finder]) -> tuple[list[Step], Network]:
    steps: list[Step] = []
    current = _after(model, _step_of(first), steps)
    while True:
        before = current.graph.nodes
        current = _drop(current, steps)
        for find in finders:
            for name in [g.name for g in current.graph.groups]:
                current = _substitute(current, name, find, steps)
        if current.graph.nodes == before:
            return steps, current
        again = lump(current)
        if again.partition.count < current.graph.nodes:
            current = _after(current, _step_of(again), steps)


def _step_of(lumping: Lumping) -> Lump:
    return Lump(lumping.partition, lumping.scales or ())


def _substitute(network: Network, name: str, find: Finder, steps: list[Step]) -> Network:
    """Return the network without what can be substituted in a group, which may be gone already."""
    place = next((i for i, g in enumerate(network.graph.groups) if g.name == name), None)
    found = [] if place is None else find(network.graph, network.graph.groups[place])
    if place is None or not found:
        return network
    return _drop(_after(network, Substitute(tuple(found), place), steps), steps)


def _drop(network: Network, steps: list[Step]) -> Network:
    """Return the network without what no output needs."""
    mask = needed(network.graph)
    if mask.all() and all(g.size or g.pinned for g in network.graph.groups):
        return network
    return _after(network, Drop(tuple(np.flatnonzero(~mask).tolist())), steps)


def _after(network: Network, step: Step, steps: list[Step]) -> Network:
    """Return the network after one more step, which is recorded."""
    steps.append(step)
    return network.with_graph(step.apply(network.graph))
