"""The table of the options of `lumpform reduce`: what each is for is said in one line, before the model is read."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

import lumpform as lf
from lumpform.cli.outputs import Outputs
from lumpform.cli.request import NEEDS, TABLE, Request

CHAIN, NETWORK = "m.drn", "n.npz"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    lf.write(lf.MarkovChain([[1]]), tmp_path / CHAIN)
    lf.write(lf.Network.from_layers([([[1]], None), ([[1]], None)]), tmp_path / NETWORK)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_option_has_a_row_or_is_for_everything() -> None:
    options = {f"--{option.name}" for option in (*fields(Request), *fields(Outputs))}
    assert options - TABLE.keys() == {"--outputs", "--out", "--reading", "--as_json"}
    assert TABLE.keys() - options == {"--initial", "--quotient", "--seed"}  # in Python only
    for option, (needed, _) in NEEDS.items():
        assert {option, *needed} <= options


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (CHAIN, "--opposite --draw d.svg", "--draw and --opposite are for networks, expected none for a chain"),
        (CHAIN, "--residual 0.5", "--residual is for networks, expected --epsilon for a chain"),
        (CHAIN, "--epsilon 0 --box 0 1", "--box is for networks, expected none for a chain"),
        (
            CHAIN,
            "--epsilon 0 --map m",
            "--map is for exact reduction, expected none with --epsilon, --keep or --residual",
        ),
        (CHAIN, "--check --out a.drn", "--check needs --out and --certificate, the files to check"),
        (
            CHAIN,
            "--out a.onnx",
            "--out a.onnx: a chain is written to .drn, .tra, .npz, .mtx, .lfs, .drn.gz, .drn.xz or .umb",
        ),
        (CHAIN, "--respect none --respect labels", "--respect none excludes the others: leave one of them out"),
        (NETWORK, "--semantics rates", "--semantics rates is for chains, expected none for a network"),
        (NETWORK, "--epsilon 0 --semantics rates", "--semantics rates is for chains, expected none for a network"),
        (
            NETWORK,
            "--keep 1 --kind exact",
            "--kind is for exact reduction, expected none with --epsilon, --keep or --residual",
        ),
        (NETWORK, "--method linear", "--method is for reduction within a budget, expected --epsilon or --keep with it"),
        (NETWORK, "--epsilon 0", "--epsilon needs --box, the inputs on which no output may deviate by more"),
        (NETWORK, "--keep 1 --epsilon 0 --box 0 1", "--keep and --epsilon exclude each other: keep one of them"),
        (NETWORK, "--keep 1 --certificate c.json", "--certificate needs --epsilon, which it proves"),
        (NETWORK, "--keep 1 --timeout 5", "--timeout needs --epsilon, the search that it limits"),
        (CHAIN, "--epsilon 0 --residual 1", "--residual is for networks, expected --epsilon for a chain"),
        (NETWORK, "--epsilon 0 --box 0 1 --polish", "--polish needs --keep, which it starts from"),
        (NETWORK, "--engine gpu", "--engine gpu is for chains, expected none for a network"),
        (
            CHAIN,
            "--epsilon 0 --engine gpu",
            "--engine gpu is for exact reduction, expected none with --epsilon, --keep or --residual",
        ),
        (NETWORK, "--stable", "--stable needs --box, the inputs for which neurons never switch"),
        (NETWORK, "--draw d.txt", "--draw d.txt: expected one of the suffixes .svg .pdf .png"),
    ],
)
def test_what_does_not_fit(lumpform, folder: Path, model: str, options: str, message: str) -> None:
    assert lumpform("reduce", model, *options.split()).one_error_line() == message
    assert {path.name for path in folder.iterdir()} == {CHAIN, NETWORK}


def test_options_of_two_other_models_are_said_one_at_a_time(lumpform, folder: Path) -> None:
    (folder / "a.wa").touch()  # options are looked at before the file is
    line = lumpform("reduce", "a.wa", "--semantics", "rates", "--opposite").one_error_line()
    assert line == "--semantics rates is for chains, expected none for a weighted automaton"
    line = lumpform("reduce", "a.wa", "--linear", "--opposite").one_error_line()
    assert line == "--opposite and --linear are for networks, expected none for a weighted automaton"


@pytest.mark.parametrize("options", ["--kind proportional-exact", "--residual 0 --method proportional", "--box 0 1"])
def test_what_fits_a_network(lumpform, folder: Path, options: str) -> None:
    assert lumpform("reduce", NETWORK, *options.split()).code == 0
