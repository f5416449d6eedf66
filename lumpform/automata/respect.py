"""Finds the partition that a lumping of an automaton must refine: what is respected, and by which kind.

Ordinary lumping respects final weights and exact lumping initial ones, always: they are arrows to and from the pinned
node, and so among the class sums that a lumping of the kind compares. Here they only begin the partition. The other
column may be respected as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lumpform.errors import OptionError
from lumpform.graph.kinds import KINDS
from lumpform.graph.observation import Observation
from lumpform.graph.partition import Partition
from lumpform.numbers.column import Values
from lumpform.numbers.given import as_names

SIDES = {"out": "final", "in": "initial"}
"""Which weights the sums of a side contain: those of the edges out of the states, or into them."""


def respected_by_default(kind: str) -> tuple[str, ...]:
    """Return what a kind keeps constant on classes: ``final`` (ordinary), ``initial`` (exact), both (strict)."""
    return tuple(SIDES[side] for side in KINDS[kind].view.sides)


def start_of(coarsest: Partition, initial: Values, final: Values, kind: str, respect: Iterable[str]) -> Partition:
    """Return the partition of the pinned node and the states that a lumping of a kind must refine. O(n log n).

    Raises
    ------
    OptionError
        If something else than ``initial`` or ``final`` is to be respected.
    """
    wanted = as_names(respect)
    columns = {"initial": initial, "final": final}
    for name in wanted:
        if name not in columns:
            raise OptionError(f"cannot respect {name!r}, expected 'initial', 'final' or none at all")
    partition = coarsest
    for name in {*respected_by_default(kind), *wanted}:
        codes = columns[name].coded().codes.tolist()
        partition &= Partition([-1, *codes])
    return partition


def observations(initial: Values, final: Values, kind: str, respect: Iterable[str]) -> Iterator[Observation]:
    """Yield what `start_of` tells states apart by, with names."""
    wanted = {*respected_by_default(kind), *as_names(respect)}
    for name, column in (("initial", initial), ("final", final)):
        if name in wanted:
            yield Observation(f"the {name} weight", column, 1)
