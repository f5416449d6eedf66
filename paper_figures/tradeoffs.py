"""Accuracy against neurons and against parameters for lumping and pruning; the ranking changes with the axis."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from lumpform.display.figure import MARKERS, PALETTE, legend, new_figure
from lumpform.networks.samples import embedded_digits, embedded_network
from lumpform.reduction.compare import compare

METHODS = ("linear-data", "linear", "folding", "srinivas-babu", "neuron-merging", "magnitude-in", "magnitude-global")
RATES = (0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9)

CAPTION = """Accuracy against size. Accuracy of the embedded classifier of digits (64-64-32-10) against the hidden
neurons left and against the parameters left. Linear-data sees 300 digits without labels, all other methods see
weights only, and none sees the test digits. magnitude-global
removes single weights and no neurons, so it is on the right only; the ranking depends on what is counted."""


def draw() -> tuple[Any, list[dict[str, Any]]]:
    """The embedded classifier of digits (64-64-32-10); linear-data sees 300 unlabelled digits, no method the test."""
    data = embedded_digits(test=False).x[:300]
    points = compare(embedded_network(), embedded_digits(), methods=METHODS, rates=RATES, data=data)
    figure, axes = new_figure(1, 2, (8.4, 3.6))
    for side, count in zip(axes, ("neurons", "parameters"), strict=True):
        whole = getattr(points[0], count)
        for i, method in enumerate(METHODS):
            if method == "magnitude-global" and count == "neurons":
                continue  # removes weights, and no neurons
            own = [p for p in points if p.method == method]
            x = [100 * getattr(p, count) / whole for p in own]
            style = {"color": PALETTE[i], "marker": MARKERS[i], "markersize": 3.5, "linewidth": 1}
            side.plot(x, [100 * (p.score or 0) for p in own], label=method, **style)
        side.axhline(100 * (points[0].score or 0), color="#888888", linewidth=0.7, linestyle=":")
        side.set_xlabel("hidden neurons left (%)" if count == "neurons" else "parameters left that are not zero (%)")
        side.set_ylabel("accuracy (%)")
        side.set_xlim(0, 102)
    legend(axes[1], fontsize=7)
    return figure, [{k: v for k, v in asdict(p).items() if k != "seconds"} for p in points]


if __name__ == "__main__":
    from common import run

    run(draw, "tradeoffs", CAPTION)
