"""Epsilon between a digit classifier and its smaller versions: proved, found, ratio; and the same class or not.

    python benchmarks/deviation.py [--data ../shared/data/nets] [--digits 20] [--ratio 1.5] [--timeout 60]

On boxes around embedded digits (pixels scaled to [0, 1]) of radius 0.02 and 0.05; then ACAS 1_1 against copies that are
a little off, on boxes of radius 0.05, 0.1 (within 0.05?) and 0.5 (the bound when time is up).
"""

from __future__ import annotations

import argparse
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from near_copies import COPIES, near_copy

import lumpform as lf
from lumpform.equivalence import largest_difference

OTHERS = ("mnist8x8_10p_retrain.npz", "mnist8x8_50p_retrain.npz", "mnist8x8_student_30_10.npz")


def box_around(pixels: Any, radius: Fraction) -> list[tuple[Fraction, Fraction]]:
    """The box of an image with pixels from 0 to 16."""
    values = [Fraction(int(v), 16) for v in pixels]
    return [(max(Fraction(0), v - radius), min(Fraction(1), v + radius)) for v in values]


def main() -> None:
    """A line for each network and radius, and the worst of its digits."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data/nets"))
    parser.add_argument("--digits", type=int, default=20)
    parser.add_argument("--ratio", type=float, default=1.5)
    parser.add_argument("--timeout", type=float, default=60.0)
    options = parser.parse_args()
    if not options.data.is_dir():
        print(f"skipped: {options.data} is not there")
        return
    images = np.load(Path(lf.__file__).parent / "data" / "digits.npz")["x"][: options.digits]
    original = lf.read(options.data / "mnist8x8_lin.npz")
    for name in (*OTHERS, "in float16"):
        other = near_copy(original, None) if name in COPIES else lf.read(options.data / name)
        for radius in (Fraction(1, 50), Fraction(1, 20)):
            ratios, seconds, splits, same = [], [], [], []
            for pixels in images:
                box = box_around(pixels, radius)
                began = time.perf_counter()
                found = largest_difference(original, other, box, ratio=options.ratio, timeout=options.timeout)
                seconds.append(time.perf_counter() - began)
                ratios.append(found.ratio)
                splits.append(found.splits)
                same.append(lf.equivalent(original, other, box=box, argmax=True, timeout=options.timeout).answer)
            decided = sum(answer != "UNKNOWN" for answer in same)
            equal = same.count("EQUIVALENT")
            print(
                f"{name:28s} radius {float(radius):.2f}: proved/found at most {max(ratios):.3f}, "
                f"{max(seconds):.1f} s at most, {sum(splits)} splits; same class decided {decided} of {len(same)}, "
                f"{equal} equal",
                flush=True,
            )
    acas(options.data / "acasxu_1_1.onnx", options.timeout)


def acas(path: Path, timeout: float) -> None:
    """A line for each copy and box of the ACAS network."""
    if not path.is_file():
        print(f"skipped: {path} is not there")
        return
    original = lf.read(path)
    for name, noise in COPIES.items():
        other = near_copy(original, noise)
        for radius in (Fraction(1, 20), Fraction(1, 10)):
            began = time.perf_counter()
            verdict = lf.equivalent(original, other, box=(-radius, radius), epsilon="0.05", timeout=timeout)
            took = time.perf_counter() - began
            print(f"ACAS 1_1 {name}, box {float(radius):.2f}: {verdict.answer} within 0.05, {took:.1f} s", flush=True)
        for radius, seconds in ((Fraction(1, 20), 5.0), (Fraction(1, 2), timeout)):
            found = largest_difference(original, other, (-radius, radius), ratio=1.2, timeout=seconds)
            print(
                f"ACAS 1_1 {name}, box {float(radius):.2f}: at most {float(found.bound):.3g}, found "
                f"{float(found.found):.3g}, in at most {seconds:g} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
