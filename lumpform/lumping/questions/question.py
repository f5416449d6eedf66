"""Holds what a question about a model is about: which sums, what is respected, and what nodes are called.

`lump` answers one question, which partition is the coarsest; `is_lumping` and `why` answer others about the same model,
kind and options.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lumpform.display.words import with_article
from lumpform.errors import OptionError
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.kinds import KINDS
from lumpform.graph.observation import Constant, Observed, Place, group_of
from lumpform.graph.partition import Partition
from lumpform.graph.rescaled import rescaled
from lumpform.graph.views import EXACT, Side, View
from lumpform.lumping.lump import check_options, wanted
from lumpform.lumping.search import Found
from lumpform.numbers.numerals import short


@dataclass(frozen=True, eq=False)
class Question:
    """Holds a model, a kind, and what is respected; `ask` makes one of what a caller gives.

    Attributes
    ----------
    original : MarkovChain, MDP, WeightedAutomaton, Network or WeightedGraph
    kind : str
        A name in the table of kinds; ``view`` if a view of a graph was given.
    semantics : {"generator", "rates"}
    respect : tuple of str
    given : View or None
        Of a WeightedGraph.
    known : Found or None
        The coarsest lumping, whose constants may be spoken of.
    """

    original: Any
    kind: str
    semantics: str
    respect: tuple[str, ...]
    given: View | None = None
    known: Found | None = None

    @classmethod
    def ask(
        cls, model: Any, kind: str | None, view: View | None, semantics: str, respect: Iterable[str] | None
    ) -> Question:
        """Return the question, with defaults as for `lump`.

        Raises
        ------
        OptionError
            If an option has a value that is not allowed, or this is no model.
        """
        if isinstance(model, WeightedGraph):
            if kind is not None and view is not None:
                raise OptionError("a kind and a view, expected one of them")
            if respect:
                raise OptionError("a graph has nothing to respect, expected a model for that")
            check_options(tuple(KINDS), kind or "ordinary", semantics, None)
            return cls(
                model, "view" if view else kind or "ordinary", semantics, (), view or KINDS[kind or "ordinary"].view
            )
        if not hasattr(model, "kinds"):
            raise OptionError(f"found {with_article(type(model).__name__)}, expected a model or a graph")
        if view is not None:
            raise OptionError("a view is for a WeightedGraph, expected a kind for a model")
        chosen = kind or model.kinds[0]
        check_options(model.kinds, chosen, semantics, None)
        return cls(model, chosen, semantics, wanted(respect, model.respected_by_default(chosen)))

    @cached_property
    def gauge(self) -> Sequence[Any] | None:
        """Return what the graph of the model is rescaled by (T9), or None for nothing."""
        return None if self.given is not None else self.original.gauge(self.kind)

    @property
    def view(self) -> View:
        """Return which sums count, on the rescaled graph where there is a gauge."""
        return self.given or (KINDS[self.kind].view if self.gauge is None else EXACT)

    @cached_property
    def start(self) -> Partition:
        """Return the partition of all nodes that a lumping must refine."""
        if self.given is not None:
            return self.original.coarsest
        return self.original.start(self.kind, self.semantics, self.respect)

    @cached_property
    def graph(self) -> WeightedGraph:
        """Return the graph that sums are taken on."""
        if self.given is not None:
            return self.original
        graph = self.original.weighted_graph(self.semantics)
        return graph if self.gauge is None else rescaled(graph, self.gauge)

    @cached_property
    def observed(self) -> list[Observed]:
        """Return by what nodes are told apart before any step: two are together in `start` if all values are equal."""
        seen = () if self.given is not None else self.original.observations(self.kind, self.semantics, self.respect)
        return [*([Constant(self.constants)] if self.constants else []), *seen, Place(self.graph)]

    @cached_property
    def constants(self) -> dict[int, Any]:
        """Return the values of the nodes that are known to be constants, the unit node among them."""
        if self.known is None or self.known.scales is None:
            return {}
        return {v: self.known.scales[v] for v in self.known.partition.members(0).tolist()}

    def difference_at_start(self, node: int, other: int) -> tuple[Observed, Any, Any] | None:
        """Return the first thing that is seen differently of two nodes, and both values; None if there is none."""
        for what in self.observed:
            values = what.value(node), what.value(other)
            if values[0] != values[1]:
                return what, *values
        return None

    def node_name(self, node: int) -> str:
        """Return what reports call a node."""
        if self.given is None:
            return self.original.node_name(node)
        group = group_of(self.graph, node)
        alone = len(self.graph.groups) == 1
        return f"node {node}" if alone else f"node {node - self.graph.offset(group.name)} of {group.name!r}"

    def sums_said(self, arrow: str, side: Side, which: str, first: tuple[str, Any], second: tuple[str, Any]) -> str:
        """Return in words that two nodes have other sums over a class, each given as (its name, its sum)."""
        (a, x), (b, y) = ((name, short(value)) for name, value in (first, second))
        by = "" if len(self.graph.arrows) == 1 or arrow == "transitions" else f" by {arrow}"
        if side == "out":
            return f"{a} goes to {which}{by} with {x}, and {b} with {y}"
        return f"{which} goes{by} to {a} with {x}, and to {b} with {y}"

    @property
    def first(self) -> int:
        """Return the first of the nodes that a caller counts."""
        return self.own.start

    @cached_property
    def own(self) -> range:
        """Return the nodes that a caller counts: the states of a model; all nodes of a network or graph."""
        if self.given is not None or self.original.domain == "network":
            return range(self.graph.nodes)
        first = self.graph.offset("states")
        return range(first, first + self.graph.group("states").size)

    def node_of(self, state: int | str) -> int:
        """Return the node that a caller means: by number, by a state's name, or by ``group:number``.

        Raises
        ------
        OptionError
            If there is no such node, or several have the name.
        """
        names = getattr(self.original, "state_names", None) or ()
        text = str(state).strip()
        if text in names:
            if names.count(text) > 1:
                raise OptionError(f"{names.count(text)} states are called {text!r}, expected a number")
            return self.own[names.index(text)]
        group, _, place = text.rpartition(":")
        nodes = self.own
        if group and group in {g.name for g in self.graph.groups}:
            first = self.graph.offset(group)
            nodes, text = range(first, first + self.graph.group(group).size), place
        number = int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else -1
        if not 0 <= number < len(nodes):
            known = f"a number from 0 to {len(nodes) - 1}" if nodes else "none, as there are none"
            more = " or the name of a state" if names else " or group:number" if len(self.graph.groups) > 2 else ""
            raise OptionError(f"there is no state or node {str(state)[:80]!r}, expected {known}{more}")
        return nodes[number]

    def nodes_of(self, partition: Partition) -> Partition:
        """Return the coarsest partition of all nodes with this one of what a caller counts.

        Raises
        ------
        OptionError
            If it has another length.
        """
        if len(partition) != len(self.own):
            what = "states" if len(self.own) < self.graph.nodes or self.given is None else "nodes"
            raise OptionError(f"the partition has {len(partition)} members, the model has {len(self.own)} {what}")
        return partition if self.given is not None else self.original.nodes_of(partition)
