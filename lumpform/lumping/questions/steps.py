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
        The number under which the arrow is seen.
    boolean : bool
        Whether the edges are there or not, instead of having weights.
    second : Step or None
        The sums over another class, which have another ratio; where nodes may be multiples of each other.

    Notes
    -----
    A step that has one node twice parts nothing: it says by which sums the members of a class are scaled.
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
    second: Step | None = None

    @property
    def sums(self) -> tuple[Step, ...]:
        """Return the one or two sums that this step is about; none if it is about what is seen of the nodes."""
        return () if self.over is None else (self,) if self.second is None else (self, self.second)

    @property
    def measures(self) -> bool:
        """Tell whether this says how members are scaled."""
        return self.node == self.other


@dataclass(frozen=True)
class Described:
    """Describes a class by steps: what is in it has the first value in all of them, or all sums times one factor.

    Attributes
    ----------
    name : str
    round : int
        A class after this round.
    members : tuple of int
        Its first members.
    scales : tuple of exact numbers
        Their scales, for the kinds that weight sums.
    size : int
        The number of its members.
    steps : tuple of Step
        What parts it from everything else that is reached where it is used.
    """

    name: str
    round: int
    members: tuple[int, ...]
    scales: tuple[Any, ...]
    size: int
    steps: tuple[Step, ...]
