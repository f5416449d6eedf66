"""PRISM and JANI models through stormpy: constants, properties, checks, deadlocks, rewards, and where the log goes."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from format_cases import message_of, save

import lumpform as lf
from lumpform.cli import main
from lumpform.files.constants import parsed_constants
from lumpform.files.storm_probe import may_stop_the_process

stormpy = pytest.importorskip("stormpy", reason="the extra storm is not installed")

WALK = """dtmc
const int N;
const double p;
const bool back = true;
module walk
 x:[0..N] init 0;
 [up] x<N -> p:(x'=x+1) + 1-p:(x'=max(x-1,0));
 [stay] x=N -> true;
endmodule
label "top" = x=N;
label "odd" = mod(x,2)=1;
rewards "steps"
 [up] true : 1;
endrewards
rewards
 x=1 : 1/3;
endrewards
"""
LEAVES = """dtmc
module m
 s:[0..2] init 0;
 [] s<=2 -> 1/2:(s'=s+1) + 1/2:(s'=0);
endmodule
"""
DEAD = """{kind}
module m
 s:[0..2] init 0;
 [] s<2 -> 1/2:(s'=s+1) + 1/2:(s'=0);
endmodule
rewards "r"
 true : 3;
 [] true : 5;
endrewards
"""
LOUD = """ctmc
module m
 s:[0..1] init 0;
 [] s=0 -> 2:(s'=1);
 [] s=1 -> 1:(s'=0);
endmodule
"""
JANI = {
    "jani-version": 1,
    "name": "coin",
    "type": "dtmc",
    "constants": [{"name": "p", "type": "real"}],
    "variables": [
        {
            "name": "s",
            "type": {"kind": "bounded", "base": "int", "lower-bound": 0, "upper-bound": 2},
            "initial-value": 0,
        },
        {"name": "seen", "type": "bool", "transient": True, "initial-value": False},
        {"name": "cost", "type": "real", "transient": True, "initial-value": 0},
    ],
    "properties": [
        {
            "name": "heads",
            "expression": {
                "op": "filter",
                "fun": "max",
                "states": {"op": "initial"},
                "values": {"op": "Pmax", "exp": {"op": "F", "exp": {"op": "=", "left": "s", "right": 1}}},
            },
        }
    ],
    "automata": [
        {
            "name": "a",
            "locations": [
                {"name": "l", "transient-values": [{"ref": "seen", "value": {"op": "≥", "left": "s", "right": 1}}]}
            ],
            "initial-locations": ["l"],
            "edges": [
                {
                    "location": "l",
                    "guard": {"exp": {"op": "=", "left": "s", "right": 0}},
                    "destinations": [
                        {
                            "location": "l",
                            "probability": {"exp": "p"},
                            "assignments": [{"ref": "s", "value": 1}, {"ref": "cost", "value": 5}],
                        },
                        {
                            "location": "l",
                            "probability": {"exp": {"op": "-", "left": 1, "right": "p"}},
                            "assignments": [{"ref": "s", "value": 2}],
                        },
                    ],
                },
                {
                    "location": "l",
                    "guard": {"exp": {"op": "≥", "left": "s", "right": 1}},
                    "destinations": [{"location": "l", "assignments": []}],
                },
            ],
        }
    ],
    "system": {"elements": [{"automaton": "a"}]},
}


def walk(folder: Path, **options: Any) -> lf.MarkovChain:
    return lf.read(save(folder, "walk.pm", WALK), **options)


@pytest.mark.medium
def test_constants_in_every_form(tmp_path: Path) -> None:
    chain = walk(tmp_path, constants="N=3,p=0.1")
    assert dict(chain.weights.row(0)) == {0: Fraction(9, 10), 1: Fraction(1, 10)}
    assert chain.rewards["steps"].fractions() == [1, 1, 1, 0]
    assert chain.rewards["default"].fractions() == [0, Fraction(1, 3), 0, 0]
    for given in (" N = 3 , p=1e-1", {"N": 3, "p": "0.1"}, {"N": "3", "p": Fraction(1, 10)}, "p=1/10,N=3.0"):
        assert walk(tmp_path, constants=given) == chain
    exact = walk(tmp_path, constants="N=1,p=0.12345678901234567890123456789")
    assert exact.weights.row(0)[1] == (1, Fraction("0.12345678901234567890123456789"))
    assert walk(tmp_path, constants={"N": 1, "p": 0.1}).weights.row(0)[1] == (1, Fraction(0.1))  # a float is itself


@pytest.mark.parametrize("given", [None, "", {}, "N=3", {"p": 0.5}])
def test_undefined_constants_are_named_with_the_option(given: Any, tmp_path: Path) -> None:
    with pytest.raises(lf.FormatError) as error:
        walk(tmp_path, constants=given)
    message = message_of(error)
    missing = [n for n in ("N", "p") if n not in str(given or "")]
    assert "undefined constants" in message
    assert "--constants " + ",".join(f"{n}=..." for n in missing) in message
    assert all(f"{n} (" in message for n in missing)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("N=3,p=0.5,q=1", "constants names 'q', expected undefined constants of walk.pm: N, p"),
        ("N=3,p=0.5,back=false", "constants names 'back', expected undefined"),
        ("N=3,N=4,p=1", "constants gives 'N' twice"),
        ("N=3,p", "constants has the part 'p', expected name=value"),
        ("N=3,p=", "constants gives 'p' the value '', expected a number, true or false"),
        ("N=3,p=x", "constants gives 'p' the value 'x'"),
        ("N=2.5,p=1", "constants gives 'N' the value 5/2, expected an integer"),
        ("N=true,p=1", "constants gives 'N' the value true, expected an integer"),
        ("N=3,p=true", "constants gives 'p' the value true, expected a number"),
        ("3=N", "constants names '3', expected a word"),
        (7, "constants is 7, expected a text such as"),
        ({"N": 3, "p": float("nan")}, "constants gives 'p' the value nan"),
        ({"N": 3, "p": None}, "constants gives 'p' the value None"),
    ],
)
def test_constants_that_do_not_fit(given: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(lf.OptionError) as error:
        walk(tmp_path, constants=given)
    assert message in message_of(error)


def test_booleans_among_constants() -> None:
    assert parsed_constants("a=true, b=false") == {"a": "true", "b": "false"}
    assert parsed_constants({"a": True, "b": 0}) == {"a": "true", "b": "0"}


def test_an_update_that_leaves_the_range_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(lf.FormatError) as error:
        lf.read(save(tmp_path, "m.pm", LEAVES))
    assert "out-of-bounds value (3) for the variable 's'" in message_of(error)
    with pytest.raises(lf.FormatError, match="out-of-bounds"):
        lf.read(save(tmp_path, "m.pm", LEAVES.replace("s'=0", "s'=s-1").replace("s<=2", "s<2") + " // other end\n"))
    jani = json.loads(json.dumps(JANI))
    jani["automata"][0]["edges"][0]["destinations"][0]["assignments"][0]["value"] = 7
    with pytest.raises(lf.FormatError, match="out-of-bounds"):
        lf.read(save(tmp_path, "m.jani", json.dumps(jani)), constants="p=0.5")


def test_properties_choose_labels_and_rewards(tmp_path: Path) -> None:
    everything = walk(tmp_path, constants="N=3,p=0.5")
    assert set(everything.labels) == {"top", "odd", "deadlock"}
    top = walk(tmp_path, constants="N=3,p=0.5", properties='P=? [F "top"]')
    assert (set(top.labels), set(top.rewards)) == ({"top"}, set())
    both = walk(tmp_path, constants="N=3,p=0.5", properties=["P=? [F<=2 x=2]", 'R{"steps"}=? [F "top"]'])
    assert (set(both.labels), set(both.rewards)) == ({"(x = 2)", "top"}, {"steps"})
    assert both.labels["(x = 2)"].tolist() == [False, False, True, False]
    assert "deadlock" in walk(tmp_path, constants="N=3,p=0.5", properties='P=? [F "deadlock"]').labels


@pytest.mark.medium
def test_a_single_property_does_not_cut_the_model_off(tmp_path: Path) -> None:
    """Storm stops exploring where one formula is decided; what is read is the whole chain of the file."""
    everything = walk(tmp_path, constants="N=3,p=0.5")
    for text in ("P=? [F x=1]", 'P=? [F "odd"]', "P=? [x<2 U x=1]", "P>0.5 [G x<1]"):
        assert walk(tmp_path, constants="N=3,p=0.5", properties=text).weights == everything.weights
    jani = save(tmp_path, "m.jani", json.dumps(JANI))
    cut = lf.read(jani, constants="p=1/3", properties="P=? [F s=1]")
    assert cut.weights == lf.read(jani, constants="p=1/3").weights


@pytest.mark.parametrize(
    "bad", ["P=?", 'P=? [F "nowhere"]', 'R{"nothing"}=? [F "top"]', "F y=1", ["P=? [F x=1]", "("], [3]]
)
def test_properties_that_are_not_understood(bad: Any, tmp_path: Path) -> None:
    with pytest.raises(lf.LumpFormError) as error:
        walk(tmp_path, constants="N=3,p=0.5", properties=bad)
    message_of(error)


def test_a_property_about_init(tmp_path: Path) -> None:
    chain = walk(tmp_path, constants="N=3,p=0.5", properties='P=? [F !"init"]')
    assert "the label init, which is the initial distribution" in chain.notes[-1]


def test_jani_keeps_its_own_properties_and_says_so(tmp_path: Path) -> None:
    path = save(tmp_path, "m.jani", json.dumps(JANI))
    chain = lf.read(path, constants={"p": "1/3"})
    assert dict(chain.weights.row(0)) == {1: Fraction(1, 3), 2: Fraction(2, 3)}
    assert {k: v.tolist() for k, v in chain.labels.items() if k != "deadlock"} == {
        "seen": [False, True, True],
        "(s = 1)": [False, True, False],
    }
    assert any("the file's own property became labels" in note for note in chain.notes)
    assert lf.lump(chain).partition.count == 3
    chosen = lf.read(path, constants={"p": "1/3"}, properties='P=? [F "seen"]')
    assert set(chosen.labels) == {"seen"}
    assert not any("own property" in note for note in chosen.notes)
    assert lf.lump(chosen).partition.count == 2
    assert chain.rewards["cost"].fractions() == [Fraction(5, 3), 0, 0]  # of a transition of probability 1/3
    with pytest.raises(lf.FormatError, match="undefined constants p"):
        lf.read(path)


def test_own_properties_that_are_not_understood_do_no_harm_if_others_are_given(tmp_path: Path) -> None:
    jani = json.loads(json.dumps(JANI))
    jani["properties"][0]["expression"]["values"] = {"op": "nonsense"}
    path = save(tmp_path, "m.jani", json.dumps(jani))
    with pytest.raises(lf.FormatError, match=r"found properties that Storm refuses, .* --property"):
        lf.read(path, constants="p=1/3")
    assert lf.read(path, constants="p=1/3", properties="P=? [F s=2]").states == 3


@pytest.mark.parametrize("kind", ["dtmc", "ctmc"])
def test_deadlocks_are_mended_aloud_or_refused(kind: str, tmp_path: Path) -> None:
    path = save(tmp_path, "m.pm", DEAD.format(kind=kind))
    chain = lf.read(path)
    assert dict(chain.weights.row(2)) == {2: 1}
    assert chain.labels["deadlock"].tolist() == [False, False, True]
    assert chain.rewards["r"].fractions() == [8, 8, 0]
    note = next(note for note in chain.notes if "no command" in note)
    assert note.startswith("1 state in which no command is enabled got a self-loop (the first: state 2 (s=2))")
    assert note.endswith("Storm gives no rewards there")
    assert lf.read(path, deadlocks="loop") == chain
    with pytest.raises(lf.FormatError) as error:
        lf.read(path, deadlocks="error")
    assert "state 2 (s=2): found a state in which no command is enabled" in message_of(error)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("smg\nmodule m\n x:bool;\n [] true -> true;\nendmodule\n", "a DTMC, CTMC, MDP or MA|Storm refuses"),
        ("pta\nmodule m\n x:clock;\n [] true -> true;\nendmodule\n", "a DTMC, CTMC, MDP or MA"),
        ("dtmc\nmodule m\n", "a model that Storm refuses"),
        ("", "a model that Storm refuses"),
        ("dtmc\nmodule m\n x:[0..1];\n [] true -> 0.5:(x'=0);\nendmodule\n", "a model that Storm refuses|sums to 1/2"),
    ],
)
def test_programs_that_are_refused(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(lf.FormatError, match=message) as error:
        lf.read(save(tmp_path, "m.prism", text))
    assert len(message_of(error)) < 700


def test_the_kind_of_a_program_is_stated(tmp_path: Path) -> None:
    path = save(tmp_path, "m.sm", LOUD)
    assert lf.read(path, kind="ctmc").kind == "ctmc"
    with pytest.raises(lf.FormatError, match="found a CTMC, expected a DTMC"):
        lf.read(path, kind="dtmc")


def test_names_of_states_have_all_variables(tmp_path: Path) -> None:
    """Storm's own texts leave out the name of a Boolean variable that is true."""
    text = "dtmc\nmodule m\n b:bool init false; x:[0..1] init 0;\n [] true -> (b'=!b)&(x'=1-x);\nendmodule\n"
    assert lf.read(save(tmp_path, "m.pm", text)).state_names == ("!b, x=0", "b, x=1")


DIVIDED = {
    "a reward": LEAVES.replace("s<=2", "s<2") + 'rewards "r" s=0 : 1/s; endrewards\n',
    "a power": LEAVES.replace("s<=2", "s<2") + 'rewards "r" s=0 : pow(s, -1); endrewards\n',
    "a probability": LEAVES.replace("s<=2", "s<2").replace("1/2:(s'=s+1)", "1/s:(s'=s+1)"),
    "a constant": LEAVES.replace("dtmc", "dtmc\nconst double p = 1/0;").replace("s<=2", "s<2").replace("1/2:", "p:"),
    "a given constant": LEAVES.replace("dtmc", "dtmc\nconst int N;\nconst double p = 1/N;").replace("1/2:", "p:"),
}


@pytest.mark.parametrize("name", DIVIDED)
def test_a_division_by_zero_does_not_end_the_process(name: str, tmp_path: Path, capsys) -> None:
    path = save(tmp_path, "m.pm", DIVIDED[name])
    options = ["--constants", "N=0"] if "given" in name else []
    assert main(["info", str(path), *options]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "m.pm: found a model in which Storm stops the whole process (SIGFPE)" in captured.err


def test_divisions_that_never_divide_by_zero(tmp_path: Path) -> None:
    fine = LEAVES.replace("s<=2", "s<2")
    text = fine + 'rewards "r" s>0 : 1/s; endrewards // 1/0\n'
    assert lf.read(save(tmp_path, "m.pm", text)).rewards["r"].fractions() == [0, 1, 0]  # none in a deadlock
    for part in ("1/2", "1 / 0.25", "x//0", "1/10"):
        assert not may_stop_the_process(save(tmp_path, "n.pm", f"dtmc {part} :")), part
    for part in ("1/N", "1/0", "1/0.0", "1/(x)", "mod(x,N)"):
        assert may_stop_the_process(save(tmp_path, "n.pm", f"dtmc {part} :")), part
    assert may_stop_the_process(save(tmp_path, "n.jani", '{"op": "/"}'))
    assert not may_stop_the_process(save(tmp_path, "n.jani", json.dumps(JANI)))
