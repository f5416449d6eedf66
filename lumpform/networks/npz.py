"""Fully connected networks in NumPy archives: ``W1, b1, W2, b2, ...``.

Layer l computes ``x @ Wl + bl`` (W is inputs x outputs; a bias may be missing), with ReLU between layers and none at the
end. Floats are kept as the dyadic rationals that they are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from lumpform.errors import FormatError, ModelError
from lumpform.networks.network import Network
from lumpform.npzfile import MAX_BYTES, Archive

SUPPORTED = tuple(np.dtype(t) for t in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4"))


def read_npz(path: str | Path, *, max_bytes: int = MAX_BYTES) -> Network:
    """The network in an archive.

    Raises
    ------
    FormatError
        If arrays are missing, have the wrong shape or type, or do not fit together.
    """
    path = Path(path)
    layers: list[tuple[Any, Any]] = []
    with Archive(path, max_bytes=max_bytes) as archive:
        names = set(archive.names)
        while f"W{len(layers) + 1}" in names:
            number = len(layers) + 1
            weights = archive.matrix(f"W{number}", "fiu")
            bias = archive.array(f"b{number}", "fiu") if f"b{number}" in names else None
            _check(path, number, weights, bias)
            layers.append((weights, bias))
        known = {f"{letter}{i + 1}" for i in range(len(layers)) for letter in "Wb"}
        if names - known:
            raise FormatError(path, f"array {min(names - known)!r}", "a name outside the layout", "W1, b1, W2, b2, ...")
    try:
        return Network.from_layers(layers)
    except ModelError as error:
        raise FormatError(path, "", str(error), "layers that fit together") from None


def _check(path: Path, number: int, weights: Any, bias: Any) -> None:
    for name, array in ((f"W{number}", weights), (f"b{number}", bias)):
        if array is not None and array.dtype.kind == "f" and not np.isfinite(array).all():
            raise FormatError(path, f"array {name!r}", "a number that is not finite", "finite weights")
        if array is not None and array.dtype not in SUPPORTED:
            raise FormatError(path, f"array {name!r}", f"type {array.dtype}", "float32, float64, float16 or integers")
    if 0 in weights.shape:
        raise FormatError(path, f"array 'W{number}'", f"the shape {list(weights.shape)}", "inputs x outputs, none zero")
    if bias is not None and bias.shape != (weights.shape[1],):
        raise FormatError(path, f"array 'b{number}'", f"{bias.size} numbers", f"{weights.shape[1]}")
