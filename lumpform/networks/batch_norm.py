"""The factor of a batch normalisation: irrational in general, and rounded once, to the nearest double."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

BITS = 60


def factor_of(scale: Fraction, variance: Fraction) -> Fraction:
    """Return the double that is nearest to ``scale / sqrt(variance)``, ties to even, as a rational number.

    Parameters
    ----------
    scale : Fraction
    variance : Fraction
        Positive; the epsilon of the normalisation is in it already.
    """
    if scale == 0:
        return Fraction(0)
    square = scale * scale / variance
    # Scale so that the integer root has more than BITS bits; its last bit then says whether something was cut off.
    shift = max(0, 2 * BITS - square.numerator.bit_length() + square.denominator.bit_length() + 2)
    shift += shift % 2
    whole, rest = divmod(square.numerator << shift, square.denominator)
    root = isqrt(whole)
    inexact = rest != 0 or root * root != whole
    nearest = Fraction(float(Fraction(2 * root + inexact, 2 << (shift // 2))))
    return nearest if scale > 0 else -nearest
