"""Removing channels without data and without retraining: linear lumping against magnitude, on Fashion-MNIST.

    python benchmarks/train_fashion.py NETS
    python benchmarks/channels.py NETS [--fashion FOLDER] [--draws 1] [--csv FILE]

For every network of the folder, and 25, 50 and 75 % of the channels (and neurons) of every hidden layer removed: the
share of the 10,000 test images that is classified right. No method has a setting that was chosen here. onnxruntime,
which is needed, computes the written networks. `--draws`: how many samples of assumed inputs, each a line of its own.
"""

from __future__ import annotations

import argparse
import csv
import time
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import lumpform as lf
from lumpform.networks.assumed_inputs import assumed_inputs
from lumpform.networks.samples import Samples, read_samples
from lumpform.reduction.channel_magnitude import by_channel_magnitude
from lumpform.reduction.linear_lumping import linear_lumping

RATES = (0.25, 0.5, 0.75)


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


def smaller(network: Any, keep: float, method: str, draw: int) -> Any:
    """Reduce by one method."""
    if method != "linear":
        return by_channel_magnitude(network, keep, "group" if method == "group" else "filters")
    inputs = assumed_inputs(network, draw)
    return linear_lumping(network, inputs, lambda group: max(1, round(keep * group.size)))[0]


def main() -> None:
    """Print a line for every network, rate, method and draw."""
    parser = argparse.ArgumentParser(description="Removes channels by several methods.")
    parser.add_argument("nets", type=Path)
    parser.add_argument("--fashion", type=Path, default=Path("/usr/share/datasets/fashion-mnist"))
    parser.add_argument("--draws", type=int, default=1)
    parser.add_argument("--csv", type=Path)
    options = parser.parse_args()
    if not options.fashion.is_dir():
        print(f"skipped: {options.fashion} is not there, expected Fashion-MNIST as IDX files")
        return
    folder = options.fashion
    samples = read_samples(folder / "t10k-images-idx3-ubyte.gz", folder / "t10k-labels-idx1-ubyte.gz")
    rows: list[tuple[Any, ...]] = [("network", "removed", "method", "draw", "right", "parameters", "seconds")]
    for path in sorted(options.nets.glob("fashion_*.onnx")):
        network = lf.read(path)
        print(f"{path.name}: {100 * score(network, samples):.2f}", flush=True)
        for rate in RATES:
            for method in ("filters", "group", "linear"):
                for draw in range(options.draws if method == "linear" else 1):
                    began = time.perf_counter()
                    model = smaller(network, 1 - rate, method, draw)
                    took = time.perf_counter() - began
                    right = score(model, samples)
                    rows.append((path.name, rate, method, draw, f"{right:.4f}", model.parameters, f"{took:.1f}"))
                    print("  ".join(map(str, rows[-1])), flush=True)
    if options.csv:
        with options.csv.open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)


if __name__ == "__main__":
    main()
