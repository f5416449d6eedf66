"""Gives all figures the same look: colours that anybody can tell apart, text as text, and a picture in notebooks."""

from __future__ import annotations

import io
from functools import cache
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
}
DOTS = 90
"""Dots per inch in notebooks."""


@cache
def figure_class() -> Any:
    """Return the class of a matplotlib figure that belongs to no window and shows itself in a notebook.

    Raises
    ------
    MissingExtra
        If matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtra("drawing a figure", "draw") from None

    import matplotlib

    class Drawing(Figure):
        def savefig(self, *arguments: Any, **options: Any) -> None:
            with matplotlib.rc_context(SETTINGS):  # text as text, the same bytes every time
                super().savefig(*arguments, **options)

        def _repr_png_(self) -> bytes:
            out = io.BytesIO()
            self.savefig(out, format="png", dpi=DOTS)
            return out.getvalue()

    return Drawing


def new_figure(rows: int = 1, columns: int = 1, size: tuple[float, float] = (6.0, 3.6)) -> tuple[Any, Any]:
    """Return a figure with axes, in the style of all figures."""
    made = figure_class()
    import matplotlib

    with matplotlib.rc_context(SETTINGS):
        figure = made(figsize=size, layout="constrained")
        axes = figure.subplots(rows, columns)
    return figure, axes


def legend(axes: Any, **options: Any) -> None:
    """Add the legend of axes, or of a whole figure, in the style of all figures."""
    axes.legend(**{"fontsize": 8, "frameon": False, **options})
