"""Reads constants of an ONNX file: tensors of floats or integers, whose numbers are known exactly."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, prod
from typing import Any

from ...limits import Limits
from ...rational import Pair
from ...words import counted
from .outside import Outside
from .shapes import check_rank
from .wire import Damaged, Message, floats

FLOAT, INT32, INT64, BOOL, HALF, DOUBLE, BFLOAT16 = 1, 6, 7, 9, 10, 11, 16
UINT8, INT8, UINT16, INT16 = 2, 3, 4, 5
FLOATING = (FLOAT, HALF, DOUBLE, BFLOAT16)
INTEGERS = (INT32, INT64)
SMALL = {UINT8: (0, 255), INT8: (-128, 127), UINT16: (0, 65535), INT16: (-32768, 32767)}
"""Types of quantised integers and the numbers that they have: never sizes."""

RAW = {FLOAT: "f", HALF: "e", DOUBLE: "d", BFLOAT16: "H", INT32: "i", INT64: "q", BOOL: "B"}
RAW |= {UINT8: "B", INT8: "b", UINT16: "H", INT16: "h"}
"""The codes of `struct` for the numbers of raw data; a bfloat16 is the upper half of a float."""


BATCH = -(1 << 62)
"""What stands for the length of the batch, which is open, among integers that are sizes."""

MARKER = "the integer -2^62, which stands for the length of the batch here"


@dataclass
class Constant:
    """Holds numbers in row-major order, of an element type of ONNX.

    `data` holds floats (which are dyadic rationals), integers, or pairs where numbers were computed.
    """

    shape: tuple[int, ...]
    data: Sequence[Any]
    kind: int = FLOAT
    batch = False

    def __post_init__(self) -> None:
        check_rank(self.shape)

    @property
    def floating(self) -> bool:
        """Tell whether the numbers are floats."""
        return self.kind in FLOATING

    @property
    def is_integer(self) -> bool:
        """Tell whether the numbers are integers."""
        return self.kind in INTEGERS

    def like(self, shape: Sequence[int], data: Sequence[Any]) -> Constant:
        """Return other numbers of the same type."""
        return Constant(tuple(shape), data, self.kind)

    def pairs(self) -> list[Pair]:
        """Return all numbers as exact ones. Raises `ValueError` if they are no floats."""
        if not self.floating:
            raise ValueError(f"a constant of {'booleans' if self.kind == BOOL else 'integers'}")
        if isinstance(self.data, array):
            distinct = set(self.data)
            known = dict(zip(distinct, map(float.as_integer_ratio, distinct), strict=True))
            return list(map(known.__getitem__, self.data))
        return [exact(v) for v in self.data]

    def integers(self) -> list[int]:
        """Return all numbers of a tensor of integers. Raises `ValueError` if they are no integers."""
        if self.kind not in INTEGERS:
            raise ValueError(f"{'floats' if self.floating else 'booleans'} where integers are expected")
        return list(self.data)


def exact(value: Any) -> Pair:
    """Return a number as a pair in lowest terms."""
    return value if isinstance(value, tuple) else value.as_integer_ratio()


def read_tensor(message: Message, limits: Limits, outside: Outside | None = None) -> tuple[str, Constant]:
    """Read name and numbers of a TensorProto, those elsewhere from `outside`. Raises `Damaged` or `ValueError`."""
    name, kind = message.text(8), message.integer(2)
    shape, most = tuple(message.integers(1)), limits.max_entries
    check_rank(shape)
    if any(not 0 <= d <= most for d in shape) or prod(shape) > most:
        raise ValueError(f"a tensor {name!r} of the shape {list(shape)}")
    elsewhere = message.integer(14) == 1
    if message.views(13) if not elsewhere else outside is None:
        raise ValueError(f"data of the tensor {name!r} in another file")
    if message.has(3):
        raise ValueError(f"a segment of the tensor {name!r}")
    if kind not in RAW:
        raise ValueError(f"numbers of type {kind} in the tensor {name!r}")
    if elsewhere and outside is not None:
        if any(message.has(field) for field in (4, 5, 6, 7, 9, 10, 11)):
            raise ValueError(f"numbers of the tensor {name!r} in the file and outside")
        wanted = prod(shape) * struct.calcsize(f"<{RAW[kind]}")
        data = _unpacked(outside.part(name, message.messages(13), wanted), kind)
    else:
        data = _numbers(message, kind)
    if len(data) != prod(shape):
        raise ValueError(f"{counted(len(data), 'number')} for the shape {list(shape)} of the tensor {name!r}")
    if kind in FLOATING and not all(map(isfinite, data)):
        raise ValueError("a number that is not finite")
    if kind == INT64 and BATCH in data:
        raise ValueError(MARKER)
    return name, Constant(shape, data, kind)


def _numbers(message: Message, kind: int) -> Sequence[float]:
    """Return the numbers of a tensor from the one field that holds them."""
    raw = message.views(9)
    own = {FLOAT: 4, DOUBLE: 10, INT64: 7}.get(kind, 5)
    if raw:
        if any(message.has(field) for field in (4, 5, 6, 7, 10, 11)):
            raise ValueError("numbers of a tensor in two places")
        return _unpacked(raw[-1], kind)
    if own in (4, 10):
        return message.floats(own, "f" if own == 4 else "d")
    numbers = message.integers(own)
    if kind in (HALF, BFLOAT16):
        if any(not 0 <= v < 1 << 16 for v in numbers):
            raise ValueError("a number of 16 bits that has more")
        return _unpacked(struct.pack(f"<{len(numbers)}H", *numbers), kind)
    if kind == INT32 and any(not -(1 << 31) <= v < 1 << 31 for v in numbers):
        raise ValueError("a number of 32 bits that has more")
    low, high = SMALL.get(kind, (0, 0))
    if kind in SMALL and any(not low <= v <= high for v in numbers):
        raise ValueError("a number of 8 or 16 bits that has more")
    return numbers


def _unpacked(raw: bytes | memoryview, kind: int) -> Sequence[float]:
    """Return the numbers that little-endian bytes hold."""
    code = RAW[kind]
    if len(raw) % struct.calcsize(f"<{code}"):
        raise Damaged("a part of a number")
    if kind in (FLOAT, DOUBLE, HALF):
        return floats(raw, code)
    numbers = [v for (v,) in struct.iter_unpack(f"<{code}", raw)]
    if kind == BFLOAT16:
        return floats(struct.pack(f"<{len(numbers)}I", *(v << 16 for v in numbers)), "f")
    return array("q", numbers)


def cast(constant: Constant, kind: int) -> Constant:
    """Return the same numbers with another element type. Raises `ValueError` if one of them would be rounded."""
    if kind not in (*FLOATING, *INTEGERS) or constant.kind == BOOL:
        raise ValueError(f"a cast of constants from type {constant.kind} to type {kind}")
    if constant.is_integer and BATCH in constant.data and kind != INT64:
        raise ValueError("the length of the batch, which is open, as another type")
    numbers = {v: exact(v) for v in set(constant.data)}
    if not all(_fits(number, kind) for number in numbers.values()):
        raise ValueError(f"a cast that rounds constants to type {kind}")
    if kind in INTEGERS:
        return Constant(constant.shape, array("q", [numbers[v][0] for v in constant.data]), kind)
    return Constant(constant.shape, array("d", [numbers[v][0] / numbers[v][1] for v in constant.data]), kind)


def _fits(value: Pair, kind: int) -> bool:
    """Tell whether a type of numbers has this one."""
    if kind in INTEGERS:
        limit = 1 << (31 if kind == INT32 else 63)
        return value[1] == 1 and -limit <= value[0] < limit
    try:
        double = value[0] / value[1]
        packed = struct.pack({HALF: "<e", DOUBLE: "<d"}.get(kind, "<f"), double)
    except OverflowError:
        return False
    if double.as_integer_ratio() != value or (kind == BFLOAT16 and packed[:2] != b"\0\0"):
        return False
    return struct.unpack({HALF: "<e", DOUBLE: "<d"}.get(kind, "<f"), packed)[0] == double
