"""Implements `lumpform reduce` for chains, processes and automata: lump exactly, write the smaller one, check it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumpform.cli.outputs import Content, exit_code
from lumpform.cli.phases import Phases, time_rows
from lumpform.cli.show import number, print_json, print_table, working
from lumpform.cli.verify import checked
from lumpform.display.words import counted

if TYPE_CHECKING:
    from lumpform.automata.automaton import WeightedAutomaton
    from lumpform.chains.chain import MarkovChain
    from lumpform.cli.request import Request
    from lumpform.lumping import Lumping
    from lumpform.mdps.mdp import MDP
    from lumpform.shards.lump import ShardLumping


def reduce_states(path: Path, request: Request, model: MarkovChain | MDP | WeightedAutomaton, phases: Phases) -> int:
    """Reduce a model that was read, write it, report: exit code 0, or 1 if the checker rejects."""
    from lumpform.lumping import lump

    with working(f"lumping {counted(model.states, 'state')}"):
        engine = "gpu" if request.engine == "gpu" else None
        lumping = lump(model, request.kind, semantics=request.semantics, respect=request.respected, engine=engine)
        _ = lumping.quotient  # built here, so that its time counts as its own phase
    phases.seconds |= lumping.seconds
    if request.outputs.by_option:
        with phases.measured("write", "writing"):
            request.outputs.write(lumping.quotient, contents(lumping))
    result = summary(lumping)
    notes = getattr(model, "notes", ())
    if notes:
        result["notes"] = list(notes)
    verdict = opinion = None
    if request.check:
        result["check"] = verdict = checked(path, request.outputs, request.reading, phases)
        result["second_opinion"] = opinion = second_opinion(lumping, request.outputs.out, phases)
    result["seconds"] = phases.rounded()
    if request.as_json:
        print_json(result)
    else:
        print_tables(path, request, lumping, result)
    return exit_code(verdict, opinion)


def contents(lumping: Lumping | ShardLumping) -> dict[str, Content]:
    """Return what the files beside the reduced model hold, by option."""
    from lumpform.certificates.format import certificate_bytes

    return {
        "--certificate": lambda path, rounding: certificate_bytes(lumping.certificate),
        "--map": lambda path, rounding: _map(lumping, path),
    }


def _map(lumping: Any, path: Path) -> bytes:
    import numpy as np

    class_of = lumping.partition.class_of
    if path.suffix.lower() != ".npz":
        return "".join(f"{c}\n" for c in class_of.tolist()).encode("ascii")
    archive = io.BytesIO()
    more = {"choice_of": lumping.original.choice_map(lumping.nodes)} if lumping.original.domain == "mdp" else {}
    np.savez_compressed(archive, class_of=class_of, **more)
    return archive.getvalue()


def second_opinion(lumping: Lumping, out: Path | None, phases: Phases) -> str | None:
    """Say what the equivalence checker, which lumps both chains together, thinks of the written file, in one line.

    Only where it applies: both are chains with an initial distribution, the quotient keeps all labels, and masses are
    summed (ordinary and strict lumping, the quotient's behaviour being that of the chain).
    """
    from lumpform.equivalence import equivalent
    from lumpform.formats import read

    chains = lumping.original.domain == "chain"
    comparable = chains and lumping.kind in ("ordinary", "strict") and "labels" in lumping.respect
    initial = lumping.original.initial is not None and lumping.quotient.initial is not None
    if out is None or not initial or not comparable:
        return None
    with phases.measured("compare", "comparing", 20):
        kept = [what for what in ("labels", "rewards") if what in lumping.respect]
        verdict = equivalent(lumping.original, read(out), respect=kept, timeout=20)
    return f"{verdict.answer}: {verdict.reason}"


def summary(lumping: Lumping | ShardLumping) -> dict[str, Any]:
    """Return the JSON object that describes a lumping."""
    model, quotient = lumping.original, lumping.quotient
    kind = getattr(model, "kind", None)  # automata are of one kind
    return {
        "domain": model.domain,
        "model_kind": kind,
        **_counts(model),
        "classes": lumping.partition.count,
        "kind": lumping.kind,
        "semantics": lumping.semantics if kind == "ctmc" else None,
        "respect": list(lumping.respect),
        "exact": True,
        "certified": lumping.certified,
        "evidence": lumping.evidence,
        "quotient": _counts(quotient),
        "dropped": list(lumping.dropped),
    }


def _counts(model: Any) -> dict[str, int]:
    """Return the sizes of a model by their names in JSON."""
    sizes, called = model.sizes(), {"states": "nodes", "choices": "choices", "transitions": "edges"}
    return {name: sizes[size] for size, name in called.items() if size in sizes}


def print_tables(path: Path, request: Request, lumping: Lumping | ShardLumping, result: dict[str, Any]) -> None:
    """Print what was reduced to what, how that was proved, and what was written."""
    before, after = lumping.original.sizes(), lumping.quotient.sizes()
    rows = [(name, number(count), number(after[name])) for name, count in before.items()]
    print_table(str(path), rows, ("", "before", "after"))
    respect = ", ".join(result["respect"]) or "nothing"
    semantics = f", {result['semantics']} semantics" if result["semantics"] else ""
    notes = [
        ("lumping", f"{result['kind']}{semantics}, respecting {respect}"),
        ("classes", number(result["classes"])),
        ("certified", f"exactly: {result['evidence']}"),
    ]
    if before == after:
        notes.append(("next", "nothing merged: another --kind, a smaller --respect, or `lumpform why` on two states"))
    if result["dropped"]:
        notes.append(("dropped", f"{', '.join(result['dropped'])} (not constant on classes)"))
    notes += [("written", f"{path} ({option})") for option, path in request.outputs.by_option.items()]
    if "check" in result:
        notes.append(("checker", result["check"]))
        if result["second_opinion"] is not None:
            notes.append(("second opinion", result["second_opinion"]))
    print_table("", notes + time_rows(result["seconds"]))
