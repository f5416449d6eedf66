"""Makes chains from chains: other state orders, and two chains side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.chain import MarkovChain
from lumpform.errors import ModelError, OptionError
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.make import from_fractions


def permute(chain: MarkovChain, order: Sequence[int] | NDArray[Any]) -> MarkovChain:
    """Return the same chain with its states in another order: state i of the result is state ``order[i]`` of `chain`.

    Raises
    ------
    OptionError
        If `order` does not name every state exactly once.
    """
    n = chain.states
    try:
        old = np.asarray(order, dtype=np.int64).reshape(-1)
    except (TypeError, ValueError, OverflowError):
        old = np.zeros(0, dtype=np.int64)
    if len(old) != n or not np.array_equal(np.sort(old), np.arange(n)):
        raise OptionError(f"order must name each of the {n} states exactly once")
    new = np.empty(n, dtype=np.int64)
    new[old] = np.arange(n)
    w = chain.weights
    matrix = SparseWeights.from_coo(new[w.row_of_entries()], new[w.indices], w.values, w.shape)
    names = chain.state_names
    return MarkovChain(
        matrix,
        kind=chain.kind,
        labels={name: mask[old] for name, mask in chain.labels.items()},
        rewards={name: column.take(old) for name, column in chain.rewards.items()},
        initial=None if chain.initial is None else chain.initial.take(old),
        state_names=None if names is None else [names[i] for i in old.tolist()],
    )


def disjoint_union(first: MarkovChain, second: MarkovChain) -> MarkovChain:
    """Return both chains side by side, the states of `first` before those of `second`; no initial distribution.

    A label that one chain lacks holds nowhere in it; a reward that one chain lacks is zero in it.

    Raises
    ------
    ModelError
        If one is a DTMC and the other a CTMC.
    """
    if first.kind != second.kind:
        raise ModelError(f"the disjoint union of a {first.kind} and a {second.kind} is not defined")
    a, b = first.weights, second.weights
    n = a.shape[0] + b.shape[0]
    matrix = SparseWeights.from_coo(
        np.concatenate((a.row_of_entries(), b.row_of_entries().astype(np.int64) + a.shape[0])),
        np.concatenate((a.indices, b.indices.astype(np.int64) + a.shape[0])),
        from_fractions([*a.values.fractions(), *b.values.fractions()]),
        (n, n),
    )
    labels = {
        name: np.concatenate([c.labels.get(name, np.zeros(c.states, dtype=bool)) for c in (first, second)])
        for name in {**first.labels, **second.labels}
    }
    rewards = {name: _reward(first, name) + _reward(second, name) for name in {**first.rewards, **second.rewards}}
    return MarkovChain(matrix, kind=first.kind, labels=labels, rewards=rewards)


def _reward(chain: MarkovChain, name: str) -> list[Any]:
    return chain.rewards[name].fractions() if name in chain.rewards else [0] * chain.states
