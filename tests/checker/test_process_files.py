"""Files of decision processes as the checker reads them: what is wrong, word for word, and how choices are mended."""

from __future__ import annotations

import gzip
import lzma
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from refusals import refused

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.checker import Unreadable
from lumpform.checker.limits import DEFAULT
from lumpform.checker.processes.canonical import digest
from lumpform.checker.processes.judge import read_process

HEAD = "@type: {}\n@value_type: rational\n@parameters\n\n@reward_models\nr\n@nr_states\n2\n@nr_choices\n2\n@model\n"
GOOD = HEAD.format("MDP") + "state 0 [1] init\n\taction a [2]\n\t\t1 : 1\nstate 1\n\taction b\n\t\t1 : 1\n"
AUTOMATON = HEAD.format("MA") + "state 0 !2\n\taction a\n\t\t1 : 1\nstate 1 !0\n\taction b\n\t\t1 : 1\n"


def read_text(folder: Path, text: str, name: str = "m.drn", **options: Any) -> Any:
    (folder / name).write_text(text, encoding="utf-8")
    return read_process(str(folder / name), **options)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("MDP", "DTMC"), "line 11: found type 'dtmc', expected MDP or MA or MARKOV AUTOMATON"),
        (GOOD.replace("\n2\n@model", "\n3\n@model"), "end of file: found 2 actions, expected 3 as @nr_choices says"),
        (GOOD.replace("state 0", "state 0 !1"), "line 12: found exit rate !1, expected no exit rate in an MDP"),
        (GOOD.replace("action b", 'action ""'), 'line 16: found action "", expected a name of the action'),
        (GOOD.replace("[2]", "[2, 3]"), "line 13: found 2 rewards, expected 1 as @reward_models says"),
        (GOOD.replace("[2]", "x"), "line 13: found action a x, expected 'state ...', 'action ...' or 'target : value'"),
        (
            GOOD.replace("1 : 1\nstate", "1 : 0.99\nstate"),
            "choice 0: found probabilities that sum to 99/100, expected exactly 1",
        ),
        (
            GOOD.replace("1 : 1\nstate", "1 : 2\n\t\t0 : -1\nstate"),
            "entry 0: found the weight -1, expected a number that is not negative",
        ),
        (
            GOOD.replace("state 1\n\taction b\n\t\t1 : 1\n", "state 1\n").replace("\n2\n@model", "\n1\n@model"),
            "state 1: found no choices, expected at least one",
        ),
        (
            AUTOMATON.replace("!0", ""),
            "state 1: found no exit rate, expected !RATE after every state of a Markov automaton",
        ),
        (
            AUTOMATON.replace("1 : 1\nstate", "1 : 1/2\nstate"),
            "state 0: found weights that sum to 1/2, expected 1 or 2",
        ),
    ],
)
def test_what_is_wrong_with_a_drn_file(text: str, message: str, tmp_path: Path) -> None:
    with refused(f"m.drn: {message}"):
        read_text(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "end of file: found no first line, expected des (first, transitions, states)"),
        ("des 0 1 2\n", "line 1: found des 0 1 2, expected des (first, transitions, states)"),
        ("des (2, 1, 2)\n", "line 1: found the first state 2, expected a state from 0 to 1"),
        (
            "des (0, 1, 999999999)\n",
            "line 1: found 999999999 states in a file of 22 bytes, expected a number that fits the file",
        ),
        (
            "des (0, 100, 2)\n",
            "line 1: found 100 transitions in a file of 16 bytes, expected a number that fits the file",
        ),
        ("des (0, 1, 2)\n(0, a, 2)\n", "line 2: found state 2, expected a state from 0 to 1"),
        ("des (0, 1, 2)\n(0, , 1)\n", "line 2: found (0, , 1), expected a label that is not empty"),
        ('des (0, 1, 2)\n(0, a", 1)\n', 'line 2: found (0, a", 1), expected (from, "label", to)'),
        ("des (0, 1, 2)\n0, a, 1\n", 'line 2: found 0, a, 1, expected (from, "label", to)'),
        ("des (0, 1, 2)\n(x, a, 1)\n", "line 2: found 'x', expected a state"),
        ("des (0, 2, 2)\n(0, a, 1)\n", "end of file: found 1 transition, expected 2 as the first line says"),
    ],
)
def test_what_is_wrong_with_an_aut_file(text: str, message: str, tmp_path: Path) -> None:
    with refused(f"m.aut: {message}"):
        read_text(tmp_path, text, "m.aut")


