"""Runs the kernels on a CUDA card, through CuPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from lumpform.errors import MissingExtra, OptionError
from lumpform.lumping.gpu.device import SOURCE

BLOCK = 256
"""Threads of a block."""

BLOCKS = 1 << 14
"""At most so many blocks: each thread then takes further indices."""


class Card:
    """Holds the current CUDA card and the compiled kernels."""

    name = "the card"

    def __init__(self, cupy: Any) -> None:
        self.xp = cupy
        self.full = (cupy.cuda.memory.OutOfMemoryError, MemoryError)
        self._module = cupy.RawModule(code=SOURCE.read_text(encoding="utf-8"), options=("--std=c++17",))

    @classmethod
    def found(cls) -> Card:
        """Return the current card.

        Raises
        ------
        MissingExtra
            If CuPy is not installed.
        OptionError
            If there is no card, or its driver is too old.
        """
        try:
            import cupy  # pyright: ignore[reportMissingImports]
        except ImportError:
            raise MissingExtra("engine 'gpu', which needs a CUDA card,", "gpu") from None
        try:
            cards = cupy.cuda.runtime.getDeviceCount()
        except cupy.cuda.runtime.CUDARuntimeError as error:
            raise OptionError(f"engine 'gpu' needs a CUDA card, found none ({error})") from None
        if cards == 0:
            raise OptionError("engine 'gpu' needs a CUDA card, found none")
        return cls(cupy)

    def free(self) -> int:
        """Return the free bytes of the card, with those that CuPy keeps in reserve."""
        reserve = self.xp.get_default_memory_pool().free_bytes()
        return int(self.xp.cuda.runtime.memGetInfo()[0]) + int(reserve)

    def threads(self, n: int) -> int:
        """Return a multiple of the threads of a block."""
        return BLOCK * max(1, min(BLOCKS, -(-n // BLOCK)))

    def upload(self, array: Any) -> Any:
        """Return the array on the card."""
        return self.xp.asarray(array)

    def download(self, array: Any) -> Any:
        """Return the array in main memory."""
        return self.xp.asnumpy(array)

    def run(self, kernel: str, threads: int, *arguments: Any) -> None:
        """Run a kernel; what comes after it waits for it."""
        given = tuple(np.uint64(a or 0) if a is None or isinstance(a, int) else a for a in arguments)
        self._module.get_function(kernel)((-(-threads // BLOCK),), (BLOCK,), given)
