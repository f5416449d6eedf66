"""Make an ONNX model of any PyTorch module: `torch.export` says which ATen operators it calls, tables what these are.

Parameters are constants with the numbers that they are; the first dimension of every input is the batch and stays open.
A node of the model has the name of the FX node that it comes from. An operator that no table has becomes a node of the
domain ``aten``: a reader refuses it by name, or cuts the graph there.
"""

from __future__ import annotations

import logging
import operator
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from typing import Any

from lumpform.display.words import with_article
from lumpform.errors import ModelError
from lumpform.networks.onnx.cast import FLOATS
from lumpform.networks.torch.aten_border import DOMAIN, kept
from lumpform.networks.torch.aten_call import Call, Tape, Unknown, sizes_of
from lumpform.networks.torch.aten_functions import FUNCTIONS
from lumpform.networks.torch.aten_layers import LAYERS
from lumpform.networks.torch.aten_recurrent import RECURRENT
from lumpform.networks.torch.aten_shapes import SHAPES
from lumpform.networks.torch.modules import torch_package
from lumpform.networks.torch.returned import form_of

CONVERTERS = FUNCTIONS | LAYERS | SHAPES | RECURRENT
"""What is known of ATen operators, by their names without namespace and overload."""

WHOLE = (
    "linear", "hardswish", "silu", "hardsigmoid", "elu", "selu", "celu", "prelu", "_prelu_kernel", "threshold",
    "log_sigmoid", "hardshrink", "softshrink", "glu", "group_norm", "instance_norm", "rms_norm", "triu", "tril", "pad",
    "_upsample_nearest_exact1d", "_upsample_nearest_exact2d", "_upsample_nearest_exact3d", "upsample_linear1d",
    "upsample_bilinear2d", "upsample_trilinear3d", "upsample_bicubic2d", "batch_norm",
    "layer_norm", "hardtanh", "relu6", "softplus",
    "pixel_shuffle", "lstm", "gru", "rnn_tanh", "rnn_relu", "scaled_dot_product_attention", "mish", "leaky_relu",
    "upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d", "dropout", "feature_dropout",
    *(f"{kind}_pool{k}d" for kind in ("max", "avg", "adaptive_avg") for k in (1, 2, 3)),
)  # fmt: skip
"""Operators that are not to be taken apart: as a whole they are known, or one border instead of many."""

OPSET, FILE = 20, 9
"""Versions of the operator set and of the file format."""


def to_model(module: Any, example: Any) -> Any:
    """Return the ONNX model of what a module computes in evaluation mode.

    Parameters
    ----------
    module : torch.nn.Module
    example : torch.Tensor or tuple of them
        The inputs for some samples; only their shapes and element types count.

    Raises
    ------
    ModelError
        If the module is in training mode, or cannot be exported: with PyTorch's reason in one line.
    MissingExtra
        If PyTorch is not installed.
    """
    from onnx import helper

    torch = torch_package()
    program = exported(torch, module, inputs_of(torch, example))
    tape = Tape(torch)
    signature = program.graph_signature
    tensors = {**dict(program.named_parameters()), **dict(program.named_buffers()), **program.constants}
    kept = signature.inputs_to_parameters | signature.inputs_to_buffers | signature.inputs_to_lifted_tensor_constants
    inputs, outputs = [], []
    with torch.no_grad():
        for node in program.graph_module.graph.nodes:
            if node.op == "placeholder" and node.name in kept:
                tape.known[node] = tensors[kept[node.name]]
                tape.names[node] = tape.constant(tape.known[node], kept[node.name])
            elif node.op == "placeholder":
                tape.names[node] = tape.fresh(node.name)
                inputs.append(_port(helper, torch, node, tape.names[node]))
            elif node.op == "output":
                outputs = _outputs(helper, torch, tape, _returned(signature, node.args[0]))
            else:
                _convert(tape, node)
    tape.nodes, used = _needed(tape.nodes, {o.name for o in outputs})
    constants = [tensor for name, tensor in tape.constants.items() if name in used]
    noted = [_noted(helper, value, name) for name, value in tape.noted.items() if name in used]
    graph = helper.make_graph(tape.nodes, type(module).__name__, inputs, outputs, constants, value_info=noted)
    sets = [helper.make_opsetid("", OPSET)]
    sets += [helper.make_opsetid(DOMAIN, 1)] if any(n.domain for n in tape.nodes) else []
    model = helper.make_model(graph, opset_imports=sets, ir_version=FILE, producer_name="lumpform")
    helper.set_model_props(model, {"returns": form_of(program.call_spec.out_spec)})
    return model


