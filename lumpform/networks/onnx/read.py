"""Read ONNX files: a graph of operations becomes groups and arrows with exact weights.

Every value has its full shape; what stands for which groups is in docs/certificate-networks.md, section 6, which
operators are read in `lumpform.networks.onnx.operations`. Whatever a file says that is not understood is refused by
name. Floats are the dyadic rationals that they are; the one rounding is the factor of a batch normalisation.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from lumpform.errors import FormatError, ModelError
from lumpform.files.limits import BYTES_PER_ARROW, MAX_ARROWS, MAX_SIDE
from lumpform.networks.builder import Builder
from lumpform.networks.made_maps import arranged
from lumpform.networks.network import Network
from lumpform.networks.onnx.cast import FLOATS
from lumpform.networks.onnx.codes import Quantised, moved
from lumpform.networks.onnx.node import Node, Value, check_marker
from lumpform.networks.onnx.operations import OPERATIONS, SEVERAL, WITH_IDLE, Operation
from lumpform.networks.onnx.order import in_order
from lumpform.networks.onnx.outside import take_in
from lumpform.networks.onnx.parse import parse
from lumpform.networks.onnx.recurrent import LAYOUTS, OtherLayout, check_recurrent
from lumpform.networks.onnx.sequences import SEQUENCES, is_sequence
from lumpform.networks.onnx.tensors import BFLOAT16, array_of
from lumpform.networks.port import Port
from lumpform.networks.tensor import Misfit, Tensor

OLDEST, NEWEST = 7, 28
"""Versions of the operator set whose meaning is known here."""

OLDEST_FILE, NEWEST_FILE = 3, 14
"""Versions of the file format."""

FILE = "file"
"""What the metadata of a network call the bytes of the ONNX file that it was read from."""

KEPT = 1 << 26
"""Bytes of files that are kept beside their networks, to be written again where that is shortest."""

DTYPES = {1: "float32", 11: "float64", 10: "float16", 16: "float32"}
"""Element types of inputs and outputs; a bfloat16 is the float32 that it is, and noted as a cast."""


def read_onnx(path: str | Path, *, folded: bool = True) -> Network:
    """Read the network in an ONNX file.

    Parameters
    ----------
    folded : bool
        Whether to leave out groups that only copy or add up; without, every operation of the file is a group.

    Returns
    -------
    Network
        With exact weights; if `folded`, in its read form (docs/certificate-networks.md, section 2.2).

    Raises
    ------
    FormatError
        If the file is no ONNX model, or uses something that cannot be read: with the node and what can.
    """
    path = Path(path)
    model = parse(path)
    content = model.SerializeToString() if model.ByteSize() <= KEPT else b""
    outside = take_in(path, model.graph)
    size = path.stat().st_size + outside
    network = read_model(model, path, size, folded=folded)
    about: dict[str, Any] = {"bytes": size}
    if content and not outside:
        about[FILE] = content
    return replace(network, metadata=network.metadata | about)


def read_model(model: Any, path: Path, size: int | None = None, *, folded: bool = True) -> Network:
    """Read the network in a model that was made of the file at `path`, or of so many bytes; see `read_onnx`."""
    reader = _File(path, model)
    most = MAX_ARROWS + (path.stat().st_size if size is None else size) // BYTES_PER_ARROW
    for layout in reader.layouts:
        try:
            return arranged(lambda builder, layout=layout: reader.network(builder, folded, layout), most)
        except OtherLayout:
            continue
    wanted = "steps, samples and features before every RNN"
    raise FormatError(path, "", "sequences with their samples before their steps", wanted)


class _File:
    """Hold a model whose form is checked, and from which a network can be read, several times if need be."""

    def __init__(self, path: Path, model: Any) -> None:
        self.path, self.graph = path, model.graph
        self.version = self._operator_set(model)
        if model.functions or self.graph.sparse_initializer:
            raise FormatError(path, "", "local functions or sparse tensors", "a graph of operators")
        self.initialisers: dict[str, Any] = {}
        for tensor in self.graph.initializer:
            if tensor.name in self.initialisers:
                raise FormatError(path, f"tensor {tensor.name!r}", "a second tensor of this name", "different names")
            self.initialisers[tensor.name] = array_of(path, tensor)
        given = {value.name for value in self.graph.input} | set(self.initialisers)
        self.nodes = in_order(path, self.graph.node, given)
        self.mentions = Counter(name for node in self.graph.node for name in (*node.input, *node.output))
        self.mentions.update(v.name for v in (*self.graph.input, *self.graph.output, *self.graph.initializer))
        self.layouts = LAYOUTS if check_recurrent(path, self.graph) else ("",)
        self.inputs = [v for v in self.graph.input if v.name not in self.initialisers]
        if not self.inputs or not self.graph.output:
            raise FormatError(path, "", "a graph without inputs or outputs", "at least one of each")

    def _operator_set(self, model: Any) -> int:
        """Return the version of the operator set that the file uses."""
        from onnx import defs

        file = int(model.ir_version)
        if not OLDEST_FILE <= file <= NEWEST_FILE:
            wanted = f"one from {OLDEST_FILE} to {NEWEST_FILE}"
            raise FormatError(self.path, "", f"version {file} of the file format", wanted)
        known = [o for o in model.opset_import if o.domain in ("", "ai.onnx")]
        if len(known) > 1:
            raise FormatError(self.path, "", f"{len(known)} versions of the operator set", "one")
        versions = {o.domain: int(o.version) for o in known}
        version = versions.get("", versions.get("ai.onnx"))
        newest = min(defs.onnx_opset_version(), NEWEST)
        if version is None or not OLDEST <= version <= newest:
            found = "no version" if version is None else f"version {version}"
            raise FormatError(self.path, "", f"{found} of the operator set", f"one from {OLDEST} to {newest}")
        return version

    def network(self, builder: Builder, folded: bool, layout: str) -> Network:
        """Read the network; `Rearrange` if an input turns out to be needed as maps, `OtherLayout` if in another one."""
        values: dict[str, Value] = dict(self.initialisers)
        try:
            for value in self.inputs:
                self._input(builder, value, values, layout)
            self._run(builder, values)
            outputs = [self._output(builder, value, values) for value in self.graph.output]
            return builder.network(outputs, {"format": "onnx"}, folded=folded)
        except (ModelError, ValueError) as error:
            raise FormatError(self.path, "", str(error), "a network that can be read") from None

    def _input(self, builder: Builder, value: Any, values: dict[str, Value], layout: str) -> None:
        """Make the group of a graph input; of a recurrent network it has a layout."""
        place = f"input {value.name!r}"
        shape, kind = self._declared(value, place)
        if kind not in DTYPES:
            raise FormatError(self.path, place, f"element type {kind}", "float32, float64, float16 or bfloat16")
        if value.name in values:
            raise FormatError(self.path, place, "a second input of this name", "different names")
        if layout and (shape is None or len(shape) != 3 or shape[2] is None):
            shown = "no shape" if shape is None else f"the shape {[d if d is not None else '?' for d in shape]}"
            raise FormatError(self.path, place, shown, "steps, samples and a number of features, before an RNN")
        fixed = () if shape is None else shape[2:] if layout else shape[1:]
        if shape is None or None in fixed or any(d is not None and d > MAX_SIDE for d in shape):
            shown = "no shape" if shape is None else f"the shape {[d if d is not None else '?' for d in shape]}"
            raise FormatError(self.path, place, shown, "fixed sizes, but for a batch in front")
        if kind == BFLOAT16:
            builder.casts.add(FLOATS[kind])
        if layout:
            values[value.name] = builder.sequence(value.name, shape, DTYPES[kind], layout)
        else:
            values[value.name] = builder.input(value.name, shape, DTYPES[kind])

    def _declared(self, value: Any, place: str) -> tuple[tuple[int | None, ...] | None, int]:
        """Return the declared shape and element type of an input or output; None for a dimension without a number."""
        kind = value.type.tensor_type
        if not kind.HasField("shape"):
            return None, kind.elem_type
        sizes = tuple(int(d.dim_value) if d.HasField("dim_value") else None for d in kind.shape.dim)
        bad = next((d for d in sizes if d is not None and d < 1), None)
        if bad is not None:
            raise FormatError(
                self.path, place, f"the dimension {bad}", "positive numbers, or none for a batch in front"
            )
        return sizes, kind.elem_type

    def _output(self, builder: Builder, value: Any, values: dict[str, Value]) -> Port:
        """Make the pinned group of a graph output, whose declared shape must be the one that it has."""
        place = f"output {value.name!r}"
        tensor = values.get(value.name)
        if not isinstance(tensor, Tensor):
            what = "a tensor that no node makes" if tensor is None else "a constant"
            raise FormatError(self.path, place, what, "a tensor that depends on an input")
        if isinstance(tensor, Quantised):
            raise FormatError(self.path, place, "quantised integers", "floats: a DequantizeLinear before the output")
        shape, kind = self._declared(value, place)
        if kind and kind not in DTYPES:
            raise FormatError(self.path, place, f"element type {kind}", "float32, float64, float16 or bfloat16")
        dtype = DTYPES[kind or self.inputs[0].type.tensor_type.elem_type]
        if shape is not None:
            actual, layout = builder.declared(tensor) if builder.lengths else (tensor.shape, "")
            fits = [a is None or b in (None, a) for a, b in zip(shape, actual, strict=False)]
            if len(shape) != len(actual) or not all(fits):
                free = tensor.batch and not layout  # one sample where there is a batch
                shown = ["?" if d is None or (free and not i) else d for i, d in enumerate(actual)]
                raise FormatError(self.path, place, f"the shape {list(shape)}", f"{shown}, which it has")
        return builder.output(tensor, value.name, None, dtype)

    def _run(self, builder: Builder, values: dict[str, Value]) -> None:
        """Carry out all operations, operands first; a tensor is forgotten when nothing needs it any more."""
        uses = Counter(name for node in self.graph.node for name in node.input)
        uses.update(value.name for value in self.graph.output)
        for number, proto in self.nodes:
            place = f"node {number} ({proto.op_type} {proto.name!r})"
            results = self._operate(builder, values, proto, place)
            for name, result in zip(proto.output, results, strict=False):
                if name in values:
                    raise FormatError(self.path, place, f"the output name {name!r}, which is taken", "a new name")
                if name:
                    values[name] = result
            for name in proto.input:
                uses[name] -= 1
                if uses[name] == 0:
                    values.pop(name, None)

    def _operate(self, builder: Builder, values: dict[str, Value], proto: Any, place: str) -> list[Value]:
        """Return the results of one operation."""
        known, operation = OPERATIONS.get(proto.op_type, (0, None))
        if operation is None or proto.domain not in ("", "ai.onnx"):
            named = f"{proto.domain}.{proto.op_type}" if proto.domain else proto.op_type
            raise FormatError(self.path, place, f"the operator {named!r}", f"one of {', '.join(OPERATIONS)}")
        schema = self._meaning(proto.op_type, place)
        version = int(schema.since_version)
        if version > known:
            raise FormatError(self.path, place, f"version {version} of this operator", f"at most {known}")
        for what, given, fewest, most in (
            ("operands", proto.input, schema.min_input, schema.max_input),
            ("results", proto.output, schema.min_output, schema.max_output),
        ):
            if not fewest <= len(given) <= most:
                wanted = f"{fewest}" if fewest == most else f"from {fewest} to {most}"
                raise FormatError(self.path, place, f"{len(given)} {what}", wanted)
        if "" in proto.input[: schema.min_input]:
            raise FormatError(self.path, place, "an operand without a name", f"{schema.min_input} that have one")
        self._check_results(proto, values, place)
        node = Node(self.path, place, proto, schema, values, builder)
        if builder.lengths:
            operation = self._along_time(node, operation)
        try:
            result = moved(node, operation)
            node.attributes.check_all_known()
        except FormatError:
            raise
        except Misfit as error:
            raise node.fail(error.found, error.expected) from None
        except (ArithmeticError, IndexError, KeyError, MemoryError, TypeError, ValueError) as error:
            raise FormatError(self.path, place, str(error) or type(error).__name__, "operands that fit") from None
        results = result if isinstance(result, list) else [result]
        check_marker(node, results)
        empty = next((r for r in results if isinstance(r, Tensor) and not r.entries.size), None)
        if empty is not None:
            raise node.fail(f"a tensor without numbers, of the shape {list(empty.shape)}", "at least one number")
        return results

    def _check_results(self, proto: Any, values: dict[str, Value], place: str) -> None:
        """Refuse results that are missing or taken, and further ones of operators that have one."""
        first = next(filter(None, proto.output), "") if proto.op_type == "RNN" else "".join(proto.output[:1])
        if not first or first in values:
            raise FormatError(self.path, place, "an output name that is taken or missing", "a new name")
        second = next(filter(None, proto.output[1:]), "")
        idle = proto.op_type in WITH_IDLE and self.mentions[second] == 1
        if second and not idle and proto.op_type not in SEVERAL:
            raise FormatError(self.path, place, f"the further result {second!r}", "one result")

    def _along_time(self, node: Node, operation: Operation) -> Operation:
        """Return what an operator does in a recurrent network, which is something else for sequences."""
        found = any(is_sequence(node.values[name]) for name in node.inputs if name in node.values)
        moves = node.operator == "Transpose" and isinstance(node.values.get(node.inputs[0]), Tensor)
        if node.operator == "RNN" or not (found or moves):
            return operation
        if node.operator not in SEQUENCES:
            raise node.fail("a sequence", f"one for RNN, {', '.join(SEQUENCES)}, or its last step")
        return SEQUENCES[node.operator]

    def _meaning(self, operator: str, place: str) -> Any:
        """Return the schema of an operator, of the version in which it got the meaning that holds for this file."""
        from onnx import defs

        try:
            return defs.get_schema(operator, max_inclusive_version=self.version)
        except defs.SchemaError:
            raise FormatError(self.path, place, f"no such operator in version {self.version}", "one of it") from None
