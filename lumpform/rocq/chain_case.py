"""Takes from a chain, its quotient and a certificate what the verified checkers of chains read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from lumpform.errors import OptionError
from lumpform.rocq.side import Column, Side, number_column, places, shared_names, side_of, truth_column
from lumpform.rocq.steps import scales_of
from lumpform.rocq.terms import scaled

KINDS = {
    "ordinary": "ordinary",
    "exact": "exact",
    "strict": "strict",
    "proportional": "proportional",
    "proportional-exact": "exact",
}
"""The kind of case for each kind of lumping."""


@dataclass(frozen=True)
class ChainCase:
    """Holds a map of states to classes, counted from 1, a chain and its quotient.

    Attributes
    ----------
    kind : {"ordinary", "exact", "strict", "proportional"}
    classes : list of int
    original, reduced : Side
    scales : list of int
        A number for each state that is proportional to its scale; of the kind proportional, to one over its scale; of
        the kind ordinary none.
    below : int
        Of the kind proportional, what is divided by those numbers.
    spread : bool
        Whether the original's start, if it has one, is part of the case: exact lumping has a theorem about it only if
        it is a multiple of the scales in every class, and proportional lumping has none.
    """

    kind: str
    classes: list[int]
    original: Side
    reduced: Side
    scales: list[int]
    below: int = 1
    spread: bool = True


def chain_case(original: Any, reduced: Any, certificate: dict[str, Any], first: str = "") -> ChainCase:
    """Return a case; a step is one of the chain, or of a CTMC's generator (or rates, as certified).

    Its columns are the labels and rewards that the reduced chain has, each in the order of their names; the label
    `first`, if it has it, before the others.

    Raises
    ------
    OptionError
        For another kind of lumping, or chains with parameters.
    NotExpressible
        If the certificate gives no class to a state, or the reduced chain has a label or reward of its own.
    """
    kind = KINDS.get(certificate["kind"])
    if kind is None:
        raise OptionError(f"the verified checker knows {', '.join(KINDS)} lumping, not {certificate['kind']}")
    if original.parameters or reduced.parameters:
        raise OptionError("the verified checker knows numbers, the chain has parameters")
    classes = places(certificate["class_of"], original.states, "", "the chain")
    names = (
        sorted(shared_names("label", reduced.labels, original.labels), key=first.__ne__),
        shared_names("reward", reduced.rewards, original.rewards),
    )
    sides = [_side(chain, certificate["semantics"], *names) for chain in (original, reduced)]
    if kind == "ordinary":
        return ChainCase(kind, classes, *sides, scales=[])
    scales = scales_of({"scales": certificate["scales"] or []}, original.states)
    if kind == "proportional":
        below, speeds = scaled([_inverse(scale) for scale in scales])
        return ChainCase(kind, classes, replace(sides[0], start=None), sides[1], speeds, below, spread=False)
    numbers = scaled(scales)[1]
    if kind == "strict" or _is_spread(sides[0].start, classes, numbers):
        return ChainCase(kind, classes, *sides, scales=numbers)
    before, after = (replace(side, start=None) for side in sides)
    return ChainCase(kind, classes, before, after, numbers, spread=False)


def _side(chain: Any, semantics: str, labels: list[str], rewards: list[str]) -> Side:
    columns = [truth_column(chain.labels[name]) for name in labels]
    columns += [number_column(chain.rewards[name]) for name in rewards]
    return side_of(chain.arrow(semantics), chain.initial, columns)


def _inverse(scale: Fraction) -> Fraction:
    """Return one over a scale; 0, which the checker rejects, for 0."""
    return 1 / scale if scale else scale


def _is_spread(start: Column | None, classes: Sequence[int], scales: Sequence[int]) -> bool:
    """Return whether a distribution is a multiple of the scales in every class. O(n)."""
    if start is None:
        return True
    first: dict[int, tuple[int, int]] = {}
    for c, code, scale in zip(classes, start.codes, scales, strict=True):
        number, other = first.setdefault(c, (start.table[code], scale))
        if number * scale != start.table[code] * other:
            return False
    return True
