"""Defines what can be seen of a node before any step: a label, a reward, a start; by name and with its value.

A model yields its observations for a kind of lumping (`observations`), and the partition that its lumpings refine
(`start`) has two nodes together exactly if all observations agree on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lumpform.graph.graph import WeightedGraph
from lumpform.numbers.column import Values


@dataclass(frozen=True, eq=False)
class Observation:
    """Holds one thing that is seen of some nodes.

    Attributes
    ----------
    name : str
        What is seen, in words: ``label 'goal'``, ``reward 'steps'``, ``the initial probability``.
    column : Values, array or list
        The values of the nodes from `first` on; others have none.
    first : int
    """

    name: str
    column: Any
    first: int = 0

    def value(self, node: int) -> Any:
        """Return the exact value at a node: a number, a truth value or a text; None if it has none."""
        index = node - self.first
        if not 0 <= index < len(self.column):
            return None
        found = self.column.value(index) if isinstance(self.column, Values) else self.column[index]
        return found.item() if hasattr(found, "item") else found


class Place:
    """Observes the group of a node; and a node that is never merged, pinned or mixed with others, as itself."""

    name = "the place"

    def __init__(self, graph: WeightedGraph) -> None:
        self.graph = graph

    def value(self, node: int) -> Any:
        """Return the name of the group; of a node that is never merged, with its number there."""
        group = group_of(self.graph, node)
        alone = group.pinned or group.function.couples
        return f"{group.name} {node - self.graph.offset(group.name)}" if alone else group.name


class Constant:
    """Observes whether a node has one value whatever comes in, as the lumping that is known says."""

    name = "one constant value"

    def __init__(self, constants: Mapping[int, Any]) -> None:
        self.constants = constants

    def value(self, node: int) -> Any:
        """Tell whether a node is a constant."""
        return node in self.constants


Observed = Observation | Place | Constant


def group_of(graph: WeightedGraph, node: int) -> Any:
    """Return the group of a node."""
    return next(g for g in reversed(graph.groups) if g.size and graph.offset(g.name) <= node)


def sentence(name: str, first: tuple[str, Any], second: tuple[str, Any]) -> str:
    """Return in words that something is seen differently of two nodes, each given as (its name, the value)."""
    (a, x), (b, y) = first, second
    if isinstance(x, bool) and isinstance(y, bool):
        return f"{name} holds in {a if x else b} and not in {b if x else a}"
    shown = [repr(v) if isinstance(v, str) else "none" if v is None else str(v) for v in (x, y)]
    return f"{name} is {shown[0]} in {a} and {shown[1]} in {b}"
