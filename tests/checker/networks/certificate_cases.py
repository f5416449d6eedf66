"""A network in which every kind of step happens, its files, and certificates with one thing wrong."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import lumpform as lf
from lumpform.certificates.format import certificate_bytes
from lumpform.graph.graph import IDENTITY
from lumpform.networks.functions import RELU, leaky_relu

BOX = (("0", "1"), ("0", "1"))

LAYERS = [
    # 0 and 1 are proportional, 2 is dead, 3 is constant, 4 and 5 are opposite, 6 is not needed, 7 never switches on a
    # box
    (
        [[1, 2, 0, 0, 1, -2, 1, -1], [1, 2, 0, 0, -1, 2, -3, -2]],
        [0, 0, -1, 2, 0, 0, 1, 0],
        RELU,
    ),
    # a linear layer: 2 is the sum of 0 and 1, and 3 repeats one neuron
    (
        [
            [1, 0, 1, 0],
            [0, 1, 1, 0],
            [5, 5, 10, 0],
            [1, 1, 2, 0],
            [1, -1, 0, 0],
            [3, 0, 3, 0],
            [0, 0, 0, 0],
            [2, 0, 2, 1],
        ],
        [0, 1, 1, 0],
        IDENTITY,
    ),
    ([[1, 1, -1], [2, 1, 0], [1, 0, 1], [1, 1, 1]], [0, 1, 0], leaky_relu(Fraction(1, 4))),
    ([[1, 0], [-1, 3], [2, 1]], [1, 0], IDENTITY),
]

OPTIONS: dict[str, Any] = {"opposite": True, "linear": True, "stable": True, "box": BOX}


def network() -> Any:
    """The network above."""
    return lf.Network.from_layers(LAYERS)


def files(folder: Path, net: Any = None, **options: Any) -> tuple[str, str, dict[str, Any]]:
    """Model and reduced model as ONNX files, and the certificate as an object."""
    model, small = folder / "model.onnx", folder / "small.onnx"
    net = network() if net is None else net
    lf.write(net, model)
    reduction = lf.reduce(lf.read(model), **(options or OPTIONS))
    rounding = lf.write(reduction.model, small)
    certificate = reduction.certificate(None if rounding.exact else "float32")
    return str(model), str(small), json.loads(certificate_bytes(certificate))


Change = Callable[[dict[str, Any]], None]


def changed(certificate: dict[str, Any], change: Change) -> dict[str, Any]:
    """A copy with one thing changed."""
    result = copy.deepcopy(certificate)
    change(result)
    return result
