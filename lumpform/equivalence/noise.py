"""Compares a difference that was found with what float arithmetic adds to the outputs at that input anyway."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any

from lumpform.equivalence.budget import Budget
from lumpform.equivalence.shown import about, at_most, json_number
from lumpform.equivalence.verdict import Witness, high_end, least_gap, low_end
from lumpform.errors import LumpFormError
from lumpform.networks.float_error import float_error
from lumpform.networks.port import spans

SLIGHT = Fraction(1, 1000)
"""A difference up to this share of the largest output may come from rounded weights."""

EDGE = 2e-5
"""Seconds that the bound takes for one edge, with room to spare."""


@dataclass(frozen=True)
class Noise:
    """Says how a difference compares with what float arithmetic adds.

    Attributes
    ----------
    largest : Fraction
        The largest difference that was found (of enclosed outputs: what it is at least).
    bound : Fraction or None
        A proved bound of the float error of either network at that input; None if there is none.
    dtype : str
        Of the floats.
    below : bool or None
        Whether no output differs there by more than its bound.
    boxed : bool
        Whether a box was asked about; without one differences have no largest value.
    why : str
        Why there is no bound.
    """

    largest: Fraction
    bound: Fraction | None
    dtype: str
    below: bool | None
    boxed: bool
    why: str = ""

    @property
    def text(self) -> str:
        """Return all of it in one line."""
        text = f"the largest difference found is {about(self.largest)}"
        if self.bound is None:
            text += f", {self.why}"
        else:
            side = "below" if self.below else "above"
            text += f", {side} the {self.dtype} noise of the networks there (proved: at most {at_most(self.bound)})"
        way = f"with --epsilon {at_most(self.largest)} or more" if self.boxed else "on a box, with --box and --epsilon"
        return f"{text}; if a file holds rounded weights, allow that much {way}, or write it to .npz, which is exact"

    def described(self) -> dict[str, Any]:
        """Return the same for JSON."""
        return {
            "largest_difference": json_number(self.largest),
            "bound": None if self.bound is None else json_number(self.bound, up=True),
            "dtype": self.dtype,
            "below_noise": self.below,
        }


def noise_of(first: Any, second: Any, witness: Witness, boxed: bool, budget: Budget) -> Noise | None:
    """Compare a difference with float noise; None if it is too large to have to do with rounding.

    Parameters
    ----------
    first, second : Network
    witness : Witness
    boxed : bool
        Whether a box was asked about.
    budget : Budget
        Without enough time there is no bound.
    """
    dtype = "float32" if any(p.dtype == "float32" for n in (first, second) for p in n.outputs) else "float64"
    bounds, why = _bounds(first, second, witness, dtype, budget)
    gaps = [least_gap(a, b) for a, b in zip(witness.first, witness.second, strict=True)]
    below = None if bounds is None else all(gap <= bound for gap, bound in zip(gaps, bounds, strict=True))
    size = max((max(abs(low_end(v)), abs(high_end(v))) for v in (*witness.first, *witness.second)), default=Fraction(0))
    if not below and witness.difference > SLIGHT * size:
        return None
    largest = None if bounds is None else max(bounds, default=Fraction(0))
    return Noise(witness.difference, largest, dtype, below, boxed, why)


def _bounds(first: Any, second: Any, witness: Witness, dtype: str, budget: Budget) -> tuple[list[Fraction] | None, str]:
    """Return a proved bound of the float error for every output, of the network where it is larger."""
    if EDGE * (first.graph.edges + second.graph.edges) > budget.left:
        return None, "and there was no time for a proved bound of float noise"
    sides = []
    try:
        for network in (first, second):
            bounds = float_error(network, _around(network, witness.inputs), dtype)
            spread: list[Fraction] = []
            for port in network.outputs:
                group = network.graph.group(port.group)
                for bound in bounds[: group.size]:
                    spread += [bound] * prod(group.shape)
                bounds = bounds[group.size :]
            sides.append(spread)
    except LumpFormError as error:
        return None, f"and float noise has no proved bound ({error})"
    return [max(pair) for pair in zip(*sides, strict=True)], ""


def _around(network: Any, x: Sequence[Fraction]) -> list[tuple[Fraction, Fraction]]:
    """Return the smallest box around one input; of a map the range of its values."""
    box = []
    for group, span in spans(network.graph, network.inputs):
        positions = prod(group.shape)
        for node in range(group.size):
            part = x[span][node * positions : (node + 1) * positions]
            box.append((min(part, default=Fraction(0)), max(part, default=Fraction(0))))
    return box
