"""States T23, the bound of an aggregated chain by where it spends its time and by what it forgets."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from lumpform import strategies as ls
from lumpform.chains.near.mixing import coefficients
from lumpform.chains.near.over_time import ONE, Coupled
from lumpform.display.words import counted
from lumpform.graph.partition import Partition
from lumpform.theorems.approximate import distance
from lumpform.theorems.base import Hypothesis, Theorem
from lumpform.theorems.common import (
    Instance,
    after,
    chain_kind,
    class_sums,
    distribution,
    one_step,
    uniform_rate,
)
from lumpform.theorems.show import show_counterexample

STEPS = 6
ROUNDING = Fraction(1, 1 << 60)


def aggregated(data: DataObject, model: str, dropped: str | None) -> Instance:
    """Draw a chain, a partition, any stochastic rows for its classes, and a start: another one for them if dropped."""
    chain = data.draw(ls.chains(kind=chain_kind(model), rewards=False, initial=False, labels=False, max_states=4))
    partition = Partition(data.draw(st.lists(st.integers(0, 2), min_size=chain.states, max_size=chain.states)))
    step = one_step(chain, uniform_rate(chain) if chain.kind == "ctmc" else None)
    rows = [class_sums(step[r], partition) for r in partition.representatives.tolist()]
    for c in data.draw(st.lists(st.integers(0, partition.count - 1), max_size=2)):
        share = Fraction(data.draw(st.integers(0, 4)), 4)
        other = distribution(data, partition.count)
        rows[c] = [share * x + (1 - share) * y for x, y in zip(other, rows[c], strict=True)]
    start = distribution(data, chain.states)
    small = class_sums(start, partition)
    if dropped == "same start":
        small = distribution(data, partition.count)
    factor = Fraction(1, 2) if dropped == "epsilon" else Fraction(1)
    window = data.draw(st.integers(0, 4))
    return Instance(chain, partition, extra=(step, rows, start, small, factor, window))


def covered(found: Instance) -> str | None:
    """Check that the distance after every step is at most the bound, and the bound what it should be at most."""
    large, rows, x, y, factor, window = found.extra
    partition: Any = found.partition
    eps = [Fraction(0)] * partition.count
    for s, row in enumerate(large):
        c = partition.class_at(s)
        eps[c] = max(eps[c], factor * distance(class_sums(row, partition), rows[c]))
    sparse = [dict(enumerate(row)) for row in rows]
    forgetting = coefficients(sparse, window)
    known, anywhere = (Coupled(sparse, start, eps, forgetting=forgetting).bounds() for start in (y, None))
    spent = Fraction(0)
    for k, bounds in enumerate(islice(zip(known, anywhere, strict=True), STEPS)):
        least, most = (Fraction(b, ONE) for b in bounds)
        gap = distance(class_sums(x, partition), y)
        if gap > min(least, most):
            text = f"after {counted(k, 'step')} the distance is {gap}, the bound {float(min(least, most)):g}"
            return show_counterexample(found, f"{_shown(rows, found.extra[2], found.extra[3])}\n{text}")
        if least > spent + ROUNDING or most > 1 - (1 - max(eps)) ** k + ROUNDING:
            return show_counterexample(found, f"after {counted(k, 'step')} the bound is above those that it improves")
        spent += sum((q * e for q, e in zip(y, eps, strict=True)), Fraction(0))
        x, y = after(x, large), after(y, rows)
    return None


def _shown(rows: list[list[Fraction]], start: list[Fraction], small: list[Fraction]) -> str:
    texts = [" ".join(map(str, row)) for row in (*rows, start, small)]
    return f"rows of classes {', '.join(texts[:-2])}\nstarts {texts[-2]} and {texts[-1]}"


T23 = Theorem(
    "T23",
    "Epsilon, where time is spent",
    "If one step from any state of a class differs by at most the class's eps in total variation from the class's row, "
    "the distributions of the classes and of the aggregated chain differ by at most the sum over classes of eps times "
    "the expected number of steps that the aggregated chain has spent there; what differed some steps ago counts only "
    "by what the aggregated chain does not forget in them.",
    "d_(k+1) <= d_k + max {m eps : m <= q_k, m 1 = 1 - d_k};  d_(k+1) <= sum (q_i eps + d_i max eps) tau(Q'^(k-i))",
    "coupling as in Bian, Abate 2017; with occupation and forgetting ours",
    ("dtmc", "ctmc"),
    aggregated,
    covered,
    (
        Hypothesis("epsilon", "eps of a class is the largest distance of a member; without: half of it"),
        Hypothesis("same start", "the aggregated chain starts with the sums over classes; without: anywhere"),
    ),
    absent={"network": "a network takes no steps: see T13 and T22"},
    tests=("tests/theorems/test_catalogue.py", "tests/chains/test_over_time.py"),
)

CATALOGUE = (T23,)
