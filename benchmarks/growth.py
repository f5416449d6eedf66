"""How LumpForm's time grows with the size of a chain: four families from a thousand to ten million transitions.

    python benchmarks/growth.py [--from 1e3] [--to 1e7] [--step 10] [--repeats 5] [--json FILE]

The table shows seconds divided by m log2 n, relative to the value at about 1e5 transitions: 1.0 throughout would be
perfect O(m log n). What is measured: benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from chains import environment, fresh_copy, lump, progress, warm_up
from measure import timed

from lumpform.chains.families import FAMILIES, GROWTH, family, sized

REFERENCE = 100_000
LIMIT = 1.5
Record = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if a family leaves the limit between 1e5 and the largest size."""
    options = parse(arguments)
    warm_up(options.semantics, storm=False)
    sizes = wished(options.smallest, options.largest, options.step)
    families = options.family or list(GROWTH)
    results: dict[str, list[Record]] = {}
    print(f"{'family':<20} {'transitions':>12} {'states':>10} {'classes':>10} {'seconds':>9} {'relative to 1e5':>15}")
    for name in families:
        rows = [one(name, size, options) for size in sizes]
        rows = [row for i, row in enumerate(rows) if row["transitions"] not in {r["transitions"] for r in rows[:i]}]
        relate(rows)
        results[name] = rows
        for row in rows:
            print(
                f"{name:<20} {row['transitions']:>12,} {row['states']:>10,} {row['classes']:>10,} "
                f"{row['seconds']:>9.4f} {row['relative']:>15.2f}",
                flush=True,
            )
    print()
    worst = {name: beyond(rows) for name, rows in results.items()}
    for name, value in worst.items():
        if value is None:
            print(f"{name:<20} no size from 1e5 on measured")
        else:
            verdict = "within" if value <= LIMIT else "NOT within"
            about = f"{verdict} {LIMIT} ({FAMILIES[name].about})"
            print(f"{name:<20} at most {value:.2f} times m log n from 1e5 on: {about}")
    if options.json:
        document = {"environment": environment(), "limit": LIMIT, "families": results, "worst": worst}
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return 0 if all(v is None or v <= LIMIT for v in worst.values()) else 1


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--from", dest="smallest", type=float, default=1e3, metavar="M", help="fewest transitions")
    parser.add_argument("--to", dest="largest", type=float, default=1e7, metavar="M", help="most transitions")
    parser.add_argument("--step", type=float, default=10, metavar="F", help="factor between sizes (3.1623: finer)")
    parser.add_argument("--repeats", type=int, default=5, metavar="N", help="measured runs (median)")
    parser.add_argument("--semantics", choices=("rates", "generator"), default="rates", help="of CTMCs")
    parser.add_argument("--family", action="append", choices=tuple(FAMILIES), help=f"default: {', '.join(GROWTH)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured")
    options = parser.parse_args(arguments)
    if not (1 <= options.smallest <= options.largest <= 1e9 and options.step >= 1.1 and options.repeats >= 1):
        parser.error("expected 1 <= from <= to <= 1e9, step >= 1.1, repeats >= 1")
    return options


def wished(smallest: float, largest: float, step: float) -> list[int]:
    """Geometric sizes from smallest to largest."""
    count = math.floor(math.log(largest / smallest) / math.log(step) + 0.01) + 1
    return [round(smallest * step**k) for k in range(count)]


def one(name: str, size: int, options: argparse.Namespace) -> Record:
    """One member of a family: built (not timed), lumped several times, each time from a fresh chain."""
    progress(f"{name}, {size:,} transitions: building")
    chain = sized(name, size)
    spans = []
    for repeat in range(options.repeats + 1):  # the first run is not counted
        progress(f"{name}, {size:,} transitions: run {repeat} of {options.repeats}")
        fresh = fresh_copy(chain)
        spent, lumping = timed(lambda fresh=fresh: lump(fresh, options.semantics))
        spans.append(spent)
        classes = lumping.partition.count
        del fresh, lumping
    progress("")
    return {
        "wished": size,
        "parameter": family(name).nearest(size),
        "transitions": chain.transitions,
        "states": chain.states,
        "classes": classes,
        "seconds": median(spans[1:]),
        "all_seconds": spans[1:],
    }


def relate(rows: list[Record]) -> None:
    """Add ``relative``: seconds / (m log2 n) over the same at the size nearest to 1e5."""
    for row in rows:
        row["per_work"] = row["seconds"] / (row["transitions"] * math.log2(max(row["states"], 2)))
    base = min(rows, key=lambda row: abs(math.log(row["transitions"] / REFERENCE)))
    for row in rows:
        row["relative"] = row["per_work"] / base["per_work"]


def beyond(rows: list[Record]) -> float | None:
    """The largest relative value from the size nearest to 1e5 on; None if only smaller sizes were measured."""
    large = [row["relative"] for row in rows if row["wished"] >= REFERENCE]
    return max(large) if large else None


if __name__ == "__main__":
    sys.exit(main())
