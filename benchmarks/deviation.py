"""Epsilon between networks and their smaller or rounded versions: proved, found, ratio; and the goals beside it.

    python benchmarks/deviation.py [--data ../shared/data/nets] [--digits 20] [--each 10] [--timeout 60] [--csv FILE]

ACAS 1_1 against copies a little off: the largest difference on boxes of radius 0.05 and (the bound when time is
up) 0.5, equality within 0.05 on boxes of radius 0.05, 0.1 and 0.15, and a difference of 0.01 planted in one path. Then
boxes around embedded digits (pixels scaled to [0, 1]) of radius 0.02 and 0.05, the worst of them. A row of the CSV file
for each, with seconds of wall and processor time; wall time decides when a search stops. What the first question of a
process loads (SciPy's optimisers, kernels) is loaded by a question of its own, whose seconds are printed.
"""

from __future__ import annotations

import argparse
import csv
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from near_copies import COPIES, near_copy

import lumpform as lf
from lumpform.equivalence import largest_difference
from lumpform.equivalence.shown import at_most
from lumpform.networks.dense_layers import dense_layers

PLANTED = 0.01

OTHERS = ("mnist8x8_10p_retrain.npz", "mnist8x8_50p_retrain.npz", "mnist8x8_student_30_10.npz")


def box_around(pixels: Any, radius: Fraction) -> list[tuple[Fraction, Fraction]]:
    """The box of an image with pixels from 0 to 16."""
    values = [Fraction(int(v), 16) for v in pixels]
    return [(max(Fraction(0), v - radius), min(Fraction(1), v + radius)) for v in values]


FIELDS = (
    "network", "against", "radius", "question", "answer", "bound", "found", "ratio", "splits", "seconds", "cpu",
    "limit", "goal", "reached",
)  # fmt: skip


class Table:
    """Prints rows, and writes them to a file once there is one."""

    def __init__(self, path: Path | None) -> None:
        self.path, self.rows = path, []

    def add(self, **row: Any) -> None:
        self.rows.append(row)
        print("  ".join(f"{name} {value}" for name, value in row.items() if value != ""), flush=True)
        if self.path is not None:
            with self.path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, FIELDS, restval="", lineterminator="\n")
                writer.writeheader()
                writer.writerows(self.rows)


def timed(work: Any) -> tuple[Any, dict[str, str]]:
    """What some work gives, and its seconds."""
    began, used = time.perf_counter(), time.process_time()
    found = work()
    return found, {"seconds": f"{time.perf_counter() - began:.2f}", "cpu": f"{time.process_time() - used:.2f}"}


def said(reached: bool) -> str:
    """Whether a goal is reached."""
    return "yes" if reached else "no"


