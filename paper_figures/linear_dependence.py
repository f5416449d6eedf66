"""A neuron whose incoming weights depend linearly on those of two others: exact where all three are active.

Under ReLU a combination with positive coefficients of neurons that are active is active too, so on a box where they are
the neuron is the same combination of their values, and its outgoing weights go to them.
"""

from __future__ import annotations

from typing import Any

import lumpform as lf
from lumpform.plotting import labelled_networks


def draw() -> tuple[Any, list[dict[str, Any]]]:
    """Before and after, proved equal for inputs in [0, 1]; and a witness that they differ elsewhere."""
    network = lf.Network.from_layers([([[1, 0, 2], [0, 1, 3]], None), ([[1, 1], [2, -1], [1, 1]], None)])
    small = lf.Network.from_layers([([[1, 0], [0, 1]], None), ([[3, 3], [5, 2]], None)])
    inside, outside = lf.equivalent(network, small, box=(0, 1)), lf.equivalent(network, small)
    if inside.answer != "EQUIVALENT" or outside.answer != "DIFFERENT":
        raise RuntimeError(f"{inside.reason}; {outside.reason}")
    figure = labelled_networks(
        [("neuron 3 = 2 · neuron 1 + 3 · neuron 2", network), ("outgoing weights go to neurons 1 and 2", small)],
        colours=[{("x1", 0): 0, ("x1", 1): 1}] * 2,
    )
    witness = outside.witness.inputs if outside.witness is not None else ()
    rows = [
        {"where": "inputs in [0, 1]", "answer": inside.answer, "reason": inside.reason},
        {"where": "all inputs", "answer": outside.answer, "reason": f"at {', '.join(map(str, witness))}"},
    ]
    return figure, rows


if __name__ == "__main__":
    from common import run

    run(draw, "linear_dependence")
