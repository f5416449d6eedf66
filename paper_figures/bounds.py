"""The proved bound against the deviation found by search: networks within epsilon and linear, and chains over time."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

import lumpform as lf
from lumpform.chains.analysis import transient
from lumpform.chains.families import symmetric_processes
from lumpform.display.figure import PALETTE, legend, new_figure
from lumpform.reduction.nearly import approximate

BOX = (-1, 1)
SIZES = (1, 3, 10, 30, 100)
"""Of the noise on every rate, in thousandths."""
TIMES = tuple(Fraction(2) ** k for k in range(-4, 3))

CAPTION = """Bounds against deviations. Proved bounds against the deviation that a search found; on the grey line the
bound is met. Left: networks of 3-8-8-2 neurons reduced in three ways, on the box [-1, 1], with the cheap bound and
with branch and bound. Right: continuous-time chains of 32 states with noise on their rates, reduced within epsilon,
at seven times. No point can lie below the line; the distance is the price of the bound."""


def draw() -> tuple[Any, list[dict[str, Any]]]:
    """Points above the diagonal are sound; how far above is the price of the cheap bound."""
    rows = [*_networks(), *_chains()]
    figure, axes = new_figure(1, 2, (8.0, 3.6))
    for k, name in enumerate(("cheap bound", "branch and bound")):
        own = [r for r in rows if r["what"] == name]
        axes[0].scatter([r["true"] for r in own], [r["bound"] for r in own], s=12, color=PALETTE[k], label=name)
    own = [r for r in rows if r["what"] == "chain"]
    axes[1].scatter(
        [r["true"] for r in own], [r["bound"] for r in own], s=12, color=PALETTE[2], label="chains (CTMC), over time"
    )
    for side in axes:
        low = min(c.get_offsets().min() for c in side.collections)
        high = max(c.get_offsets().max() for c in side.collections)
        side.plot([low, high], [low, high], color="#888888", linewidth=0.7)
        side.set_xscale("log")
        side.set_yscale("log")
        side.set_xlabel("deviation found")
        side.set_ylabel("proved bound")
        legend(side)
    return figure, rows


def _networks() -> list[dict[str, Any]]:
    rows = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        sizes = [3, 8, 8, 2]
        layers = [
            ((rng.normal(size=(a, b)) / 2).tolist(), (rng.normal(size=b) / 4).tolist()) for a, b in pairwise(sizes)
        ]
        network = lf.Network.from_layers(layers)
        for options in ({"keep": 0.75}, {"keep": 0.5}, {"residual": 1}):
            small = approximate(network, **options)
            exact = small.deviation(BOX, ratio=1.2, timeout=5)
            if not exact.found:
                continue
            for what, bound in (("cheap bound", small.bound(BOX)), ("branch and bound", exact.bound)):
                rows.append({"what": what, "true": float(exact.found), "bound": float(bound)})
    return rows


def _chains() -> list[dict[str, Any]]:
    chain, rows = symmetric_processes(5), []
    rng = np.random.default_rng(0)
    for size in SIZES:
        table = []
        for s in range(chain.states):
            row = dict(chain.arrow().row(s))
            for t in row:
                if t != s:
                    row[t] *= 1 + Fraction(int(rng.integers(-100, 101)) * size, 100_000)
            table.append([row.get(t, Fraction(0)) if t != s else Fraction(0) for t in range(chain.states)])
        labels = {name: np.flatnonzero(mask) for name, mask in chain.labels.items()}
        noisy = lf.MarkovChain(table, kind="ctmc", labels=labels, initial=3)
        found = lf.reduce(noisy, epsilon=Fraction(size, 20), respect=("labels",))
        for time in TIMES:
            large, small = (np.asarray(transient(c, time=time).values, dtype=float) for c in (noisy, found.model))
            true = 0.5 * float(np.abs(found.partition.push(large) - small).sum())
            if true > 1e-11:
                rows.append({"what": "chain", "true": true, "bound": float(found.bound(time=time))})
    return rows


if __name__ == "__main__":
    from common import run

    run(draw, "bounds", CAPTION)
