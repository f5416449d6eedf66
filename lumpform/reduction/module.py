"""Reads the PyTorch module that `reduce` is given in the place of a network."""

from __future__ import annotations

from typing import Any

from lumpform.errors import OptionError


def read_module(model: Any, kind: Any, example: Any) -> tuple[Any, Any]:
    """Return the model to reduce and the kind of lumping; a model that is no PyTorch module comes back as it is.

    Parameters
    ----------
    model : MarkovChain, Network, ... or torch.nn.Module
    kind : str or None, or the example
        An example of inputs may stand in the place of the kind.
    example : torch.Tensor or tuple of them, or None
        Inputs of the module for some samples.

    Raises
    ------
    OptionError
        If a module has no example, or another model has one, or what is given is neither.
    ModelError
        If the module cannot be read.
    """
    if hasattr(model, "domain"):
        if example is not None:
            raise OptionError("the option 'example' is for PyTorch modules, expected none for a model")
        return model, kind
    if not callable(getattr(model, "named_parameters", None)):
        raise OptionError(f"found a {type(model).__name__}, expected a model or a PyTorch module")
    if example is None and not isinstance(kind, str):
        kind, example = None, kind
    if example is None:
        raise OptionError("the example is missing, expected example=x, inputs of the module for some samples")
    from lumpform.networks.torch import from_torch

    return from_torch(model, example), kind
