"""Three checkers of one certificate: the standard library's, the kernel of Coq, and the checker that Coq extracted.

    python benchmarks/checkers.py [--only chain mdp network opposite] [--family symmetric_processes] [--kind exact]
                                  [--from 2e2] [--to 2e4] [--kernel 5e4] [--csv FILE]

Chains of a family, processes of which a scheduler chooses the one that moves, and networks in which every neuron has a
copy, or an opposite, each of four or five sizes, are reduced and certified, and judged three times. What is printed are
seconds of processor time, of everything that a checker starts: the standard library's reads the files; the kernel's has
the writing of its case in it, and not the proofs, which are compiled once before (`proofs`); the extracted checker's
has not (`case`). Behind each number is its growth: time for each transition or weight over that at the size before; 1.0
is linear. What is not installed, or beyond `--kernel`, has a dash.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import resource
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from growth import wished

import lumpform as lf
from lumpform.chains.families import FAMILIES, sized
from lumpform.checker import check
from lumpform.rocq.program import built, run_program
from lumpform.rocq.run import compile_proofs, run_case
from lumpform.rocq.substitution_case import substituted_neurons
from lumpform.rocq.verify import CHECKERS

HOUR = 3600.0
HEADS = ("standard", "kernel", "case", "extracted")
DOMAINS = ("chain", "mdp", "network", "opposite")
Answer = tuple[bool | None, float]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if a checker rejects."""
    options = parse(arguments)
    if shutil.which("ocamlfind"):
        built()
    rows: list[dict[str, Any]] = []
    for domain in options.only:
        print(f"{domain}: seconds of processor time, and growth for each transition or weight")
        print(f"{'size':>9} {'classes':>7}" + "".join(f" {head:>9} {'':>5}" for head in HEADS))
        before: dict[str, float] = {}
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            for size, classes, model, small, certificate in models(domain, options):
                found = judged(home, model, small, certificate, size <= options.kernel)
                rows.append({"domain": domain, "size": size, "classes": classes} | shown(found))
                print(f"{size:>9,} {classes:>7,}" + "".join(columns(found, size, before)), flush=True)
                rows[-1]["accepted"] = all(answer is not False for answer, _ in found.values())
        print()
    if options.csv:
        with options.csv.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return 0 if all(row["accepted"] for row in rows) else 1


def columns(found: dict[str, Answer], size: int, before: dict[str, float]) -> Iterator[str]:
    """Seconds, and what they are for each transition over what they were at the size before."""
    for head in HEADS:
        answer, spent = found[head]
        growth = f"{spent / size / before[head]:.2f}" if before.get(head) and answer is not None else ""
        yield f" {'-' if answer is None else format(spent, '.2f'):>9} {growth:>5}"
        before[head] = spent / size if answer is not None else 0.0


def shown(found: dict[str, Answer]) -> dict[str, str]:
    """Seconds for a file, nothing where there are none."""
    return {head: "" if found[head][0] is None else f"{found[head][1]:.3f}" for head in HEADS}


def models(domain: str, options: argparse.Namespace) -> Iterator[tuple[int, int, Any, Any, dict[str, Any]]]:
    """Models of growing size: the size, the number of classes, the model, the reduced one and the certificate."""
    if domain in ("network", "opposite"):
        opposite = domain == "opposite"
        for width in (8, 16, 32, 64) if opposite else (4, 8, 16, 32, 64):
            network: Any = multiples(width, -2 if opposite else 2)
            reduction = lf.reduce(network, opposite=opposite)
            small = reduction.model
            kept = sum(group.size for group in small.graph.groups)
            weights = sum(arrow.weights.shape[0] * arrow.weights.shape[1] for arrow in network.graph.arrows)
            yield weights, kept, network, small, reduction.certificate()
        return
    chosen: Iterator[Any] = (
        sized(options.family, size) for size in wished(options.smallest, options.largest, options.step)
    )
    if domain == "mdp":
        chosen = (scheduled(n) for n in (3, 4, 5, 6, 7))
    model: Any
    for model in chosen:
        lumping: Any = lf.lump(model, options.kind if domain == "chain" else "ordinary")
        size = int(model.transitions if domain == "chain" else model.edges)
        yield size, lumping.quotient.states, model, lumping.quotient, lumping.certificate


