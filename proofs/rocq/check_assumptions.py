"""Fails if a theorem rests on an axiom that is not known here, if one is missing, or if a file admits anything.

    python3 check_assumptions.py OUTPUT

The proofs in matrices and finite graphs rest on nothing. The verified checkers speak of real numbers, and rest on
what the real numbers of Coq's library assume: decidability of some propositions about them, and that functions with
equal values are equal.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ALLOWED = {
    "ClassicalDedekindReals.sig_not_dec",
    "ClassicalDedekindReals.sig_forall_dec",
    "FunctionalExtensionality.functional_extensionality_dep",
}
WITH_REALS = {"network_checked", "chain_checked", "step_checked"}
WITH_REALS |= {"sparse_steps", "sparse_start", "sparse_means", "sparse_network"}
WITH_REALS |= {"exact_steps", "exact_classes", "exact_means", "exact_start", "strict_steps"}
WITH_REALS |= {"proportional_steps", "proportional_means", "proportional_flow", "proportional_stationary"}
WITH_REALS |= {"process_lumps", "process_values", "process_reach", "process_gain", "process_start"}
WITH_REALS |= {"sloped_encloses", "relu_between", "arriving_encloses", "arriving_apart_encloses"}
WITH_REALS |= {"layers_within", "leaf_checked", "difference_checked", "output_checked"}
WITH_REALS |= {"values_hold", "bounds_enclose", "substituted_network", "reduction_checked", "reduction_everywhere"}
WITH_REALS |= {"sum_shown", "fate_checked"}
WITH_REALS |= {"bound_within", "bound_reached", "process_bound"}
CLOSED = "Closed under the global context"
THEOREM = re.compile(r"^Theorem\s+(\w+)", re.MULTILINE)
ADMITS = re.compile(r"\b(Admitted|admit|Axiom|Parameter|Conjecture)\b")


def theorems() -> list[str]:
    """The names of all main statements, in the order of the files."""
    return [
        n for path in sorted(HERE.glob("*.v")) if path.stem != "assumptions" for n in THEOREM.findall(path.read_text())
    ]


def faults(output: str) -> list[str]:
    """What is wrong, in words."""
    found = []
    for path in sorted(HERE.glob("*.v")):
        found += [f"{path.name} contains {word}" for word in ADMITS.findall(path.read_text())]
    asked = re.findall(r"^Print Assumptions (\w+)\.", (HERE / "assumptions.v").read_text(), re.MULTILINE)
    found += [f"{name} is not in assumptions.v" for name in theorems() if name not in asked]
    parts = re.split(r"^(?=Closed under the global context|Axioms:)", output, flags=re.MULTILINE)[1:]
    if len(parts) != len(asked):
        return [*found, f"{len(parts)} answers of Coq for {len(asked)} theorems"]
    for name, part in zip(asked, parts, strict=True):
        if part.startswith(CLOSED):
            continue
        for axiom in re.findall(r"^([A-Za-z_][\w.']*)\s*:", part.partition("Axioms:")[2], re.MULTILINE):
            if name not in WITH_REALS or axiom not in ALLOWED:
                found.append(f"{name} rests on {axiom}")
    return found


if __name__ == "__main__":
    wrong = faults(Path(sys.argv[1]).read_text())
    print("\n".join(wrong) or f"{len(theorems())} theorems, nothing assumed but what is known")
    sys.exit(1 if wrong else 0)
