"""Decides whether two automata have the same series, and finds a shortest word where they have not.

The initial weights of both, the second with the sign turned round, are one vector on the states of both. Words lead
it to other vectors; the series are equal if the final weights are zero on all of them, and for that it is enough to
look at a basis (W. G. Tzeng, SIAM Journal on Computing 21, 1992).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from lumpform.automata.automaton import WeightedAutomaton, entries_of, product
from lumpform.errors import ModelError
from lumpform.lumping.linear import Growth, Map, primes
from lumpform.lumping.span import ENDLESS, Clock, Vector


@dataclass(frozen=True)
class SeriesAnswer:
    """Says whether two automata give the same weight to every word.

    Attributes
    ----------
    equal : bool
    dimension : int
        Of the span of the vectors that were looked at.
    word : tuple of str or None
        A shortest word with different weights; of several the first, by the order of the first automaton's letters.
    first, second : Fraction or None
        Its weights, computed once more by each automaton alone.
    """

    equal: bool
    dimension: int
    word: tuple[str, ...] | None = None
    first: Fraction | None = None
    second: Fraction | None = None


def equal_series(first: WeightedAutomaton, second: WeightedAutomaton, clock: Clock = ENDLESS) -> SeriesAnswer:
    """Decide exactly whether two automata have the same series.

    Parameters
    ----------
    first, second : WeightedAutomaton
        Over the same letters, in any order.
    clock : Clock
        Asked all the time; by default it takes as long as it takes.

    Returns
    -------
    SeriesAnswer
        O(letters * n^3) operations modulo a prime for n states of both together, and one linear system. A shortest word
        that tells them apart has fewer than n letters.

    Raises
    ------
    ModelError
        If the alphabets differ.
    """
    _check_letters(first, second)
    answers = (_compared(first, second, prime, clock) for prime in primes())
    return next(answer for answer in answers if answer is not None)


def _check_letters(first: WeightedAutomaton, second: WeightedAutomaton) -> None:
    for where, here, there in (("first", first, second), ("second", second, first)):
        alone = [a for a in here.letters if a not in there.matrices]
        if alone:
            raise ModelError(f"only the {where} automaton has the letter {alone[0]!r}, expected the same letters")


def _compared(first: WeightedAutomaton, second: WeightedAutomaton, prime: int, clock: Clock) -> SeriesAnswer | None:
    """Return the answer, or None if the prime took vectors for dependent that are not."""
    offset = first.states
    minus: Vector = {s: -v for s, v in entries_of(second.initial).items()}
    start = entries_of(first.initial) | _moved(minus, offset)
    last = entries_of(first.final) | _moved(entries_of(second.final), offset)
    growth = Growth([start], [_beside(first, second, a) for a in first.letters], prime, clock)
    found = next((word for vector, (_, word) in growth if product(vector, last)), None)
    space = growth.proved()  # also of a difference: no shorter word was passed over
    if space is None:
        return None
    if found is None:
        return SeriesAnswer(True, space.dimension)
    word = tuple(first.letters[k] for k in found)
    return SeriesAnswer(False, space.dimension, word, first.weight(word), second.weight(word))


def _beside(first: WeightedAutomaton, second: WeightedAutomaton, letter: str) -> Map:
    """Return the map of a letter on the states of both automata, those of the first before those of the second."""
    left, right, offset = first.maps[letter], second.maps[letter], first.states

    def image(vector: Vector) -> Vector:
        behind = {s - offset: v for s, v in vector.items() if s >= offset}
        return left({s: v for s, v in vector.items() if s < offset}) | _moved(right(behind), offset)

    return image


def _moved(vector: Vector, offset: int) -> Vector:
    return {offset + s: v for s, v in vector.items()}
