"""Make the groups of a recurrent layer while a network is read: one for every direction, with an arrow from itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.graph import NodeFunction
from lumpform.graph.weights import DenseWeights
from lumpform.networks.builder import Builder
from lumpform.networks.maps import arrows_of, by_source, columns_of
from lumpform.networks.recurrent import FIRST, FORWARD, LAST, REVERSE, START
from lumpform.networks.tensor import Index, Misfit, Tensor
from lumpform.numbers.make import exact_values


@dataclass(frozen=True, eq=False)
class Direction:
    """Hold one direction of a recurrent layer, ``h(t) = f(x(t) @ inputs + biases + h(t - 1) @ states)``.

    Parameters
    ----------
    inputs : (features, size) array
    states : (size, size) array
    biases : sequence of Fraction, optional
        One for every neuron.
    start : sequence of Fraction, optional
        The state before the first step; None: zeros.
    reverse : bool
        Whether the last step comes first: then it is ``h(t + 1)`` that is read.
    """

    inputs: NDArray[Any]
    states: NDArray[Any]
    biases: Sequence[Fraction] | None = None
    start: Sequence[Fraction] | None = None
    reverse: bool = False


def recurrent_layer(
    builder: Builder, sequence: Tensor, name: str, function: NodeFunction, directions: Sequence[Direction]
) -> list[Index]:
    """Make one group for every direction; returns their entries.

    Raises
    ------
    Misfit
        If the tensor is no sequence of rows, or a matrix does not fit.
    """
    if sorted(sequence.layout) != sorted("tn."):
        shown = list(sequence.shape) if not sequence.layout else f"the layout {sequence.layout!r}"
        raise Misfit(f"a tensor of {shown}", "a sequence: steps, samples and features")
    rows = sequence.entries.reshape(-1, 1)
    for d in directions:
        features, size = d.inputs.shape
        listed = [len(v) for v in (d.biases, d.start) if v is not None]
        if len(rows) != features or d.states.shape != (size, size) or not size or any(n != size for n in listed):
            shapes = f"{list(d.inputs.shape)} and {list(d.states.shape)}"
            raise Misfit(f"weights of the shapes {shapes} for {len(rows)} features", "some that fit")
    columns, _ = columns_of(builder, rows) or ([], ())
    result = []
    for d in directions:
        size = d.inputs.shape[1]
        builder.claim(size * (len(rows) + size))
        number = builder.group(f"{name} reverse" if d.reverse else name, size, (), function)
        for (group, operator), places in by_source(columns).items():
            nodes = np.array([columns[k].node for k in places])  # type: ignore[union-attr]
            arrows_of(builder, group, number, nodes, d.inputs[places], operator)
        states = DenseWeights((size, size), exact_values(np.ascontiguousarray(d.states).reshape(-1)))
        builder.arrow(number, number, states, REVERSE if d.reverse else FORWARD, solid=True)
        if d.biases is not None:
            builder.bias(number, d.biases)
        if d.start is not None and any(d.start):
            builder.bias(number, d.start, START)
        result.append(builder.all_of(number).reshape(size))
    return result


def last_states(builder: Builder, states: Sequence[Index], reverse: Sequence[bool], name: str) -> list[Index]:
    """Return the entries of the states that are computed last, for every direction."""
    return [
        builder.ends(of_one, FIRST if turned else LAST, name) for of_one, turned in zip(states, reverse, strict=True)
    ]
