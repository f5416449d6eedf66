"""Reads ``.tra`` files, as PRISM or as Storm writes them, and their siblings. docs/certificate.md, section 2.3."""

from __future__ import annotations

from .failure import fail
from .lab import read_labels
from .limits import DEFAULT, Limits
from .models import Model, Parts, assemble, uniform
from .tra_rewards import reward_structures
from .triples import by_rows, read_triples


def read_tra(path: str, kind: str, rows: str = "exact", deadlocks: str = "error", limits: Limits = DEFAULT) -> Model:
    """Read a ``.tra`` file and its siblings; the caller's kind counts where the file states none."""
    triples = read_triples(path, None, limits)
    kind, n = triples.kind or kind, triples.states
    labels = read_labels(path[:-4] + ".lab", n, limits)
    init = labels.pop("init", None)
    initial = uniform(init, n) if init else None
    parts = Parts(path, kind, n, *by_rows(triples), triples.table, labels, initial=initial)
    model = assemble(parts, rows, deadlocks, limits)
    # Rewards of transitions are weighted with what the file says, before a row is made to sum to one.
    weights = model.matrix
    if kind == "dtmc" and (rows == "normalise" or deadlocks == "loop"):
        weights = parts.matrix()
    for name, column in reward_structures(path, weights, triples, limits):
        if name in model.rewards:
            fail(path, "", f"a second reward structure {name!r}", "names that differ")
        model.rewards[name] = column
    return model
