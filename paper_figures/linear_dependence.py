"""A neuron whose incoming weights depend linearly on those of two others: exact where all three are active.

Under ReLU a combination with positive coefficients of neurons that are active is active too, so on a box where they are
the neuron is the same combination of their values, and its outgoing weights go to them.
"""

from __future__ import annotations

from typing import Any

import lumpform as lf
from lumpform.plotting import labelled_networks

CAPTION = """Linear dependence. The incoming weights of neuron 2 are twice those of neuron 0 plus three times those of
neuron 1. Where both of these are active neuron 2 is active too, and its outgoing weights can go to them. The networks
are proved equal for inputs in [0, 1]; elsewhere they differ, and the CSV names an input."""


def draw() -> tuple[Any, list[dict[str, Any]]]:
    """Before and after, proved equal for inputs in [0, 1]; and a witness that they differ elsewhere."""
    network = lf.Network.from_layers([([[1, 0, 2], [0, 1, 3]], None), ([[1, 1], [2, -1], [1, 1]], None)])
    small = lf.Network.from_layers([([[1, 0], [0, 1]], None), ([[3, 3], [5, 2]], None)])
    inside, outside = lf.equivalent(network, small, box=(0, 1)), lf.equivalent(network, small)
    if inside.answer != "EQUIVALENT" or outside.answer != "DIFFERENT":
        raise RuntimeError(f"{inside.reason}; {outside.reason}")
    figure = labelled_networks(
        [("neuron 2 = 2 · neuron 0 + 3 · neuron 1", network), ("its outgoing weights go to 0 and 1", small)],
        colours=[{("x1", 0): 0, ("x1", 1): 1}] * 2,
        values=[{("x1", i): str(i) for i in range(3)}, {("x1", i): str(i) for i in range(2)}],
    )
    witness = outside.witness.inputs if outside.witness is not None else ()
    rows = [
        {"where": "inputs in [0, 1]", "answer": inside.answer, "reason": inside.reason},
        {"where": "all inputs", "answer": outside.answer, "reason": f"at {', '.join(map(str, witness))}"},
    ]
    return figure, rows


if __name__ == "__main__":
    from common import run

    run(draw, "linear_dependence", CAPTION)
