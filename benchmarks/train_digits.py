"""Trains the embedded classifier of handwritten digits again: `lumpform/data/digits_net.npz`.

    python benchmarks/train_digits.py [OUT]

A network of 64-64-32-10 on the embedded digits whose number does not divide by 3, by scikit-learn (needed), float32.
"""

from __future__ import annotations

import sys
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

import lumpform as lf
from lumpform.networks.samples import embedded_digits


def main() -> None:
    """Train, say how good it is, write."""
    train, test = embedded_digits(test=False), embedded_digits()
    classes: Any = train.y
    model: Any = import_module("sklearn.neural_network").MLPClassifier(
        hidden_layer_sizes=(64, 32), random_state=0, max_iter=200, alpha=1e-3
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(train.x, classes)
    arrays = {}
    for i, (w, b) in enumerate(zip(model.coefs_, model.intercepts_, strict=True), start=1):
        arrays[f"W{i}"], arrays[f"b{i}"] = w.astype(np.float32), b.astype(np.float32)
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(lf.__file__).parent / "data" / "digits_net.npz"
    np.savez(out, **arrays)
    print(f"{out.name}: {100 * (test.score(lf.read(out, lf.Network).forward(test.x)) or 0):.2f} % of the test digits")


if __name__ == "__main__":
    main()
