"""The digest of decision processes: two implementations agree, and it depends on the process and on nothing else."""

from __future__ import annotations

import json
import re
import struct
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import examples

import lumpform as lf
from lumpform import strategies as ls
from lumpform.certificates.digest import digest_of
from lumpform.checker.processes.canonical import digest as checkers_digest
from lumpform.checker.processes.judge import read_process
from lumpform.errors import ModelError

ROOT = Path(__file__).parent.parent.parent
DATA = ROOT.parent / "shared" / "data"


@pytest.mark.medium
@given(ls.mdps(), st.sampled_from([".drn", ".drn.gz", ".drn.xz", ".tra"]))
@settings(max_examples=examples(100))
def test_both_implementations_agree_on_processes(mdp: lf.MDP, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            path = Path(folder) / f"model{'.aut' if mdp.kind == 'lts' else suffix}"
            lf.write(mdp, path)
        except ModelError:  # labels in .aut, rates in .tra, ...
            if mdp.kind == "lts":
                return
            path = Path(folder) / "model.drn"
            lf.write(mdp, path)
        assert checkers_digest(read_process(str(path))) == digest_of(mdp) == digest_of(lf.read(path))


def test_the_example_of_a_process_byte_by_byte() -> None:
    text = (ROOT / "docs" / "certificate-processes.md").read_text(encoding="utf-8")
    toss = {1: Fraction(1, 2), 2: Fraction(1, 2)}
    choices = [[("go", {1: 1}), ("toss", toss)], [("stay", {1: 1})], [("stay", {2: 1})]]
    mdp = lf.MDP(choices, labels={"goal": [1, 2]}, initial=0)
    shown = json.loads(re.findall(r"```json\n(.*?)```", text, re.DOTALL)[0])
    assert shown == lf.lump(mdp).certificate | {"generator": shown["generator"]}
    form = text[text.index("    lumpform-model 1\u23ce") :].split("\n\n")[0]
    expected = b""
    for line in form.splitlines():
        for part in re.findall(r"\[[^\]]*\]|[^\[]+", line.strip()):
            numbers = re.fullmatch(r"\[u?int(32|64): ([\d ]+)\]", part)
            if numbers is None:
                expected += part.replace("\u23ce", "\n").encode()
            else:
                values = list(map(int, numbers[2].split()))
                expected += struct.pack(f"<{len(values)}{'I' if numbers[1] == '32' else 'q'}", *values)
    assert b"".join(bytes(part) for part in mdp.canonical_parts()) == expected


def test_it_depends_on_everything_in_a_process() -> None:
    def made(choices: Any = None, **changes: Any) -> str:
        rows = [[("a", {1: 2}, "rates"), ("b", {0: 1})], [("a", {1: 1})]] if choices is None else choices
        given_parts: dict[str, Any] = {
            "labels": {"x": [0]},
            "rewards": {"r": [0, 1]},
            "choice_rewards": {"c": [0, 0, 1]},
            "initial": 0,
        }
        return digest_of(lf.MDP(rows, kind="ma", **(given_parts | changes)))

    others = [
        made(),
        made([[("a", {1: 3}, "rates"), ("b", {0: 1})], [("a", {1: 1})]]),
        made([[("a", {1: 1}), ("b", {0: 1})], [("a", {1: 1})]]),
        made([[("a", {1: 1}, "rates"), ("b", {0: 1})], [("a", {1: 1})]]),
        made([[("b", {1: 2}, "rates"), ("a", {0: 1})], [("a", {1: 1})]]),
        made([[("", {1: 2}, "rates"), ("b", {0: 1})], [("a", {1: 1})]]),
        made([[("a", {1: 2}, "rates")], [("b", {0: 1}), ("a", {1: 1})]]),
        made(labels={"x": [1]}),
        made(labels={}),
        made(rewards={}),
        made(rewards={"c": [0, 1]}),
        made(rewards={}, choice_rewards={"r": [0, 0, 1]}),
        made(choice_rewards={"c": [0, 0, 2]}),
        made(choice_rewards={}),
        made(initial=1),
        made(initial=None),
    ]
    assert len(set(others)) == len(others)
    assert made(labels={"x": [0], "nobody": []}, rewards={"r": [0, 1], "nothing": [0, 0]}) == made()
    plain = [[("a", {1: 1})], [("a", {1: 1})]]
    assert digest_of(lf.MDP(plain)) != digest_of(lf.MDP(plain, kind="lts"))


def test_automata_have_digests() -> None:
    def made(first: Any = (1, 0), letters: Any = None, last: Any = (0, 1)) -> str:
        matrices = {"a": [[0, 1], [1, 0]]} if letters is None else letters
        return digest_of(lf.WeightedAutomaton.from_matrices(list(first), matrices, list(last)))

    swap, zero = [[0, 1], [1, 0]], [[0, 0], [0, 0]]
    others = [made(), made((0, 1)), made(last=(1, 0)), made(letters={"b": swap}), made(letters={"a": swap, "b": zero})]
    assert len(set(others)) == len(others)
    assert made(letters={"a": swap, "b": zero}) == made(letters={"b": zero, "a": swap})


@pytest.mark.skipif(not DATA.is_dir(), reason="the data beside the project is not there")
@pytest.mark.parametrize("name", ["csma2_2", "wlan0", "coin2_K16"])
def test_real_processes_have_one_digest(name: str) -> None:
    path = DATA / "mdp" / f"{name}.drn.gz"
    assert checkers_digest(read_process(str(path))) == digest_of(lf.read(path))


PROCESSES = {
    "m.drn": "@type: Markov Automaton\n@value_type: double\n@parameters\n\n@reward_models\nr s\n@nr_states\n2\n@model\n"
    "state 0 !0.3 [1, 0] init x\n\taction 0 [0, 2]\n\t\t1 : 0.33333333333\n\t\t0 : 0.66666666667\n"
    "\taction 1\n\t\t1 : 1\n"
    'state 1 !0 "two words"\n\taction 0\n\t\t1 : 0.5\n\t\t1 : 0.5\n',
    "p.drn": "@type: MDP\n@value_type: parametric\n@parameters\np\n@reward_models\n\n@nr_states\n1\n"
    "@nr_choices\n2\n@model\nstate 0 [p]\n\taction __NOLABEL__\n\t\t0 : p\n\t\t0 : 1-p\n\taction x [p*p]\n\t\t0 : 1\n",
    "m.tra": "2 3 4\n1 0 0 1 b\n0 1 1 0.25\n0 1 0 0.75\n0 0 1 1 a\n",
    "m.aut": 'des(1,3,3)\n(1, "say, (what)", 2)\n\n(0,tau,1)\r\n( 1 , "a" , 0 )\n',
}


@pytest.mark.parametrize("name", PROCESSES)
def test_unusual_files_of_processes_are_read_alike(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(PROCESSES[name].encode())
    (tmp_path / "m.lab").write_text('0="init" 1="end"\n0: 0\n1: 1\n', encoding="utf-8")
    (tmp_path / "m.srew").write_text('# Reward structure "power"\n2 1\n1 0.1\n', encoding="utf-8")
    (tmp_path / "m.trew").write_text("2 3 3\n0 1 1 8\n0 1 0 1\n1 0 1 7\n", encoding="utf-8")
    assert checkers_digest(read_process(str(tmp_path / name))) == digest_of(lf.read(tmp_path / name))
