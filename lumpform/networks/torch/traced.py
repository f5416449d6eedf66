"""Read any PyTorch module by an example of its inputs, and write a network as a module with the same ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumpform.errors import FormatError, ModelError
from lumpform.networks.network import Network
from lumpform.networks.torch.modules import torch_package

if TYPE_CHECKING:
    from lumpform.networks.islands.islands import Islands

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
    from lumpform.networks.onnx.read import read_model
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
    return replace(network, metadata={**network.metadata, "format": FORMAT, "returns": returns})


def is_traced(network: Network) -> bool:
    """Tell whether a network was read from a module and an example of its inputs."""
    return network.metadata.get("format") == FORMAT


def to_module(network: Network) -> Any:
    """Return a module with the inputs and outputs of a network, whatever its form; weights are rounded once.

    Raises
    ------
    ModelError
        If it has an operation without a function of PyTorch.
    OptionError
        If a weight is beyond the range of the floats.
    """
    from lumpform.networks.onnx.write import to_onnx
    from lumpform.networks.torch.written import as_module

    torch_package()
    model, rounding = to_onnx(network)
    module = as_module(model, network.metadata.get("returns") == "tensor")
    module.rounding = rounding
    return module
