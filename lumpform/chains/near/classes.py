"""Finds few classes of a chain within epsilon for the kind ``ordinary``: on the exact quotient, which may be small."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from lumpform.chains.chain import MarkovChain
from lumpform.chains.near.aggregate import Aggregate, aggregate
from lumpform.chains.near.search import few_classes
from lumpform.graph.partition import Partition
from lumpform.lumping import lump

FACTORS = (1 + 1e-9, 1 - 1e-9, 1 - 1e-6)
"""By how much epsilon is changed for floats: what is found with one of these may not be within epsilon exactly."""


def few_lumped_classes(
    chain: MarkovChain, respect: tuple[str, ...], epsilon: Fraction, *, best: bool
) -> tuple[Partition, Aggregate]:
    """Return a partition in which every state is within epsilon of the row of its class, with these rows.

    What is lumped exactly is lumped first. Then floats look for classes, and rationals say how far rows are; at worst
    the exact lumping comes out.
    """
    exact = lump(chain, "ordinary", respect=respect)
    matrix, sizes = exact.quotient.arrow(), exact.partition.sizes.tolist()
    start = Partition(chain.start("ordinary", "generator", respect).class_of[exact.partition.representatives])
    generator, floats = chain.kind == "ctmc", matrix.to_scipy()
    for factor in FACTORS if epsilon else ():
        allowed = factor * float(epsilon)
        labels = few_classes(floats, start.class_of.astype(np.int64), allowed, generator=generator)
        partition = Partition(labels)
        found = aggregate(matrix, partition, sizes, generator=generator, best=best)
        if found.distance <= epsilon:
            return Partition(partition.class_of[exact.partition.class_of]), found
    trivial = Partition.discrete(exact.partition.count)
    return exact.partition, aggregate(matrix, trivial, sizes, generator=generator, best=False)
