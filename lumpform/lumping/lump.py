"""Finds the coarsest lumping of a model, certified: `lump` checks the options and chooses who does the work."""

from __future__ import annotations

import time
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, ClassVar, Literal, Protocol

from lumpform.errors import OptionError
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.kinds import KINDS, Kind
from lumpform.graph.partition import Partition
from lumpform.graph.weights import SparseWeights
from lumpform.lumping.lumping import Lumping
from lumpform.lumping.refine import refine

Engine = Literal["kernel", "reference", "oracle"]


class LumpableModel(Protocol):
    """Says what a model must offer to be lumped; `MarkovChain` and `Network` do."""

    domain: ClassVar[Any]
    """What the model is: "chain" or "network"."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of lumping that apply, the default first."""
        ...

    def weighted_graph(self, semantics: Any = ...) -> WeightedGraph:
        """Return the model as a weighted graph."""
        ...

    def start(self, kind: str, semantics: Any, respect: Iterable[str]) -> Partition:
        """Return the partition that a lumping of this kind must refine."""
        ...

    def quotient(self, partition: Partition, kind: Any, semantics: Any, scales: Any) -> tuple[Any, tuple[str, ...]]:
        """Return the quotient model, and the names of what could not be carried over."""
        ...


def lump(
    model: LumpableModel,
    kind: Kind | None = None,
    *,
    semantics: Literal["generator", "rates"] = "generator",
    respect: Iterable[str] | None = None,
    initial: Partition | None = None,
    engine: Engine | None = None,
) -> Lumping:
    """Return the coarsest lumping of a model, certified in exact arithmetic before it is returned.

    Parameters
    ----------
    model : MarkovChain or Network
    kind : {"ordinary", "exact", "strict", "proportional", ...} for chains, {"proportional-exact"} for networks
        Equal sums out of nodes, into nodes, or both; proportional sums out of nodes; proportional weighted sums into
        nodes (definitions: docs/theory.md, section 2; chains also take ``proportional-exact`` and
        ``proportional-exact-one-sided``, see `lumpform.chains.proportional`). The first one by default.
    semantics : {"generator", "rates"}
        Which matrix of a CTMC: the generator, in which self-loops cancel, or the rates as they stand.
    respect : name or iterable of {"labels", "rewards", "initial"}, optional
        What must be constant on classes of a chain; by default what the kind's theorem needs. Empty: nothing.
    initial : Partition, optional
        A partition that the result must refine as well (chains).
    engine : {"kernel", "reference", "oracle"}, optional
        Compiled kernels, plain Python, or the definition (chains of at most nine states). By default kernels, and plain
        Python for symbolic weights. All give the same partition.

    Returns
    -------
    Lumping
        Coarsest and unique (T2). Kernels: O(m log n) expected for chains, O(edges) and the proofs for networks.

    Raises
    ------
    OptionError
        If an option has a value that is not allowed.
    ModelError
        If a network has a cycle.
    """
    chosen: str = kind or model.kinds[0]
    _check_options(model, chosen, semantics, engine)
    began = time.perf_counter()
    observed = KINDS[chosen].respect if model.domain == "chain" else ()  # a network has pinned nodes instead
    wanted = observed if respect is None else (respect,) if isinstance(respect, str) else tuple(respect)
    graph = model.weighted_graph(semantics)
    start = model.start(chosen, semantics, wanted)
    if initial is not None:
        if len(initial) != len(start):
            raise OptionError(f"the initial partition has {len(initial)} members, the model has {len(start)} nodes")
        start = start & initial
    seconds = {"prepare": time.perf_counter() - began}
    scales = None
    if KINDS[chosen].scales:
        partition, scales, evidence = _with_scales(model, graph, chosen, wanted, semantics, initial, engine, seconds)
    else:
        partition, evidence = _without_scales(graph, start, chosen, engine, seconds)
    return Lumping(model, chosen, semantics, wanted, partition, True, evidence, seconds, scales)


