"""benchmarks/gpu.py runs on the simulator, small, and finds as many classes as the family has."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch):
    if not BENCHMARKS.is_dir():
        pytest.skip("needs the checkout, and only the tests are here")
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("gpu")


@pytest.mark.medium
def test_the_benchmark_of_the_card(benchmark, capsys, tmp_path):
    options = ["--from", "9", "--to", "10", "--step", "1", "--repeats", "1", "--cpu", "6"]
    assert benchmark.main([*options, "--json", str(tmp_path / "gpu.json")]) == 0
    assert "10 generator         1,024         11,264       36     10" in capsys.readouterr().out
    rows = json.loads((tmp_path / "gpu.json").read_text())["results"]
    assert [(row["k"], row["semantics"], row["classes"], row["rounds"]) for row in rows] == [
        (9, "rates", 30, 3),
        (9, "generator", 30, 9),
        (10, "rates", 36, 3),
        (10, "generator", 36, 10),
    ]


def test_sizes_that_do_not_fit_a_byte_of_codes_are_refused(benchmark, capsys):
    with pytest.raises(SystemExit):
        benchmark.main(["--to", "29"])
    assert "expected 2 <= from <= to <= 28" in capsys.readouterr().err
