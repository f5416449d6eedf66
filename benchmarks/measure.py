"""Seconds and peak memory, measured in a way that is fair to both sides."""

from __future__ import annotations

import ctypes
import gc
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Wall seconds of one call and its result; garbage is collected before, not during."""
    gc.collect()
    gc.disable()
    try:
        began = time.perf_counter()
        result = work()
        return time.perf_counter() - began, result
    finally:
        gc.enable()


def peak_memory(prepare: Callable[[], Any], work: Callable[[Any], Any]) -> float | None:
    """Megabytes that ``work(prepare())`` needs at its peak above what is there when `work` begins.

    A forked child prepares, gives free memory back, resets the high-water mark of its resident set, works, and reports
    the difference. None where this is not possible (only Linux has the reset) or when the child fails.
    """
    if not os.path.exists("/proc/self/clear_refs"):
        return None
    reader, writer = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        report: dict[str, float] = {}
        try:
            os.close(reader)
            report = {"peak": _peak(prepare, work)}
        except BaseException as error:
            print(f"  (memory not measured: {error})", file=sys.stderr, flush=True)
        finally:
            os.write(writer, json.dumps(report).encode())
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return json.loads(answer).get("peak") if answer else None


def _peak(prepare: Callable[[], Any], work: Callable[[Any], Any]) -> float:
    subject = prepare()
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    before = status("VmRSS")
    result = work(subject)
    peak = status("VmHWM") - before
    del result
    return max(peak, 0) / 1024


def status(field: str) -> int:
    """Return a number of kilobytes that Linux says of this process alone (ru_maxrss begins with its parent's)."""
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith(field + ":"):
                return int(line.split()[1])
    raise OSError(f"/proc/self/status has no {field}")