TRA = "# Transitions (MDP)\n2 3 4\n0 0 0 0.5 a\n0 0 1 0.5 a\n0 1 1 1\n1 0 1 1 b\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 0: found no sizes, expected the numbers of states, choices and transitions"),
        ("2 3\n", "line 1: found 2 3, expected the numbers of states, choices and transitions"),
        ("2 9999 4\n", "line 1: found 9999 choices in a file of 9 bytes, expected a number that fits the file"),
        (TRA.replace("0 1 1 1", "0 1 1"), "line 5: found 0 1 1, expected 'state choice target probability [action]'"),
        (TRA.replace("0 1 1 1", "2 1 1 1"), "line 5: found 2 1 1 1, expected states below 2 and choices below 3"),
        (
            TRA.replace("0 0 1 0.5 a", "0 0 1 0.5 b"),
            "line 4: found the action 'b', expected one action for each choice, 'a'",
        ),
        (
            TRA.replace("0 1 1 1", "0 2 1 1"),
            "end of file: found choice 2 of state 0, expected choices 0, 1, ... of every state",
        ),
        (
            TRA.replace("2 3 4", "2 2 4"),
            "end of file: found 4 transitions and 3 choices, expected 4 and 2 as the first line says",
        ),
        (TRA.replace("0 1 1 1", "0 1 1 0.9"), "choice 1: found probabilities that sum to 9/10, expected exactly 1"),
    ],
)
def test_what_is_wrong_with_a_tra_file(text: str, message: str, tmp_path: Path) -> None:
    with refused(f"m.tra: {message}"):
        read_text(tmp_path, text, "m.tra")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("m.srew", "3 1\n0 1\n", "m.srew: line 1: found 3, expected 2 as in the .tra file"),
        ("m.srew", "2 2\n0 1\n0 2\n", "m.srew: line 3: found 0 2, expected states from 0 to 1, each place once"),
        ("m.srew", "2 2\n0 1\n", "m.srew: end of file: found 1 entry, expected 2 as the first line says"),
        ("m.trew", "2 3\n", "m.trew: line 1: found 2 3, expected the numbers of states, choices and entries"),
        ("m.trew", "2 3 1\n1 1 1 2\n", "m.trew: line 2: found choice 1 of state 1, expected a choice of the .tra file"),
        ("m.trew", "2 3 1\n0 1 2\n", "m.trew: line 2: found 0 1 2, expected 'state choice target value'"),
        ("m.lab", '0="init"\n2: 0\n', "m.lab: line 2: found state 2, expected a state from 0 to 1"),
    ],
)
def test_what_is_wrong_with_a_sibling(name: str, text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with refused(message):
        read_text(tmp_path, TRA, "m.tra")


def test_another_suffix(tmp_path: Path) -> None:
    with refused("m.mtx: found another suffix, expected .drn or .drn.gz or .drn.xz or .tra or .aut"):
        read_text(tmp_path, "", "m.mtx")


@pytest.mark.parametrize("suffix", [".gz", ".xz"])
def test_compressed_files_may_not_be_damaged_or_stand_for_too_much(suffix: str, tmp_path: Path) -> None:
    pack = gzip.compress if suffix == ".gz" else lzma.compress
    path = tmp_path / f"m.drn{suffix}"
    path.write_bytes(pack(GOOD.encode()))
    assert read_process(str(path)).states == 2
    path.write_bytes(pack(GOOD.encode()[:60]) + pack(GOOD.encode()[60:]))
    assert read_process(str(path)).states == 2
    for damaged in (pack(GOOD.encode())[:-9], b"no archive", pack(GOOD.encode()) + b"more"):
        path.write_bytes(damaged)
        with pytest.raises(Unreadable, match=r"expected undamaged compressed text$"):
            read_process(str(path))
    path.write_bytes(pack(GOOD.encode() + b"\n" * (1 << 18)))
    assert read_process(str(path)).states == 2
    with pytest.raises(Unreadable, match=r"bytes of text, expected less in a file of this size$"):
        read_process(str(path), limits=replace(DEFAULT, expansion=10, expansion_spare=1 << 16))


def test_mended_choices_are_read_as_the_program_reads_them(tmp_path: Path) -> None:
    text = GOOD.replace("1 : 1\nstate", "1 : 0.3\n\t\t0 : 0.6\nstate").replace(
        "state 1\n\taction b\n\t\t1 : 1\n", "state 1\n"
    )
    text = text.replace("\n2\n@model", "\n1\n@model")
    found = read_text(tmp_path, text, rows="normalise", deadlocks="loop")
    mended = lf.read(tmp_path / "m.drn", rows="normalise", deadlocks="loop")
    assert digest(found) == digest_of(mended)
    automaton = AUTOMATON.replace("state 1 !0\n\taction b\n\t\t1 : 1\n", "state 1 !0\n").replace(
        "\n2\n@model", "\n1\n@model"
    )
    found = read_text(tmp_path, automaton, deadlocks="loop")
    assert list(found.markovian) == [1, 1]
    assert digest(found) == digest_of(lf.read(tmp_path / "m.drn", deadlocks="loop"))


def test_rates_and_probabilities_of_a_markov_automaton_are_one_model(tmp_path: Path) -> None:
    one = digest(read_text(tmp_path, AUTOMATON))
    assert digest(read_text(tmp_path, AUTOMATON.replace("1 : 1\nstate", "1 : 2\nstate"))) == one
    assert digest(read_text(tmp_path, AUTOMATON.replace("!2", "!3"))) != one
