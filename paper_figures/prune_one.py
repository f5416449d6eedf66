"""Pruning one neuron by lumping: a multiple of another neuron goes, and the outgoing weights are updated."""

from __future__ import annotations

from typing import Any

import lumpform as lf
from lumpform.plotting import labelled_networks

CAPTION = """Pruning one neuron by lumping. The incoming weights of neuron 1 are twice those of neuron 0 (both blue),
so its value is twice that of neuron 0 on all inputs. The two become one neuron with the outgoing weights 1 + 2 * 2 =
5 and 3 + 2 * (-1) = 1. The networks are proved equal on all inputs."""


def draw() -> tuple[Any, list[dict[str, Any]]]:
    """Before and after; the two are proved equal on all inputs."""
    network = lf.Network.from_layers([([[1, 2, 3], [2, 4, -1]], None), ([[1, 3], [2, -1], [1, 1]], None)])
    reduction = lf.reduce(network)
    verdict = lf.equivalent(network, reduction.model)
    if verdict.answer != "EQUIVALENT" or reduction.model.neurons != 2:
        raise RuntimeError(verdict.reason)
    both = {("x1", 0): 0, ("x1", 1): 0}
    figure = labelled_networks(
        [("neuron 1 is twice neuron 0", network), ("merged: 1 + 2 · 2 = 5 and 3 + 2 · (-1) = 1", reduction.model)],
        colours=[both, {("x1", 0): 0}],
        values=[{("x1", i): str(i) for i in range(3)}, {("x1", 0): "0", ("x1", 1): "2"}],
    )
    rows = [
        {"network": name, "arrow": a.name, "from": u, "to": v, "weight": str(w)}
        for name, n in (("before", network), ("after", reduction.model))
        for a in n.graph.arrows
        for u in range(a.weights.shape[0])
        for v, w in a.weights.row(u)
    ]
    return figure, rows


if __name__ == "__main__":
    from common import run

    run(draw, "prune_one", CAPTION)