def _check_options(model: LumpableModel, kind: str, semantics: str, engine: str | None) -> None:
    """Raise `OptionError` if an option has a value that is not allowed."""
    if kind not in model.kinds:
        raise OptionError(f"kind is {kind!r}, expected one of {', '.join(model.kinds)}")
    if engine not in (None, "kernel", "reference", "oracle"):
        raise OptionError(f"engine is {engine!r}, expected kernel, reference or oracle")
    if semantics not in ("generator", "rates"):
        raise OptionError(f"semantics is {semantics!r}, expected 'generator' or 'rates'")


def _with_scales(
    model: Any,
    graph: WeightedGraph,
    kind: str,
    respect: tuple[str, ...],
    semantics: str,
    initial: Partition | None,
    engine: Engine | None,
    seconds: dict[str, float],
) -> tuple[Partition, tuple[Fraction, ...], str]:
    """Lump by a kind with scales: a feed-forward graph layer by layer, a chain by directions or time reversal."""
    if model.domain == "network":
        return _feed_forward(graph, initial, engine, seconds)
    if engine == "oracle":
        raise OptionError(f"the oracle is for kinds without scales, expected kernel or reference for {kind!r}")
    began = time.perf_counter()
    result = model.lump_proportional(kind, respect, semantics, initial, engine)
    seconds["refine"] = time.perf_counter() - began
    return result


def _feed_forward(
    graph: WeightedGraph, initial: Partition | None, engine: Engine | None, seconds: dict[str, float]
) -> tuple[Partition, tuple[Fraction, ...], str]:
    """Lump a feed-forward graph layer by layer, with scales."""
    if initial is not None or engine == "oracle":
        raise OptionError("an initial partition and the oracle are for chains, expected neither for a network")
    began = time.perf_counter()
    symbolic = bool(graph.field.names)
    if engine == "reference" or symbolic:
        from lumpform.lumping.feedforward import lump_by_reference

        what = "rational functions of the parameters" if symbolic else "exact numbers"
        state, evidence = lump_by_reference(graph), f"weighted sums compared as {what}"
    else:
        from lumpform.lumping.layered import lump_layers

        state, primes = lump_layers(graph)
        modulo = "a prime" if primes == 1 else f"{primes} primes"
        evidence = f"weighted sums proved proportional modulo {modulo} beyond their bound"
        if primes == 0:
            evidence = "no two nodes are proportional and none is constant"
    seconds["refine"] = time.perf_counter() - began
    return Partition(state.class_of), tuple(state.scales), evidence


def _without_scales(
    graph: WeightedGraph, start: Partition, kind: str, engine: Engine | None, seconds: dict[str, float]
) -> tuple[Partition, str]:
    """Return the coarsest stable refinement, for graphs of one group and one arrow, and how it was proved."""
    (arrow,) = graph.arrows
    if not isinstance(arrow.weights, SparseWeights):  # the engines of these kinds read compressed rows
        raise OptionError(f"the weights of {arrow.name!r} are dense, expected sparse ones for the kind {kind!r}")
    weights = arrow.weights
    if engine == "oracle":
        from lumpform.lumping.matrix_oracle import coarsest as by_definition

        began = time.perf_counter()
        partition = by_definition(weights.to_fractions(), start, kind)
        seconds["refine"] = time.perf_counter() - began
        return partition, "the coarsest of all partitions that satisfy the definition"
    began = time.perf_counter()
    matrices = matrices_of(weights, kind)
    seconds["prepare"] += time.perf_counter() - began
    if engine == "reference":
        began = time.perf_counter()
        partition = refine(matrices, start)
        seconds["refine"] = time.perf_counter() - began
        return partition, "class sums compared as exact numbers"
    from lumpform.lumping.engine import coarsest as by_kernels

    partition, moduli = by_kernels(matrices, start, seconds)
    if moduli == 0:
        return partition, "every class is a single state"
    how = f"modulo {moduli} coprime moduli beyond twice their bound"
    names = weights.values.field.names
    if names:
        shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
        return partition, f"class sums proved equal as rational functions of {shown}, coefficient by coefficient, {how}"
    return partition, f"class sums proved equal {how}"


def matrices_of(weights: SparseWeights, kind: str) -> list[SparseWeights]:
    """Return whose row sums must agree: of edges out of nodes, into nodes (T6), or both."""
    return [weights if side == "out" else weights.transpose() for side in KINDS[kind].sides]
