"""Makes the quotient of a Markov chain: the smaller chain, with what can be carried over.

Conventions. Ordinary, strict and proportional: the lumped chain ``Q'(B, C) = A(s, C)`` for s in B (T3; T7: of the
perturbed chain, in which the first member is as it was). Exact and proportional exact: the chain on the masses of
classes, that is the quotient by edges into nodes, rescaled by the masses (T4, T8, T9), right for every distribution
that is a multiple of the scales inside classes. Labels that differ inside a class are not carried, nor is what else a
kind cannot carry; their names are reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np

from lumpform.chains.data import ChainData
from lumpform.display.words import counted
from lumpform.errors import ModelError, OptionError
from lumpform.graph.carried import constant_on_classes, labels_of_classes, names_of_classes, pushed
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.kinds import KINDS, kinds_of
from lumpform.graph.partition import Partition
from lumpform.graph.quotient import quotient
from lumpform.graph.rescaled import rescaled
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.integer import IntegerValues
from lumpform.numbers.make import exact_values, from_fractions

C = TypeVar("C", bound=ChainData)
Scales = Sequence[Fraction] | None


def quotient_chain(
    chain: C, partition: Partition, kind: str, semantics: str, scales: Scales = None
) -> tuple[C, tuple[str, ...]]:
    """Return the quotient chain for a lumping of this kind, and the names of what it could not carry.

    Raises
    ------
    OptionError
        If there is no such kind for chains.
    ModelError
        If the partition is one of other states, or the kind has no quotient chain.
    """
    known = kinds_of(chain.domain)
    if kind not in known:
        raise OptionError(f"kind is {kind!r}, expected one of {', '.join(known)}")
    if len(partition) != chain.states:
        raise ModelError(f"a partition of {len(partition)} members for a chain with {counted(chain.states, 'state')}")
    row = KINDS[kind]
    if row.view.scales and "in" in row.view.sides and not row.view.weighted:
        raise ModelError(f"the kind {kind!r} has no quotient chain, expected 'proportional-exact'")
    matrix = _matrix(chain, partition, kind, scales)
    if chain.kind == "ctmc" and semantics == "generator":
        matrix = without_diagonal(matrix)
    labels = labels_of_classes(chain.labels, partition)
    rewards = {
        name: averaged(column, partition, scales) if row.masses else column.take(partition.representatives)
        for name, column in chain.rewards.items()
        if row.masses or (not row.view.scales and constant_on_classes(column, partition))
    }
    initial = _initial(chain, partition, kind, scales)
    names = names_of_classes(chain.state_names, partition)
    made = chain.with_weights(matrix, labels=labels, rewards=rewards, initial=initial, state_names=names)
    lost = ["initial"] if initial is None and chain.initial is not None else []
    missing = [n for n in chain.labels if n not in labels] + [n for n in chain.rewards if n not in rewards]
    return made, (*missing, *lost)


def _matrix(chain: ChainData, partition: Partition, kind: str, scales: Scales) -> SparseWeights:
    row = KINDS[kind]
    small = quotient(
        WeightedGraph.single(chain.weights),
        partition,
        scales if row.view.weighted else None,
        "in" if row.masses else "out",
    )
    if row.masses:
        mass = masses(partition, scales).coded()
        small = rescaled(small, CodedValues(mass.codes, tuple(Fraction(1) / m for m in mass.table)))
    return small.arrows[0].weights.to_sparse()


def masses(partition: Partition, scales: Scales) -> Values:
    """Return the exact sum of the scales of every class; the number of its members if there are none."""
    if scales is None:
        return IntegerValues(partition.sizes.astype(np.int64), 1)
    return exact_values(partition.push(list(scales)))


def without_diagonal(matrix: SparseWeights) -> SparseWeights:
    """Return the rates between different classes: what the generator's quotient says about leaving a class."""
    rows = matrix.row_of_entries()
    keep = rows != matrix.indices
    if keep.all():
        return matrix
    return SparseWeights.from_coo(rows[keep], matrix.indices[keep], matrix.values.take(keep), matrix.shape)


def _initial(chain: ChainData, partition: Partition, kind: str, scales: Scales) -> Values | None:
    """Return the initial distribution on classes; None if there is none, or the kind cannot carry it."""
    view = KINDS[kind].view
    if chain.initial is None or (view.scales and not view.weighted):
        return None
    total = pushed(chain.initial, partition)
    if view.weighted and scales is not None:
        mass, sums, values = masses(partition, scales).fractions(), total.fractions(), chain.initial.fractions()
        classes = partition.class_of.tolist()
        if any(values[v] * mass[c] != scales[v] * sums[c] for v, c in enumerate(classes)):
            return None  # not a multiple of the scales inside a class
    return total


def averaged(column: Values, partition: Partition, scales: Scales = None) -> Values:
    """Return exact means within classes, weighted by the scales."""
    weighted: Any = column
    if scales is not None:
        weighted = from_fractions(d * v for d, v in zip(scales, column.fractions(), strict=True))
    total, mass = pushed(weighted, partition).fractions(), masses(partition, scales).fractions()
    return from_fractions(v / m for v, m in zip(total, mass, strict=True))
