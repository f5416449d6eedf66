"""Draws a chain with its classes in colour and its quotient beside it; a matrix sorted by class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lumpform.display.figure import MARKERS, PALETTE, new_figure
from lumpform.display.words import counted
from lumpform.errors import OptionError

if TYPE_CHECKING:
    from lumpform.graph.partition import Partition

MOST = 120
"""States that a drawing can show."""


def side_by_side(model: Any, lumping: Any = None, *, partition: Partition | None = None, quotient: Any = None) -> Any:
    """Draw a model with its classes in colour, and its quotient in the same colours.

    Parameters
    ----------
    model : MarkovChain or Network
    lumping : Lumping, optional
        From `lumpform.lump`; otherwise give `partition` and `quotient`.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    OptionError
        If the model is too large to draw.
    """
    shown: Any = lumping.partition if partition is None else partition
    quotient = lumping.quotient if quotient is None else quotient
    if model.domain == "network":
        from lumpform.networks.draw import draw

        return draw(model, shown, quotient)
    if model.states > MOST:
        raise OptionError(f"the chain has {counted(model.states, 'state')}, a drawing shows up to {MOST}")
    figure, axes = new_figure(1, 2, (8.0, 3.8))
    places = layout(model)
    small = layout(quotient)
    draw_chain(axes[0], model, places, shown.class_of.tolist())
    draw_chain(axes[1], quotient, small, list(range(quotient.states)))
    kind = "" if lumping is None else f", {lumping.kind} lumping"
    axes[0].set_title(f"{model.kind.upper()}, {counted(model.states, 'state')}", loc="left", fontsize=9)
    axes[1].set_title(f"{counted(quotient.states, 'class')}{kind}", loc="left", fontsize=9)
    for side in axes:
        side.set_xlim(-1.35, 1.35)
        side.set_ylim(-1.35, 1.35)
    return figure


def layout(chain: Any) -> Any:
    """Return places from networkx, the same every time, scaled to the square from -1 to 1, with state 0 on the left."""
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(range(chain.states))
    for s in range(chain.states):
        graph.add_edges_from((s, t) for t, _ in chain.weights.row(s) if s != t)
    found = _by_distances(graph) if nx.is_connected(graph) else nx.spring_layout(graph, seed=1)
    places = np.array([found[s] for s in range(chain.states)], dtype=float)
    x, y = places[0] - places.mean(axis=0)
    away = np.hypot(x, y)
    if away > 0.3 * np.abs(places - places.mean(axis=0)).max():  # not in the middle: then any side is as good
        places = places @ (np.array([[-x, y], [-y, -x]]) / away)
    centred = places - (places.max(axis=0) + places.min(axis=0)) / 2
    spread = np.abs(centred).max(axis=0)
    return centred / np.where(spread > 0.3 * spread.max(), spread, spread.max() or 1.0)  # fills its square


def _by_distances(graph: Any) -> Any:
    """Return places as far apart as along edges, from the better of two starts: one may end in crossings."""
    import networkx as nx

    wanted = nx.floyd_warshall_numpy(graph) + np.eye(len(graph))
    circle, spectrum = nx.circular_layout(graph), nx.spectral_layout(graph)
    starts = (
        circle,
        {s: spectrum[s] + 0.1 * circle[s] for s in graph},
    )  # no two in one place

    def strain(places: Any) -> float:
        points = np.array([places[s] for s in graph])
        apart = np.linalg.norm(points[:, None] - points, axis=-1)
        size = (apart / wanted).sum() / ((apart / wanted) ** 2).sum() if apart.any() else 1.0
        return float((((size * apart) / wanted - 1) ** 2).sum())

    return min((nx.kamada_kawai_layout(graph, pos=start) for start in starts), key=strain)


def draw_chain(axes: Any, chain: Any, places: Any, classes: list[int]) -> None:
    """Draw one chain on matplotlib axes: `places` (states, 2) from `layout`, a colour for every class."""
    axes.set_aspect("equal")
    axes.set_axis_off()
    largest = max((float(w) for s in range(chain.states) for t, w in chain.weights.row(s) if s != t), default=1.0)
    crowded = chain.states > 16
    for s in range(chain.states):
        for t, w in chain.weights.row(s):
            if s != t:
                back = any(u == s for u, _ in chain.weights.row(t))
                _edge(axes, places[s], places[t], float(w) / largest, "" if crowded else _number(w), 0.22 * back)
    for s in range(chain.states):
        c = classes[s]
        axes.plot(
            *places[s],
            marker=MARKERS[(c // len(PALETTE)) % len(MARKERS)],
            color=PALETTE[c % len(PALETTE)],
            markersize=7 if crowded else 15,
            markeredgecolor="white",
        )
        if not crowded:
            axes.annotate(str(s), places[s], ha="center", va="center", fontsize=7, color="white", weight="bold")


def _edge(axes: Any, start: Any, end: Any, weight: float, text: str, curve: float) -> None:
    """Draw an edge, bent where there is one back, with its weight nearer to its start than to its end."""
    width = 0.5 + 1.5 * weight
    bend = f"arc3,rad={curve}"
    style = {"arrowstyle": "-|>", "color": "#888888", "linewidth": width, "shrinkA": 8, "shrinkB": 8}
    axes.annotate("", end, start, arrowprops={**style, "connectionstyle": bend}, zorder=0)
    if text:
        part = 0.4
        control = (start + end) / 2 + curve * np.array([end[1] - start[1], start[0] - end[0]])
        at = (1 - part) ** 2 * start + 2 * part * (1 - part) * control + part**2 * end
        box = {"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.9}
        axes.annotate(text, at, ha="center", va="center", fontsize=7, color="#333333", bbox=box)


def _number(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 6 else f"{float(value):.3g}"


def matrix_by_class(chain: Any, partition: Partition, *, semantics: str = "generator") -> Any:
    """Draw a heat map of a chain's matrix as it is, and sorted by class, where blocks have constant row sums."""
    if chain.states > 600:
        raise OptionError(f"the chain has {counted(chain.states, 'state')}, a heat map shows up to 600")
    matrix = chain.arrow(semantics).floats()
    order = np.argsort(partition.class_of, kind="stable")
    edges = np.cumsum(partition.sizes)[:-1] - 0.5
    figure, axes = new_figure(1, 2, (8.0, 4.0))
    top = np.abs(matrix).max() or 1.0
    for side, shown, title in (
        (axes[0], matrix, "as in the file"),
        (axes[1], matrix[order][:, order], "sorted by class"),
    ):
        picture = side.imshow(shown, cmap="RdBu_r", vmin=-top, vmax=top, interpolation="nearest")
        side.set_title(title, loc="left", fontsize=9)
        side.set_xlabel("to state")
    axes[0].set_ylabel("from state")
    for edge in edges:
        axes[1].axhline(edge, color="black", linewidth=0.5)
        axes[1].axvline(edge, color="black", linewidth=0.5)
    figure.colorbar(picture, ax=axes, shrink=0.8)
    return figure
