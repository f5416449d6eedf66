"""The verified checkers: real models, files that cannot be read, without Coq; the proofs build."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from rocq_cases import changed, lumped, needs_coq, small_chain, written

import lumpform as lf
from lumpform.cli import main
from lumpform.graph.graph import Group, WeightedGraph
from lumpform.reduction.steps import Fate
from lumpform.rocq import verify
from lumpform.rocq.chain_theorems import THEOREMS
from lumpform.rocq.steps import carried_out
from lumpform.rocq.terms import integer, scaled
from lumpform.rocq.verify import FOLDED

ROCQ = Path(__file__).resolve().parents[2] / "proofs" / "rocq"


def test_what_cannot_be_read_is_no_verdict(tmp_path: Path, capsys) -> None:
    chain = small_chain()
    paths = written(tmp_path, chain, *lumped(chain), ".drn")
    for path in paths:
        good = path.read_text()
        path.write_text("{")
        assert main(["verify", "--rocq", *map(str, paths)]) == 2
        error = capsys.readouterr().err
        assert (error.count("\n"), str(path) in error) == (1, True)
        path.write_text(good)


def test_normalised_rows_and_kinds_of_files_reach_the_checker(tmp_path: Path, monkeypatch, capsys) -> None:
    """Without Coq: everything is read and judged as the standard checker reads and judges it, up to the kernel."""
    monkeypatch.setenv("PATH", str(tmp_path))
    rows = "2 4\n0 0 0.25\n0 1 0.25\n1 0 0.5\n1 1 0.25\n"
    (tmp_path / "m.tra").write_text(rows)
    chain = lf.read(tmp_path / "m.tra", rows="normalise")
    small, certificate = lumped(chain)
    lf.write(small, tmp_path / "s.npz")
    (tmp_path / "c.json").write_text(json.dumps(certificate))
    paths = [str(tmp_path / name) for name in ("m.tra", "s.npz", "c.json")]
    assert main(["verify", "--rocq", *paths]) == 2
    assert "a row that sums to 1/2" in capsys.readouterr().err
    assert main(["verify", "--rocq", "--rows", "normalise", *paths]) == 2
    assert "apt install coq" in capsys.readouterr().err
    rates = lf.MarkovChain([[0, 1], [1, 0]], kind="ctmc")
    small, certificate = lumped(rates)
    lf.write(rates, tmp_path / "m.tra")
    lf.write(small, tmp_path / "s.npz")
    (tmp_path / "c.json").write_text(json.dumps(certificate))
    assert main(["verify", "--rocq", *paths]) == 2
    assert "apt install coq" in capsys.readouterr().err


def test_a_reader_that_disagrees_with_the_checker_is_noticed(tmp_path: Path, monkeypatch) -> None:
    chain = small_chain()
    paths = written(tmp_path, chain, *lumped(chain), ".drn")
    monkeypatch.setattr("lumpform.formats.read", lambda path, **options: changed(chain, initial=1))
    with pytest.raises(lf.OptionError, match="the program reads another model than the standard checker, a bug"):
        verify(*paths)


@needs_coq
@pytest.mark.slow
@pytest.mark.parametrize(
    ("folder", "name", "suffix"), [("nets", "tll_m8_0.onnx", ".onnx"), ("chains", "brp_N64_MAX5.npz", ".npz")]
)
def test_real_models(folder, name, suffix, shared, tmp_path: Path, capsys) -> None:
    model = shared / "data" / folder / name
    small, certificate = tmp_path / f"s{suffix}", tmp_path / "c.json"
    assert main(["reduce", str(model), "-o", str(small), "--certificate", str(certificate)]) == 0
    outcome = verify(model, small, certificate)
    assert outcome.accepted
    folded = folder == "nets"  # of its identity layers some only copy, and the file lacks them
    assert outcome.theorem == (FOLDED if folded else THEOREMS["ordinary"].words)
    assert outcome.checker.endswith("and that the file holds what the steps make") == folded


@needs_coq
@pytest.mark.slow
def test_a_broken_lemma_breaks_the_build(tmp_path: Path) -> None:
    text = (ROCQ / "network_checker.v").read_text()
    for old, new in (
        ("Z.ltb 0 k else true", "true else true"),
        ("Z.eqb w 0 && readable", "true && readable"),
        ("Z.eqb (collect ps ws c) 0 && no_columns", "true && no_columns"),
    ):
        assert old in text
        (tmp_path / "broken.v").write_text(text.replace(old, new, 1))
        done = subprocess.run(["coqc", "-q", "broken.v"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode, old


def test_without_coq_it_says_how_to_install_it(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    chain = small_chain()
    paths = written(tmp_path, chain, *lumped(chain), ".drn")
    assert main(["verify", "--rocq", *map(str, paths)]) == 2
    assert "apt install coq" in capsys.readouterr().err


def test_numbers_and_places() -> None:
    assert (integer(-5), integer(1 << 41), integer(-(1 << 41))) == ("(-5)", hex(1 << 41), f"(-{hex(1 << 41)})")
    assert scaled([Fraction(1, 2), Fraction(2, 3)]) == (6, [3, 4])
    steps = [
        {"step": "lump", "class_of": [0, 1, 2, 2, 0, 3], "scales": [[3, "2"], [4, "7"]]},
        {"step": "drop", "nodes": [2]},
    ]
    graph = WeightedGraph((Group("one", 1, pinned=True), Group("hidden", 5)))
    assert carried_out(graph, {"steps": steps})[0] == [
        Fate(0), Fate(1), Fate(None, Fraction(1), "dropped"), Fate(None, Fraction(2), "dropped"),
        Fate(None, Fraction(7), "constant"), Fate(2),
    ]  # fmt: skip


def test_unknown_assumptions_and_admitted_proofs_are_found() -> None:
    sys.path.insert(0, str(ROCQ))
    try:
        import check_assumptions
    finally:
        sys.path.pop(0)
    names = check_assumptions.theorems()
    fine = "Closed under the global context\n" * len(names)
    assert check_assumptions.faults(fine) == []
    bad = "Axioms:\ncheat : False\n" + "Closed under the global context\n" * (len(names) - 1)
    assert check_assumptions.faults(bad) == [f"{check_assumptions.faults(bad)[0].split()[0]} rests on cheat"]
    assert "answers of Coq" in check_assumptions.faults("")[0]
