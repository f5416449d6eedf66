"""Finds the coarsest lumping of a model, certified: `lump` checks the options and chooses who does the work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any, ClassVar, Literal, Protocol, TypeVar, overload

from lumpform.display.words import counted
from lumpform.errors import OptionError
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.kinds import KINDS, Kind
from lumpform.graph.partition import Partition
from lumpform.graph.rescaled import rescaled
from lumpform.graph.views import EXACT, View
from lumpform.lumping.foreign import require_model
from lumpform.lumping.lumping import Lumping
from lumpform.lumping.search import Engine, Found, search
from lumpform.numbers.clock import clock
from lumpform.numbers.given import as_names
from lumpform.numbers.keywords import keywords_checked

M = TypeVar("M", bound="LumpableModel | WeightedGraph")


class LumpableModel(Protocol):
    """Says what a model must offer to be lumped; `MarkovChain`, `MDP`, `WeightedAutomaton` and `Network` do."""

    domain: ClassVar[Any]
    """What the model is: "chain", "mdp", "automaton" or "network"."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of lumping that apply, the default first."""
        ...

    def weighted_graph(self, semantics: Any = ...) -> WeightedGraph:
        """Return the model as a weighted graph."""
        ...

    def respected_by_default(self, kind: str) -> tuple[str, ...]:
        """Return what a lumping of this kind respects unless it is told otherwise."""
        ...

    def states_of(self, nodes: Partition) -> Partition:
        """Return what a partition of the graph's nodes is of the states, of which users speak."""
        ...

    def nodes_of(self, states: Partition) -> Partition:
        """Return the coarsest partition of the graph's nodes that is this one of the states."""
        ...

    def start(self, kind: str, semantics: Any, respect: Iterable[str]) -> Partition:
        """Return the partition of the graph's nodes that a lumping of this kind must refine."""
        ...

    def gauge(self, kind: str) -> Sequence[Any] | None:
        """Return what the values of nodes are multiples of on every class, if that is known beforehand (T9)."""
        ...

    def quotient(self, partition: Partition, kind: Any, semantics: Any, scales: Any) -> tuple[Any, tuple[str, ...]]:
        """Return the quotient model, and the names of what could not be carried over."""
        ...


class LumpedElsewhere(Protocol):
    """Says what a model offers that is lumped by code of its own: a chain in shards, which never is a graph."""

    lumped_by: ClassVar[str]
    """Where the function is, as module:name; it takes the model, kind, semantics, respect and client."""


@overload
def lump(
    model: LumpedElsewhere,
    kind: Kind | None = None,
    *,
    semantics: Literal["generator", "rates"] = "generator",
    respect: Iterable[str] | None = None,
    client: Any = None,
) -> Any: ...


@overload
def lump(
    model: M,
    kind: Kind | None = None,
    *,
    view: View | None = None,
    semantics: Literal["generator", "rates"] = "generator",
    respect: str | Iterable[str] | None = None,
    initial: Partition | None = None,
    engine: Engine | None = None,
    client: None = None,
) -> Lumping[M]: ...


@keywords_checked
def lump(
    model: Any,
    kind: Kind | None = None,
    *,
    view: View | None = None,
    semantics: Literal["generator", "rates"] = "generator",
    respect: str | Iterable[str] | None = None,
    initial: Partition | None = None,
    engine: Engine | None = None,
    client: Any = None,
) -> Any:
    """Return the coarsest lumping of a model, certified in exact arithmetic before it is returned.

    Parameters
    ----------
    model : MarkovChain, MDP, WeightedAutomaton, Network, WeightedGraph, or Shards (`lumpform.shards.lump`)
    kind : {"ordinary", "exact", "strict", "proportional", "proportional-exact", "proportional-exact-one-sided"}
        Equal sums out of nodes, into nodes, or both; proportional sums (definitions: docs/theory.md, section 2). The
        first one of the model's `kinds` by default.
    view : View, optional
        Of a WeightedGraph: what two nodes must have in common (`lumpform.views`); by default that of `kind`.
    semantics : {"generator", "rates"}
        Which matrix of a CTMC: the generator, in which self-loops cancel, or the rates as they stand.
    respect : name or iterable of {"labels", "rewards", "initial", "actions"}, optional
        What must be constant on classes; by default what the kind's theorem needs. Empty: nothing.
    initial : Partition, optional
        A partition of the states (of the nodes of a network or graph) that the result must refine as well.
    engine : {"kernel", "reference", "oracle", "gpu"}, optional
        Compiled kernels where there are some (`lumpform.lumping.search`), as by default; plain Python; the definition
        (at most nine nodes that can be merged); or a CUDA card, for equal sums. All give the same partition.
    client : distributed.Client, optional
        Of a Dask cluster that lumps shards.

    Returns
    -------
    Lumping
        Coarsest and unique (T0). Kernels: O(m log n) expected for equal sums, O(edges) and the proofs for networks.

    Raises
    ------
    OptionError, ModelError, MissingExtra
        If an option has a value that is not allowed; if the kind does not apply, or a card is too small or not there.
    """
    if not isinstance(model, WeightedGraph) and (home := getattr(model, "lumped_by", None)):
        return _lump_elsewhere(home, (view, initial, engine), (model, kind, semantics, respect, client))
    _refuse(model, client)
    if isinstance(model, WeightedGraph):
        return _lump_graph(model, kind, view, initial, engine)
    chosen: str = kind or model.kinds[0]
    check_options(model.kinds, chosen, semantics, engine, view)
    began = clock()
    asked = wanted(respect, model.respected_by_default(chosen))
    start = model.start(chosen, semantics, asked)
    if initial is not None:
        start &= model.nodes_of(_fitting(initial, model.states_of(start)))
    graph = model.weighted_graph(semantics)
    seconds = {"prepare": clock() - began}
    found = _search(graph, start, model.gauge(chosen), KINDS[chosen].view, engine, seconds)
    states, nodes = model.states_of(found.partition), found.partition
    return Lumping(model, chosen, semantics, asked, states, True, found.evidence, seconds, found.scales, nodes=nodes)


