"""Makes the quotient of a weighted automaton: the smaller one with the same series (T21).

Conventions, as for chains. Ordinary and strict: ``Q'(B, C) = A(s, C)`` for s in B, the final weight of any member, the
initial weights summed. Exact: on masses, ``Q'(B, C) = |C| / |B| * A(B, t)`` for t in C, initial weights summed and
final ones averaged.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from lumpform.errors import ModelError, OptionError
from lumpform.graph.graph import Arrow, Group, WeightedGraph
from lumpform.graph.kinds import KINDS, kinds_of
from lumpform.graph.partition import Partition
from lumpform.graph.quotient import quotient
from lumpform.graph.rescaled import rescaled
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import Values
from lumpform.numbers.make import from_fractions


def check_kind(kind: str) -> None:
    """Raise `OptionError` unless there is such a kind for automata."""
    known = kinds_of("automaton")
    if kind not in known:
        raise OptionError(f"kind is {kind!r}, expected one of {', '.join(known)}")


def quotient_of(
    initial: Values, matrices: Mapping[str, SparseWeights], final: Values, nodes: Partition, kind: str
) -> tuple[Values, dict[str, SparseWeights], Values]:
    """Return initial weights, matrices and final weights of the quotient; only first members are read.

    Parameters
    ----------
    initial, final : Values, (n,)
    matrices : mapping from letter to SparseWeights, (n, n)
    nodes : Partition of 1 + n nodes
        Of the weighted graph: node 0 is the pinned one, alone in its class. A lumping of the kind.
    kind : {"ordinary", "exact", "strict"}

    Raises
    ------
    ModelError
        If the partition has another length, or the pinned node is not alone.
    """
    classes, masses = states_of(nodes, len(initial)), KINDS[kind].masses
    sizes = classes.sizes.tolist()
    group = Group("states", len(initial))
    # Each letter is an operator of its own: arrows with equal ones may be added where one class is left.
    letters = (Arrow(a, "states", "states", matrix, ("letter", a)) for a, matrix in matrices.items())
    small = quotient(WeightedGraph((group,), tuple(letters)), classes, None, "in" if masses else "out")
    sums, last = from_fractions(classes.push(initial.fractions())), final.take(classes.representatives)
    if masses:
        small = rescaled(small, [Fraction(1, size) for size in sizes])
        totals = classes.push(final.fractions())
        last = from_fractions(Fraction(v) / size for v, size in zip(totals, sizes, strict=True))
    return sums, {a.name: a.weights.to_sparse() for a in small.arrows}, last


def states_of(nodes: Partition, states: int) -> Partition:
    """Return the partition of the states alone."""
    if len(nodes) != 1 + states:
        raise ModelError(
            f"a partition of {len(nodes)} members for an automaton with {states} states, expected {1 + states}: "
            "the pinned node is member 0"
        )
    if nodes.sizes[0] != 1:
        raise ModelError("the pinned node, member 0 of the partition, is in a class with states, expected it alone")
    return Partition(nodes.class_of[1:])
