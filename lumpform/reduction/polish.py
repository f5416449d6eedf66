"""Polishes a smaller network: all its weights are optimised until its outputs are nearer to the original's.

This is distillation without labels, and without data where inputs are assumed. It starts from linear lumping, and no
neuron stays as it was: a polished network is not a quotient of the original, and methods without optimisation are not
to be compared with it as equals.

Steps are those of Gauss and Newton (`lumpform.reduction.gauss_newton`), all over the same samples: from so near a start
ten of them end lower than 1,500 of Adam, in about the same time or less (docs/approximate.md).

Source: distillation, Hinton, Vinyals and Dean 2015. In float32; the weights that result are floats, and taken exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import OptionError
from lumpform.graph.weights import DenseWeights
from lumpform.networks.assumed_inputs import first_layer
from lumpform.reduction.derivatives import FUNCTIONS, Point
from lumpform.reduction.gauss_newton import minimise

if TYPE_CHECKING:
    from lumpform.graph.graph import WeightedGraph
    from lumpform.networks.assumed_inputs import Inputs
    from lumpform.networks.network import Network

POOLS = 3
"""Of samples."""

STEPS = 10
ITERATIONS = 15
"""Of conjugate gradients, for a step."""

SAMPLES = 8192
"""At most so many in a pool; of more, some are drawn."""

TEMPERATURE = 2.0
"""Several outputs are compared by the softmax of them divided by this."""

Singles = NDArray[np.float32]


def polish(original: Network, start: Network, pool: Callable[[int], Inputs], seed: int = 0) -> Network:
    """Return a network like `start` whose outputs are nearer to those of `original`.

    Parameters
    ----------
    original, start : Network
        With the same inputs and outputs; of `start` all groups are single numbers, and functions are piecewise linear.
    pool : function
        Returns samples, by the number of the pool.
    seed : int

    Returns
    -------
    Network
        All weights are float results. O(STEPS * ITERATIONS * POOLS * SAMPLES * weights) operations in float32, and
        memory for all values of so many samples. Several outputs of a group are matched up to what they have in
        common, as softmax sees them; a single one by its squared error.

    Raises
    ------
    OptionError
        If `start` has feature maps, or functions that are not piecewise linear.
    """
    check_polish(start)
    scales = {p.group: first_layer(original, p).scale for p in original.inputs}
    rng = np.random.default_rng(seed)
    drawn: list[Any] = [_targets(original, _some(pool(i), rng), scales) for i in range(POOLS)]
    given, wanted = ({n: np.concatenate([d[i][n] for d in drawn]) for n in drawn[0][i]} for i in (0, 1))
    shares = np.concatenate([d[2] for d in drawn]) / np.float32(POOLS)
    weights: list[NDArray[Any]] = [_singles(a.weights.floats() * scales.get(a.source, 1.0)) for a in start.graph.arrows]
    with np.errstate(all="ignore"):  # what goes astray has no smaller loss, and is not taken
        found = minimise(Distillation(start.graph, given, wanted, shares, rng), weights, STEPS, ITERATIONS)
    if not all(np.isfinite(w).all() for w in found):
        return start
    arrows = tuple(
        replace(a, weights=DenseWeights.from_array(w.astype(np.float64) / scales.get(a.source, 1.0)))
        for a, w in zip(start.graph.arrows, found, strict=True)
    )
    return start.with_graph(replace(start.graph, arrows=arrows))


def check_polish(network: Network) -> None:
    """Refuse a network that cannot be polished, by name."""
    for group in network.graph.groups:
        if group.shape or group.function.name not in FUNCTIONS:
            found = "feature maps" if group.shape else f"the function {group.function.name}"
            raise OptionError(
                f"polish: group {group.name!r} has {found}, expected numbers and piecewise linear functions"
            )
    operators = [a.operator for a in network.graph.arrows if a.operator is not None]
    if operators:
        raise OptionError(f"polish: an arrow with the operator {operators[0][0]}, expected plain matrices")


def _some(inputs: Inputs, rng: np.random.Generator) -> Inputs:
    """Return `SAMPLES` of the samples at most, drawn without replacement."""
    total = len(inputs.weights)
    if total <= SAMPLES:
        return inputs
    chosen = rng.choice(total, SAMPLES, replace=False)
    weights = inputs.weights[chosen]
    return replace(inputs, parts=tuple(p[chosen] for p in inputs.parts), weights=weights / weights.sum())


def _targets(
    original: Network, inputs: Inputs, scales: Mapping[str, float]
) -> tuple[dict[str, Singles], dict[str, Singles], Singles]:
    """Return inputs divided by the scales, the outputs of the original, and the samples' weights."""
    found = original.forward(*inputs.parts)
    outputs = found if isinstance(found, tuple) else (found,)
    wanted = {p.group: _singles(t) for p, t in zip(original.outputs, outputs, strict=True)}
    given = {p.group: _singles(x / scales[p.group]) for p, x in zip(original.inputs, inputs.parts, strict=True)}
    return given, wanted, _singles(inputs.weights)


