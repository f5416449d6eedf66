"""Reads the parts of a chain off a networkx graph: an edge is a transition, its attribute the probability or rate."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from fractions import Fraction
from typing import Any

from lumpform.chains.kinds import ChainKind
from lumpform.chains.sources import Source
from lumpform.errors import ModelError
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.make import from_fractions
from lumpform.numbers.meaning import Floats, dust_of, number_of
from lumpform.numbers.rational import as_rational


def graph_source(graph: Any, weight: str, floats: Floats) -> Source:
    """Read the parts of a chain off a networkx graph; see `lumpform.chains.interop.from_networkx`.

    Raises
    ------
    ModelError
        If an edge has no weight, or an attribute is not what `to_networkx` writes.
    """
    number: dict[Hashable, int] = {node: i for i, node in enumerate(graph.nodes)}
    directed = graph if graph.is_directed() else graph.to_directed()
    r, c, values = [], [], []
    for source, target, data in directed.edges(data=True):
        where = f"the edge from {source!r} to {target!r}"
        if weight not in data:
            raise ModelError(f"{where} has no attribute {weight!r}{_instead(data)}")
        r.append(number[source])
        c.append(number[target])
        values.append(_exact(data[weight], floats, where))
    n = len(number)
    labels: dict[str, list[int]] = {}
    rewards: dict[str, list[Any]] = {}
    initial: dict[int, Any] = {}
    for node, data in graph.nodes(data=True):
        state = number[node]
        for name in _names(data.get("labels"), f"the labels of {node!r}"):
            labels.setdefault(name, []).append(state)
        for name, value in _pairs(data.get("rewards"), f"the rewards of {node!r}"):
            rewards.setdefault(name, [Fraction(0)] * n)[state] = _exact(value, floats, f"the reward of {node!r}")
        if data.get("initial") is not None:
            initial[state] = _exact(data["initial"], floats, f"the initial probability of {node!r}")
    return Source(
        SparseWeights.from_coo(r, c, from_fractions(values), (n, n)),
        dust_of([data[weight] for _, _, data in directed.edges(data=True)], floats),
        kind=_kind(graph),
        labels=labels,
        rewards=rewards,
        initial=initial or None,
        state_names=tuple(str(data.get("name", node)) for node, data in graph.nodes(data=True)),
    )


def _instead(data: Mapping[Any, Any]) -> str:
    """Return the line that works, where an edge has other attributes that are numbers."""
    found = [
        name for name, value in data.items() if isinstance(name, str) and isinstance(value, int | float | Fraction)
    ]
    if not found:
        return ", expected a probability or rate on every edge"
    return f", expected one: lf.interop.from_networkx(graph, weight={found[0]!r})"


def _kind(graph: Any) -> ChainKind | None:
    kind = getattr(graph, "graph", {}).get("kind")
    if kind not in (None, "dtmc", "ctmc"):
        raise ModelError(f"the graph says that its kind is {kind!r}, expected 'dtmc' or 'ctmc'")
    return kind


def _names(given: Any, where: str) -> list[str]:
    """Return names of labels; one text is one name."""
    if given is None:
        return []
    if isinstance(given, str):
        return [given]
    if isinstance(given, bytes | Mapping) or not isinstance(given, Iterable):
        raise ModelError(f"{where} are {given!r}, expected a name or names")
    names = list(given)
    bad = [name for name in names if not isinstance(name, str)]
    if bad:
        raise ModelError(f"{where} have the name {bad[0]!r}, expected a text")
    return names


def _pairs(given: Any, where: str) -> list[tuple[str, Any]]:
    if given is None:
        return []
    if not isinstance(given, Mapping):
        raise ModelError(f"{where} are {given!r}, expected a mapping from names to numbers")
    for name in given:
        if not isinstance(name, str):
            raise ModelError(f"{where} have the name {name!r}, expected a text")
    return list(given.items())


def _exact(value: Any, floats: Floats, where: str) -> Any:
    try:
        meant = number_of(value, floats)
        return meant if getattr(meant, "parametric", False) else as_rational(meant)
    except ValueError as error:
        raise ModelError(f"{where}: {error}") from None
