"""Looks for a partition with few classes, each with a row that is within epsilon of the class sums of its members.

First from above: classes are split until each has such a row. Sums over fewer classes differ less, so whatever had to
be split has to be split in the end too; how is a choice, and several are tried. Then from below: two classes become one
wherever the result still has such a row, which makes all other rows differ less. No two of the classes that are left
can be merged (but for what limits leave out: `lumpform.chains.near.pairs`, `lumpform.chains.near.centres.Effort`).

Floats decide here. Whoever takes the partition computes in rationals how far the rows are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lumpform.chains.near.grouped import Index
from lumpform.chains.near.merge import merge
from lumpform.chains.near.split import Way, split

WAYS = (Way(1.0), Way(1.5), Way(2.0), Way(2.0, later=True))
"""How classes are split: all are tried."""


def few_classes(matrix: Any, start: Index, epsilon: float, *, generator: bool, enough: int = 0) -> Index:
    """Return a partition with few classes within epsilon, as a number for every state.

    Parameters
    ----------
    matrix : csr_array of floats, (n, n)
        Rows have equal sums; of a generator with the diagonal.
    start : (n,) int
        The classes that must not be merged.
    epsilon : float
        The largest total variation distance of a state's class sums from the row of its class.
    generator : bool
    enough : int
        With so few classes no other way is tried.

    Notes
    -----
    Per way at most n rounds (usually few) of O(entries of the classes that changed); then passes over pairs.
    """
    found: dict[bytes, Index] = {}
    for way in WAYS:
        parts = split(matrix, start, epsilon, way, generator=generator)
        parts = np.unique(parts, return_inverse=True)[1]
        if parts.tobytes() not in found:
            found[parts.tobytes()] = labels = merge(matrix, parts, start, epsilon, generator=generator)
            if int(labels.max(initial=-1)) < enough:
                return labels
    return min(found.values(), key=lambda labels: int(labels.max(initial=0)))
