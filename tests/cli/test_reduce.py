"""`lumpform reduce` and `lumpform verify`: what they print, what they write, and how they refuse."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import lumpform as lf
from lumpform.certificates.format import read_certificate
from lumpform.lumping.gpu.simulator import compiler

PHASES = {"read", "prepare", "refine", "certify", "quotient", "total"}


def test_json_says_what_scripts_need(lumpform, model: Path) -> None:
    outcome = lumpform("reduce", model, "--json")
    assert outcome.code == 0
    assert outcome.err == ""
    result = json.loads(outcome.out)
    seconds = result.pop("seconds")
    evidence = result.pop("evidence")
    assert result == {
        "schema": "lumpform/1",
        "domain": "chain",
        "model_kind": "ctmc",
        "nodes": 81,
        "edges": 324,
        "classes": 15,
        "kind": "ordinary",
        "semantics": "generator",
        "respect": ["labels", "rewards"],
        "exact": True,
        "certified": True,
        "quotient": {"nodes": 15, "edges": 30},
        "dropped": [],
    }
    assert set(seconds) >= PHASES
    assert all(isinstance(s, float) and s >= 0 for s in seconds.values())
    assert sum(s for phase, s in seconds.items() if phase != "total") <= seconds["total"] * 1.01
    assert isinstance(evidence, str)
    assert evidence


def test_a_dtmc_has_no_semantics(lumpform, tmp_path: Path) -> None:
    lf.write(lf.MarkovChain([[0, 1], [1, 0]]), tmp_path / "two.drn")
    assert json.loads(lumpform("reduce", tmp_path / "two.drn", "--json").out)["semantics"] is None


def test_the_table_says_the_same(lumpform, model: Path) -> None:
    out = lumpform("reduce", model).out
    for fact in ("states", "81", "15", "324", "generator semantics", "certified", "labels, rewards"):
        assert fact in out


@pytest.mark.parametrize("suffix", [".drn", ".npz", ".tra"])
@pytest.mark.parametrize("kind", ["ordinary", "exact", "strict"])
def test_written_files_are_those_of_the_library(lumpform, model: Path, tmp_path: Path, kind: str, suffix: str) -> None:
    out, certificate, classes = tmp_path / f"small{suffix}", tmp_path / "proof.json", tmp_path / "map.txt"
    outcome = lumpform("reduce", model, "-o", out, "--kind", kind, "--certificate", certificate, "--map", classes)
    assert outcome.code == 0, outcome.err
    lumping = lf.lump(lf.read(model), kind)
    assert lf.read(out) == lumping.quotient
    assert read_certificate(certificate) == lumping.certificate
    assert [int(line) for line in classes.read_text().splitlines()] == lumping.partition.class_of.tolist()
    verdict = lumpform("verify", model, out, certificate)
    assert verdict.code == 0
    assert verdict.out.startswith("VERIFIED")
    assert not list(tmp_path.glob(".*"))


def test_the_map_as_an_archive(lumpform, model: Path, tmp_path: Path) -> None:
    assert lumpform("reduce", model, "--map", tmp_path / "map.npz").code == 0
    with np.load(tmp_path / "map.npz", allow_pickle=False) as archive:
        assert archive.files == ["class_of"]
        assert archive["class_of"].tolist() == lf.lump(lf.read(model)).partition.class_of.tolist()


@pytest.mark.parametrize(
    ("options", "respect"),
    [
        ([], ["labels", "rewards"]),
        (["--respect", "none"], []),
        (["--respect", "labels"], ["labels"]),
        (["--respect", "labels", "--respect", "initial"], ["labels", "initial"]),
        (["--respect", "labels", "initial"], ["labels", "initial"]),
        (["--kind", "exact"], ["initial"]),
        (["--kind", "strict"], ["labels", "rewards", "initial"]),
    ],
)
def test_respect(lumpform, model: Path, options: list[str], respect: list[str]) -> None:
    for arguments in ([model, *options], [*options, model]):
        result = json.loads(lumpform("reduce", *arguments, "--json").out)
        assert result["respect"] == respect


def test_what_is_dropped_is_said(lumpform, model: Path) -> None:
    result = json.loads(lumpform("reduce", model, "--respect", "none", "--json").out)
    assert result["classes"] == 1
    assert result["dropped"] == ["all_new", "stopped", "output"]
    assert "all_new, stopped, output" in lumpform("reduce", model, "--respect", "none").out


def test_semantics(lumpform, tmp_path: Path) -> None:
    lf.write(lf.MarkovChain([[5, 0, 1], [0, 0, 1], [0, 0, 0]], kind="ctmc", labels={"goal": [2]}), tmp_path / "m.drn")
    for semantics, classes in (("rates", 3), ("generator", 2)):
        result = json.loads(lumpform("reduce", tmp_path / "m.drn", "--semantics", semantics, "--json").out)
        assert (result["semantics"], result["classes"]) == (semantics, classes)


@pytest.mark.parametrize("kind", ["dtmc", "ctmc"])
def test_model_kind(lumpform, tmp_path: Path, kind: str) -> None:
    (tmp_path / "m.tra").write_text("2 2\n0 1 1\n1 0 1\n")
    result = json.loads(lumpform("reduce", tmp_path / "m.tra", "--model-kind", kind, "--json").out)
    assert result["model_kind"] == kind


def test_rows(lumpform, tmp_path: Path) -> None:
    path, out, proof = tmp_path / "m.drn", tmp_path / "small.drn", tmp_path / "proof.json"
    lf.write(lf.MarkovChain([["1/3", "2/3"], [1, 0]]), path)
    path.write_text(path.read_text().replace("2/3", "0.6666"))
    assert "row" in lumpform("reduce", path).one_error_line()
    accept = ["--rows", "normalise"]
    outcome = lumpform("reduce", path, *accept, "-o", out, "--certificate", proof, "--check", "--json")
    assert json.loads(outcome.out)["check"].startswith("VERIFIED")
    assert lumpform("verify", path, out, proof, *accept).code == 0


def test_check_runs_the_checker_on_the_files(lumpform, model: Path, tmp_path: Path) -> None:
    outcome = lumpform(
        "reduce", model, "-o", tmp_path / "o.npz", "--certificate", tmp_path / "c.json", "--check", "--json"
    )
    assert outcome.code == 0
    result = json.loads(outcome.out)
    assert result["check"].startswith("VERIFIED")
    assert result["seconds"]["check"] > 0


def test_verify_rejects_another_model(lumpform, model: Path, tmp_path: Path) -> None:
    proof = tmp_path / "proof.json"
    assert lumpform("reduce", model, "-o", tmp_path / "small.drn", "--certificate", proof).code == 0
    outcome = lumpform("verify", model, model, proof)
    assert outcome.code == 1
    assert outcome.out.startswith("REJECTED")


def test_verify_is_the_checker(lumpform, program, model: Path, tmp_path: Path) -> None:
    files = [model, tmp_path / "small.drn", tmp_path / "proof.json"]
    assert lumpform("reduce", model, "-o", files[1], "--certificate", files[2]).code == 0
    missing = [model, tmp_path / "missing.drn", files[2]]
    for arguments in (files, [model, model, files[2]], missing):
        ours, alone = lumpform("verify", *arguments), program(*arguments, module="lumpform.checker")
        assert (ours.code, ours.out) == (alone.code, alone.out)
        assert ours.err == (f"lumpform: error: {alone.err}" if alone.err else "")


class TestRefusals:
    """Bad input: one line, exit code 2, nothing written."""

    @pytest.mark.parametrize("option", ["--out", "--certificate", "--map"])
    def test_the_input_is_never_overwritten(self, lumpform, model: Path, option: str) -> None:
        before = model.read_bytes()
        link = model.with_name("link.drn")
        link.symlink_to(model)
        for name in (model, model.parent / "." / model.name, link):
            assert "choose another name" in lumpform("reduce", model, option, name).one_error_line()
        assert model.read_bytes() == before
        assert link.is_symlink()

    def test_nor_a_sibling_of_it(self, lumpform, tmp_path: Path) -> None:
        lf.write(lf.MarkovChain([[0, 1], [1, 0]], labels={"a": [0]}), tmp_path / "m.tra")
        assert (
            "choose another name"
            in lumpform("reduce", tmp_path / "m.tra", "--map", tmp_path / "m.lab").one_error_line()
        )

    def test_two_outputs_are_two_files(self, lumpform, model: Path, tmp_path: Path) -> None:
        same = tmp_path / "same.npz"
        assert "--map" in lumpform("reduce", model, "-o", same, "--map", same).one_error_line()
        assert not same.exists()

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["reduce"], "MODEL"),
            (["reduce", "missing.drn"], "no such file"),
            (["reduce", "model.xyz"], ".drn .tra .npz .mtx"),
            (["reduce", "model.drn", "--kind", "approximate"], "ordinary"),
            (["reduce", "model.drn", "--semantics", "both"], "generator"),
            (["reduce", "model.drn", "--respect", "everything"], "labels"),
            (["reduce", "model.drn", "--respect", "none", "--respect", "labels"], "none"),
            (["reduce", "model.drn", "-o", "small.xyz"], ".drn .tra .npz .mtx"),
            (["reduce", "model.drn", "-o", "nowhere/small.drn"], "nowhere"),
            (["reduce", "model.drn", "--map", "."], "directory"),
            (["reduce", "model.drn", "--check"], "--certificate"),
            (["reduce", "model.drn", "--check", "-o", "a.mtx", "--certificate", "c"], "Matrix Market cannot hold"),
            (["reduce", "model.drn", "--nonsense"], "--nonsense"),
            (["reduce", "model.drn", "another.drn"], "another.drn"),
            (["verify", "model.drn"], "REDUCED"),
            (["info"], "MODEL"),
            (["info", "missing.npz"], "no such file"),
            (["nonsense"], "nonsense"),
        ],
        ids=" ".join,
    )
    def test_one_line(self, lumpform, model: Path, monkeypatch, arguments: list[str], said: str) -> None:
        monkeypatch.chdir(model.parent)
        assert said in lumpform(*arguments).one_error_line()
        assert [p.name for p in model.parent.iterdir()] == ["model.drn"]

    def test_a_damaged_file(self, lumpform, model: Path) -> None:
        model.write_text(model.read_text().replace(": 1/40", ": nan", 1))
        assert "line" in lumpform("reduce", model).one_error_line()

    def test_a_name_that_could_garble_a_terminal(self, lumpform, tmp_path: Path) -> None:
        assert "\x1b" not in lumpform("reduce", tmp_path / "\x1b[31m\n.drn").one_error_line()

    def test_if_one_output_cannot_be_written_none_is(self, lumpform, tmp_path: Path) -> None:
        # DRN has no place for an initial distribution that is not uniform: found out only when writing.
        model, old = tmp_path / "m.npz", tmp_path / "map.txt"
        lf.write(lf.MarkovChain([[0, 1], [1, 0]], labels={"a": [0]}, initial=["1/3", "2/3"]), model)
        old.write_text("old\n")
        arguments = ["--map", old, "--certificate", tmp_path / "c.json", "-o", tmp_path / "o.drn"]
        assert "initial" in lumpform("reduce", model, *arguments).one_error_line()
        assert old.read_text() == "old\n"
        assert sorted(p.name for p in tmp_path.iterdir()) == ["m.npz", "map.txt"]

    def test_an_output_that_fails_after_others_were_made(self, lumpform, model: Path, monkeypatch) -> None:
        import lumpform.certificates.format as module

        def fail(_: object) -> bytes:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(module, "certificate_bytes", fail)
        folder = model.parent
        message = lumpform("reduce", model, "-o", folder / "o.drn", "--certificate", folder / "c.json").one_error_line()
        assert "No space left" in message
        assert "c.json" in message
        assert [p.name for p in folder.iterdir()] == ["model.drn"]


def test_a_card_gives_the_same_files(lumpform, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if compiler() is None:
        pytest.skip("needs a C++ compiler, which is not installed")
    monkeypatch.setenv("LUMPFORM_GPU", "simulator")
    for engine in ("cpu", "gpu"):
        outcome = lumpform("reduce", model, "--engine", engine, "-o", model.with_name(f"{engine}.drn"), "--json")
        assert (outcome.code, json.loads(outcome.out)["classes"]) == (0, 15)
    assert model.with_name("gpu.drn").read_bytes() == model.with_name("cpu.drn").read_bytes()


def test_without_a_card_there_is_one_line(lumpform, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LUMPFORM_GPU", raising=False)
    monkeypatch.setitem(sys.modules, "cupy", None)
    line = lumpform("reduce", model, "--engine", "gpu").one_error_line()
    assert line.startswith("engine 'gpu', which needs a CUDA card, needs an optional package: pip install")
