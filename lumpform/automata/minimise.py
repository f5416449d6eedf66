"""Makes the smallest automaton with the same series: linear minimisation over the rational numbers.

Forward, the span of the row vectors that words lead to from the initial weights; backward, inside it, the span of the
column vectors that words lead to from the final weights. Each is the least subspace that contains the weights and is
invariant under every letter, and in a basis of it the automaton acts by smaller matrices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from lumpform.automata.automaton import WeightedAutomaton, entries_of, product
from lumpform.graph.weights import SparseWeights
from lumpform.lumping.linear import Invariant, least_invariant_of, map_of
from lumpform.lumping.span import ENDLESS, Clock, Vector
from lumpform.numbers.make import from_fractions


def minimise(automaton: WeightedAutomaton, clock: Clock = ENDLESS) -> WeightedAutomaton:
    """Return an automaton with the same series and the fewest states, over the rational numbers.

    Parameters
    ----------
    automaton : WeightedAutomaton
    clock : Clock
        Asked all the time; by default it takes as long as it takes.

    Returns
    -------
    WeightedAutomaton
        Its number of states is the rank of the Hankel matrix of the series, and any other of that size has matrices
        ``T^-1 A T`` for one matrix T (M. P. Schuetzenberger, Information and Control 4, 1961; here T21). The zero
        series has no states. Weights of the result may have many digits, and be negative where none was before.
        O(letters * states^3) operations modulo a prime, and two linear systems over the rationals.
    """
    return _backward(_forward(automaton, clock), clock)


def _forward(automaton: WeightedAutomaton, clock: Clock) -> WeightedAutomaton:
    """Return the automaton in a basis of the rows that are reached: ``B A = C B``, initial ``e``, final ``B f``."""
    space = least_invariant_of([entries_of(automaton.initial)], list(automaton.maps.values()), clock)
    last = entries_of(automaton.final)
    matrices = {a: _matrix(rows) for a, rows in zip(automaton.letters, space.images, strict=True)}
    return _made(_first(space), matrices, [product(row, last) for row in space.basis])


def _backward(automaton: WeightedAutomaton, clock: Clock) -> WeightedAutomaton:
    """Return the automaton in a basis of the columns that are reached: ``A B = B C``, initial ``i B``, final ``e``."""
    maps = [map_of(matrix.transpose()) for matrix in automaton.matrices.values()]
    space = least_invariant_of([entries_of(automaton.final)], maps, clock)
    start = entries_of(automaton.initial)
    matrices = {a: _matrix(rows).transpose() for a, rows in zip(automaton.letters, space.images, strict=True)}
    return _made([product(start, column) for column in space.basis], matrices, _first(space))


def _first(space: Invariant) -> list[Fraction]:
    """Return the coordinates of the given vector."""
    return [space.given[0].get(j, Fraction(0)) for j in range(space.dimension)]


def _matrix(rows: Sequence[Vector]) -> SparseWeights:
    """Return the square matrix with these rows."""
    entries = [(i, j, v) for i, row in enumerate(rows) for j, v in sorted(row.items())]
    places = [i for i, _, _ in entries], [j for _, j, _ in entries]
    return SparseWeights.from_coo(*places, from_fractions(v for _, _, v in entries), (len(rows), len(rows)))


def _made(
    initial: Sequence[Fraction], matrices: Mapping[str, SparseWeights], final: Sequence[Fraction]
) -> WeightedAutomaton:
    return WeightedAutomaton(from_fractions(initial), dict(matrices), from_fractions(final))
