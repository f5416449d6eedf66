"""Holds what a property file asks: boxes of inputs, and how far outputs of two networks may be apart there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from lumpform.equivalence.vnnlib.box import Box
from lumpform.equivalence.vnnlib.declared import Declared


@dataclass(frozen=True)
class Limit:
    """Limits a difference to one side.

    Attributes
    ----------
    value : Fraction
        From 0 on.
    open : bool
        Whether the difference must stay below the value: the file calls the value itself unsafe.
    """

    value: Fraction
    open: bool


@dataclass(frozen=True)
class Apart:
    """Says that an output of the first network is too far above (below) that of the second.

    Attributes
    ----------
    output : int
    above : bool
    limit : Limit
    line : int
        Of the comparison.
    """

    output: int
    above: bool
    limit: Limit
    line: int


Sides = tuple[Limit | None, Limit | None]
"""How far an output of the first network may be below and above that of the second; None: as far as it likes."""


@dataclass(frozen=True)
class Property:
    """Holds the boxes of a property file, and what it asks there.

    Attributes
    ----------
    boxes : list of Box
        They may overlap.
    left_out : int
        How many conditions on outputs were left out: a file about one network does not ask for its outputs here.
    networks : tuple of Declared
        The declared networks (version 2).
    limits : list of list of Sides, optional
        For every box how far the outputs of two networks may be apart, one pair for each output; None: the file does
        not ask.
    """

    boxes: list[Box]
    left_out: int = 0
    networks: tuple[Declared, ...] = ()
    limits: list[list[Sides]] | None = field(default=None)


def limits_of(conditions: Iterable[Apart], outputs: int) -> list[Sides]:
    """Return the narrowest limits that leave none of some conditions true."""
    found: dict[tuple[int, bool], Limit] = {}
    for apart in conditions:
        key = apart.output, apart.above
        found[key] = min(apart.limit, found.get(key, apart.limit), key=lambda limit: (limit.value, not limit.open))
    return [(found.get((k, False)), found.get((k, True))) for k in range(outputs)]
