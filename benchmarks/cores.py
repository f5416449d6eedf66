"""What threads gain: a chain in memory, lumped and certified by one thread and by several, alternately.

    python benchmarks/scale.py cores [--components 22] [--threads 1,2] [--repeats 3] [--json FILE]

The chain is `components`: 2^K states with K transitions each. Shown are medians of the seconds from the chain in memory
to the certified partition, and how many times faster than one thread that is. The goal is that
16 threads are at least six times as fast as one. What two threads gain on real models: `chains.py --one-thread`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from measure import timed

import lumpform as lf
from lumpform.chains.families.huge import components

GOALS = {16: 6.0}
"""How many times one thread so many threads are to be."""

Record = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if a number of classes is wrong or a goal is missed."""
    options = parse(arguments)
    half, rest = options.components // 2, options.components - options.components // 2
    chain, records, good = components(options.components).whole(), [], True
    print(f"components {options.components}: {chain.states:,} states, {chain.transitions:,} transitions")
    for semantics in ("rates", "generator"):
        times: dict[int, list[float]] = {count: [] for count in options.threads}
        for _ in range(options.repeats + 1):  # the first time compiles, and is not counted
            for count, spent in times.items():
                with threads(count):
                    seconds, lumping = timed(lambda s=semantics: lf.lump(chain, semantics=s))
                spent.append(seconds)
                good &= lumping.partition.count == (half + 1) * (rest + 1)
        middle = {count: median(spent[1:]) for count, spent in times.items()}
        for count, spent in middle.items():
            gain, goal = middle[min(middle)] / spent, GOALS.get(count)
            good &= goal is None or gain >= goal
            told = "" if goal is None else f" (goal {goal})"
            print(f"{semantics:<10} {count:>3} threads {spent:7.2f} s  {gain:5.2f} times one thread{told}", flush=True)
        records.append({"semantics": semantics, "seconds": middle, "all_seconds": times})
    if options.json:
        options.json.write_text(json.dumps(records, indent=1) + "\n", encoding="utf-8")
    return int(not good)


@contextmanager
def threads(count: int) -> Any:
    """Use so many threads."""
    before = os.environ.get("LUMPFORM_THREADS")
    os.environ["LUMPFORM_THREADS"] = str(count)
    try:
        yield
    finally:
        if before is None:
            del os.environ["LUMPFORM_THREADS"]
        else:
            os.environ["LUMPFORM_THREADS"] = before


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--components", type=int, default=22, metavar="K")
    parser.add_argument("--threads", default="", help="counts, by default 1 and as many as there are")
    parser.add_argument("--repeats", type=int, default=3, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured")
    options = parser.parse_args(arguments)
    options.threads = [int(t) for t in (options.threads or f"1,{os.cpu_count()}").split(",")]
    if not (4 <= options.components <= 28 and options.repeats >= 1 and min(options.threads) >= 1):
        parser.error("expected 4 <= K <= 28, N >= 1, threads >= 1")
    options.threads = sorted(set(options.threads))
    return options


if __name__ == "__main__":
    sys.exit(main())
