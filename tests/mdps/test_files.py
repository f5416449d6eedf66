"""Files of decision processes: there and back, what each format cannot hold, and a line for every fault."""

from __future__ import annotations

import gzip
import lzma
import tempfile
from pathlib import Path

import pytest
from format_cases import DATA, message_of, needs_data, save
from hypothesis import given

import lumpform as lf
from lumpform import strategies as ls
from lumpform.mdps.mdp import MDP

HEAD = (
    "@type: {kind}\n@value_type: {values}\n@parameters\n\n@reward_models\n{rewards}\n"
    "@nr_states\n{n}\n@nr_choices\n{m}\n@model\n"
)


def drn(body: str, n: int, m: int, kind: str = "MDP", rewards: str = "", values: str = "rational") -> str:
    return HEAD.format(kind=kind, rewards=rewards, n=n, m=m, values=values) + body


def again(mdp: MDP, name: str) -> MDP:
    with tempfile.TemporaryDirectory() as folder:
        lf.write(mdp, Path(folder) / name)
        return lf.read(Path(folder) / name)


def without_zero_rewards(mdp: MDP) -> bool:
    """Whether no structure is zero where another part of it, or none, has its name: files do not keep such columns."""
    return all(column.nonzero().any() for column in mdp.choice_rewards.values())


@given(ls.mdps(kind="mdp"))
def test_drn_and_tra(mdp: MDP) -> None:
    if without_zero_rewards(mdp):
        for name in ("m.drn", "m.drn.gz", "m.drn.xz"):
            assert again(mdp, name) == mdp
    assert again(mdp, "m.tra") == mdp


@given(ls.mdps(kind="ma"))
def test_drn_of_markov_automata(mdp: MDP) -> None:
    if without_zero_rewards(mdp):
        assert again(mdp, "m.drn") == mdp


def test_a_markovian_choice_that_was_given_last() -> None:
    mdp = lf.MDP([[("a", {1: 1}), ("b", {0: 1, 1: 2}, "rates")], [("c", {1: 1})]], kind="ma")
    assert again(mdp, "m.drn") == mdp


@given(ls.mdps(kind="lts", labels=False, rewards=False))
def test_aut(mdp: MDP) -> None:
    if "" in mdp.actions:
        with pytest.raises(lf.ModelError, match="cannot hold the action name ''"):
            again(mdp, "m.aut")
    else:
        assert again(mdp, "m.aut") == mdp


def test_storms_style(tmp_path: Path) -> None:
    body = """state 0 !0 [0] init
\taction go [3]
\t\t1 : 1/2
\t\t2 : 1/2
\taction __NOLABEL__ [0]
\t\t1 : 1
state 1 !5 [2] goal "two words"
\taction __NOLABEL__ [0]
\t\t0 : 3/5
\t\t2 : 2/5
state 2 !4 [0]
\taction 0 [0]
\t\t2 : 4
"""
    mdp = lf.read(save(tmp_path, "m.drn", drn(body, 3, 4, "Markov Automaton", "r")))
    assert mdp.kind == "ma"
    assert mdp.transitions.to_fractions()[2:] == [[3, 0, 2], [0, 0, 4]]
    assert mdp.markovian.tolist() == [False, False, True, True]
    assert [mdp.action(c) for c in range(4)] == ["go", "", "", "0"]
    assert (mdp.state_rewards["r"].fractions(), mdp.choice_rewards["r"].fractions()) == ([0, 2, 0], [3, 0, 0, 0])
    assert list(mdp.labels) == ["goal", "two words"]


def test_places_are_no_names(tmp_path: Path) -> None:
    body = "state 0\naction 0\n0 : 1\naction 1\n0 : 1\n"
    assert lf.read(save(tmp_path, "m.drn", drn(body, 1, 2))).actions == ("",)
    assert lf.read(save(tmp_path, "n.drn", drn(body.replace("action 1", "action 2"), 1, 2))).actions == ("0", "2")


def test_parameters_and_placeholders(tmp_path: Path) -> None:
    body = "state 0\naction a\n0 : p\n1 : $q\nstate 1\naction a\n1 : 1\n"
    text = drn(body, 2, 2, values="parametric").replace("@parameters\n", "@parameters\np")
    mdp = lf.read(save(tmp_path, "m.drn", text.replace("@model", "@placeholders\n$q : 1-p\n@model")))
    assert mdp.parameters == ("p",)
    assert again(mdp, "m.drn") == mdp


