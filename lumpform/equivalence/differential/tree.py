"""Finds the tree of splits of a certificate: on every leaf the checker's own rule will give a bound within epsilon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.equivalence.budget import Budget
from lumpform.equivalence.differential.match import matches
from lumpform.equivalence.differential.pair import Match, NotPaired, layers_of, paired
from lumpform.equivalence.differential.splitting import float_box
from lumpform.equivalence.differential.zonotope import Leaf, leaves_on
from lumpform.networks.box import input_box

Floats = NDArray[np.float64]

BATCH = 32
"""Leaves that are predicted together."""

SAFE = 1e-6
"""The share of epsilon that is left for what the prediction does not know: the checker counts its rounding."""

DEEPEST = 200
"""No leaf is deeper: halving does not help there."""

Correspondence = tuple[tuple[int, ...] | None, ...]
"""For every hidden layer the first network's neuron of each neuron of the second; None: by place."""


@dataclass(frozen=True)
class SplitTree:
    """Holds what a certificate needs besides the networks, the box and epsilon.

    Attributes
    ----------
    tokens : str
        In preorder: the number of the input that is halved, then the trees of both halves; a dot is a leaf.
    correspondence : tuple
    leaves : int
    bound : Fraction
        Of the difference of the outputs on the whole box, proved in floats that are rounded outward.
    """

    tokens: str
    correspondence: Correspondence
    leaves: int
    bound: Fraction


@dataclass(eq=False)
class _Node:
    low: Any
    high: Any
    depth: int = 0
    split: int = -1
    halves: list[_Node] = field(default_factory=list)


def split_tree(first: Any, second: Any, box: Any, epsilon: Fraction, budget: Budget) -> SplitTree | None:
    """Return a tree of splits of a box with which the outputs are within epsilon by the checker's rule, or None.

    Parameters
    ----------
    first, second : Network
        Inputs and outputs in the same order.
    box : (low, high) or one pair per input
    epsilon : Fraction
    budget : Budget

    Returns
    -------
    SplitTree or None
        None if halving does not help: epsilon is nearly, or really, exceeded. That the outputs are within epsilon is
        then proved (`lumpform.equivalence.differential.zonotope`); that the checker's integers say so is predicted.

    Raises
    ------
    NotPaired
        If the networks are not chains of as many dense layers with the same functions, or a neuron of the second
        corresponds to none of the first.
    OutOfBudget
    """
    sides = layers_of(first, second)
    low, high = float_box(input_box(first, box))
    found = matches(*sides, low, high)
    correspondence = tuple(map(_by_reduced, found))
    layers = paired(*sides, found, budget.check)
    limit = float(epsilon) * (1 - SAFE)
    tree = grown(low, high, lambda lows, highs: leaves_on(layers, lows, highs, budget.check), limit, budget)
    return None if tree is None else SplitTree(tree.tokens, correspondence, tree.leaves, Fraction(tree.bound))


@dataclass(frozen=True)
class Grown:
    """Holds a tree in tokens (as `SplitTree`), how many leaves it has, and the largest of their bounds."""

    tokens: str
    leaves: int
    bound: float


def grown(
    low: Floats, high: Floats, leaves_of: Callable[[Floats, Floats], Leaf], limit: float, budget: Budget
) -> Grown | None:
    """Halve a box until no leaf has a bound above a limit; None if halving does not help.

    Raises
    ------
    OutOfBudget
    """
    root = _Node(low, high)
    waiting, leaves, largest = [root], 0, -np.inf
    while waiting:
        budget.check()
        batch, waiting = waiting[-BATCH:], waiting[:-BATCH]
        lows, highs = (np.array([getattr(node, side) for node in batch]) for side in ("low", "high"))
        with np.errstate(all="ignore"):
            leaf = leaves_of(lows, highs)
        for node, bound, scores in zip(batch, leaf.bounds.tolist(), leaf.scores, strict=True):
            if bound <= limit:
                leaves, largest = leaves + 1, max(largest, bound)
                continue
            width = node.high - node.low
            if node.depth >= DEEPEST or not width.any():
                return None
            by = np.nan_to_num(scores) if scores.any() else width  # only what is not scored is undecided
            waiting += _split(node, int(np.argmax(by)))
    return Grown(_tokens(root), leaves, largest)


def _by_reduced(match: Match) -> tuple[int, ...] | None:
    """Return the partner of every neuron of the second network, in order."""
    partners = {j: i for i, j in match if j is not None}
    found = [partners[j] for j in range(len(partners))]
    chosen = tuple(i for i in found if i is not None)
    if len(chosen) < len(found):
        raise NotPaired("a neuron of the second network corresponds to none of the first")
    return None if len(match) == len(chosen) and chosen == tuple(range(len(chosen))) else chosen


def _split(node: _Node, k: int) -> list[_Node]:
    middle = (node.low[k] + node.high[k]) / 2
    left, right = node.high.copy(), node.low.copy()
    left[k] = right[k] = middle
    node.split = k
    node.halves = [_Node(node.low, left, node.depth + 1), _Node(right, node.high, node.depth + 1)]
    return node.halves


def _tokens(root: _Node) -> str:
    words, stack = [], [root]
    while stack:
        node = stack.pop()
        words.append(str(node.split) if node.halves else ".")
        stack += reversed(node.halves)
    return " ".join(words)