def inputs_of(torch: Any, example: Any) -> tuple[Any, ...]:
    """Return the inputs in an example, which must be tensors with a batch in front."""
    given = tuple(example) if isinstance(example, tuple | list) else (example,)
    if not given or not all(isinstance(x, torch.Tensor) and x.dim() and x.shape[0] for x in given):
        raise ModelError("example is no tensor with samples, expected a tensor, or a tuple of them, for some samples")
    return given


def exported(torch: Any, module: Any, inputs: tuple[Any, ...]) -> Any:
    """Return the exported program of a module, in operators of ATen."""
    if not isinstance(module, torch.nn.Module):
        raise ModelError(f"found {with_article(type(module).__name__)}, expected a torch.nn.Module")
    if any(part.training for part in module.modules()):
        raise ModelError("found a module in training mode, expected module.eval()")
    if not hasattr(torch.export, "default_decompositions"):
        raise ModelError(f"found PyTorch {torch.__version__}, expected 2.6 or later, which exports modules")
    batch = torch.export.Dim("batch")
    two = tuple(torch.cat([x[:1], x[:1]]) if len(x) < 2 else x for x in inputs)  # of one sample, 1 would be a number
    table = torch.export.default_decompositions()
    for name in WHOLE:
        for overload in getattr(torch.ops.aten, name).overloads():
            table.pop(getattr(getattr(torch.ops.aten, name), overload), None)
    shapes = _with_batch(module, [{0: batch} for _ in two])
    try:
        with _silence():
            program = torch.export.export(module, two, dynamic_shapes=shapes, strict=False)
            return program.run_decompositions(table)
    except Exception as error:  # whatever goes wrong in a module that is run
        reason = next(filter(None, map(str.strip, str(error).splitlines())), type(error).__name__)
        if reason.startswith("Constraints violated (batch)"):
            reason = "it fits some numbers of samples only, expected any number of them, in front"
        raise ModelError(f"torch.export cannot export the module: {reason[:300]}") from None


