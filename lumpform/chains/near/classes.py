"""Finds few classes of a chain on its exact quotient, within epsilon or at most so many, for the kind ``ordinary``."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.chain import MarkovChain
from lumpform.chains.near.aggregate import Aggregate, aggregate
from lumpform.chains.near.budget import check_kept, least_epsilon
from lumpform.chains.near.search import few_classes
from lumpform.graph.partition import Partition
from lumpform.lumping import lump

Labels = NDArray[np.int64]

FACTORS = (1 + 1e-9, 1 - 1e-9, 1 - 1e-6)
"""By how much epsilon is changed for floats: what is found with one of these may not be within epsilon exactly."""


def few_lumped_classes(
    chain: MarkovChain, respect: tuple[str, ...], epsilon: Fraction, *, best: bool
) -> tuple[Partition, Aggregate]:
    """Return a partition in which every state is within epsilon of the row of its class, with these rows.

    What is lumped exactly is lumped first. Then floats look for classes, and rationals say how far rows are; at worst
    the exact lumping comes out.
    """
    lumped = Lumped(chain, respect, best)
    for factor in FACTORS if epsilon else ():
        labels = lumped.few(factor * float(epsilon))
        found = lumped.aggregated(labels)
        if found.distance <= epsilon:
            return lumped.of_states(labels), found
    return lumped.exact.partition, lumped.trivial()


def lumped_classes(
    chain: MarkovChain, respect: tuple[str, ...], count: int, *, best: bool
) -> tuple[Partition, Aggregate]:
    """Return a partition into at most so many classes with rows that are near all states, as near as is found.

    Raises
    ------
    OptionError
        If states that must be told apart are in more classes.
    """
    lumped = Lumped(chain, respect, best)
    check_kept(count, lumped.start, respect)
    if lumped.exact.partition.count <= count:
        return lumped.exact.partition, lumped.trivial()
    whole = lumped.start.class_of.astype(np.int64)
    most = lumped.aggregated(whole)

    def search(epsilon: float) -> Labels | None:
        labels = lumped.few(epsilon, count)
        return labels if int(labels.max(initial=-1)) < count else None

    labels = least_epsilon(search, float(most.distance))
    if labels is None:
        return lumped.of_states(whole), most
    return lumped.of_states(labels), lumped.aggregated(labels)


class Lumped:
    """Holds a chain whose exact lumping is known, for searches on its quotient."""

    def __init__(self, chain: MarkovChain, respect: tuple[str, ...], best: bool) -> None:
        self.exact, self.best = lump(chain, "ordinary", respect=respect), best
        self.matrix, self.sizes = self.exact.quotient.arrow(), self.exact.partition.sizes.tolist()
        whole = chain.start("ordinary", "generator", respect).class_of
        self.start = Partition(whole[self.exact.partition.representatives])
        self.generator, self.floats = chain.kind == "ctmc", self.matrix.to_scipy()

    def few(self, epsilon: float, enough: int = 0) -> Labels:
        """Return classes of the quotient within epsilon; see `lumpform.chains.near.search`."""
        start = self.start.class_of.astype(np.int64)
        return few_classes(self.floats, start, epsilon, generator=self.generator, enough=enough)

    def aggregated(self, labels: Labels) -> Aggregate:
        """Return the rows of classes of the quotient, and how far they are, exactly."""
        return aggregate(self.matrix, Partition(labels), self.sizes, generator=self.generator, best=self.best)

    def trivial(self) -> Aggregate:
        """Return the rows of the quotient."""
        trivial = Partition.discrete(self.exact.partition.count)
        return aggregate(self.matrix, trivial, self.sizes, generator=self.generator, best=False)

    def of_states(self, labels: Labels) -> Partition:
        """Return classes of the quotient as classes of the states."""
        return Partition(Partition(labels).class_of[self.exact.partition.class_of])
