"""Take an island out of an ONNX model, as a model of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lumpform.networks.islands.cut import Cut
from lumpform.networks.islands.shapes import Known
from lumpform.networks.islands.uses import Uses


def extract(model: Any, cut: Cut, known: Mapping[str, Known], uses: Uses | None = None) -> tuple[Any, list[int]]:
    """Return the model of an island and the numbers of its nodes in the file.

    It has the version of the file, the initialisers that it uses, and inputs and outputs with the names of the tensors
    at the border. If it is read for one row, its inputs are samples of a row. `uses` are those of the graph, if known:
    then O(operands and initialisers of the island).
    """
    import onnx
    from onnx import helper

    graph = model.graph
    uses = Uses(graph) if uses is None else uses
    nodes = uses.between(cut.inputs, cut.outputs)
    used = {name for number in nodes for name in uses.reads[number]}.difference(cut.inputs)
    places = sorted(uses.initialiser[name] for name in used if name in uses.initialiser)
    result = onnx.ModelProto(ir_version=model.ir_version, opset_import=model.opset_import)
    result.graph.name = "island"
    result.graph.node.extend(graph.node[number] for number in nodes)
    result.graph.initializer.extend(graph.initializer[place] for place in places)
    for name, dims in zip(cut.inputs, cut.shapes, strict=True):
        shape = ("rows", dims[-1]) if cut.rows else dims
        result.graph.input.append(helper.make_tensor_value_info(name, known[name].kind, shape))
    for name in cut.outputs:
        kind = known[name].kind if name in known else known[cut.inputs[0]].kind
        value = onnx.ValueInfoProto(name=name)
        value.type.tensor_type.elem_type = kind
        result.graph.output.append(value)
    return result, nodes
