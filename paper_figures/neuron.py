"""What one neuron computes: the ReLU of a weighted sum and a bias; the numbers are an exact forward pass."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import lumpform as lf
from lumpform.plotting import labelled_networks

WEIGHTS, BIAS = ["2", "-1", "1/2"], "1/2"
INPUTS = [Fraction(1), Fraction(3), Fraction(4)]

CAPTION = """One neuron. It has three inputs and a bias, and computes a weighted sum, then its positive part (ReLU).
On the left the sum is 3/2 and passes. On the right all inputs have the other sign, the sum is -1/2 and the value is
0. The node below is the unit node, whose arrow is the bias. The numbers are an exact forward pass."""


def draw() -> tuple[Any, list[dict[str, Any]]]:
    """Two inputs vectors, one on either side of the kink."""
    network = lf.Network.from_layers([([[w] for w in WEIGHTS], [BIAS]), ([[1]], None)])
    pairs, values, rows = [], [], []
    for scale in (Fraction(1), Fraction(-1)):
        x = [v * scale for v in INPUTS]
        (y,) = network.forward([x], exact=True)[0].tolist()
        z = sum((Fraction(w) * v for w, v in zip(WEIGHTS, x, strict=True)), Fraction(BIAS))
        if y != max(z, 0):
            raise RuntimeError("the forward pass is not the definition")
        shown = {("x0", i): str(v) for i, v in enumerate(x)}
        values.append({**shown, ("x1", 0): str(max(z, 0)), ("x2", 0): str(y)})
        pairs.append((f"relu({z}) = {y}", network))
        rows.append({"inputs": " ".join(map(str, x)), "sum": str(z), "value": str(y)})
    return labelled_networks(pairs, values=values), rows


if __name__ == "__main__":
    from common import run

    run(draw, "neuron", CAPTION)
