"""Reads the explicit files of PRISM and of Storm: ``.tra`` with the transitions, and its siblings of the same stem.

=====================  ==========================================================================================
file                   what it holds
=====================  ==========================================================================================
``model.tra``          the transitions, and in current versions the kind (`lumpform.chains.prism_transitions`)
``model.lab``          labels, as PRISM or as Storm writes them (`lumpform.files.prism_labels`)
``model.sta``          ``(x,y)``, then ``state:(1,2)``; gives the names ``x=1, y=2``
``model.srew``         ``states entries``, then ``state value``; several: ``model1.srew``, ``model2.srew``, ...
``model.trew``         ``states entries``, then ``source target value``; numbered in the same way
=====================  ==========================================================================================

Values are decimals or fractions. ``init`` is the initial distribution (uniform over the states that carry it), not a
label. A reward structure is named by the comment ``# Reward structure "name"`` of newer versions, else ``reward`` or
``reward1``, ``reward2``, ... Transition rewards are folded into the state rewards of the same structure: a DTMC gains
``sum P(s,t) r(s,t)`` more per step in s, a CTMC ``sum R(s,t) r(s,t)`` more per unit of time. A numbered file that has a
``.tra`` of its own (``model1.srew`` beside ``model1.tra``) belongs to that one.

References
----------
.. [1] Kwiatkowska, Norman, Parker, *PRISM 4.0: verification of probabilistic real-time systems*, CAV 2011.
.. [2] The PRISM manual, appendix *Explicit model files*, https://www.prismmodelchecker.org/manual/Appendices/
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.assemble import assemble, check_options
from lumpform.chains.chain import MarkovChain
from lumpform.chains.kinds import ChainKind, agreed_kind, assumed_kind
from lumpform.chains.prism_rewards import read_rewards
from lumpform.chains.prism_transitions import read_transitions
from lumpform.chains.rows import Deadlocks, Rows
from lumpform.chains.sources import Source
from lumpform.files.prism_labels import read_labels, read_valuations
from lumpform.numbers.numerals import uniform


def read_prism(
    path: str | Path, *, kind: ChainKind | None = None, rows: Rows = "exact", deadlocks: Deadlocks = "error"
) -> MarkovChain:
    """Read the Markov chain in a ``.tra`` file and its siblings.

    Parameters
    ----------
    path : str or Path
        The ``.tra`` file.
    kind : {"dtmc", "ctmc"}, optional
        For files that do not state it. Without it such a file is a DTMC if every row sums to exactly one, an error if
        its rows look like probabilities, else a CTMC; the chain then says in its `notes` what was assumed.
    rows : {"exact", "normalise"}
        What to do with a DTMC row that does not sum to exactly one; ``normalise`` without `kind` means a DTMC.
    deadlocks : {"error", "loop"}
        What to do with a state of a DTMC without transitions: refuse it, or add a self-loop.

    Raises
    ------
    FormatError
        With file, line, what was found and what was expected; also if `kind` contradicts the file.

    Notes
    -----
    O(m) time for m transitions in the order of their states, O(m log m) otherwise.
    """
    check_options(rows, kind, deadlocks)
    path = Path(path)
    found = read_transitions(path)
    weights, n = found.weights, found.weights.shape[0]
    notes: tuple[str, ...] = ()
    if found.stated is not None:
        kind = agreed_kind(path, found.place, found.stated, kind)
    else:
        normalise, loops = rows == "normalise", deadlocks == "loop"
        kind, notes = assumed_kind(path, weights, kind, normalise=normalise, loops=loops, named=found.named)
    labels: dict[str, NDArray[np.int64]] = {}
    if path.with_suffix(".lab").exists():
        labels = read_labels(path.with_suffix(".lab"), n)
    start = labels.pop("init", None)
    names = read_valuations(path.with_suffix(".sta"), n) if path.with_suffix(".sta").exists() else None
    parts = Source(
        weights,
        kind=kind,
        labels=labels,
        rewards=read_rewards(path, weights, found.parallel),
        initial=None if start is None else uniform(start, n),
        state_names=None if names is None else tuple(names),
        notes=notes,
    )
    return assemble(path, parts, rows=rows, deadlocks=deadlocks)
