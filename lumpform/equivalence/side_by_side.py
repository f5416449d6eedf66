"""Lumps two chains side by side, and shows once more what is relied on.

A partition is used only if it keeps what is compared constant on every class and every state of a class has the same
exact sums into every class. Both are checked on the two chains themselves, whatever the lumping says of itself; a
partition that fails is not used, and the states stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from lumpform.chains.transform import disjoint_union
from lumpform.equivalence.budget import Budget, OutOfBudget
from lumpform.equivalence.observed import Compared
from lumpform.errors import LumpFormError, ModelError
from lumpform.graph.partition import Partition
from lumpform.lumping import lump
from lumpform.lumping.certify import certify, compare_exactly
from lumpform.lumping.flat import Seen
from lumpform.lumping.sums import class_sums

if TYPE_CHECKING:
    from lumpform.chains.chain import MarkovChain
    from lumpform.graph.weights import SparseWeights

Vector = dict[int, Any]
"""Masses by class, zeros left out."""

SMALL = 200
"""Up to so many transitions plain Python lumps before the kernels would be loaded."""

TICK = 2_000
"""After so many entries of rows the clock is looked at."""

EACH = {"dtmc": 1.5e-6, "ctmc": 2e-6}
"""Seconds that lumping takes for one transition (measured at 1e5 to 1e7); it cannot be interrupted."""


@dataclass(frozen=True, eq=False)
class SideBySide:
    """Holds both chains, a proved lumping of them, and the difference of their initial distributions.

    Attributes
    ----------
    both : MarkovChain
        The states of the first chain before those of the second.
    partition : Partition
        Proved: constant in what is compared, and an ordinary lumping.
    masses : dict from class to number
        First minus second, zeros left out.
    """

    both: MarkovChain
    partition: Partition
    masses: Vector

    @cached_property
    def matrix(self) -> SparseWeights:
        """Return the transition matrix, of a CTMC the generator."""
        return self.both.arrow()

    @cached_property
    def _rows(self) -> dict[int, Vector]:
        return {}

    def row(self, c: int) -> Vector:
        """Return the exact sums of a class into all classes; worked out once, when first asked for."""
        found = self._rows.get(c)
        if found is None:
            found = self._rows[c] = class_sums(
                self.matrix, int(self.partition.representatives[c]), self.partition.class_of
            )
        return found

    def step(self, masses: Vector, budget: Budget, check: Callable[[Any], None] = lambda value: None) -> Vector:
        """Return masses of classes one step later; `check` is called with every sum, and may raise."""
        result: Vector = {}
        seen = 0
        for c, v in masses.items():
            row = self.row(c)
            seen += len(row) + 1
            if seen > TICK:
                budget.check()
                seen = 0
            for t, w in row.items():
                result[t] = result.get(t, Fraction(0)) + v * w
                check(result[t])
        return {c: v for c, v in result.items() if v != 0}

    def of_states(self, masses: Vector) -> Vector:
        """Return masses of classes as masses of their representatives."""
        return {int(self.partition.representatives[c]): v for c, v in masses.items()}


def side_by_side(first: MarkovChain, second: MarkovChain, what: Compared, budget: Budget | None = None) -> SideBySide:
    """Lump two chains together.

    Parameters
    ----------
    first, second : MarkovChain
        Of one kind, with initial distributions.
    what : Compared
        What the partition must respect.
    budget : Budget, optional

    Raises
    ------
    ModelError
        If they are of different kinds, or one has no initial distribution.
    OutOfBudget
        If there is too little time for chains of this size.
    """
    if first.initial is None or second.initial is None:
        raise ModelError("a chain has no initial distribution, expected one for each")
    transitions = first.transitions + second.transitions
    if budget is not None and transitions * EACH[first.kind] > budget.left:
        raise OutOfBudget(f"lumping {transitions} transitions takes longer than there is time")
    both = disjoint_union(first, second)
    respect = (*(["labels"] if what.labels else []), *(["rewards"] if what.rewards else []))
    partition = _lumped(both, respect)
    masses: Vector = {}
    for sign, chain, start in ((1, first, 0), (-1, second, first.states)):
        column: Any = chain.initial
        for s, p in enumerate(column.fractions()):
            if p != 0:
                c = partition.class_at(start + s)
                masses[c] = masses.get(c, Fraction(0)) + p * sign
    return SideBySide(both, partition, {c: v for c, v in masses.items() if v != 0})


def _lumped(both: MarkovChain, respect: tuple[str, ...]) -> Partition:
    """Return the coarsest lumping if it passes the checks, else the states as they are."""
    plain = both.transitions <= SMALL
    try:
        labels = lump(both, respect=respect, engine="reference" if plain else None).partition.class_of
    except LumpFormError:  # a proof that failed: nothing is known of the partition
        return Partition.discrete(both.states)
    partition = Partition(np.array(labels))  # classes are counted again
    fits = len(partition) == both.states and partition.refines(both.respected(respect))
    return partition if fits and _is_lumping(both.arrow(), partition, plain) else Partition.discrete(both.states)


def _is_lumping(matrix: SparseWeights, partition: Partition, plain: bool) -> bool:
    """Tell whether all states of every class have equal exact sums into every class."""
    seen = Seen(matrix, 0, 0, False)
    return compare_exactly(seen, partition) is None if plain else isinstance(certify(seen, partition), int)
