"""Bounds on reaching a label before the verified checkers: commands of the page, tampered bounds, what is refused."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rocq_cases import lumped, needs_coq, needs_ocaml, written

import lumpform as lf
from lumpform.checker.bound import read_bound
from lumpform.cli import main
from lumpform.rocq import verify
from lumpform.rocq.bound_case import CHAINS, bound_case, bound_terms, bound_text
from lumpform.rocq.run import run
from lumpform.rocq.verify import kernel

PAGE = Path(__file__).parents[2] / "docs" / "machine-proofs.md"
ROWS = [[0, "1/4", "1/4", "1/2", 0], ["1/2", 0, 0, "1/4", "1/4"], ["1/2", 0, 0, "1/4", "1/4"]]
WALK = lf.MarkovChain(
    [*ROWS, [0, 0, 0, 1, 0], [0, 0, 0, 0, 1]], labels={"goal": [3], "a lost one": [4]}, initial={0: "1/2", 1: "1/2"}
)
"""Of the values 5/6, 2/3, 1 and 0 of its classes, half of the first two is 3/4."""


COINS = lf.MDP(
    [
        [("fair", {1: "1/2", 3: "1/2"}), ("biased", {2: "1/3", 3: "2/3"})],
        [("on", {4: "1/2", 0: "1/2"}), ("off", {3: "3/4", 4: "1/4"})],
        [("on", {4: "1/2", 0: "1/2"}), ("off", {3: "3/4", 4: "1/4"})],
        [("stay", {3: "1"})],
        [("stay", {4: "1"})],
    ],
    labels={"goal": [4], "a lost one": [3]},
    initial=0,
)
"""Largest values 1/3, 2/3, 0 and 1 of its classes, smallest 1/12 and 1/4."""


def case(folder: Path, model: Any = WALK, **options: Any) -> tuple[Any, Any, dict[str, Any]]:
    """Return a model, its quotient, and the certificate with the bound, as they come before a verified checker."""
    small, certificate = lumped(model)
    (folder / "b.json").write_text(json.dumps(lf.certify_reachability(small, "goal", **options)))
    return model, small, {**certificate, "reachability": read_bound(str(folder / "b.json"))}


WRONG: dict[str, Callable[[Any], Any]] = {
    "a smaller probability": lambda b: replace(b, bound=(74, 100)),
    "a smaller value": lambda b: replace(b, values=[b.values[0], (66, 100), *b.values[2:]]),
    "less than one at the label": lambda b: replace(b, values=[*b.values[:2], (999, 1000), b.values[3]]),
}
MORE: dict[str, Callable[[Any], Any]] = {
    "a negative value": lambda b: replace(b, values=[*b.values[:3], (-1, 1000)]),
    "another label": lambda b: replace(b, goal="a lost one"),
    "a value left out": lambda b: replace(b, values=b.values[:3]),
    "a value too many": lambda b: replace(b, values=[*b.values, (0, 1)]),
}


def rejections(chain: Any, small: Any, fields: dict[str, Any]) -> str:
    """Return lemmas that the checker computes false for wrong bounds, which the kernel accepts only if it does."""
    lemmas = []
    for i, change in enumerate(WRONG.values()):
        found = bound_case(chain, small, {**fields, "reachability": change(fields["reachability"])})
        values, (above, below) = "; ".join(map(str, found.values)), found.claimed
        wrong = f"(Bound {found.over} [{values}] ({above}, {below}))"
        lemmas.append(f"Lemma rejected_{i} : check_bound classes original reduced {wrong} = false.\n")
        lemmas.append("Proof. vm_compute. reflexivity. Qed.\n")
    return "\n" + "".join(lemmas)


@needs_coq
@needs_ocaml
@pytest.mark.slow
def test_the_commands_of_the_page(tmp_path: Path, judge: Path, monkeypatch, capsys) -> None:
    """And tampered bounds, which the kernel alone rejects as well."""
    lf.write(WALK, tmp_path / "walk.drn")
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^lumpform (.*bound\.json.*|reduce walk.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(commands) == 5
    for command in commands:
        assert main(shlex.split(command)) == 0, command
    said = capsys.readouterr().out
    assert "is at most 3/4" in said
    assert said.count("tend to a number that is at most 3/4") == 2
    text = (tmp_path / "theorem.v").read_text()
    assert "exists p, Un_cv (fun k => reaches original k u) p /\\ (p <= IZR 3 / IZR 4)%R" in text
    chain, small, fields = case(tmp_path)
    assert text == bound_terms(bound_case(chain, small, fields))
    outcome = run(text + rejections(chain, small, fields), CHAINS, "coqc", 600.0)
    assert outcome.accepted, outcome.reason


@needs_ocaml
@pytest.mark.medium
def test_the_compiled_checker_alone_rejects_what_is_wrong(tmp_path: Path, judge: Path) -> None:
    chain, small, fields = case(tmp_path)
    assert kernel(chain, small, fields, extracted=True).accepted
    for name, change in (WRONG | MORE).items():
        wrong = {**fields, "reachability": change(fields["reachability"])}
        assert not kernel(chain, small, wrong, extracted=True).accepted, name
    moved = {**fields, "class_of": [0, 1, 1, 2, 2]}
    assert not kernel(chain, small, moved, extracted=True).accepted
    values = [(1, 1)] * 4
    sure = {**fields, "reachability": replace(fields["reachability"], values=values, bound=(1, 1))}
    assert kernel(chain, small, sure, extracted=True).accepted


WRONG_OF_PROCESSES: dict[str, Callable[[Any], Any]] = {
    "a smaller probability": lambda b: replace(b, bound=(1, 20)),
    "a smaller value": lambda b: replace(b, values=[b.values[0], (1, 5), *b.values[2:]]),
    "a negative value": lambda b: replace(b, values=[*b.values[:2], (-1, 1000), b.values[3]]),
    "less than one at the label": lambda b: replace(b, values=[*b.values[:3], (999, 1000)]),
    "a value left out": lambda b: replace(b, values=b.values[:3]),
    "a value too many": lambda b: replace(b, values=[*b.values, (0, 1)]),
    "another label": lambda b: replace(b, goal="a lost one"),
}


@needs_ocaml
@pytest.mark.medium
@pytest.mark.parametrize(("optimise", "most"), [("max", (1, 3)), ("min", (1, 12))])
def test_the_compiled_checker_judges_processes(optimise: str, most: Any, tmp_path: Path, judge: Path) -> None:
    process, small, fields = case(tmp_path, COINS, optimise=optimise)
    bound = fields["reachability"]
    assert bound.bound == most
    outcome = kernel(process, small, fields, extracted=True)
    which = {"max": "largest", "min": "smallest"}[optimise]
    said = f"the {which} probability of reaching the label of column 0 within k steps, from the initial distribution of"
    assert said in outcome.theorem
    for name, change in WRONG_OF_PROCESSES.items():
        assert not kernel(process, small, {**fields, "reachability": change(bound)}, extracted=True).accepted, name
    for choices in ([0, 1, 2, 3, 3, 2, 4, 5], [0, 0, 2, 3, 2, 3, 4, 5]):
        assert not kernel(process, small, {**fields, "choice_of": choices}, extracted=True).accepted
    turned = {**fields, "reachability": replace(bound, optimise="max" if optimise == "min" else "min")}
    assert kernel(process, small, turned, extracted=True).accepted == (optimise == "max")


@needs_coq
@pytest.mark.slow
def test_the_kernel_judges_a_process(tmp_path: Path) -> None:
    process, small, fields = case(tmp_path, COINS, optimise="min")
    outcome = kernel(process, small, fields)
    assert outcome.accepted, outcome.reason
    assert "best (reach smallest 0) original k (fun _ => 0) s)" in outcome.text
    assert "<= IZR 1 / IZR 12)%R" in outcome.text


def test_a_case_has_the_label_first_and_one_denominator(tmp_path: Path) -> None:
    chain, small, fields = case(tmp_path)
    found: Any = bound_case(chain, small, fields)
    assert (found.over, found.values, found.claimed) == (6, [5, 4, 6, 0], (3, 4))
    assert [column.codes for column in found.models.reduced.columns] == [[0, 0, 1, 0], [0, 0, 0, 1]]
    lines = "".join(bound_text(found)).splitlines()
    assert lines[:2] == ["bound", "classes 1 2 2 3 4"]
    assert lines[-4:] == ["over 6", "values 5 4 6 0", "claimed 3 4", "end"]


def test_what_the_verified_checker_does_not_know_is_said(tmp_path: Path, monkeypatch, capsys) -> None:
    """A CTMC; a theorem without --rocq, or with a name of another kind of file; a bound that is rejected before."""
    monkeypatch.setattr("shutil.which", lambda name: name)
    chain = lf.MarkovChain([[0, 2, 1], [0, 0, 0], [0, 0, 0]], kind="ctmc", labels={"goal": [1], "b": [2]}, initial=0)
    small, certificate = lumped(chain)
    paths = written(tmp_path, chain, small, certificate, ".drn")
    bound = tmp_path / "b.json"
    bound.write_text(json.dumps(lf.certify_reachability(small, "goal")))
    assert main(["verify", "--rocq", *map(str, paths), str(bound)]) == 2
    assert (
        "the verified checkers know bounds of DTMCs and MDPs, this one is of the kind ctmc" in capsys.readouterr().err
    )
    for options in (["--theorem", "t.v"], ["--rocq", "--theorem", "t.drn"]):
        assert main(["verify", *map(str, paths), str(bound), *options]) == 2
        assert "expected a file .v, and --rocq" in capsys.readouterr().err
    fields = json.loads(bound.read_text())
    bound.write_text(json.dumps({**fields, "bound": "1/3"}))
    outcome = verify(*paths, bound=bound)
    assert (outcome.accepted, outcome.reason.partition(":")[0]) == (False, "B7")
    bound.write_text("{")
    with pytest.raises(lf.OptionError, match=r"b\.json"):
        verify(*paths, bound=bound)
