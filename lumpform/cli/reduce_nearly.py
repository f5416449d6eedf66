"""Implements `lumpform reduce --epsilon / --keep`: smaller models that are nearly the same, and how nearly."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumpform.cli.phases import Phases, time_rows
from lumpform.cli.show import number, print_json, print_renderable, print_table

if TYPE_CHECKING:
    from lumpform.cli.request import Request

HORIZONS = (1, 10, 100)
"""Steps, or times, at which bounds of chains are shown."""

PATIENCE = 20.0
"""Seconds for branch and bound, with --box."""


def reduce_nearly(path: Path, request: Request, model: Any, phases: Phases) -> int:
    """Reduce a model that was read within a budget, bound the error, write the smaller model, report."""
    from lumpform.reduction.reduce import reduce

    with phases.measured("reduce", "reducing"):
        smaller = reduce(model, **_options(request, model))
    if model.domain == "chain":
        facts = _chain_facts(smaller)
    else:
        facts = _network_facts(smaller) | _deviation(smaller, request, phases)
    if request.outputs.by_option:
        with phases.measured("write", "writing"):
            rounding = request.outputs.write(smaller.model, {})
        if model.domain == "network" and rounding is not None:
            facts["written"] = {"rounded": rounding.rounded, "largest_rounding": float(rounding.largest)}
    facts["seconds"] = phases.rounded()
    if request.as_json:
        print_json(facts)
    else:
        rows = _show_chain(path, smaller, facts) if model.domain == "chain" else _show_network(path, smaller, facts)
        rows += [("written", f"{path} ({option})") for option, path in request.outputs.by_option.items()]
        print_table("", rows + time_rows(facts["seconds"]))
    return 0


def _options(request: Request, model: Any) -> dict[str, Any]:
    """Return what to pass to `lumpform.reduce`."""
    if model.domain == "chain":
        of_chains = {"kind": request.kind, "semantics": request.semantics, "respect": request.respected}
        return {"epsilon": request.epsilon, **of_chains}
    options = {"keep": request.keep, "epsilon": request.epsilon, "method": request.method, "polish": request.polish}
    if request.data is None:
        inside = request.keep is not None and request.method != "proportional"
        return {**options, "box": request.box} if inside else options
    from lumpform.networks.samples import read_samples

    return {**options, "data": read_samples(request.data).x}


def _chain_facts(smaller: Any) -> dict[str, Any]:
    discrete = smaller.original.kind == "dtmc"
    bounds = {str(h): float(smaller.bound(steps=h) if discrete else smaller.bound(time=h)) for h in HORIZONS}
    stationary = smaller.stationary_bound
    return {
        "domain": smaller.original.domain,
        "model_kind": smaller.original.kind,
        "nodes": smaller.original.states,
        "edges": smaller.original.transitions,
        "classes": smaller.partition.count,
        "kind": smaller.kind,
        "exact": smaller.residual == 0,
        "certified": False,
        "error_bound": float(smaller.residual),
        "bounds": {("steps" if discrete else "time"): bounds},
        "stationary_bound": None if stationary is None else float(stationary),
        "quotient": {"nodes": smaller.model.states, "edges": smaller.model.transitions},
    }


def _network_facts(smaller: Any) -> dict[str, Any]:
    before, after = smaller.original, smaller.model
    return {
        "domain": before.domain,
        "nodes": before.graph.nodes,
        "edges": before.graph.edges,
        "classes": after.graph.nodes,
        "kind": smaller.method,
        "exact": False,
        "certified": False,
        "inputs": smaller.source,
        "polished": smaller.polished,
        "warning": smaller.warning or None,
        "error_bound": None,
        "unexplained": {c.group: c.unexplained for c in smaller.combined},
        "quotient": {"nodes": after.graph.nodes, "edges": after.graph.edges},
    }


def _deviation(smaller: Any, request: Request, phases: Phases) -> dict[str, Any]:
    """Bound how far outputs can be apart on the box, if there is one."""
    if request.box is None:
        return {}
    with phases.measured("bound", "bounding the deviation"):
        deviation = smaller.deviation(request.box, timeout=PATIENCE)
    return {
        "error_bound": float(deviation.bound),
        "deviation_found": float(deviation.found),
        "exact": deviation.bound == 0,
    }


def _show_chain(path: Path, smaller: Any, facts: dict[str, Any]) -> list[tuple[str, str]]:
    """Print the table of a chain; return the rows to print below it."""
    rows = [
        ("states", number(smaller.original.states), number(smaller.model.states)),
        ("transitions", number(smaller.original.transitions), number(smaller.model.transitions)),
    ]
    print_table(str(path), rows, ("", "before", "after"))
    notes = [
        ("lumping", f"{smaller.kind}, within epsilon {smaller.epsilon}"),
        ("residual", f"{facts['error_bound']:.6g} (largest row sum of the error, exact)"),
    ]
    for name, bounds in facts["bounds"].items():
        notes += [(f"{name} {h}", f"distributions differ by at most {b:.6g}") for h, b in bounds.items()]
    if facts["stationary_bound"] is not None:
        notes.append(("stationary", f"distributions differ by at most {facts['stationary_bound']:.6g}"))
    return notes


def _show_network(path: Path, smaller: Any, facts: dict[str, Any]) -> list[tuple[str, str]]:
    """Print the table of a network; return the rows to print below it."""
    print_renderable(str(path), smaller.report.table())
    notes = [("method", f"{smaller.method}; inputs {smaller.source}")]
    notes += [(c.group, f"{_stays(c)}, {c.unexplained:.2%} unexplained") for c in smaller.combined]
    if smaller.polished:
        notes.append(("polished", "all weights were optimised from there on: no neuron stays as it was"))
    if smaller.warning:
        notes.append(("warning", smaller.warning))
    if facts["error_bound"] is not None:
        notes.append(("deviation", f"at most {facts['error_bound']:.6g} on the box, proved"))
        notes.append(("", f"{facts['deviation_found']:.6g} found by search"))
    return notes


def _stays(combined: Any) -> str:
    if combined.choice == "folded":
        return f"means of {len(combined.kept)} clusters take the place of all neurons"
    return f"{len(combined.kept)} neurons stay"
