"""Tell whether two networks compute alike, whatever the order and the names of their groups."""

from __future__ import annotations

import hashlib
from typing import Any

from lumpform.certificates.digest import flat_text, matrix_parts
from lumpform.graph.graph import Arrow, Group
from lumpform.networks.network import ONE, Network
from lumpform.networks.recurrent import evaluated


def signature(network: Network) -> str:
    """Return a text that is equal for two networks exactly if their outputs are computed alike, back to the inputs.

    Every group is described by its function, its shape and, for every incoming arrow, the operator, the matrix and the
    description of the source; on a cycle, down to twice as many steps as it has groups. Up to collisions of SHA-256.
    O(weights), times the steps of cycles.
    """
    found = {ONE: _hashed("unit")}
    for i, port in enumerate(network.inputs):
        group = network.graph.group(port.group)
        found[port.group] = _hashed(f"input {i} {group.size} {group.shape} {port.order}{port.layout}")
    graph = network.graph.merged()
    into: dict[str, list[Arrow]] = {g.name: [] for g in graph.groups}
    for arrow in graph.arrows:
        into[arrow.target].append(arrow)
    for cycle in evaluated(graph):
        names = [name for name in cycle.names if name not in found]
        found |= dict.fromkeys(names if cycle.direction else [], _hashed(f"cycle {len(names)}"))
        for _ in range(2 * len(names) if cycle.direction else 1):  # so often that what is unlike has become so
            found |= {name: _of_group(graph.group(name), into[name], found) for name in names}
    return _hashed("\n".join(f"output {found[p.group]} {p.order}{p.layout}" for p in network.outputs))


def _of_group(group: Group, into: list[Arrow], found: dict[str, str]) -> str:
    """Return the description of a group from those of the sources of its arrows."""
    arrows = [f"{flat_text(a.operator)} {found[a.source]} {_of_matrix(a.weights)}" for a in into if a.weights.nnz]
    function = " ".join([group.function.name, *map(flat_text, group.function.parameters)])
    return _hashed("\n".join([f"{group.size} {group.shape} {function}", *sorted(arrows)]))


def _of_matrix(weights: Any) -> str:
    state = hashlib.sha256()
    for part in matrix_parts(weights.to_sparse()):
        state.update(part)
    return state.hexdigest()


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