def test_a_chain_stays_a_chain(tmp_path: Path) -> None:
    chain = lf.MarkovChain([["1/2", "1/2"], [0, 1]], initial=0)
    for name in ("m.drn", "m.drn.gz", "m.drn.xz", "m.tra"):
        lf.write(chain, tmp_path / name)
        assert lf.read(tmp_path / name) == chain


ONE = "state 0\naction a\n0 : 1\n"
BAD = {
    "sum": (drn("state 0\naction a\n0 : 0.99\n", 1, 1), "line 13 (choice 0 of state 0)", "sum to 0.99", "exactly 1"),
    "deadlock": (drn(ONE + "state 1\n", 2, 1), "line 15 (state 1)", "without choices", "deadlocks='loop'"),
    "choices": (drn(ONE, 1, 2), "end of file", "1 action", "2 as @nr_choices says"),
    "target": (drn(ONE.replace("0 : 1", "4 : 1"), 1, 1), "line 14", "target 4", "a state from 0 to 0"),
    "exit rate": (drn("state 0 !2\naction a\n0 : 1\n", 1, 1), "line 12", "exit rate !2", "no exit rate in an MDP"),
    "no exit rate": (drn(ONE, 1, 1, "MA"), "line 12 (state 0)", "no exit rate", "!RATE after every state"),
    "wrong rates": (
        drn("state 0 !3\naction a\n0 : 2\n", 1, 1, "MA"), "line 12 (state 0)", "weights that sum to 2", "exit rate 3",
    ),
    "claimed choices": (drn(ONE, 1, 10**9), "line 11", "1000000000 choices claimed", "at most"),
    "type": (drn(ONE, 1, 1, "POMDP"), "line 2", "type 'POMDP'", "MDP or MA"),
    "rewards": (drn("state 0 [1]\naction a [1, 2]\n0 : 1\n", 1, 1, rewards="r"), "line 13", "2 rewards", "1 as"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_faults_of_drn(case: str, tmp_path: Path) -> None:
    text, place, found, expected = BAD[case]
    with pytest.raises(lf.FormatError) as error:
        lf.read(save(tmp_path, "m.drn", text))
    assert "m.drn" in message_of(error)
    assert place in error.value.place
    assert found in error.value.found
    assert expected in error.value.expected


TRA = "2 2 3\n0 0 0 0.5 a\n0 0 1 0.5 a\n1 0 1 1\n"
BAD_TRA = {
    "count": (TRA.replace("2 2 3", "2 2 4"), "end of file", "3 transitions", "4 as the first line says"),
    "choices": (TRA.replace("2 2 3", "2 3 3"), "end of file", "2 choices", "3 as the first line says"),
    "gap": (TRA.replace("1 0 1 1", "1 1 1 1"), "end of file", "choice 1 of state 1", "the choices 0, 1, ..."),
    "actions": (TRA.replace("0 0 1 0.5 a", "0 0 1 0.5 b"), "end of file", "two actions in choice 0", "one action"),
    "state": (TRA.replace("1 0 1 1", "1 0 7 1"), "line 4", "state 7", "a state from 0 to 1"),
    "row": (TRA + "x\n", "line 5", "x", "'state choice target probability [action]'"),
    "sum": (TRA.replace("0 0 1 0.5", "0 0 1 0.4"), "", "sums to 0.9", "exactly 1"),
    "number": (TRA.replace("1 0 1 1", "1 0 1 inf"), "line 4", "'inf'", "a finite probability"),
}


@pytest.mark.parametrize("case", BAD_TRA)
def test_faults_of_tra(case: str, tmp_path: Path) -> None:
    text, place, found, expected = BAD_TRA[case]
    with pytest.raises(lf.FormatError) as error:
        lf.read(save(tmp_path, "m.tra", text))
    assert place in error.value.place
    assert found in error.value.found
    assert expected in error.value.expected


@pytest.mark.parametrize(
    ("suffix", "text", "message"),
    [
        ("srew", "2 1\n5 1\n", "line 2: found state 5, expected a state from 0 to 1"),
        ("srew", "2 2\n0 1\n0 1\n", "line 3: found two rewards of state 0, expected one"),
        ("trew", "2 2 1\n0 3 0 1\n", "line 2: found choice 3 of state 0, expected a choice that the .tra file has"),
        ("trew", "2 1\n0 0 1\n", "line 1: found 2 1, expected 'states choices entries'"),
        ("trew", "2 2 2\n0 0 0 1\n", r"line 2 \(end of file\): found 1 entry, expected 2"),
    ],
)
def test_faults_of_rewards(suffix: str, text: str, message: str, tmp_path: Path) -> None:
    save(tmp_path, f"m.{suffix}", text)
    with pytest.raises(lf.FormatError, match=message):
        lf.read(save(tmp_path, "m.tra", TRA))


def test_transition_rewards_are_means_of_choices(tmp_path: Path) -> None:
    save(tmp_path, "m.trew", '# Reward structure "cost"\n2 2 2\n0 0 0 4\n0 0 1 2\n')
    assert lf.read(save(tmp_path, "m.tra", TRA)).choice_rewards["cost"].fractions() == [3, 0]


BAD_AUT = {
    "head": ("des 0 1 2\n", "line 1", "des 0 1 2", "des (first, transitions, states)"),
    "first": ("des (2, 0, 2)\n", "line 1", "the first state 2", "a state from 0 to 1"),
    "count": ('des (0, 2, 2)\n(0, "a", 1)\n', "end of file", "1 transition", "2 as the first line says"),
    "state": ('des (0, 1, 2)\n(0, "a", 2)\n', "line 2", "state 2", "a state from 0 to 1"),
    "row": ("des (0, 1, 2)\n0 a 1\n", "line 2", "0 a 1", '(from, "label", to)'),
    "empty": ("", "end of file", "no first line", "des"),
    "claim": ("des (0, 999999999, 2)\n", "line 1", "999999999 transitions claimed", "at most"),
    "no name": ('des (0, 1, 2)\n(0, "", 1)\n', "line 2", "''", "a label of printable characters"),
}


@pytest.mark.parametrize("case", BAD_AUT)
def test_faults_of_aut(case: str, tmp_path: Path) -> None:
    text, place, found, expected = BAD_AUT[case]
    with pytest.raises(lf.FormatError) as error:
        lf.read(save(tmp_path, "m.aut", text))
    assert place in error.value.place
    assert found in error.value.found
    assert expected in error.value.expected


def test_labels_of_aut(tmp_path: Path) -> None:
    text = 'des (1, 4, 3)\n(2, tau, 0)\n(0, "a (b), c", 1)\n(1,i,2)\n(0, "tau", 0)\n'
    lts = lf.read(save(tmp_path, "m.aut", text))
    assert [(int(lts.state_of[c]), lts.action(c), lts.transitions.row(c)[0][0]) for c in range(4)] == [
        (0, "a (b), c", 1),
        (0, "tau", 0),
        (1, "i", 2),
        (2, "tau", 0),
    ]
    assert lts.initial is not None
    assert lts.initial.fractions() == [0, 1, 0]


@pytest.mark.parametrize(
    ("choices", "options", "name", "message"),
    [
        ([[("two words", {0: 1})]], {}, "m.drn", "DRN cannot hold the action name 'two words'"),
        ([[("two words", {0: 1})]], {}, "m.tra", "cannot hold the action name 'two words', expected one word"),
        ([[("0", {0: 1})]], {}, "m.drn", "names that are the places of the choices"),
        ([[("a", {0: 1})]], {}, "m.aut", "cannot hold a model of kind 'mdp'"),
        ([[("a", 0)]], {"kind": "lts"}, "m.drn", "cannot hold a transition system, expected .aut"),
        ([[("a", 0)]], {"kind": "lts", "labels": {"g": [0]}}, "m.aut", "cannot hold labels of states, here 'g'"),
        ([[("a", {0: 2}, "rates")]], {"kind": "ma"}, "m.tra", "cannot hold a model of kind 'ma'"),
        ([[("a", {0: 1})]], {"labels": {"init": [0]}}, "m.drn", "a label is called 'init'"),
    ],
)
def test_what_a_format_cannot_hold(choices: list, options: dict, name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(lf.ModelError, match=message):
        lf.write(lf.MDP(choices, **options), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.medium
@pytest.mark.parametrize("suffix", ["gz", "xz"])
def test_small_bombs_and_damaged_files(suffix: str, tmp_path: Path) -> None:
    pack = gzip.compress if suffix == "gz" else lzma.compress
    text = drn(ONE, 1, 1).encode()
    whole = pack(text)
    with pytest.raises(lf.FormatError, match=r"more than \d+ bytes of text in a small"):
        lf.read(save(tmp_path, f"bomb.drn.{suffix}", pack(text + b"//\n" * 12_000_000)))
    for damaged in (whole[:-6], b"no archive at all", whole[:12] + b"xxxxxx" + whole[18:], b""):
        with pytest.raises(lf.FormatError) as error:
            lf.read(save(tmp_path, f"m.drn.{suffix}", damaged))
        message_of(error)
    two = save(tmp_path, f"two.drn.{suffix}", pack(text[:40]) + pack(text[40:]))
    assert lf.read(two).states == 1


@needs_data
@pytest.mark.parametrize("name", ["csma2_2", "zeroconf_N20_K2", pytest.param("wlan2", marks=pytest.mark.medium)])
def test_real_files_as_storm_reads_them(name: str, tmp_path: Path) -> None:
    stormpy = pytest.importorskip("stormpy", reason="needs stormpy")
    pytest.importorskip("stormpy.io", reason="needs stormpy")
    mdp = lf.read(DATA / "mdp" / f"{name}.drn.gz")
    plain = save(tmp_path, "m.drn", gzip.decompress((DATA / "mdp" / f"{name}.drn.gz").read_bytes()))
    options = stormpy.io.DirectEncodingParserOptions()
    options.build_choice_labeling = True
    theirs = lf.MDP(stormpy.build_model_from_drn(str(plain), options=options), rows="normalise", floats="decimal")
    assert theirs.first_choice.tolist() == mdp.first_choice.tolist()
    assert [theirs.action(c) for c in range(mdp.choices)] == [mdp.action(c) for c in range(mdp.choices)]
    assert theirs.transitions.indices.tolist() == mdp.transitions.indices.tolist()
    assert theirs.transitions.values.floats() == pytest.approx(mdp.transitions.values.floats())
    assert {k: v.tolist() for k, v in mdp.labels.items()}.items() <= {
        k: v.tolist() for k, v in theirs.labels.items()
    }.items()
    lf.write(mdp, tmp_path / "ours.drn")
    back = stormpy.build_model_from_drn(str(tmp_path / "ours.drn"))
    assert (back.nr_states, back.nr_choices, back.nr_transitions) == (mdp.states, mdp.choices, mdp.edges)
    assert again(mdp, "m.drn.xz") == mdp


MA = """ma
module m
s:[0..3] init 0;
[go] s=0 -> 0.5:(s'=1)+0.5:(s'=2);
[b] s=0 -> (s'=1);
<> s=1 -> 2:(s'=2)+3:(s'=0);
<> s=2 -> 4:(s'=3);
[c] s=2 -> (s'=3);
endmodule
rewards "r" s=1: 2; [go] true: 3; endrewards
label "goal" = s=3;
"""


def test_programs(tmp_path: Path) -> None:
    pytest.importorskip("stormpy", reason="needs stormpy")
    automaton = lf.read(save(tmp_path, "m.prism", MA))
    assert (automaton.kind, automaton.states, automaton.choices) == ("ma", 4, 6)
    assert automaton.choice_rewards["r"].fractions()[0] == 3
    assert automaton.exit_rates().fractions()[2] == 5
    assert any("no command is enabled" in note for note in automaton.notes)
    with pytest.raises(lf.FormatError, match="a state in which no command is enabled"):
        lf.read(tmp_path / "m.prism", deadlocks="error")
    text = (
        "mdp\nconst int N;\nmodule m\ns:[0..N];\n[a] true -> 1/3:(s'=0)+2/3:(s'=N);\n[b] true -> (s'=s);\nendmodule\n"
    )
    mdp = lf.read(save(tmp_path, "n.nm", text), constants="N=1")
    assert (mdp.kind, mdp.actions) == ("mdp", ("a", "b"))
    assert [str(v) for _, v in mdp.transitions.row(0)] == ["1/3", "2/3"]
    with pytest.raises(lf.FormatError, match="expected an MA, as the option kind='ma' says"):
        lf.read(tmp_path / "n.nm", constants="N=1", kind="ma")
