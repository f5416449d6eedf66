"""Keeps a column of floats, each the dyadic rational that it is."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.numbers.column import CodedValues, Values, read_only
from lumpform.numbers.residues import WORD


@dataclass(frozen=True, eq=False)
class DyadicValues(Values):
    """Holds finite float32 or float64 numbers, each standing for the dyadic rational that it is."""

    array: NDArray[Any]

    def __post_init__(self) -> None:
        array = np.asarray(self.array)
        if array.dtype not in (np.float32, np.float64) or array.ndim != 1:
            raise ValueError("dyadic values are a one-dimensional float32 or float64 array")
        if not np.isfinite(array).all():
            raise ValueError(f"entry {int(np.flatnonzero(~np.isfinite(array))[0])} is not finite")
        object.__setattr__(self, "array", read_only(array))

    def __len__(self) -> int:
        return len(self.array)

    def value(self, index: int) -> Fraction:
        return Fraction(float(self.array[index]))

    def nonzero(self) -> NDArray[np.bool_]:
        return self.array != 0

    def take(self, indices: Any) -> DyadicValues:
        return DyadicValues(self.array[indices])

    def floats(self) -> NDArray[np.float64]:
        return self.array.astype(np.float64)

    @cached_property
    def _shift(self) -> int:
        """Return the least k >= 0 for which every entry times 2^k is an integer."""
        from lumpform.numbers.dyadic_kernels import lowest_exponent

        return max(0, -int(lowest_exponent(self.array)))

    @property
    def denominator(self) -> int:
        return 1 << self._shift

    @cached_property
    def bound(self) -> int:
        if not len(self.array):
            return 0
        return int(Fraction(float(np.abs(self.array).max())) * self.denominator)

    def residues(self, modulus: int, denominator: int | None = None) -> tuple[NDArray[Any], NDArray[np.uint64] | None]:
        factor, rest = divmod(self.denominator if denominator is None else denominator, self.denominator)
        if rest or factor.bit_count() != 1:
            return self.coded().residues(modulus, denominator)
        shift = self._shift + factor.bit_length() - 1
        if self.bound * factor < 1 << 53:  # then floats hold the numerators exactly
            whole = np.ldexp(self.array.astype(np.float64), shift).astype(np.int64)
            return (whole.view(np.uint64) if modulus == WORD else (whole % np.int64(modulus)).view(np.uint64)), None
        if modulus == WORD:
            return self.coded().residues(modulus, denominator)
        from lumpform.numbers.dyadic_kernels import fill_residues

        powers = np.array([pow(2, e, modulus) for e in range(shift + 1100)], dtype=np.uint64)
        out = np.empty(len(self.array), dtype=np.uint64)
        fill_residues(self.array, shift, powers, np.uint64((1 << 61) - modulus), out)
        return out, None

    def coded(self) -> CodedValues:
        distinct, codes = np.unique(self.array, return_inverse=True)
        return CodedValues(codes.reshape(-1), tuple(Fraction(float(v)) for v in distinct.tolist()))
