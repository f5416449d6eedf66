"""Runs T2 the maximum and T10 idempotence, on models of every kind."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from lumpform.graph.graph import WeightedGraph
from lumpform.graph.kinds import KINDS, kinds_of
from lumpform.graph.partition import Partition
from lumpform.graph.views import EXACT, NETWORK, ORDINARY, SCALED, STRICT, View
from lumpform.lumping import lump
from lumpform.lumping.definition import lumpable
from lumpform.lumping.lumping import Lumping
from lumpform.lumping.oracle import lumpings
from lumpform.theorems.base import MODELS, Theorem
from lumpform.theorems.common import Instance
from lumpform.theorems.drawn import small, tiny
from lumpform.theorems.show import show_model, show_partition

EVERYWHERE = tuple(m for m in MODELS if m != "unrolled")
UNSCALED = ("ordinary", "exact", "strict")


def _asked(data: DataObject, drawn: Any) -> Instance:
    """Return an instance of a drawn model, with a kind; of a graph, with a view."""
    if isinstance(drawn, WeightedGraph):
        sets = any(a.boolean for a in drawn.arrows)
        views = (ORDINARY, EXACT, STRICT) if sets else (ORDINARY, EXACT, STRICT, SCALED)
        return Instance(drawn, drawn.coarsest, extra=data.draw(st.sampled_from(views)))
    kinds = [k for k in kinds_of(drawn.domain) if k in UNSCALED] or [drawn.kinds[0]]
    return Instance(drawn, drawn.weighted_graph().coarsest, extra=data.draw(st.sampled_from(kinds)))


def _lumped(model: Any, how: Any) -> Lumping:
    """Return the coarsest lumping of a kind, with what the kind respects by default; of a graph, for a view."""
    return lump(model, view=how) if isinstance(how, View) else lump(model, how)


def _definition(model: Any, lumping: Lumping) -> tuple[WeightedGraph, Partition, View, Partition]:
    """Return the graph, the start and the view of a lumping, and its partition of all nodes."""
    if isinstance(model, WeightedGraph):
        return model, model.coarsest, lumping.view or ORDINARY, lumping.partition
    view = NETWORK if model.domain == "network" else KINDS[lumping.kind].view
    start = model.start(lumping.kind, "generator", lumping.respect)
    return model.weighted_graph(), start, view, lumping.partition if lumping.nodes is None else lumping.nodes


def maximum_instances(data: DataObject, model: str, dropped: str | None) -> Instance:
    """Draw a tiny model and a kind."""
    return _asked(data, tiny(data, model, booleans=True))


def maximum_check(found: Instance) -> str | None:
    """Check that every partition that satisfies the definition refines the one that is found, which satisfies it."""
    graph, start, view, best = _definition(found.model, _lumped(found.model, found.extra))
    good = [p for p, _ in lumpings(graph, start, view)]
    if best in good and all(p.refines(best) for p in good):
        return None
    return f"{show_model(found.model)}\nfound {show_partition(best)}, which is not the coarsest of {len(good)}"


T2 = Theorem(
    "T2",
    "Maximum",
    "There is a unique coarsest lumping, the least one of T0: on any graph, cyclic or not, within the initial"
    " partition; in a feed-forward graph, going through the layers once finds it.",
    "the partitions that satisfy the definition are closed under joins",
    "from T0; Kemeny, Snell 1976; Buchholz 1994; for the layered algorithm ours",
    EVERYWHERE,
    maximum_instances,
    maximum_check,
    proofs=("proofs/z3/unscaled.py",),
    tests=("tests/theorems/test_catalogue.py", "tests/lumping/test_oracle.py", "tests/lumping/test_any_graph.py"),
)


def idempotence_instances(data: DataObject, model: str, dropped: str | None) -> Instance:
    """Draw any model and a kind."""
    return _asked(data, small(data, model))


def idempotence_check(found: Instance) -> str | None:
    """Check that the quotient by the coarsest lumping is minimal."""
    # With what the kind respects by default: masses of an initial distribution are summed, so equal ones need not stay
    # equal, or different ones different, in an ordinary quotient.
    once = _lumped(found.model, found.extra)
    if found.extra in ("exact", "strict", STRICT):
        return None if _nothing_to_merge(found.model, once) else "two classes could have been merged"
    again = _lumped(once.quotient, found.extra)
    if again.partition.count == len(again.partition):
        return None
    return f"{show_model(found.model)}\nthe quotient has {len(again.partition)} nodes, and lumps again"


def _nothing_to_merge(model: Any, once: Lumping) -> bool:
    """Check that no two classes can be merged: the quotient forgets sizes, which count for exact and strict kinds."""
    graph, start, view, p = _definition(model, once)
    for a in range(p.count):
        for b in range(a):
            merged = Partition([b if c == a else c for c in p.class_of.tolist()])
            if merged.refines(start) and lumpable(graph, merged, view):
                return False
    return True


T10 = Theorem(
    "T10",
    "Idempotence",
    "No two classes of the coarsest lumping can be merged: a lumping of its quotient would lift to a coarser one. So"
    " the quotient, with one value for each class, is minimal.",
    "lump(quotient) is discrete, but for quotients that hold the masses of classes",
    "follows from T0",
    EVERYWHERE,
    idempotence_instances,
    idempotence_check,
    proofs=("proofs/z3/idempotence.py",),
    tests=("tests/theorems/test_catalogue.py", "tests/lumping/test_layers.py", "tests/reduction/test_planted.py"),
)

CATALOGUE = (T2, T10)
