"""Bounds on the probability of reaching a label: accepted ones say it of the original, every rule rejects."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import lumpform as lf
from lumpform.checker import Unreadable, check
from lumpform.checker.__main__ import main
from lumpform.checker.bound import RULES, check_bound, read_bound
from lumpform.checker.judge import read_model
from lumpform.checker.verdict import Violation

Fields = dict[str, Any]

WALK = lf.MarkovChain(
    [
        [0, "1/4", "1/4", "1/2", 0],
        ["1/2", 0, 0, "1/4", "1/4"],
        ["1/2", 0, 0, "1/4", "1/4"],
        [0, 0, 0, 1, 0],
        [0, 0, 0, 0, 1],
    ],
    labels={"goal": [3], "lost": [4]},
    initial=0,
)
COINS = lf.MDP(
    [
        [("fair", {1: "1/2", 3: "1/2"}), ("biased", {2: "1/3", 3: "2/3"})],
        [("on", {4: "1/2", 0: "1/2"}), ("off", {0: "1"})],
        [("on", {4: "1/2", 0: "1/2"}), ("off", {0: "1"})],
        [("stay", {3: "1"})],
        [("stay", {4: "1"})],
    ],
    labels={"goal": [4], "lost": [3]},
    initial=0,
)


def files(folder: Path, model: Any, kind: Any = "ordinary", **options: Any) -> tuple[Path, Path, Path, Path]:
    """Write a model, its quotient, the certificate of the lumping, and a bound on reaching `goal`."""
    lumping = lf.lump(model, kind, respect=("labels",) if kind == "ordinary" else ("labels", "initial"))
    paths = (folder / "m.drn", folder / "s.drn", folder / "c.json", folder / "b.json")
    lf.write(model, paths[0])
    lf.write(lumping.quotient, paths[1])
    paths[2].write_text(json.dumps(lumping.certificate))
    paths[3].write_text(json.dumps(lf.certify_reachability(lumping.quotient, "goal", **options)))
    return paths


def verdict(paths: tuple[Path, Path, Path, Path]) -> Any:
    model, reduced, certificate, bound = map(str, paths)
    return check(model, reduced, certificate, bound_path=bound)


@pytest.mark.parametrize(
    ("model", "options", "said"),
    [
        (WALK, {}, "the probability to reach 'goal' is at most 5/6"),
        (WALK, {"bound": "9/10"}, "the probability to reach 'goal' is at most 9/10"),
        (COINS, {}, "the probability to reach 'goal' under every scheduler is at most 1/3"),
        (COINS, {"optimise": "min"}, "the probability to reach 'goal' under some scheduler is at most 0"),
    ],
)
def test_what_is_verified_is_said_of_the_original(model: Any, options: Fields, said: str, tmp_path: Path) -> None:
    paths = files(tmp_path, model, **options)
    found = verdict(paths)
    assert found.verified, found.reason
    assert found.reason.startswith(f"from the initial distribution of {paths[0]}, {said}: ")
    assert f"lumping of {'a dtmc' if model is WALK else 'an MDP'} with 5 states" in found.reason
    assert main([str(p) for p in paths]) == 0


def test_a_ctmc_goes_by_its_jumps(tmp_path: Path) -> None:
    rates = lf.MarkovChain([[5, 2, 1], [0, 0, 0], [0, 0, 0]], kind="ctmc", labels={"goal": [1], "b": [2]}, initial=0)
    paths = files(tmp_path, rates)
    assert "is at most 2/3: " in verdict(paths).reason
    fields = json.loads(paths[3].read_text())
    paths[3].write_text(json.dumps({**fields, "values": ["2/3", "1", "0"], "bound": "65/100"}))
    assert verdict(paths).rule == "B7"


def changed(value: str, state: int) -> Callable[[Fields], Any]:
    def change(fields: Fields) -> None:
        fields["values"][state] = value

    return change


WRONG: dict[str, tuple[str, Any, Callable[[Fields], Any]]] = {
    "the digest": ("B1", WALK, lambda b: b["model"].update(digest="sha256:" + "0" * 64)),
    "the kind of model": ("B1", WALK, lambda b: b["model"].update(kind="mdp")),
    "too few values": ("B2", WALK, lambda b: b["values"].pop()),
    "the count": ("B2", WALK, lambda b: b.update(states=5)),
    "another label": ("B4", WALK, lambda b: b.update(goal="nothing")),
    "a label with other states": ("B5", WALK, lambda b: b.update(goal="lost")),
    "a negative value": ("B5", WALK, changed("-1/1000000", 3)),
    "less than one at the label": ("B5", WALK, changed("999999/1000000", 2)),
    "a value too small": ("B6", WALK, changed("1/3", 1)),
    "all values but those at the label zero": ("B6", WALK, lambda b: b.update(values=["0", "0", "1", "0"])),
    "a smaller bound": ("B7", WALK, lambda b: b.update(bound="0.8333333")),
    "a negative bound": ("B7", WALK, lambda b: b.update(bound="-1")),
    "the other direction": ("B6", COINS, lambda b: b.update(optimise="max", values=["0", "0", "0", "1"])),
    "a choice that exceeds": ("B6", COINS, changed("1/10", 1)),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_rejected(name: str, tmp_path: Path) -> None:
    rule, model, change = WRONG[name]
    paths = files(tmp_path, model)
    fields = json.loads(paths[3].read_text())
    change(fields)
    paths[3].write_text(json.dumps(fields))
    found = verdict(paths)
    assert (found.verified, found.rule) == (False, rule), found.reason
    assert main([str(p) for p in paths]) == 1


def test_smallest_needs_one_choice_and_largest_needs_all(tmp_path: Path) -> None:
    paths = files(tmp_path, COINS, optimise="min")
    fields = json.loads(paths[3].read_text())
    for optimise, verified in (("min", True), ("max", False)):
        paths[3].write_text(json.dumps({**fields, "optimise": optimise}))
        assert verdict(paths).verified == verified


def with_values(paths: tuple[Path, Path, Path, Path], *values: str, **more: Any) -> Any:
    """Judge a bound of 1 with these values in the place of its own."""
    fields = json.loads(paths[3].read_text())
    paths[3].write_text(json.dumps({**fields, "values": [*values], "bound": "1", **more}))
    return verdict(paths)


def test_smallest_needs_one_choice_that_does_not_exceed(tmp_path: Path) -> None:
    toss = lf.MDP(
        [[("a", {1: "1/2", 2: "1/2"}), ("b", {1: "1/3", 2: "2/3"})], [("stay", {1: 1})], [("stay", {2: 1})]],
        labels={"goal": [1], "lost": [2]},
        initial=0,
    )
    paths = files(tmp_path, toss, optimise="min")
    assert with_values(paths, "1/3", "1", "0").verified
    found = with_values(paths, "33/100", "1", "0")
    assert (found.rule, "after each of its choices" in found.reason) == ("B6", True)


def test_the_least_excess_is_seen_and_states_with_the_label_may_go_on_to_larger_values(tmp_path: Path) -> None:
    paths = files(tmp_path, lf.MarkovChain([[0, 1], [1, 0]], labels={"goal": [1]}, initial=1))
    assert with_values(paths, "1", "1").verified
    assert with_values(paths, "2", "1").verified
    assert with_values(paths, "9/10", "1").rule == "B6"


def test_the_model_itself_is_compared_with_the_bound(tmp_path: Path) -> None:
    """Whatever the certificate of the reduction says."""
    paths = files(tmp_path, WALK)
    check_bound(read_bound(str(paths[3])), read_model(str(paths[1]), "dtmc"))
    with pytest.raises(Violation, match="the reduced model has the digest"):
        check_bound(read_bound(str(paths[3])), read_model(str(paths[0]), "dtmc"))


def test_a_lumping_that_does_not_keep_probabilities_is_rejected(tmp_path: Path) -> None:
    """B3: exact lumping keeps uniform distributions; what states reach is another matter."""
    paths = files(tmp_path, lf.MarkovChain([[0, 1], [1, 0]], labels={"goal": [0, 1]}, initial=0), "strict")
    assert verdict(paths).verified
    fields = json.loads(paths[2].read_text())
    paths[2].write_text(json.dumps({**fields, "kind": "exact"}))
    assert verdict(paths).rule == "B3"


def test_no_initial_distribution_is_rejected(tmp_path: Path) -> None:
    paths = files(tmp_path, WALK)
    without = lf.MarkovChain(WALK.weights.to_fractions(), labels=WALK.labels)
    bound = json.loads(paths[3].read_text())
    other = files(tmp_path, lf.MarkovChain(WALK.weights.to_fractions(), labels=WALK.labels, initial=0))
    lumping = lf.lump(without)
    lf.write(without, other[0])
    lf.write(lumping.quotient, other[1])
    other[2].write_text(json.dumps(lumping.certificate))
    bound["model"]["digest"] = lumping.certificate["reduced"]["digest"]
    other[3].write_text(json.dumps(bound))
    assert verdict(other).rule == "B4"


def test_a_rejected_reduction_is_rejected_whatever_the_bound(tmp_path: Path) -> None:
    paths = files(tmp_path, WALK)
    fields = json.loads(paths[2].read_text())
    fields["original"]["digest"] = "sha256:" + "0" * 64
    paths[2].write_text(json.dumps(fields))
    assert verdict(paths).rule == "R1"


UNREADABLE: dict[str, Callable[[Fields], Any]] = {
    "a missing field": lambda b: b.pop("values"),
    "an unknown field": lambda b: b.update(more=1),
    "another domain": lambda b: b.update(domain="chain"),
    "another version": lambda b: b.update(version=1),
    "a direction of its own": lambda b: b.update(optimise="mean"),
    "a number that is none": lambda b: b.update(bound="one"),
    "a float": lambda b: b.update(bound=0.5),
    "a value of 10,000 digits": lambda b: b["values"].__setitem__(0, "1" * 10_000),
    "values that are no list": lambda b: b.update(values={}),
    "a label that is no text": lambda b: b.update(goal=3),
    "a kind of process without probabilities": lambda b: b["model"].update(kind="lts"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_has_another_form_is_unreadable(name: str, tmp_path: Path, capsys: Any) -> None:
    paths = files(tmp_path, WALK)
    fields = json.loads(paths[3].read_text())
    UNREADABLE[name](fields)
    paths[3].write_text(json.dumps(fields))
    with pytest.raises(Unreadable, match=r"b\.json"):
        verdict(paths)
    assert main([str(p) for p in paths]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_bound_is_no_reduction_and_automata_have_none(tmp_path: Path, capsys: Any) -> None:
    paths = files(tmp_path, WALK)
    assert main([str(p) for p in (paths[0], paths[1], paths[3])]) == 2
    assert "domain: found 'reachability'" in capsys.readouterr().err
    fields = json.loads(paths[2].read_text())
    paths[2].write_text(json.dumps({**fields, "domain": "automaton", "version": 2}))
    assert main([str(p) for p in paths]) == 2
    assert "domain: found 'automaton', expected 'chain', 'mdp' or 'network'" in capsys.readouterr().err


def test_parameters_are_refused(tmp_path: Path) -> None:
    p = lf.parameters("p")[0]
    chain = lf.MarkovChain([[0, p, 1 - p], [0, 1, 0], [0, 0, 1]], labels={"goal": [1], "b": [2]}, initial=0)
    with pytest.raises(lf.ModelError, match="the parameter 'p'"):
        files(tmp_path, chain)
    numbers = files(tmp_path, WALK)
    lumping = lf.lump(chain)
    bound = json.loads(numbers[3].read_text())
    bound.update(states=3, values=["1", "1", "1"])
    bound["model"]["digest"] = lumping.certificate["reduced"]["digest"]
    lf.write(chain, numbers[0])
    lf.write(lumping.quotient, numbers[1])
    numbers[2].write_text(json.dumps(lumping.certificate))
    numbers[3].write_text(json.dumps(bound))
    with pytest.raises(Unreadable, match="found parameters"):
        verdict(numbers)


def test_every_rule_has_a_rejected_bound_and_a_place_in_the_page() -> None:
    assert {rule for rule, _, _ in WRONG.values()} | {"B3"} == set(RULES)
    page = Path(__file__).parents[2] / "docs" / "certificate-reachability.md"
    if page.is_file():  # the tests may be without the checkout
        text = page.read_text(encoding="utf-8")
        assert [rule for rule in RULES if f"### {rule} " not in text] == []
