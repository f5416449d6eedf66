"""Weights with parameters are judged as polynomials: no number, however it is chosen, passes for a parameter."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.checker import Verdict, check
from lumpform.checker.canonical import digest
from lumpform.checker.judge import read_model
from lumpform.checker.limits import DEFAULT, Limits

LARGE = 2**1024
"""What once stood for the first parameter in the checker."""

OWN_DENOMINATORS = replace(DEFAULT, small_bits=0)
"""Limits under which no denominator is short enough to serve for all rows."""


def drn(kind: str, rows: list[dict[int, Any]], labels: str = "", rewards: list[str] | None = None) -> str:
    """Return the text of a chain whose parameters are x and y; the first state has labels, every action a reward."""
    lines = [f"@type: {kind.upper()}", "@parameters", "x y", "@reward_models", "r" if rewards else "", "@nr_states"]
    lines += [str(len(rows)), "@model"]
    for state, row in enumerate(rows):
        gain = f" [{rewards[state]}]" if rewards else ""
        lines += [f"state {state}{f' {labels}' if state == 0 else ''}", f" action 0{gain}"]
        lines += [f"  {target} : {weight}" for target, weight in row.items()]
    return "\n".join(lines) + "\n"


def verdict(
    folder: Path,
    original: str,
    reduced: str,
    class_of: list[int],
    kind: str = "ordinary",
    limits: Limits = DEFAULT,
    **fields: Any,
) -> Verdict:
    """Return the verdict on a certificate whose digests are right."""
    paths = [folder / "model.drn", folder / "reduced.drn", folder / "certificate.json"]
    paths[0].write_text(original)
    paths[1].write_text(reduced)
    models = [read_model(str(path), "ctmc") for path in paths[:2]]
    certificate = {
        "format": "lumpform-certificate",
        "version": 1,
        "domain": "chain",
        "kind": kind,
        "semantics": "generator",
        "respect": [],
        "states": models[0].states,
        "classes": models[1].states,
        "original": {"kind": models[0].kind, "digest": digest(models[0])},
        "reduced": {"kind": models[1].kind, "digest": digest(models[1])},
        "class_of": class_of,
        "scales": [] if kind.startswith("proportional") else None,
        "generator": {},
    }
    paths[2].write_text(json.dumps(certificate | fields))
    return check(*map(str, paths), limits=limits)


@pytest.mark.parametrize(
    ("weight", "instead"),
    [
        ("x", LARGE),
        (LARGE, "x"),
        ("y", LARGE),
        ("y", LARGE**2),
        ("x*y", LARGE**3),
        ("x^2", LARGE),
        ("x^2", LARGE**2),
        (f"x*{LARGE}", "y"),
        (f"x*{LARGE}", "x^2"),
        (f"x+{LARGE}", "2*x"),
        ("x/3", f"{LARGE}/3"),
        ("x", "y"),
        ("x", "x*1"),
    ],
)
@pytest.mark.parametrize("kind", ["ordinary", "exact", "strict", "proportional", "proportional-exact"])
def test_a_number_does_not_pass_for_a_parameter(tmp_path: Path, kind: str, weight: Any, instead: Any) -> None:
    original = drn("ctmc", [{1: weight}, {0: "x*y"}])
    found = verdict(tmp_path, original, drn("ctmc", [{1: instead}, {0: "x*y"}]), [0, 1], kind)
    if instead == "x*1":
        assert found.verified, found.line
        return
    assert found.rule == "R11"


@pytest.mark.parametrize("kind", ["ordinary", "exact", "strict"])
@pytest.mark.parametrize(("one", "other"), [("x", LARGE), ("x+1", "x"), (f"{LARGE}*x", "x^2"), ("x-y", "y-x")])
def test_states_with_other_polynomials_are_not_alike(tmp_path: Path, kind: str, one: str, other: str) -> None:
    rows = [{1: "y", 2: "y"}, {0: one}, {0: other}]
    if kind == "exact":
        rows = [{1: one, 2: other}, {0: "y"}, {0: "y"}]
    reduced = [{1: f"{one}+({other})" if kind == "exact" else "2*y"}, {0: "y" if kind == "exact" else one}]
    found = verdict(tmp_path, drn("ctmc", rows, "a"), drn("ctmc", reduced, "a"), [0, 1, 1], kind)
    assert found.rule == ("R10" if kind == "exact" else "R9"), found.line


def test_scales_multiply_polynomials(tmp_path: Path) -> None:
    """A scale that once stood for a parameter is a number like any other."""
    reduced = drn("ctmc", [{1: "2*y"}, {0: "x"}], "a")
    for second, scale, rule in (
        ("2*x", "2", None),
        ("2*x", "3", "R16"),
        ("x^2", str(LARGE), "R16"),
        ("x*y", str(LARGE), "R16"),
        (f"{LARGE}*x", str(LARGE), None),
        ("x/7", "1/7", None),
        ("x/7", "1/8", "R16"),
    ):
        original = drn("ctmc", [{1: "y", 2: "y"}, {0: "x"}, {0: second}], "a")
        found = verdict(tmp_path, original, reduced, [0, 1, 1], "proportional", scales=[[2, scale]])
        assert found.rule == rule, found.line


def test_means_weighted_by_scales_are_polynomials(tmp_path: Path) -> None:
    """Two-sided: state 2 has twice the probability of state 1."""
    original = drn("ctmc", [{1: "x", 2: "2*x"}, {0: "y"}, {0: "y"}], "a", ["0", "x", "y"])
    for rate, gain, rule in (
        ("3*x", "1/3*x*y+2/3*y^2", None),
        ("3*x", "1/3*x*y+2/3*y", "R13"),
        ("3*x", f"{LARGE}", "R13"),
        ("3*y", "1/3*x*y+2/3*y^2", "R11"),
        (f"{LARGE}", "1/3*x*y+2/3*y^2", "R11"),
    ):
        # Rewards of actions are gained once a jump: times the exit rate, which is y in the class.
        reduced = drn("ctmc", [{1: rate}, {0: "y"}], "a", ["0", f"({gain})"])
        reduced = reduced.replace(f"[({gain})]", "").replace("state 1", f"state 1 [{gain}]")
        reduced = reduced.replace("state 0 a\n action 0 [0]", "state 0 [0] a\n action 0")
        found = verdict(tmp_path, original, reduced, [0, 1, 1], "proportional-exact", scales=[[2, "2"]])
        assert found.rule == rule, found.line


def test_rewards_of_actions_are_products_of_polynomials(tmp_path: Path) -> None:
    """The reward x of an action of a state that is left at rate x is x^2, and not y."""
    original = drn("ctmc", [{1: "x"}, {0: "y"}], "a", ["x", "1"])
    for gain, rule in (("x^2", None), ("y", "R13"), (str(LARGE**2), "R13"), ("2*x", "R13")):
        reduced = drn("ctmc", [{1: "x"}, {0: "y"}], "a", ["0", "1"])
        reduced = reduced.replace("state 0 a", f"state 0 [{gain}] a")
        assert verdict(tmp_path, original, reduced, [0, 1]).rule == rule


def test_probabilities_sum_to_one_as_polynomials(tmp_path: Path) -> None:
    rows = drn("dtmc", [{0: "x", 1: "1-x"}, {0: "1-x*y", 1: "x*y"}])
    assert verdict(tmp_path, rows, rows, [0, 1]).verified
    found = verdict(tmp_path, rows, drn("dtmc", [{0: "x", 1: "1-x"}, {0: "1-x", 1: "x"}]), [0, 1])
    assert (found.rule, found.reason) == (
        "R11",
        "the reduced model's weight from class 1 to class 0 is -x+1, expected -x*y+1",
    )


def test_self_loops_and_respected_rewards_of_polynomials(tmp_path: Path) -> None:
    rows = [{0: "x", 1: "y"}, {0: "x*y"}]
    found = verdict(tmp_path, drn("ctmc", rows), drn("ctmc", rows), [0, 1])
    assert found.reason == "the reduced model has a self-loop of weight x at class 0, expected none"
    assert verdict(tmp_path, drn("ctmc", rows), drn("ctmc", rows), [0, 1], semantics="rates").verified
    rewards = drn("ctmc", [{1: "x"}, {0: "x"}], "", ["x", "y"])
    one = drn("ctmc", [{}], "", ["0"])
    found = verdict(tmp_path, rewards, one, [0, 0], respect=["rewards"])
    assert (found.rule, found.witness["values"]) == ("R7", ("x^2", "x*y"))


@pytest.mark.medium
def test_as_many_monomials_as_there_are_transitions(tmp_path: Path) -> None:
    """There is no limit on different monomials in a model."""
    n = 40
    rows = [{t: f"x^{s}*y^{t}+{t}" for t in range(n) if t != s} for s in range(n)]
    text = drn("ctmc", rows)
    assert verdict(tmp_path, text, text, list(range(n))).verified
    changed = text.replace("x^7*y^30+30", "x^30*y^7+30")
    found = verdict(tmp_path, text, changed, list(range(n)))
    assert (found.rule, found.witness["found"], found.witness["expected"]) == ("R11", "x^30*y^7+30", "x^7*y^30+30")


def test_files_with_parameters_that_no_weight_has(tmp_path: Path) -> None:
    """Numbers stay numbers: the digest, generators and rows that are normalised do not depend on declared names."""
    with_names = drn("ctmc", [{0: -2, 1: 2}, {0: 3, 1: -3}])
    without = with_names.replace("@parameters\nx y\n", "")
    for name, text in (("a", with_names), ("b", without)):
        (tmp_path / f"{name}.drn").write_text(text)
    one, other = (read_model(str(tmp_path / f"{name}.drn"), "ctmc") for name in "ab")
    assert digest(one) == digest(other)
    assert not any(c == t for c, t in zip(one.matrix.row_of_entries(), one.matrix.indices, strict=True))
    rows = [{0: "0.33", 1: "0.33"}, {0: 1}]
    for name, text in (("a", drn("dtmc", rows)), ("b", drn("dtmc", rows).replace("@parameters\nx y\n", ""))):
        (tmp_path / f"{name}.drn").write_text(text)
    paths = [str(tmp_path / f"{name}.drn") for name in "ab"]
    theirs = [digest_of(lf.read(path, rows="normalise")) for path in paths]
    assert [digest(read_model(path, "dtmc", "normalise")) for path in paths] == theirs


@pytest.mark.parametrize("one_denominator", [True, False])
def test_weights_between_classes_of_several_states(tmp_path: Path, one_denominator: bool) -> None:
    """Exact lumping of classes of two and of three states: the message has both sizes, and all denominators."""
    limits = DEFAULT if one_denominator else OWN_DENOMINATORS
    for rate, expected in (("1/5", "3/5"), ("x/5", "3/5*x")):
        rows: list[dict[int, Any]] = [{t: rate for t in (2, 3, 4)} for _ in range(2)] + [{0: "y", 1: "y"}] * 3
        for found, rule in ((expected, None), ("1/7", "R11"), ("x^2/7", "R11")):
            reduced = drn("ctmc", [{1: found}, {0: "2*y"}])
            verdict_ = verdict(tmp_path, drn("ctmc", rows), reduced, [0, 0, 1, 1, 1], "exact", limits)
            assert verdict_.rule == rule
            if rule is not None:
                shown = "1/7" if found == "1/7" else "1/7*x^2"
                assert verdict_.reason == (
                    f"the reduced model's weight from class 0 to class 1 is {shown}, expected {expected}"
                )


@pytest.mark.parametrize("one_denominator", [True, False])
def test_sums_that_are_not_proportional(tmp_path: Path, one_denominator: bool) -> None:
    """R16 with denominators that differ in the two states, and a class that only one of them reaches."""
    limits = DEFAULT if one_denominator else OWN_DENOMINATORS
    reduced = drn("ctmc", [{2: "1/2"}, {}, {}])
    for other, found, c, expected in (
        ({3: "1/3"}, "1/3", 2, "1/4"),
        ({2: "1/7", 3: "1/4"}, "1/7", 1, "0"),
        ({}, "0", 2, "1/4"),
        ({2: "x/7", 3: "1/4"}, "1/7*x", 1, "0"),
        ({3: "1/4+x/9"}, "1/9*x+1/4", 2, "1/4"),
    ):
        rows: list[dict[int, Any]] = [{3: "1/2"}, other, {}, {}]
        found_verdict = verdict(
            tmp_path, drn("ctmc", rows), reduced, [0, 0, 1, 2], "proportional", limits, scales=[[1, "1/2"]]
        )
        assert found_verdict.reason == (
            f"state 1 has the weighted sum {found} for class {c}, expected {expected}: "
            "its scale 1/2 times that of state 0"
        )
    right: list[dict[int, Any]] = [{3: "1/2"}, {3: "1/4"}, {}, {}]
    found_verdict = verdict(
        tmp_path, drn("ctmc", right), reduced, [0, 0, 1, 2], "proportional", limits, scales=[[1, "1/2"]]
    )
    assert found_verdict.verified


@pytest.mark.parametrize("one_denominator", [True, False])
def test_means_of_rows_with_other_denominators(tmp_path: Path, one_denominator: bool) -> None:
    """R11 of the two-sided kind, where the reduced chain has denominators of its own."""
    limits = DEFAULT if one_denominator else OWN_DENOMINATORS
    # Rates into states 0 and 1 are as their scales 2 and 1 are to one another.
    original = drn("ctmc", [{2: "3/5"}, {2: "3/5"}, {0: "2/9", 1: "1/9"}, {}])
    for weight, shown in (("3/5", None), ("1/7", "1/7"), ("x/7", "1/7*x"), ("0", "0")):
        cells = [{1: weight}, {0: "1/3"}, {}]
        found = verdict(
            tmp_path,
            original,
            drn("ctmc", cells),
            [0, 0, 1, 2],
            "proportional-exact",
            limits,
            scales=[[1, "1/2"]],
        )
        if shown is None:
            assert found.verified, found.line
        else:
            assert found.reason == f"the reduced model's weight from class 0 to class 1 is {shown}, expected 3/5"


@pytest.mark.parametrize("one_denominator", [True, False])
def test_denominators_that_do_not_divide_each_other(tmp_path: Path, one_denominator: bool) -> None:
    """2/5 is not 1/2, although 2 times 5 // 5 is 1 times 5 // 2: all that is compared has one denominator."""
    limits = DEFAULT if one_denominator else OWN_DENOMINATORS
    for one, other in (("2/5", "1/2"), ("1/2", "2/5"), ("x*2/5", "x/2")):
        models = [drn("ctmc", [{1: weight}, {0: "1"}]) for weight in (one, other)]
        for kind in ("ordinary", "exact", "strict", "proportional", "proportional-exact"):
            assert verdict(tmp_path, *models, [0, 1], kind, limits).rule == "R11", kind
        rows = drn("ctmc", [{2: one}, {2: other}, {0: "1", 1: "1"}])
        small = drn("ctmc", [{1: one}, {0: "2"}])
        assert verdict(tmp_path, rows, small, [0, 0, 1], limits=limits).rule == "R9"
        assert verdict(tmp_path, rows, small, [0, 0, 1], "proportional", limits).rule == "R16"


def test_sums_over_the_own_class_of_a_generator_do_not_count(tmp_path: Path) -> None:
    """Two states of one class that go to each other at different rates, and out of it at the same."""
    original = drn("ctmc", [{1: "x*y", 2: "x"}, {0: "2*y", 2: "x"}, {0: "y"}])
    reduced = drn("ctmc", [{1: "x"}, {0: "y"}])
    assert verdict(tmp_path, original, reduced, [0, 0, 1]).verified
    rates = verdict(tmp_path, original, reduced, [0, 0, 1], semantics="rates")
    assert (rates.verified, rates.rule) == (False, "R9")
