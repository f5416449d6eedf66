"""Draws accuracy against what is left, or what is left against the deviation that is proved, method by method."""

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


PROVED = "proved"
"""The axis of the largest deviation of an output on a box that is proved, of networks that have such a bound."""


def tradeoff(points: Sequence[Point], *, axis: str = "parameters", title: str = "") -> Any:
    """Draw a line for every method: the score, or without answers the deviation, against what is left.

    On the axis ``proved`` it is the share of hidden neurons left against the proved bound of the deviation.

    Parameters
    ----------
    points : sequence of Point
        From `lumpform.reduction.compare.compare`; the original first.
    axis : {"neurons", "parameters", "macs", "proved"}
        What is counted. The ranking changes with it, so the label says it.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    OptionError
        If there is no such axis, or no network has a proved bound on the axis of these.
    """
    if axis == PROVED:
        return _against_bounds(points, title)
    if axis not in AXES:
        raise OptionError(f"axis is {axis!r}, expected one of {', '.join([*AXES, PROVED])}")
    figure, axes = new_figure()
    original = points[0]
    scored = original.score is not None
    whole = getattr(original, axis)
    methods = list(dict.fromkeys(p.method for p in points[1:]))
    for i, method in enumerate(methods):
        own = sorted((100 * getattr(p, axis) / whole, _height(p, scored)) for p in points[1:] if p.method == method)
        x, y = zip(*own, strict=True)
        axes.plot(x, y, label=method, **_style(i, method))
    if scored:
        axes.axhline(_height(original, True), color="#888888", linewidth=0.8, linestyle=":")
        axes.text(0, _height(original, True), " original", va="bottom", fontsize=8, color="#555555")
    axes.set_xlabel(AXES[axis])
    axes.set_ylabel("score (%)" if scored else "largest deviation")
    axes.set_xlim(0, 100)
    axes.set_title(title, loc="left", fontsize=9)
    legend(axes, loc="lower right" if scored else "upper right")
    return figure


def _style(i: int, method: str) -> dict[str, Any]:
    style = {"color": PALETTE[i % len(PALETTE)], "marker": MARKERS[i % len(MARKERS)], "markersize": 4}
    return {**style, "linewidth": 1.6 if "linear" in method else 1.0}


def _against_bounds(points: Sequence[Point], title: str) -> Any:
    """Draw the share of hidden neurons left against the proved bound, of what has one."""
    bounded = [p for p in points[1:] if p.bound is not None]
    if not bounded:
        raise OptionError("no network has a proved bound, expected a box and methods that keep layers as they are")
    figure, axes = new_figure()
    for i, method in enumerate(dict.fromkeys(p.method for p in points[1:])):
        own = sorted((p.bound or 0.0, 100 * p.neurons / points[0].neurons) for p in bounded if p.method == method)
        if own:
            x, y = zip(*own, strict=True)
            axes.plot(x, y, label=method, **_style(i, method))
    axes.set_xlabel("largest deviation of an output on the box, proved")
    axes.set_ylabel(AXES["neurons"])
    positive = [p.bound for p in bounded if p.bound]
    if positive:
        axes.set_xscale("symlog", linthresh=min(positive))
    axes.set_ylim(0, 105)
    axes.set_title(title, loc="left", fontsize=9)
    axes.legend(fontsize=8, loc="lower left")
    return figure


def _height(point: Point, scored: bool) -> float:
    return 100 * (point.score or 0.0) if scored else point.deviation
