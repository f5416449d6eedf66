"""Read batch normalisations; the factor is irrational in general, and rounded to the nearest double."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isqrt

import numpy as np

from lumpform.networks.builder import Builder
from lumpform.networks.tensor import Misfit, Tensor
from lumpform.networks.with_constants import with_constants

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


def normalised(
    builder: Builder, tensor: Tensor, name: str, statistics: Sequence[Sequence[Fraction]], *, epsilon: Fraction
) -> Tensor:
    """Compute ``(x - mean) * scale / sqrt(variance + epsilon) + shift`` for every channel of (batch, channels, ...).

    Parameters
    ----------
    statistics : scale, shift, mean and variance
        One number for every channel.

    Raises
    ------
    Misfit
        If there are more or fewer numbers, or the root is that of a number that is not positive.
    """
    channels = tensor.shape[1]
    counts = [len(numbers) for numbers in statistics]
    if counts != [channels] * 4:
        raise Misfit(f"statistics of {', '.join(map(str, counts))} channels", f"{channels}")
    scale, shift, mean, variance = statistics
    if any(v + epsilon <= 0 for v in variance):
        raise Misfit("a variance that is not positive", "positive variances")
    factors = [factor_of(s, v + epsilon) for s, v in zip(scale, variance, strict=True)]
    summands = [b - m * f for b, m, f in zip(shift, mean, factors, strict=True)]
    builder.rounded_factors += channels
    shape = (1, channels, *[1] * (len(tensor.shape) - 2))
    times, plus = (np.array(numbers, dtype=object).reshape(shape) for numbers in (factors, summands))
    return with_constants(builder, tensor, name, times=times, plus=plus)
