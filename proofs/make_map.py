"""Writes proofs/README.md: which theorem is proved where, for which shape, and tested by what.

    python proofs/make_map.py

Everything is taken from the catalogue (`lumpform.theorems`) and from the proof scripts, so that nothing is claimed that
is not there; `tests/proofs/test_map.py` fails if the file is not what this prints.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "z3"))

HEAD = """\
# Proofs

This page is written by `python proofs/make_map.py` from the catalogue of theorems and from the scripts; a test compares
them. `python proofs/z3/run.py` runs all proofs in a few seconds, `python proofs/z3/run.py T8` those of one theorem.

A Z3 proof is about *all* real weights, scales and inputs of a fixed shape; every one is also run with one sign or index
changed, and must fail then, and its assumptions are checked to be satisfiable. A SymPy identity holds for matrices of
all sizes. A counterexample is found by Z3 and replayed in exact arithmetic. Property tests run on random models.

A mechanised proof (Rocq/Coq with Mathematical Components, `make -C proofs/rocq`) is for all sizes and rests on no
axiom; `proofs/rocq/check_assumptions.py` fails otherwise. The verified checkers (`network_checked`, `chain_checked`,
and those of the files `sparse_*.v`, such as `sparse_steps`, `exact_steps`, `proportional_steps`, `process_values` and
`sparse_network`, `difference_checked`, `output_checked` and `reduction_checked`), which `lumpform verify --rocq` and
`--extracted` use,
speak of real numbers and rest on what Coq's library assumes about these. `proofs/ocaml` holds those on sparse rows, and
those of differences and outputs, as Coq extracts them.

| theorem | statement | source | mechanised, all sizes | proofs (shape) | property tests on | status |
|---|---|---|---|---|---|---|
"""

TAIL = """
## Status

- *mechanised*: in Rocq, for all sizes. T0 for any closure operator over a field, with the closures of the kinds; T1 for
  any acyclic graph, several arrows, values in a module; T2 for the unscaled kinds on any graph, and for the scaled kind
  what going through the layers once ends with, constants and the unit's class included; T8 (a) and (b) for irreducible
  generators, (c) for any invertible scales, (d) by a counterexample and what remains, (e) by a chain of two states that
  is two-sided and not one-sided; T11 as computed facts, for T1, T3 and T4; T14 for steps and for mixtures over numbers
  of steps, without the statement that a CTMC is one; T17 for chains and for loops; T19 for any values that satisfy the
  equations of a step, with and without delays; T20 for any number of steps and in the limit; T21 with linear
  minimisation.
- *proved, shape*: by Z3 for the shapes named, for all numbers.
- *identity*: also by SymPy for all sizes, as far as the matrix equation goes.
- *refuted without*: the hypotheses for which Z3 found a counterexample when they are dropped.
- *tested*: no machine proof here, property tests only.

T2 is also tested by an exhaustive search over all partitions of tiny models (`tests/lumping/test_oracle.py`).
"""


def page() -> str:
    """The page."""
    return HEAD + "\n".join(rows()) + "\n" + TAIL


def mechanised() -> list[tuple[Path, str]]:
    """The file and the name of every theorem in Rocq."""
    found = []
    for path in sorted((HERE / "rocq").glob("*.v")):
        if path.stem != "assumptions":
            found += [(path, name) for name in re.findall(r"^Theorem\s+(\w+)", path.read_text(), re.MULTILINE)]
    return found


def rows() -> list[str]:
    """One row for each theorem."""
    from identities import IDENTITIES
    from necessity import CASES
    from run import all_proofs

    from lumpform.theorems import CATALOGUE

    result = []
    for t in CATALOGUE.values():
        found = [(p, script) for p, script in all_proofs() if p.theorem == t.name]
        proofs = [f"[{p.name}]({script.removeprefix('proofs/')}) ({p.shape})" for p, script in found]
        identities = [i for i in IDENTITIES if i.theorem == t.name]
        proofs += [f"[{i.name}](z3/identities.py) (all sizes: {i.statement})" for i in identities]
        dropped = [c.dropped for c in CASES if c.theorem == t.name or t.name == "T11"]
        if t.name == "T11":
            proofs += [f"[{c.theorem} without {c.dropped}](z3/necessity.py) ({c.shape})" for c in CASES]
        lemmas = [f"[`{name}`](rocq/{path.name})" for path, name in mechanised() if name.startswith(f"{t.name}_")]
        status = ["mechanised"] if lemmas else []
        status += (
            ["proved, shape"] if found else [] if lemmas else ["tested"] if t.name != "T11" else ["counterexamples"]
        )
        status += ["identity"] if identities else []
        status += [f"refuted without {', '.join(dropped)}"] if dropped and t.name != "T11" else []
        name = f"**{t.name}** {t.title}"
        cells = (name, t.statement, t.source, ", ".join(lemmas) or "-", "; ".join(proofs) or "-", ", ".join(t.models))
        result.append("| " + " | ".join(c.replace("|", "\\|") for c in (*cells, "; ".join(status))) + " |")
    return result


if __name__ == "__main__":
    (HERE / "README.md").write_text(page(), encoding="utf-8")
