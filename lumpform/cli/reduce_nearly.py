"""`lumpform reduce --epsilon / --keep`: smaller models that are nearly the same, and how nearly."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from lumpform.cli.show import number, print_json, print_renderable, print_table, seconds, working
from lumpform.errors import OptionError

if TYPE_CHECKING:
    from lumpform.cli.reduce import Request

HORIZONS = (1, 10, 100)
"""Steps, or times, at which bounds of chains are shown."""

PATIENCE = 20.0
"""Seconds for branch and bound, with --box."""


def run_nearly(request: Request, model: Any, phases: dict[str, float]) -> int:
    """Reduce, bound, write, report."""
    from lumpform.reduction.reduce import reduce

    _refuse(request)
    options: dict[str, Any] = {"keep": request.keep, "epsilon": request.epsilon}
    chain = hasattr(model, "states")
    if chain:
        options |= {"kind": request.kind, "semantics": request.semantics, "respect": request.respect}
    elif request.kind is not None or request.respect is not None:
        raise OptionError("--kind and --respect go with chains or exact reduction, expected neither here")
    if request.method is not None:
        options["method"] = request.method
    if request.data is not None:
        from lumpform.networks.samples import read_samples

        options["data"] = read_samples(request.data).x
    began = time.perf_counter()
    with working("reducing"):
        found = reduce(model, **options)
    phases["reduce"] = time.perf_counter() - began
    facts = _chain_facts(found) if chain else _network_facts(found, request, phases)
    _write(request, found, facts, phases)
    phases["total"] = sum(phases.values())
    facts["seconds"] = {phase: round(value, 6) for phase, value in phases.items()}
    if request.as_json:
        print_json(facts)
    else:
        _show(request, found, facts, chain)
    return 0


def _refuse(request: Request) -> None:
    given = {
        "--certificate": request.certificate is not None,
        "--check": request.check,
        "--map": request.map is not None,
        "--draw": request.draw is not None,
        "--opposite, --linear and --stable": request.opposite or request.linear or request.stable,
    }
    for option, used in given.items():
        if used:
            raise OptionError(f"{option}: for exact reduction only, expected without --epsilon and --keep")


def _chain_facts(found: Any) -> dict[str, Any]:
    discrete = found.original.kind == "dtmc"
    bounds = {str(h): float(found.bound(steps=h) if discrete else found.bound(time=h)) for h in HORIZONS}
    stationary = found.stationary_bound
    return {
        "domain": "chain",
        "model_kind": found.original.kind,
        "nodes": found.original.states,
        "edges": found.original.transitions,
        "classes": found.partition.count,
        "kind": found.kind,
        "exact": found.residual == 0,
        "certified": False,
        "error_bound": float(found.residual),
        "bounds": {("steps" if discrete else "time"): bounds},
        "stationary_bound": None if stationary is None else float(stationary),
        "quotient": {"nodes": found.model.states, "edges": found.model.transitions},
    }


def _network_facts(found: Any, request: Request, phases: dict[str, float]) -> dict[str, Any]:
    before, after = found.original, found.model
    facts: dict[str, Any] = {
        "domain": "network",
        "nodes": before.graph.nodes,
        "edges": before.graph.edges,
        "classes": after.graph.nodes,
        "kind": found.method,
        "exact": False,
        "certified": False,
        "inputs": found.source,
        "error_bound": None,
        "unexplained": {c.group: c.unexplained for c in found.combined},
        "quotient": {"nodes": after.graph.nodes, "edges": after.graph.edges},
    }
    if request.box is not None:
        began = time.perf_counter()
        with working("bounding the deviation"):
            deviation = found.deviation(request.box, timeout=PATIENCE)
        phases["bound"] = time.perf_counter() - began
        facts |= {
            "error_bound": float(deviation.bound),
            "deviation_found": float(deviation.found),
            "exact": deviation.bound == 0,
        }
    return facts


def _write(request: Request, found: Any, facts: dict[str, Any], phases: dict[str, float]) -> None:
    if request.out is None:
        return
    from lumpform.cli.write_network import write_network
    from lumpform.files.atomic import replacement
    from lumpform.formats import write_into

    began = time.perf_counter()
    with working("writing"), ExitStack() as stack:
        files = stack.enter_context(replacement(request.out))
        if hasattr(found.model, "states"):
            write_into(found.model, request.out, files)
        else:
            if request.out.suffix.lower() not in (".onnx", ".npz", ".nnet"):
                raise OptionError(f"--out {request.out.name}: a network is written to .onnx, .npz or .nnet")
            with files.open(request.out) as file:
                rounding = write_network(found.model, request.out, file)
            facts["written"] = {"rounded": rounding.rounded, "largest_rounding": float(rounding.largest)}
    phases["write"] = time.perf_counter() - began


def _show(request: Request, found: Any, facts: dict[str, Any], chain: bool) -> None:
    notes: list[tuple[str, str]] = []
    if chain:
        rows = [
            ("states", number(found.original.states), number(found.model.states)),
            ("transitions", number(found.original.transitions), number(found.model.transitions)),
        ]
        print_table(str(request.model), rows, ("", "before", "after"))
        notes.append(("lumping", f"{found.kind}, within epsilon {found.epsilon}"))
        notes.append(("residual", f"{facts['error_bound']:.6g} (largest row sum of the error, exact)"))
        for name, bounds in facts["bounds"].items():
            notes += [(f"{name} {h}", f"distributions differ by at most {b:.6g}") for h, b in bounds.items()]
        if facts["stationary_bound"] is not None:
            notes.append(("stationary", f"distributions differ by at most {facts['stationary_bound']:.6g}"))
    else:
        print_renderable(str(request.model), found.report.table())
        notes.append(("method", f"{found.method}; inputs {found.source}"))
        notes += [(c.group, f"{len(c.kept)} neurons stay, {c.unexplained:.2%} unexplained") for c in found.combined]
        if facts["error_bound"] is not None:
            notes.append(("deviation", f"at most {facts['error_bound']:.6g} on the box, proved"))
            notes.append(("", f"{facts['deviation_found']:.6g} found by search"))
    if request.out is not None:
        notes.append(("written", f"{request.out} (--out)"))
    notes += [
        ("time" if not i else "", f"{phase} {seconds(t)}") for i, (phase, t) in enumerate(facts["seconds"].items())
    ]
    print_table("", notes)