def main() -> None:
    """Rows for digits, then for ACAS."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data/nets"))
    parser.add_argument("--digits", type=int, default=20)
    parser.add_argument("--ratio", type=float, default=1.5)
    parser.add_argument("--timeout", type=float, default=60.0)
    parser.add_argument("--each", type=float, default=10.0, help="seconds for one digit")
    parser.add_argument("--csv", type=Path)
    options = parser.parse_args()
    if not options.data.is_dir():
        print(f"skipped: {options.data} is not there")
        return
    table = Table(options.csv)
    acas(table, options.data / "acasxu_1_1.onnx", options.timeout)
    if options.digits:
        digits(table, options)


def digits(table: Table, options: Any) -> None:
    """For each network and radius the worst of its digits."""
    images = np.load(Path(lf.__file__).parent / "data" / "digits.npz")["x"][: options.digits]
    original = lf.read(options.data / "mnist8x8_lin.npz", lf.Network)
    for name in (*OTHERS, "in float16"):
        other = near_copy(original, None) if name in COPIES else lf.read(options.data / name, lf.Network)
        for radius in (Fraction(1, 50), Fraction(1, 20)):
            boxes = [box_around(pixels, radius) for pixels in images]
            found, took = timed(
                lambda boxes=boxes, other=other: [
                    largest_difference(original, other, box, ratio=options.ratio, timeout=options.each) for box in boxes
                ]
            )
            worst = max(found, key=lambda f: f.ratio)
            table.add(
                network="mnist8x8_lin", against=name, radius=float(radius), question=f"largest of {len(images)} digits",
                bound=at_most(worst.bound), found=f"{float(worst.found):.4g}", ratio=f"{worst.ratio:.3f}",
                splits=sum(f.splits for f in found), **took, limit=options.each, goal=f"ratio {options.ratio}",
                reached=said(worst.ratio <= options.ratio),
            )  # fmt: skip


def acas(table: Table, path: Path, timeout: float) -> None:
    """Every copy and box of the ACAS network."""
    if not path.is_file():
        print(f"skipped: {path} is not there")
        return
    original = lf.read(path, lf.Network)
    box = (-Fraction(1, 20), Fraction(1, 20))
    _, took = timed(lambda: largest_difference(original, near_copy(original, None), box, ratio=3.0, timeout=timeout))
    print(f"the first question, with what it loads: {took['seconds']} s, in no row", flush=True)
    for name, noise in COPIES.items():
        other = near_copy(original, noise)
        row: dict[str, Any] = {"network": "ACAS 1_1", "against": name}
        largest(table, row, (original, other), 0.05, 5.0, "ratio 1.2")
        largest(table, row, (original, other), 0.05, timeout, "ratio 1.2")
        for radius, goal in ((0.05, 2), (0.1, 60), (0.15, None)):
            box = (-Fraction(str(radius)), Fraction(str(radius)))
            verdict, took = timed(
                lambda box=box, other=other: lf.equivalent(original, other, box=box, epsilon="0.05", timeout=timeout)
            )
            reached = verdict.answer == "EQUIVALENT" and float(took["seconds"]) <= (goal or timeout)
            table.add(
                **row, radius=radius, question="within 0.05", answer=verdict.answer, **took, limit=timeout,
                bound="" if verdict.bound is None else at_most(verdict.bound),
                goal=f"EQUIVALENT in {goal} s" if goal else "", reached=said(reached) if goal else "",
            )  # fmt: skip
        largest(table, row, (original, other), 0.5, timeout, "bound below 2" if noise == 2e-5 else "")
    planted(table, original, timeout)


def largest(table: Table, row: dict[str, Any], pair: Any, radius: float, seconds: float, goal: str) -> None:
    """The largest difference of a pair on a box."""
    box = (-Fraction(str(radius)), Fraction(str(radius)))
    found, took = timed(lambda: largest_difference(pair[0], pair[1], box, ratio=1.2, timeout=seconds))
    reached = found.ratio <= 1.2 if goal.startswith("ratio") else found.bound < 2
    table.add(
        **row, radius=radius, question="largest", bound=at_most(found.bound), found=f"{float(found.found):.4g}",
        ratio=f"{found.ratio:.4g}", splits=found.splits, **took, limit=seconds, goal=goal,
        reached=said(reached) if goal else "",
    )  # fmt: skip


def planted(table: Table, original: Any, timeout: float) -> None:
    """A weight of the last hidden layer is changed so that outputs differ by more than 0.01 somewhere."""
    layers = [
        [layer.weights.values.floats().reshape(layer.weights.shape), layer.bias.floats(), layer.function]
        for layer in dense_layers(original, "a planted difference")
    ]
    layers[-1][0] = layers[-1][0].copy()
    layers[-1][0][7, 2] += PLANTED
    other = lf.Network.from_layers([tuple(layer) for layer in layers])
    box = (Fraction(-1, 2), Fraction(1, 2))
    verdict, took = timed(lambda: lf.equivalent(original, other, box=box, epsilon="0.01", timeout=timeout))
    table.add(
        network="ACAS 1_1", against=f"one weight more by {PLANTED}", radius=0.5, question="within 0.01",
        answer=verdict.answer, found=f"{float(verdict.witness.difference):.4g}" if verdict.witness else "", **took,
        limit=timeout, goal="DIFFERENT", reached=said(verdict.answer == "DIFFERENT"),
    )  # fmt: skip


if __name__ == "__main__":
    main()
