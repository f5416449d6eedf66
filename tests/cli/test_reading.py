"""How commands read chains: options for kinds, deadlocks, constants and properties; notes go to standard error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import lumpform as lf

UNIT = "2 2\n0 1 1\n1 0 1\n"
DEAD = "# Transitions (DTMC)\n3 3\n0 1 0.5\n0 2 0.5\n1 0 1\n"
WALK = """ctmc
const int N;
const double r;
module walk
 x:[0..N] init 0;
 [] x<N -> r:(x'=x+1);
 [] x>0 -> 2*r:(x'=x-1);
endmodule
label "top" = x=N;
label "odd" = mod(x,2)=1;
rewards "high"
 x=N : 1;
endrewards
"""


def save(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Write a PRISM program with two undefined constants, which Storm warns about."""
    pytest.importorskip("stormpy", reason="the extra storm is not installed")
    return save(tmp_path, "walk.sm", WALK)


def notes(text: str) -> list[str]:
    """Return the notes on standard error; every line must be one."""
    lines = text.splitlines()
    assert all(line.startswith("lumpform: note: ") for line in lines), text
    return [line.removeprefix("lumpform: note: ") for line in lines]


@pytest.mark.parametrize("command", [["info"], ["reduce"]])
def test_an_assumed_kind_is_said_once_on_standard_error(lumpform, command: list[str], tmp_path: Path) -> None:
    path = save(tmp_path, "m.tra", UNIT)
    outcome = lumpform(*command, path, "--json")
    assert outcome.code == 0
    (note,) = notes(outcome.err)
    assert note.startswith("m.tra: the file does not state its kind: taken for a DTMC")
    assert json.loads(outcome.out)["notes"] == [note.removeprefix("m.tra: ")]
    stated = lumpform(*command, path, "--json", "--model-kind", "ctmc")
    assert stated.err == ""
    assert "notes" not in json.loads(stated.out)


def test_equiv_reads_with_the_same_options(lumpform, tmp_path: Path) -> None:
    first, second = save(tmp_path, "m.tra", UNIT), save(tmp_path, "n.tra", UNIT)
    for path in (first, second):
        save(tmp_path, f"{path.stem}.lab", '0="init" 1="a"\n0: 0\n1: 1\n')
    outcome = lumpform("equiv", first, second)
    assert outcome.code == 0
    assert [note.split(":")[0] for note in notes(outcome.err)] == ["m.tra", "n.tra"]
    assert lumpform("equiv", first, second, "--model-kind", "ctmc").err == ""
    save(tmp_path, "m.tra", DEAD)
    assert "--deadlocks loop" in lumpform("equiv", first, first).one_error_line()
    assert lumpform("equiv", first, first, "--deadlocks", "loop").code == 0


@pytest.mark.parametrize("suffix", [".drn", ".npz", ".tra"])
def test_constants_without_a_program_are_refused(lumpform, suffix: str, tmp_path: Path) -> None:
    """They were dropped where two files are read, so that nobody learned that they had no effect."""
    path = tmp_path / f"m{suffix}"
    lf.write(lf.MarkovChain([[0, 1], [1, 0]], labels={"a": [1]}, initial=0), path)
    message = lumpform("equiv", path, path, "--constants", "N=3").one_error_line()
    assert message == f"--constants is for PRISM and JANI models, and {path.name} and {path.name} are none"


def test_deadlocks_through_reduce_and_verify(lumpform, tmp_path: Path) -> None:
    path, out, proof = save(tmp_path, "m.tra", DEAD), tmp_path / "r.tra", tmp_path / "c.json"
    message = lumpform("reduce", path).one_error_line()
    assert "state 2: found a state of a DTMC without transitions" in message
    assert "--deadlocks loop" in message
    outcome = lumpform("reduce", path, "--deadlocks", "loop", "-o", out, "--certificate", proof, "--check", "--json")
    assert outcome.code == 0
    assert json.loads(outcome.out)["check"].startswith("VERIFIED")
    assert len(notes(outcome.err)) == 1
    assert lumpform("verify", path, out, proof, "--deadlocks", "loop").code == 0
    assert lumpform("verify", path, out, proof).code == 2
    assert lumpform("reduce", path, "--deadlocks", "mend").code == 2


def test_constants_and_properties(lumpform, program: Path, tmp_path: Path) -> None:
    message = lumpform("info", program).one_error_line()
    assert "undefined constants N (an integer), r (a number)" in message
    assert "--constants N=...,r=..." in message
    given = ["--constants", "N=3,r=0.1"]
    facts = json.loads(lumpform("info", program, *given, "--json").out)
    assert (facts["kind"], facts["nodes"], sorted(facts["labels"])) == ("ctmc", 4, ["deadlock", "odd", "top"])
    assert facts["row_sums"]["least"] == "1/10"
    top = json.loads(lumpform("info", program, *given, "--json", "--property", 'P=? [F "top"]').out)
    assert (sorted(top["labels"]), top["rewards"]) == (["top"], {})
    both = lumpform(
        "reduce", program, *given, "--json", "--property", 'P=? [F "odd"]', "--property", 'R{"high"}=? [C<=1]'
    )
    assert json.loads(both.out)["nodes"] == 4
    assert "constants names 'q'" in lumpform("info", program, "--constants", "q=1").one_error_line()
    assert "Storm refuses" in lumpform("info", program, *given, "--property", 'P=? [F "x"]').one_error_line()
    other = save(tmp_path, "m.tra", UNIT)
    assert "has no option 'constants'" in lumpform("info", other, *given).one_error_line()
    assert "has no option 'properties'" in lumpform("reduce", other, "--property", "x").one_error_line()


def test_a_program_and_its_reduction_are_compared(lumpform, program: Path, tmp_path: Path) -> None:
    out = tmp_path / "small.drn"
    given = ["--constants", "N=3,r=1/3"]
    assert lumpform("reduce", program, *given, "-o", out).code == 0
    assert lumpform("equiv", program, out, *given).code == 0
    assert lumpform("equiv", out, program, "--constants", "N=3,r=0.33").code == 1


@pytest.mark.slow
def test_storms_warnings_do_not_reach_standard_output(program: Path, tmp_path: Path) -> None:
    """In a process of its own, since Storm writes to the file descriptor."""
    import subprocess
    import sys

    command = [sys.executable, "-m", "lumpform", "info", str(program), "--constants", "N=3,r=0.1", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert json.loads(done.stdout)["nodes"] == 4
    assert any("Storm: " in note for note in notes(done.stderr))
    broken = save(tmp_path, "bad.pm", "dtmc\nmodule m\n s:[0..1] init 0;\n [] true -> (s'=s+1);\nendmodule\n")
    done = subprocess.run([*command[:4], str(broken)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "out-of-bounds" in done.stderr


def huge(folder: Path) -> Path:
    text = (
        "@type: CTMC\n@value_type: rational\n@reward_models\nr\n@nr_states\n3\n@model\n"
        f"state 0 [{'7' * 2500}] init\n action 0\n  1 : {'9' * 2500}\n"
        f"state 1 [1e-3990]\n action 0\n  0 : 1/{'3' * 2501}\nstate 2 [-1e3990]\n action 0\n  0 : 1e-3999\n"
    )
    return save(folder, "m.drn", text)


def test_numbers_of_thousands_of_digits_are_shown(lumpform, tmp_path: Path) -> None:
    path = huge(tmp_path)
    outcome = lumpform("info", path)
    assert (outcome.code, outcome.err) == (0, "")
    assert "~1e-3999 to ~1e+2500" in outcome.out
    assert "~-1e+3990 to ~7.77777777778e+2499" in outcome.out
    facts = json.loads(lumpform("info", path, "--json").out)
    assert facts["rewards"]["r"] == {"distinct": 3, "least": "~-1e+3990", "greatest": "~7.77777777778e+2499"}
    assert lumpform("reduce", path, "--json").code == 0
    assert lf.read(path)._repr_html_()
    text = path.read_text().replace("9" * 2500, f"1/{'9' * 2500}")
    assert "~1e-2500" in lumpform("info", save(tmp_path, "n.drn", text)).out


def test_numbers_without_a_common_denominator_worth_computing(lumpform, tmp_path: Path) -> None:
    """A thousand denominators of sixty digits and more: their common one is no number to be computed for a table."""
    body = "".join(f"state {i}\n action 0\n  {i} : 1/{2 ** (200 + i) + 1}\n" for i in range(1000))
    text = f"@type: CTMC\n@value_type: rational\n@nr_states\n1000\n@model\n{body}"
    facts = json.loads(lumpform("info", save(tmp_path, "m.drn", text), "--json").out)
    assert (facts["numbers"], facts["denominator_bits"], facts["distinct_values"]) == ("rationals", None, 1000)
    assert "more than 131072 bits" in lumpform("info", tmp_path / "m.drn").out


def test_parameters_in_weights_and_in_rewards_are_told_apart(lumpform, tmp_path: Path) -> None:
    """Functions have no common denominator; weights that are numbers have one, whatever the rewards are."""
    p = lf.parameters("p")[0]
    lf.write(lf.MarkovChain([["1/3", "2/3"], [1, 0]], rewards={"r": [p, 1]}, initial=0), tmp_path / "r.drn")
    lf.write(lf.MarkovChain([[p, 1 - p], [1, 0]], initial=0), tmp_path / "w.drn")
    for name, numbers, bits in (("r", "rationals", 2), ("w", "functions of p", None)):
        facts = json.loads(lumpform("info", tmp_path / f"{name}.drn", "--json").out)
        assert (facts["numbers"], facts["denominator_bits"], facts["parameters"]) == (numbers, bits, ["p"])
        assert ("common denominator" in lumpform("info", tmp_path / f"{name}.drn").out) is (bits is not None)


def test_many_labels_are_cut_in_the_table(lumpform, tmp_path: Path) -> None:
    labels = {f"l{i}": [0] for i in range(300)}
    lf.write(lf.MarkovChain([[1]], labels=labels), tmp_path / "m.drn")
    out = lumpform("info", tmp_path / "m.drn").out
    assert "label l199" in out
    assert "label l200" not in out
    assert "100 (all with --json)" in out
    lf.write(lf.MarkovChain([[1]], labels={f"l{i}": [0] for i in range(200)}), tmp_path / "n.drn")
    assert "all with --json" not in lumpform("info", tmp_path / "n.drn").out
    assert len(json.loads(lumpform("info", tmp_path / "m.drn", "--json").out)["labels"]) == 300
