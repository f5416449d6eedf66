"""Time and memory of the exact lumping of networks, beside a plain pairwise baseline.

    python benchmarks/networks.py [FOLDER] [--repeats 5] [--no-memory] [--json FILE]

FOLDER holds .onnx files (default ../shared/data/nets beside the checkout, left out if it is not there). The baseline is
written for this script: it compares every pair of neurons of a layer by their incoming weights, summed over the classes
before *without* the scales, with the ratio taken from the first non-zero weight. Its answer can be wrong (that is what
the weighted sums are for); it is here for its time.
"""

from __future__ import annotations

import argparse
import json
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from measure import peak_memory, timed

import lumpform as lf
from lumpform.graph.weights import SparseWeights
from lumpform.lumping.layered import lump_layers

NETS = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "nets"


def random_network(widths: list[int], seed: int = 0) -> lf.Network:
    """A network with random float32 weights: nothing in it is proportional."""
    rng = np.random.default_rng(seed)
    layers = [
        (rng.normal(size=(a, b)).astype(np.float32), rng.normal(size=b).astype(np.float32)) for a, b in pairwise(widths)
    ]
    return lf.Network.from_layers(layers)


def planted_network(width: int, depth: int, copies: int = 4, seed: int = 0) -> lf.Network:
    """Dense layers in which every class has `copies` neurons with positive ratios, hidden by a permutation."""
    rng = np.random.default_rng(seed)
    layers = []
    for _ in range(depth):
        base = rng.integers(-8000, 8000, size=(width, width // copies)).astype(np.float32) / 1024
        bias = rng.integers(-8000, 8000, size=width // copies).astype(np.float32) / 1024
        scale = rng.choice([0.5, 1, 2, 3, 4], size=width).astype(np.float32)
        order = rng.permutation(width)
        weights = np.repeat(base, copies, axis=1) * scale
        layers.append((weights[:, order], (np.repeat(bias, copies) * scale)[order]))
    layers.append((rng.normal(size=(width, 10)).astype(np.float32), None))
    return lf.Network.from_layers(layers)


def pairwise_baseline(network: lf.Network) -> int:
    """Classes of hidden neurons by comparing pairs of unweighted sums; O(neurons^2 * classes) float operations."""
    found = 0
    class_of: np.ndarray = np.arange(network.graph.groups[1].size)
    for group in network.graph.groups[2:]:
        into = [a for a in network.graph.arrows if a.target == group.name]
        parts = [_floats(a.weights) for a in sorted(into, key=lambda a: a.source == "one")]
        sums = np.zeros((int(class_of.max()) + 1, group.size))
        np.add.at(sums, class_of, parts[0])
        columns = np.concatenate([sums, *parts[1:]]).T
        heads: list[int] = []
        class_of = np.full(group.size, -1)
        for v in range(group.size):
            for c, head in enumerate(heads):
                at = int(np.flatnonzero(columns[head])[0]) if columns[head].any() else 0
                r = columns[v, at] / columns[head, at] if columns[head, at] else 0.0
                if r > 0 and np.array_equal(columns[v], r * columns[head]):
                    class_of[v] = c
                    break
            else:
                class_of[v] = len(heads)
                heads.append(v)
        found += 0 if group.pinned else len(heads)
    return found


def _floats(weights: Any) -> np.ndarray:
    if isinstance(weights, SparseWeights):
        return weights.to_scipy().toarray()
    return weights.values.floats().reshape(weights.shape)


def hidden_classes(network: lf.Network) -> int:
    """Classes of hidden neurons that are left, constants not counted."""
    found = lump_layers(network.graph)
    if found is None:
        raise SystemExit("fingerprints collided, which chance does not do: please report this")
    start = network.graph.offset(network.hidden[0].name)
    inside = found[0].class_of[start : start + network.neurons]
    return len(set(inside[inside != 0].tolist()))


def measure(name: str, make: Any, repeats: int, memory: bool, baseline: bool) -> dict[str, Any]:
    """One row: median seconds of both, alternately, and the peak memory of ours."""
    network = make()
    weights = sum(a.weights.shape[0] * a.weights.shape[1] * 4 for a in network.graph.arrows) / 2**20
    ours, theirs, classes, plain = [], [], 0, 0
    for i in range(repeats + 1):  # the first round is not counted
        seconds, classes = timed(lambda: hidden_classes(network))
        if i:
            ours.append(seconds)
        if baseline:
            seconds, plain = timed(lambda: pairwise_baseline(network))
            if i:
                theirs.append(seconds)
    row: dict[str, Any] = {"network": name, "hidden": network.neurons, "classes": classes, "seconds": median(ours)}
    row["baseline"] = median(theirs) if theirs else None
    row["baseline_classes"] = plain if theirs else None
    row["weights_mb"] = weights
    row["peak_mb"] = peak_memory(make, lambda n: lump_layers(n.graph)) if memory else None
    return row


def main() -> None:
    """Run all rows and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=NETS)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--no-memory", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    jobs: list[tuple[str, Any, int, bool]] = [
        ("784-256-256-10", lambda: random_network([784, 256, 256, 10]), options.repeats, True),
        ("3 x 4096 planted", lambda: planted_network(4096, 3), 1, False),
    ]
    files = sorted(options.folder.glob("*.onnx")) if options.folder.is_dir() else []
    if not files:
        print(f"no .onnx files in {options.folder}: real networks are left out")
    jobs += [(path.stem, lambda path=path: lf.read(path, lf.Network), options.repeats, True) for path in files]
    rows = []
    heads = ("hidden", "classes", "seconds", "baseline", "classes", "ratio", "weights MB", "peak MB")
    widths = (8, 8, 10, 10, 8, 7, 12, 9)
    print(f"{'network':<22}" + "".join(f"{head:>{width}}" for head, width in zip(heads, widths, strict=True)))
    for name, make, repeats, baseline in jobs:
        row = measure(name, make, repeats, not options.no_memory, baseline)
        rows.append(row)
        other = f"{row['baseline']:>10.4f}{row['baseline_classes']:>8}" if baseline else f"{'-':>10}{'-':>8}"
        ratio = f"{row['seconds'] / row['baseline']:>7.3f}" if baseline else f"{'-':>7}"
        peak = f"{row['peak_mb']:>9.0f}" if row["peak_mb"] is not None else f"{'n/a':>9}"
        print(
            f"{name:<22}{row['hidden']:>8}{row['classes']:>8}{row['seconds']:>10.4f}{other}{ratio}{row['weights_mb']:>12.1f}{peak}",
            flush=True,
        )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()
