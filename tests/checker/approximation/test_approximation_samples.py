"""Frozen certificates of chains within epsilon: every rule has a rejected one, other forms are refused in a line."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from frozen_samples import gets_its_line, program_says_the_same
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform import strategies as ls
from lumpform.certificates.format import write_certificate
from lumpform.chains.approximate import approximate_chain
from lumpform.checker import Unreadable, check
from lumpform.checker.approximation.judge import RULES
from lumpform.checker.limits import Limits

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
REJECTED = sorted((HERE / "rejected").iterdir())
ACCEPTED = sorted((HERE / "accepted").iterdir())
NAMES = ("model.npz", "reduced.npz", "certificate.json")


def paths(folder: Path) -> tuple[str, str, str]:
    """Model, reduced model and certificate."""
    model, reduced, certificate = (str(folder / name) for name in NAMES)
    return model, reduced, certificate


def test_every_rule_has_a_rejected_sample_and_a_place_in_the_document() -> None:
    assert {folder.name.split("_")[0] for folder in REJECTED} == set(RULES)
    assert (len(REJECTED), len(ACCEPTED)) == (18, 6)
    text = (ROOT / "docs" / "certificate-approximation.md").read_text(encoding="utf-8")
    assert re.findall(r"^### (A\d+)\b", text, re.MULTILINE) == [rule for rule in RULES if rule[0] == "A"]


@pytest.mark.parametrize("folder", [*REJECTED, *ACCEPTED], ids=lambda folder: folder.name)
def test_a_sample_gets_its_line(folder: Path) -> None:
    gets_its_line(folder, paths(folder))


@pytest.mark.medium
def test_the_program_says_the_same_without_packages() -> None:
    for folder in (ACCEPTED[0], REJECTED[0]):
        program_says_the_same(folder, paths(folder))


FORMS: list[tuple[dict[str, Any], str]] = [
    ({"version": 1}, "version: found 1, expected 2"),
    ({"more": 1}, "more: found an unknown field, expected fields format, version, domain"),
    ({"epsilon": "-1/2"}, "epsilon: found '-1/2', expected a number from 0 on"),
    ({"epsilon": 0.05}, "epsilon: found 0.05, expected an exact number as a text"),
    ({"epsilon": "nan"}, "epsilon: found 'nan', expected an exact number as a text"),
    ({"epsilon": f"1e{'9' * 9}"}, "epsilon: found '1e999999999', expected an exact number as a text"),
    ({"kind": "exact"}, "kind: found 'exact', expected one of ordinary"),
    ({"respect": ["actions"]}, "respect: found 'actions', expected one of labels, rewards, initial"),
    ({"states": -1}, "states: found -1, expected an integer from 0"),
    ({"original": {}}, "original: found an object of 0 entries, expected an object with kind and digest"),
    ({"class_of": "zero"}, "class_of: found 'zero', expected a list, or an object"),
    ({"generator": None}, "generator: found nothing, expected an object"),
]


def refused(folder: Path, fields: dict[str, Any], limits: Limits | None = None) -> str:
    """What is said of an accepted sample with some fields of its certificate replaced."""
    model, reduced, path = paths(HERE / "accepted" / "dtmc")
    changed = folder / "c.json"
    changed.write_text(json.dumps(json.loads(Path(path).read_text(encoding="utf-8")) | fields), encoding="utf-8")
    with pytest.raises(Unreadable) as caught:
        check(model, reduced, str(changed), limits=limits or Limits())
    line = str(caught.value)
    assert "\n" not in line
    return line.removeprefix(f"{changed}: ")


@pytest.mark.parametrize(("fields", "line"), FORMS, ids=[str(n) for n in range(len(FORMS))])
def test_a_certificate_of_another_form_is_refused_in_a_line(fields: dict[str, Any], line: str, tmp_path: Path) -> None:
    assert refused(tmp_path, fields).startswith(line)


def test_a_chain_with_parameters_is_refused(tmp_path: Path) -> None:
    _, reduced, certificate = paths(HERE / "accepted" / "dtmc")
    lines = ["@type: DTMC", "@parameters", "p", "@nr_states", "2", "@model"]
    rows = ["state 0", "\taction 0", "\t\t0 : p", "\t\t1 : 1-p", "state 1", "\taction 0", "\t\t1 : 1"]
    (tmp_path / "m.drn").write_text("\n".join([*lines, *rows, ""]), encoding="utf-8")
    with pytest.raises(Unreadable, match="weights that depend on parameters, expected numbers"):
        check(str(tmp_path / "m.drn"), reduced, certificate)


@pytest.mark.medium
@given(chain=ls.chains(), data=st.data())
def test_the_checker_agrees_with_the_definition(chain: lf.MarkovChain, data: Any, tmp_path_factory: Any) -> None:
    """What is found is accepted; with an epsilon a little below the largest distance it is not."""
    folder = tmp_path_factory.mktemp("approximation")
    found = approximate_chain(chain, data.draw(st.fractions(0, 2, max_denominator=8)))
    lf.write(chain, folder / "model.npz")
    lf.write(found.model, folder / "reduced.npz")
    least = str(found.distance)
    for epsilon in (str(found.epsilon), least, str(found.distance * (1 - Fraction(1, 10**30)))):
        write_certificate(found.certificate() | {"epsilon": epsilon}, folder / "certificate.json")
        verdict = check(*paths(folder))
        assert verdict.rule == (None if Fraction(epsilon) >= found.distance else "A1")
        assert not verdict.verified or least in verdict.reason
