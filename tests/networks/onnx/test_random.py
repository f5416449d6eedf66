"""Random ONNX models of all operators: reader, writer, reductions, certificates and comparisons agree about them.

Of every model both readers find the same network, or both refuse. Then, in turn, its values are those of onnxruntime
and it is written and read again, or its reduction has a certificate that is verified, or it is equivalent to itself.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("onnxruntime", reason="the extra test is not installed")
from onnx_trials import KINDS, Trial

DTYPES = tuple(KINDS)

MODELS = int(os.environ.get("LUMPFORM_MODELS", "6000"))
"""How many the slow test goes through; `LUMPFORM_MODELS=20000` takes a quarter of an hour more for each reader."""


def outcomes(seeds: range, folder: Path) -> Counter[str]:
    """Try all models, print what became of them, and return it."""
    counts: Counter[str] = Counter()
    for seed in seeds:
        trial = Trial(seed, folder, DTYPES[seed % 3])
        counts[trial.readers()] += 1
        if trial.network is not None:
            turn = seed // 3 % 3
            if turn == 0:
                counts[f"written and {trial.written()}"] += 1
                if trial.dtype == "float32":
                    counts[trial.values()] += 1
            else:
                counts[trial.verified() if turn == 1 else trial.equal_to_itself()] += 1
    print(f"seeds {seeds}: {dict(counts)}")
    return counts


def check_counts(counts: Counter[str], seeds: range) -> None:
    """Check that nearly all models are read, and that nothing is tried in vain."""
    assert counts["read"] >= 0.85 * len(seeds), counts
    assert counts["equivalent"] >= 0.25 * len(seeds), counts
    assert counts["verified"] + counts["verified, smaller"] >= 0.25 * len(seeds), counts
    for what in ("right", "written and right", "written and read again", "verified, smaller"):
        assert counts[what] > 0.005 * len(seeds), counts


@pytest.mark.medium
@pytest.mark.parametrize("first", range(0, 208, 52))
def test_some_random_models(first: int, tmp_path: Path) -> None:
    seeds = range(first, first + 52)
    check_counts(outcomes(seeds, tmp_path), seeds)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1000, 1000 + MODELS, 1000))
def test_many_random_models(first: int, tmp_path: Path) -> None:
    seeds = range(first, first + 1000)
    check_counts(outcomes(seeds, tmp_path), seeds)
