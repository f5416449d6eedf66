"""DRN: what is understood, and a clear line for everything that is not."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from format_cases import message_of, save

from lumpform.certificates.digest import digest_of
from lumpform.chains.chain import MarkovChain
from lumpform.checker.canonical import digest
from lumpform.checker.drn import read_drn as read_in_the_checker
from lumpform.checker.failure import Unreadable
from lumpform.errors import FormatError, OptionError
from lumpform.formats import read

HEAD = (
    "@type: {kind}\n@value_type: {values}\n@parameters\n\n@reward_models\n{rewards}\n"
    "@nr_states\n{n}\n@nr_choices\n{n}\n@model\n"
)


def drn(body: str, n: int, kind: str = "DTMC", rewards: str = "", values: str = "double") -> str:
    return HEAD.format(kind=kind, rewards=rewards, n=n, values=values) + body


def load(folder: Path, text: str | bytes, **options: str) -> MarkovChain:
    return read(save(folder, "m.drn", text), **options)


def test_a_file_in_storms_style(tmp_path: Path) -> None:
    text = """// Exported by storm
// Original model type: DTMC
@type: DTMC
@value_type: double
@parameters

@reward_models
coin time
@nr_states
3
@nr_choices
3
@model
state 0 [1, 0] init "two words"
//[s=0	& d=1]
	action 0 [0, 0.5]
		1 : 0.25
		1 : 0.25
		2 : 5e-1
state 1 [0, 0] done other
//[s=1	& d=0]
	action go [0, 0]
		1 : 1
state 2 [0, 0] done
//[s=2	& d=0]
	action 0 [1/3, 0]
		2 : 1
