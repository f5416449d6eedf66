"""The proofs prove, not vacuously; with one sign or index changed they do not; counterexamples replay exactly."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sizes import medium_but

pytest.importorskip("z3", reason="needs z3-solver, which is not installed")

from base import prove
from identities import IDENTITIES
from necessity import CASES, find
from run import all_proofs

ROOT = Path(__file__).resolve().parents[2]
PROOFS = [proof for proof, _ in all_proofs()]
NAMES = [f"{p.theorem} {p.name}" for p in PROOFS]


@pytest.mark.parametrize("proof", PROOFS, ids=NAMES)
def test_it_is_proved_and_its_assumptions_can_be_satisfied(proof):
    result = prove(proof)
    assert result.status == "proved"
    assert result.consistent


@pytest.mark.parametrize("proof", medium_but(PROOFS[::4], PROOFS), ids=NAMES)
def test_changed_in_one_place_it_is_refuted(proof):
    assert prove(proof, wrong=True).status == "refuted"


@pytest.mark.parametrize("identity", IDENTITIES, ids=lambda i: f"{i.theorem} {i.name}")
def test_identities_of_all_sizes(identity):
    assert identity.derive(False)
    assert not identity.derive(True)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.theorem} {c.dropped}")
def test_without_a_hypothesis_there_is_a_counterexample(case):
    numbers = find(case)
    assert numbers is not None
    left, right = case.replay(numbers)
    assert left != right


@pytest.mark.medium
def test_the_program_prints_a_table():
    command = [sys.executable, str(ROOT / "proofs" / "z3" / "run.py"), "T9", "T11"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) == 1 + 2 + 1 + len(CASES)
    assert all("proved" in line or "replayed" in line for line in lines[1:])
