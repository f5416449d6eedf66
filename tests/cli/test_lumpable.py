"""`lumpform lumpable`: of which kinds a partition is a lumping, exit codes, and what is refused."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from format_cases import DATA, needs_data
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform import strategies as ls
from lumpform.cli.network_files import classes_of_map, contents
from lumpform.graph.partition import Partition

KINDS = ("ordinary", "exact", "strict", "proportional", "proportional-exact", "proportional-exact-one-sided")


@pytest.fixture
def classes(lumpform, model: Path) -> Path:
    """What `reduce --map` writes of the embedded chain."""
    path = model.parent / "classes.txt"
    assert lumpform("reduce", model, "--map", path).code == 0
    return path


def save(path: Path, numbers: list[int]) -> Path:
    path.write_text("".join(f"{n}\n" for n in numbers))
    return path


def test_what_reduce_writes_is_a_lumping(lumpform, model: Path, classes: Path) -> None:
    outcome = lumpform("lumpable", model, classes)
    assert outcome.code == 0
    assert "81 in 15 classes" in outcome.out
    lines = [line.split()[:2] for line in outcome.out.splitlines() if " yes " in line or " no " in line]
    assert lines == [[kind, "yes"] for kind in KINDS]
    archive = model.parent / "classes.npz"
    assert lumpform("reduce", model, "--map", archive).code == 0
    assert lumpform("lumpable", model, archive, "--kind", "strict").code == 0


def test_a_partition_that_is_none(lumpform, model: Path, classes: Path) -> None:
    numbers = [int(n) for n in classes.read_text().split()]
    numbers[1] = numbers[-2]
    wrong = save(classes, numbers)
    outcome = lumpform("lumpable", model, wrong, "--kind", "ordinary", "--respect", "labels", "--json")
    assert outcome.code == 1
    facts = json.loads(outcome.out)
    assert {k: facts[k] for k in ("schema", "domain", "nodes", "classes", "lumping")} == {
        "schema": "lumpform/1",
        "domain": "chain",
        "nodes": 81,
        "classes": 15,
        "lumping": False,
    }
    answer = facts["kinds"]["ordinary"]
    assert answer["lumping"] is False
    assert "share" not in answer["reason"]
    assert "goes to class" in answer["reason"]
    s, t = answer["difference"]["nodes"]
    assert numbers[s] == numbers[t]
    assert len(set(answer["difference"]["values"])) == 2
    assert lumpform("lumpable", model, wrong).code == 1


def test_a_label_that_differs_has_no_class(lumpform, model: Path, classes: Path) -> None:
    facts = json.loads(lumpform("lumpable", model, save(classes, [0] * 81), "--json").out)
    difference = facts["kinds"]["ordinary"]["difference"]
    assert difference["class"] is None
    assert set(difference["values"]) == {True, False}
    alone = lumpform("lumpable", model, classes, "--respect", "none", "--kind", "ordinary")
    assert alone.code == 0


def test_kinds_that_do_not_apply_are_said_to_or_refused(lumpform, tmp_path: Path) -> None:
    lf.write(lf.MarkovChain([[0, 1], [0, 1]], labels={"a": [1]}), tmp_path / "m.drn")
    save(tmp_path / "c.txt", [0, 1])
    outcome = lumpform("lumpable", tmp_path / "m.drn", tmp_path / "c.txt")
    assert outcome.code == 0
    assert "does not apply" in outcome.out
    line = lumpform("lumpable", tmp_path / "m.drn", tmp_path / "c.txt", "--kind", "proportional").one_error_line()
    assert "expected a CTMC" in line


def test_networks_have_a_class_for_every_node(lumpform, tmp_path: Path) -> None:
    network = lf.Network.from_layers([([[1, 2], [1, 2]], None), ([[1], [1]], [0])])
    lf.write(network, tmp_path / "n.npz")
    assert lumpform("lumpable", tmp_path / "n.npz", save(tmp_path / "c.txt", [0, 1, 2, 3, 3, 4])).code == 0
    outcome = lumpform("lumpable", tmp_path / "n.npz", save(tmp_path / "c.txt", [0, 1, 1, 3, 3, 4]))
    assert outcome.code == 1
    assert "are in class 1, but" in outcome.out


@given(st.one_of(ls.networks(), ls.recurrent_networks()))
def test_the_map_of_a_network_is_its_coarsest_lumping(network: lf.Network) -> None:
    reduction = lf.reduce(network)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "map.txt"
        path.write_bytes(contents(reduction, None)["--map"](path, None))
        classes = classes_of_map(path, network)
    assert Partition(classes) == reduction.lumping.partition
    assert lf.is_lumping(network, classes)


def test_what_reduce_writes_of_a_network_is_a_lumping(lumpform, tmp_path: Path) -> None:
    weights = [[1, 2, 0, 1], [1, 2, 0, 3]]  # the second neuron is twice the first, the third constant, the last unused
    network = lf.Network.from_layers([(weights, [0, 0, 1, 0]), ([[1], [1], [1], [0]], [0])])
    lf.write(network, tmp_path / "n.npz")
    assert lumpform("reduce", tmp_path / "n.npz", "--map", tmp_path / "map.txt").code == 0
    text = (tmp_path / "map.txt").read_text()
    assert all(f'"{why}"' in text for why in ("kept", "merged", "constant", "dropped"))
    facts = json.loads(lumpform("lumpable", tmp_path / "n.npz", tmp_path / "map.txt", "--json").out)
    assert (facts["lumping"], facts["nodes"], facts["classes"]) == (True, 8, 6)
    (tmp_path / "map.txt").write_text(text.replace('"dropped", null, null, null', '"merged", "x1", 0, "1"'))
    assert lumpform("lumpable", tmp_path / "n.npz", tmp_path / "map.txt").code == 1
    (tmp_path / "map.txt").write_text(text.replace("dropped", "linear"))
    assert "line 4: found a neuron that is 'linear'" in (
        lumpform("lumpable", tmp_path / "n.npz", tmp_path / "map.txt").one_error_line()
    )


def test_decision_processes(lumpform, tmp_path: Path) -> None:
    mdp = lf.MDP([[("a", {1: "1/2", 2: "1/2"})], [("b", {2: 1})], [("b", {1: 1})]])
    lf.write(mdp, tmp_path / "m.drn")
    assert lumpform("lumpable", tmp_path / "m.drn", save(tmp_path / "c.txt", [0, 0, 0])).code == 0
    outcome = lumpform("lumpable", tmp_path / "m.drn", tmp_path / "c.txt", "--respect", "actions")
    assert outcome.code == 1
    assert "no choice does that" in outcome.out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0\n" * 80, "line 80 (end of file): found 80 numbers, expected 81, one for each state"),
        ("0\n" * 82, "line 82: found another line, expected 81 of them"),
        ("0\n" * 40 + "zero\n" + "0\n" * 40, "line 41: found 'zero', expected the number of a class"),
    ],
)
def test_bad_classes_are_one_line(lumpform, model: Path, text: str, message: str) -> None:
    path = model.parent / "c.txt"
    path.write_text(text)
    line = lumpform("lumpable", model, path).one_error_line()
    assert message in line
    assert "c.txt" in line


def test_bad_options_are_one_line(lumpform, model: Path, classes: Path) -> None:
    assert "none.txt" in lumpform("lumpable", model, model.parent / "none.txt").one_error_line()
    assert "kind" in lumpform("lumpable", model, classes, "--kind", "linear").one_error_line()
    line = lumpform("lumpable", model, classes, "--respect", "none", "labels").one_error_line()
    assert "--respect none excludes the others" in line
    line = lumpform("lumpable", model, classes, "--respect", "actions").one_error_line()
    assert "cannot respect 'actions'" in line


@needs_data
@pytest.mark.medium
def test_a_real_decision_process(lumpform, tmp_path: Path) -> None:
    path = DATA / "mdp" / "csma2_2.drn.gz"
    save(tmp_path / "c.txt", lf.lump(lf.read(path)).partition.class_of.tolist())
    assert lumpform("lumpable", path, tmp_path / "c.txt").code == 0
