"""Says what a device must offer: a CUDA card, or a simulator that compiles the same kernels.

Arrays of a device are those of `xp`, numpy or CuPy, and the host program uses only functions that both have. Kernels
take them and unsigned 64-bit numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from lumpform.errors import ModelError

Array = Any
"""An array on a device."""

SOURCE = Path(__file__).with_name("kernels.cu")


class Device(Protocol):
    """Says what the host program needs of a device."""

    @property
    def xp(self) -> Any:
        """Return the module with the functions of arrays: numpy or cupy."""
        ...

    @property
    def name(self) -> str:
        """Return what it is called in a sentence."""
        ...

    @property
    def full(self) -> tuple[type[Exception], ...]:
        """Return what is raised when its memory is full."""
        ...

    def free(self) -> int | None:
        """Return how many bytes are free, or None if nobody counts."""
        ...

    def threads(self, n: int) -> int:
        """Return how many threads a kernel over n indices is run with, at least one."""
        ...

    def upload(self, array: Any) -> Array:
        """Return a copy of a numpy array on the device, or the array itself where that is the same memory."""
        ...

    def download(self, array: Array) -> Any:
        """Return a numpy array."""
        ...

    def run(self, kernel: str, threads: int, *arguments: Any) -> None:
        """Run a kernel; arrays, integers, and None for an array that it does not read."""
        ...


class Uploaded:
    """Keeps what was uploaded, so that an array that is used twice crosses the bus once."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self._kept: dict[int, tuple[Any, Array]] = {}

    def __call__(self, array: Any) -> Array:
        """Return the array on the device. The host's array is kept as well, so that its id stays its own."""
        if id(array) not in self._kept:
            self._kept[id(array)] = array, self.device.upload(np.ascontiguousarray(array))
        return self._kept[id(array)][1]


def require_memory(device: Device, needed: int) -> None:
    """Refuse what does not fit, before anything is uploaded.

    Raises
    ------
    ModelError
        If the device has less free memory than `needed` bytes.
    """
    free = device.free()
    if free is not None and needed > free:
        raise too_large(device, f"{needed / 1e9:.2f} GB, and {free / 1e9:.2f} GB are free")


def too_large(device: Device, why: str) -> ModelError:
    """Return the error that says what else there is."""
    return ModelError(
        f"the model needs {why} on {device.name}, expected the engine of the CPU, or shards on disk (.lfs)"
    )


def host_bytes(arrays: Sequence[Any]) -> int:
    """Return how many bytes distinct numpy arrays have."""
    return sum({id(a): a.nbytes for a in arrays if a is not None}.values())
