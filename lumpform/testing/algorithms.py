"""Checks a lumping algorithm: is it a lumping, is it the coarsest, does it depend on anything that it must not?"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal

from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from lumpform import strategies as ls
from lumpform.chains.transform import permute
from lumpform.graph.kinds import KINDS
from lumpform.graph.partition import Partition
from lumpform.graph.views import NETWORK
from lumpform.lumping.definition import lumpable
from lumpform.lumping.oracle import scales_of
from lumpform.lumping.refine import coarsest as by_reference
from lumpform.networks.functions import SIGMOID
from lumpform.networks.network import Network
from lumpform.testing.errors import Finding, ask, search
from lumpform.theorems.show import show_partition

Algorithm = Callable[[Any], Any]


def check_lumping_algorithm(
    fn: Algorithm,
    *,
    domain: Literal["chain", "network"] = "chain",
    kind: Literal["ordinary", "exact", "strict"] = "ordinary",
    semantics: Literal["generator", "rates"] = "generator",
    model: Literal["dtmc", "ctmc"] | None = None,
    structure: Literal["any", "dense", "convolutional", "residual"] = "dense",
    coarsest: bool = True,
    examples: int = 300,
) -> None:
    """Check a function that lumps chains or networks.

    Parameters
    ----------
    fn : callable
        ``fn(chain)`` returns a `Partition`, a sequence of class numbers, or an object with `partition`; ``fn(network)``
        returns (partition of the graph's nodes, scales) or an object with both. Class 0 of a network is that of the
        unit node, and scales are relative to the first node of each class.
    domain : {"chain", "network"}
    kind, semantics : str
        What it computes on chains. Labels and rewards (ordinary), the initial distribution (exact) or all of them
        (strict) are to be respected, as `lumpform.lump` does by default.
    model : {"dtmc", "ctmc"}, optional
        Only such chains are drawn.
    structure : {"dense", "convolutional", "residual", "any"}
        Of the networks that are drawn.
    coarsest : bool
        Whether the result must be the coarsest lumping, or just a lumping.
    examples : int
        Models of every size that are tried.

    Raises
    ------
    ConformanceError
        With a small counterexample.
    """
    if domain == "network":
        for networks in _networks(structure):
            search(lambda data, networks=networks: _network(fn, data.draw(networks), coarsest), examples)
        return
    for chains in _chains(kind, semantics, model):
        search(lambda data, chains=chains: _chain(fn, data, data.draw(chains), kind, semantics, coarsest), examples)


def _chains(kind: Any, semantics: Any, which: Any) -> list[Any]:
    """Return strategies for chains, small ones first, so that what is found is small."""
    return [
        st.one_of(
            ls.chains(kind=which, max_states=most),
            ls.lumpable_chains(
                kind=kind, model=which, semantics=semantics, max_classes=most - 1, max_class_size=most - 1
            ).map(lambda found: found.chain),
            ls.near_misses(kind=kind, model=which)
            .map(lambda miss: miss.chain)
            .filter(lambda chain, most=most: most > 3 or chain.states <= most + 1),
        )
        for most in (3, 5)
    ]


def _networks(structure: Any) -> list[Any]:
    """Return strategies for networks, small ones first."""
    full = [
        ls.networks(structure=structure, max_width=3),
        ls.lumpable_networks(structure=structure).map(lambda found: found.network),
    ]
    if structure not in ("dense", "residual"):
        return [st.one_of(*full)]
    full.append(ls.network_near_misses(structure=structure).map(lambda miss: miss.network))
    if structure == "residual":
        return [st.one_of(*full)]
    planted = ls.lumpable_networks(structure="dense", max_layers=2, max_width=1, max_copies=2).map(lambda x: x.network)
    shallow = [ls.networks(structure="dense", max_layers=2, max_width=2, functions=f) for f in (None, st.just(SIGMOID))]
    return [st.one_of(planted, *shallow), two_layers(), st.one_of(*full)]


def two_layers() -> st.SearchStrategy[Any]:
    """Draw the smallest networks with two hidden layers: two neurons that may be proportional, and one reading them."""
    number, ratio = st.integers(-2, 2), st.sampled_from([-2, -1, 1, 2, 3])
    return st.builds(
        lambda r, a, b, bias: Network.from_layers([([[1, r]], None), ([[a], [b]], [bias]), ([[1]], None)]),
        ratio,
        number,
        number,
        st.integers(0, 1),
    )


def _chain(fn: Algorithm, data: DataObject, chain: Any, kind: Any, semantics: Any, coarsest: bool) -> None:
    found = partition_of(ask(fn, chain, chain), chain, chain.states)
    start = chain.start(kind, semantics, KINDS[kind].respect)
    _respected(chain, found, start)
    graph, view = chain.weighted_graph(semantics), KINDS[kind].view
    refuted = lumpable(graph, found, view)
    if not refuted:
        raise Finding("lumping", chain, str(refuted).replace("nodes", "states", 1), show_partition(found))
    if coarsest:
        best, _ = by_reference(graph, start, view)
        if found != best:
            raise Finding("coarsest", chain, f"a coarser one is {show_partition(best)}", show_partition(found))
    order = data.draw(st.permutations(range(chain.states)))
    turned = permute(chain, order)
    again = partition_of(ask(fn, turned, turned), turned, chain.states)
    moved = Partition([found.class_at(s) for s in order])
    if again != moved:
        raise Finding("order of states", chain, f"with the states in the order {order} the classes are other ones")


def partition_of(answer: Any, model: Any, nodes: int) -> Partition:
    """Return the partition in an answer of any form."""
    inside = getattr(answer, "partition", None)  # an array has a method of that name
    raw = inside if isinstance(inside, Partition) else answer
    try:
        found = raw if isinstance(raw, Partition) else Partition([int(c) for c in raw])
    except (TypeError, ValueError) as error:
        raise Finding("form", model, f"the answer is no partition: {error}", repr(answer)[:200]) from None
    if len(found) != nodes:
        raise Finding("form", model, f"the partition has {len(found)} members, the model {nodes} nodes")
    return found


def _respected(chain: Any, found: Partition, start: Partition) -> None:
    for s in range(chain.states):
        t = int(found.representatives[found.class_at(s)])
        if start.class_at(s) != start.class_at(t):
            reason = f"states {t} and {s} are in one class, but have other labels, rewards or initial probabilities"
            raise Finding("respect", chain, reason, show_partition(found))


def _network(fn: Algorithm, network: Any, coarsest: bool) -> None:
    answer = ask(fn, network, network)
    raw = answer if isinstance(answer, tuple) and len(answer) == 2 else (answer, getattr(answer, "scales", None))
    found = partition_of(raw[0], network, network.graph.nodes)
    _inside_groups(network, found)
    scales = scales_of(network.graph, found, NETWORK)
    shown = show_partition(found, raw[1])
    if scales is None:
        raise Finding("lumping", network, "no scales make this partition two-sided proportional exact", shown)
    if raw[1] is None or [Fraction(s) for s in raw[1]] != scales:
        raise Finding("scales", network, f"expected {show_partition(found, scales)}", shown)
    if coarsest:
        best, _ = by_reference(network.graph, network.graph.coarsest, NETWORK)
        if found != best:
            raise Finding("coarsest", network, f"a coarser one is {show_partition(best)}", shown)


def _inside_groups(network: Any, found: Partition) -> None:
    group_of = [(g.name, g.pinned) for g in network.graph.groups for _ in range(g.size)]
    for u, (group, pinned) in enumerate(group_of):
        first = int(found.representatives[found.class_at(u)])
        if first != u and (pinned or (found.class_at(u) != 0 and group_of[first][0] != group)):
            raise Finding(
                "groups", network, f"node {u} of {group!r} is in a class with node {first}", show_partition(found)
            )
