"""Makes the quotient of a weighted automaton: the smaller one with the same series (T21).

Conventions, as for chains. Ordinary and strict: ``Q'(B, C) = A(s, C)`` for s in B, the final weight of any member, the
initial weights summed. Exact: on masses, ``Q'(B, C) = |C| / |B| * A(B, t)`` for t in C, initial weights summed and
final ones averaged.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from lumpform.errors import ModelError, OptionError
from lumpform.graph.kinds import KINDS, kinds_of
from lumpform.graph.partition import Partition
from lumpform.graph.quotient_graph import quotient_rows
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import Values
from lumpform.numbers.make import from_fractions


def check_kind(kind: str) -> None:
    """Raise `OptionError` unless there is such a kind for automata."""
    known = kinds_of("automaton")
    if kind not in known:
        raise OptionError(f"kind is {kind!r}, expected one of {', '.join(known)}")


def quotient_of(
    initial: Values, matrices: Mapping[str, SparseWeights], final: Values, partition: Partition, kind: str
) -> tuple[Values, dict[str, SparseWeights], Values]:
    """Return initial weights, matrices and final weights of the quotient; only representatives are read.

    Parameters
    ----------
    initial, final : Values, (n,)
    matrices : mapping from letter to SparseWeights, (n, n)
    partition : Partition of 1 + n nodes
        Of the weighted graph: node 0 is the pinned one, alone in its class. A lumping of the kind.
    kind : {"ordinary", "exact", "strict"}

    Raises
    ------
    ModelError
        If the partition has another length, or the pinned node is not alone.
    """
    classes = _of_states(partition, len(initial))
    masses = KINDS[kind].masses
    make = _on_masses if masses else quotient_rows
    sums = from_fractions(classes.push(initial.fractions()))
    last = _averaged(final, classes) if masses else final.take(classes.representatives)
    return sums, {letter: make(matrix, classes) for letter, matrix in matrices.items()}, last


def _of_states(partition: Partition, states: int) -> Partition:
    """Return the partition of the states alone."""
    if len(partition) != 1 + states:
        raise ModelError(
            f"a partition of {len(partition)} members for an automaton with {states} states, expected {1 + states}: "
            "the pinned node is member 0"
        )
    if partition.sizes[0] != 1:
        raise ModelError("the pinned node, member 0 of the partition, is in a class with states, expected it alone")
    return Partition(partition.class_of[1:])


def _on_masses(matrix: SparseWeights, classes: Partition) -> SparseWeights:
    """Return ``|C| / |B| * A(B, t)`` with t the representative of C."""
    incoming = quotient_rows(matrix.transpose(), classes)  # row C, column B: A(B, t)
    sizes = [Fraction(int(size)) for size in classes.sizes]
    scaled = incoming.scaled_by(rows=sizes, columns=[1 / size for size in sizes])
    return scaled.to_sparse().transpose()


def _averaged(column: Values, classes: Partition) -> Values:
    totals = classes.push(column.fractions())
    return from_fractions(Fraction(v) / int(size) for v, size in zip(totals, classes.sizes.tolist(), strict=True))
