"""Draw a small network before and after its lumping, with merged neurons in the colour of their class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lumpform.display.figure import figure_class
from lumpform.errors import OptionError
from lumpform.graph.graph import Group
from lumpform.graph.partition import Partition
from lumpform.networks.network import ONE, Network
from lumpform.networks.recurrent import require_feed_forward

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MAX_NEURONS = 200
MAX_EDGES = 4000
"""Beyond this only the heaviest edges are drawn; more would be one grey area."""

PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
"""The palette of Okabe and Ito (2008), which people with any colour vision can tell apart."""

MARKERS = ("o", "s", "^", "D", "v", "P")
"""Shapes: with the palette they tell 42 classes apart, without colour still 6."""

ALONE, CONSTANT, EDGE = "#FFFFFF", "#000000", "#9A9A9A"


def draw(before: Network, partition: Partition, after: Network) -> Figure:
    """Draw a figure with the network on the left and its quotient on the right.

    Neurons of a class with several members have one colour and one shape, the same on both sides; neurons that stay
    alone are white circles, constants and dead neurons, which go into the biases, black crosses. The width of an edge
    shows the size of its weight. Biases are not drawn.

    Parameters
    ----------
    before : Network
    partition : Partition
        Of the nodes of `before`, as a lumping has it; class 0 is that of the unit node.
    after : Network
        The quotient. If further neurons were removed from it, they are missing on the right.

    Returns
    -------
    matplotlib.figure.Figure
        Not shown; save it with ``figure.savefig(path)``.

    Raises
    ------
    OptionError
        If the network has more than 200 nodes, or the partition is not one of its nodes.
    MissingExtra
        If matplotlib is not installed.
    """
    require_feed_forward("a drawing", before)
    made = figure_class()
    if before.graph.nodes - 1 > MAX_NEURONS:
        raise OptionError(f"{before.graph.nodes - 1} neurons are too many to draw, expected at most {MAX_NEURONS}")
    if len(partition.class_of) != before.graph.nodes:
        raise OptionError(f"a partition of {len(partition.class_of)} nodes for {before.graph.nodes}")
    styles = _styles(partition)
    old = {g.name: _classes(before, g, partition) for g in before.graph.groups[1:]}
    new = {}
    for group in after.graph.groups[1:]:
        kept = list(dict.fromkeys(c for c in old.get(group.name, []) if c != 0))
        new[group.name] = kept if len(kept) == group.size else [-1] * group.size
    columns = len(before.graph.groups) - 1
    tallest = max((g.size for g in before.graph.groups[1:]), default=1)
    figure = made(figsize=(2 * max(1.3 * columns, 3.2) + 0.6, min(max(0.24 * tallest, 3.2), 24)), layout="constrained")
    axes = figure.subplots(1, 2)
    for side, network, classes, title in ((axes[0], before, old, "before"), (axes[1], after, new, "after")):
        _panel(side, network, classes, styles, tallest)
        side.set_title(f"{title}: {network.neurons} hidden neurons", fontsize=11)
    _legend(figure, old, styles)
    return figure


def _styles(partition: Partition) -> dict[int, tuple[str, str]]:
    """Choose colour and shape of every class with several members."""
    counts = np.bincount(partition.class_of)
    shared = [c for c in np.flatnonzero(counts > 1).tolist() if c != 0]
    return {c: (PALETTE[i % len(PALETTE)], MARKERS[(i // len(PALETTE)) % len(MARKERS)]) for i, c in enumerate(shared)}


def _classes(network: Network, group: Group, partition: Partition) -> list[int]:
    start = network.graph.offset(group.name)
    return partition.class_of[start : start + group.size].tolist()


def _panel(
    side: Any, network: Network, classes: dict[str, list[int]], styles: dict[int, tuple[str, str]], tallest: int
) -> None:
    """Draw one network: groups from left to right, nodes centred, edges below them."""
    groups = network.graph.groups[1:]
    place: dict[str, tuple[float, Any]] = {
        g.name: (float(x), (g.size - 1) / 2 - np.arange(g.size)) for x, g in enumerate(groups)
    }
    _edges(side, network, place)
    size = float(np.clip(2400 / tallest, 14, 90))
    for group in groups:
        x, heights = place[group.name]
        for y, c in zip(heights, classes[group.name], strict=True):
            if c == 0:
                side.scatter(x, y, s=size * 0.6, c=CONSTANT, marker="x", linewidths=1.3, zorder=3)
                continue
            colour, marker = styles.get(c, (ALONE, "o"))
            side.scatter(x, y, s=size, c=colour, marker=marker, edgecolors="black", linewidths=0.7, zorder=3)
        side.text(x, -tallest / 2 - 0.4, f"{group.name}\n{group.size}", ha="center", va="top", fontsize=8)
    side.set_xlim(-0.4, len(groups) - 0.6)
    side.set_ylim(-tallest / 2 - 0.4 - 0.09 * tallest, tallest / 2 + 0.2)
    side.axis("off")


def _edges(side: Any, network: Network, place: dict[str, tuple[float, Any]]) -> None:
    from matplotlib.collections import LineCollection

    lines, weights = [], []
    for arrow in network.graph.arrows:
        if arrow.source == ONE:
            continue
        (x0, above), (x1, below) = place[arrow.source], place[arrow.target]
        for u, v, weight in arrow.weights.entries():
            lines.append(((x0, above[u]), (x1, below[v])))
            weights.append(abs(float(weight)))
    if not lines:
        return
    strength = np.array(weights) / max(max(weights), 1e-300)
    chosen = np.argsort(strength, kind="stable")[-MAX_EDGES:]
    thin = float(np.clip(300 / len(chosen), 0.25, 1.0))
    widths = thin * (0.25 + 1.5 * strength[chosen])
    side.add_collection(LineCollection([lines[i] for i in chosen], colors=EDGE, linewidths=widths, zorder=1))


def _legend(figure: Figure, classes: Mapping[str, Sequence[int]], styles: dict[int, tuple[str, str]]) -> None:
    from matplotlib.lines import Line2D

    def handle(label: str, colour: str, marker: str) -> Line2D:
        return Line2D(
            [], [], linestyle="", marker=marker, color=colour, markeredgecolor="black", markersize=7, label=label
        )

    members = [c for row in classes.values() for c in row]
    handles = [handle("alone", ALONE, "o")]
    handles += [handle(f"{members.count(c)} merged", *style) for c, style in list(styles.items())[:14]]
    if len(styles) > 14:
        handles.append(handle(f"and {len(styles) - 14} more classes", "none", ""))
    if 0 in members:
        handles.append(handle(f"{members.count(0)} constant or dead", CONSTANT, "x"))
    figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 6), fontsize=8, frameon=False)
