"""Classes of nearly proportional neurons against baselines with the same number of neurons, as CSV with seeds.

    python benchmarks/proportional.py [--data ../shared/data/nets] [--fashion FOLDER] [--seeds 3] [--csv FILE]

The embedded digits and their classifier are always there. The other networks and samples are those of
`benchmarks/pruning.py`, which says where they are from; what is missing is said. A line of the CSV is one network
reduced by one method: its score (accuracy, or the coefficient of determination) in per cent on samples that no method
saw. Methods with data see 1,000 unlabelled inputs of the training part. Where settings are from says
docs/approximate.md for `proportional`, and the docstrings for the baselines.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from pruning import RATES, UNLABELLED, Task, digits, fashion, friedman

from lumpform.networks.samples import Samples, embedded_digits, embedded_network
from lumpform.reduction.compare import reduced

FREE = ("proportional", "folding", "folding-rescaled", "srinivas-babu", "neuron-merging", "magnitude-in")
AWARE = ("folding-repair", "grail-folding", "grail-gram", "grail-wanda", "grail-magnitude", "least-squares")
BELOW = {"folding": 0.3, "srinivas-babu": 0.0, "neuron-merging": 0.0, "magnitude-in": 0.0}
"""How far `proportional` may be below a baseline at any rate."""

Row = dict[str, Any]


def tasks(options: argparse.Namespace) -> Iterator[Task]:
    """Yield the tasks whose networks and samples are there, and say of the others why they are not."""
    nets, sklearn = options.data.is_dir(), find_spec("sklearn") is not None
    yield Task("embedded digits", [embedded_network()], embedded_digits(), embedded_digits(test=False).x[:UNLABELLED])
    if nets and sklearn:
        yield digits(options)
    else:
        print(f"skipped the digits of scikit-learn: that package or {options.data} is not there")
    if nets and options.fashion.is_dir():
        yield fashion(options)
    else:
        print(f"skipped Fashion-MNIST: {options.fashion} or {options.data} is not there")
    if sklearn:
        yield friedman(options)
    else:
        print("skipped Friedman's regression: scikit-learn is not there")


def measured(task: str, networks: list[Any], samples: Samples, data: Any, seeds: int) -> Iterator[Row]:
    """Yield a row for every network, method, rate, and for `proportional` every seed."""
    for number, network in enumerate(networks):
        base = {"task": task, "network": number}
        yield {**base, "method": "original", "inputs": 0, "removed": 0.0, "seed": "", **_scored(network, samples, 0.0)}
        for method in (*FREE, *AWARE):
            for rate in RATES:
                for seed in range(seeds) if method == "proportional" else ("",):
                    began = time.perf_counter()
                    small = reduced(network, method, rate, data=data, seed=seed or 0)
                    row = {**base, "method": method, "inputs": len(data) if method in AWARE else 0, "removed": rate}
                    yield {**row, "seed": seed, **_scored(small, samples, time.perf_counter() - began)}


def _scored(network: Any, samples: Samples, spent: float) -> Row:
    score = samples.score(network.forward(samples.x)) or 0.0
    return {"score": f"{100 * score:.2f}", "neurons": network.neurons, "seconds": f"{spent:.2f}"}


def show(task: str, rows: list[Row]) -> None:
    """Print means and spreads over networks and seeds, and where `proportional` is too low."""

    def scores(method: str, rate: float) -> Any:
        return np.array([float(r["score"]) for r in rows if r["method"] == method and r["removed"] == rate])

    print(f"{task}: original {scores('original', 0.0).mean():.2f}")
    for method in (*FREE, *AWARE):
        shown = [scores(method, rate) for rate in RATES]
        text = "  ".join(f"{s.mean():7.2f} ±{s.std():5.2f}" for s in shown)
        print(f"  {method:17s} {f'{UNLABELLED} inputs' if method in AWARE else 'data-free':12s} {text}", flush=True)
    for method, allowed in BELOW.items():
        for rate in RATES:
            gap = scores("proportional", rate).mean() - scores(method, rate).mean()
            if gap < -allowed:
                print(f"  goal missed: {-gap:.2f} below {method} at {rate:.0%}")


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data/nets"))
    parser.add_argument("--fashion", type=Path, default=Path("/usr/share/datasets/fashion-mnist"))
    parser.add_argument("--seeds", type=int, default=3, help="of assumed inputs")
    parser.add_argument("--csv", type=Path)
    options = parser.parse_args()
    print("removed in every hidden layer: " + ", ".join(f"{r:.0%}" for r in RATES))
    rows: list[Row] = []
    for task in tasks(options):
        found = list(measured(task.name, task.networks, task.samples, task.data, options.seeds))
        show(task.name, found)
        rows += found
        if options.csv is not None:
            with options.csv.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)


if __name__ == "__main__":
    main()
