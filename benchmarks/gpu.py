"""Refines and certifies on a CUDA card: chains of up to 7.5e9 transitions, made on the card.

    python benchmarks/gpu.py [--from 22] [--to 28] [--step 2] [--repeats 3] [--cpu 22] [--json FILE]

The family `components`: K components that are on or off, half of one kind (rates 3 and 5), half of another (7 and 11);
2^K states with K transitions each, the state in which all are off marked; in generator semantics each state has a
diagonal entry as well. (h + 1)(K - h + 1) classes are left, h being K / 2. Shown are medians of the seconds for the
refinement and for the certificate; making the chain and compiling the kernels are not in them. With ``--cpu K`` the
chain of that size is also lumped by the engine of the CPU and, transfer included, by ``lf.lump(engine="gpu")``.

On a machine with a card, everything there is to show about it::

    python -m pip install '.[gpu,test]'
    LUMPFORM_GPU=card python -m pytest -q -m gpu tests/lumping/gpu
    python benchmarks/gpu.py --from 22 --to 28 --cpu 22 --json gpu.json

K = 28 needs 60 GB on the card. Without a card, ``LUMPFORM_GPU=simulator python benchmarks/gpu.py --from 8 --to 10``
shows that the same kernels do the same work; its seconds say nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from measure import timed

import lumpform as lf
from lumpform.graph.weights import SparseWeights
from lumpform.lumping.gpu.device import Array, Device
from lumpform.lumping.gpu.find import find_device
from lumpform.lumping.gpu.proof import Proof, Records
from lumpform.lumping.gpu.refine import Refinement, Rows
from lumpform.numbers.column import CodedValues
from lumpform.numbers.rational import as_rational
from lumpform.numbers.residues import PRIME, WORD, moduli_beyond

RATES = (3, 5, 7, 11)
"""Off to on and on to off, of the first kind and of the second."""

SEMANTICS = ("rates", "generator")
GOAL = 28, 2.0
"""The size and the seconds that were aimed at, on one H100 or H200."""

Record = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if a number of classes is wrong or the goal is missed."""
    options = parse(arguments)
    device = find_device()
    for semantics in SEMANTICS:
        measure(device, 6, semantics, 1)  # compiles the kernels
    print(f"on {device.name}")
    head = f"{'K':>3} {'semantics':<10} {'states':>12} {'transitions':>14}"
    print(f"{head} {'classes':>8} {'rounds':>6} {'refine s':>9} {'certify s':>9} {'together':>9}")
    results: list[Record] = []
    for k in range(options.smallest, options.largest + 1, options.step):
        for semantics in SEMANTICS:
            results.append(row := measure(device, k, semantics, options.repeats))
            print(
                f"{k:>3} {semantics:<10} {row['states']:>12,} {row['transitions']:>14,} {row['classes']:>8,} "
                f"{row['rounds']:>6} {row['refine']:>9.4f} {row['certify']:>9.4f} {together(row):>9.4f}",
                flush=True,
            )
    beside = [against_cpu(options.cpu, semantics) for semantics in SEMANTICS] if options.cpu else []
    for row in beside:
        times = f"the CPU {row['cpu']:.3f} s, the card with the transfer {row['gpu']:.3f} s"
        print(f"K = {row['k']}, {row['semantics']}: {times}, {row['cpu'] / row['gpu']:.1f} times")
    missed = [row for row in results if row["k"] == GOAL[0] and together(row) > GOAL[1]]
    if any(row["k"] == GOAL[0] for row in results):
        print(f"K = {GOAL[0]} within {GOAL[1]} s: {'no' if missed else 'yes'}")
    if options.json:
        document = {"device": device.name, "results": results, "beside the CPU": beside}
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return 0 if not missed and all(row["classes"] == row["expected"] for row in results) else 1


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--from", dest="smallest", type=int, default=22, metavar="K", help="fewest components")
    parser.add_argument("--to", dest="largest", type=int, default=28, metavar="K", help="most components")
    parser.add_argument("--step", type=int, default=2, metavar="N", help="between them")
    parser.add_argument("--repeats", type=int, default=3, metavar="N", help="measured runs (median)")
    parser.add_argument("--cpu", type=int, default=0, metavar="K", help="compare with the CPU at this size")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured")
    options = parser.parse_args(arguments)
    if not (2 <= options.smallest <= options.largest <= 28 and options.cpu <= 24 and options.step >= 1):
        parser.error("expected 2 <= from <= to <= 28, cpu <= 24, step >= 1")
    if options.repeats < 1:
        parser.error("expected at least one repeat")
    return options


