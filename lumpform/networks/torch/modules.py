"""Tell which modules of PyTorch compute what their type says: layers of `torch.nn` itself, unchanged."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from typing import Any

from lumpform.display.words import with_article
from lumpform.errors import MissingExtra, ModelError


class LayerError(ModelError):
    """Say that something in a module cannot be read, with the name and the type of the layer."""


def torch_package() -> Any:
    """Return PyTorch, which is an optional dependency."""
    try:
        import torch  # type: ignore[import-not-found]
    except ImportError:
        raise MissingExtra("reading and writing PyTorch modules", "torch") from None
    return torch


def layers_of(torch: Any, module: Any, name: str, known: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Yield the layers of nested sequences in order, with their names; a layer that is shared, at every use.

    Parameters
    ----------
    torch : module
    module : torch.nn.Module
    name : str
        Its name inside the module that is read; empty for that one itself.
    known : collection of str
        Names of the types in `torch.nn` that can be read.

    Raises
    ------
    ModelError
        For anything else, with its name and type.
    """
    _check_plain(torch, module, name)
    if type(module) is torch.nn.Sequential and _of_torch(type(module)):
        for inner, child in module._modules.items():
            yield from layers_of(torch, child, f"{name}.{inner}" if name else inner, known)
        return
    own = type(module).__name__
    if own not in {*known, "Sequential"} or type(module) is not getattr(torch.nn, own, None):
        kind = f"{type(module).__module__}.{type(module).__qualname__}"
        raise failure(name, module, f"the type {kind}", f"one of torch.nn itself: Sequential, {', '.join(known)}")
    if not _of_torch(type(module)):
        raise failure(name, module, "methods that are not PyTorch's", "the type as it came")
    yield name, module


METHODS = ("forward", "_conv_forward", "_call_impl", "_wrapped_call_impl", "__call__")
"""Methods through which a module computes what it computes."""


def _of_torch(kind: type) -> bool:
    """Return whether a type computes with code of PyTorch's own: nobody put other methods into it."""
    methods = [getattr(kind, name) for name in METHODS if hasattr(kind, name)]
    places = [sys.modules.get(getattr(method, "__module__", None) or "") for method in methods]
    return kind.__module__.startswith("torch.nn.modules.") and all(
        place is not None
        and place.__name__.startswith("torch.nn.modules.")
        and getattr(method, "__globals__", None) is vars(place)
        for method, place in zip(methods, places, strict=True)
    )


def _check_plain(torch: Any, module: Any, name: str) -> None:
    """Raise an error if a module computes something else than its type says."""
    if not isinstance(module, torch.nn.Module):
        raise ModelError(
            f"module {name or 'itself'}: found {with_article(type(module).__name__)}, expected a torch.nn.Module"
        )
    if torch.nn.utils.parametrize.is_parametrized(module):
        raise failure(name, module, "parametrisations", "none: torch.nn.utils.parametrize.remove_parametrizations")
    hooks = ("_forward_hooks", "_forward_pre_hooks")
    if any(getattr(module, hook, None) for hook in hooks):
        raise failure(name, module, "forward hooks", "none (for pruning: torch.nn.utils.prune.remove)")
    if any(getattr(torch.nn.modules.module, f"_global{hook}", None) for hook in hooks):
        raise failure(name, module, "forward hooks for all modules", "none")
    if any(method in module.__dict__ for method in METHODS):
        raise failure(name, module, "a forward of its own", "that of its type")


def failure(name: str, module: Any, found: str, expected: str) -> LayerError:
    """Return the error that something else than expected was found in a module, with its name and type."""
    return LayerError(f"module {name or 'itself'} ({type(module).__name__}): found {found}, expected {expected}")
