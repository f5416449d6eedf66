"""proofs/README.md says what the scripts and the catalogue say."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("z3", reason="needs z3-solver, which is not installed")

from make_map import page, rows

from lumpform.theorems import CATALOGUE

PROOFS = Path(__file__).resolve().parents[2] / "proofs"


def test_the_map_is_up_to_date():
    assert (PROOFS / "README.md").read_text(encoding="utf-8") == page()


def test_no_row_is_empty_where_a_proof_is_promised():
    found = dict(zip(CATALOGUE, rows(), strict=True))
    for name in ("T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10", "T11", "T12", "T16", "T17"):
        assert "(z3/" in found[name], name
    for name in CATALOGUE:
        assert "(rocq/" in found[name], name


def test_every_proof_is_of_a_theorem_and_every_script_exists():
    from run import all_proofs

    for proof, script in all_proofs():
        assert proof.theorem in CATALOGUE
        assert (PROOFS.parent / script).is_file()
        assert script in CATALOGUE[proof.theorem].proofs
