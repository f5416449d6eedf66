"""What all figures have in common: colours that anybody can tell apart, vector output with text as text."""

from __future__ import annotations

from typing import Any

from lumpform.errors import MissingExtra

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")
"""Okabe and Ito (2008)."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")

SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "lumpform",
    "pdf.fonttype": 42,
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "figure.dpi": 110,
}


def new_figure(rows: int = 1, columns: int = 1, size: tuple[float, float] = (6.0, 3.6)) -> tuple[Any, Any]:
    """A figure that belongs to no window, and its axes.

    Raises
    ------
    MissingExtra
        If matplotlib is not installed.
    """
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtra("drawing a figure", "draw") from None
    with matplotlib.rc_context(SETTINGS):
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.subplots(rows, columns)
    return figure, axes
