"""Reads Markov chains in DRN, the explicit text format that Storm exports (`lumpform.files.drn` reads its lines).

Conventions:

* ``init`` is the initial distribution, not a label: uniform over the states that carry it.
* The entries of a CTMC are rates. The exit rate ``!x`` of a state must be their sum; in a file of fractions exactly, in
  one of doubles (``@value_type: double``, or none) to within a relative 1e-9, and the entries count.
* Action rewards become state rewards. DTMC: added, since the action is taken once per step. CTMC: added after
  multiplication with the exit rate, since the action is taken once per jump.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import cast

import numpy as np

from lumpform.chains.assemble import assemble, check_options
from lumpform.chains.chain import MarkovChain
from lumpform.chains.drn_rewards import folded
from lumpform.chains.kinds import ChainKind, agreed_kind
from lumpform.chains.rows import Deadlocks, Rows
from lumpform.chains.sources import Source
from lumpform.files.drn import read_lines
from lumpform.files.drn_content import DrnContent
from lumpform.files.text import TextFile
from lumpform.graph.entries import taken_or_zero
from lumpform.graph.from_file import check_exits, sparse
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import CodedValues
from lumpform.numbers.numerals import uniform


def read_drn(
    path: str | Path, *, kind: ChainKind | None = None, rows: Rows = "exact", deadlocks: Deadlocks = "error"
) -> MarkovChain:
    """Read the Markov chain in a DRN file.

    Parameters
    ----------
    path : str or Path
    kind : {"dtmc", "ctmc"}, optional
        The file states it; another one is refused.
    rows : {"exact", "normalise"}
        What to do with a DTMC row that does not sum to exactly one: refuse it, or divide it by its sum.
    deadlocks : {"error", "loop"}
        What to do with a state of a DTMC without transitions: refuse it, or add a self-loop.

    Returns
    -------
    MarkovChain

    Raises
    ------
    FormatError
        With the line, what was found and what was expected.

    Notes
    -----
    O(m) time for m transitions; memory is a few bytes for each state and transition, plus the distinct numbers.
    """
    check_options(rows, kind, deadlocks)
    content = read_lines(TextFile(path), ("DTMC", "CTMC"), several=False)
    header = content.header
    agreed_kind(path, "@type", cast(ChainKind, header.kind), kind)
    return _chain(content, rows, deadlocks)


def _chain(content: DrnContent, rows: Rows, deadlocks: Deadlocks) -> MarkovChain:
    """Make the chain of what was read."""
    header, path, n = content.header, content.source.path, content.states
    pointers = content.array("first_transition")[content.array("first_action")]
    masks = content.labels()
    weights = sparse(
        path,
        np.repeat(np.arange(n), np.diff(pointers)),
        content.array("targets"),
        content.table.column(content.codes),
        n,
    )
    if header.kind == "ctmc":
        exits, given = content.exits()
        check_exits(path, weights, exits, given, exact=header.fractions, place=content.place)
    initial = masks.pop("init", None)
    parts = Source(
        weights,
        kind=cast(ChainKind, header.kind),
        labels=masks,
        rewards={name: _reward(content, j, weights) for j, name in enumerate(header.rewards)},
        initial=None if initial is None else uniform(np.flatnonzero(initial), n),
        state_names=content.state_names(),
    )
    return assemble(path, parts, rows=rows, deadlocks=deadlocks, place=content.place)


def _reward(content: DrnContent, j: int, weights: SparseWeights) -> CodedValues:
    """Return reward j of states with that of their actions."""
    first = content.array("first_action")
    action = np.where(np.diff(first) > 0, first[:-1], -1)
    of_actions = content.action_reward(j)
    paid = (
        taken_or_zero(of_actions, action).coded()
        if len(of_actions)
        else CodedValues(np.zeros(len(action), dtype=np.uint8), (Fraction(0),))
    )
    return folded(content.state_reward(j), paid, weights if content.header.kind == "ctmc" else None)