@dataclass(frozen=True)
class Components:
    """A member of the family on a device: its rows without weights, codes of these, and the exact weights."""

    rows: Rows
    codes: Array
    weights: list[int]

    def modulo(self, device: Device, modulus: int) -> Rows:
        """The rows with their weights modulo something."""
        table = np.array([w % modulus for w in self.weights], dtype=np.uint64)
        return replace(self.rows, data=self.codes, table=device.upload(table))


def components(device: Device, k: int, semantics: str) -> Components:
    """Make the chain on the device."""
    xp, n, half, width = device.xp, 1 << k, k // 2, k + (semantics == "generator")
    states = xp.arange(n, dtype=xp.int32)
    indices, codes = xp.empty((n, width), dtype=xp.int32), xp.empty((n, width), dtype=xp.uint8)
    on = [xp.zeros(n, dtype=xp.uint8), xp.zeros(n, dtype=xp.uint8)]
    for i in range(k):
        bit, second = ((states >> i) & 1).astype(xp.uint8), int(i >= half)
        on[second] += bit
        indices[:, i], codes[:, i] = states ^ (1 << i), bit + xp.uint8(2 * second)
    weights = [*RATES]
    if semantics == "generator":
        many = k - half + 1
        indices[:, k], codes[:, k] = states, xp.uint8(4) + on[0] * xp.uint8(many) + on[1]
        weights += [-total(k, a, b) for a in range(half + 1) for b in range(many)]
    indptr = xp.arange(n + 1, dtype=xp.int64) * width
    return Components(Rows(indptr, indices.reshape(-1), None), codes.reshape(-1), weights)


def total(k: int, first: int, second: int) -> int:
    """The sum of the rates out of a state in which so many components of either kind are on."""
    half = k // 2
    return RATES[0] * (half - first) + RATES[1] * first + RATES[2] * (k - half - second) + RATES[3] * second


def measure(device: Device, k: int, semantics: str, repeats: int) -> Record:
    """Refine and certify one chain, several times."""
    chain = components(device, k, semantics)
    start = device.xp.ones(1 << k, dtype=device.xp.int32)
    start[0] = 0
    longest = k + (semantics == "generator")
    assert moduli_beyond(2 * max(map(abs, chain.weights)) * longest) == (WORD,)
    by_prime, by_word = chain.modulo(device, PRIME), chain.modulo(device, WORD)
    spans: list[tuple[float, float]] = []
    for _ in range(repeats):
        refinement = Refinement(device, by_prime)
        refine, (classes, count) = timed(partial(refinement.coarsest, start, 2))
        certify, proved = timed(partial(certified, device, by_word, classes, count, start))
        assert proved, "what was found is no lumping"
        spans.append((refine, certify))
    return {
        "k": k,
        "semantics": semantics,
        "states": 1 << k,
        "transitions": len(chain.codes),
        "classes": count,
        "expected": (k // 2 + 1) * (k - k // 2 + 1),
        "rounds": refinement.rounds,
        "refine": median(r for r, _ in spans),
        "certify": median(c for _, c in spans),
        "all": spans,
    }


def certified(device: Device, rows: Rows, classes: Array, count: int, start: Array) -> bool:
    """Whether classes are a lumping that refines the start; one modulus is enough."""
    proof = Proof(device, classes, count)
    return proof.refines(start) and Records(proof, rows, 0, 0).agree(rows, WORD)


def together(row: Record) -> float:
    """The seconds of both phases."""
    return row["refine"] + row["certify"]


def against_cpu(k: int, semantics: Any) -> Record:
    """Lump the chain from main memory by both engines, each time a fresh one, once to warm up and once to count."""
    n, half = 1 << k, k // 2
    states = np.arange(n, dtype=np.int32)[:, None]
    targets = np.sort(states ^ (1 << np.arange(k, dtype=np.int32)), axis=1)
    bit = np.log2(states ^ targets).round().astype(np.uint8)  # the component that changes
    codes = ((states >> bit) & 1).astype(np.uint8) + 2 * (bit >= half).astype(np.uint8)
    start = lf.Partition([0] + [1] * (n - 1))

    def fresh() -> lf.MarkovChain:
        values = CodedValues(codes.ravel(), tuple(map(as_rational, RATES)))
        indptr = np.arange(n + 1, dtype=np.int64) * k
        return lf.MarkovChain(SparseWeights((n, n), indptr, targets.ravel(), values), kind="ctmc")

    def seconds(engine: Any) -> float:
        work = partial(lf.lump, semantics=semantics, respect=(), initial=start, engine=engine)
        work(fresh())
        return timed(partial(work, fresh()))[0]

    return {"k": k, "semantics": semantics, "cpu": seconds(None), "gpu": seconds("gpu")}


if __name__ == "__main__":
    sys.exit(main())
