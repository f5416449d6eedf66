"""Reads the PyTorch module that `reduce` is given in the place of a network."""

from __future__ import annotations

from typing import Any

from lumpform.errors import ModelError, OptionError
from lumpform.lumping.foreign import require_model


def read_module(model: Any, kind: Any, example: Any) -> tuple[Any, Any]:
    """Return the model to reduce and the kind of lumping; a model that is no PyTorch module comes back as it is.

    Parameters
    ----------
    model : MarkovChain, Network, ... or torch.nn.Module
    kind : str or None, or the example
        An example of inputs may stand in the place of the kind.
    example : torch.Tensor or tuple of them, or None
        Inputs of the module for some samples; a sequence of layers that begins with a linear one needs none.

    Raises
    ------
    OptionError
        If a module has no example and needs one, or another model has one, or what is given is neither.
    ModelError
        If the module cannot be read.
    """
    if hasattr(model, "domain"):
        if example is not None:
            raise OptionError("the option 'example' is for PyTorch modules, expected none for a model")
        return model, kind
    if not callable(getattr(model, "named_parameters", None)):
        require_model(model, "reduce")
    if example is None and not isinstance(kind, str):
        kind, example = None, kind
    from lumpform.networks.torch import from_torch

    try:
        return from_torch(model, example), kind
    except ModelError as error:
        if example is not None:
            raise
        raise OptionError(f"without an example ({error}), expected example=x, inputs of the module") from None
