"""Three checkers of one certificate: the standard library's, the kernel of Coq, and the checker that Coq extracted.

    python benchmarks/checkers.py [--family symmetric_processes] [--from 1e3] [--to 1e5] [--kernel 1e4]

Each size of a family is lumped and certified, and judged three times. What is printed are seconds of processor time,
of everything that a checker starts: the standard library's reads the files, the kernel's number has the writing of its
case in it, the extracted checker's has not (`case`). Behind each number is its growth: time for each transition over
that at the size before; 1.0 is linear. What is not installed, or beyond `--kernel`, has a dash.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from growth import wished

import lumpform as lf
from lumpform.chains.families import FAMILIES, sized
from lumpform.checker import check
from lumpform.rocq.chain_case import chain_case
from lumpform.rocq.chain_terms import chain_terms
from lumpform.rocq.chain_text import chain_text
from lumpform.rocq.program import built, run_program
from lumpform.rocq.run import run
from lumpform.rocq.verify import CHECKERS

HOUR = 3600.0
HEADS = ("standard", "kernel", "case", "extracted")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if a checker rejects."""
    options = parse(arguments)
    if shutil.which("ocamlfind"):
        built()
    print(f"{options.family}: seconds of processor time, and growth for each transition")
    print(f"{'transitions':>11} {'classes':>7}" + "".join(f" {head:>9} {'':>4}" for head in HEADS))
    before: dict[str, float] = {}
    right = True
    for size in wished(options.smallest, options.largest, options.step):
        chain = sized(options.family, size)
        lumping = lf.lump(chain)
        line = f"{chain.transitions:>11,} {lumping.quotient.states:>7,}"
        for head, (answer, spent) in judged(chain, lumping, size <= options.kernel).items():
            each = spent / chain.transitions
            growth = f"{each / before[head]:.2f}" if head in before and answer is not None else ""
            line += f" {'-' if answer is None else format(spent, '.2f'):>9} {growth:>4}"
            before[head] = each
            right &= answer is not False
        print(line, flush=True)
    return 0 if right else 1


def judged(chain: Any, lumping: Any, by_kernel: bool) -> dict[str, tuple[Any, float]]:
    """What each checker says, and its seconds; None for one that is not there."""
    found = {}
    coqc, ocamlfind = shutil.which("coqc"), shutil.which("ocamlfind")
    with tempfile.TemporaryDirectory() as folder:
        model, small, certificate = (str(Path(folder) / name) for name in ("m.npz", "s.npz", "c.json"))
        lf.write(chain, model)
        lf.write(lumping.quotient, small)
        Path(certificate).write_text(json.dumps(lumping.certificate))
        found["standard"] = seconds(lambda: check(model, small, certificate).verified)
    case = chain_case(chain, lumping.quotient, lumping.certificate)
    proofs = CHECKERS["chain"].proofs
    found["kernel"] = None, 0.0
    if coqc is not None and by_kernel:
        found["kernel"] = seconds(lambda: run(chain_terms(case), proofs, coqc, HOUR).accepted)
    text, writing = seconds(lambda: list(chain_text(case)))
    found["case"] = text != [], writing
    found["extracted"] = seconds(lambda: run_program(text, HOUR).accepted) if ocamlfind else (None, 0.0)
    return found


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--family", choices=tuple(FAMILIES), default="symmetric_processes")
    parser.add_argument("--from", dest="smallest", type=float, default=1e3, metavar="M", help="fewest transitions")
    parser.add_argument("--to", dest="largest", type=float, default=1e5, metavar="M", help="most transitions")
    parser.add_argument("--step", type=float, default=10**0.5, metavar="F", help="factor between sizes")
    parser.add_argument("--kernel", type=float, default=1e4, metavar="M", help="most transitions for the kernel")
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
