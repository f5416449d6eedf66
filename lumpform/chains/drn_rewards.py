"""Folds action rewards of explicit files into those of states, in exact arithmetic over distinct values."""

from __future__ import annotations

from lumpform.graph.entries import added, distinct_pairs
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import CodedValues
from lumpform.numbers.make import recoded


def folded(state: CodedValues, action: CodedValues, rates: SparseWeights | None) -> CodedValues:
    """Add action rewards to state rewards: ``state + action``, or ``state + exit rate * action`` for rates."""
    if all(v == 0 for v in action.table):
        return state
    if rates is not None:
        exits, rewards, codes, pairs = distinct_pairs(rates.row_sums(), action)
        action = recoded(codes, [exits[p // len(rewards)] * rewards[p % len(rewards)] for p in pairs])
    return added(state, action)
