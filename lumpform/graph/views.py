"""Defines views: what a kind of lumping looks at, as a value that the one algorithm reads (docs/theory.md, T0).

A node is *seen* by the sums of its edges into (or from) the classes of a partition. A view says which edges count,
what two vectors of class sums must have in common (their normal form), and whether the sums are weighted by scales.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from lumpform.graph.graph import NodeFunction

Side = Literal["out", "in"]
Normal = Literal["equal", "ray", "line", "function"]
Sums = Mapping[Any, Any]


@dataclass(frozen=True)
class View:
    """Says what two nodes of a class must have in common.

    Attributes
    ----------
    sides : tuple of {"out", "in"}
        Which edges a node is seen by: those out of it, those into it, or both.
    normal : {"equal", "ray", "line", "function"}
        What two vectors of class sums must have in common: all entries; all up to one positive factor; up to one factor
        of either sign; or as much as the node function of the group allows (T1, T12), to the sum of all arrows.
    own : bool
        Whether the sum over a node's own class counts.
    weighted : bool
        Whether sums are weighted by the scales of the nodes that they run over.
    """

    sides: tuple[Side, ...] = ("out",)
    normal: Normal = "equal"
    own: bool = True
    weighted: bool = False

    def __post_init__(self) -> None:
        if not self.sides or not set(self.sides) <= {"out", "in"} or len(set(self.sides)) < len(self.sides):
            raise ValueError(f"sides are {self.sides!r}, expected 'out', 'in' or both")
        if self.normal not in ("equal", "ray", "line", "function"):
            raise ValueError(f"normal is {self.normal!r}, expected 'equal', 'ray', 'line' or 'function'")
        if self.normal == "equal" and self.weighted:
            raise ValueError("equal sums have no scales to be weighted by; rescale the graph (T9)")
        if self.normal == "function" and not self.weighted:
            raise ValueError("node functions act on weighted sums: without the weights the quotient theorem is false")

    @property
    def scales(self) -> bool:
        """Return whether nodes of a class may be multiples of each other."""
        return self.normal != "equal"

    @property
    def equal(self) -> bool:
        """Return whether sums must be equal over all classes, the own one included: what kernels and proofs compare."""
        return self.normal == "equal" and self.own


ORDINARY = View(("out",))
"""Equal sums out of nodes (Kemeny, Snell 1976)."""

EXACT = View(("in",))
"""Equal sums into nodes (Schweitzer 1984; Buchholz 1994)."""

STRICT = View(("out", "in"))
"""Both."""

PROPORTIONAL = View(("out",), "ray", own=False)
"""Proportional sums out of nodes, the own class left out (Marin, Piazza, Rossi 2019)."""

ONE_SIDED = View(("in",), "ray")
"""Proportional sums into nodes, not weighted (T8 a)."""

SCALED = View(("in",), "ray", weighted=True)
"""Proportional weighted sums into nodes, two-sided (T0, T8 b)."""

SIGNED = View(("in",), "line", weighted=True)
"""The same with factors of either sign, as linear node functions allow (T0)."""

NETWORK = View(("in",), "function", weighted=True)
"""Proportional weighted sums into nodes, as far as their node functions allow (T1)."""


def allowed(view: View, function: NodeFunction) -> Normal:
    """Return which normal form a view asks of nodes with this function: equal, ray or line."""
    if view.normal != "function":
        return view.normal
    return "line" if function.linear else "ray" if function.homogeneous else "equal"


def normalised(sums: Sums, normal: Normal) -> tuple[frozenset[tuple[Any, Any]], Any]:
    """Return the normal form of a vector of non-zero class sums, and the factor by which the vector is that form.

    Two vectors have one normal form exactly if they are equal up to a factor that `normal` allows. Factors are numbers,
    also where sums depend on parameters: a factor that did could be zero, negative or undefined for some of them.
    """
    if normal == "equal" or not sums:
        return frozenset(sums.items()), Fraction(1)
    size = leading(sums[min(sums)])
    if normal == "ray":
        size = abs(size)
    return frozenset((key, value / size) for key, value in sums.items()), size


def leading(value: Any) -> Any:
    """Return a rational number of which an exact number that is not zero is a fixed multiple."""
    return value.leading() if getattr(value, "parametric", False) else value
