"""Runs the kernels on the CPU: the same file, built by the C++ compiler, its threads being threads of Python.

For tests without a card. Slow, but exact to the bit; with several threads it also shows whether kernels that run at
the same time disturb each other, since a call through ctypes holds no interpreter lock.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from lumpform.errors import OptionError
from lumpform.lumping.gpu.device import SOURCE

COMPILERS = ("c++", "g++", "clang++")
OPTIONS = ("-x", "c++", "-std=c++17", "-O2", "-shared", "-fPIC")


class Simulator:
    """Holds the kernels as a shared library.

    Parameters
    ----------
    source : str
        Of the kernels.
    workers : int
        Threads that run each kernel.
    """

    xp: Any = np
    name = "the simulator"
    full = (MemoryError,)

    def __init__(self, source: str, workers: int = 1) -> None:
        self.workers = workers
        self._library = _built(source)

    @classmethod
    def compiled(cls, workers: int = 1) -> Simulator:
        """Return the simulator of the kernels as they stand.

        Raises
        ------
        OptionError
            If there is no C++ compiler, or it fails.
        """
        return cls(SOURCE.read_text(encoding="utf-8"), workers)

    def free(self) -> int | None:
        """Return nothing: the memory is that of the CPU."""
        return None

    def threads(self, n: int) -> int:
        """Return the number of workers, whatever n is."""
        return self.workers

    def upload(self, array: Any) -> Any:
        """Return the array itself."""
        return array

    def download(self, array: Any) -> Any:
        """Return the array itself."""
        return array

    def run(self, kernel: str, threads: int, *arguments: Any) -> None:
        """Run a kernel in as many threads, and wait for all of them."""
        function, given = getattr(self._library, kernel), [_passed(a) for a in arguments]

        def work(thread: int) -> None:
            self._library.be_thread(ctypes.c_uint64(thread), ctypes.c_uint64(threads))
            function(*given)

        if threads == 1:
            work(0)
            return
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, range(threads)))


def _passed(argument: Any) -> Any:
    """Return an argument as C takes it."""
    if isinstance(argument, np.ndarray):
        return ctypes.c_void_p(argument.ctypes.data)
    return ctypes.c_void_p(None) if argument is None else ctypes.c_uint64(int(argument))


def compiler() -> str | None:
    """Return the C++ compiler: that of the environment variable CXX, or the first one found."""
    named = os.environ.get("CXX")
    return next((found for name in ([named] if named else COMPILERS) if (found := shutil.which(name))), None)


@cache
def _built(source: str) -> ctypes.CDLL:
    """Compile and load the kernels, in a folder of this process alone, which is gone afterwards."""
    program = compiler()
    if program is None:
        raise OptionError("LUMPFORM_GPU=simulator needs a C++ compiler, found none: expected one in CXX, or g++")
    with tempfile.TemporaryDirectory(prefix="lumpform-", ignore_cleanup_errors=True) as folder:
        library = Path(folder) / "kernels.so"
        command = [program, *OPTIONS, "-o", str(library), "-"]
        done = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            what = next(iter(done.stderr.splitlines()), f"exit code {done.returncode}")
            raise OptionError(f"LUMPFORM_GPU=simulator: {program} cannot compile the kernels: {what}")
        return ctypes.CDLL(str(library))
