"""Defines the steps of an experiment, and the classes that they speak of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Step:
    """Says what is seen differently of two nodes.

    Attributes
    ----------
    round : int
        In which round of refinement it parts them; 0 is the beginning.
    node, other : int
    seen : str
        The name of an observation, or of an arrow.
    side : {"at", "out", "in"}
        Seen of the nodes themselves, or by edges out of or into them.
    over : int or None
        The class that the edges lead to or come from: its place in `Experiment.classes`.
    node_value, other_value : exact number, truth value or text
    arrow : int or None
        The number of the arrow among those that are seen.
    boolean : bool
        Whether the edges are there or not, instead of having weights.
    """

    round: int
    node: int
    other: int
    seen: str
    side: Literal["at", "out", "in"]
    over: int | None
    node_value: Any
    other_value: Any
    arrow: int | None = None
    boolean: bool = False


@dataclass(frozen=True)
class Described:
    """Describes a class by steps: what is in it has the first value in all of them.

    Attributes
    ----------
    name : str
    round : int
        A class after this round.
    members : tuple of int
        Its first members.
    size : int
        The number of its members.
    steps : tuple of Step
        What parts it from everything else that is reached where it is used.
    """

    name: str
    round: int
    members: tuple[int, ...]
    size: int
    steps: tuple[Step, ...]
