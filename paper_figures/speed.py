"""Time of exact lumping against transitions, beside Storm where it is installed (times vary from run to run)."""

from __future__ import annotations

import importlib.util
import time
from typing import Any

import lumpform as lf
from lumpform.chains import families
from lumpform.display.figure import MARKERS, PALETTE, legend, new_figure

FAMILIES = ("workstation_cluster", "tandem", "symmetric_processes")
SIZES = (1_000, 10_000, 100_000, 400_000)
RUNS = 5

CAPTION = """Time of exact lumping. Seconds of processor time of ordinary lumping, certificate included, against
transitions, for three families of continuous-time chains; dotted lines are Storm's bisimulation in double precision
on the same chains in the same process, where it is installed. Each point is the fastest of five runs after one that
is not counted, which compiles what is compiled on first use."""


def draw() -> tuple[Any, list[dict[str, Any]]]:
    """The fastest of five runs of `lumpform.lump`, and of Storm's bisimulation in double precision, in one process."""
    rows = []
    for name in FAMILIES:
        for size in SIZES:
            chain = families.sized(name, size)
            row: dict[str, Any] = {"family": name, "transitions": chain.transitions, "states": chain.states}
            row["seconds"] = _fastest(lambda c=chain: lf.lump(c))
            row["storm"] = _storm(chain) if importlib.util.find_spec("stormpy") else ""
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
    axes.set_ylabel("processor seconds (exact and certified)")
    legend(axes, fontsize=7)
    return figure, rows


def _fastest(call: Any) -> float:
    spent = []
    call()  # kernels are compiled, and files read, once
    for _ in range(RUNS):
        began = time.process_time()
        call()
        spent.append(time.process_time() - began)
    return min(spent)


def _storm(chain: Any) -> float:
    from common import benchmark

    side = benchmark("storm_side")
    model = side.storm_model(chain, exact=False)
    return _fastest(lambda: side.bisimulate(model))


if __name__ == "__main__":
    from common import run

    run(draw, "speed", CAPTION)
