"""Parse ONNX files, and refuse what is out of proportion or has names that are no text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lumpform.errors import FormatError
from lumpform.files.atomic import check_readable
from lumpform.files.limits import BYTES_PER_OPERATION, MAX_ONNX_BYTES, MAX_OPERATIONS, MAX_PORTS


def parse(path: Path) -> Any:
    """Return the model in a file, as a message.

    Raises
    ------
    FormatError
        If the file cannot be read, is too large or no ONNX model, or has more operations than its size allows.
    """
    import onnx
    from google.protobuf.message import DecodeError

    check_readable(path)
    try:
        size = path.stat().st_size
        if size > MAX_ONNX_BYTES:
            raise FormatError(path, "", f"{size} bytes", f"at most {MAX_ONNX_BYTES}")
        model = onnx.ModelProto()
        model.ParseFromString(path.read_bytes())
    except FileNotFoundError:
        raise FormatError(path, "", "no such file", "a readable file") from None
    except OSError as error:
        raise FormatError(path, "", error.strerror or "an unreadable file", "a readable file") from None
    except (DecodeError, RuntimeError):
        raise FormatError(path, "", "bytes that are no protocol buffer", "an ONNX model") from None
    if not model.graph.node and not model.graph.output:
        raise FormatError(path, "", "no graph", "an ONNX model")
    _check_counts(path, model.graph, size // BYTES_PER_OPERATION)
    _check_texts(path, model.graph)
    return model


def _check_counts(path: Path, graph: Any, more: int) -> None:
    """Refuse more operations, inputs and outputs than a file of this size has."""
    for what, count, most in (
        ("operations", len(graph.node), MAX_OPERATIONS + more),
        ("inputs and outputs", len(graph.input) + len(graph.output), MAX_PORTS + len(graph.initializer) + more),
    ):
        if count > most:
            raise FormatError(path, "", f"{count} {what}", f"at most {most} in a file of this size")


def _check_texts(path: Path, graph: Any) -> None:
    """Refuse names that are no text: protocol buffers hand them out as bytes."""
    for number, node in enumerate(graph.node):
        texts = (*node.input, *node.output, node.op_type, node.domain, node.name)
        if not all(isinstance(text, str) for text in texts):
            raise FormatError(path, f"node {number}", "a name that is no UTF-8 text", "text")
    for named in (*graph.input, *graph.output, *graph.initializer):
        if not isinstance(named.name, str):
            raise FormatError(path, f"tensor {named.name!r}", "a name that is no UTF-8 text", "text")