def scheduled(n: int) -> Any:
    """A process of n components with three modes: a scheduler chooses the one that moves; 2 n 3^n transitions."""
    places = {modes: i for i, modes in enumerate(product(range(3), repeat=n))}
    choices = []
    for modes in places:
        moved = [[(*modes[:i], (modes[i] + step) % 3, *modes[i + 1 :]) for step in (1, 2)] for i in range(n)]
        choices.append([("move", {places[a]: "2/3", places[b]: "1/3"}) for a, b in moved])
    ready = [i for modes, i in places.items() if set(modes) == {0}]
    busy = [sum(mode == 1 for mode in modes) for modes in places]
    return lf.MDP(choices, labels={"ready": ready}, rewards={"busy": busy}, initial=ready[0])


def multiples(width: int, factor: int) -> Any:
    """A network of two hidden layers whose neurons have others beside them that read so much times what they read."""
    draw = random.Random(width)
    layers: list[tuple[Any, Any]] = []
    before = 8
    for _ in range(2):
        rows = [[draw.choice((-3, -2, -1, 1, 2, 3)) for _ in range(width)] for _ in range(before)]
        bias = [draw.randint(-5, 5) for _ in range(width)]
        layers.append(([row + [factor * w for w in row] for row in rows], bias + [factor * b for b in bias]))
        before = 2 * width
    layers.append(([[draw.choice((-1, 1)) for _ in range(2)] for _ in range(before)], None))
    return lf.Network.from_layers(layers)


def judged(home: Path, model: Any, small: Any, certificate: Any, by_kernel: bool) -> dict[str, Answer]:
    """What each checker says, and its seconds; None for one that is not there."""
    found: dict[str, Answer] = {}
    fields = json.loads(json.dumps(certificate))
    substituted = fields["domain"] == "network" and substituted_neurons(fields)
    checker = CHECKERS["substitution" if substituted else fields["domain"]]
    suffix = ".onnx" if substituted else ".drn" if fields["domain"] == "mdp" else ".npz"
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder) / name) for name in (f"m{suffix}", f"s{suffix}", "c.json")]
        lf.write(model, paths[0])
        lf.write(small, paths[1])
        Path(paths[2]).write_text(json.dumps(fields))
        found["standard"] = seconds(lambda: check(paths[0], paths[1], paths[2]).verified)
    coqc = shutil.which("coqc")
    case = checker.case(model, small, fields)
    found["kernel"] = None, 0.0
    if coqc is not None and by_kernel:
        if not (home / "case.v").exists():
            _, spent = seconds(lambda: compile_proofs(home, checker.proofs(case), coqc, HOUR))
            print(f"{'proofs':>17} {'':>15} {spent:>9.2f}")
        found["kernel"] = seconds(lambda: run_case(home, checker.terms(case), coqc, HOUR).accepted)
    text, writing = seconds(lambda: list(checker.text(case)))
    found["case"] = text != [], writing
    ocaml = shutil.which("ocamlfind") is not None
    found["extracted"] = seconds(lambda: run_program(text, HOUR).accepted) if ocaml else (None, 0.0)
    return found


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--only", nargs="+", choices=DOMAINS, default=DOMAINS)
    parser.add_argument("--family", choices=tuple(FAMILIES), default="symmetric_processes", help="of chains")
    parser.add_argument(
        "--kind", choices=("ordinary", "exact", "strict"), default="ordinary", help="of lumping, of chains"
    )
    parser.add_argument("--from", dest="smallest", type=float, default=2e2, metavar="M", help="fewest transitions")
    parser.add_argument("--to", dest="largest", type=float, default=2e4, metavar="M", help="most transitions")
    parser.add_argument("--step", type=float, default=10**0.5, metavar="F", help="factor between sizes")
    parser.add_argument("--kernel", type=float, default=5e4, metavar="M", help="most transitions for the kernel")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the numbers into a file")
    return parser.parse_args(arguments)


def seconds(work: Callable[[], Any]) -> tuple[Any, float]:
    """The result of one call, and the processor time of this process and of those that it has waited for."""
    began = processor_time()
    result = work()
    return result, processor_time() - began


def processor_time() -> float:
    """Seconds so far."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


if __name__ == "__main__":
    sys.exit(main())
