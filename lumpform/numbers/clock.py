"""Measures the wall time of work, without that in which kernels are compiled or loaded from disk."""

from __future__ import annotations

import sys
import time


def loading() -> float:
    """Return the seconds in which this process has compiled kernels or loaded them from disk until now."""
    kernels = sys.modules.get("lumpform.numbers.kernel")  # where it is not loaded there are no kernels
    return 0.0 if kernels is None else kernels.LOADING.seconds()


def clock() -> float:
    """Return the seconds since some moment, without those of `loading`: a clock for the phases of an algorithm."""
    return time.perf_counter() - loading()
