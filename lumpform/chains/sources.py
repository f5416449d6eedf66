"""Defines `Source`, the parts of a chain before they are checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from lumpform.chains.kinds import ChainKind
from lumpform.graph.weights import SparseWeights


@dataclass(frozen=True)
class Source:
    """Holds the parts of a chain that an object brings along; what it does not say is empty or None.

    Attributes
    ----------
    weights : SparseWeights
    dust : Fraction
        How far a sum may be off by rounding where entries were floats that count as the dyadic rationals that they are;
        0 where none were.
    kind, labels, rewards, initial, state_names
        As for `MarkovChain`.
    notes : tuple of str
        What was assumed.
    """

    weights: SparseWeights
    dust: Fraction = Fraction(0)
    kind: ChainKind | None = None
    labels: Mapping[str, Any] = field(default_factory=dict)
    rewards: Mapping[str, Any] = field(default_factory=dict)
    initial: Any = None
    state_names: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()
