"""The largest memory of a process, counted from the start of its program on.

`ru_maxrss` is not that on Linux: a process made by fork and exec begins with the memory of the one that made it, so
a small program started by a large test run seems to be large. Linux keeps the program's own number in `VmHWM`.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = str(Path(__file__).resolve().parent)
IMPORT = f"import sys; sys.path.append({HERE!r}); from peak_memory import peak\n"
"""What a program handed to `python -c` begins with, so that it can call `peak`."""


def peak() -> int:
    """Return the most memory in bytes that this program has held at once."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:  # not Linux: there the number is the program's own
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return used if sys.platform == "darwin" else used << 10
    return int(status.partition("VmHWM:")[2].split()[0]) << 10
