"""Removing neurons without retraining: linear lumping against baselines, on digits, Fashion-MNIST and a third task.

    python benchmarks/pruning.py [--data ../shared/data/nets] [--fashion FOLDER] [--samples 3]

Networks: three each of 64-128-128-10 (scikit-learn's digits) and 784-256-256-10 (Fashion-MNIST: IDX files as in the
Debian package dataset-fashion-mnist). The third task, a regression (Friedman's first function of ten variables, three
networks of 10-64-64-1 trained here by scikit-learn), played no part in any choice. Figures are means over the networks,
and for methods that draw samples over as many seeds; accuracy, or the coefficient of determination, in per cent.
Needs scikit-learn.
"""

from __future__ import annotations

import argparse
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

import lumpform as lf
from lumpform.networks.samples import Samples, read_samples
from lumpform.reduction.compare import reduced

RATES = (0.25, 0.5, 0.75, 0.9)
FREE = ("linear", "magnitude-in", "srinivas-babu", "neuron-merging", "folding")
AWARE = ("linear-data", "least-squares")
UNLABELLED = 1000


def sklearn(part: str) -> Any:
    """A part of scikit-learn, which only this script needs."""
    return import_module(f"sklearn.{part}")


def digits() -> tuple[Samples, Any]:
    """Test part, and unlabelled training inputs."""
    x, y = sklearn("datasets").load_digits(return_X_y=True)
    split = sklearn("model_selection").train_test_split(x / 16, y, test_size=0.3, random_state=0, stratify=y)
    return Samples(split[1], split[3].astype(np.int64), "digits"), split[0][:UNLABELLED]


def fashion(folder: Path) -> tuple[Samples, Any]:
    """The 10,000 test images, and unlabelled training inputs."""
    samples = read_samples(folder / "t10k-images-idx3-ubyte.gz", folder / "t10k-labels-idx1-ubyte.gz")
    samples = Samples(samples.x, samples.y, "Fashion-MNIST")
    return samples, read_samples(folder / "train-images-idx3-ubyte.gz").x[:UNLABELLED]


def friedman() -> tuple[list[Any], Samples, Any]:
    """Networks that are trained here, test samples, and unlabelled training inputs; inputs are standardised."""
    x, y = sklearn("datasets").make_friedman1(n_samples=6000, noise=0.5, random_state=0)
    x = (x - 0.5) / np.sqrt(1 / 12)
    networks = []
    for seed in range(3):
        model = sklearn("neural_network").MLPRegressor(
            hidden_layer_sizes=(64, 64), random_state=seed, max_iter=60, tol=0.0, n_iter_no_change=1000
        )
        with np.errstate(all="ignore"):
            import warnings

            warnings.simplefilter("ignore")
            model.fit(x[:4000], y[:4000])
        layers = [(w.tolist(), b.tolist()) for w, b in zip(model.coefs_, model.intercepts_, strict=True)]
        networks.append(lf.Network.from_layers(layers))
    return networks, Samples(x[4000:], y[4000:], "friedman"), x[:UNLABELLED]


def table(networks: list[Any], samples: Samples, data: Any, seeds: int) -> None:
    """A line for each method: the mean score at every rate, its spread over seeds, and the slowest reduction."""
    base = np.mean([samples.score(n.forward(samples.x)) or 0.0 for n in networks])
    print(f"{samples.name}: {len(networks)} networks, original {100 * base:.2f}")
    for method in (*FREE, *AWARE):
        drawn = range(seeds) if method.startswith("linear") else range(1)
        scores, slowest = np.zeros((len(drawn), len(networks), len(RATES))), 0.0
        for s in drawn:
            for i, network in enumerate(networks):
                for j, rate in enumerate(RATES):
                    began = time.perf_counter()
                    small = reduced(network, method, rate, data=data, seed=s)
                    slowest = max(slowest, time.perf_counter() - began)
                    scores[s, i, j] = 100 * (samples.score(small.forward(samples.x)) or 0.0)
        means = scores.mean(axis=(0, 1))
        spread = scores.mean(axis=1).std(axis=0)
        shown = "  ".join(
            f"{m:6.2f}" + (f" ±{d:.2f}" if len(drawn) > 1 else "") for m, d in zip(means, spread, strict=True)
        )
        kind = f"{UNLABELLED} inputs" if method in AWARE else "data-free"
        print(f"  {method:16s} {kind:12s} {shown}   {slowest:.1f} s at most", flush=True)


def main() -> None:
    """All tables; what is missing is said."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data/nets"))
    parser.add_argument("--fashion", type=Path, default=Path("/usr/share/datasets/fashion-mnist"))
    parser.add_argument("--samples", type=int, default=3, help="seeds of assumed inputs")
    options = parser.parse_args()
    print("removed in every hidden layer: " + ", ".join(f"{r:.0%}" for r in RATES))
    if options.data.is_dir():
        samples, data = digits()
        table([lf.read(options.data / f"digits_s{s}.npz") for s in range(3)], samples, data, options.samples)
        if options.fashion.is_dir():
            samples, data = fashion(options.fashion)
            table([lf.read(options.data / f"fashion_s{s}.npz") for s in range(3)], samples, data, options.samples)
        else:
            print(f"skipped Fashion-MNIST: {options.fashion} is not there")
    else:
        print(f"skipped digits and Fashion-MNIST: {options.data} is not there")
    networks, samples, data = friedman()
    table(networks, samples, data, options.samples)


if __name__ == "__main__":
    main()
