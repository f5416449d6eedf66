"""Read any PyTorch module by an example of its inputs, and write a network as a module with the same ones."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumpform.errors import FormatError, ModelError
from lumpform.networks.network import Network
from lumpform.networks.torch.modules import torch_package

if TYPE_CHECKING:
    from lumpform.networks.islands.islands import Islands

FLOAT, BFLOAT16 = 1, 16
"""Numbers of element types in a model."""

FORMAT = "torch.export"
"""What the metadata of such a network call its format."""


def is_example(torch: Any, given: Any) -> bool:
    """Tell whether something is an example of inputs, and not a shape."""
    return isinstance(given, torch.Tensor) or (
        isinstance(given, tuple | list) and any(isinstance(x, torch.Tensor) for x in given)
    )


def from_module(module: Any, example: Any) -> Network | Islands:
    """Read the network that a module computes in evaluation mode; islands, if it has operations that no network has.

    Parameters
    ----------
    module : torch.nn.Module
        It is run once by `torch.export`, with stand-ins for numbers.
    example : torch.Tensor or tuple of them
        Inputs for some samples; only their shapes and element types count, and the batch in front stays open.

    Raises
    ------
    ModelError
        If the module is in training mode, cannot be exported, or is no valid model.
    """
    from lumpform.networks.islands.read import islands_of
    from lumpform.networks.onnx.read import FILE, KEPT, read_model
    from lumpform.networks.torch.export import to_model

    model = to_model(module, example)
    path = Path(f"module {type(module).__name__}")
    try:
        network = read_model(model, path, model.ByteSize())
    except FormatError as error:
        try:
            return islands_of(model, path, error)
        except FormatError:
            raise ModelError(str(error)) from None
    returns = {p.key: p.value for p in model.metadata_props}["returns"]
    narrow = [p.name for p in (*model.graph.input, *model.graph.output) if p.type.tensor_type.elem_type == BFLOAT16]
    about: dict[str, Any] = {"format": FORMAT, "returns": returns} | ({"bfloat16": tuple(narrow)} if narrow else {})
    if model.ByteSize() <= KEPT:
        about[FILE] = model.SerializeToString()
    return replace(network, metadata={**network.metadata, **about})


def is_traced(network: Network) -> bool:
    """Tell whether a network was read from a module and an example of its inputs."""
    return network.metadata.get("format") == FORMAT


def to_module(network: Network) -> Any:
    """Return a module with the inputs and outputs of a network, whatever its form; weights are rounded once.

    Where the module that was read has tensors of bfloat16 as inputs and outputs, so has this one; between them it
    computes with float32, which holds more.

    Raises
    ------
    ModelError
        If it has an operation without a function of PyTorch.
    OptionError
        If a weight is beyond the range of the floats.
    """
    from lumpform.networks.onnx.read import FILE
    from lumpform.networks.onnx.write import to_onnx
    from lumpform.networks.torch.written import as_module

    torch_package()
    model, rounding = to_onnx(replace(network, metadata={k: v for k, v in network.metadata.items() if k != FILE}))
    with_casts(model, network.metadata.get("bfloat16", ()))
    module = as_module(model, network.metadata["returns"])
    module.rounding = rounding
    return module


def with_casts(model: Any, narrow: Collection[str]) -> None:
    """Put operations into a model that widen inputs, by name, from bfloat16 to float32, or narrow outputs to it."""
    from onnx import helper

    graph = model.graph
    before, after = (
        {p.name: f"{p.name} {which}" for p in ports if p.name in narrow}
        for which, ports in (("widened", graph.input), ("wide", graph.output))
    )
    for node in graph.node:
        for names, inner in ((node.input, before | after), (node.output, after)):
            names[:] = [inner.get(name, name) for name in names]
    first = [helper.make_node("Cast", [name], [inner], to=FLOAT) for name, inner in before.items()]
    last = [helper.make_node("Cast", [inner], [name], to=BFLOAT16) for name, inner in after.items()]
    nodes = [*first, *graph.node, *last]
    del graph.node[:]
    graph.node.extend(nodes)
