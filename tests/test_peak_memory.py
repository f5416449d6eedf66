"""Memory of a program is its own, however large the one that started it."""

from __future__ import annotations

import subprocess
import sys

from peak_memory import IMPORT, peak


def test_a_small_program_of_a_large_one_is_small() -> None:
    held = bytearray(b"x") * (200 << 20)
    done = subprocess.run([sys.executable, "-c", IMPORT + "print(peak())"], capture_output=True, text=True, check=True)
    assert int(done.stdout) < len(held) < peak()
