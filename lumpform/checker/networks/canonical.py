"""The digest of a network, from docs/certificate-networks.md section 2: SHA-256 of its canonical form."""

from __future__ import annotations

from array import array
from typing import Any

from ..arrays import CODE, OFFSET
from ..canonical import Form
from ..models import Column
from ..rational import Pair, ascending
from .graph import Matrix, Network


def digest(network: Network) -> str:
    """``sha256:`` and 64 hexadecimal digits."""
    form = Form()
    form.text("lumpform-model 1\ndomain network\n")
    arrows = {f"{k[0]} {k[2]} {flat(k[1])}".encode(): (k, m) for k, m in network.arrows.items() if m.rows}
    for name, ((source, _, target), matrix) in sorted(arrows.items()):
        form.title("arrow", name.decode())
        _matrix(form, matrix, network.groups[source].size, network.groups[target].size)
    for name in sorted(map(str, range(len(network.groups)))):
        group = network.groups[int(name)]
        form.title("group", name)
        form.text(f"size {group.size}\nfunction {_function(group.function)}\n")
        form.text(f"pinned {int(group.pinned)}\nshape {flat(group.shape)}\n")
    ports = [(f"input {i}", g) for i, g in enumerate(network.inputs)]
    ports += [(f"output {i}", g) for i, g in enumerate(network.outputs)]
    for name, g in sorted(ports):
        form.title("port", name)
        form.text(f"group {g}\n")
    form.text("end\n")
    return f"sha256:{form.state.hexdigest()}"


def flat(value: Any) -> str:
    """The parts of an operator or shape with spaces between; ``-`` for nothing."""
    if value is None or value == ():
        return "-"
    if isinstance(value, tuple):
        return " ".join(map(flat, value))
    return value if isinstance(value, str) else str(int(value))


def _function(function: tuple[Any, ...]) -> str:
    """A name and its parameters: a slope as a fraction in hexadecimal, windows as their numbers."""
    if function[0] == "leaky_relu":
        numerator, denominator = function[1]
        return f"leaky_relu {numerator:x}/{denominator:x}"
    return " ".join(map(flat, function))


def _matrix(form: Form, matrix: Matrix, rows: int, columns: int) -> None:
    indptr, indices, values = array(OFFSET, [0]), array(OFFSET), []
    for u in range(rows):
        entries = sorted((v, matrix.at(u, v)) for v in matrix.rows.get(u, (1, {}))[1])
        indices.extend(v for v, _ in entries)
        values += [value for _, value in entries]
        indptr.append(len(indices))
    form.text(f"rows {rows} columns {columns} entries {len(indices)}\n")
    form.integers("q", indptr)
    form.integers("q", indices)
    form.column(_column(values))


def _column(values: list[Pair]) -> Column:
    table = ascending(set(values))
    place = {value: i for i, value in enumerate(table)}
    return Column(array(CODE, [place[value] for value in values]), table)
