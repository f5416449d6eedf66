"""Draws accuracy against what is left, method by method."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lumpform.display.figure import MARKERS, PALETTE, legend, new_figure
from lumpform.errors import OptionError

if TYPE_CHECKING:
    from lumpform.reduction.compare import Point

AXES = {
    "neurons": "hidden neurons left (%)",
    "parameters": "parameters left that are not zero (%)",
    "macs": "multiply-accumulates left (%)",
}


def tradeoff(points: Sequence[Point], *, axis: str = "parameters", title: str = "") -> Any:
    """Draw a line for every method: the score, or without answers the deviation, against what is left.

    Parameters
    ----------
    points : sequence of Point
        From `lumpform.reduction.compare.compare`; the original first.
    axis : {"neurons", "parameters", "macs"}
        What is counted. The ranking changes with it, so the label says it.

    Returns
    -------
    matplotlib.figure.Figure
    """
    if axis not in AXES:
        raise OptionError(f"axis is {axis!r}, expected one of {', '.join(AXES)}")
    figure, axes = new_figure()
    original = points[0]
    scored = original.score is not None
    whole = getattr(original, axis)
    methods = list(dict.fromkeys(p.method for p in points[1:]))
    for i, method in enumerate(methods):
        own = sorted((100 * getattr(p, axis) / whole, _height(p, scored)) for p in points[1:] if p.method == method)
        x, y = zip(*own, strict=True)
        style = {"color": PALETTE[i % len(PALETTE)], "marker": MARKERS[i % len(MARKERS)], "markersize": 4}
        axes.plot(x, y, linewidth=1.6 if "linear" in method else 1.0, label=method, **style)
    if scored:
        axes.axhline(_height(original, True), color="#888888", linewidth=0.8, linestyle=":")
        axes.text(0, _height(original, True), " original", va="bottom", fontsize=8, color="#555555")
    axes.set_xlabel(AXES[axis])
    axes.set_ylabel("score (%)" if scored else "largest deviation")
    axes.set_xlim(0, 100)
    axes.set_title(title, loc="left", fontsize=9)
    legend(axes, loc="lower right" if scored else "upper right")
    return figure


def _height(point: Point, scored: bool) -> float:
    return 100 * (point.score or 0.0) if scored else point.deviation
