"""Files that others wrote, and one of a realistic size."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from format_cases import DATA, needs_data

from lumpform.formats import read, write

ARCHIVES = sorted(DATA.glob("chains/*.npz")) if DATA.is_dir() else []
EDGE = sorted(DATA.glob("edge/*.drn")) if DATA.is_dir() else []


@needs_data
def test_the_data_is_all_there() -> None:
    assert len(ARCHIVES) >= 25
    assert {p.stem for p in EDGE} == set(json.loads((DATA / "edge" / "expected.json").read_text()))


@pytest.mark.parametrize("path", ARCHIVES, ids=lambda p: p.stem)
def test_archives_load(path: Path) -> None:
    chain = read(path)
    assert chain.kind in ("dtmc", "ctmc")
    assert chain.transitions > chain.states / 2
    assert "init" not in chain.labels
    assert chain.initial is not None
    if chain.kind == "dtmc":
        assert set(chain.exit_rates().coded().table) == {1}


@pytest.mark.parametrize("path", EDGE, ids=lambda p: p.stem)
def test_edge_cases_load(path: Path) -> None:
    chain = read(path)
    assert chain.initial is not None
    assert chain.initial.fractions()[0] == 1


@needs_data
def test_decimals_of_a_text_are_decimals() -> None:
    chain = read(DATA / "edge" / "A3_ctmc_0.1+0.2_vs_0.3.drn")
    sums = chain.exit_rates().fractions()
    assert sums[1] == sums[2] == Fraction(3, 10)


@needs_data
def test_entries_of_a_ctmc_are_rates() -> None:
    chain = read(DATA / "chains" / "embedded_MAX_COUNT2.drn")
    assert (chain.kind, chain.states) == ("ctmc", 3478)
    assert chain.exit_rates().value(0) == Fraction(
        315829, 18921600
    )  # as the file says after `!`, the self-loop included
    assert dict(chain.weights.row(0))[0] == Fraction(1, 60)
    assert chain.rewards["up"].value(0) == Fraction(1, 3600)
    assert set(chain.labels) == {"up", "danger", "down", "fail_main", "fail_sensors", "fail_actuators", "fail_io"}


@pytest.mark.medium
@needs_data
@pytest.mark.parametrize("suffix", [".drn", ".tra", ".npz"])
@pytest.mark.parametrize("name", ["brp_N64_MAX5", "cluster_N16", "fms_n3", "herman_11", "nand_N20_K1"])
def test_round_trips(name: str, suffix: str, tmp_path: Path) -> None:
    chain = read(DATA / "chains" / f"{name}.npz")
    write(chain, tmp_path / f"copy{suffix}")
    assert read(tmp_path / f"copy{suffix}", **({"kind": chain.kind} if suffix == ".tra" else {})) == chain


@needs_data
@pytest.mark.slow
def test_a_large_text_file(tmp_path: Path) -> None:
    chain = read(DATA / "chains" / "cluster_N64.npz")
    write(chain, tmp_path / "large.drn")
    assert (tmp_path / "large.drn").stat().st_size > 20_000_000
    assert read(tmp_path / "large.drn") == chain
