"""Encloses, with a proof, functions that have no rational values: sigmoid, tanh, GELU and softmax.

Balls of FLINT (arb; F. Johansson, IEEE Transactions on Computers 66, 2017) contain the true value whatever is rounded.
Numbers are integers over a common denominator; what comes out is a pair of integers over ``2^bits``, rounded outward.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from lumpform.graph.graph import NodeFunction
from lumpform.networks.functions import GELU, SIGMOID, SOFTMAX, TANH

Pair = tuple[int, int]
"""A lower and an upper end, as numerators."""

GUARD = 32
"""So many bits more than the result has are used inside."""


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Set FLINT's working precision, which is global, and put it back."""
    from flint import ctx

    before = ctx.prec
    ctx.prec = bits + GUARD
    try:
        yield
    finally:
        ctx.prec = before


def _ball(pair: Pair, denominator: int) -> Any:
    from flint import arb, fmpq

    low = arb(fmpq(pair[0], denominator))
    return low if pair[0] == pair[1] else low.union(arb(fmpq(pair[1], denominator)))


def _ends(ball: Any, bits: int) -> Pair | None:
    """Return the ends of a ball over ``2^bits``, rounded outward; None if it is not finite."""
    if not ball.is_finite():
        return None
    low, exponent = map(int, ball.lower().man_exp())
    high, other = map(int, ball.upper().man_exp())
    return _shifted(low, exponent + bits), -_shifted(-high, other + bits)


def _shifted(number: int, by: int) -> int:
    """Return the floor of ``number * 2^by``."""
    return number << by if by >= 0 else number >> -by


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + (-x).exp())


def _monotone(function: Callable[[Any], Any], least: int, largest: int) -> Callable[[Pair, int, int], Pair]:
    """Return the enclosure of an increasing function with values between two whole numbers: that of its ends."""

    def enclosure(pair: Pair, denominator: int, bits: int) -> Pair:
        lows = _ends(function(_ball((pair[0], pair[0]), denominator)), bits)
        highs = lows if pair[0] == pair[1] else _ends(function(_ball((pair[1], pair[1]), denominator)), bits)
        low = least << bits if lows is None else max(lows[0], least << bits)
        high = largest << bits if highs is None else min(highs[1], largest << bits)
        return low, high

    return enclosure


def _gelu(pair: Pair, denominator: int, bits: int) -> Pair:
    """Enclose ``x (1 + erf(x / sqrt 2)) / 2``: between -1/5 and the larger of x and zero, whatever the ball says."""
    from flint import arb

    x = _ball(pair, denominator)
    found = _ends(x * (-x / arb(2).sqrt()).erfc() / 2, bits)
    above = max(0, -((-pair[1] << bits) // denominator))
    below = -((1 << bits) // 5) - 1
    return (below, above) if found is None else (max(found[0], below), min(found[1], above))


ELEMENTWISE: dict[NodeFunction, Callable[[Pair, int, int], Pair]] = {
    SIGMOID: _monotone(_sigmoid, 0, 1),
    TANH: _monotone(lambda x: x.tanh(), -1, 1),
    GELU: _gelu,
}
"""Functions of one number: (ends, denominator, bits) to ends over ``2^bits``. One with other parameters is another."""


KNOWN = (*ELEMENTWISE, SOFTMAX)
"""The functions that have enclosures."""


def softmax(pairs: Sequence[Pair], denominator: int, bits: int) -> list[Pair]:
    """Enclose ``exp(x_i) / sum of exp(x_j)`` for every i: smallest where x_i is low and all others are high."""
    top = max(high for _, high in pairs)
    ends = [[_ball((pair[k] - top, pair[k] - top), denominator).exp() for pair in pairs] for k in (0, 1)]
    others = [_all_but_one(side) for side in ends]
    one = 1 << bits
    result = []
    for low, high, below, above in zip(ends[0], ends[1], others[0], others[1], strict=True):
        least, largest = _ends(1 / (1 + above / low), bits), _ends(1 / (1 + below / high), bits)
        result.append((0 if least is None else max(least[0], 0), one if largest is None else min(largest[1], one)))
    return result


def _all_but_one(numbers: Sequence[Any]) -> list[Any]:
    """Return for every place the sum of the numbers at the others, without subtracting."""
    from flint import arb

    before, after = [arb(0)], [arb(0)]
    for x, y in zip(numbers, reversed(numbers), strict=True):
        before.append(before[-1] + x)
        after.append(after[-1] + y)
    count = len(numbers)
    return [before[i] + after[count - 1 - i] for i in range(count)]
