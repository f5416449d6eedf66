"""Computes the digest of a network in its canonical form. docs/certificate-networks.md, section 2.3."""

from __future__ import annotations

from array import array

from ..arrays import CODE, OFFSET
from ..canonical import Form
from ..models import Column
from ..rational import Pair, ascending, reduced
from .activations import ACTIVATIONS, GATES
from .arrows import flat
from .budget import ARROW, Budget, arithmetic
from .graph import Function, Matrix, Network, Port

WITH_PARAMETERS = {*GATES, *(name for name, attributes in ACTIVATIONS.values() if attributes)}
"""Functions whose parameters are fractions."""


def digest(network: Network, budget: Budget | None = None) -> str:
    """Return ``sha256:`` and 64 hexadecimal digits for a network in canonical form.

    Linear in the weights and in the rows of all matrices. Raises `TooMuch` where that is more than the budget has.
    """
    if budget is None:
        budget = Budget(network.weights())
    form = Form()
    form.text("lumpform-model 1\ndomain network\n")
    arrows = {f"{k[0]} {k[2]} {flat(k[1])}".encode(): (k, m) for k, m in network.arrows.items() if m.rows}
    for name, ((source, _, target), matrix) in sorted(arrows.items()):
        form.title("arrow", name.decode())
        budget.claim(ARROW + (network.groups[source].size >> 4))
        _matrix(form, matrix, network.groups[source].size, network.groups[target].size, budget)
    for name in sorted(map(str, range(len(network.groups)))):
        group = network.groups[int(name)]
        form.title("group", name)
        form.text(f"size {group.size}\nfunction {_function(group.function)}\n")
        form.text(f"pinned {int(group.pinned)}\nshape {flat(group.shape)}\n")
    ports = {f"input {i}": port for i, port in enumerate(network.inputs)}
    ports |= {f"output {i}": port for i, port in enumerate(network.outputs)}
    for name in sorted(ports):
        form.title("port", name)
        _port(form, ports[name])
    form.text("end\n")
    return f"sha256:{form.state.hexdigest()}"


def _function(function: Function) -> str:
    """Return a name and its parameters: a slope as a fraction in hexadecimal, windows as their numbers."""
    if function[0] == "leaky_relu":
        numerator, denominator = function[1]
        return f"leaky_relu {numerator:x}/{denominator:x}"
    if function[0] == "quantize":
        numerator, denominator = function[1]
        return " ".join([f"quantize {numerator:x}/{denominator:x}", *map(flat, function[2:])])
    if function[0] in WITH_PARAMETERS:
        return " ".join([function[0], *(f"{n:x}/{d:x}" for n, d in function[1:])])
    return " ".join(map(flat, function))


def _port(form: Form, port: Port) -> None:
    form.text(f"group {port.group}\n")
    if port.layout:
        form.text(f"layout {port.layout}\n")
    if port.order is not None:
        form.text(f"order {len(port.order)}\n")
        form.integers("q", port.order)


def _matrix(form: Form, matrix: Matrix, rows: int, columns: int, budget: Budget) -> None:
    """Take the compressed rows of a matrix; rows without entries are many at once."""
    indptr, indices, values = array(OFFSET), array(OFFSET), []
    for u in sorted(matrix.rows):
        d, row = matrix.rows[u]
        indptr.extend(array(OFFSET, [len(indices)]) * (u + 1 - len(indptr)))
        budget.claim(len(row) * arithmetic(d.bit_length()))
        for v in sorted(row):
            indices.append(v)
            values.append((row[v], d))
    indptr.extend(array(OFFSET, [len(indices)]) * (rows + 1 - len(indptr)))
    form.text(f"rows {rows} columns {columns} entries {len(indices)}\n")
    form.integers("q", indptr)
    form.integers("q", indices)
    form.column(_column(values))


def _column(values: list[Pair]) -> Column:
    """Return a column of numbers, which need not be in lowest terms."""
    lowest = {value: reduced(*value) for value in set(values)}
    table = ascending(set(lowest.values()))
    place = {value: i for i, value in enumerate(table)}
    code = {value: place[least] for value, least in lowest.items()}
    return Column.coded(array(CODE, map(code.__getitem__, values)), table)
