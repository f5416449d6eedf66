"""Every figure script draws and writes its three files; `lumpform figures` runs them."""

from __future__ import annotations

import csv
import importlib.util
import sys
from pathlib import Path

import pytest

from lumpform.cli import main
from lumpform.cli.figures import NAMES

FOLDER = Path(__file__).parents[1] / "paper_figures"
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
    first = [p.read_bytes() for p in save(*script(name).draw(), name, tmp_path / "a")]
    second = [p.read_bytes() for p in save(*script(name).draw(), name, tmp_path / "b")]
    assert first == second
    assert list(csv.DictReader((tmp_path / "a" / f"{name}.csv").read_text().splitlines()))


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in NAMES if n not in (*QUICK, "training")])
def test_our_figures(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["figures", name, "--out", str(tmp_path)]) == 0
    assert ".pdf .png .csv" in capsys.readouterr().out
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".csv", ".pdf", ".png"]


@pytest.mark.slow
def test_the_training_figure(tmp_path: Path) -> None:
    """None lost with same signs; with mixed signs the more the more terms. Without torch it says what it needs."""
    if importlib.util.find_spec("torch") is None:
        assert main(["figures", "training", "--out", str(tmp_path)]) == 0
        assert not list(tmp_path.iterdir())
        return
    _, rows = script("training").draw(seeds=2)
    for r in rows:
        if r["arm"] == "same sign" and r["method"] == "update":
            start = next(
                q for q in rows if {**q, "pruned": r["pruned"], "accuracy": r["accuracy"]} == r and q["pruned"] == 0
            )
            assert abs(r["accuracy"] - start["accuracy"]) < 0.5


def test_what_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["figures", "portrait"]) == 2
    assert "no figure is called 'portrait'" in capsys.readouterr().err


def test_outside_a_checkout_it_says_where_they_are(monkeypatch, capsys) -> None:
    from lumpform.cli import figures

    monkeypatch.setattr(figures, "__file__", str(Path(sys.prefix) / "nowhere" / "lumpform" / "cli" / "figures.py"))
    assert main(["figures"]) == 2
    assert "in the folder paper_figures of a checkout" in capsys.readouterr().err
