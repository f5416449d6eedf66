"""Read PyTorch modules: `torch.nn.Sequential`, also nested, of the layers in `lumpform.networks.torch.layers`.

A layer is known by its type itself, not by its name: a subclass may compute anything, as may a module with hooks, with
parametrisations left on, or with a `forward` of its own, so these are refused, as is a type into which somebody has put
other methods. Dropout and batch normalisation must be in evaluation mode. Parameters are the dyadic rationals that
they are, in whatever float type; a slope of Leaky ReLU is the float32 with which PyTorch computes unless everything is
float64; the factor ``weight / sqrt(variance + eps)`` of a batch normalisation is irrational and is rounded once, to the
nearest double.

A recurrent layer, `torch.nn.RNN`, comes last, since it returns two tensors: the states of its last layer, and the last
states of all layers. The network has both as outputs, named ``output`` and ``h_n``. It starts at zero.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import index
from typing import Any, TypeVar

from lumpform.errors import ModelError
from lumpform.networks.builder import Builder
from lumpform.networks.made_maps import arranged
from lumpform.networks.network import Network
from lumpform.networks.tensor import Misfit, Tensor
from lumpform.networks.torch.layer import Layer
from lumpform.networks.torch.layers import LAYERS
from lumpform.networks.torch.modules import LayerError, layers_of, torch_package
from lumpform.networks.torch.recurrent import per_step, recurrent
from lumpform.networks.torch.traced import from_module, is_example


def from_torch(module: Any, input_shape: Any = None) -> Any:
    """Read the network that a module computes when it evaluates.

    With an example of inputs any module is read, through `torch.export` (`lumpform.networks.torch.traced`); with a
    shape, a sequence of layers, by their types.

    Parameters
    ----------
    module : torch.nn.Module
        A layer, or a (nested) `Sequential` of layers; a layer that stands in it twice is used twice.
    input_shape : torch.Tensor or tuple of them, or tuple of int, optional
        Inputs for some samples, the batch in front; or the shape of one sample: (features,), (channels, height, width),
        ... Needed unless the first layer is linear or recurrent.
        Before a recurrent layer (features,), or (steps, features) if the number of steps is fixed.

    Returns
    -------
    Network or Islands
        `Islands` of a module with operations that no network has, read by an example of its inputs.

    Raises
    ------
    ModelError
        For a layer, an option or a parameter that is not supported, by its name in the module.
    MissingExtra
        If PyTorch is not installed.
    """
    torch = torch_package()
    if is_example(torch, input_shape):
        return from_module(module, input_shape)
    if isinstance(input_shape, dict):
        raise ModelError("example is a dict, expected a tensor, or a tuple of them, in the order of the parameters")
    layers = list(layers_of(torch, module, "", [*LAYERS, "RNN"]))
    shape = _input_shape(torch, layers, input_shape)
    dtype, dtypes = _dtype(module), _dtypes(module)

    def read(builder: Builder) -> Network:
        builder.casts |= dtypes & {"bfloat16", "float16"}  # so narrow are values on their way
        if layers and type(layers[-1][1]) is torch.nn.RNN:
            return _recurrent(torch, builder, layers, shape, dtype)
        tensor = builder.input("x", (None, *shape), dtype)
        for name, layer in layers:
            tensor = _applied(Layer(torch, builder, name, layer, tensor, dtype), _read)
        return builder.network([builder.output(tensor, "y", None, dtype)])

    return arranged(read)


def _recurrent(
    torch: Any, builder: Builder, layers: list[tuple[str, Any]], shape: tuple[int, ...], dtype: str
) -> Network:
    """Read layers of which the last one is recurrent."""
    *before, (name, last) = layers
    *several, features = shape
    if len(several) > 1:
        raise ModelError(f"input_shape is {shape!r}, expected (features,) or (steps, features) before nn.RNN")
    steps = several[0] if several else None
    if last.batch_first:
        tensor = builder.sequence("x", (None, steps, features), dtype, "nt.")
    else:
        tensor = builder.sequence("x", (steps, None, features), dtype, "tn.")
    for inner, layer in before:
        tensor = _applied(Layer(torch, builder, inner, layer, tensor, dtype), per_step)
    states, ends = _applied(Layer(torch, builder, name, last, tensor, dtype), recurrent)
    return builder.network([builder.output(states, "output", None, dtype), builder.output(ends, "h_n", None, dtype)])


Read = TypeVar("Read")


def _applied(layer: Layer, reading: Callable[[Layer], Read]) -> Read:
    """Return what a layer makes of the tensor before it."""
    try:
        return reading(layer)
    except LayerError:
        raise
    except Misfit as error:
        raise layer.fail(error.found, error.expected) from None
    except ModelError as error:
        raise layer.fail(str(error), "a layer that fits") from None


def _read(layer: Layer) -> Tensor:
    if layer.kind not in LAYERS:
        raise layer.fail("a layer behind it", "the last place, since it returns two tensors")
    return LAYERS[layer.kind](layer)


def _input_shape(torch: Any, layers: list[tuple[str, Any]], given: tuple[int, ...] | None) -> tuple[int, ...]:
    if given is None:
        first = next((layer for _, layer in layers if type(layer) not in (torch.nn.Identity, torch.nn.Dropout)), None)
        if type(first) not in (torch.nn.Linear, torch.nn.RNN):
            raise ModelError("input_shape is missing, expected that of one sample, such as (channels, height, width)")
        given = (getattr(first, "in_features" if type(first) is torch.nn.Linear else "input_size"),)  # type: ignore[union-attr]
    try:
        shape = tuple(index(d) for d in given if not isinstance(d, bool))
    except TypeError:
        simple = int | float | str
        listed = [given] if isinstance(given, simple) else list(given) if hasattr(given, "__iter__") else [None]
        if not all(isinstance(d, simple) for d in listed):
            wanted = "a shape, such as (channels, height, width), or a tensor or a tuple of them as example"
            raise ModelError(f"input_shape is of type {type(given).__name__}, expected {wanted}") from None
        shape = ()
    if not 1 <= len(shape) <= 4 or len(shape) != len(given) or min(shape) < 1:
        raise ModelError(f"input_shape is {given!r}, expected (features,) or (channels, height, width)")
    return shape


def _dtype(module: Any) -> str:
    """Return the element type of the ports: the widest of the parameters; bfloat16 is kept in float32, exactly."""
    found = _dtypes(module)
    widest = next((d for d in ("float64", "float32", "bfloat16", "float16") if d in found), "float32")
    return "float32" if widest == "bfloat16" else widest


def _dtypes(module: Any) -> set[str]:
    """Return the element types of all parameters and statistics."""
    found = (*module.parameters(), *module.buffers())
    return {str(t.dtype).removeprefix("torch.") for t in found if t.is_floating_point()}
