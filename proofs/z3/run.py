"""Runs the Z3 and SymPy proofs: `python proofs/z3/run.py [T4 ...]`; exit code 1 if one does not come out as claimed."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import idempotence
import joint
import network_quotient
import scaled
import stable
import unscaled
from base import Proof, prove
from identities import IDENTITIES
from necessity import CASES, find

MODULES = (network_quotient, unscaled, scaled, idempotence, stable, joint)
WIDTHS = (4, 34, 42, 10, 8)


def all_proofs() -> list[tuple[Proof, str]]:
    """Every proof with the script that has it."""
    here = Path(__file__).resolve().parent.name
    return [(p, f"proofs/{here}/{Path(str(m.__file__)).name}") for m in MODULES for p in m.PROOFS]


def line(*cells: str) -> None:
    """A line of the table."""
    print("".join(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)).rstrip())


def main(wanted: list[str]) -> int:
    """Run what is wanted, or all."""
    good = True
    line("", "proof", "shape", "result", "seconds")
    for proof, _ in all_proofs():
        if wanted and proof.theorem not in wanted:
            continue
        result = prove(proof)
        good &= result.status == "proved" and result.consistent
        status = result.status if result.consistent else "vacuous"
        line(proof.theorem, proof.name, proof.shape, status, f"{result.seconds:.2f}")
    for identity in IDENTITIES:
        if not wanted or identity.theorem in wanted:
            began = time.perf_counter()
            derived = identity.derive(False)
            good &= derived
            status = "proved" if derived else "unknown"
            line(identity.theorem, identity.name, "all sizes (SymPy)", status, f"{time.perf_counter() - began:.2f}")
    for case in CASES:
        if not wanted or {case.theorem, "T11"} & set(wanted):
            began = time.perf_counter()
            numbers = find(case)
            sides = None if numbers is None else case.replay(numbers)
            refuted = sides is not None and sides[0] != sides[1]
            good &= refuted
            status = "replayed" if refuted else "not found"
            line("T11", f"without {case.dropped}"[:33], case.shape, status, f"{time.perf_counter() - began:.2f}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main([name.upper() for name in sys.argv[1:]]))
