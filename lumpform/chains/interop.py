"""Markov chains from and to other libraries: networkx, scipy, and Storm (`lumpform.chains.storm`).

Each library is imported only inside the function that needs it. networkx and scipy use floats and are entered by the
meaning that `MarkovChain` gives floats (``floats="dyadic"`` or ``"decimal"``); `to_scipy` rounds to float64. Storm's
exact models stay exact.
"""

from __future__ import annotations

from collections.abc import Hashable
from fractions import Fraction
from typing import Any, Literal

from lumpform.chains.build import Rows
from lumpform.chains.chain import ChainKind, MarkovChain
from lumpform.chains.storm import from_storm, read_prism_model
from lumpform.errors import ModelError, OptionError
from lumpform.exact import as_rational
from lumpform.values import from_fractions
from lumpform.weights import SparseWeights

__all__ = ["from_networkx", "from_scipy", "from_storm", "read_prism_model", "to_networkx", "to_scipy"]


def from_networkx(
    graph: Any,
    *,
    weight: str = "weight",
    kind: ChainKind = "dtmc",
    rows: Rows = "exact",
    floats: Literal["dyadic", "decimal"] = "dyadic",
) -> MarkovChain:
    """A chain from a networkx graph: an edge is a transition, its attribute `weight` the probability or rate.

    Parameters
    ----------
    graph : networkx graph
        Nodes become states in the graph's order. An edge of an undirected graph is a transition in both directions;
        parallel edges of a multigraph are added. The attributes of a node are understood as `to_networkx` writes
        them: ``labels`` (names), ``rewards`` (mapping from name to number), ``initial`` (probability).
    weight : str
        The edge attribute with the weight: any number, exact ones stay exact.
    kind, rows, floats
        As for `MarkovChain`.

    Raises
    ------
    ModelError
        If an edge has no weight, or the chain is not one.
    """
    if not hasattr(graph, "is_directed"):
        raise OptionError(f"{type(graph).__name__} is not a networkx graph")
    number: dict[Hashable, int] = {node: i for i, node in enumerate(graph.nodes)}
    directed = graph if graph.is_directed() else graph.to_directed()
    r, c, values = [], [], []
    for source, target, data in directed.edges(data=True):
        if weight not in data:
            raise ModelError(f"the edge from {source!r} to {target!r} has no attribute {weight!r}")
        r.append(number[source])
        c.append(number[target])
        values.append(_number(data[weight], floats, f"the edge from {source!r} to {target!r}"))
    n = len(number)
    matrix = SparseWeights.from_coo(r, c, from_fractions(values), (n, n))
    labels: dict[str, list[int]] = {}
    rewards: dict[str, list[Fraction]] = {}
    initial: dict[int, Fraction] = {}
    for node, data in graph.nodes(data=True):
        state = number[node]
        for name in data.get("labels", ()):
            labels.setdefault(str(name), []).append(state)
        for name, value in dict(data.get("rewards", {})).items():
            rewards.setdefault(str(name), [Fraction(0)] * n)[state] = _number(value, floats, f"the reward of {node!r}")
        if data.get("initial"):
            initial[state] = _number(data["initial"], floats, f"the initial probability of {node!r}")
    return MarkovChain(
        matrix,
        kind=kind,
        labels=labels,
        rewards=rewards,
        initial=initial or None,
        rows=rows,
        state_names=[str(node) for node in number],
    )


def to_networkx(chain: MarkovChain, *, floats: bool = False) -> Any:
    """A `networkx.DiGraph` with the states 0..n-1 as nodes and exact `Fraction` weights (floats if asked for).

    Node attributes: ``labels`` (a list of names), ``rewards`` (name to number), and ``initial`` and ``name`` where the
    chain has them. A label that no state carries is lost.
    """
    import networkx as nx

    convert: Any = float if floats else (lambda value: value)
    graph = nx.DiGraph(kind=chain.kind)
    for state in range(chain.states):
        data: dict[str, Any] = {
            "labels": [name for name, mask in chain.labels.items() if mask[state]],
            "rewards": {name: convert(column.value(state)) for name, column in chain.rewards.items()},
        }
        if chain.initial is not None:
            data["initial"] = convert(chain.initial.value(state))
        if chain.state_names is not None:
            data["name"] = chain.state_names[state]
        graph.add_node(state, **data)
    weights = chain.weights
    for r, c, v in zip(
        weights.row_of_entries().tolist(), weights.indices.tolist(), weights.values.fractions(), strict=True
    ):
        graph.add_edge(r, c, weight=convert(v))
    return graph


def from_scipy(matrix: Any, **options: Any) -> MarkovChain:
    """A chain from a scipy sparse array or matrix; the options are those of `MarkovChain`. Parallel entries add."""
    if not hasattr(matrix, "tocoo"):
        raise OptionError(f"{type(matrix).__name__} is not a scipy sparse array")
    return MarkovChain(matrix, **options)


def to_scipy(chain: MarkovChain, *, generator: bool = False) -> Any:
    """A `scipy.sparse.csr_array` of float64: P or R, or with `generator` the Q of a CTMC; rounded to nearest."""
    return (chain.generator if generator else chain.weights).to_scipy()


def _number(value: Any, floats: str, where: str) -> Fraction:
    try:
        return as_rational(str(value) if floats == "decimal" and isinstance(value, float) else value)
    except ValueError as error:
        raise ModelError(f"{where}: {error}") from None
