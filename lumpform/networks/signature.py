"""Tell whether two networks compute alike, whatever the order and the names of their groups."""

from __future__ import annotations

import hashlib
from typing import Any

from lumpform.certificates.digest import flat_text, matrix_parts
from lumpform.networks.network import ONE, Network


def signature(network: Network) -> str:
    """Return a text that is equal for two networks exactly if their outputs are computed alike, back to the inputs.

    Every group is described by its function, its shape and, for every incoming arrow, the operator, the matrix and the
    description of the source. Up to collisions of SHA-256. O(weights).
    """
    found = {ONE: _hashed("unit")}
    for i, port in enumerate(network.inputs):
        group = network.graph.group(port.group)
        found[port.group] = _hashed(f"input {i} {group.size} {group.shape} {port.order}")
    graph = network.graph.merged()
    into: dict[str, list[Any]] = {g.name: [] for g in graph.groups}
    for arrow in graph.arrows:
        into[arrow.target].append(arrow)
    for group in graph.groups:
        if group.name not in found:
            arrows = [
                f"{flat_text(a.operator)} {found[a.source]} {_of_matrix(a.weights)}"
                for a in into[group.name]
                if a.weights.nnz
            ]
            function = " ".join([group.function.name, *map(flat_text, group.function.parameters)])
            found[group.name] = _hashed("\n".join([f"{group.size} {group.shape} {function}", *sorted(arrows)]))
    return _hashed("\n".join(f"output {found[p.group]} {p.order}" for p in network.outputs))


def _of_matrix(weights: Any) -> str:
    state = hashlib.sha256()
    for part in matrix_parts(weights.to_sparse()):
        state.update(part)
    return state.hexdigest()


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
