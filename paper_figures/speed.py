"""Time of exact lumping against transitions, beside Storm where it is installed (times vary from run to run)."""

from __future__ import annotations

import importlib.util
import time
from typing import Any

import lumpform as lf
from lumpform.chains import families
from lumpform.display.figure import MARKERS, PALETTE, new_figure

FAMILIES = ("workstation_cluster", "tandem", "symmetric_processes")
SIZES = (1_000, 10_000, 100_000, 400_000)
RUNS = 3


def draw() -> tuple[Any, list[dict[str, Any]]]:
    """The median of three runs of `lumpform.lump`, and of Storm's bisimulation in double precision, in one process."""
    lf.lump(families.sized("tandem", 1_000))  # kernels are compiled once
    rows = []
    for name in FAMILIES:
        for size in SIZES:
            chain = families.sized(name, size)
            row: dict[str, Any] = {"family": name, "transitions": chain.transitions, "states": chain.states}
            row["seconds"] = _median(lambda c=chain: lf.lump(c))
            row["storm"] = _storm(chain) if importlib.util.find_spec("stormpy") and chain.transitions < 200_000 else ""
            rows.append(row)
    figure, axes = new_figure(size=(5.6, 3.6))
    for i, name in enumerate(FAMILIES):
        own = [r for r in rows if r["family"] == name]
        label = name.replace("_", " ")
        style = {"color": PALETTE[i], "marker": MARKERS[i], "markersize": 4}
        axes.plot([r["transitions"] for r in own], [r["seconds"] for r in own], label=label, **style)
        storm = [(r["transitions"], r["storm"]) for r in own if r["storm"] != ""]
        if storm:
            axes.plot(*zip(*storm, strict=True), linestyle=":", label=f"{label}, Storm (double)", **style)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("transitions")
    axes.set_ylabel("seconds (exact, certified)")
    axes.legend(fontsize=7)
    return figure, rows


def _median(call: Any) -> float:
    spent = []
    for _ in range(RUNS):
        began = time.perf_counter()
        call()
        spent.append(time.perf_counter() - began)
    return sorted(spent)[RUNS // 2]


def _storm(chain: Any) -> float:
    from common import benchmark

    side = benchmark("storm_side")
    model = side.storm_model(chain, exact=False)
    return _median(lambda: side.bisimulate(model))


if __name__ == "__main__":
    from common import run

    run(draw, "speed")
