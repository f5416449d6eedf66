"""Removing channels without data and without retraining: linear lumping, magnitude and folding, on Fashion-MNIST.

    python benchmarks/train_fashion.py NETS
    python benchmarks/channels.py NETS [--fashion FOLDER] [--draws 1] [--csv FILE] [--part test]

For every network of the folder, and 25, 50 and 75 % of the channels (and neurons) of every hidden layer removed: the
share of the 10,000 test images that is classified right. `--part held` takes the 10,000 training images that were not
learned from, on which settings may be chosen. onnxruntime, which is needed, computes the written networks. `--draws`:
how many seeds of the assumed inputs, each a line of its own. Seconds are those of the processor, all threads together.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import lumpform as lf
from lumpform.networks.samples import Samples, read_samples
from lumpform.reduction.channel_folding import by_channel_folding
from lumpform.reduction.channel_magnitude import by_channel_magnitude

RATES = (0.25, 0.5, 0.75)

LEARNED = 50_000
"""So many training images were learned from (`benchmarks/train_fashion.py`)."""


def score(network: Any, samples: Samples) -> float:
    """Return the share of right classes, as another program computes the written network."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "net.onnx"
        lf.write(network, path)
        session: Any = import_module("onnxruntime").InferenceSession(str(path))
    one = session.get_inputs()[0]
    x = samples.x.reshape(-1, *network.inputs[0].sample_shape).astype(np.float32)
    found = [session.run(None, {one.name: x[i : i + 500]})[0] for i in range(0, len(x), 500)]
    return samples.score(np.concatenate(found)) or 0.0


METHODS: dict[str, Callable[[Any, float, int], Any]] = {
    "filters": lambda network, keep, draw: by_channel_magnitude(network, keep, "filters"),
    "group": lambda network, keep, draw: by_channel_magnitude(network, keep, "group"),
    "folding": lambda network, keep, draw: by_channel_folding(network, keep),
    "linear": lambda network, keep, draw: lf.reduce(network, keep=keep, seed=draw).model,
}
"""Linear lumping with its defaults, and the others."""


def main() -> None:
    """Print a line for every network, rate, method and draw."""
    parser = argparse.ArgumentParser(description="Removes channels by several methods.")
    parser.add_argument("nets", type=Path)
    parser.add_argument("--fashion", type=Path, default=Path("/usr/share/datasets/fashion-mnist"))
    parser.add_argument("--draws", type=int, default=1)
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--part", choices=("test", "held"), default="test")
    options = parser.parse_args()
    if not options.fashion.is_dir():
        print(f"skipped: {options.fashion} is not there, expected Fashion-MNIST as IDX files")
        return
    folder = options.fashion
    name = "t10k" if options.part == "test" else "train"
    samples = read_samples(folder / f"{name}-images-idx3-ubyte.gz", folder / f"{name}-labels-idx1-ubyte.gz")
    if options.part == "held":
        samples = Samples(samples.x[LEARNED:], None if samples.y is None else samples.y[LEARNED:], samples.name)
    rows: list[tuple[Any, ...]] = [("network", "removed", "method", "draw", "right", "parameters", "seconds")]
    for path in sorted(options.nets.glob("fashion_*.onnx")):
        network = lf.read(path, lf.Network)
        rows.append((path.name, 0, "original", 0, f"{score(network, samples):.4f}", network.parameters, "0.0"))
        print("  ".join(map(str, rows[-1])), flush=True)
        for rate in RATES:
            for method, smaller in METHODS.items():
                for draw in range(options.draws if method == "linear" else 1):
                    began = time.process_time()
                    model = smaller(network, 1 - rate, draw)
                    took = time.process_time() - began
                    right = score(model, samples)
                    rows.append((path.name, rate, method, draw, f"{right:.4f}", model.parameters, f"{took:.1f}"))
                    print("  ".join(map(str, rows[-1])), flush=True)
    if options.csv:
        with options.csv.open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)


if __name__ == "__main__":
    main()
