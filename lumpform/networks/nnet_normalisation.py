"""Fold the normalisation of inputs and outputs into the first and the last layer exactly, and unfold it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from lumpform.errors import ModelError
from lumpform.files.limits import MAX_SUM_BITS
from lumpform.numbers.rational import lcm_of_denominators

Layer = tuple[list[list[Fraction]], list[Fraction]]
"""A row of weights per output neuron, and the biases."""


@dataclass(frozen=True)
class Normalisation:
    """Hold what an NNet file says about inputs and outputs.

    Parameters
    ----------
    minima, maxima : tuple of Fraction or None
        Bounds of the inputs; None if the file has none.
    means, ranges : tuple of Fraction
        One per input, then one for all outputs: the layers see ``(x - mean) / range``, and ``y * range + mean`` is
        returned.
    """

    minima: tuple[Fraction, ...] | None
    maxima: tuple[Fraction, ...] | None
    means: tuple[Fraction, ...]
    ranges: tuple[Fraction, ...]

    @property
    def neutral(self) -> bool:
        """Tell whether the layers see the inputs as they are, and nothing happens to the outputs."""
        return not any(self.means) and all(r == 1 for r in self.ranges)

    @property
    def trivial(self) -> bool:
        """Tell whether it is neutral and has no bounds either."""
        return self.neutral and self.minima is None and self.maxima is None

    @classmethod
    def none(cls, inputs: int) -> Normalisation:
        """Return that of a network without any."""
        return cls(None, None, (Fraction(0),) * (inputs + 1), (Fraction(1),) * (inputs + 1))


def fold(layers: Sequence[Layer], normalisation: Normalisation) -> list[Layer]:
    """Return the layers of the network on plain inputs and outputs. O(weights of the first and the last layer).

    Raises
    ------
    ModelError
        If the shifts have a common denominator of more than `MAX_SUM_BITS` bits.
    """
    if normalisation.neutral:
        return list(layers)
    means, ranges = normalisation.means, normalisation.ranges
    shifts = [-m / r for m, r in zip(means[:-1], ranges[:-1], strict=True)]
    result = _outputs(layers, ranges[-1], means[-1])
    return _inputs(result, [1 / r for r in ranges[:-1]], shifts)


def unfold(layers: Sequence[Layer], normalisation: Normalisation) -> list[Layer]:
    """Undo `fold`."""
    if normalisation.neutral:
        return list(layers)
    means, ranges = normalisation.means, normalisation.ranges
    result = _inputs(layers, list(ranges[:-1]), list(means[:-1]))
    return _outputs(result, 1 / ranges[-1], -means[-1] / ranges[-1])


def _inputs(layers: Sequence[Layer], factors: list[Fraction], shifts: list[Fraction]) -> list[Layer]:
    """Return the layers after ``x -> factor * x + shift``."""
    common = lcm_of_denominators(shifts)
    if common.bit_length() > MAX_SUM_BITS:
        raise ModelError(f"a common denominator of {common.bit_length()} bits, more than {MAX_SUM_BITS}")
    whole = [s.numerator * (common // s.denominator) for s in shifts]
    rows, bias = layers[0]
    shifted = []
    for row, b in zip(rows, bias, strict=True):  # integers over one denominator: no greatest common divisor per term
        d = lcm_of_denominators(row)
        dot = sum(w.numerator * (d // w.denominator) * s for w, s in zip(row, whole, strict=True) if s)
        shifted.append(b + Fraction(dot, d * common))
    scaled = [[w * f for w, f in zip(row, factors, strict=True)] for row in rows]
    return [(scaled, shifted), *layers[1:]]


def _outputs(layers: Sequence[Layer], factor: Fraction, shift: Fraction) -> list[Layer]:
    """Return the layers before ``y -> factor * y + shift``."""
    rows, bias = layers[-1]
    return [*layers[:-1], ([[w * factor for w in row] for row in rows], [b * factor + shift for b in bias])]
