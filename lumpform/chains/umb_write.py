"""Writes a Markov chain as UMB with exact rationals, so that reading it gives the same; needs the extra ``umb``."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from lumpform.chains.chain import MarkovChain
from lumpform.files.atomic import Replacement
from lumpform.files.umb import UmbContent
from lumpform.files.umb_write import write_content
from lumpform.graph.entries import times
from lumpform.numbers.naming import check_names, initial_mask


def write_umb(chain: MarkovChain, path: Path, files: Replacement) -> None:
    """Write `chain` to a file of a replacement. O(m).

    Raises
    ------
    MissingExtra
        If umbi is not installed.
    ModelError
        If it has no states, its initial distribution is not uniform over a set of states, or a name has no place in the
        format.

    Notes
    -----
    Every state has one choice; that of a state of a CTMC without transitions has no branches, and the exit rate is 0.
    State names are not written.
    """
    check_names(chain.labels, chain.rewards, "UMB", lambda name: True)
    mask, n = initial_mask(chain.initial, "UMB"), chain.states
    weights, exits = chain.weights, None
    if chain.kind == "ctmc":
        sums = weights.row_sums().coded()
        exits = sums.fractions()
        inverse = [1 / v if v else Fraction(0) for v in sums.table]
        codes = sums.codes.astype(np.int64)[weights.row_of_entries()]
        weights = weights.with_values(times(weights.values, codes, inverse))
    content = UmbContent(
        path,
        "discrete" if exits is None else "stochastic",
        0,
        np.arange(n + 1),
        weights.indptr,
        weights.indices.astype(np.int64),
        weights.values.fractions(),
        exits,
        np.zeros(n, dtype=bool) if mask is None else mask,
        np.zeros(n, dtype=bool),
        ("",),
        np.zeros(n, dtype=np.int64),
        chain.labels,
        {name: {"states": values.fractions()} for name, values in chain.rewards.items()},
        (),
    )
    write_content(content, files)
