"""Cuts the rows of a matrix into blocks, and checks that rows are in canonical form, block by block."""

from __future__ import annotations

import os
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from operator import gt, le
from typing import Any

from ..arrays import OFFSET
from ..limits import Limits
from ..models import Column, Matrix
from ..polynomial import Number, show, total
from ..rational import scaled, small_denominator
from .jobs import Jobs
from .stored import BLOCK


@dataclass(frozen=True, slots=True)
class Block:
    """Says which rows are judged at a time, from `low` to `high`, and which entries these have."""

    low: int
    high: int
    start: int
    end: int


@dataclass(frozen=True)
class Fault:
    """Says which row is not what it must be, and how."""

    row: int
    found: str
    expected: str


def matrix_on_disk(size: int, pointers: Any, indices: Any, codes: Any) -> Matrix:
    """Return a matrix whose arrays are in files; its weights have no table yet."""
    return Matrix(size, pointers, indices, Column.coded(codes, []))


def first_fall(pointers: Any) -> int | None:
    """Return the first place from which the numbers in an array fall to the next, or None."""
    for low in range(0, len(pointers) - 1, BLOCK):
        block = pointers[low : low + BLOCK + 1]
        falls = list(map(gt, block, islice(block, 1, None)))
        if any(falls):
            return low + falls.index(True)
    return None


def blocks_of(matrix: Matrix, limits: Limits) -> list[Block]:
    """Return blocks of at most so many rows and entries as the limits say; a block has at least one row."""
    result, low, start, pointers = list[Block](), 0, 0, matrix.indptr
    while low < matrix.size:
        high = min(low + limits.block_rows, matrix.size)
        end = pointers[high]
        if end - start > limits.block_entries and high > low + 1:
            ends = pointers[low + 1 : high + 1]
            fitting = max(bisect_right(ends, start + limits.block_entries), 1)
            high, end = low + fitting, ends[fitting - 1]
        result.append(Block(low, high, start, end))
        low, start = high, end
    return result


def rows_of(matrix: Matrix, block: Block) -> Matrix:
    """Return the rows of a block as a matrix in memory, whose columns are those of all rows."""
    start, end = block.start, block.end
    pointers = array(OFFSET, [p - start for p in matrix.indptr[block.low : block.high + 1]])
    codes = matrix.weights.codes[start:end]
    return Matrix(
        block.high - block.low, pointers, matrix.indices[start:end], Column.coded(codes, matrix.weights.table)
    )


@dataclass(frozen=True)
class _Rows:
    """Holds what a process needs to check blocks of rows."""

    matrix: Matrix
    table: Sequence[Number]
    kind: str
    common: int | None
    numbers: list[int]


def first_fault(path: str, matrix: Matrix, table: Sequence[Any], kind: str, limits: Limits, jobs: int) -> Fault | None:
    """Return the first row that is not in canonical form, has an unknown column or code, or sums to another than 1."""
    fall = first_fall(matrix.indptr)
    if fall is not None:
        return Fault(fall, "a row that ends before it begins", "offsets that increase")
    common = small_denominator({d for _, d in table}) if kind == "dtmc" else None
    numbers = [] if common is None else scaled(table, common)
    with Jobs(path, _Rows(matrix, table, kind, common, numbers), jobs, limits) as pool:
        for fault in pool.over(_fault, blocks_of(matrix, limits), f"checking the rows of {os.path.basename(path)}"):
            if fault is not None:
                return fault
    return None


def _fault(rows: _Rows, block: Block) -> Fault | None:
    """Return the first fault in a block."""
    found = rows_of(rows.matrix, block)
    n, pointers, indices, codes = rows.matrix.size, found.indptr, found.indices, found.weights.codes
    if len(indices) and (max(indices) >= n or max(codes) >= len(rows.table)):
        entry = next(e for e, (t, c) in enumerate(zip(indices, codes, strict=True)) if t >= n or c >= len(rows.table))
        row = block.low + bisect_right(pointers, entry) - 1
        return Fault(row, "an unknown state or weight", f"states below {n}, weights below {len(rows.table)}")
    falls = bytearray(map(le, islice(indices, 1, None), indices))
    for pointer in pointers:
        if 0 < pointer <= len(falls):
            falls[pointer - 1] = 0
    entry = falls.find(1)
    if entry >= 0:
        return Fault(block.low + bisect_right(pointers, entry) - 1, "columns out of order", "columns that increase")
    return _wrong_sum(rows, block, found) if rows.kind == "dtmc" else None


def _wrong_sum(rows: _Rows, block: Block, found: Matrix) -> Fault | None:
    """Return the first row of a block that does not sum to 1."""
    pointers, codes, table, common = found.indptr, found.weights.codes, rows.table, rows.common
    numbers = None if common is None else list(map(rows.numbers.__getitem__, codes))
    for row in range(found.size):
        start, end = pointers[row], pointers[row + 1]
        if numbers is not None and sum(numbers[start:end]) == common:
            continue
        value = total(table[c] for c in codes[start:end])
        if value != (1, 1):
            return Fault(block.low + row, f"a row that sums to {show(value)}", "exactly 1")
    return None