def _singles(x: NDArray[Any]) -> Singles:
    return np.ascontiguousarray(x.reshape(len(x), -1), dtype=np.float32)


@dataclass(frozen=True)
class Distillation:
    """States what is minimised: how far outputs are from those of the original, over weighted samples.

    Several outputs count by the cross entropy less its least, times the temperature; one by the squared error, relative
    to the variance, and halved.

    Parameters
    ----------
    graph : WeightedGraph
    given, wanted : mapping of group to (samples, nodes) array
        The inputs, and the outputs of the original.
    shares : (samples, 1) array
        They sum to one.
    rng : Generator
        For the diagonal, which is found by samples.
    """

    graph: WeightedGraph
    given: Mapping[str, NDArray[Any]]
    wanted: Mapping[str, NDArray[Any]]
    shares: NDArray[Any]
    rng: np.random.Generator

    def point(self, weights: list[NDArray[Any]]) -> Point:
        """Return the network at these weights."""
        return Point.of(self.graph, weights, self.given)

    def loss(self, weights: list[NDArray[Any]]) -> float:
        """Return how far outputs are apart."""
        values, total = self.point(weights).values, 0.0
        for name, wanted in self.wanted.items():
            if wanted.shape[1] == 1:
                total += float((self.shares * (values[name] - wanted) ** 2).sum()) / 2 / spread(wanted)
            else:
                apart = _log_softmax(wanted) - _log_softmax(values[name])
                total += TEMPERATURE * float((self.shares * np.exp(_log_softmax(wanted)) * apart).sum())
        return total

    def local(self, weights: list[NDArray[Any]]) -> Nearby:
        """Return the derivatives at these weights."""
        return Nearby(self, self.point(weights))


class Nearby:
    """Holds the derivatives at some weights: the gradient, and about the diagonal of the Gauss-Newton matrix.

    The latter is, for the weight from i to j, the mean square of i's value times the mean square of how j moves the
    outputs, along random signs in the metric of the loss.
    """

    def __init__(self, task: Distillation, point: Point) -> None:
        self.task, self.point = task, point
        self.likely = {n: np.exp(_log_softmax(point.values[n])) for n, t in task.wanted.items() if t.shape[1] > 1}
        errors, signs = dict[str, Any](), dict[str, Any]()
        for name, wanted in task.wanted.items():
            random = (2 * task.rng.integers(0, 2, wanted.shape) - 1).astype(np.float32)
            if name in self.likely:
                likely = self.likely[name]
                errors[name] = likely - np.exp(_log_softmax(wanted))
                along = random * np.sqrt(likely / np.float32(TEMPERATURE))
                signs[name] = along - likely * along.sum(axis=1, keepdims=True)
            else:
                errors[name] = (point.values[name] - wanted) / np.float32(spread(wanted))
                signs[name] = random / np.float32(spread(wanted) ** 0.5)
        self.gradient = point.gradients({n: task.shares * e for n, e in errors.items()})
        squares = {n: task.shares * e**2 for n, e in point.backward(signs).items()}
        sizes = {n: (v**2 * task.shares).sum(axis=0) for n, v in point.values.items()}
        totals = {n: e.sum(axis=0) for n, e in squares.items()}
        self.diagonal = [
            np.outer(sizes[a.source], totals[a.target]) if a.target in totals else np.zeros_like(w)
            for a, w in zip(point.graph.arrows, point.weights, strict=True)
        ]

    def product(self, step: list[NDArray[Any]]) -> list[NDArray[Any]]:
        """Return the Gauss-Newton matrix times a step."""
        moved, bent = self.point.forward(step), dict[str, Singles]()
        for name, wanted in self.task.wanted.items():
            along: Any = moved[name]
            if name in self.likely:
                along = self.likely[name] * along / np.float32(TEMPERATURE)
                along = along - self.likely[name] * along.sum(axis=1, keepdims=True)
            else:
                along = along / np.float32(spread(wanted))
            bent[name] = self.task.shares * along
        return self.point.gradients(bent)


def spread(wanted: NDArray[Any]) -> float:
    """Return the variance of an output, or the least number that is divided by."""
    return max(float(wanted.var(axis=0).sum()), 1e-12)


def _log_softmax(x: NDArray[Any]) -> Singles:
    lower = (x - x.max(axis=1, keepdims=True)) / np.float32(TEMPERATURE)
    found: Singles = lower - np.log(np.exp(lower).sum(axis=1, keepdims=True))
    return found
