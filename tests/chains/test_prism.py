"""PRISM's explicit files: the transitions, the siblings, and a clear line for every fault."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from format_cases import message_of, save

from lumpform.certificates.digest import digest_of
from lumpform.chains.chain import MarkovChain
from lumpform.checker.canonical import digest
from lumpform.checker.failure import Unreadable
from lumpform.checker.judge import read_model
from lumpform.errors import FormatError, OptionError
from lumpform.formats import read, write

TRA = "3 4\n0 1 0.5\n0 2 0.5\n1 1 1\n2 2 1\n"


def load(folder: Path, tra: str = TRA, siblings: dict[str, str] | None = None, **options: str) -> MarkovChain:
    for name, text in (siblings or {}).items():
        save(folder, name, text)
    return read(save(folder, "m.tra", tra), **options)


def test_all_siblings(tmp_path: Path) -> None:
    chain = load(
        tmp_path,
        TRA,
        {
            "m.lab": '0="init" 1="deadlock" 2="two words"\n0: 0\n1: 1 2\n2: 2\n',
            "m.sta": "(x,y)\n0:(0,true)\n1:(1,true)\n2:(1,false)\n",
            "m.srew": "3 2\n0 1.5\n2 1/3\n",
            "m.trew": "3 2\n0 1 4\n1 1 1\n",
            "m1.srew": '# Reward structure "time"\n# State rewards\n3 1\n0 1\n',
            "m2.trew": '# Reward structure "money"\n# Transition rewards\n3 1\n0 2 -2\n',
        },
    )
    half = Fraction(1, 2)
    assert chain.kind == "dtmc"
    assert chain.weights.to_fractions() == [[0, half, half], [0, 1, 0], [0, 0, 1]]
    assert chain.initial is not None
    assert chain.initial.fractions() == [1, 0, 0]
    assert {k: v.tolist() for k, v in chain.labels.items()} == {
        "deadlock": [False, True, False],
        "two words": [False, True, True],
    }
    assert chain.state_names == ("x=0, y=true", "x=1, y=true", "x=1, y=false")
    assert {k: v.fractions() for k, v in chain.rewards.items()} == {
        "reward": [Fraction(7, 2), 1, Fraction(1, 3)],
        "time": [1, 0, 0],
        "money": [-1, 0, 0],
    }


@pytest.mark.parametrize(
    "labels", ['0="a"\n0: 0\n1: 0\n0: 0\n', '0="a"\n1: 0 0\n0: 0\n', "#DECLARATION\na\n#END\n0 a\n1 a a\n"]
)
def test_a_label_may_be_said_twice_of_a_state(tmp_path: Path, labels: str) -> None:
    assert load(tmp_path, TRA, {"m.lab": labels}).labels["a"].tolist() == [True, True, False]


def test_transition_rewards_of_a_ctmc_are_paid_at_the_rate_of_the_transition(tmp_path: Path) -> None:
    chain = load(tmp_path, "2 3\n0 0 1\n0 1 4\n1 0 2\n", {"m.trew": "2 3\n0 1 5\n1 0 1/2\n1 1 9\n"})
    assert chain.kind == "ctmc"
    assert chain.rewards["reward"].fractions() == [20, 1]


def test_action_names_and_comments(tmp_path: Path) -> None:
    chain = load(tmp_path, "# made by hand\n2 3\n0 0 0.5 go\n0 1 0.5 go\n\n1 1 1.0\n")
    assert chain.transitions == 3


def test_parallel_entries_add_and_order_does_not_matter(tmp_path: Path) -> None:
    chain = load(tmp_path, "2 4\n1 1 1\n0 1 0.1\n0 0 0.7\n0 1 0.2\n")
    assert chain.weights.to_fractions() == [[Fraction(7, 10), Fraction(3, 10)], [0, 1]]


def test_the_kind(tmp_path: Path) -> None:
    assert load(tmp_path, "2 2\n0 1 1\n1 0 1\n").kind == "dtmc"
    assert load(tmp_path, "2 2\n0 1 1\n1 0 1\n", kind="ctmc").kind == "ctmc"
    assert load(tmp_path, "2 2\n0 1 1\n1 0 3\n").kind == "ctmc"
    assert load(tmp_path, "2 1\n0 1 3\n", rows="normalise").weights.to_fractions() == [[0, 1], [0, 1]]
    with pytest.raises(FormatError) as error:
        load(tmp_path, "2 3\n0 0 0.3333333\n0 1 0.6666666\n1 1 1\n")
    assert "m.tra: state 0: found a row that sums to 0.9999999, expected exactly 1" in message_of(error)
    assert "expected kind='ctmc' (--model-kind ctmc) or rows='normalise'" in str(error.value)
    with pytest.raises(
        FormatError, match=r"state 1: found a row that sums to 3, expected exactly 1 \(rows='normalise'"
    ):
        load(tmp_path, "2 2\n0 1 1\n1 0 3\n", kind="dtmc")
    with pytest.raises(OptionError, match="kind is 'mdp', expected 'dtmc', 'ctmc' or None"):
        load(tmp_path, kind="mdp")


BAD: dict[str, tuple[str, dict[str, str], str, str, str]] = {
    "MDP": ("3 4 5\n0 0 1 1\n", {}, "line 1", "5 transitions claimed", "at most 2"),
    "one size": ("3\n", {}, "line 1", "3", "'states transitions'"),
    "empty": ("", {}, "end of file", "no line with the sizes", "first line"),
    "huge": ("1000000000 1\n0 0 1\n", {}, "line 1", "1000000000 states claimed", "at most"),
    "many": ("1 1000000000\n0 0 1\n", {}, "line 1", "1000000000 transitions claimed", "at most"),
    "huge number": ("9" * 30 + " 1\n0 0 1\n", {}, "line 1", "999", "a number of states"),
    "too few": ("1 2\n0 0 1\n", {}, "end of file", "1 transition", "2 as the first line says"),
    "target": ("1 1\n0 1 1\n", {}, "line 2", "state 1", "from 0 to 0"),
    "two columns": ("1 1\n0 1\n", {}, "line 2", "0 1", "'source target value'"),
    "negative": ("1 1\n0 0 -1\n", {}, "line 2", "'-1'", "not negative"),
    "NaN": ("1 1\n0 0 NaN\n", {}, "line 2", "'NaN'", "a finite probability or rate"),
    "label state": (TRA, {"m.lab": '0="a"\n3: 0\n'}, "line 2", "state 3", "from 0 to 2"),
    "label number": (TRA, {"m.lab": '0="a"\n0: 1\n'}, "line 2", "label 1", "declares"),
    "label text": (TRA, {"m.lab": "a b\n"}, "line 1", "a b", '0="init"'),
    "label twice": (TRA, {"m.lab": '0="a" 1="a"\n'}, "line 1", '1="a"', "differ"),
    "no colon": (TRA, {"m.lab": '0="a"\n0 0\n'}, "line 2", "0 0", "'state: label label'"),
    "valuation": (TRA, {"m.sta": "(x)\n0:(1,2)\n"}, "line 2", "0:(1,2)", "1 value"),
    "few valuations": (TRA, {"m.sta": "(x)\n0:(1)\n"}, "end of file", "1 state", "3 as the .tra"),
    "reward states": (TRA, {"m.srew": "4 1\n0 1\n"}, "line 1", "4 states", "3 as the .tra"),
    "reward state": (TRA, {"m.srew": "3 1\n3 1\n"}, "line 2", "state 3", "from 0 to 2"),
    "reward twice": (TRA, {"m.srew": "3 2\n1 1\n1 2\n"}, "", "two rewards of state 1", "one"),
    "reward value": (TRA, {"m.srew": "3 1\n1 x\n"}, "line 2", "'x'", "a finite reward"),
    "reward count": (TRA, {"m.srew": "3 2\n1 1\n"}, "end of file", "1 entry", "2 as"),
    "MDP rewards": (TRA, {"m.trew": "3 4 1\n0 0 1 1\n"}, "line 1", "3 4 1", "MDP"),
    "reward names": (
        TRA,
        {"m1.srew": '# Reward structure "a"\n3 0\n', "m2.srew": '# Reward structure "a"\n3 0\n'},
        "",
        "a second reward structure 'a'",
        "names that differ",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_errors_say_file_place_found_and_expected(case: str, tmp_path: Path) -> None:
    tra, siblings, place, found, expected = BAD[case]
    with pytest.raises(FormatError) as error:
        load(tmp_path, tra, siblings)
    message_of(error)
    assert Path(error.value.path).name == (list(siblings)[-1] if siblings else "m.tra")
    assert place in error.value.place
    assert found in error.value.found
    assert expected in error.value.expected


@pytest.mark.parametrize(
    ("of_states", "of_transitions", "name"),
    [
        ('# Reward structure "a"\n', '# Reward structure "a"\n', "a"),
        ('# reward structure "a"\n', "", "a"),
        ("", '#REWARD STRUCTURE "a"\n', "a"),
        ("", "", "reward"),
        ('# Reward structure "a"\n', '# Reward structure "b"\n', None),
    ],
)
def test_the_name_of_a_structure_in_two_files(
    of_states: str, of_transitions: str, name: str | None, tmp_path: Path
) -> None:
    siblings = {"m.srew": of_states + "2 1\n0 1\n", "m.trew": of_transitions + "2 1\n0 1 3\n"}
    tra = "# Transitions (DTMC)\n2 2\n0 1 1\n1 0 1\n"
    if name is None:
        with pytest.raises(FormatError, match=r"m.trew: found the reward structure 'b', expected 'a' as in m.srew"):
            load(tmp_path, tra, siblings)
        with pytest.raises(Unreadable, match="the reward structure 'b', expected 'a'"):
            read_model(str(tmp_path / "m.tra"), "dtmc")
        return
    chain = load(tmp_path, tra, siblings)
    assert {k: v.fractions() for k, v in chain.rewards.items()} == {name: [4, 0]}
    assert digest(read_model(str(tmp_path / "m.tra"), "dtmc")) == digest_of(chain)


def test_files_of_a_neighbour_are_not_rewards(tmp_path: Path) -> None:
    save(tmp_path, "m1.tra", TRA)
    assert load(tmp_path, TRA, {"m1.srew": "3 1\n0 1\n"}).rewards == {}


@pytest.mark.parametrize("name", ["m.lab", "m.trew", "m.sta", "m1.srew"])
def test_files_of_an_older_model_are_not_mixed_in(name: str, tmp_path: Path) -> None:
    save(tmp_path, name, "old")
    with pytest.raises(OptionError, match=f"{name}' would be read as a part of 'm.tra'"):
        write(MarkovChain([[1]]), tmp_path / "m.tra")
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_one_numbered_reward_too_many(tmp_path: Path) -> None:
    save(tmp_path, "m3.trew", "old")
    write(MarkovChain([[1]], rewards={"a": [1]}), tmp_path / "m.tra")
    (tmp_path / "m.srew").unlink()
    with pytest.raises(OptionError, match=r"m3\.trew' would be read"):
        write(MarkovChain([[1]], rewards={"a": [1], "b": [2]}), tmp_path / "m.tra")


def test_rewriting_the_same_shape_of_model_works(tmp_path: Path) -> None:
    for value in (1, 2):
        chain = MarkovChain([[1]], labels={"a": [0]}, rewards={"r": [value], "s": [0]}, initial=0)
        write(chain, tmp_path / "m.tra")
        assert read(tmp_path / "m.tra") == chain


def test_storm_reads_what_is_written(tmp_path: Path) -> None:
    stormpy = pytest.importorskip("stormpy", reason="the extra storm is not installed")
    chain = MarkovChain([["1/4", "3/4"], [0, 1]], labels={"deadlock": [], "goal": [1]}, initial=0)
    write(chain, tmp_path / "m.tra")
    (tmp_path / "storm.tra").write_text("dtmc\n" + (tmp_path / "m.tra").read_text().split("\n", 2)[2])
    (tmp_path / "storm.lab").write_text("#DECLARATION\ninit goal\n#END\n0 init\n1 goal\n")
    model = stormpy.build_model_from_explicit(str(tmp_path / "storm.tra"), str(tmp_path / "storm.lab"))
    assert (model.nr_states, model.nr_transitions) == (2, 3)
