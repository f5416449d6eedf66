"""Commands about decision processes: reduce, verify and info; ten certificates that were tampered with."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lumpform as lf
from lumpform.certificates.format import encode_class_of, read_certificate
from lumpform.files.compressed import opened

DATA = Path(__file__).parent.parent.parent.parent / "shared" / "data" / "mdp"
COIN: list[list[Any]] = [
    [("go", {1: 1}), ("toss", {1: "1/2", 2: "1/2"}), ("wait", {0: 1})],
    [("on", {3: "1/3", 1: "2/3"})],
    [("on", {3: "1/3", 2: "2/3"}), ("on", {3: "1/3", 1: "2/3"})],
    [("stay", {3: 1})],
]
"""Classes {0}, {1, 2}, {3}; the first two choices become one unless names are respected."""


@pytest.fixture
def coin(tmp_path: Path) -> Path:
    path = tmp_path / "coin.drn"
    mdp = lf.MDP(COIN, labels={"end": [3]}, choice_rewards={"fee": [1, 1, 0, 2, 2, 2, 0]}, initial=0)
    lf.write(mdp, path)
    return path


def test_json_and_table(lumpform, coin: Path) -> None:
    result = json.loads(lumpform("reduce", coin, "--json").out)
    assert {"read", "refine", "total"} <= result.pop("seconds").keys()
    del result["evidence"]
    assert result == {
        "schema": "lumpform/1",
        "domain": "mdp",
        "model_kind": "mdp",
        "nodes": 4,
        "choices": 7,
        "edges": 11,
        "classes": 3,
        "kind": "ordinary",
        "semantics": None,
        "respect": ["labels", "rewards"],
        "exact": True,
        "certified": True,
        "quotient": {"nodes": 3, "choices": 4, "edges": 5},
        "dropped": ["actions"],
    }
    out = lumpform("reduce", coin, "--respect", "actions").out
    for fact in ("choices", "respecting actions", "certified", "after"):
        assert fact in out


@pytest.mark.parametrize("suffix", [".drn", ".drn.gz", ".drn.xz", ".tra"])
def test_written_files_are_those_of_the_library(lumpform, coin: Path, tmp_path: Path, suffix: str) -> None:
    out, proof, classes = tmp_path / f"small{suffix}", tmp_path / "proof.json", tmp_path / "map.txt"
    options = ["-o", out, "--certificate", proof, "--map", classes, "--respect", "labels", "actions", "--check"]
    outcome = lumpform("reduce", coin, *options)
    assert outcome.code == 0, outcome.err
    assert (
        "VERIFIED ordinary lumping of an MDP with 4 states and 7 choices into 3 classes with 5 choices" in outcome.out
    )
    lumping = lf.lump(lf.read(coin), respect=("labels", "actions"))
    assert lf.read(out) == lumping.quotient
    assert read_certificate(proof) == lumping.certificate
    assert [int(line) for line in classes.read_text().splitlines()] == lumping.partition.class_of.tolist()
    assert lumpform("verify", coin, out, proof).out.startswith("VERIFIED ")


def test_the_map_as_an_archive(lumpform, coin: Path, tmp_path: Path) -> None:
    assert lumpform("reduce", coin, "--map", tmp_path / "map.npz").code == 0
    with np.load(tmp_path / "map.npz", allow_pickle=False) as archive:
        assert archive["class_of"].tolist() == [0, 1, 1, 2]
        assert archive["choice_of"].tolist() == [0, 0, 1, 2, 2, 2, 3]


def test_transition_systems_and_automata(lumpform, tmp_path: Path) -> None:
    (tmp_path / "m.aut").write_text('des (0, 4, 4)\n(0, "a", 1)\n(0, "a", 2)\n(1, "b", 3)\n(2, "b", 3)\n')
    paths = [tmp_path / name for name in ("m.aut", "small.aut", "c.json")]
    outcome = lumpform("reduce", paths[0], "-o", paths[1], "--certificate", paths[2], "--check", "--json")
    result = json.loads(outcome.out)
    assert result["respect"] == ["labels", "actions"]
    assert result["check"].startswith(
        "VERIFIED ordinary lumping of a transition system with 4 states and 4 choices into 3"
    )
    assert lumpform("verify", *paths).code == 0
    assert "labelled transition system" in lumpform("info", paths[0]).out
    choices = [[("", {1: 2}, "rates")], [("", {0: 3}, "rates")], [("", {0: 3}, "rates")]]
    lf.write(lf.MDP(choices, kind="ma", labels={"x": [0]}), tmp_path / "ma.drn")
    paths = [tmp_path / name for name in ("ma.drn", "small.drn.gz", "d.json")]
    assert lumpform("reduce", paths[0], "-o", paths[1], "--certificate", paths[2], "--check").code == 0
    assert "Markovian choices" in lumpform("info", paths[0]).out


def test_choices_are_mended_by_the_same_options(lumpform, coin: Path, tmp_path: Path) -> None:
    coin.write_text(coin.read_text().replace("3 : 1/3", "3 : 0.33"))
    files = ["-o", tmp_path / "small.drn", "--certificate", tmp_path / "c.json"]
    assert "sum to" in lumpform("reduce", coin, *files).one_error_line()
    assert lumpform("reduce", coin, *files, "--rows", "normalise", "--check").code == 0
    assert "choice 3" in lumpform("verify", coin, tmp_path / "small.drn", tmp_path / "c.json").err
    assert lumpform("verify", coin, tmp_path / "small.drn", tmp_path / "c.json", "--rows", "normalise").code == 0


def test_info(lumpform, coin: Path) -> None:
    facts = json.loads(lumpform("info", coin, "--json").out)
    assert facts == {
        "schema": "lumpform/1",
        "model": str(coin),
        "domain": "mdp",
        "kind": "mdp",
        "nodes": 4,
        "choices": 7,
        "edges": 11,
        "most_choices": 3,
        "deadlocks": 0,
        "actions": {"go": 1, "toss": 1, "wait": 1, "on": 3, "stay": 1},
        "unnamed_choices": 0,
        "labels": {"end": 1},
        "rewards": {},
        "choice_rewards": {"fee": {"distinct": 3, "least": "0", "greatest": "2"}},
        "initial": {"states": 1, "first": 0, "uniform": True},
        "weights": {"distinct": 4, "least": "1/3", "greatest": "1"},
    }
    out = lumpform("info", coin).out
    for fact in ("MDP", "7, at most 3 in a state", "action toss", "label end", "reward fee of choices", "state 0"):
        assert fact in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["equiv", "coin.drn", "coin.drn"],
            "coin.drn holds a decision process, this command expected a chain, weighted automaton or network",
        ),
        (["reduce", "coin.drn", "--epsilon", "0.1"], "for chains and networks, expected none for a decision process"),
        (["reduce", "coin.drn", "--semantics", "rates"], "expected none for a decision process"),
        (["reduce", "coin.drn", "--kind", "exact"], "kind is 'exact', expected one of ordinary"),
        (["reduce", "coin.drn", "--model-kind", "dtmc"], "kind is 'dtmc', expected 'mdp', 'lts', 'ma' or None"),
        (["reduce", "coin.drn", "-o", "small.aut"], ".aut cannot hold a model of kind 'mdp'"),
        (["reduce", "coin.drn", "-o", "small.npz"], "written to .drn"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_one_line(lumpform, coin: Path, monkeypatch, arguments: list[str], said: str) -> None:
    monkeypatch.chdir(coin.parent)
    assert said in lumpform(*arguments).one_error_line()
    assert [p.name for p in coin.parent.iterdir()] == ["coin.drn"]


def text_of(path: Path) -> str:
    with opened(path) as file:
        return file.read(1 << 24).decode()


Change = Callable[[dict[str, Any], str, str], tuple[dict[str, Any], str, str]]


def _unpacked(packed: dict[str, str]) -> list[int]:
    return np.frombuffer(zlib.decompress(base64.b64decode(packed["data"])), dtype="<i4").tolist()


def field(name: str, change: Callable[[Any], Any]) -> Change:
    return lambda fields, model, small: (fields | {name: change(fields[name])}, model, small)


def of_model(old: str, new: str) -> Change:
    return lambda fields, model, small: (fields, model.replace(old, new, 1), small)


def of_small(old: str, new: str) -> Change:
    return lambda fields, model, small: (fields, model, small.replace(old, new, 1))


def swapped(digests: dict[str, str]) -> dict[str, str]:
    return digests | {"digest": "sha256:" + digests["digest"][:6:-1]}


TAMPERED: dict[str, tuple[str, Change]] = {
    "the original's digest": ("R1", field("original", swapped)),
    "the reduced digest": ("R2", field("reduced", swapped)),
    "a kind": ("R2", field("reduced", lambda bound: bound | {"kind": "ma"})),
    "states counted": ("R4", field("states", lambda n: n + 1)),
    "choices counted": ("R4", field("reduced_choices", lambda m: m - 1)),
    "respect": ("R6", field("respect", lambda names: [*names, "labels"])),
    "the map of choices": ("R17", field("choice_of", lambda packed: _packed([1, *_unpacked(packed)[1:]]))),
    "the map of states": ("R5", field("class_of", lambda packed: _packed([*_unpacked(packed)[:-1], -1]))),
    "a weight of the original": ("R1", of_model(" : 1\n", " : 1/2\n\t\t0 : 1/2\n")),
    "an action of the original": ("R1", of_model("action time", "action other")),
    "a weight of the reduced": ("R2", of_small(" : 1\n", " : 999999999999/1000000000000\n\t\t0 : 1/1000000000000\n")),
    "a label of the reduced": ("R2", of_small("\n\taction", " more\n\taction")),
}


@pytest.mark.skipif(not DATA.is_dir(), reason="the data beside the project is not there")
@pytest.mark.parametrize("name", [pytest.param("wlan0", marks=pytest.mark.medium), "csma2_2"])
def test_ten_tampered_certificates_are_rejected(lumpform, name: str, tmp_path: Path) -> None:
    model, small, proof = DATA / f"{name}.drn.gz", tmp_path / "small.drn.gz", tmp_path / "c.json"
    respect = ["--respect", "actions"]
    assert lumpform("reduce", model, "-o", small, "--certificate", proof, *respect).code == 0
    assert lumpform("verify", model, small, proof).out.startswith("VERIFIED ")
    fields, texts = json.loads(proof.read_text()), (text_of(model), text_of(small))
    paths = [tmp_path / each for each in ("m.drn", "r.drn", "t.json")]
    for what, (rule, change) in TAMPERED.items():
        if what == "respect" and name == "wlan0":
            continue  # it has no labels; eleven are left
        tampered = change(fields, *texts)
        assert tampered != (fields, *texts), what
        for path, text in zip(paths, (*tampered[1:], json.dumps(tampered[0])), strict=True):
            path.write_text(text)
        outcome = lumpform("verify", *paths)
        assert (outcome.code, outcome.err) == (1, ""), (what, outcome)
        assert outcome.out.startswith(f"REJECTED {rule}: "), (what, outcome)


@pytest.mark.skipif(not DATA.is_dir(), reason="the data beside the project is not there")
@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_a_state_or_choice_in_another_class_is_rejected(lumpform, place: int, tmp_path: Path) -> None:
    model, small, proof = DATA / "csma2_2.drn.gz", tmp_path / "small.drn.gz", tmp_path / "c.json"
    lumping = lf.lump(lf.read(model), respect=("actions",))
    lf.write(lumping.quotient, small)
    class_of, choice_of = lumping.partition.class_of.copy(), lumping.original.choice_map(lumping.nodes).copy()
    column = class_of if place < 2 else choice_of
    members = np.flatnonzero(np.bincount(column)[column] > 1)
    moved = members[-1 - place]
    column[moved] = 0 if column[moved] else 1
    fields = lumping.certificate | {"class_of": _packed(class_of), "choice_of": _packed(choice_of)}
    proof.write_text(json.dumps(fields))
    outcome = lumpform("verify", model, small, proof)
    assert outcome.code == 1
    assert outcome.out.startswith(("REJECTED R5", "REJECTED R1", "REJECTED R2")), outcome


def _packed(column: Any) -> Any:
    return encode_class_of(np.asarray(column))


@pytest.mark.medium
@pytest.mark.skipif(not DATA.is_dir(), reason="the data beside the project is not there")
@pytest.mark.parametrize("respect", [[], ["--respect", "labels", "actions"]], ids=["default", "actions"])
def test_wlan2_is_verified(lumpform, respect: list[str], tmp_path: Path) -> None:
    model, small, proof = DATA / "wlan2.drn.gz", tmp_path / "small.drn.gz", tmp_path / "c.json"
    assert lumpform("reduce", model, "-o", small, "--certificate", proof, *respect).code == 0
    assert lumpform("verify", model, small, proof).out.startswith(
        "VERIFIED ordinary lumping of an MDP with 28598 states"
    )


@pytest.mark.parametrize("suffix", [".mtx", ".drn.gz", ".drn.xz"])
def test_originals_that_are_chains(lumpform, suffix: str, tmp_path: Path) -> None:
    chain = lf.MarkovChain([[0, 1, 1], [2, 0, 0], [2, 0, 0]], kind="ctmc")
    paths = [tmp_path / name for name in (f"m{suffix}", "r.drn.gz", "c.json")]
    lf.write(chain, paths[0])
    outcome = lumpform("reduce", paths[0], "-o", paths[1], "--certificate", paths[2], "--check")
    assert outcome.code == 0, outcome.err
    assert lumpform("verify", *paths).out.startswith("VERIFIED ordinary (generator) lumping of a ctmc with 3 states")
