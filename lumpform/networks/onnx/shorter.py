"""Make a model shorter that would be larger than the file that was read.

Each way is taken only if what is read of the model stays the same network, with the same inputs and outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lumpform.errors import FormatError
from lumpform.networks.canonical import canonical
from lumpform.networks.network import Network
from lumpform.networks.onnx.read import FILE, read_model
from lumpform.networks.onnx.short_arithmetic import short_arithmetic
from lumpform.networks.onnx.short_constants import shortened
from lumpform.networks.onnx.short_moves import short_moves, short_names
from lumpform.networks.onnx.short_operations import moves_last, siblings_together
from lumpform.networks.onnx.short_products import channels_as, products_last
from lumpform.networks.signature import signature

LARGEST = 1 << 26
"""Bytes of models of which nothing is tried: each way reads a model again."""


def bare(model: Any) -> None:
    """Leave out the name of the program that made a model."""
    model.ClearField("producer_name")


WAYS: Sequence[Sequence[Callable[[Any], None]]] = (
    (short_moves,),
    (siblings_together, moves_last, short_moves),
    (products_last, short_moves),
    (channels_as(True), moves_last, short_moves),
    (channels_as(False), moves_last, short_moves),
    (short_arithmetic,),
    (shortened,),
    (shortened,),  # what the first time made places and values of
    (bare,),
    (short_names,),
)
"""What is tried, one after the other; each changes a model."""


def as_it_was(network: Network) -> Any:
    """Return the model that a network was read from if it says exactly this network, without rounding; else None.

    O(time to read the model).
    """
    import onnx

    content = network.metadata.get(FILE)
    if content is None:
        return None
    model = onnx.ModelProto.FromString(content)
    found = _read(model)
    if found is None or not _same(network, found):
        return None
    try:
        onnx.checker.check_model(model)
    except onnx.checker.ValidationError:
        return None
    return model


def shorter(model: Any, most: int) -> Any:
    """Return a model of at most so many bytes that says the same, or the shortest that is found.

    O(time to read the model), for every way that makes it shorter.
    """
    import onnx

    if model.ByteSize() > LARGEST:
        return model
    wanted: Network | None = None
    for way in WAYS:
        if model.ByteSize() <= most:
            break
        candidate = onnx.ModelProto()
        candidate.CopyFrom(model)
        for change in way:
            change(candidate)
        if candidate.ByteSize() >= model.ByteSize():
            continue
        wanted = _read(model) if wanted is None else wanted
        found = _read(candidate)
        if wanted is not None and found is not None and _same(wanted, found):
            model = candidate
    return model


def _read(model: Any) -> Network | None:
    """Return what is read of a model; None if it is refused."""
    try:
        return read_model(model, Path("written.onnx"), model.ByteSize())
    except FormatError:
        return None


def _same(one: Network, other: Network) -> bool:
    """Tell whether two networks are the same, and their inputs and outputs are called the same."""
    return _ports(one) == _ports(other) and signature(canonical(one)) == signature(canonical(other))


def _ports(network: Network) -> list[tuple[Any, ...]]:
    """Return what is said of inputs and outputs."""
    return [(p.name, p.shape, p.dtype, p.layout) for p in (*network.inputs, *network.outputs)]
