"""`lumpform reduce`: lump a model, write what was asked for, say what happened."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumpform.cli.reading import Reading
from lumpform.cli.show import number, print_json, print_table, seconds, working
from lumpform.cli.verify import checked
from lumpform.errors import OptionError

if TYPE_CHECKING:
    from lumpform.files.atomic import Replacement
    from lumpform.lumping import Lumping

SIBLINGS = (".tra", ".lab", ".sta", ".srew", ".trew")
"""Files that together are one model in the explicit format of PRISM."""

CHECKABLE = (".drn", ".npz", ".tra", ".onnx", ".nnet")
"""What the checker reads."""


@dataclass(frozen=True)
class Request:
    """What the user asked for; the fields are the options of the command."""

    model: Path
    out: Path | None = None
    kind: Any = None
    semantics: Any = "generator"
    respect: tuple[str, ...] | None = None
    rows: str = "exact"
    model_kind: str | None = None
    deadlocks: str = "error"
    constants: str | None = None
    properties: tuple[str, ...] = ()
    certificate: Path | None = None
    map: Path | None = None
    draw: Path | None = None
    check: bool = False
    as_json: bool = False
    opposite: bool = False
    linear: bool = False
    stable: bool = False
    box: tuple[Any, Any] | None = None
    epsilon: str | None = None
    keep: str | None = None
    method: str | None = None
    data: Path | None = None

    @property
    def reading(self) -> Reading:
        """Return the options for reading the model."""
        return Reading(self.rows, self.model_kind, self.deadlocks, self.constants, self.properties)

    @property
    def outputs(self) -> dict[str, Path]:
        """The files to write, by option."""
        named = {"--out": self.out, "--certificate": self.certificate, "--map": self.map, "--draw": self.draw}
        return {option: path for option, path in named.items() if path is not None}


def run(request: Request) -> int:
    """Do all of it: exit code 0, or 1 if the checker rejects."""
    from lumpform.lumping import lump

    respect = _respected(request.respect)
    _check_outputs(request)
    began = time.perf_counter()
    chain = request.reading.read(request.model)
    phases = {"read": time.perf_counter() - began}
    if request.epsilon is not None or request.keep is not None:
        from lumpform.cli.reduce_nearly import run_nearly

        return run_nearly(request, chain, phases)
    if request.method is not None or request.data is not None:
        raise OptionError("--method and --data go with --keep, expected it too")
    if not hasattr(chain, "states"):
        from lumpform.cli.reduce_network import run_network

        return run_network(request, chain, phases)
    if request.opposite or request.linear or request.stable or request.box is not None or request.draw is not None:
        raise OptionError(
            "--opposite, --linear, --stable, --box and --draw are for networks, expected none for a chain"
        )
    with working(f"lumping {number(chain.states)} states"):
        lumping = lump(chain, kind=request.kind, semantics=request.semantics, respect=respect)
        _ = lumping.quotient  # built here, so that its time counts as its own phase
    phases |= lumping.seconds
    write_all(request, lumping, phases)
    verdict = checked(request, phases) if request.check else None
    phases["total"] = time.perf_counter() - began
    result = summary(lumping, phases)
    if chain.notes:
        result["notes"] = list(chain.notes)
    if verdict is not None:
        result["check"] = verdict
        result["second_opinion"] = second_opinion(lumping, request, phases)
        result["seconds"] = {phase: round(value, 6) for phase, value in phases.items()}
    if request.as_json:
        print_json(result)
    else:
        _print_tables(request, lumping, result)
    agreed = not str(result.get("second_opinion")).startswith("DIFFERENT")
    return 0 if verdict is None or (verdict.startswith("VERIFIED") and agreed) else 1


def second_opinion(lumping: Lumping, request: Request, phases: dict[str, float]) -> str | None:
    """What the equivalence checker says of the chain that was written, which it lumps together with the original.

    Only where it applies: both have an initial distribution, the quotient keeps all labels, and masses are summed
    (ordinary and strict lumping, the quotient's behaviour being that of the chain).
    """
    from lumpform.equivalence import equivalent
    from lumpform.formats import read

    comparable = lumping.kind in ("ordinary", "strict") and "labels" in lumping.respect
    initial = lumping.original.initial is not None and lumping.quotient.initial is not None
    if request.out is None or not initial or not comparable:
        return None
    began = time.perf_counter()
    with working("comparing"):
        kept = [what for what in ("labels", "rewards") if what in lumping.respect]
        verdict = equivalent(lumping.original, read(request.out), respect=kept, timeout=20)
    phases["compare"] = time.perf_counter() - began
    phases["total"] += phases["compare"]
    return f"{verdict.answer}: {verdict.reason}"


def summary(lumping: Lumping, phases: dict[str, float]) -> dict[str, Any]:
    """The JSON object that describes a lumping."""
    model, quotient = lumping.original, lumping.quotient
    return {
        "domain": "chain",
        "model_kind": model.kind,
        "nodes": model.states,
        "edges": model.transitions,
        "classes": lumping.partition.count,
        "kind": lumping.kind,
        "semantics": lumping.semantics if model.kind == "ctmc" else None,
        "respect": list(lumping.respect),
        "exact": True,
        "certified": lumping.certified,
        "evidence": lumping.evidence,
        "quotient": {"nodes": quotient.states, "edges": quotient.transitions},
        "dropped": list(lumping.dropped),
        "seconds": {phase: round(value, 6) for phase, value in phases.items()},
    }


def write_all(request: Request, lumping: Lumping, phases: dict[str, float]) -> None:
    """Write every output beside its place, then put all in place; if one cannot be written, none is."""
    writers: list[tuple[Path, Callable[[Replacement], None]]] = []
    if request.out is not None:
        writers.append((request.out, _model_writer(lumping.quotient, request.out)))
    if request.certificate is not None:
        writers.append((request.certificate, _certificate_writer(lumping, request.certificate)))
    if request.map is not None:
        writers.append((request.map, _map_writer(lumping, request.map)))
    if not writers:
        return
    from lumpform.files.atomic import replacement

    began = time.perf_counter()
    with working("writing"), ExitStack() as stack:
        for path, write in writers:
            write(stack.enter_context(replacement(path)))
    phases["write"] = time.perf_counter() - began


def _model_writer(quotient: Any, path: Path) -> Callable[[Replacement], None]:
    from lumpform.formats import write_into

    return lambda files: write_into(quotient, path, files)


def _certificate_writer(lumping: Lumping, path: Path) -> Callable[[Replacement], None]:
    def write(files: Replacement) -> None:
        from lumpform.certificates.format import certificate_bytes

        with files.open(path) as file:
            file.write(certificate_bytes(lumping.certificate))

    return write


def _map_writer(lumping: Lumping, path: Path) -> Callable[[Replacement], None]:
    def write(files: Replacement) -> None:
        import numpy as np

        class_of = lumping.partition.class_of
        with files.open(path) as file:
            if path.suffix.lower() == ".npz":
                np.savez_compressed(file, class_of=class_of)
            else:
                file.write("".join(f"{c}\n" for c in class_of.tolist()).encode("ascii"))

    return write


def _respected(given: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if given is None:
        return None
    if "none" in given and set(given) != {"none"}:
        raise OptionError("--respect none excludes the others: leave one of them out")
    return () if "none" in given else tuple(dict.fromkeys(given))


def _check_outputs(request: Request) -> None:
    """Refuse, before any work is done, what could not be written or would overwrite the model that is read."""
    from lumpform.files.atomic import check_writable
    from lumpform.formats import WRITABLE

    if request.check and (request.out is None or request.certificate is None):
        raise OptionError("--check needs --out and --certificate, the files to check")
    if request.check and any(p is None or p.suffix.lower() not in CHECKABLE for p in (request.model, request.out)):
        raise OptionError(f"--check needs models that the checker reads: {' '.join(CHECKABLE)}")
    if request.out is not None and request.out.suffix.lower() not in WRITABLE:
        raise OptionError(f"--out {request.out.name}: expected one of the suffixes {' '.join(WRITABLE)}")
    taken = {os.path.realpath(path): "the model that is read" for path in _family(request.model)}
    for option, path in request.outputs.items():
        for each in _family(path) if option == "--out" else [path]:
            real = os.path.realpath(each)
            if real in taken:
                raise OptionError(f"{option} {path}: that file is {taken[real]}; choose another name")
            taken[real] = f"what {option} writes"
        check_writable(path)


def _family(path: Path) -> list[Path]:
    """The file, and for a .tra file also those that are read and written with it."""
    if path.suffix.lower() != ".tra":
        return [path]
    rewards = [p for s in (".srew", ".trew") for p in path.parent.glob(f"*{s}") if p.stem.startswith(path.stem)]
    return list(dict.fromkeys([path, *(path.with_suffix(s) for s in SIBLINGS[1:]), *rewards]))


def _print_tables(request: Request, lumping: Lumping, result: dict[str, Any]) -> None:
    model, quotient = lumping.original, lumping.quotient
    pairs = [
        ("states", model.states, quotient.states),
        ("transitions", model.transitions, quotient.transitions),
        ("labels", len(model.labels), len(quotient.labels)),
        ("rewards", len(model.rewards), len(quotient.rewards)),
    ]
    print_table(str(request.model), [(name, number(a), number(b)) for name, a, b in pairs], ("", "before", "after"))
    respect = ", ".join(result["respect"]) or "nothing"
    semantics = f", {result['semantics']} semantics" if result["semantics"] else ""
    notes = [
        ("lumping", f"{result['kind']}{semantics}, respecting {respect}"),
        ("classes", number(result["classes"])),
        ("certified", f"exactly: {result['evidence']}"),
    ]
    if result["dropped"]:
        notes.append(("dropped", f"{', '.join(result['dropped'])} (not constant on classes)"))
    notes += [("written", f"{path} ({option})") for option, path in request.outputs.items()]
    if "check" in result:
        notes.append(("checker", result["check"]))
        if result["second_opinion"] is not None:
            notes.append(("second opinion", result["second_opinion"]))
    notes += [
        ("time" if not i else "", f"{phase} {seconds(t)}") for i, (phase, t) in enumerate(result["seconds"].items())
    ]
    print_table("", notes)
