"""Equivalence of a network with planted duplicates and its lumped copy: our time and a plain encoding's, by size."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lumpform.display.figure import PALETTE, legend, new_figure

HIDDEN = (4, 8, 12, 16, 24, 32)
INPUTS = 4
LIMIT = 10.0

CAPTION = """Time to prove equality. Seconds of processor time until two networks with two hidden layers are proved
equal on all inputs, against the hidden neurons of the larger one; the smaller is its lumped copy. A plain encoding of
both networks into Z3 is given ten of them (dotted line). One pair is decided before the clock starts, so that imports
are not counted."""


def draw() -> tuple[Any, list[dict[str, Any]]]:
    """Two hidden layers; the plain encoding gets ten seconds. Every answer is compared with the known one."""
    from common import benchmark

    bench = benchmark("equivalence")
    bench.ours(*bench.planted(INPUTS, [4, 4], seed=0), LIMIT)  # imports
    rows = []
    for width in HIDDEN:
        pair = bench.planted(INPUTS, [width, width], seed=width)
        times = {}
        for name, decide in (("LumpForm", bench.ours), ("plain encoding into Z3", bench.naive)):
            began = time.process_time()
            with _limited():
                answer = decide(*pair, 100 * LIMIT)
            times[name] = LIMIT if answer == "-" else time.process_time() - began
            if answer not in ("equal", "-"):
                raise RuntimeError(f"{name} is wrong")
        rows.append({"neurons": 2 * width, **{k: round(v, 4) for k, v in times.items()}})
    figure, axes = new_figure(size=(5.2, 3.4))
    for k, name in enumerate(("LumpForm", "plain encoding into Z3")):
        axes.plot([r["neurons"] for r in rows], [r[name] for r in rows], color=PALETTE[k], marker="os"[k], label=name)
    axes.axhline(LIMIT, color="#888888", linewidth=0.7, linestyle=":")
    axes.annotate("limit: no answer", (rows[0]["neurons"], LIMIT), va="bottom", fontsize=7)
    axes.set_yscale("log")
    axes.set_xlabel("hidden neurons of the larger network")
    axes.set_ylabel("processor seconds to prove equality")
    axes.set_ylim(top=3 * LIMIT)
    legend(axes, loc="center right")
    return figure, rows


@contextmanager
def _limited() -> Iterator[None]:
    """Stop Z3 after `LIMIT` seconds of processor time: its own limit counts what other programs take as well."""
    import z3

    done, began = threading.Event(), time.process_time()

    def watch() -> None:
        while not done.wait(0.05):
            if time.process_time() - began > LIMIT:
                z3.main_ctx().interrupt()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


if __name__ == "__main__":
    from common import run

    run(draw, "equivalence_time", CAPTION)
