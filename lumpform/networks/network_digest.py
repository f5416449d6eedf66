"""Write a network in the canonical byte form that its digest hashes: docs/certificate-networks.md, section 2."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from lumpform.certificates.digest import END, encoded, flat_text, header, little_endian, matrix_parts, title
from lumpform.graph.graph import WeightedGraph
from lumpform.networks.port import Port


def network_parts(graph: WeightedGraph, inputs: Sequence[Port], outputs: Sequence[Port]) -> Iterator[Any]:
    """Yield the bytes of a network in its form as it stands: groups by number, a matrix for each pair and operator."""
    number = {g.name: i for i, g in enumerate(graph.groups)}
    sections: dict[tuple[str, bytes], Any] = {}
    for arrow in graph.merged().arrows:
        if arrow.weights.nnz:
            name = f"{number[arrow.source]} {number[arrow.target]} {flat_text(arrow.operator)}"
            sections["arrow", encoded(name)] = lambda matrix=arrow.weights: matrix_parts(matrix.to_sparse())
    for i, g in enumerate(graph.groups):
        function = " ".join([g.function.name, *map(flat_text, g.function.parameters)])
        text = f"size {g.size}\nfunction {function}\npinned {int(g.pinned)}\nshape {flat_text(g.shape)}\n"
        sections["group", encoded(str(i))] = lambda text=text: [text.encode()]
    for what, ports in (("input", inputs), ("output", outputs)):
        for i, port in enumerate(ports):
            text = f"group {number[port.group]}\n"
            text += f"layout {port.layout}\n" if port.layout else ""
            sections["port", encoded(f"{what} {i}")] = lambda text=text, order=port.order: _port(text, order)
    yield header("network")
    for (what, name), content in sorted(sections.items()):
        yield title(what, name)
        yield from content()
    yield END


def _port(text: str, order: tuple[int, ...] | None) -> Iterator[Any]:
    yield text.encode()
    if order is not None:
        yield f"order {len(order)}\n".encode()
        yield from little_endian(np.array(order, dtype=np.int64), "<i8")
