"""Keeps a column of exact numbers as 64-bit numerators over one common denominator."""

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
class IntegerValues(Values):
    """Holds 64-bit numerators over one denominator: entry i is ``numerators_[i] / denominator_``."""

    numerators_: NDArray[np.int64]
    denominator_: int = 1

    def __post_init__(self) -> None:
        if self.denominator_ <= 0:
            raise ValueError("the denominator must be positive")
        object.__setattr__(self, "numerators_", read_only(np.asarray(self.numerators_, dtype=np.int64)))

    def __len__(self) -> int:
        return len(self.numerators_)

    def value(self, index: int) -> Fraction:
        return Fraction(int(self.numerators_[index]), self.denominator_)

    def nonzero(self) -> NDArray[np.bool_]:
        return self.numerators_ != 0

    def take(self, indices: Any) -> IntegerValues:
        return IntegerValues(self.numerators_[indices], self.denominator_)

    @property
    def denominator(self) -> int:
        return self.denominator_

    @cached_property
    def bound(self) -> int:
        if not len(self.numerators_):
            return 0
        return max(abs(int(self.numerators_.min())), abs(int(self.numerators_.max())))

    def residues(self, modulus: int, denominator: int | None = None) -> tuple[NDArray[Any], NDArray[np.uint64] | None]:
        factor = 1 if denominator is None else denominator // self.denominator_
        if modulus == WORD:
            return self.numerators_.view(np.uint64) * np.uint64(factor % WORD), None
        if factor == 1:
            return (self.numerators_ % np.int64(modulus)).view(np.uint64), None
        coded = self.coded()
        return coded.residues(modulus, denominator)

    def coded(self) -> CodedValues:
        distinct, codes = np.unique(self.numerators_, return_inverse=True)
        return CodedValues(codes.reshape(-1), tuple(Fraction(n, self.denominator_) for n in distinct.tolist()))

    def floats(self) -> NDArray[np.float64]:
        if self.denominator_ == 1 and self.bound < 1 << 53:
            return self.numerators_.astype(np.float64)
        return self.coded().floats()
