"""Write weights as integers with a scale where that is exact: what a quantised network keeps of its file's size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.networks.onnx.channel_groups import OPERATION
from lumpform.networks.onnx.tape import Tape
from lumpform.numbers.column import Values
from lumpform.numbers.rounding import as_floats

BITS = 62
"""Binary digits of whole numbers that are looked at."""

RANGES = {"int8": (-128, 127), "int32": (-(2**31) + 1, 2**31 - 1)}
"""The integers of constants."""

SMALLEST, LARGEST = Fraction(1, 2**126), 2**128
"""Scales are float32 of full precision."""

PARTS = 256
"""Into how many parts a greatest common divisor is taken apart to find a scale."""


@dataclass(frozen=True, eq=False)
class Coded:
    """Hold integers, and what they stand for: each less its zero point, times its scale.

    Attributes
    ----------
    integers : array of int8 or int32
    scales : array of float32
        One number, or one for every place along the axis.
    zeros : array of int8 or None
        As many; None if all are 0.
    axis : int
    """

    integers: NDArray[Any]
    scales: NDArray[np.float32]
    zeros: NDArray[Any] | None
    axis: int

    @property
    def bytes(self) -> int:
        """Return what the numbers take, without names."""
        return self.integers.nbytes + self.scales.nbytes + (0 if self.zeros is None else self.zeros.nbytes)


def as_integers(array: NDArray[np.float64], kind: str = "int8") -> Coded | None:
    """Return weights as integers of a type, with one scale or several along an axis; None if there are none.

    The axis is the first or the second. Every product is exactly the weight. O(weights).
    """
    return next(_all_codes(array, kind), None)


def _all_codes(array: NDArray[np.float64], kind: str) -> Iterator[Coded]:
    """Yield weights as integers with one scale, and with one for every place along an axis."""
    rows = [_Row(array.reshape(-1))]
    for axis in range(-1, min(array.ndim, 2)):  # first one scale for all, then as few as there are
        if axis >= 0:
            rows = [_Row(row) for row in np.moveaxis(array, axis, 0).reshape(array.shape[axis], -1)]
        for shifted in (False, True) if kind == "int8" else (False,):
            found = [row.coded(kind, shifted=shifted) for row in rows]
            if all(code is not None for code in found):
                yield _coded(array, [code for code in found if code is not None], axis, kind)
                break


def _coded(array: NDArray[np.float64], codes: list[tuple[float, int]], axis: int, kind: str) -> Coded:
    scales = np.array([scale for scale, _ in codes])
    zeros = np.array([zero for _, zero in codes])
    along = (-1, *[1] * (array.ndim - axis - 1)) if axis >= 0 else ()
    shape = () if axis < 0 else scales.shape
    integers = np.rint(array / scales.reshape(along)) + zeros.reshape(along)
    points = zeros.astype(np.int8).reshape(shape) if zeros.any() else None
    return Coded(integers.astype(kind), scales.astype(np.float32).reshape(shape), points, max(axis, 0))


class _Row:
    """Look for a scale of which some numbers are multiples."""

    def __init__(self, numbers: NDArray[np.float64]) -> None:
        """Find the largest of all scales: numbers are `multiples` times a whole number times a power of two."""
        numbers = numbers[numbers != 0]
        self.multiples, self.whole, self.unit = numbers.astype(np.int64)[:0], 1, Fraction(1)
        if not len(numbers):
            return
        mantissas, exponents = np.frexp(numbers)
        whole = np.ldexp(mantissas, 53).astype(np.int64)
        zeros = np.log2((whole & -whole).astype(np.float64)).astype(np.int64)
        exponents = exponents.astype(np.int64) - 53 + zeros
        whole >>= zeros
        shift = exponents - exponents.min()
        digits = np.frexp(whole.astype(np.float64))[1] + shift
        if int(digits.max()) > BITS:
            self.whole = 0
            return
        whole <<= shift
        self.whole = int(np.gcd.reduce(whole))
        self.multiples, self.unit = whole // self.whole, Fraction(2) ** int(exponents.min())

    def coded(self, kind: str, *, shifted: bool) -> tuple[float, int] | None:
        """Return a float32 and a zero point with which all numbers are integers of a type; None if there are none.

        `shifted` says whether the zero point may be another integer than 0.
        """
        first, last = RANGES[kind]
        low, high = (int(f(self.multiples, initial=0)) for f in (np.min, np.max))
        for parts in self._parts((last - first) // max(1, high - low)):
            step = self.unit * self.whole / parts
            fits = first <= low * parts and high * parts <= last
            if (fits or shifted) and SMALLEST <= step < LARGEST and Fraction(float(np.float32(float(step)))) == step:
                return float(step), 0 if fits else first - low * parts
        return None

    def _parts(self, most: int) -> Iterator[int]:
        return (p for p in range(1, min(PARTS, most) + 1) if self.whole and self.whole % p == 0)


def in_bytes(kernel: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]] | None:
    """Return a kernel whose weights are integers of one byte, for channels of which some are read more than once.

    Where equal channels were merged, their weights were added, and are beyond one byte; the sum is taken apart again.

    Parameters
    ----------
    kernel : array, (results, channels, *window)

    Returns
    -------
    kernel : array, (results, places, *window)
    chosen : array of int
        The channel that is read at every place.
    None instead if no more than one place is needed for any channel, or as many bytes as without.
    """
    codes = _all_codes(kernel, "int32") if as_integers(kernel) is None else ()
    return next(filter(None, (_taken_apart(kernel, code) for code in codes)), None)


def _taken_apart(kernel: NDArray[np.float64], code: Coded) -> tuple[NDArray[np.float64], NDArray[np.int64]] | None:
    """Return a kernel whose integers have one byte, if those of a code are sums of a few such ones; see `in_bytes`."""
    first, last = RANGES["int8"]
    left, parts = np.moveaxis(code.integers.astype(np.int64), 1, 0), []
    while left.any() and len(parts) < 4:
        parts.append(np.clip(left, first, last))
        left = left - parts[-1]
    used = np.array([p.reshape(len(p), -1).any(axis=1) for p in parts])
    used[0] = True
    chosen = np.repeat(np.arange(len(left)), used.sum(axis=0))
    if left.any() or len(chosen) * code.integers.nbytes // len(left) // 4 + OPERATION >= code.integers.nbytes:
        return None
    turned = np.stack(parts, axis=1)[used.T]
    scales = code.scales.astype(np.float64)
    if scales.ndim:  # one for every result, or one for every channel
        scales = scales[chosen] if code.axis else scales[:, None]
        scales = scales.reshape(*scales.shape, *[1] * (kernel.ndim - 2))
    return np.ascontiguousarray(np.moveaxis(turned, 0, 1) * scales), chosen


def float_parts(values: list[Fraction]) -> list[NDArray[Any]]:
    """Return arrays of float32 whose exact sums are these numbers; `Inexact` if seven do not do."""
    parts, left = [], list(values)
    while any(left) and len(parts) < 7:
        part = np.array([float(v) for v in left], dtype=np.float64).astype(np.float32)
        parts.append(part)
        left = [v - Fraction(float(f)) for v, f in zip(left, part, strict=True)]
    if any(left):
        raise Inexact
    return parts or [np.zeros(len(values), dtype=np.float32)]


class Inexact(Exception):
    """Say that a network has numbers that cannot be written without rounding."""


class IntegerTape(Tape):
    """Collect constants as doubles, and write each exactly: as floats, or as integers with scales.

    Attributes
    ----------
    given : set of str
        Names of tensors that are taken.
    exact : dict of str to array of float64
        What tensors hold that are constants.
    codes : dict of str to Coded
        How those that are integers with scales are made.
    """

    def __init__(self, names: Any) -> None:
        self.given = set(names)
        super().__init__("float64", self.given)
        self.element = "float32"
        self.exact: dict[str, NDArray[np.float64]] = {}
        self.codes: dict[str, Coded] = {}
        self.dequantised: dict[tuple[tuple[str, ...], int], str] = {}

    def initialiser(self, array: NDArray[Any]) -> str:
        """Append a constant, which must be exact; returns the name of what holds its numbers."""
        if array.dtype != np.float64:
            return super().initialiser(array)
        near = array.astype(np.float32)
        simple = np.array_equal(near, array)
        found = as_integers(array)
        if simple and (found is None or found.bytes + OPERATION > near.nbytes):
            name = super().initialiser(near)
        else:
            found = found or as_integers(array, "int32")
            name = self._summed(array) if found is None else self._dequantised(found)
            if found is not None:
                self.codes[name] = found
        self.exact[name] = array
        return name

    def _summed(self, array: NDArray[np.float64]) -> str:
        """Append floats of which the exact sum is a constant that no integers with a scale are."""
        parts = float_parts([Fraction(v) for v in array.reshape(-1).tolist()])
        names = [super(IntegerTape, self).initialiser(part.reshape(array.shape)) for part in parts]
        key = tuple(names), -1
        if key not in self.dequantised:
            before = len(self.nodes)
            self.dequantised[key] = self.total(names)
            self.nodes[:] = self.nodes[before:] + self.nodes[:before]
        return self.dequantised[key]

    def _dequantised(self, code: Coded) -> str:
        """Append integers and what makes numbers of them, unless they are there already."""
        parts = [code.integers, code.scales, *([] if code.zeros is None else [code.zeros])]
        operands = tuple(super(IntegerTape, self).initialiser(part) for part in parts)
        if (operands, code.axis) not in self.dequantised:
            how = {"axis": code.axis} if code.scales.ndim and code.axis != 1 else {}
            self.dequantised[operands, code.axis] = self.add("DequantizeLinear", list(operands), **how)
            self.nodes.insert(0, self.nodes.pop())  # a bias is given to a product that is there already
        return self.dequantised[operands, code.axis]

    def spread(self, tensor: str, kernel: NDArray[Any]) -> tuple[str, NDArray[Any]]:
        """Return channels, some of them several times, and a kernel for them that has integers of one byte."""
        found = in_bytes(kernel)
        if found is None:
            return tensor, kernel
        return self.add("Gather", [tensor, self.initialiser(found[1].astype(np.int32))], axis=1), found[0]

    def summands(self, values: Values) -> list[NDArray[Any]]:
        """Return constants of which the exact sum is these numbers: what merged constants add is seldom one float."""
        parts = [part.astype(np.float64) for part in float_parts(values.fractions())]
        array, rounding = as_floats(values, self.dtype)
        code = as_integers(array, "int32") if len(parts) > 1 and rounding.exact else None
        one = code is not None and code.bytes + OPERATION < len(parts) * 4 * array.size + (len(parts) - 1) * OPERATION
        return [array] if one else parts
