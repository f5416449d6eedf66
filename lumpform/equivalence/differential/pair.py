"""Puts two networks of dense layers side by side, in doubles: neuron by neuron, missing ones filled with zeros."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.equivalence.forms import FUNCTIONS
from lumpform.equivalence.probe import floats_of
from lumpform.errors import ModelError
from lumpform.networks.dense_layers import DenseLayer, dense_layers
from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.dyadic import DyadicValues

Floats = NDArray[np.float64]

Match = Sequence[tuple[int | None, int | None]]
"""Neurons of one layer that correspond: of the first and of the second network, None where there is none."""

LARGEST = 2.0**200
"""Networks and boxes with larger numbers have no bounds here, so that nothing overflows or is lost by underflow."""


@dataclass(frozen=True, eq=False)
class PairedLayer:
    """Holds a layer of both networks, in doubles that are off by a relative ``2^-53`` (or by ``2^-1022``) at most.

    A layer of a whole network reads the layer before; one of a restricted pair (`restrict`) reads all before, inputs
    first.

    Attributes
    ----------
    first, second, gap : (outputs, inputs) array
        W, V and W - V; the last is rounded once, from the exact difference.
    bias, gap_bias : (outputs,) array
    alpha : float
        The slope of the function below zero: 0 for ReLU, 1 for the identity.
    errors : (2, outputs) array
        By how much sums, and their differences, may be off from what the matrices say.
    """

    first: Floats
    second: Floats
    gap: Floats
    bias: Floats
    gap_bias: Floats
    alpha: float
    errors: Floats


class NotPaired(Exception):
    """Says why two networks cannot be put side by side."""


def layers_of(first: Any, second: Any) -> tuple[list[DenseLayer], list[DenseLayer]]:
    """Return the dense layers of two networks, as many and with the same functions.

    Raises
    ------
    NotPaired
    """
    try:
        sides = [dense_layers(network, "a chain of dense layers") for network in (first, second)]
    except ModelError as error:
        raise NotPaired(str(error)) from None
    if [a.function for a in sides[0]] != [b.function for b in sides[1]]:
        raise NotPaired("the networks have other layers")
    unknown = next((a.function.name for a in sides[0] if a.function.name not in FUNCTIONS), None)
    if unknown is not None:
        raise NotPaired(f"the function {unknown} is not piecewise linear")
    if any(a.weights.values.field.names for side in sides for a in side):
        raise NotPaired("weights have parameters")
    return sides[0], sides[1]


def paired(
    first: Sequence[DenseLayer],
    second: Sequence[DenseLayer],
    matches: Sequence[Match],
    tick: Callable[[], None] = lambda: None,
) -> list[PairedLayer]:
    """Return the layers of two networks with neurons in the order of a match, one for each hidden layer. O(weights).

    A neuron without partner stands beside one with all weights zero, into it and out of it: that changes no output.

    Raises
    ------
    NotPaired
        If a weight is beyond the range of what is rounded safely.
    """
    ends = [tuple((i, i) for i in range(n)) for n in (first[0].weights.shape[0], first[-1].weights.shape[1])]
    places = [ends[0], *matches, ends[1]]
    result = []
    for a, b, (into, out) in zip(first, second, pairwise(places), strict=True):
        tick()
        weights = [_Placed(layer, [p[side] for p in into], [p[side] for p in out]) for side, layer in enumerate((a, b))]
        w, v = (p.floats() for p in weights)
        gap = weights[0].minus(weights[1], w, v)
        alpha = _slope(a.function)
        if not all((np.abs(m) < LARGEST).all() for m in (w, v, gap)) or abs(alpha) > LARGEST:
            raise NotPaired("a weight is beyond the range of safe rounding")
        result.append(
            PairedLayer(w[:, :-1], v[:, :-1], gap[:, :-1], w[:, -1], gap[:, -1], alpha, np.zeros((2, len(w))))
        )
    return result


def _slope(function: Any) -> float:
    """Return the slope of a function below zero. `NotPaired` if it is only rounded that of ReLU or the identity."""
    if not function.parameters:
        return float(function.name == "identity")
    exact = function.parameters[0]
    if float(exact) in (0, 1) and exact not in (0, 1):
        raise NotPaired("a slope is nearly 0 or 1")
    return float(exact)


@dataclass(frozen=True, eq=False)
class _Placed:
    """Reads a layer's weights and bias as one matrix, (outputs, inputs and bias), at the places of a match."""

    layer: DenseLayer
    into: Sequence[int | None]
    out: Sequence[int | None]

    def _take(self, numbers: Callable[[Values], Any], kind: Any) -> Any:
        rows, columns = self.layer.weights.shape
        matrix = np.empty((columns, rows + 1), dtype=kind)
        matrix[:, :-1] = numbers(self.layer.weights.values).reshape(rows, columns).T
        matrix[:, -1] = numbers(self.layer.bias)
        found = np.zeros((len(self.out), len(self.into) + 1), dtype=kind)
        mine = [[(i, p) for i, p in enumerate(side) if p is not None] for side in (self.out, [*self.into, rows])]
        targets, sources = (np.array([i for i, _ in m], dtype=np.intp) for m in mine)
        from_rows, from_columns = (np.array([p for _, p in m], dtype=np.intp) for m in mine)
        found[np.ix_(targets, sources)] = matrix[np.ix_(from_rows, from_columns)]
        return found

    def floats(self) -> Floats:
        return self._take(floats_of, np.float64)

    @property
    def _exact_in_floats(self) -> bool:
        return all(_exact_in_floats(v) for v in (self.layer.weights.values, self.layer.bias))

    def minus(self, other: _Placed, mine: Floats, theirs: Floats) -> Floats:
        """Return the difference of two layers, every number rounded once."""
        if self._exact_in_floats and other._exact_in_floats:
            return mine - theirs
        exact = [p._take(lambda v: np.array(v.fractions(), dtype=object), object) for p in (self, other)]
        with np.errstate(over="ignore"):
            return np.array([[_near(v) for v in row] for row in exact[0] - exact[1]]).reshape(mine.shape)


def _exact_in_floats(values: Values) -> bool:
    """Tell whether every number of a column is a double."""
    if isinstance(values, CodedValues):
        return all(_near(v) == v for v in values.table)
    return isinstance(values, DyadicValues)


def _near(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf")
