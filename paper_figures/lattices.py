"""Exact lumping of lattice networks: a difference of maxima of linear functions, as two-level lattices are built."""

from __future__ import annotations

from typing import Any

import numpy as np

import lumpform as lf
from lumpform.display.figure import PALETTE, legend, new_figure

PIECES = (8, 16, 32, 64, 128)
LABELS = {
    "neurons": "as built",
    "lumped": "exact lumping",
    "with opposite pairs": "with opposite pairs and linear dependence",
}

CAPTION = """Exact lumping of lattice networks. Hidden neurons of lattice networks (differences of maxima of linear
functions, computed by comparisons two by two): as built, after exact lumping, and after exact lumping with opposite
pairs and linear dependence. Every reduced network is proved equal to the one that it came from, on all inputs."""


def lattice(inputs: int, pieces: int, seed: int) -> Any:
    """The largest of half of the linear functions minus that of the others, by comparisons two by two."""
    rng = np.random.default_rng(seed)
    weights, shift = rng.integers(-3, 4, (inputs, pieces)), rng.integers(-2, 3, pieces)
    layers, width = [], pieces
    while width > 2:
        half = width // 2
        into, out = np.zeros((width, 3 * half), dtype=int), np.zeros((3 * half, half), dtype=int)
        for p in range(half):  # max(a, b) = relu(a - b) + relu(b) - relu(-b)
            into[2 * p, 3 * p], into[2 * p + 1, 3 * p : 3 * p + 3] = 1, (-1, 1, -1)
            out[3 * p : 3 * p + 3, p] = 1, 1, -1
        layers.append(((weights @ into).tolist(), (shift @ into).tolist()))
        weights, shift, width = out, np.zeros(half, dtype=int), half
    return lf.Network.from_layers([*layers, ((weights @ np.array([[1], [-1]])).tolist(), None)])


def draw() -> tuple[Any, list[dict[str, Any]]]:
    """Neurons before, after lumping, and with opposite pairs and linear dependence; each result is proved equal."""
    rows = []
    for pieces in PIECES:
        network = lattice(3, pieces, seed=pieces)
        plain, more = lf.reduce(network).model, lf.reduce(network, opposite=True, linear=True).model
        for small in (plain, more):
            if lf.equivalent(network, small, stages=("joint", "forms")).answer != "EQUIVALENT":
                raise RuntimeError("a reduced lattice was not proved equal")
        rows.append(
            {
                "pieces": pieces,
                "neurons": network.neurons,
                "lumped": plain.neurons,
                "with opposite pairs": more.neurons,
            }
        )
    figure, axes = new_figure(size=(5.6, 3.4))
    places = np.arange(len(rows))
    for k, (name, label) in enumerate(LABELS.items()):
        bars = axes.bar(places + 0.27 * (k - 1), [r[name] for r in rows], 0.25, label=label, color=PALETTE[k])
        axes.bar_label(bars, fontsize=6)
    axes.set_xticks(places, [str(r["pieces"]) for r in rows])
    axes.set_xlabel("linear pieces of the lattice")
    axes.set_ylabel("hidden neurons")
    legend(axes)
    return figure, rows


if __name__ == "__main__":
    from common import run

    run(draw, "lattices", CAPTION)
