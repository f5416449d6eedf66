"""Say why an ONNX file that is written is larger than the one that was read: in one line, with both sizes."""

from __future__ import annotations

from typing import Any

from lumpform.display.words import counted
from lumpform.networks.network import Network
from lumpform.networks.onnx.read import FILE

NAMED = 3
"""Constants that are named."""


def why_larger(network: Network, written: Any) -> str:
    """Return one line with the constants that take most of a model, or nothing if it is not larger.

    It is larger only where what is left of a network needs another structure than its file had: a constant that was
    broadcast becomes a matrix, copies of one neuron have places. The file that was read counts with the files beside
    it. O(bytes of both).

    Parameters
    ----------
    network : Network
        With the size of the file that it, or what it was made of, was read from; nothing is said if it has none.
    written : onnx.ModelProto
    """
    import onnx

    before, after = network.metadata.get("bytes"), written.ByteSize()
    if before is None or after <= before:
        return ""
    said = f"{after - before:,} bytes more than were read ({after:,}, before {before:,}): {_account(written.graph)}"
    content = network.metadata.get(FILE)
    if content is not None:
        said += f", before {_account(onnx.ModelProto.FromString(content).graph)}"
    sizes = sorted(((t.ByteSize(), t.name, list(t.dims)) for t in written.graph.initializer), reverse=True)
    largest = ", ".join(f"{name} {dims} with {size:,} bytes" for size, name, dims in sizes[:NAMED])
    return f"{said}; largest: {largest}" if largest else said


def _account(graph: Any) -> str:
    """Describe what a graph consists of."""
    constants = [t.ByteSize() for t in graph.initializer]
    parts = counted(len(constants), "constant"), counted(len(graph.node), "operation")
    return f"{sum(constants):,} bytes in {', '.join(parts)}"
