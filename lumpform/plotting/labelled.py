"""Draws a small network with its weights written on the edges, as papers do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lumpform.display.figure import PALETTE, new_figure
from lumpform.networks.recurrent import require_feed_forward

RADIUS = 0.13


def labelled_networks(
    pairs: list[tuple[str, Any]],
    *,
    colours: Sequence[Mapping[tuple[str, int], int]] | None = None,
    values: list[dict[tuple[str, int], str]] | None = None,
    size: tuple[float, float] | None = None,
) -> Any:
    """Draw networks side by side, every edge with its weight.

    Parameters
    ----------
    pairs : list of (title, Network)
    colours : list of mappings from (group, index) to a number, optional
        For every network: neurons of one number have one colour, in all drawings.
    values : list of mappings from (group, index) to a text, optional
        For every network: what is written into its nodes.

    Returns
    -------
    matplotlib.figure.Figure
    """
    for _, network in pairs:
        require_feed_forward("a drawing", network)
    figure, axes = new_figure(1, len(pairs), size or (3.6 * len(pairs), 2.9))
    sides = np.atleast_1d(axes)
    for k, (title, network) in enumerate(pairs):
        draw_network(sides[k], network, {} if colours is None else colours[k], {} if values is None else values[k])
        sides[k].set_title(title, loc="left", fontsize=9)
    low = min(side.get_ylim()[0] for side in sides)
    high = max(side.get_ylim()[1] for side in sides)
    for side in sides:
        side.set_ylim(low, high)  # one scale, and titles at one height
    if size is None:
        widest = max(side.get_xlim()[1] - side.get_xlim()[0] for side in sides)
        figure.set_size_inches(3.6 * len(pairs), 3.6 * (high - low) / widest + 0.35)
    return figure


def draw_network(
    axes: Any, network: Any, colours: Mapping[tuple[str, int], int], values: Mapping[tuple[str, int], str]
) -> None:
    """Draw one network on matplotlib axes; see `labelled_networks`."""
    axes.set_axis_off()
    axes.set_aspect("equal")
    places: dict[tuple[str, int], tuple[float, float]] = {}
    groups = [g for g in network.graph.groups if g.size]
    inner = [g for g in groups if g.name != groups[0].name]
    for x, group in enumerate(inner):
        for i in range(group.size):
            places[group.name, i] = (1.35 * x, -0.75 * (i - (group.size - 1) / 2))
    bottom = min(y for _, y in places.values()) - 0.75
    biased = [a for a in network.graph.arrows if a.source == groups[0].name and a.weights.nnz]
    if biased:
        places[groups[0].name, 0] = (0.35, bottom)
    for arrow in network.graph.arrows:
        if arrow.source == groups[0].name and not biased:
            continue
        for u, v, w in arrow.weights.entries():
            _edge(axes, places[arrow.source, u], places[arrow.target, v], str(w), v, arrow.source == groups[0].name)
    for (name, i), (x, y) in places.items():
        number = colours.get((name, i))
        colour = "white" if number is None else PALETTE[number % len(PALETTE)]
        text = values.get((name, i), "1" if name == groups[0].name else "")
        from matplotlib.patches import Circle

        axes.add_patch(Circle((x, y), RADIUS, facecolor=colour, edgecolor="black", linewidth=0.9, zorder=2))
        ink = "black" if number is None else "white"
        axes.annotate(text, (x, y), ha="center", va="center", fontsize=7, zorder=3, color=ink)
    xs, ys = zip(*places.values(), strict=True)
    axes.set_xlim(min(xs) - 0.3, max(xs) + 0.3)
    axes.set_ylim(min(ys) - 0.3, max(ys) + 0.3)


def _edge(axes: Any, start: Any, end: Any, text: str, index: int, bias: bool) -> None:
    a, b = np.array(start), np.array(end)
    axes.plot(*zip(a, b, strict=True), color="#BBBBBB" if bias else "#888888", linewidth=0.8, zorder=0)
    at = a + (0.24 + 0.11 * (index % 2)) * (b - a)  # near the source, where edges of one node are apart and few cross
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.4}
    axes.annotate(text, at, ha="center", va="center", fontsize=7, color="#333333", bbox=box, zorder=1)
