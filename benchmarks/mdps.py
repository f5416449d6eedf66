"""LumpForm against Storm's strong bisimulation on a folder of decision processes, alternately in one process.

    python benchmarks/mdps.py [FOLDER] [--only NAME ...] [--repeats N] [--ignore-actions]

Both read the same DRN files; only the lumping is timed: Storm's in doubles, ours in exact arithmetic with the proof.
Action names are respected by both (by neither with --ignore-actions). Wall seconds, the median of both sides taken
alternately; ours on as many threads as there are processors.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from storm_side import bisimulate

import lumpform as lf

DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "data" / "mdp"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison: 1 if a class count is not as expected, 2 if nothing can run."""
    parser = argparse.ArgumentParser(description="LumpForm against Storm on decision processes.")
    parser.add_argument("folder", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--ignore-actions", action="store_true")
    options = parser.parse_args(arguments)
    paths = [p for p in sorted(options.folder.glob("*.drn.gz")) if not options.only or name_of(p) in options.only]
    if not paths or find_spec("stormpy") is None:
        print(f"no models in {options.folder}" if not paths else "stormpy is not installed", file=sys.stderr)
        return 2
    counts = (
        json.loads((options.folder / "counts.json").read_text()) if (options.folder / "counts.json").exists() else {}
    )
    lf.lump(lf.read(paths[0]))  # kernels are compiled
    ratios, wrong = [], 0
    print(f"{'model':18} {'transitions':>12} {'classes':>8} {'Storm s':>9} {'ours s':>8} {'ratio':>6}")
    for path in paths:
        ratio, right = compare(path, options, counts.get(name_of(path), {}))
        ratios.append(ratio)
        wrong += not right
    print(f"median ratio {median(ratios):.2f} (goals: 1, and 2 on csma3_4), {wrong} class counts not as expected")
    return 1 if wrong else 0


def name_of(path: Path) -> str:
    """The name of a model."""
    return path.name.removesuffix(".drn.gz")


def compare(path: Path, options: Any, expected: dict[str, Any]) -> tuple[float, bool]:
    """One row: the median of both sides, alternately; the ratio, and whether the count is as expected."""
    model: Any = lf.read(path)
    theirs = storm_model(path, labelled=not options.ignore_actions)
    respect = ("labels",) if options.ignore_actions else ("labels", "actions")
    seconds: tuple[list[float], list[float]] = ([], [])
    ours = other = None
    for _ in range(options.repeats):
        other = clocked(lambda: bisimulate(theirs), seconds[0])
        ours = clocked(lambda: lf.lump(model, respect=respect), seconds[1])
    storm, here = median(seconds[0]), median(seconds[1])
    count, states = ours.partition.count if ours else 0, other.nr_states if other else 0
    wanted = expected.get("classes" if options.ignore_actions else "classes_with_action_names", count)
    print(f"{name_of(path):18} {model.edges:12,} {count:8,} {storm:9.4f} {here:8.4f} {storm / here:6.2f}", flush=True)
    if states != count:
        print(f"  Storm has {states:,} classes in doubles")
    return storm / here, count == wanted


def clocked(work: Callable[[], Any], seconds: list[float]) -> Any:
    """Return the result of a call, whose wall seconds are noted."""
    began = time.perf_counter()
    result = work()
    seconds.append(time.perf_counter() - began)
    return result


def storm_model(path: Path, *, labelled: bool) -> Any:
    """Storm's model of a compressed DRN file, in doubles."""
    developer: Any = import_module("stormpy.developer")
    chosen = developer.DirectEncodingParserOptions()
    chosen.build_choice_labeling = labelled
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "model.drn"
        plain.write_bytes(gzip.decompress(path.read_bytes()))
        return import_module("stormpy").build_model_from_drn(str(plain), options=chosen)


if __name__ == "__main__":
    sys.exit(main())
