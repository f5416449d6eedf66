"""Joins conditions with ``and`` and ``or``: bounds that hold together, and alternatives of which one holds."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NoReturn

MAX_BOXES = 1024
"""A property has at most so many boxes."""

MAX_ALTERNATIVES = 1 << 16
"""Boxes times conditions on outputs; every output may have two."""

Refuse = Callable[[str, str], NoReturn]
"""Raises an error that says what was found and what was expected."""


@dataclass(frozen=True, eq=False)
class Bounds:
    """Holds lower and upper bounds by what they bound: an input, or the difference of two."""

    low: dict[Any, Fraction] = field(default_factory=dict)
    high: dict[Any, Fraction] = field(default_factory=dict)

    @classmethod
    def of(cls, key: Hashable, low: Fraction | None = None, high: Fraction | None = None) -> Bounds:
        """Return bounds of one thing."""
        return cls({} if low is None else {key: low}, {} if high is None else {key: high})

    @classmethod
    def together(cls, several: Iterable[Bounds]) -> Bounds:
        """Return the bounds of all; O(number of bounds)."""
        kept = [bounds for bounds in several if bounds is not EVERYWHERE]
        if len(kept) < 2:
            return kept[0] if kept else EVERYWHERE
        found = cls()
        for bounds in kept:
            for key, value in bounds.low.items():
                found.low[key] = max(value, found.low.get(key, value))
            for key, value in bounds.high.items():
                found.high[key] = min(value, found.high.get(key, value))
        return found


EVERYWHERE = Bounds()
"""No bounds."""


@dataclass(frozen=True, eq=False)
class Alternative:
    """Holds bounds, and conditions on outputs, that hold together."""

    bounds: Bounds = EVERYWHERE
    outputs: tuple[Any, ...] = ()


ALWAYS = Alternative()


def all_of(parts: Iterable[Sequence[Alternative]], refuse: Refuse) -> list[Alternative]:
    """Return the alternatives of several conditions that hold together.

    What has one alternative is joined first, in time linear in its bounds; products follow.
    """
    parts = list(parts)
    found = [_together([part[0] for part in parts if len(part) == 1])]
    for part in parts:
        if len(part) != 1:
            found = _product(found, part, refuse)
    return found


def any_of(parts: Iterable[Sequence[Alternative]], refuse: Refuse) -> list[Alternative]:
    """Return the alternatives of conditions of which one holds."""
    found = [alternative for part in parts for alternative in part]
    boxes = len({id(a.bounds) for a in found})
    if not 0 < len(found) <= MAX_ALTERNATIVES or boxes > MAX_BOXES:
        refuse(f"an or of {len(found)} conditions", f"1 to {MAX_BOXES}")
    return found


def _together(several: Sequence[Alternative]) -> Alternative:
    outputs = tuple(condition for a in several for condition in a.outputs)
    return Alternative(Bounds.together(a.bounds for a in several), outputs)


def _product(one: Sequence[Alternative], other: Sequence[Alternative], refuse: Refuse) -> list[Alternative]:
    boxes = len({id(a.bounds) for a in one}) * len({id(b.bounds) for b in other})
    if boxes > MAX_BOXES:
        refuse(f"{boxes} boxes", f"at most {MAX_BOXES}")
    if len(one) * len(other) > MAX_ALTERNATIVES:
        refuse(f"{len(one) * len(other)} alternatives", f"at most {MAX_ALTERNATIVES}")
    made: dict[tuple[int, int], Bounds] = {}
    found = []
    for a in one:
        for b in other:
            pair = id(a.bounds), id(b.bounds)
            if pair not in made:
                made[pair] = Bounds.together((a.bounds, b.bounds))
            found.append(Alternative(made[pair], a.outputs + b.outputs))
    return found


class Assertions:
    """Holds assertions, which all hold: those with one alternative, and the product of the others."""

    def __init__(self) -> None:
        self.single: list[list[Alternative]] = []
        self.several: list[Alternative] = [ALWAYS]

    def add(self, alternatives: list[Alternative], refuse: Refuse) -> None:
        """Add an assertion."""
        if len(alternatives) == 1:
            self.single.append(alternatives)
        else:
            self.several = all_of([self.several, alternatives], refuse)

    def all(self, refuse: Refuse) -> list[Alternative]:
        """Return the alternatives of all assertions."""
        return all_of([*self.single, self.several], refuse)


def by_bounds(alternatives: Iterable[Alternative]) -> list[tuple[Bounds, list[tuple[Any, ...]]]]:
    """Return the different bounds in order, each with the conditions on outputs of its alternatives."""
    groups: dict[int, tuple[Bounds, list[tuple[Any, ...]]]] = {}
    for a in alternatives:
        groups.setdefault(id(a.bounds), (a.bounds, []))[1].append(a.outputs)
    return list(groups.values())
