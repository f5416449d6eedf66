"""Goes through a tree of splits to the boxes of its leaves. docs/certificate-epsilon.md, section 2.2."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...effort import TooLarge, spend
from ...rational import Pair
from ...verdict import Violation
from .leaf import Interval

Box = tuple[Interval, ...]

LEAF = "."


def check_tree(tree: str, inputs: int, most: int, rule: str = "E7") -> int:
    """Check E7: every split has two subtrees, and is of an input that there is; returns the number of leaves.

    The rule has another name where such a tree belongs to another domain.

    Raises `TooLarge` if the tree is deeper than `most`.
    """
    open_at = [0]
    leaves = 0
    for number, token in enumerate(tree.split(" ")):
        if not open_at:
            raise Violation(rule, f"the tree is complete before its node {number}")
        depth = open_at.pop()
        if token == LEAF:
            leaves += 1
            continue
        if int(token) >= inputs:
            raise Violation(rule, f"node {number} of the tree halves input {token} of {inputs}")
        if depth >= most:
            raise TooLarge(f"a tree of splits deeper than {most}")
        open_at += [depth + 1, depth + 1]
    if open_at:
        raise Violation(rule, f"the tree ends {len(open_at)} subtree{'s' * (len(open_at) > 1)} too early")
    return leaves


def leaves_of(tree: str, box: Box) -> Iterator[Box]:
    """Yield the boxes of the leaves of a tree that was checked, in order."""
    waiting = [box]
    for token in tree.split(" "):
        current = waiting.pop()
        if token == LEAF:
            yield current
        else:
            spend(len(box))
            lower, upper = halves(current, int(token))
            waiting += [upper, lower]


def halves(box: Box, i: int) -> tuple[Box, Box]:
    """Return both halves of a box, split at the midpoint of input i."""
    low, high, d = box[i]
    middle = low + high
    lower, upper = (2 * low, middle, 2 * d), (middle, 2 * high, 2 * d)
    return (*box[:i], lower, *box[i + 1 :]), (*box[:i], upper, *box[i + 1 :])


def whole(box: Sequence[tuple[Pair, Pair]]) -> Box:
    """Return a box with one denominator for both ends of an interval."""
    return tuple((low[0] * high[1], high[0] * low[1], low[1] * high[1]) for low, high in box)