@contextmanager
def _silence() -> Iterator[None]:
    """Keep PyTorch from saying more than its error does."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings(), redirect_stderr(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _with_batch(module: Any, shapes: list[Any]) -> tuple[Any, ...]:
    """Return what is said of the inputs, in the order of the parameters: those of ``*args`` are one tuple."""
    import inspect

    try:
        kinds = [p.kind for p in inspect.signature(module.forward).parameters.values()]
    except ValueError:
        raise ModelError(
            f"found {with_article(type(module).__name__)} without a signature, expected a module of Python"
        ) from None
    if inspect.Parameter.VAR_POSITIONAL not in kinds:
        return tuple(shapes)
    before = kinds.index(inspect.Parameter.VAR_POSITIONAL)
    return (*shapes[:before], tuple(shapes[before:]))


TYPES = {name: number for number, name in FLOATS.items()} | {"int64": 7, "int32": 6, "bool": 9}
"""Numbers of element types, by the names that PyTorch gives them."""


def _port(helper: Any, torch: Any, node: Any, name: str) -> Any:
    """Declare an input or output of the model."""
    value = node.meta["val"]
    kind = str(value.dtype).removeprefix("torch.") if isinstance(value, torch.Tensor) else type(value).__name__
    if kind not in TYPES:
        raise ModelError(f"{node.name!r} is of type {kind}, expected tensors of floats")
    sizes = sizes_of(value)
    first = "batch" if sizes[:1] == [None] else None
    dims = [first if d is None and not i else d for i, d in enumerate(sizes)]
    return helper.make_tensor_value_info(name, TYPES[kind], dims)


def _noted(helper: Any, value: Any, name: str) -> Any:
    """Declare a tensor inside the model, whose open sizes are called what PyTorch calls them, the batch alone so."""
    dims = [d if isinstance(d, int) else "batch" if d.node.expr.is_Symbol else str(d.node.expr) for d in value.shape]
    return helper.make_tensor_value_info(name, TYPES.get(str(value.dtype).removeprefix("torch."), 0), dims)


def _returned(signature: Any, results: Any) -> list[Any]:
    """Return what the module returns of all that the graph does: not its inputs, where it writes into them."""
    kinds = [spec.kind.name for spec in signature.output_specs]
    own = ("BUFFER_MUTATION", "PARAMETER_MUTATION")
    changed = {spec.target for kind, spec in zip(kinds, signature.output_specs, strict=True) if kind in own}
    if changed:
        raise ModelError(f"the module changes its tensor {min(changed)!r}, expected one that computes the same again")
    return [node for kind, node in zip(kinds, results, strict=True) if kind == "USER_OUTPUT"]


def _outputs(helper: Any, torch: Any, tape: Tape, results: Any) -> list[Any]:
    """Declare the outputs; one that is an input, a constant or another output is copied."""
    found: list[Any] = []
    for node in results:
        name = tape.names.get(node) if hasattr(node, "name") else None
        if not isinstance(name, str):
            raise ModelError(f"the module returns {node!r}, expected tensors that depend on its inputs")
        made = {n for operation in tape.nodes for n in operation.output}
        if name not in made or name in {o.name for o in found}:
            copy = tape.fresh("output")
            tape.nodes.append(helper.make_node("Identity", [name], [copy], name=copy))
            name = copy
        found.append(_port(helper, torch, node, name))
    return found


def _needed(nodes: list[Any], used: set[str]) -> tuple[list[Any], set[str]]:
    """Return the operations that are needed for some tensors, and all tensors that these read."""
    found = []
    for node in reversed(nodes):
        if used & set(node.output):
            found.append(node)
            used |= set(node.input)
    return found[::-1], used


def _convert(tape: Tape, node: Any) -> None:
    """Append what a node of the FX graph computes."""
    if node.op != "call_function":
        raise ModelError(f"the module has the node {node.name!r} ({node.op}), expected calls of operators")
    if node.target is operator.getitem:
        found = tape.names.get(node.args[0])
        tape.names[node] = found[node.args[1]] if isinstance(found, list) else None
        return
    if not hasattr(node.target, "_schema") or not _is_tensors(tape.torch, node.meta.get("val")):
        return  # sizes and checks of sizes: shapes are known from what the nodes compute
    if _is_constant(tape, node):
        return
    name = node.target._schema.name.split("::")[-1]
    call, length = Call(tape, node), len(tape.nodes)
    try:
        if not node.target._schema.name.startswith("aten::") or name not in CONVERTERS:
            raise Unknown
        tape.names[node] = CONVERTERS[name](call)
    except Unknown:
        del tape.nodes[length:]
        tape.names[node] = kept(call, name)


def _is_tensors(torch: Any, value: Any) -> bool:
    several = value if isinstance(value, list | tuple) else [value]
    return any(isinstance(v, torch.Tensor) for v in several)


def _is_constant(tape: Tape, node: Any) -> bool:
    """Compute what has no tensor among its operands, or only known integers: positions, masks; nothing is rounded."""
    torch, value = tape.torch, node.meta["val"]
    operands = list(node.all_input_nodes)
    if not isinstance(value, torch.Tensor) or None in sizes_of(value) or any(n not in tape.known for n in operands):
        return False
    if operands and value.dtype.is_floating_point:
        return False
    if torch.Tag.nondeterministic_seeded in node.target.tags or "empty" in node.target._schema.name:
        return False  # it is another one in every call
    known = torch.fx.map_arg((node.args, node.kwargs), lambda n: tape.known[n])
    tape.known[node] = node.target(*known[0], **known[1])
    tape.names[node] = tape.constant(tape.known[node], node.name)
    return True
