"""Where two tools find different numbers of classes: which one is right, shown by exact sums."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

import lumpform as lf
from lumpform import Lumping, MarkovChain
from lumpform.graph.weights import SparseWeights

BRUTE = 1000
RECHECK = 20_000
ZERO = Fraction(0)


def explain(chain: MarkovChain, lumping: Lumping, others: int) -> list[str]:
    """Lines that say why `lumping` (ordinary, certified) has another number of classes than the other tool.

    The other tool keeps its map from states to classes to itself, so the witness is found from our side.
    """
    ours = lumping.partition.count
    if chain.kind == "ctmc" and lumping.semantics == "generator":
        return [
            f"  Storm has {others:,} classes, LumpForm {ours:,}, and both may be right: Storm counts the rates inside",
            "  a class, in the generator they cancel (they have no effect on the process between classes).",
        ]
    if others < ours:
        return _too_coarse(chain, lumping, others)
    return _too_fine(chain, lumping, others)


def _too_fine(chain: MarkovChain, lumping: Lumping, others: int) -> list[str]:
    lines = [
        f"  Storm has {others:,} classes, LumpForm {lumping.partition.count:,}. LumpForm is right: its partition is",
        "  proved to be a lumping in exact arithmetic, so a finer one is not the coarsest.",
    ]
    witness = _split_by_rounding(chain, lumping)
    if witness is None:
        return lines
    state, other, target, gap = witness
    sums = [_exact_sum(chain, lumping, s, target) for s in (state, other)]
    representative = int(lumping.partition.representatives[target])
    lines.append(f"  States {state} and {other} both go to the class of state {representative} with exactly {sums[0]}")
    if sums[0] != sums[1]:
        return [*lines, f"  and {sums[1]}: these differ, so the certification is WRONG, please report it."]
    if gap > 0:
        return [*lines, f"  (as doubles, added in the order of the columns, the two sums differ by {gap:.3g})."]
    return [*lines, "  (Storm adds and compares rounded numbers, in an order of its own)."]


def _split_by_rounding(chain: MarkovChain, lumping: Lumping) -> tuple[int, int, int, float] | None:
    """Two states of one class and a class into which their sums, added as doubles, differ most (else: of many)."""
    partition = lumping.partition
    if partition.count == len(partition):
        return None
    weights = _matrix(chain, lumping)
    key = weights.row_of_entries().astype(np.int64) * partition.count + partition.class_of[weights.indices]
    order = np.argsort(key, kind="stable")
    key, floats = key[order], weights.values.floats()[order]
    starts = np.flatnonzero(np.concatenate(([True], np.diff(key) != 0)))
    parts = np.diff(np.concatenate((starts, [len(key)])))
    sums, key = np.add.reduceat(floats, starts), key[starts]
    state, target = np.divmod(key, partition.count)
    other = partition.representatives[partition.class_of[state]]
    place = np.minimum(np.searchsorted(key, other * partition.count + target), len(key) - 1)
    gap = np.where(state == other, -1.0, np.abs(sums - sums[place]))
    worst = int(np.lexsort((sums, parts, gap))[-1])
    if gap[worst] < 0:
        return None
    return int(other[worst]), int(state[worst]), int(target[worst]), float(gap[worst])


def _matrix(chain: MarkovChain, lumping: Lumping) -> SparseWeights:
    return chain.arrow("generator" if lumping.semantics == "generator" else "rates")


def _exact_sum(chain: MarkovChain, lumping: Lumping, state: int, target: int) -> Fraction:
    row = _matrix(chain, lumping).row(state)
    return sum((v for t, v in row if lumping.partition.class_at(t) == target), Fraction(0))


def _too_coarse(chain: MarkovChain, lumping: Lumping, others: int) -> list[str]:
    partition = lumping.partition
    lines = [f"  Storm has {others:,} classes, LumpForm {partition.count:,}. {_coarsest(lumping)}"]
    witness = _closest(chain, lumping)
    if witness is None:
        return lines
    kept, merged = witness
    sums = [_sums(lumping, c, kept, merged) for c in witness]
    target = max(sums[0].keys() | sums[1].keys(), key=lambda c: abs(sums[0].get(c, ZERO) - sums[1].get(c, ZERO)))
    a, b = (side.get(target, ZERO) for side in sums)
    first, second, into = (int(partition.representatives[c]) for c in (*witness, target))
    where = "their common class" if target == kept else f"the class of state {into}"
    return [
        *lines,
        f"  The closest two of our classes: were states {first} and {second} merged, they would go to {where}",
        f"  with {a} and {b}, a difference of {float(abs(a - b)):.3g} (Storm compares doubles with a tolerance).",
    ]


def _sums(lumping: Lumping, which: int, kept: int, merged: int) -> dict[int, Fraction]:
    """The exact sums of class `which` if the classes `kept` and `merged` were one."""
    sums: dict[int, Fraction] = {}
    for c, value in lumping.quotient.weights.row(which):
        c = kept if c == merged else c
        sums[c] = sums.get(c, ZERO) + value
    return sums


def _coarsest(lumping: Lumping) -> str:
    """Whether the plain reference, which compares sums as rationals, can merge anything in the quotient."""
    if lumping.partition.count > RECHECK:
        return "(Too many classes to check again by the plain reference.)"
    options: dict[str, Any] = {"semantics": lumping.semantics, "respect": lumping.respect, "engine": "reference"}
    again = lf.lump(lumping.quotient, "ordinary", **options).partition.count
    if again == lumping.partition.count:
        return (
            "LumpForm is right: in exact\n"
            "  arithmetic no two of its classes can be merged, so fewer classes are no lumping."
        )
    return f"Storm may be right: the reference\n  merges LumpForm's quotient to {again:,} classes. Please report it."


def _closest(chain: MarkovChain, lumping: Lumping) -> tuple[int, int] | None:
    """Two classes with the same labels whose merging would violate lumpability least (found in doubles).

    All pairs up to `BRUTE` classes. Beyond, only neighbours in the order of values among classes with the same
    successors: a sketch that may miss the closest pair.
    """
    partition, weights = lumping.partition, lumping.quotient.weights
    block = chain.respected(lumping.respect).class_of[partition.representatives]
    floats = weights.values.floats()
    best, found = np.inf, None
    if partition.count <= BRUTE:
        full = np.zeros((partition.count, partition.count))
        full[weights.row_of_entries(), weights.indices] = floats
        for c in range(partition.count - 1):
            later = np.arange(c + 1, partition.count)
            apart = np.abs(full[later] - full[c])
            # If c and d were merged, what they send to each other and to themselves would be added up.
            together = np.abs(full[later, c] + full[later, later] - full[c, c] - full[c, later])
            apart[:, c] = apart[np.arange(len(later)), later] = 0
            rest = np.maximum(apart.max(axis=1), together)
            rest[block[later] != block[c]] = np.inf
            d = int(np.argmin(rest))
            if rest[d] < best:
                best, found = rest[d], (c, c + 1 + d)
        return found
    groups: dict[tuple[int, bytes], list[int]] = {}
    span = list(zip(weights.indptr[:-1].tolist(), weights.indptr[1:].tolist(), strict=True))
    for c, (a, b) in enumerate(span):
        groups.setdefault((int(block[c]), weights.indices[a:b].tobytes()), []).append(c)
    for members in groups.values():
        ordered = sorted(members, key=lambda c: floats[slice(*span[c])].tolist())
        for c, d in pairwise(ordered):
            gap = float(np.abs(floats[slice(*span[c])] - floats[slice(*span[d])]).max(initial=0.0))
            if gap < best:
                best, found = gap, (c, d)
    return found
