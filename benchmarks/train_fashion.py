"""Trains small convolutional networks on Fashion-MNIST, for `benchmarks/channels.py`, and writes them as ONNX.

    python benchmarks/train_fashion.py OUT [--fashion FOLDER] [--seeds 3] [--epochs 4]

Two networks for every seed: a LeNet with two convolutions, maximum pooling and one hidden dense layer, and a ResNet of
three residual blocks with BatchNormalization, average pooling at the end. They learn from the first 50,000 training
images; the other 10,000 are for choosing settings. PyTorch is needed; minutes on two cores.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path
from typing import Any

from lumpform.networks.samples import read_samples

LEARNED = 50_000
"""So many training images are learned from, the others choose settings."""

BATCH = 128


def lenet(nn: Any) -> Any:
    """Return 20 and 50 channels, 128 neurons."""
    return nn.Sequential(
        *(nn.Conv2d(1, 20, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(20, 50, 5), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(1250, 128), nn.ReLU(), nn.Linear(128, 10)),
    )


def resnet(nn: Any) -> Any:
    """Return a stem of stride 2, and three blocks of 16, 32 and 32 channels."""

    class Block(nn.Module):
        """Adds two convolutions to what goes past them, through one of size 1 where the number of channels changes."""

        def __init__(self, before: int, after: int, stride: int) -> None:
            super().__init__()
            self.inner = nn.Sequential(
                nn.Conv2d(before, after, 3, stride, 1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(),
                nn.Conv2d(after, after, 3, 1, 1, bias=False),
                nn.BatchNorm2d(after),
            )
            past = (nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))
            self.past = nn.Sequential(*past) if before != after else nn.Identity()
            self.relu = nn.ReLU()

        def forward(self, x: Any) -> Any:
            return self.relu(self.inner(x) + self.past(x))

    stem = (nn.Conv2d(1, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
    blocks = (Block(16, 16, 1), Block(16, 32, 2), Block(32, 32, 1))
    return nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10))


NETWORKS = {"lenet": lenet, "resnet": resnet}


def train(torch: Any, model: Any, x: Any, y: Any, epochs: int) -> None:
    """Train by Adam; the rate goes up and down once."""
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    steps = epochs * (len(x) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=steps)
    model.train()
    for _ in range(epochs):
        order = torch.randperm(len(x))
        for i in range(len(x) // BATCH):
            chosen = order[i * BATCH : (i + 1) * BATCH]
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(model(x[chosen]), y[chosen]).backward()
            optimiser.step()
            schedule.step()
    model.eval()


def main() -> None:
    """Train, say how good each network is on the test images, write."""
    parser = argparse.ArgumentParser(description="Trains small convolutional networks.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--fashion", type=Path, default=Path("/usr/share/datasets/fashion-mnist"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=4)
    options = parser.parse_args()
    if not options.fashion.is_dir():
        print(f"skipped: {options.fashion} is not there, expected Fashion-MNIST as IDX files")
        return
    torch: Any = import_module("torch")
    sets = [
        read_samples(options.fashion / f"{part}-images-idx3-ubyte.gz", options.fashion / f"{part}-labels-idx1-ubyte.gz")
        for part in ("train", "t10k")
    ]
    (x, y), (test_x, test_y) = (
        (torch.tensor(s.x.reshape(-1, 1, 28, 28), dtype=torch.float32), torch.tensor(s.y)) for s in sets
    )
    options.out.mkdir(parents=True, exist_ok=True)
    for name, build in NETWORKS.items():
        for seed in range(options.seeds):
            torch.manual_seed(seed)
            model = build(torch.nn)
            train(torch, model, x[:LEARNED], y[:LEARNED], options.epochs)
            with torch.no_grad():
                right = float((model(test_x).argmax(1) == test_y).float().mean())
            path = options.out / f"fashion_{name}_s{seed}.onnx"
            torch.onnx.export(model, (x[:1],), str(path), dynamo=False, dynamic_axes={"x": {0: "n"}}, input_names=["x"])
            print(f"{path.name}: {100 * right:.2f} % of the test images", flush=True)


if __name__ == "__main__":
    main()
