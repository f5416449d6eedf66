"""Polishes a smaller network: all its weights are optimised until its outputs are nearer to the original's.

This is distillation without labels, and without data where inputs are assumed. It starts from linear lumping, and no
neuron stays as it was: a polished network is not a quotient of the original, and methods without optimisation are not
to be compared with it as equals. Several runs, each on samples of its own, end near each other since they begin at the
same place; the mean of their weights is taken.

Sources: distillation, Hinton, Vinyals and Dean 2015; Adam, Kingma and Ba 2015; means of weights, Wortsman and others
2022. In float32; the weights that result are floats, and taken exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import OptionError
from lumpform.graph.weights import DenseWeights
from lumpform.networks.assumed_inputs import first_layer

if TYPE_CHECKING:
    from lumpform.graph.graph import Group, WeightedGraph
    from lumpform.networks.assumed_inputs import Inputs
    from lumpform.networks.network import Network

RUNS = 3
STEPS = 500
BATCH = 512
RATE = 1e-3
"""Of Adam; constant for half of the steps, then falling to zero."""

BETAS = (0.9, 0.99)
TEMPERATURE = 2.0
"""Several outputs are compared by the softmax of them divided by this."""

Singles = NDArray[np.float32]
FUNCTIONS = ("identity", "relu", "leaky_relu")


def polish(original: Network, start: Network, pool: Callable[[int], Inputs], seed: int = 0) -> Network:
    """Return a network like `start` whose outputs are nearer to those of `original`.

    Parameters
    ----------
    original, start : Network
        With the same inputs and outputs; of `start` all groups are single numbers, and functions are piecewise linear.
    pool : function
        Returns the samples for a run, by its number.
    seed : int

    Returns
    -------
    Network
        All weights are float results. O(RUNS * STEPS * BATCH * weights) operations in float32. Several outputs of a
        group are matched up to what they have in common, as softmax sees them; a single one by its squared error.

    Raises
    ------
    OptionError
        If `start` has feature maps, or functions that are not piecewise linear.
    """
    check_polish(start)
    scales = {p.group: first_layer(original, p).scale for p in original.inputs}
    total: list[Any] = []
    for run in range(RUNS):
        inputs = pool(run)
        wanted = original.forward(*inputs.parts)
        teacher = wanted if isinstance(wanted, tuple) else (wanted,)
        targets = {p.group: _singles(t) for p, t in zip(original.outputs, teacher, strict=True)}
        parts = {p.group: _singles(x / scales[p.group]) for p, x in zip(original.inputs, inputs.parts, strict=True)}
        with np.errstate(over="ignore", invalid="ignore"):  # what goes astray is seen below
            found = _Trained(start, scales).run(parts, targets, inputs.weights, np.random.default_rng((seed, run)))
        total = found if run == 0 else [a + b for a, b in zip(total, found, strict=True)]
    means = [t / RUNS for t in total]
    if not all(np.isfinite(m).all() for m in means):
        return start
    arrows = tuple(
        replace(a, weights=DenseWeights.from_array(m / scales.get(a.source, 1.0)))
        for a, m in zip(start.graph.arrows, means, strict=True)
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


def _singles(x: NDArray[Any]) -> Singles:
    return np.ascontiguousarray(x.reshape(len(x), -1), dtype=np.float32)


@dataclass(frozen=True)
class _Trained:
    """Trains the weights of one network."""

    network: Network
    scales: dict[str, float]

    def run(
        self, parts: dict[str, Singles], targets: dict[str, Singles], shares: NDArray[Any], rng: np.random.Generator
    ) -> list[NDArray[np.float64]]:
        """Return the weights of all arrows after `STEPS` steps of Adam; inputs are divided by the scales."""
        graph = self.network.graph
        weights = [(a.weights.floats() * self.scales.get(a.source, 1.0)).astype(np.float32) for a in graph.arrows]
        mean, square = ([np.zeros_like(w) for w in weights] for _ in range(2))
        spreads = {name: max(float(t.var(axis=0).sum()), 1e-12) for name, t in targets.items()}
        for step in range(1, STEPS + 1):
            chosen = rng.choice(len(shares), BATCH, p=shares)
            values = _values(graph, weights, {name: x[chosen] for name, x in parts.items()})
            errors: dict[str, Singles] = {
                n: _error(values[n], t[chosen], spreads[n]) / np.float32(BATCH) for n, t in targets.items()
            }
            rate = RATE * min(1.0, 2 * (1 - step / STEPS)) / (1 - BETAS[0] ** step)
            correction = 1 / (1 - BETAS[1] ** step)
            for w, g, m, s in zip(weights, _gradients(graph, weights, values, errors), mean, square, strict=True):
                m += np.float32(1 - BETAS[0]) * (g - m)
                s += np.float32(1 - BETAS[1]) * (g * g - s)
                w -= np.float32(rate) * m / (np.sqrt(s * np.float32(correction)) + np.float32(1e-8))
        return [w.astype(np.float64) for w in weights]


def _slope(group: Group) -> np.float32:
    """Return what a function does to negative numbers: it multiplies them by this."""
    name = group.function.name
    return np.float32(1 if name == "identity" else 0 if name == "relu" else group.function.parameters[0])


def _values(graph: WeightedGraph, weights: list[Singles], given: dict[str, Singles]) -> dict[str, Singles]:
    values = dict(given)
    dtype = weights[0].dtype if weights else np.float32
    values[graph.groups[0].name] = np.ones((BATCH, 1), dtype=dtype)
    for group in graph.groups:
        if group.name not in values:
            total = np.zeros((BATCH, group.size), dtype=dtype)
            for arrow, w in zip(graph.arrows, weights, strict=True):
                if arrow.target == group.name:
                    total += values[arrow.source] @ w
            values[group.name] = np.where(total > 0, total, _slope(group) * total)
    return values


def _gradients(
    graph: WeightedGraph, weights: list[Singles], values: dict[str, Singles], errors: dict[str, Singles]
) -> list[Singles]:
    """Return the gradient of every arrow, from those of the outputs; groups are gone through from the last one."""
    behind = dict(errors)
    found: list[Singles] = [np.zeros_like(w) for w in weights]
    for group in reversed(graph.groups):
        error = behind.get(group.name)
        if error is None:
            continue
        error = np.where(values[group.name] > 0, error, _slope(group) * error)
        for i, (arrow, w) in enumerate(zip(graph.arrows, weights, strict=True)):
            if arrow.target == group.name:
                found[i] = values[arrow.source].T @ error
                behind[arrow.source] = behind.get(arrow.source, np.float32(0)) + error @ w.T
    return found


def _error(got: Singles, wanted: Singles, spread: float) -> Singles:
    """Return the gradient of one output group: of the cross entropy, or of the squared error of a single number."""
    if got.shape[1] == 1:
        return (got - wanted) / np.float32(spread)
    return _softmax(got) - _softmax(wanted)


def _softmax(x: Singles) -> Singles:
    powers = np.exp((x - x.max(axis=1, keepdims=True)) / np.float32(TEMPERATURE))
    found: Singles = powers / powers.sum(axis=1, keepdims=True)
    return found
