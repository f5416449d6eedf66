"""Removing neurons: linear lumping, polished or not, against baselines, and goals beside what is reached.

    python benchmarks/pruning.py [--data ../shared/data/nets] [--fashion FOLDER] [--tasks digits ...] [--csv FILE]

Tasks. From a plain clone: the embedded classifier of digits (64-64-32-10), and a sine (1-16-16-1). With scikit-learn:
Friedman's first function of ten variables, three networks of 10-64-64-1 trained here, which played no part in any
choice. With the networks in --data: three each of 64-128-128-10 (scikit-learn's digits), also with inputs and weights
times and by 16, and 784-256-256-10 (Fashion-MNIST: IDX files as in the Debian package dataset-fashion-mnist). What is
missing is skipped, in words. Figures are means over the networks, and for methods that draw samples over seeds 0, 1,
...; accuracy, or the coefficient of determination, in per cent. The CSV file has a line for each reduction.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

import lumpform as lf
from lumpform.networks.samples import Samples, embedded_digits, embedded_network, read_samples
from lumpform.reduction.compare import reduced

RATES = (0.25, 0.5, 0.75, 0.9)
OURS = ("linear", "polished", "linear-data", "polished-data")
BASELINES = ("magnitude-in", "srinivas-babu", "neuron-merging", "folding", "least-squares")
UNLABELLED = 1000

GOALS = {
    ("digits", "linear"): {0.75: 96.8, 0.9: 90.0},
    ("digits", "polished"): {0.75: 97.5, 0.9: 95.6},
    ("digits", "polished-data"): {0.75: 97.6, 0.9: 95.8},
    ("Fashion-MNIST", "linear"): {0.75: 85.5, 0.9: 72.0},
    ("Fashion-MNIST", "polished"): {0.75: 86.3, 0.9: 80.0},
    ("Fashion-MNIST", "polished-data"): {0.75: 87.8, 0.9: 84.5},
    ("Friedman", "polished"): {0.75: 91.0, 0.9: 84.0},
    ("sine", "linear"): {0.25: 97.0, 0.5: 97.0, 0.75: 90.0},
}


@dataclass(frozen=True)
class Task:
    """Networks, test samples, and unlabelled training inputs."""

    name: str
    networks: list[Any]
    samples: Samples
    data: Any


@dataclass(frozen=True)
class Row:
    """One reduction."""

    task: str
    method: str
    removed: float
    network: int
    seed: int
    score: float
    seconds: float


def sklearn(part: str) -> Any:
    """A part of scikit-learn, which only this script needs."""
    return import_module(f"sklearn.{part}")


def embedded(options: Any) -> Task:
    """The classifier that the package ships."""
    return Task("embedded digits", [embedded_network()], embedded_digits(), embedded_digits(test=False).x[:UNLABELLED])


def sine(options: Any) -> Task:
    """The network of the how-to page; `lumpform demo` keeps the same file."""
    x = np.linspace(0, 2 * np.pi, 1001)[:, None]
    drawn = np.random.default_rng(0).uniform(0, 2 * np.pi, (UNLABELLED, 1))
    network = lf.read(Path(lf.__file__).parent / "data" / "sine.npz", lf.Network)
    return Task("sine", [network], Samples(x, np.sin(x[:, 0]), "sine"), drawn)


def digits(options: Any) -> Task:
    """Scikit-learn's digits in [0, 1]."""
    x, y = sklearn("datasets").load_digits(return_X_y=True)
    split = sklearn("model_selection").train_test_split(x / 16, y, test_size=0.3, random_state=0, stratify=y)
    networks = [lf.read(options.data / f"digits_s{s}.npz", lf.Network) for s in range(3)]
    return Task("digits", networks, Samples(split[1], split[3].astype(np.int64), "digits"), split[0][:UNLABELLED])


def digits_16(options: Any) -> Task:
    """The same with inputs from 0 to 16, which the first layer divides again."""
    from lumpform.graph.weights import DenseWeights

    task = digits(options)
    networks = []
    for network in task.networks:
        arrows = [
            replace(a, weights=DenseWeights.from_array(a.weights.floats() / 16)) if a.source == "x0" else a
            for a in network.graph.arrows
        ]
        networks.append(network.with_graph(replace(network.graph, arrows=tuple(arrows))))
    samples = Samples(task.samples.x * 16, task.samples.y, "digits")
    return Task("digits times 16", networks, samples, task.data * 16)


