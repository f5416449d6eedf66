"""Answers whether two recurrent networks compute the same on all sequences, as a verdict.

Equality is proved by joint lumping (T17, T19): if in the coarsest lumping of both, over the same inputs, corresponding
outputs fall into one class with ratio one, they are equal at every step of every sequence. A difference is shown by a
short sequence that is replayed in exact arithmetic. Between the two nothing is decided.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lumpform.equivalence.align import aligned
from lumpform.equivalence.budget import Budget, OutOfBudget
from lumpform.equivalence.joint import outputs_equal
from lumpform.equivalence.joint_graph import joint_graph
from lumpform.equivalence.shown import about
from lumpform.equivalence.verdict import Answer, Stage, Verdict
from lumpform.errors import ModelError
from lumpform.networks.functions import RATIONAL

if TYPE_CHECKING:
    from lumpform.networks.network import Network

COMPARED = "equal outputs for all sequences"
STEPS = (1, 2, 3, 5)
"""Lengths of the sequences that are tried."""
TRIES = 40
"""Random sequences of each length, half of them with few inputs that are not zero."""


@dataclass(frozen=True)
class _Difference:
    """Holds a sequence, and the first number of an output in which two networks differ on it."""

    sequence: NDArray[Any]
    steps: int
    place: str
    values: tuple[Fraction, Fraction]

    @property
    def text(self) -> str:
        """Return what was seen in one line."""
        one, other = map(about, self.values)
        return f"a sequence of {self.steps} step{'s' if self.steps > 1 else ''} gives {one} and {other} {self.place}"


def compare_recurrent(first: Network, second: Network, budget: Budget) -> Verdict:
    """Compare two networks of which at least one is recurrent.

    Parameters
    ----------
    first, second : Network
        With one input, a sequence. Inputs and outputs correspond as for other networks; their layouts are the same.
    budget : Budget

    Returns
    -------
    Verdict
        EQUIVALENT by joint lumping, which takes O(edges) for every round; DIFFERENT with the sequence, if all functions
        have exact values; UNKNOWN otherwise.

    Raises
    ------
    ModelError
        If inputs or outputs differ in number, shape or layout, or there is another input than one sequence.
    """
    ports = aligned(first, second)
    first, second = ports.first, ports.second
    _check_ports(first, second)
    began = time.perf_counter()
    stages: list[Stage] = []

    def noted(name: str, outcome: str) -> None:
        nonlocal began
        stages.append(Stage(name, outcome, time.perf_counter() - began))
        began = time.perf_counter()

    def answered(answer: Answer, reason: str, sequence: tuple[Fraction, ...] | None = None) -> Verdict:
        reason += f"; {ports.text}" if ports.text else ""
        compared = {"inputs": ports.inputs, "outputs": ports.outputs, "question": COMPARED}
        return Verdict(answer, reason, stages=tuple(stages), compared=compared, sequence=sequence)

    try:
        if outputs_equal(joint_graph(first, second, budget.check), budget.check):
            noted("joint", "EQUIVALENT")
            return answered("EQUIVALENT", f"{COMPARED}: joint lumping puts corresponding outputs into one class")
        noted("joint", "outputs are not in one class")
        found = _difference(first, second, budget)
    except OutOfBudget as error:
        noted("replay" if stages else "joint", str(error))
        return answered("UNKNOWN", f"{COMPARED}: nothing is known, {error}")
    if found is None:
        noted("replay", "no difference found")
        return answered("UNKNOWN", f"{COMPARED}: {'; '.join(f'{s.name}: {s.outcome}' for s in stages)}")
    noted("replay", "DIFFERENT")
    return answered("DIFFERENT", found.text, tuple(found.sequence.ravel().tolist()))


def _check_ports(first: Network, second: Network) -> None:
    for what in ("inputs", "outputs"):
        described = [[(p.sample_shape, p.letters) for p in getattr(n, what)] for n in (first, second)]
        if described[0] != described[1]:
            raise ModelError(f"the networks have different {what}, expected the same sizes and layouts")
    if len(first.inputs) != 1:
        raise ModelError(f"the networks have {len(first.inputs)} inputs, expected one for recurrent networks")
    if "t" not in first.inputs[0].letters:
        raise ModelError(f"the input {first.inputs[0].name!r} has no steps, expected a sequence for recurrent networks")


def _difference(first: Network, second: Network, budget: Budget) -> _Difference | None:
    """Return a sequence that tells two networks apart, with what was seen; None if none was found."""
    if any(g.function.name not in RATIONAL for n in (first, second) for g in n.graph.groups):
        return None  # no exact values to replay
    for x, steps in _sequences(first):
        budget.check()
        for number, (a, b) in enumerate(zip(_outputs(first, x), _outputs(second, x), strict=True)):
            apart = np.argwhere(a != b)
            if len(apart):
                at = tuple(int(i) for i in apart[0])
                return _Difference(x, steps, f"at {list(at)} of output {first.outputs[number].name!r}", (a[at], b[at]))
    return None


def _outputs(network: Network, x: NDArray[Any]) -> list[NDArray[Any]]:
    found = network.forward(x, exact=True)
    return list(found) if isinstance(found, tuple) else [found]


def _sequences(network: Network) -> Iterator[tuple[NDArray[Any], int]]:
    """Yield sequences of one sample as the input port has them, with their numbers of steps."""
    port = network.inputs[0]
    front = [port.letters.index(letter) for letter in "tn"]
    size = prod(port.sample_shape)
    random = np.random.default_rng(0)
    for steps in STEPS:
        for trial in range(TRIES):
            values = random.integers(-4, 5, (steps, size))
            if trial % 2:
                values *= random.random((steps, size)) < 0.3
            numbers = np.array([Fraction(int(v), 2) for v in values.ravel()], dtype=object)
            yield np.moveaxis(numbers.reshape(steps, 1, *port.sample_shape), [0, 1], front), steps