"""
    chain = load(tmp_path, text)
    half = Fraction(1, 2)
    assert chain.weights.to_fractions() == [[0, half, half], [0, 1, 0], [0, 0, 1]]
    assert chain.rewards["coin"].fractions() == [1, 0, Fraction(1, 3)]
    assert chain.rewards["time"].fractions() == [half, 0, 0]
    assert {k: v.tolist() for k, v in chain.labels.items()} == {
        "two words": [True, False, False],
        "done": [False, True, True],
        "other": [False, True, False],
    }
    assert chain.initial is not None
    assert chain.initial.fractions() == [1, 0, 0]
    assert chain.state_names == ("s=0, d=1", "s=1, d=0", "s=2, d=0")


def test_several_initial_states_are_equally_likely(tmp_path: Path) -> None:
    body = "state 0 init\naction 0\n0 : 1\nstate 1\naction 0\n0 : 1\nstate 2 init\naction 0\n0 : 1\n"
    initial = load(tmp_path, drn(body, 3)).initial
    assert initial is not None
    assert initial.fractions() == [Fraction(1, 2), 0, Fraction(1, 2)]


def test_action_rewards_of_a_ctmc_are_paid_per_jump(tmp_path: Path) -> None:
    body = "state 0 !5 [1]\naction 0 [10]\n0 : 2\n1 : 3\nstate 1 !0 [7]\naction 0 [4]\n"
    chain = load(tmp_path, drn(body, 2, "CTMC", "r"))
    assert chain.rewards["r"].fractions() == [51, 7]
    assert dict(chain.weights.row(0)) == {0: 2, 1: 3}


def test_placeholders(tmp_path: Path) -> None:
    body = "state 0 [$r]\naction 0 [0]\n0 : $p\n1 : 3/4\nstate 1 [0]\naction 0 [0]\n1 : 1\n"
    text = drn(body, 2, rewards="r").replace("@model", "@placeholders\n$p : 1/4\n$r : -2\n@model")
    chain = load(tmp_path, text)
    assert dict(chain.weights.row(0)) == {0: Fraction(1, 4), 1: Fraction(3, 4)}
    assert chain.rewards["r"].fractions() == [-2, 0]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (" coin ", ["default", "coin"]),
        (" coin", ["default", "coin"]),
        ("coin  ", ["coin", "default"]),
        ("coin  \r", ["coin", "default"]),
        ("a  coin ", ["a", "default", "coin"]),
        (" ", ["default"]),
        ("", ["default"]),
    ],
)
def test_an_unnamed_reward_stands_where_storm_writes_an_empty_name(tmp_path: Path, line: str, names: list[str]) -> None:
    values = ", ".join(str(k + 3) for k in range(len(names)))
    chain = load(tmp_path, drn(f"state 0 [{values}]\naction 0\n0 : 1\n", 1, rewards=line))
    assert {k: v.fractions() for k, v in chain.rewards.items()} == {name: [k + 3] for k, name in enumerate(names)}
    assert digest(read_in_the_checker(str(tmp_path / "m.drn"))) == digest_of(chain)


@pytest.mark.parametrize("line", ["coin", "coin ", "a\tcoin", "  coin ", "coin   ", "a coin "])
def test_an_unnamed_reward_without_a_place_is_refused(tmp_path: Path, line: str) -> None:
    count = len(line.split())
    values = ", ".join("1" * (count + 1))
    expected = f"line 12: found {count + 1} rewards, expected {count} as @reward_models says"
    with pytest.raises(FormatError, match=expected):
        load(tmp_path, drn(f"state 0 [{values}]\naction 0\n0 : 1\n", 1, rewards=line))
    with pytest.raises(Unreadable, match=expected):
        read_in_the_checker(str(tmp_path / "m.drn"))


def test_numbers_of_rewards_and_sections_given_twice(tmp_path: Path) -> None:
    body = "state 0 [3, 4]\naction 0 [1, 0]\n0 : 1\nstate 1 [0, 1]\naction 0 [0, 0]\n0 : 1\n"
    with pytest.raises(FormatError, match="line 13: found 3 rewards, expected 2"):
        load(tmp_path, drn(body.replace("[1, 0]", "[1, 0, 0]"), 2, rewards=" coin "))
    with pytest.raises(FormatError, match="line 15: found 1 reward, expected 0"):
        load(tmp_path, drn("state 0\naction 0\n0 : 1\nstate 1 [1]\naction 0\n0 : 1\n", 2))
    with pytest.raises(FormatError, match="found a second section @nr_states, expected every section once"):
        load(tmp_path, drn(body, 2, rewards="coin").replace("@nr_states", "@nr_states\n2\n@nr_states", 1))


def test_exit_rates_printed_as_doubles_may_be_rounded(tmp_path: Path) -> None:
    body = "state 0 !1.033333333\naction 0\n0 : 0.3333333333\n1 : 0.7\nstate 1 !0\n"
    assert load(tmp_path, drn(body, 2, "CTMC")).exit_rates().value(0) == Fraction("1.0333333333")
    with pytest.raises(FormatError) as error:
        load(tmp_path, drn(body, 2, "CTMC", values="rational"))
    assert "line 12 (state 0): found exit rate 1.033333333, expected the sum of the rates, 1.0333333333" in message_of(
        error
    )


def test_rounded_rows_are_reported_with_the_option(tmp_path: Path) -> None:
    body = "state 0\naction 0\n1 : 1\nstate 1\naction 0\n0 : 0.3333333\n1 : 0.6666666\n"
    with pytest.raises(FormatError) as error:
        load(tmp_path, drn(body, 2))
    message = message_of(error)
    assert "m.drn: line 15 (state 1): found a row that sums to 0.9999999, expected exactly 1" in message
    assert "rows='normalise'" in message
    chain = load(tmp_path, drn(body, 2), rows="normalise")
    assert dict(chain.weights.row(1)) == {0: Fraction(3333333, 9999999), 1: Fraction(6666666, 9999999)}


def test_line_ends_and_byte_order_marks(tmp_path: Path) -> None:
    text = drn("state 0 init\n\taction 0\n\t\t0 : 1\n", 1)
    expected = load(tmp_path, text)
    assert load(tmp_path, text.replace("\n", "\r\n")) == expected
    assert load(tmp_path, b"\xef\xbb\xbf" + text.encode()) == expected
    assert load(tmp_path, text.rstrip("\n")) == expected


ONE = "state 0\naction 0\n0 : 1\n"
BAD = {
    "SMG": (drn(ONE, 1, "SMG"), "line 2", "type 'SMG'", "MDP or MA (POMDP and SMG are not supported)"),
    "unknown type": (drn(ONE, 1, "XYZ"), "line 2", "type 'XYZ'", "DTMC or CTMC"),
    "intervals": (drn(ONE, 1, values="double-interval"), "line 3", "value type 'double-interval'", "double, rational"),
    "an interval": (drn("state 0\naction 0\n0 : [0.5, 1]\n", 1), "line 14", "0 : [0.5, 1]", "not supported"),
    "parameters": (
        drn(ONE, 1).replace("@parameters\n", "@parameters\np 2"),
        "",
        "'2'",
        "at most 100 different words",
    ),
    "no type": (drn(ONE, 1).replace("@type: DTMC\n", ""), "line 10", "@model", "@type before it"),
    "no states": (drn(ONE, 1).replace("@nr_states\n1\n", ""), "", "@model", "@nr_states before it"),
    "no model": (drn("", 1).replace("@model\n", ""), "end of file", "no @model section", "@nr_states and @model"),
    "count is a word": (drn(ONE, 1).replace("@nr_states\n1", "@nr_states\none"), "", "'one'", "number of states"),
    "count is huge": (drn(ONE, 10**9), "line 9", "1000000000 states claimed", "at most"),
    "choices": (
        drn(ONE, 1).replace("@nr_choices\n1", "@nr_choices\n2"),
        "line 11",
        "2 choices for 1 state",
        "one choice",
    ),
    "too few states": (drn(ONE, 2), "end of file", "1 state", "2 as @nr_states says"),
    "too many states": (drn(ONE + ONE.replace("state 0", "state 1"), 1), "line 15", "state 1", "1 state"),
    "state order": (drn(ONE.replace("state 0", "state 1"), 1), "line 12", "state 1", "state 0"),
    "two actions": (drn(ONE + "action 1\n0 : 1\n", 1), "line 15", "a second action", "one action"),
    "action first": (drn("action 0\n0 : 1\n", 1), "line 12", "action 0", "'state' before"),
    "transition first": (drn("state 0\n0 : 1\n", 1), "line 13", "0 : 1", "'action' before"),
    "target": (drn("state 0\naction 0\n1 : 1\n", 1), "line 14", "target 1", "a state from 0 to 0"),
    "NaN": (drn("state 0\naction 0\n0 : nan\n", 1), "line 14", "'nan'", "a finite probability"),
    "infinite": (drn("state 0\naction 0\n0 : inf\n", 1, "CTMC"), "line 14", "'inf'", "a finite rate"),
    "1e400000": (drn("state 0\naction 0\n0 : 1e400000\n", 1), "line 14", "'1e400000'", "a finite probability"),
    "negative": (drn("state 0\naction 0\n0 : -1\n", 1), "line 14", "'-1'", "not negative"),
    "division by zero": (drn("state 0\naction 0\n0 : 1/0\n", 1), "line 14", "'1/0'", "a finite probability"),
    "garbage": (drn("state 0\naction 0\n0 ; 1\n", 1), "line 14", "0 ; 1", "'target : value'"),
    "exit rate of a DTMC": (drn("state 0 !1\naction 0\n0 : 1\n", 1), "line 12", "exit rate !1", "no exit rate"),
    "wrong exit rate": (
        drn("state 0 !3\naction 0\n0 : 1\n", 1, "CTMC"),
        "line 12 (state 0)",
        "exit rate 3",
        "rates, 1",
    ),
    "too few rewards": (
        drn("state 0 [1]\naction 0\n0 : 1\n", 1, rewards="a b"),
        "line 12",
        "1 reward",
        "2 as @reward",
    ),
    "reward is no number": (drn("state 0 [x]\naction 0\n0 : 1\n", 1, rewards="a"), "line 12", "'x'", "a finite reward"),
    "same rewards": (drn(ONE, 1, rewards="a a"), "line 7", "reward models 'a a'", "names that differ"),
    "open quote": (drn('state 0 "a\naction 0\n0 : 1\n', 1), "line 12", '"a', "labels separated by spaces"),
    "unknown section": (drn(ONE, 1).replace("@parameters", "@players"), "", "section @players", "type, value_type"),
    "text before sections": ("hello\n" + drn(ONE, 1), "line 1", "hello", "@type: DTMC"),
    "undefined placeholder": (drn(ONE, 1).replace("0 : 1", "0 : $x"), "line 14", "'$x'", "finite probability"),
    "UTF-16": (drn(ONE, 1).encode("utf-16"), "line 1", "UTF-16 text", "UTF-8"),
    "Latin-1": (drn("state 0 größe\naction 0\n0 : 1\n", 1).encode("latin-1"), "line 12", "byte 0xf6", "UTF-8"),
    "NUL": (drn(ONE + "\0", 1), "line 15", "a NUL byte", "UTF-8"),
    "a zip archive": (b"PK\x03\x04rest", "line 1", "a zip archive", "UTF-8"),
    "empty": ("", "end of file", "no @model section", "a DRN file"),
    "terminal codes": (drn("\x1b[31mstate\n", 1), "line 12", "?[31mstate", "'state ...'"),
}


@pytest.mark.parametrize("case", BAD)
def test_errors_say_file_line_found_and_expected(case: str, tmp_path: Path) -> None:
    text, place, found, expected = BAD[case]
    with pytest.raises(FormatError) as error:
        load(tmp_path, text)
    message = message_of(error)
    assert "m.drn" in message
    assert place in error.value.place
    assert found in error.value.found.replace("\x1b", "?")
    assert expected in error.value.expected


def test_a_line_without_end(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="a line of more than"):
        load(tmp_path, b"x" * (5 << 20))


def test_options_are_checked(tmp_path: Path) -> None:
    path = save(tmp_path, "m.drn", drn(ONE, 1))
    with pytest.raises(OptionError, match="rows is 'round', expected 'exact' or 'normalise'"):
        read(path, rows="round")
    with pytest.raises(OptionError, match=r"\.drn has no option 'colour', expected one of kind, rows, deadlocks"):
        read(path, colour="red")