def fashion(options: Any) -> Task:
    """The 10,000 test images."""
    folder = options.fashion
    samples = read_samples(folder / "t10k-images-idx3-ubyte.gz", folder / "t10k-labels-idx1-ubyte.gz")
    data = read_samples(folder / "train-images-idx3-ubyte.gz").x[:UNLABELLED]
    return Task(
        "Fashion-MNIST", [lf.read(options.data / f"fashion_s{s}.npz", lf.Network) for s in range(3)], samples, data
    )


def friedman(options: Any) -> Task:
    """Networks that are trained here; inputs are standardised."""
    import warnings

    x, y = sklearn("datasets").make_friedman1(n_samples=6000, noise=0.5, random_state=0)
    x = (x - 0.5) / np.sqrt(1 / 12)
    networks = []
    for seed in range(3):
        model = sklearn("neural_network").MLPRegressor(
            hidden_layer_sizes=(64, 64), random_state=seed, max_iter=60, tol=0.0, n_iter_no_change=1000
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(x[:4000], y[:4000])
        layers = [(w.tolist(), b.tolist()) for w, b in zip(model.coefs_, model.intercepts_, strict=True)]
        networks.append(lf.Network.from_layers(layers))
    return Task("Friedman", networks, Samples(x[4000:], y[4000:], "Friedman"), x[:UNLABELLED])


TASKS: dict[str, Callable[[Any], Task]] = {
    "embedded": embedded,
    "sine": sine,
    "digits": digits,
    "digits-16": digits_16,
    "friedman": friedman,
    "fashion": fashion,
}


def measured(task: Task, method: str, rates: list[float], seeds: int) -> Iterator[Row]:
    """Every network, rate and seed."""
    for rate in rates:
        for seed in range(seeds if method in OURS else 1):
            for i, network in enumerate(task.networks):
                began = time.perf_counter()
                small = reduced(network, method, rate, data=task.data, seed=seed)
                spent = time.perf_counter() - began
                score = 100 * (task.samples.score(small.forward(task.samples.x)) or 0.0)
                yield Row(task.name, method, rate, i, seed, round(score, 4), round(spent, 2))


def show(task: Task, method: str, rows: list[Row]) -> None:
    """A line for each method: means, their spread over seeds, and goals."""
    goals = GOALS.get((task.name, method), {})
    cells = []
    for rate in sorted({r.removed for r in rows}):
        scores = [[r.score for r in rows if (r.removed, r.seed) == (rate, s)] for s in {r.seed for r in rows}]
        means = np.mean(scores, axis=1)
        goal = f" (goal {goals[rate]:.1f})" if rate in goals else ""
        cells.append(f"{means.mean():6.2f}" + (f" ±{means.std():.2f}" if len(means) > 1 else "") + goal)
    print(f"  {method:15s} {'  '.join(cells)}   {max(r.seconds for r in rows):.1f} s at most", flush=True)


def parser_of(description: str, tasks: Sequence[str], rates: Sequence[float]) -> argparse.ArgumentParser:
    """The options of scripts that go through tasks, with their defaults."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/nets"))
    parser.add_argument("--fashion", type=Path, default=Path("/usr/share/datasets/fashion-mnist"))
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(tasks))
    parser.add_argument("--rates", nargs="+", type=float, default=list(rates))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--csv", type=Path)
    return parser


def chosen_tasks(options: argparse.Namespace) -> Iterator[Task]:
    """The tasks that are asked for; what is missing is said."""
    for name in options.tasks:
        try:
            yield TASKS[name](options)
        except (ImportError, OSError, lf.FormatError) as error:
            print(f"{name}: skipped, {error}")


def main() -> None:
    """All tables; what is missing is said."""
    parser = parser_of((__doc__ or "").splitlines()[0], list(TASKS), RATES)
    parser.add_argument("--methods", nargs="+", default=[*OURS, *BASELINES])
    options = parser.parse_args()
    print("removed in every hidden layer: " + ", ".join(f"{r:.0%}" for r in options.rates))
    rows: list[Row] = []
    for task in chosen_tasks(options):
        base = np.mean([task.samples.score(n.forward(task.samples.x)) or 0.0 for n in task.networks])
        print(f"{task.name}: {len(task.networks)} networks, original {100 * base:.2f}")
        for method in options.methods:
            found = list(measured(task, method, options.rates, options.seeds))
            show(task, method, found)
            rows += found
            if options.csv is not None:
                with options.csv.open("w", newline="") as file:
                    writer = csv.DictWriter(file, list(asdict(rows[0])), lineterminator="\n")
                    writer.writeheader()
                    writer.writerows(asdict(r) for r in rows)


if __name__ == "__main__":
    main()
