"""Compiles functions, and keeps them on disk between runs where there is a place for them.

Numba keeps what it compiled beside the source or in the user's cache folder. Where neither can be written, as in a
container without a home, it refuses to define a function that asks for a cache; here such a function is compiled anew
in every run instead.

Numba looks only at the file of a function to see whether it has changed. After a change in a kernel that a kernel of
another file calls (buckets.py and pool.py for worklist.py, modular.py for all), remove the files `*.nbc` and `*.nbi`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numba.core import event
from numpy.typing import NDArray

UNKEPT: list[str] = []
"""Names of kernels that could not be kept on disk, so that the command can say what to do about it."""


class Loading(event.TimingListener):
    """Measures how long Numba holds its lock: while it compiles a kernel, or loads it from disk."""

    def seconds(self) -> float:
        """Return the seconds until now; what is not finished yet does not count."""
        return self.duration if self.done else 0.0


LOADING = Loading()
event.register("numba:compiler_lock", LOADING)


def kernel(function: Callable[..., Any]) -> Any:
    """Return the function compiled without the interpreter's lock, with a cache on disk if one is possible.

    Parameters
    ----------
    function : callable
        Written in the part of Python that Numba compiles.

    Returns
    -------
    callable
        Compiled on the first call for every combination of argument types.

    References
    ----------
    .. [1] Numba documentation, *Notes on caching* (where files are kept, and when there is no such place).
    """
    try:
        return njit(cache=True, nogil=True)(function)
    except RuntimeError:  # no folder can be written; what else may be wrong is said by the next line
        UNKEPT.append(function.__name__)
        return njit(nogil=True)(function)


@njit(inline="always")
def index(number):
    """Return a number from 0 on as uint64, for use as an index.

    Of a signed index Numba asks whether it is negative and counts from the end, which takes a kernel that reads at
    random up to twice the time. An unsigned and a signed number add up to a float, so what is added is unsigned too.
    """
    return np.uint64(number)


ONE = np.uint64(1)
"""What is added to an index."""


def unwritable(array: NDArray[np.generic]) -> NDArray[Any]:
    """Return a view that cannot be written.

    Numba compiles a kernel once for arrays that can be written and once more for arrays that cannot. Where a kernel
    only reads, its caller passes such views, so that one form is compiled, however the arrays came about.
    """
    view = array.view()
    view.setflags(write=False)
    return view
