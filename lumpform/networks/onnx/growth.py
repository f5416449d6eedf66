"""Say why an ONNX file that was written is larger than the one that was read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

NAMED = 3
"""Constants that are named."""


def why_larger(before: Path, after: Path) -> str | None:
    """Return one line with the constants that take most of what was written, or None if the file is not larger.

    O(bytes of both files).
    """
    import onnx

    more = after.stat().st_size - before.stat().st_size
    if more <= 0:
        return None
    known, written = (onnx.load(path, load_external_data=False).graph for path in (before, after))
    sizes = sorted(((t.ByteSize(), t.name, list(t.dims)) for t in written.initializer), reverse=True)
    largest = ", ".join(f"{name} {dims} with {size:,} bytes" for size, name, dims in sizes[:NAMED])
    what = f"{more:,} bytes more than were read: {_account(written)}, before {_account(known)}"
    return f"{what}; largest: {largest}" if largest else what


def _account(graph: Any) -> str:
    """Describe what a graph consists of."""
    constants = [t.ByteSize() for t in graph.initializer]
    return f"{sum(constants):,} bytes in {len(constants):,} constants, {len(graph.node):,} operations"