def wanted(respect: str | Iterable[str] | None, default: tuple[str, ...]) -> tuple[str, ...]:
    """Return what is to be respected, as names."""
    return default if respect is None else as_names(respect)


def _refuse(model: Any, client: Any) -> None:
    require_model(model, "lump")
    if client is not None:
        raise OptionError("a client is for chains in shards, expected none")


def _search(
    graph: WeightedGraph,
    start: Partition,
    gauge: Sequence[Any] | None,
    view: View,
    engine: Engine | None,
    seconds: dict[str, float],
) -> Found:
    """Find the coarsest partition, on the graph divided by the gauge if there is one."""
    if gauge is None:
        return search(graph, start, view, engine, seconds)
    return rescaled_back(search(rescaled(graph, gauge), start, EXACT, engine, seconds), gauge)


def _lump_elsewhere(home: str, others: tuple[Any, ...], asked: tuple[Any, ...]) -> Any:
    """Lump a model by code of its own, which knows no view, initial partition or engine."""
    if any(value is not None for value in others):
        raise OptionError("a view, an initial partition or an engine, expected none for a chain in shards")
    module, _, name = home.partition(":")
    return getattr(import_module(module), name)(*asked)


def _lump_graph(
    graph: WeightedGraph, kind: str | None, view: View | None, initial: Partition | None, engine: Engine | None
) -> Lumping:
    """Lump a graph that is no model: nothing is respected but groups, pinned nodes and the initial partition."""
    if kind is not None and view is not None:
        raise OptionError("a kind and a view, expected one of them")
    chosen: str = kind or "ordinary"
    check_options(tuple(KINDS), chosen, "generator", engine)
    start = graph.coarsest if initial is None else graph.coarsest & _fitting(initial, graph.coarsest)
    seconds: dict[str, float] = {"prepare": 0.0}
    seen_as = KINDS[chosen].view if view is None else view
    found = search(graph, start, seen_as, engine, seconds)
    name = chosen if view is None else "view"
    return Lumping(graph, name, "generator", (), found.partition, True, found.evidence, seconds, found.scales, seen_as)


def _fitting(initial: Partition, start: Partition) -> Partition:
    """Return a partition that the caller gives, if it is one of the model's nodes."""
    if len(initial) != len(start):
        raise OptionError(
            f"the initial partition has {counted(len(initial), 'member')}, the model has {counted(len(start), 'node')}"
        )
    return initial


def rescaled_back(found: Found, gauge: Sequence[Any]) -> Found:
    """Return what was found on a rescaled graph as a lumping of the graph itself: scales are multiples of the gauge."""
    first = found.partition.representatives.tolist()
    classes = found.partition.class_of.tolist()
    scales = tuple(gauge[v] / gauge[first[c]] for v, c in enumerate(classes))
    return Found(found.partition, scales, f"an exact lumping of the rescaled graph, {found.evidence}")


def check_options(
    kinds: tuple[str, ...], kind: str, semantics: str, engine: str | None, view: View | None = None
) -> None:
    """Raise `OptionError` if an option has a value that is not allowed."""
    if view is not None:
        raise OptionError("a view is for a WeightedGraph, expected a kind for a model")
    if kind not in kinds:
        raise OptionError(f"kind is {kind!r}, expected one of {', '.join(kinds)}")
    if engine not in (None, "kernel", "reference", "oracle", "gpu"):
        raise OptionError(f"engine is {engine!r}, expected kernel, reference, oracle or gpu")
    if semantics not in ("generator", "rates"):
        raise OptionError(f"semantics is {semantics!r}, expected 'generator' or 'rates'")
