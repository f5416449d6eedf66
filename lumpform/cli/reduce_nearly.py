"""Implements `lumpform reduce --epsilon / --keep / --residual`: smaller models that are nearly the same, how nearly."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumpform.cli.outputs import Content, exit_code
from lumpform.cli.phases import Phases, time_rows
from lumpform.cli.show import number, print_json, print_table
from lumpform.cli.verify import checked
from lumpform.display.words import counted
from lumpform.errors import OptionError

if TYPE_CHECKING:
    from fractions import Fraction

    from lumpform.cli.request import Request
    from lumpform.equivalence.deviation import Deviation
    from lumpform.numbers.rounding import Rounding
    from lumpform.reduction.proof import Proof

HORIZONS = (1, 10, 100)
"""Steps, or times, at which bounds of chains are shown."""

PATIENCE = 20.0
"""Seconds for branch and bound, with --box."""


def reduce_nearly(path: Path, request: Request, model: Any, phases: Phases) -> int:
    """Reduce a model that was read within a budget, bound the error, write the smaller model, report."""
    verdict, deviation = None, None
    smaller = _reduced(request, model, phases)
    bounds = _bounds(smaller) if model.domain == "chain" else {}
    if model.domain == "chain":
        facts = _chain_facts(smaller, bounds)
    else:
        deviation = _deviation(smaller, request, phases)
        facts = _network_facts(smaller) | _deviation_facts(smaller, deviation)
    if request.outputs.by_option:
        with phases.measured("write", "writing"):
            rounding = request.outputs.write(smaller.model, {"--certificate": _certificate(smaller)})
        if model.domain == "network" and rounding is not None:
            from lumpform.equivalence.shown import json_number

            facts["written"] = {"rounded": rounding.rounded, "largest_rounding": json_number(rounding.largest, up=True)}
            facts["certified"] &= rounding.exact
    if request.check:
        facts["check"] = verdict = checked(path, request.outputs, request.reading, phases)
    facts["seconds"] = phases.rounded()
    if request.as_json:
        print_json(facts)
    else:
        rows = (
            _show_chain(path, smaller, facts, bounds)
            if model.domain == "chain"
            else _show_network(path, smaller, facts, deviation)
        )
        rows += [("written", f"{path} ({option})") for option, path in request.outputs.by_option.items()]
        if facts["domain"] == "network" and smaller.proof is not None and not facts["certified"]:
            rows.append(("", "weights were rounded there: the proof is about the network before that"))
        rows += [] if verdict is None else [("check", verdict)]
        print_table("", rows + time_rows(facts["seconds"]))
    return exit_code(verdict, None)


def _reduced(request: Request, model: Any, phases: Phases) -> Any:
    from lumpform.reduction.reduce import reduce

    if model.domain == "chain" or request.epsilon is None:
        with phases.measured("reduce", "reducing"):
            return reduce(model, **_options(request, model))
    from lumpform.reduction.proved import reduce_proved

    with phases.counted("reduce") as show:
        return reduce_proved(
            model, **_options(request, model), progress=lambda what, share: show(what, round(100 * share), 100)
        )


def _certificate(smaller: Any) -> Content:
    """Return what makes the certificate of a proof; it is about the file, which must hold the weights unrounded."""

    def content(path: Path, rounding: Rounding | None) -> bytes:
        from lumpform.certificates.format import certificate_bytes

        if rounding is not None and not rounding.exact:
            raise OptionError(
                f"--certificate {path}: the file can only hold rounded weights, expected one of another format"
            )
        return certificate_bytes(smaller.certificate())

    return content


def _options(request: Request, model: Any) -> dict[str, Any]:
    """Return what to pass to `lumpform.reduce`."""
    if model.domain == "chain":
        of_chains = {"kind": request.kind, "respect": request.respected}
        return {"epsilon": request.epsilon, "keep": request.keep, **of_chains}
    options: dict[str, Any] = {"method": request.method}
    if request.data is not None:
        from lumpform.networks.samples import read_samples

        options["data"] = read_samples(request.data).x
    if request.epsilon is not None:
        return {**options, "epsilon": request.epsilon, "box": request.box, "timeout": request.timeout}
    inside = request.keep is not None and request.method != "proportional" and request.data is None
    options |= {"box": request.box} if inside else {}
    return {**options, "keep": request.keep, "residual": request.residual, "polish": request.polish}


def _bounds(smaller: Any) -> dict[str, Fraction]:
    """Return the bounds of a chain at some steps or times."""
    discrete = smaller.original.kind == "dtmc"
    return {str(h): smaller.bound(steps=h) if discrete else smaller.bound(time=h) for h in HORIZONS}


def _chain_facts(smaller: Any, bounds: dict[str, Fraction]) -> dict[str, Any]:
    from lumpform.equivalence.shown import json_number

    discrete = smaller.original.kind == "dtmc"
    stationary = smaller.stationary_bound
    return {
        "domain": smaller.original.domain,
        "model_kind": smaller.original.kind,
        "nodes": smaller.original.states,
        "edges": smaller.original.transitions,
        "classes": smaller.partition.count,
        "kind": smaller.kind,
        "exact": smaller.distance == 0,
        "certified": True,
        "keep": smaller.keep,
        "epsilon": str(smaller.epsilon),
        "error_bound": json_number(smaller.distance, up=True),
        "bounds": {("steps" if discrete else "time"): {h: json_number(b, up=True) for h, b in bounds.items()}},
        "start": "given" if smaller.original.initial is not None else "any",
        "stationary_bound": None if stationary is None else json_number(stationary, up=True),
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
        "certified": smaller.proof is not None,
        "inputs": smaller.source,
        "polished": smaller.polished,
        "warning": smaller.warning or None,
        "error_bound": None,
        "unexplained": {c.group: c.unexplained for c in smaller.combined},
        "quotient": {"nodes": after.graph.nodes, "edges": after.graph.edges},
    }


def _deviation(smaller: Any, request: Request, phases: Phases) -> Deviation | None:
    """Bound how far outputs can be apart on the box, if there is one and no proof says so already."""
    if request.box is None or smaller.proof is not None:
        return None
    with phases.measured("bound", "bounding the deviation", PATIENCE):
        return smaller.deviation(request.box, timeout=PATIENCE)


def _deviation_facts(smaller: Any, deviation: Deviation | None) -> dict[str, Any]:
    """Say how far outputs can be apart; the bound is rounded up."""
    from lumpform.equivalence.shown import json_number

    if smaller.proof is not None:
        return _proof_facts(smaller.proof)
    if deviation is None:
        return {}
    return {
        "error_bound": json_number(deviation.bound, up=True),
        "deviation_found": json_number(deviation.found),
        "exact": deviation.bound == 0,
    }


def _proof_facts(proof: Proof) -> dict[str, Any]:
    """Say what is proved, and what was tried; the bound is rounded up."""
    from lumpform.equivalence.shown import json_number

    return {
        "epsilon": str(proof.epsilon),
        "box": [[str(low), str(high)] for low, high in proof.box],
        "error_bound": json_number(proof.bound, up=True),
        "deviation_found": json_number(proof.found),
        "exact": proof.bound == 0,
        "leaves": proof.tree.leaves,
        "finished": proof.finished,
        "tried": [
            {"method": a.method, "neurons": list(a.sizes), "outcome": a.outcome, "deviation_found": a.found}
            for a in proof.attempts
        ],
    }


def _show_chain(path: Path, smaller: Any, facts: dict[str, Any], bounds: dict[str, Fraction]) -> list[tuple[str, str]]:
    """Print the table of a chain; return the rows to print below it."""
    from lumpform.equivalence.shown import at_most

    rows = [
        ("states", number(smaller.original.states), number(smaller.model.states)),
        ("transitions", number(smaller.original.transitions), number(smaller.model.transitions)),
    ]
    print_table(str(path), rows, ("", "before", "after"))
    per = "step" if smaller.original.kind == "dtmc" else "unit of time"
    within = f"within epsilon {smaller.epsilon}"
    if smaller.keep is not None:
        kept = f"{smaller.keep:,} class{'es' * (smaller.keep > 1)}"
        within = f"at most {kept}: within epsilon {at_most(smaller.epsilon)}"
    start = "from its initial distribution" if facts["start"] == "given" else "from any start"
    notes = [
        ("lumping", f"{smaller.kind}, {within} per {per}, in total variation"),
        (f"one {per}", f"differs by at most {at_most(smaller.distance)}, proved"),
    ]
    name = "steps" if smaller.original.kind == "dtmc" else "time"
    notes += [(f"{name} {h}", f"distributions differ by at most {at_most(b)}, {start}") for h, b in bounds.items()]
    if smaller.stationary_bound is not None:
        notes.append(("stationary", f"distributions differ by at most {at_most(smaller.stationary_bound)}"))
    return notes


def _show_network(
    path: Path, smaller: Any, facts: dict[str, Any], deviation: Deviation | None
) -> list[tuple[str, str]]:
    """Print the table of a network; return the rows to print below it."""
    from lumpform.equivalence.shown import at_least, at_most

    print_table(str(path), smaller.report.lines(), smaller.report.header())
    notes = [("method", f"{smaller.method}; inputs {smaller.source}")]
    notes += [(c.group, f"{_stays(c)}, {c.unexplained:.2%} unexplained") for c in smaller.combined]
    if smaller.polished:
        notes.append(("polished", "all weights were optimised from there on: no neuron stays as it was"))
    if smaller.warning:
        notes.append(("warning", smaller.warning))
    if smaller.proof is not None:
        return notes + _proof_notes(smaller.proof)
    if deviation is not None:
        notes.append(("deviation", f"at most {at_most(deviation.bound)} on the box, proved"))
        notes.append(("", f"{at_least(deviation.found)} found by search"))
    return notes


def _proof_notes(proof: Proof) -> list[tuple[str, str]]:
    """Say what is proved, and why it is not smaller: where an input refutes that, and where it is open."""
    from lumpform.equivalence.shown import about, at_most

    leaves = f"{proof.tree.leaves} {'part' if proof.tree.leaves == 1 else 'parts'} of the box"
    tried = (
        f"{len(proof.attempts)} networks: {proof.count('proved')} proved, {proof.count('refuted')} refuted by an input"
    )
    notes = [
        (
            "deviation",
            f"at most {at_most(proof.bound)} on the box, proved on {leaves} (epsilon {about(proof.epsilon)})",
        ),
        ("", f"{about(proof.found)} found by search"),
        ("tried", f"{tried}, {proof.count('open')} open"),
    ]
    if not proof.finished:
        notes.append(("", "time was used up before the bisection was done: more --timeout may remove more"))
    return notes


def _stays(combined: Any) -> str:
    if combined.choice == "folded":
        return f"means of {len(combined.kept)} clusters take the place of all neurons"
    count = len(combined.kept)
    return f"{counted(count, 'neuron')} stay{'s' * (count == 1)}"
