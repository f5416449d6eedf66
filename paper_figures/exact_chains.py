"""Exact lumping of families of chains: classes against states."""

from __future__ import annotations

from typing import Any

import lumpform as lf
from lumpform.chains import families
from lumpform.display.figure import MARKERS, PALETTE, legend, new_figure

MEMBERS = {
    "symmetric processes": [(families.symmetric_processes, (k,)) for k in (3, 5, 7, 9, 11)],
    "Herman's ring": [(families.herman, (n,)) for n in (3, 5, 7, 9)],
    "workstation cluster": [(families.workstation_cluster, (n,)) for n in (2, 4, 8, 16)],
    "walk on a grid": [(families.grid_walk, (n,)) for n in (4, 8, 16, 32)],
    "bounded retransmission": [(families.brp, (n,)) for n in (4, 16, 64, 256)],
    "tandem queue": [(families.tandem, (n,)) for n in (3, 7, 15, 31)],
}

CAPTION = """Exact lumping of families of chains. Classes of the coarsest ordinary lumping against states, for members
of three families of continuous-time chains and three of discrete-time ones. Labels and rewards are respected. On the
dotted diagonal nothing could be lumped."""


def draw() -> tuple[Any, list[dict[str, Any]]]:
    """A line for each family; on the diagonal nothing can be lumped."""
    figure, axes = new_figure(size=(5.6, 4.0))
    rows = []
    for i, (name, members) in enumerate(MEMBERS.items()):
        points = []
        for make, arguments in members:
            chain = make(*arguments)
            lumping = lf.lump(chain)
            points.append((chain.states, lumping.partition.count))
            sizes = {"states": chain.states, "classes": lumping.partition.count}
            rows.append({"family": name, "kind": chain.kind, **sizes})
        style = {"color": PALETTE[i], "marker": MARKERS[i], "markersize": 4}
        axes.plot(*zip(*points, strict=True), linewidth=1, label=f"{name} ({rows[-1]['kind'].upper()})", **style)
    axes.plot([3, 3000], [3, 3000], color="#888888", linewidth=0.7, linestyle=":")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("states")
    axes.set_ylabel("classes of the ordinary lumping")
    legend(axes, fontsize=7)
    return figure, rows


if __name__ == "__main__":
    from common import run

    run(draw, "exact_chains", CAPTION)
