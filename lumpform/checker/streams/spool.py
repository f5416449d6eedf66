"""Puts arrays into files of a temporary folder, where several processes read them."""

from __future__ import annotations

import mmap
import os
import sys
import tempfile
from array import array
from collections.abc import Callable, Iterable
from typing import Any, Self

from ..arrays import OFFSET, STATE
from ..failure import fail
from ..models import Column, Matrix, Model
from .stored import BLOCK, Part, Stored


class Scratch:
    """Holds a temporary folder, which is made when something is put there and removed at the end.

    Parameters
    ----------
    about : str
        The model whose arrays these are, for messages.
    """

    def __init__(self, about: str) -> None:
        self.about = about
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._files = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def put(self, code: str, blocks: Iterable[array[Any]]) -> Part:
        """Write arrays of one type, one behind the other, and return where they stand."""
        length = 0
        try:
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="lumpform-check-")
            self._files += 1
            path = os.path.join(self._folder.name, f"{self._files}")
            with open(path, "wb") as file:
                for block in blocks:
                    length += len(block)
                    little = block if block.typecode == code else array(code, block)
                    if sys.byteorder == "big":
                        little = little[:]
                        little.byteswap()
                    file.write(little)
        except OSError as error:
            fail(self.about, "", f"{error.strerror} in the folder for temporary files", "room for the transitions")
        return Part(path, 0, code, length)

    def stored(self, numbers: Any, code: str) -> Any:
        """Return an array in a file instead of one in memory."""
        if isinstance(numbers, Stored):
            return numbers
        blocks = (numbers[low : low + BLOCK] for low in range(0, len(numbers), BLOCK))
        return Stored([self.put(code, blocks)], code)

    def shared(self, class_of: array[int]) -> SharedMap:
        """Return a map of states to classes that processes share."""
        return SharedMap(self.put(STATE, [class_of]).path, len(class_of))

    def spooled(self, model: Model) -> Model:
        """Return a model whose transitions are in files."""
        matrix = model.matrix
        codes = self.stored(matrix.weights.codes, "I")
        pointers, indices = self.stored(matrix.indptr, OFFSET), self.stored(matrix.indices, STATE)
        weights = Column.coded(codes, matrix.weights.table)
        rows = Matrix(matrix.size, pointers, indices, weights)
        return Model(model.path, model.kind, rows, model.labels, model.rewards, model.initial)


class SharedMap:
    """Stands for an array of numbers in a file, which is mapped in the process that it is sent to."""

    def __init__(self, path: str, length: int) -> None:
        self.path, self.length = path, length

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str, int]]:
        return _mapped, (self.path, self.length)


def _mapped(path: str, length: int) -> Any:
    """Return the numbers in a file, mapped."""
    if not length or sys.byteorder == "big":
        result = array(STATE)
        with open(path, "rb") as file:
            result.frombytes(file.read())
        if sys.byteorder == "big":
            result.byteswap()
        return result
    with open(path, "rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)).cast(STATE)
