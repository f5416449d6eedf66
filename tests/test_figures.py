"""Every figure script draws and writes its four files, which docs/figures has as well; `lumpform figures` runs them."""

from __future__ import annotations

import ast
import csv
import importlib.util
import json
import sys
from pathlib import Path

import pytest

from lumpform.cli import figures, main
from lumpform.cli.figures import KINDS, NAMES

FOLDER = Path(__file__).parents[1] / "paper_figures"
DRAWN = Path(__file__).parents[1] / "docs" / "figures"
SAME = ("exact_chains", "lattices")
"""Ours whose numbers do not depend on the machine."""
QUICK = ("neuron", "ctmc", "prune_one", "linear_dependence")


def script(name: str):
    spec = importlib.util.spec_from_file_location(f"figure_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_script_has_a_name() -> None:
    if not FOLDER.is_dir():
        pytest.skip("no checkout: figure scripts are not installed")
    assert sorted(p.stem for p in FOLDER.glob("*.py")) == sorted([*NAMES, "common"])


@pytest.mark.medium
@pytest.mark.parametrize("name", QUICK)
def test_the_papers_illustrations(name: str, tmp_path: Path) -> None:
    """Their scripts compute and verify what they draw, and raise if it is wrong. The same bytes every time."""
    save = script("common").save
    module = script(name)
    first = [p.read_bytes() for p in save(*module.draw(), name, tmp_path / "a", module.CAPTION)]
    second = [p.read_bytes() for p in save(*module.draw(), name, tmp_path / "b", module.CAPTION)]
    assert first == second
    assert list(csv.DictReader((tmp_path / "a" / f"{name}.csv").read_text().splitlines()))
    assert first[2:] == [(DRAWN / f"{name}{kind}").read_bytes() for kind in (".csv", ".txt")]


@pytest.mark.parametrize("name", NAMES)
def test_the_site_shows_every_figure_with_its_caption(name: str) -> None:
    """Captions begin with a title; what the page shows is the caption of the script."""
    if not FOLDER.is_dir():
        pytest.skip("no checkout: figure scripts are not installed")
    (caption,) = [
        node.value.value
        for node in ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and "CAPTION" in ast.unparse(node)
    ]
    assert (DRAWN / f"{name}.txt").read_text(encoding="utf-8") == f"{caption}\n"
    assert len(caption.partition(".")[0].split()) < 9
    assert (DRAWN / f"{name}.png").stat().st_size < 200_000
    assert (DRAWN / f"{name}.csv").is_file()


def test_what_is_there_is_not_drawn_again(tmp_path: Path, monkeypatch, capsys) -> None:
    """Unless it is asked for, the sources or options are others, or a file is missing; what failed is tried again."""
    pytest.importorskip("matplotlib", reason="the extra draw is not installed")
    drawn: list[str] = []

    def draw(checkout: Path, name: str, out: Path, options: list[str]) -> tuple[str, float]:
        drawn.append(" ".join([name, *options]))
        out.mkdir(exist_ok=True)
        for kind in () if fail else KINDS:
            (out / f"{name}{kind}").write_text("")
        return ("failed: a reason" if fail else " ".join(KINDS)), 1.5

    monkeypatch.setattr(figures, "_draw", draw)
    for fail, more, expected in (
        (True, [], ["neuron"]),
        (False, [], ["neuron"]),
        (False, [], []),
        (False, ["--full"], []),
        (False, ["--again"], ["neuron"]),
    ):
        drawn.clear()
        assert main(["figures", "neuron", "--out", str(tmp_path / "f"), *more]) == int(fail)
        assert drawn == expected
    assert "drawn before by the same sources" in capsys.readouterr().out
    (tmp_path / "f" / "neuron.csv").unlink()
    made = json.loads((tmp_path / "f" / "made.json").read_text())
    assert made["neuron"]["seconds"] == 1.5
    for text in (None, "[]", "{", json.dumps({"neuron": {**made["neuron"], "sources": "others"}})):
        if text is not None:
            (tmp_path / "f" / "made.json").write_text(text)
        drawn.clear()
        assert main(["figures", "neuron", "--out", str(tmp_path / "f")]) == 0
        assert drawn == ["neuron"]


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in NAMES if n not in (*QUICK, "training")])
def test_our_figures(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["figures", name, "--out", str(tmp_path)]) == 0
    assert " ".join(KINDS) in capsys.readouterr().out
    assert {f"{name}{kind}" for kind in KINDS} | {"made.json"} == {p.name for p in tmp_path.iterdir()}
    if name in SAME:
        assert (tmp_path / f"{name}.csv").read_bytes() == (DRAWN / f"{name}.csv").read_bytes()


@pytest.mark.slow
def test_the_training_figure(tmp_path: Path) -> None:
    """None lost with same signs; with mixed signs the more the more terms. Without torch it says what it needs."""
    if importlib.util.find_spec("torch") is None:
        assert main(["figures", "training", "--out", str(tmp_path)]) == 0
        assert not list(tmp_path.iterdir())
        return
    _, rows = script("training").draw()
    for r in rows:
        if r["arm"] == "same sign" and r["method"] == "update":
            start = next(
                q for q in rows if {**q, "pruned": r["pruned"], "accuracy": r["accuracy"]} == r and q["pruned"] == 0
            )
            assert abs(r["accuracy"] - start["accuracy"]) < 0.5


def test_what_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["figures", "portrait"]) == 2
    assert "no figure is called 'portrait'" in capsys.readouterr().err


def test_outside_a_checkout_it_says_where_they_are(monkeypatch, capsys, tmp_path: Path) -> None:
    """Installed beside no scripts it takes those of the folder where it is called, if that is a checkout."""
    monkeypatch.setattr(figures, "__file__", str(Path(sys.prefix) / "nowhere" / "lumpform" / "cli" / "figures.py"))
    monkeypatch.chdir(tmp_path)
    assert main(["figures"]) == 2
    assert "in the folder paper_figures of a checkout" in capsys.readouterr().err
    (tmp_path / "paper_figures").mkdir()
    (tmp_path / "pyproject.toml").write_text('name = "another"')
    assert main(["figures"]) == 2
    (tmp_path / "pyproject.toml").write_text('name = "lumpform"')
    assert figures._checkout() == tmp_path
