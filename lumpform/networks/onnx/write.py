"""Write ONNX files: groups and arrows become operations; names, shapes and element type of the ports are kept.

Weights and slopes are rounded to the element type of the first input, each once, to nearest and from its exact value;
the report says how many were not exact and by how much at most. What is written and read again has the same canonical
form (docs/certificate-networks.md, section 2.2) but for that rounding.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lumpform.errors import OptionError
from lumpform.files.atomic import Replacement
from lumpform.graph.graph import Arrow, Group
from lumpform.networks.activations import ACTIVATIONS
from lumpform.networks.network import ONE, Network
from lumpform.networks.onnx.growth import why_larger
from lumpform.networks.onnx.moved_maps import seen_as
from lumpform.networks.onnx.moves import Held, moved
from lumpform.networks.onnx.parts import Parts
from lumpform.networks.onnx.shorter import as_it_was, shorter
from lumpform.networks.onnx.tape import Tape, kinds, unusual
from lumpform.networks.onnx.widen import MOST, as_maps
from lumpform.networks.onnx.write_fused import fuse
from lumpform.networks.onnx.write_in_time import InTime
from lumpform.networks.onnx.write_integers import Inexact, IntegerTape
from lumpform.networks.onnx.write_rounding import version_for
from lumpform.networks.port import Port
from lumpform.numbers.rounding import Rounding

OLDEST = 13
"""The version of the operator set of written files, where no operator needs a newer one."""


def write_onnx(network: Network, path: Path, files: Replacement) -> Rounding:
    """Write a network as an ONNX file; say what was rounded, and why the file is larger than what was read if it is.

    Raises
    ------
    OptionError
        If a weight is beyond the range of the element type, or the network has a node function without an operator.
    """
    model, rounding = to_onnx(network)
    with files.open(path) as file:
        file.write(model.SerializeToString())
    return replace(rounding, larger=why_larger(network, model))


def to_onnx(network: Network) -> tuple[Any, Rounding]:
    """Return the ONNX model of a network, checked by onnx's own checker, and what was rounded.

    If it would be larger than the file that the network was read from, it is that file where that says the same
    network, and else a shorter one is looked for. What was read from a module of PyTorch is written as it was read
    where that is the same network: there is no other file of it beside which a certificate could be judged.
    """
    import onnx

    model, rounding = _model(network)
    most = network.metadata.get("bytes")
    if most is None or model.ByteSize() > most:
        before = as_it_was(network)
        if before is not None:
            return before, Rounding(rounding.values)
        model = model if most is None else shorter(model, most)
    onnx.checker.check_model(model)
    return model, rounding


def _model(network: Network) -> tuple[Any, Rounding]:
    """Return the model with integers if that is exact, else with floats, and what was rounded."""
    if any(group.function.name == "quantize" for group in network.graph.groups):
        try:
            return _written(network, IntegerTape(_names_of(network)))
        except Inexact:
            pass  # then with floats, rounded and counted
    return _written(network, _tape_of(network))


def _written(network: Network, tape: Tape) -> tuple[Any, Rounding]:
    """Return the model and what was rounded; `Inexact` if an exact tape would have to."""
    from onnx import helper

    writer = InTime(network, tape) if network.recurrent else _Writer(network, tape)
    for group in network.graph.groups[1:]:
        writer.group(group)
    inputs = [helper.make_tensor_value_info(p.name, kinds()[p.dtype], _dims(p)) for p in network.inputs]
    outputs = []
    for port in network.outputs:
        writer.finish(port)
        outputs.append(helper.make_tensor_value_info(port.name, kinds()[port.dtype], _dims(port)))
    if isinstance(tape, IntegerTape) and not tape.rounding.exact:
        raise Inexact
    if isinstance(tape, IntegerTape):
        fuse(tape, [port.name for port in network.outputs])
    graph = helper.make_graph(tape.nodes, "g", inputs, outputs, tape.initialisers)
    since = {known.operator: known.since for known in ACTIVATIONS.values()}
    version = max(OLDEST, version_for(tape.initialisers), *(since.get(n.op_type, OLDEST) for n in tape.nodes))
    opset = [helper.make_opsetid("", version)]
    ir = 8 if version <= 18 else 9 if version <= 20 else 11
    model = helper.make_model(graph, opset_imports=opset, ir_version=ir, producer_name="lumpform")
    return model, tape.rounding


def _dims(port: Port) -> list[int | str]:
    """Return the shape of a port: numbers, and names where there are none."""
    letters = port.layout or "." * len(port.shape)
    named = (c if c != "." else f"n{i}" if i else "N" for i, c in enumerate(letters))
    return [d if d is not None else name for d, name in zip(port.shape, named, strict=True)]


def _tape_of(network: Network) -> Tape:
    """Return an empty tape with the element type of the inputs, on which the names of the ports are taken."""
    dtypes = {p.dtype for p in network.inputs}
    if len(dtypes) > 1:
        raise OptionError(f"inputs of the types {', '.join(sorted(dtypes))}, expected one type")
    return Tape(next(iter(dtypes), "float32"), _names_of(network))


def _names_of(network: Network) -> list[str]:
    """Return the names of inputs and outputs, which are taken."""
    names = [p.name for p in network.outputs]
    if len(set(names)) < len(names):
        raise OptionError(f"outputs called {', '.join(map(repr, names))}, expected different names")
    return [p.name for p in network.inputs + network.outputs]


class _Writer:
    """Write group after group; every group's tensor is [samples, nodes, *sides]."""

    def __init__(self, network: Network, tape: Tape) -> None:
        self.network, self.tape = network, tape
        self.parts = Parts(network, self.tape)
        read = {arrow.source for arrow in network.graph.arrows if arrow.weights.nnz}
        for port, seen in zip(network.inputs, seen_as(network), strict=True):
            group = network.graph.group(port.group)
            if port.group not in read:  # which of its numbers are maps does not matter then
                self.tape.tensor[port.group] = port.name
                continue
            tensor = self._entries(port)
            wanted = len(group.shape) <= MOST and any(self._wants_maps(a, seen) for a in network.graph.arrows)
            if group.shape and not wanted:
                same = np.eye(group.size, dtype=self.tape.dtype)
                tensor = as_maps(self.tape, tensor, same, group.shape, batched=port.batched)
            self.tape.tensor[port.group] = tensor

    def _wants_maps(self, arrow: Arrow, sources: list[str]) -> bool:
        """Tell whether an arrow becomes an operation over the maps of one of some groups."""
        if arrow.source not in sources or not arrow.weights.nnz:
            return False
        if arrow.operator is None:
            pools = self.network.graph.group(arrow.target).function.name == "max_pool"
            return pools or not arrow.weights.is_identity()
        return arrow.operator[0] in ("shift", "scatter", "mean", "average")

    def _entries(self, port: Port) -> str:
        """Return the tensor of an input as its group has it."""
        group, tape = self.network.graph.group(port.group), self.tape
        shape = (group.size, *group.shape)
        if port.order is None:
            if port.shape[1:] == shape and port.shape[:1] in ((None,), (1,)):
                return port.name
            return tape.reshape(port.name, [0 if port.batched else 1, *shape])
        place = np.argsort(np.array(port.order)).reshape(shape)  # of every entry, in the tensor
        sides, full = port.sample_shape, len(port.sample_shape) == len(port.shape) - 1
        tensor = port.name if full else tape.reshape(port.name, [0 if port.batched else 1, *sides])
        return moved(tape, [Held(tensor, sides)], place)

    def group(self, group: Group) -> None:
        """Write all operations of one group."""
        if group.name in self.tape.tensor or group.name in self.parts.moved.unwritten:
            return
        arrows = [a for a in self.network.graph.arrows if a.target == group.name]
        terms = self.parts.terms([a for a in arrows if a.source != ONE], group)
        constants = self.parts.constants([a for a in arrows if a.source == ONE], group)
        left = [c for c in constants if not any(self.tape.takes(term, c) for term in terms)]
        tensor = self.tape.total(terms)
        for constant in left:
            tensor = self.tape.add("Add", [tensor, self.tape.initialiser(constant)])
        self.tape.tensor[group.name] = self.through(group, tensor)

    def through(self, group: Group, tensor: str) -> str:
        """Write the node function."""
        name, tape = group.function.name, self.tape
        if name != "max_pool":
            return tape.function(group.function, tensor, 1)
        kernel, strides, pads = map(list, group.function.parameters)
        if not self.parts.arriving[group.name]:
            tensor = tape.reshape(tensor, [0, group.size, *[1] * len(kernel)])
        result = tape.add("MaxPool", [tensor], kernel_shape=kernel, **unusual(strides=strides, pads=pads))
        return result if group.shape else tape.add("Flatten", [result])

    def _is_input(self, port: Port) -> bool:
        """Tell whether an output is the input of its name as it is: then it is that tensor; no operation makes it."""
        group = self.network.graph.group(port.group)
        given = next(p for p in self.network.inputs if p.name == port.name)
        arrows = [a for a in self.network.graph.arrows if a.target == port.group]
        copies = len(arrows) == 1 and arrows[0].source == given.group and arrows[0].operator is None
        alike = (port.shape, port.order) == (given.shape, given.order)
        return copies and alike and group.function.name == "identity" and arrows[0].weights.is_identity()

    def finish(self, port: Port) -> None:
        """Give an output the name, order and shape that its port has."""
        group, tape = self.network.graph.group(port.group), self.tape
        if port.name in {p.name for p in self.network.inputs}:
            if not self._is_input(port):
                raise OptionError(f"the output {port.name!r} has the name of an input, expected another one")
            return
        tensor, shape = tape.tensor[port.group], self.parts.shaped.get(port.group, (group.size, *group.shape))
        if port.batched and port.group not in self.parts.batched:
            tensor = tape.add("Add", [tensor, self.parts.nothing(group, group.shape, batched=True)])
        if port.order is not None:
            place = np.array(port.order).reshape(port.sample_shape)
            tensor, shape = moved(tape, [Held(tensor, shape)], place), port.sample_shape
        if port.dtype != tape.element:
            tensor = tape.add("Cast", [tensor], to=kinds()[port.dtype])
        if port.shape[1:] == shape and port.shape[:1] in ((None,), (1,)):
            tape.output(tensor, port.name)
            return
        target = [0 if i == 0 and d is None else 1 if d is None else d for i, d in enumerate(port.shape)]
        tape.named("Reshape", [tensor, tape.initialiser(np.array(target, dtype=np.int64))], port.name)
