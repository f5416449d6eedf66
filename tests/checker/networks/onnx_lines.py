"""What the checker says of small files, written with other fields or of another version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from onnx_files import Message, encoded, model, unshaped, value

from lumpform.checker import Unreadable
from lumpform.checker.networks.judge import read_network

UNITS, IMAGE, OUT = value("x", "N", 4), value("x", "N", 2, 3, 4), unshaped("y")


def written(message: Message, folder: Path, version: int = 20, **fields: Any) -> str:
    """Return the path of a file of a version of the operator set, with other fields of the model or the graph."""
    graph = next(content for number, content in message if number == 7)
    path = folder / "m.onnx"
    parts = fields.get("model", [(1, 8), (8, [(1, ""), (2, version)])])
    path.write_bytes(encoded([*parts, (7, [*graph, *fields.get("graph", [])])]))
    return str(path)


def line(message: Message, folder: Path, version: int = 20, **fields: Any) -> str:
    """Return what is found, or what is read."""
    try:
        network = read_network(written(message, folder, version, **fields))
    except Unreadable as error:
        return f"{error.place}: {error.found}" if error.place else error.found
    return f"{len(network.groups)} groups"


def one(*nodes: Message, constants: tuple[Message, ...] = (), given: Message = UNITS) -> Message:
    return model(list(nodes), list(constants), [given], [OUT])
