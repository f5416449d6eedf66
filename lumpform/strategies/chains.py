"""Draws Markov chains of a given structure."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from lumpform.chains.chain import ChainKind, MarkovChain
from lumpform.chains.transform import permute
from lumpform.strategies.weights import ONE, ZERO, exact_weights, proportions, require

Structure = Literal["any", "ergodic", "absorbing", "reducible", "periodic"]
Matrix = list[list[Fraction]]
STRUCTURES = ("any", "ergodic", "absorbing", "reducible", "periodic")


@st.composite
def chains(
    draw: DrawFn,
    *,
    kind: ChainKind | None = None,
    structure: Structure = "any",
    min_states: int = 1,
    max_states: int = 6,
    labels: bool = True,
    rewards: bool = True,
    initial: bool = True,
) -> MarkovChain:
    """Draw Markov chains with exact weights.

    Parameters
    ----------
    kind : {"dtmc", "ctmc"}, optional
        Both by default.
    structure : {"any", "ergodic", "absorbing", "reducible", "periodic"}
        Ergodic: irreducible and aperiodic. Absorbing: one absorbing state, reached with probability one. Reducible:
        at least two absorbing states. Periodic: irreducible with even period (two states or more; of a CTMC, its
        jumps).
    min_states, max_states : int
    labels, rewards, initial : bool
        Whether there may be labels ``a`` and ``b``, a reward ``r``, and is an initial distribution.

    Notes
    -----
    Shrinks towards one state without labels, then towards few transitions of weight 1.
    """
    require(structure in STRUCTURES, f"structure is {structure!r}, expected one of {', '.join(STRUCTURES)}")
    require(kind in (None, "dtmc", "ctmc"), f"kind is {kind!r}, expected 'dtmc' or 'ctmc'")
    least = max(min_states, 2 if structure in ("reducible", "periodic") else 1)
    require(least <= max_states, f"{structure} chains of {least} to {max_states} states do not exist")
    which = draw(st.sampled_from(("dtmc", "ctmc"))) if kind is None else kind
    edge = st.tuples(st.integers(0, max_states - 1), exact_weights())
    state = st.tuples(st.lists(edge, max_size=4), st.booleans(), st.booleans(), st.integers(0, 3), st.integers(0, 2))
    states = draw(st.lists(state, min_size=least, max_size=max_states))
    n = len(states)
    rows = [[ZERO] * n for _ in states]
    for s, (edges, *_) in enumerate(states):
        for target, weight in edges:
            rows[s][target % n] += weight
    _shape(rows, structure)
    matrix = _stochastic(rows) if which == "dtmc" else rows
    wanted = labels and draw(st.booleans())
    return MarkovChain(
        matrix,
        kind=which,
        labels={"a": np.array([s[1] for s in states]), "b": np.array([s[2] for s in states])} if wanted else None,
        rewards={"r": [Fraction(s[3]) for s in states]} if rewards and draw(st.booleans()) else None,
        initial=proportions([s[4] for s in states]) if initial else None,
    )


def relabellings(chain: MarkovChain) -> SearchStrategy[tuple[MarkovChain, list[int]]]:
    """Draw the chain with its states in another order, and the order: new state i is old state ``order[i]``.

    Shrinks towards the order that it has.
    """
    return st.permutations(range(chain.states)).map(lambda order: (permute(chain, order), list(order)))


def _shape(rows: Matrix, structure: str) -> None:
    """Change the weights in place so that the chain has the structure."""
    n = len(rows)
    if structure in ("absorbing", "reducible"):
        for last in range(n - 1 - (structure == "reducible"), n):
            rows[last] = [ZERO] * n
            rows[last][last] = ONE
    if structure == "absorbing":
        for s in range(n - 1):
            rows[s][s + 1] += ONE
    if structure == "ergodic":
        for s in range(n):
            rows[s][(s + 1) % n] += ONE
        rows[0][0] += ONE
    if structure == "periodic":  # odd and even states alternate
        for row_index, row in enumerate(rows):
            for t in range(n):
                if (t - row_index) % 2 == 0:
                    row[t] = ZERO
        for s in range(n - 1):
            rows[s][s + 1] += ONE
            rows[s + 1][s] += ONE


def _stochastic(rows: Matrix) -> Matrix:
    """Return rows divided by their sums; an empty row becomes a self-loop."""
    result = []
    for s, row in enumerate(rows):
        total = sum(row, ZERO)
        result.append([v / total for v in row] if total else [ONE if t == s else ZERO for t in range(len(row))])
    return result
