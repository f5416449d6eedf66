"""Answers whether two recurrent networks compute the same on all sequences, as a verdict.

Equality is proved by joint lumping (T17, T19): if in the coarsest lumping of both, over the same inputs, corresponding
outputs fall into one class with ratio one, they are equal at every step of every sequence. A difference is shown by a
short sequence that is replayed in exact arithmetic. Between the two nothing is decided.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lumpform.equivalence.budget import Budget, OutOfBudget
from lumpform.equivalence.joint import outputs_equal
from lumpform.equivalence.joint_graph import joint_graph
from lumpform.equivalence.shown import about
from lumpform.equivalence.verdict import Stage, Verdict
from lumpform.errors import ModelError
from lumpform.networks.functions import RATIONAL

if TYPE_CHECKING:
    from lumpform.networks.network import Network

COMPARED = "equal outputs for all sequences"
STEPS = (1, 2, 3, 5)
"""Lengths of the sequences that are tried."""
TRIES = 40
"""Random sequences of each length, half of them with few inputs that are not zero."""


def compare_recurrent(first: Network, second: Network, budget: Budget) -> Verdict:
    """Compare two networks of which at least one is recurrent.

    Raises
    ------
    ModelError
        If inputs or outputs differ in number, size or layout.
    """
    _check_ports(first, second)
    began = time.perf_counter()
    stages: list[Stage] = []

    def noted(name: str, outcome: str) -> None:
        nonlocal began
        stages.append(Stage(name, outcome, time.perf_counter() - began))
        began = time.perf_counter()

    try:
        if outputs_equal(joint_graph(first, second, budget.check), budget.check):
            reason = f"{COMPARED}: joint lumping puts corresponding outputs into one class"
            noted("joint", "EQUIVALENT")
            return Verdict("EQUIVALENT", reason, stages=tuple(stages))
        noted("joint", "outputs are not in one class")
        found = _difference(first, second, budget)
    except OutOfBudget as error:
        noted("joint" if not stages else "replay", str(error))
        return Verdict("UNKNOWN", f"{COMPARED}: nothing is known, {error}", stages=tuple(stages))
    if found is None:
        noted("replay", "no difference found")
        tried = "; ".join(f"{s.name}: {s.outcome}" for s in stages)
        return Verdict("UNKNOWN", f"{COMPARED}: {tried}", stages=tuple(stages))
    noted("replay", "DIFFERENT")
    steps, place, one, other, sequence = found
    reason = f"a sequence of {steps} step{'s' if steps > 1 else ''} gives {about(one)} and {about(other)} {place}"
    return Verdict("DIFFERENT", reason, stages=tuple(stages), sequence=sequence)


def _check_ports(first: Network, second: Network) -> None:
    for what in ("inputs", "outputs"):
        described = [
            [(n.graph.group(p.group).size, n.graph.group(p.group).shape, p.layout) for p in getattr(n, what)]
            for n in (first, second)
        ]
        if described[0] != described[1]:
            raise ModelError(f"the networks have different {what}, expected the same sizes and layouts")
    if len(first.inputs) != 1:
        raise ModelError(f"the networks have {len(first.inputs)} inputs, expected one for recurrent networks")


def _difference(first: Network, second: Network, budget: Budget) -> Any:
    """Return a sequence that tells two networks apart, with what was seen; None if none was found."""
    if any(g.function.name not in RATIONAL for n in (first, second) for g in n.graph.groups):
        return None  # no exact values to replay
    for x, steps in _sequences(first):
        budget.check()
        for number, (a, b) in enumerate(zip(_outputs(first, x), _outputs(second, x), strict=True)):
            apart = np.argwhere(a != b)
            if len(apart):
                at = tuple(int(i) for i in apart[0])
                name = first.outputs[number].name
                return steps, f"at {list(at)} of output {name!r}", a[at], b[at], tuple(x.ravel().tolist())
    return None


def _outputs(network: Network, x: NDArray[Any]) -> list[NDArray[Any]]:
    found = network.forward(x, exact=True)
    return list(found) if isinstance(found, tuple) else [found]


def _sequences(network: Network) -> Iterator[tuple[NDArray[Any], int]]:
    """Yield sequences of one sample as the input port has them, with their numbers of steps."""
    port = network.inputs[0]
    size = network.graph.group(port.group).size
    random = np.random.default_rng(0)
    for steps in STEPS:
        for trial in range(TRIES):
            values = random.integers(-4, 5, (steps, size))
            if trial % 2:
                values *= random.random((steps, size)) < 0.3
            numbers = np.array([Fraction(int(v), 2) for v in values.ravel()], dtype=object).reshape(steps, size)
            shape = [{"t": steps, "n": 1, ".": size}[c] for c in port.layout] if port.layout else [1, size]
            if port.layout and port.layout.index("t") > port.layout.index("."):
                numbers = numbers.T
            yield numbers.reshape(shape), steps
