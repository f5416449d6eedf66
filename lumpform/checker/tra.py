"""Reads ``.tra`` files, as PRISM or as Storm writes them, and their siblings. docs/certificate.md, section 2.3."""

from __future__ import annotations

from .failure import fail
from .lab import read_labels
from .models import Model, assemble, canonical, uniform
from .tra_rewards import reward_structures
from .triples import by_rows, read_triples


def read_tra(path: str, kind: str, rows: str = "exact", deadlocks: str = "error") -> Model:
    """Read a ``.tra`` file and its siblings; the caller's kind counts where the file states none."""
    triples = read_triples(path, None)
    kind, n = triples.kind or kind, triples.states
    indptr, targets, codes = by_rows(triples)
    labels = read_labels(path[:-4] + ".lab", n)
    init = labels.pop("init", None)
    model = assemble(
        path,
        kind,
        n,
        indptr,
        targets,
        codes,
        triples.table,
        labels=dict(labels),
        rewards={},
        initial=uniform(init, n) if init else None,
        rows=rows,
        deadlocks=deadlocks,
    )
    # Rewards of transitions are weighted with what the file says, before a row is made to sum to one.
    weights = model.matrix
    if kind == "dtmc" and (rows == "normalise" or deadlocks == "loop"):
        weights = canonical(n, indptr, targets, codes, triples.table)
    for name, column in reward_structures(path, weights, triples):
        if name in model.rewards:
            fail(path, "", f"a second reward structure {name!r}", "names that differ")
        model.rewards[name] = column
    return model
