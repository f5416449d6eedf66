"""Holds what is proved of a smaller network on a box, and which candidates were tried."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from lumpform.equivalence.differential.tree import SplitTree
    from lumpform.networks.box import Box

Outcome = Literal["proved", "refuted", "open"]


@dataclass(frozen=True)
class Attempt:
    """Says what became of a candidate.

    Attributes
    ----------
    method : {"linear", "proportional"}
    sizes : tuple of int
        The neurons of every hidden layer.
    outcome : {"proved", "refuted", "open"}
        Open: neither was its bound brought within epsilon in its time, nor was an input found that exceeds it.
    found : float
        The largest difference of an output that was found on the box; what refutes was replayed exactly.
    seconds : float
    """

    method: str
    sizes: tuple[int, ...]
    outcome: Outcome
    found: float
    seconds: float

    @property
    def neurons(self) -> int:
        """Return the number of hidden neurons."""
        return sum(self.sizes)


@dataclass(frozen=True)
class Proof:
    """Says that on a box no output of a smaller network deviates by more than `bound`, which is proved.

    Attributes
    ----------
    epsilon : Fraction
        What was asked for; never below the bound.
    box : tuple of pairs of Fraction
    bound : Fraction
        Proved (T22), in floats that are rounded outward.
    found : Fraction
        The largest difference found on the box, exact.
    tree : SplitTree
        How the box is split, for the certificate.
    attempts : tuple of Attempt
        All candidates, in order.
    finished : bool
        Whether no step of the bisection was left out for want of time.
    """

    epsilon: Fraction
    box: Box
    bound: Fraction
    found: Fraction
    tree: SplitTree
    attempts: tuple[Attempt, ...]
    finished: bool

    def count(self, outcome: Outcome) -> int:
        """Return how many candidates had an outcome."""
        return sum(a.outcome == outcome for a in self.attempts)
