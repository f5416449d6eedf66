"""Rows that do not fit: states of a DTMC without transitions, sums of floats, generators; in files and objects."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from format_cases import message_of, save

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.chains.interop import from_networkx
from lumpform.checker.canonical import digest
from lumpform.checker.failure import Unreadable
from lumpform.checker.judge import read_model

MTX = "%%MatrixMarket matrix coordinate real general\n"


def read_text(folder: Path, text: str, name: str = "m.tra", **options):
    return lf.read(save(folder, name, text), **options)


DEADLOCKS = {
    "m.tra": "# Transitions (DTMC)\n3 3\n0 1 0.5\n0 2 0.5\n1 0 1\n",
    "m.mtx": MTX + "% Markov chain: dtmc\n3 3 3\n1 2 0.5\n1 3 0.5\n2 1 1\n",
    "m.drn": "@type: DTMC\n@nr_states\n3\n@model\nstate 0\n action 0\n  1 : 0.5\n  2 : 0.5\n"
    "state 1\n action 0\n  0 : 1\nstate 2\n action 0\n",
    "two.drn": "@type: DTMC\n@nr_states\n4\n@model\nstate 0\nstate 1\n action 0\n  0 : 1/3\n  2 : 2/3\n"
    "state 2\n action 0\n  2 : 1\nstate 3\n",
}


@pytest.mark.parametrize("name", DEADLOCKS)
def test_a_state_of_a_dtmc_without_transitions(name: str, tmp_path: Path) -> None:
    first = 0 if name == "two.drn" else 2
    with pytest.raises(lf.FormatError) as error:
        read_text(tmp_path, DEADLOCKS[name], name)
    message = message_of(error)
    assert f"state {first}" in message
    assert "found a state of a DTMC without transitions" in message
    assert "deadlocks='loop'" in message
    assert "--deadlocks loop" in message
    chain = lf.read(tmp_path / name, deadlocks="loop")
    assert dict(chain.weights.row(first)) == {first: 1}
    assert f"(the first: state {first})" in chain.notes[-1]
    if not name.endswith(".mtx"):
        with pytest.raises(Unreadable):
            read_model(str(tmp_path / name), "dtmc")
        assert digest(read_model(str(tmp_path / name), "dtmc", deadlocks="loop")) == digest_of(chain)


def test_deadlocks_in_archives_arrays_and_graphs(tmp_path: Path) -> None:
    matrix = [["1/2", "1/2", 0], [0, 0, 0], [0, 0, 1]]
    with pytest.raises(lf.ModelError, match=r"state 1 of a DTMC has no transitions.*deadlocks='loop'"):
        lf.MarkovChain(matrix)
    mended = lf.MarkovChain(matrix, deadlocks="loop")
    assert mended == lf.MarkovChain([["1/2", "1/2", 0], [0, 1, 0], [0, 0, 1]])
    assert mended.notes == ("1 state without transitions got a self-loop of probability 1 (the first: state 1)",)
    with pytest.raises(lf.OptionError, match="deadlocks is 'fix', expected 'error' or 'loop'"):
        lf.MarkovChain(matrix, deadlocks="fix")  # type: ignore[arg-type]
    np.savez(
        tmp_path / "m.npz",
        indptr=[0, 1, 1],
        indices=np.array([1]),
        data=np.array([1.0]),
        kind="dtmc",
    )
    with pytest.raises(lf.FormatError, match=r"state 1: found a state of a DTMC without transitions"):
        lf.read(tmp_path / "m.npz")
    chain = lf.read(tmp_path / "m.npz", deadlocks="loop")
    assert chain.weights.to_fractions() == [[0, 1], [0, 1]]
    assert digest(read_model(str(tmp_path / "m.npz"), "dtmc", deadlocks="loop")) == digest_of(chain)
    nx = pytest.importorskip("networkx")
    graph = nx.DiGraph([("a", "b", {"weight": 1})])
    assert from_networkx(graph, deadlocks="loop").weights.to_fractions() == [[0, 1], [0, 1]]


def test_an_absorbing_state_of_a_ctmc_needs_nothing(tmp_path: Path) -> None:
    text = "# Transitions (CTMC)\n2 1\n0 1 3\n"
    assert read_text(tmp_path, text, deadlocks="loop") == read_text(tmp_path, text)
    assert read_text(tmp_path, text, deadlocks="loop").notes == ()


def test_deadlocks_of_the_checker_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from lumpform.certificates.format import write_certificate
    from lumpform.checker.__main__ import main

    (tmp_path / "m.tra").write_text(DEADLOCKS["m.tra"])
    lumping = lf.lump(lf.read(tmp_path / "m.tra", deadlocks="loop"))
    lf.write(lumping.quotient, tmp_path / "r.tra")
    write_certificate(lumping.certificate, tmp_path / "c.json")
    files = [str(tmp_path / name) for name in ("m.tra", "r.tra", "c.json")]
    assert main([*files, "--deadlocks", "loop"]) == 0
    assert main([*files, "--deadlocks", "loop", "--rows", "exact"]) == 0
    assert main(files) == 2
    assert main([*files, "--deadlocks", "fix"]) == 2
    assert "usage:" in capsys.readouterr().err


def test_normalising_floats_says_what_it_does_to_them(tmp_path: Path) -> None:
    """Rows of floats that agree as decimals are a little different after an exact division by their sums."""
    uneven = [[0.1, 0.2, 0.7], [0.3, 0.0, 0.7], [0, 0, 1]]
    floats = lf.MarkovChain(uneven, rows="normalise", labels={"end": [2]})
    assert lf.lump(floats).partition.count == 3
    assert "floats='decimal' takes every float for the decimal that it shows" in floats.notes[0]
    decimals = lf.MarkovChain(uneven, floats="decimal", rows="normalise", labels={"end": [2]})
    assert (lf.lump(decimals).partition.count, decimals.notes) == (2, ())
    plain = lf.MarkovChain([[1, 2, 1], [0, 1, 3], [0, 0, 1]], rows="normalise")
    assert plain.notes == ()
    assert plain.weights.row(0)[1] == (1, Fraction(1, 2))
    np.savez(
        tmp_path / "m.npz", kind="dtmc", indptr=[0, 2, 3], indices=np.array([0, 1, 1]), data=np.array([0.1, 0.7, 1.0])
    )
    assert lf.read(tmp_path / "m.npz", rows="normalise").notes == ()  # 0.8 is no rounding error
    np.savez(
        tmp_path / "n.npz",
        kind="dtmc",
        indptr=[0, 3, 4, 5],
        indices=np.array([0, 1, 2, 1, 2]),
        data=np.array([0.1, 0.2, 0.7, 1.0, 1.0]),
    )
    assert len(lf.read(tmp_path / "n.npz", rows="normalise").notes) == 1
    exact = lf.read(tmp_path / "n.npz", floats="decimal")
    assert (exact.weights.row(0)[2], exact.notes) == ((2, Fraction(7, 10)), ())


@pytest.mark.parametrize("dtype", [np.float64, np.float32, "list"])
def test_a_float_generator_names_the_way_out(dtype) -> None:
    generator = [[-0.3, 0.1, 0.2], [0.1, -0.1, 0], [0.7, 0.1, -0.8]]
    matrix = generator if dtype == "list" else np.array(generator, dtype=dtype)
    with pytest.raises(lf.ModelError, match=r"row \d sums to .*, expected 0; floats='decimal'"):
        lf.MarkovChain(matrix, kind="ctmc")
    chain = lf.MarkovChain(matrix, kind="ctmc", floats="decimal")
    assert chain.weights.row(2) == [(0, Fraction(7, 10)), (1, Fraction(1, 10))]
    with pytest.raises(lf.ModelError, match=r"row 0 sums to 1, expected 0$"):
        lf.MarkovChain([[-1.0, 2.0], [1.0, -1.0]], kind="ctmc")


def test_rewards_of_transitions_are_weighted_before_rows_are_divided(tmp_path: Path) -> None:
    """By the reader as by the checker: what the file says is what the rewards are about."""
    path = tmp_path / "m.tra"
    path.write_text("2 3\n0 0 0.25\n0 1 0.25\n1 1 1\n")
    path.with_suffix(".trew").write_text("2 2\n0 1 8\n1 1 3\n")
    chain = lf.read(path, kind="dtmc", rows="normalise")
    assert chain.weights.row(0) == [(0, Fraction(1, 2)), (1, Fraction(1, 2))]
    assert chain.rewards["reward"].fractions() == [2, 3]
    assert digest(read_model(str(path), "dtmc", "normalise")) == digest_of(chain)
