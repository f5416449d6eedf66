"""Chains whose partition misses being a lumping by a stated amount."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from lumpform.chains.chain import ChainKind, MarkovChain
from lumpform.graph.partition import Partition
from lumpform.strategies.lumpable_chains import Kind, Lumpable, lumpable_chains


class NearMiss(NamedTuple):
    """A chain whose `partition` is not quite a lumping.

    Some sum of `state` and of `other`, which are in one class, differs by `amount`. In `lumpable`, from which the chain
    was made, `partition` is a lumping.
    """

    chain: MarkovChain
    partition: Partition
    state: int
    other: int
    amount: Fraction
    lumpable: MarkovChain


@st.composite
def near_misses(
    draw: DrawFn, *, kind: Kind = "ordinary", model: ChainKind | None = None, max_exponent: int = 80
) -> NearMiss:
    """Lumpable chains in which a part ``2^-k`` of one weight (k up to `max_exponent`) moved to another transition.

    Shrinks towards k = 1 and small chains.
    """
    found = draw(
        lumpable_chains(kind=kind, model=model, structure="ergodic", min_classes=2).filter(
            lambda x: _moves(x, kind) != []
        )
    )
    s, t, instead, pair = draw(st.sampled_from(_moves(found, kind)))
    matrix = found.chain.weights.to_fractions()
    amount = matrix[s][t] / 2 ** draw(st.integers(1, max_exponent))
    matrix[s][t] -= amount
    matrix[s][instead] += amount
    old = found.chain
    chain = MarkovChain(matrix, kind=old.kind, labels=old.labels, rewards=old.rewards, initial=old.initial)
    return NearMiss(chain, found.partition, *pair, amount, old)


def _moves(found: Lumpable, kind: str) -> list[tuple[int, int, int, tuple[int, int]]]:
    """Moves (s, t, instead, witness): less of s -> t, more of s -> instead, so that the witness pair disagrees."""
    p, weights = found.partition, found.chain.weights
    result = []
    for s in range(len(p)):
        for t, _ in weights.row(s):
            changed = t if kind == "exact" else s
            others = [o for o in p.members(p.class_at(changed)).tolist() if o != changed]
            if others:
                result += [(s, t, i, (changed, others[0])) for i in range(len(p)) if p.class_at(i) != p.class_at(t)]
    return result
