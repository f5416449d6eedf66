"""Put smaller networks in the place of islands; all other nodes, tensors and names stay as they are, byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lumpform.errors import FormatError
from lumpform.networks.activations import ACTIVATIONS
from lumpform.networks.islands.cut import Cut
from lumpform.networks.islands.uses import Uses, reads
from lumpform.networks.network import Network
from lumpform.networks.onnx.order import in_order
from lumpform.networks.onnx.write import to_onnx
from lumpform.numbers.rounding import Rounding

SINCE = {known.operator: known.since for known in ACTIVATIONS.values()}
"""Operators of functions, and the version in which they came."""


class Unspliced(Exception):
    """Say why a network cannot take the place of an island."""


def splice(model: Any, cut: Cut, network: Network, number: int) -> tuple[Any, Rounding]:
    """Return a model in which a network computes what an island does, and what was rounded.

    Parameters
    ----------
    model : onnx.ModelProto
        It is not changed.
    number : int
        Of the island; new tensors have it in their names.

    Raises
    ------
    Unspliced
        If the file's version has no such operators, or the nodes have no order.
    """
    import onnx

    written, rounding = to_onnx(network)
    own = max(o.version for o in model.opset_import if o.domain in ("", "ai.onnx"))
    newer = next((node.op_type for node in written.graph.node if SINCE.get(node.op_type, 0) > own), None)
    if newer is not None:
        raise Unspliced(f"{newer} is newer than version {own} of the operator set")
    result = onnx.ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    gone = _own_nodes(graph, cut)
    taken = {name for node in graph.node for name in (*node.input, *node.output)}
    if cut.rows:
        _without_gemm(written.graph)
    _rename(written.graph, set(cut.inputs) | set(cut.outputs), taken, number)
    kept = [node for n, node in enumerate(graph.node) if n not in gone]
    given = {value.name for value in graph.input} | _constants(graph, written.graph)
    try:
        nodes = [node for _, node in in_order(Path("island"), [*kept, *written.graph.node], given, reads)]
    except FormatError:
        raise Unspliced("its outputs are needed before its inputs are there") from None
    tensors = [*graph.initializer, *written.graph.initializer]
    used = {name for node in nodes for name in reads(node)} | {value.name for value in graph.output}
    values = [value for value in graph.value_info if value.name in used]
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(nodes)
    used |= {value.name for value in graph.input}  # of old versions, in which initialisers are inputs as well
    graph.initializer.extend(t for t in tensors if t.name in used)
    graph.value_info.extend(values)
    return result, rounding


def _own_nodes(graph: Any, cut: Cut) -> set[int]:
    """Return the nodes of an island that nothing outside needs, and those that need them for nothing."""
    uses, outside = Uses(graph), set[str]()
    mine, made = set(uses.between(cut.inputs, cut.outputs)), uses.maker
    ends = [value.name for value in graph.output]
    live = set(uses.between((), ends))
    for n in live - mine:
        outside.update(uses.reads[n])
    outside.update(ends)
    open_ = [name for name in outside if name not in cut.outputs]
    shared = set[int]()
    while open_:  # constants that are used on both sides
        number = made.get(open_.pop())
        if number is not None and number in mine and number not in shared:
            shared.add(number)
            open_ += uses.reads[number]
    gone = mine - shared
    missing = {name for n in gone for name in graph.node[n].output}.difference(cut.outputs)
    for n, node in enumerate(graph.node):  # what no output of the file needs goes with what it reads
        if n not in live and missing.intersection(uses.reads[n]):
            gone.add(n)
            missing.update(node.output)
    return gone


def _without_gemm(graph: Any) -> None:
    """Write products with a bias as products and sums: Gemm has no rows of rows."""
    from onnx import helper

    nodes = []
    for n, node in enumerate(graph.node):
        if node.op_type != "Gemm":
            nodes.append(node)
        elif node.attribute:
            raise Unspliced("a product that is turned or scaled")
        else:
            product = f"product {n}"
            nodes.append(helper.make_node("MatMul", node.input[:2], [product]))
            nodes.append(helper.make_node("Add", [product, node.input[2]], node.output))
    del graph.node[:]
    graph.node.extend(nodes)


def _rename(graph: Any, ports: set[str], taken: set[str], number: int) -> None:
    """Give what a written network calls its tensors and nodes names that the file has not."""

    def fresh(name: str) -> str:
        if not name or name in ports:
            return name
        wanted = f"i{number}.{name}"
        while wanted in taken:
            wanted += "'"
        return wanted

    for node in graph.node:
        names = [fresh(n) for n in node.input], [fresh(n) for n in node.output]
        del node.input[:], node.output[:]
        node.input.extend(names[0])
        node.output.extend(names[1])
        node.name = ""
    for tensor in graph.initializer:
        tensor.name = fresh(tensor.name)


def _constants(*graphs: Any) -> set[str]:
    return {tensor.name for graph in graphs for tensor in graph.initializer}
