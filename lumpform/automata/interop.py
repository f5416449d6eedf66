"""Converts weighted automata to networkx."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lumpform.numbers.floats import nearest_float

if TYPE_CHECKING:
    from lumpform.automata.automaton import WeightedAutomaton


def to_networkx(automaton: WeightedAutomaton, *, floats: bool = False) -> Any:
    """Return a `networkx.MultiDiGraph` whose edges are the transitions, with exact weights, or floats if asked for.

    Nodes are the states 0..n-1 with the attributes ``initial`` and ``final``, their weights. A transition from s to t
    that reads a letter is the edge ``(s, t, letter)`` with the attributes ``weight`` and ``letter``; the graph has
    ``letters``, all of them in order. O(m).

    Raises
    ------
    ModelError
        If floats are asked for and there are numbers beyond their range.
    """
    import networkx as nx

    convert: Any = nearest_float if floats else (lambda value: value)
    graph = nx.MultiDiGraph(letters=list(automaton.letters))
    for state in range(automaton.states):
        weights = {"initial": automaton.initial.value(state), "final": automaton.final.value(state)}
        graph.add_node(state, **{name: convert(weight) for name, weight in weights.items()})
    for letter, matrix in automaton.matrices.items():
        for source, target, weight in matrix.entries():
            graph.add_edge(source, target, key=letter, weight=convert(weight), letter=letter)
    return graph
