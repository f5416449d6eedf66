"""Put smaller networks in the place of islands; all other nodes, tensors and names stay as they are, byte for byte."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lumpform.errors import FormatError
from lumpform.networks.activations import ACTIVATIONS
from lumpform.networks.islands.cut import Cut
from lumpform.networks.islands.uses import Uses, names_in, reads
from lumpform.networks.network import Network
from lumpform.networks.onnx.order import in_order
from lumpform.networks.onnx.write import to_onnx
from lumpform.numbers.rounding import Rounding

SINCE = {known.operator: known.since for known in ACTIVATIONS.values()}
"""Operators of functions, and the version in which they came."""


class Unspliced(Exception):
    """Say why a network cannot take the place of an island."""


@dataclass(frozen=True, eq=False)
class Written:
    """Hold what takes the place of an island: a model whose own tensors have names that the file has not.

    Attributes
    ----------
    cut : Cut
    model : onnx.ModelProto
        With the frame of the file; its inputs and outputs are those of the island.
    rounding : Rounding
        What was rounded in it.
    """

    cut: Cut
    model: Any
    rounding: Rounding


class Splicer:
    """Put networks in the place of islands of one file: each is written once, and the file is made once.

    What only replaced islands needed goes: every tensor has a count of the nodes that read it, and what nobody reads
    any more is left out. O(operands of the file and of what is put in), whatever the number of islands.

    Attributes
    ----------
    model : onnx.ModelProto
        Of the file; it is not changed.
    replaced : list of Written
        What was put in place so far.
    """

    def __init__(self, model: Any, uses: Uses | None = None) -> None:
        self.model, self.graph = model, model.graph
        self.uses = Uses(model.graph) if uses is None else uses
        self.live = set(self.uses.between((), self.uses.ends))
        self.count = Counter(name for n in self.live for name in self.uses.reads[n])
        self.count.update(self.uses.ends)
        self.bytes = {tensor.name: _bytes_in_graph(tensor) for tensor in model.graph.initializer}
        self.beginnings = {name.partition(".")[0] for name in names_in(model.graph)}
        self.gone: set[int] = set()
        self.replaced: list[Written] = []

    def written(self, cut: Cut, network: Network, number: int) -> Written:
        """Return what would compute a network in the place of an island; nothing is replaced yet.

        Parameters
        ----------
        number : int
            Of the island; new tensors have it in their names.

        Raises
        ------
        Unspliced
            If the file's version has no such operators.
        """
        import onnx

        written, rounding = to_onnx(network)
        own = max(o.version for o in self.model.opset_import if o.domain in ("", "ai.onnx"))
        newer = next((node.op_type for node in written.graph.node if SINCE.get(node.op_type, 0) > own), None)
        if newer is not None:
            raise Unspliced(f"{newer} is newer than version {own} of the operator set")
        if cut.rows:
            _without_gemm(written.graph)
        beginning = f"i{number}"
        while beginning in self.beginnings:
            beginning += "'"
        _rename(written.graph, {*cut.inputs, *cut.outputs}, beginning)
        result = onnx.ModelProto(ir_version=self.model.ir_version, opset_import=self.model.opset_import)
        result.graph.CopyFrom(written.graph)
        return Written(cut, result, rounding)

    def replace(self, made: Written, slack: int) -> None:
        """Put something in the place of its island, unless the file would grow by more than so many bytes.

        Raises
        ------
        Unspliced
            If it would; then nothing was replaced.
        """
        growth, gone, unread = self._exchanged(made)
        if growth > slack:
            raise Unspliced(f"the file would grow by {growth:,} bytes")
        self.count.subtract(unread)
        self.count.update(name for node in made.model.graph.node for name in node.input if name in made.cut.inputs)
        self.gone.update(gone)
        self.replaced.append(made)

    def growth(self, made: Written) -> int:
        """Return by how many bytes the file grows at most if something is put in the place of its island."""
        return self._exchanged(made)[0]

    def _exchanged(self, made: Written) -> tuple[int, list[int], Counter[str]]:
        """Return what `growth` does, the nodes that go, and how often they read what."""
        gone, unread = self._freed(made.cut)
        freed = sum(_bytes_in_graph(self.graph.node[n]) for n in gone)
        freed += sum(self.bytes.get(name, 0) for name, times in unread.items() if self.count[name] == times)
        added = sum(map(_bytes_in_graph, (*made.model.graph.node, *made.model.graph.initializer)))
        return added - freed, gone, unread

    def _freed(self, cut: Cut) -> tuple[list[int], Counter[str]]:
        """Return the nodes that go with an island, and how often they read what: constants of others stay."""
        gone, unread = list[int](), Counter[str]()
        for n in reversed(self.uses.between(cut.inputs, cut.outputs)):
            outputs = [name for name in self.graph.node[n].output if name and name not in cut.outputs]
            if n not in self.gone and all(self.count[name] == unread[name] for name in outputs):
                gone.append(n)
                if n in self.live:
                    unread.update(self.uses.reads[n])
        return gone, unread

    def file(self) -> Any:
        """Return the model in which all replacements are in place.

        Raises
        ------
        Unspliced
            If the nodes have no order.
        """
        import onnx

        graph = self.graph
        gone = self.gone | self._useless()
        kept = [node for n, node in enumerate(graph.node) if n not in gone]
        added = [node for each in self.replaced for node in each.model.graph.node]
        tensors = [*graph.initializer, *(t for each in self.replaced for t in each.model.graph.initializer)]
        given = {value.name for value in graph.input} | {tensor.name for tensor in tensors}
        try:
            nodes = [node for _, node in in_order(Path("island"), [*kept, *added], given, reads)]
        except FormatError:
            raise Unspliced("its outputs are needed before its inputs are there") from None
        used = {name for node in nodes for name in reads(node)} | {value.name for value in graph.output}
        result = onnx.ModelProto()
        result.CopyFrom(self.model)
        del result.graph.node[:], result.graph.initializer[:], result.graph.value_info[:]
        result.graph.node.extend(nodes)
        result.graph.value_info.extend(value for value in graph.value_info if value.name in used)
        used |= {value.name for value in graph.input}  # of old versions, in which initialisers are inputs as well
        result.graph.initializer.extend(t for t in tensors if t.name in used)
        return result

    def _useless(self) -> set[int]:
        """Return the nodes that no output of the file needs, and that read what is not made any more."""
        outputs = {name for each in self.replaced for name in each.cut.outputs}
        missing = {name for n in self.gone for name in self.graph.node[n].output} - outputs
        useless = set[int]()
        for n, node in enumerate(self.graph.node):
            if n not in self.live and n not in self.gone and not missing.isdisjoint(self.uses.reads[n]):
                useless.add(n)
                missing.update(node.output)
        return useless


def _bytes_in_graph(message: Any) -> int:
    """Return how many bytes a node or tensor has in its graph, behind its kind and its length (7 bits a byte)."""
    size = message.ByteSize()
    return size + 1 + max(1, -(-size.bit_length() // 7))


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


def _rename(graph: Any, ports: set[str], beginning: str) -> None:
    """Let the names of all tensors but the ports begin with a text with which no name of the file begins."""

    def fresh(name: str) -> str:
        return name if not name or name in ports else f"{beginning}.{name}"

    for node in graph.node:
        names = [fresh(n) for n in node.input], [fresh(n) for n in node.output]
        del node.input[:], node.output[:]
        node.input.extend(names[0])
        node.output.extend(names[1])
        node.name = ""
    for tensor in graph.initializer:
        tensor.name = fresh(tensor.name)
