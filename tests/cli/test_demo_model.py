"""The embedded chain is the one that it claims to be: built here again from its description."""

import re
from fractions import Fraction
from importlib.resources import as_file, files
from itertools import product
from math import sin
from pathlib import Path

import pytest

import lumpform as lf
from lumpform.cli.demo import drawing, embedded

MACHINES = 4
WEAR, BREAK, REPAIR = Fraction(1, 40), Fraction(1, 10), Fraction(1, 2)


def workshop() -> lf.MarkovChain:
    """Four equal machines, each new, worn or broken; one crew repairs, its time shared among the broken ones."""
    states = list(product("nwb", repeat=MACHINES))
    number = {state: i for i, state in enumerate(states)}
    rates = [[Fraction(0)] * len(states) for _ in states]
    for state in states:
        broken = state.count("b")
        for machine, condition in enumerate(state):
            after, rate = {"n": ("w", WEAR), "w": ("b", BREAK), "b": ("n", REPAIR / max(broken, 1))}[condition]
            target = (*state[:machine], after, *state[machine + 1 :])
            rates[number[state]][number[target]] += rate
    return lf.MarkovChain(
        rates,
        kind="ctmc",
        labels={
            "all_new": [s.count("n") == MACHINES for s in states],
            "stopped": [s.count("b") == MACHINES for s in states],
        },
        rewards={"output": [s.count("n") + Fraction(s.count("w"), 2) for s in states]},
        initial=0,
    )


def test_the_embedded_chain_is_four_machines_and_a_repair_crew() -> None:
    with embedded() as path:
        assert lf.read(path) == workshop()


def test_its_lumping_counts_machines() -> None:
    chain = workshop()
    lumping = lf.lump(chain)
    names = ["".join(sorted(s)) for s in product("nwb", repeat=MACHINES)]
    assert lumping.partition == lf.Partition([sorted(set(names)).index(name) for name in names])
    assert lumping.partition.count == 15
    assert lumping.dropped == ()


def test_the_drawing_shows_the_number_of_states_in_every_class() -> None:
    chain = workshop()
    text = drawing(chain, lf.lump(chain))
    assert [int(n) for n in re.findall(r"\((?: |)(\d+)\)", text)] == [1, 4, 4, 6, 12, 6, 4, 12, 12, 4, 1, 4, 6, 4, 1]


@pytest.mark.medium
def test_the_demo_shows_a_verified_result(lumpform, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    outcome = lumpform("demo", "--keep", kept)
    assert outcome.code == 0
    for fact in ("81", "15", "VERIFIED", "the same fraction", str(kept)):
        assert fact in outcome.out
    chain = ["certificate.json", "map.txt", "reduced.drn", "workshop.drn"]
    network = ["sine-certificate.json", "sine-map.txt", "sine.npz", "small-sine.onnx"]
    assert sorted(p.name for p in kept.iterdir()) == sorted(chain + network)
    assert outcome.out.count("VERIFIED") == 2
    assert lumpform("verify", *(kept / name for name in (network[2], network[3], network[0]))).code == 0
    assert lumpform("verify", *(kept / name for name in ("workshop.drn", "reduced.drn", "certificate.json"))).code == 0


def test_the_embedded_network_is_a_sine_and_its_outputs_stay_the_same() -> None:
    with as_file(files("lumpform") / "data" / "sine.npz") as path:
        network = lf.read(path)
    assert network.neurons == 32
    box = (0, "6.2831853")
    plain, on_box = lf.reduce(network), lf.reduce(network, opposite=True, linear=True, stable=True, box=box)
    assert (plain.model.neurons, on_box.model.neurons) == (24, 17)
    x = [[Fraction(62831853 * i, 10**8)] for i in (0, 1)] + [[Fraction(i, 7)] for i in range(44)]
    expected = network.forward(x, exact=True)
    assert (plain.model.forward(x, exact=True) == expected).all()
    assert (on_box.model.forward(x, exact=True) == expected).all()
    assert max(abs(float(y) - sin(v)) for (v,), (y,) in zip(x, expected.tolist(), strict=True)) < 0.05


@pytest.mark.medium
def test_the_demo_leaves_nothing_behind(program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    outcome = program("demo")
    assert (outcome.code, outcome.err) == (0, "")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made(lumpform, model: Path) -> None:
    assert str(model) in lumpform("demo", "--keep", model).one_error_line()
