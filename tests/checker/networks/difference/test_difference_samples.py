"""Frozen certificates of differences: every rule has samples that violate it, and old certificates stay accepted."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from frozen_samples import gets_its_line, program_says_the_same

from lumpform.checker import Unreadable, check
from lumpform.checker.limits import Limits
from lumpform.checker.networks.difference.judge import RULES

HERE = Path(__file__).parent
ROOT = HERE.parents[3]
REJECTED = sorted((HERE / "rejected").iterdir())
ACCEPTED = sorted((HERE / "accepted").iterdir())


def paths(folder: Path) -> tuple[str, str, str]:
    """Model, reduced model and certificate."""
    suffix = next(folder.glob("model.*")).suffix
    return str(folder / f"model{suffix}"), str(folder / f"reduced{suffix}"), str(folder / "certificate.json")


def test_every_rule_has_a_rejected_sample_and_a_place_in_the_document() -> None:
    assert {folder.name.split("_")[0] for folder in REJECTED} == set(RULES)
    assert (len(REJECTED), len(ACCEPTED), len(RULES)) == (27, 3, 8)
    text = (ROOT / "docs" / "certificate-epsilon.md").read_text(encoding="utf-8")
    assert tuple(re.findall(r"^### (E\d+)\b", text, re.MULTILINE)) == RULES


@pytest.mark.parametrize("folder", [*REJECTED, *ACCEPTED], ids=lambda folder: folder.name)
def test_a_sample_gets_its_line(folder: Path) -> None:
    gets_its_line(folder, paths(folder))


@pytest.mark.medium
def test_the_program_says_the_same_without_packages() -> None:
    for folder in (ACCEPTED[0], REJECTED[-1]):
        program_says_the_same(folder, paths(folder))


def refused(folder: Path, fields: dict[str, Any], limits: Limits | None = None) -> str:
    """What is said of the first sample with some fields of its certificate replaced."""
    model, reduced, path = paths(HERE / "accepted" / "same_shape")
    certificate = json.loads(Path(path).read_text(encoding="utf-8")) | fields
    changed = folder / "c.json"
    changed.write_text(json.dumps(certificate), encoding="utf-8")
    with pytest.raises(Unreadable) as caught:
        check(model, reduced, str(changed), limits=limits or Limits())
    line = str(caught.value)
    assert "\n" not in line
    return line.removeprefix(f"{changed}: ")


FORMS: list[tuple[dict[str, Any], str]] = [
    ({"version": 1}, "version: found 1, expected 2"),
    ({"more": 1}, "more: found an unknown field, expected fields format, version, domain"),
    ({"epsilon": "-1/2"}, "epsilon: found '-1/2', expected a number from 0 on"),
    ({"epsilon": 0.05}, "epsilon: found 0.05, expected an exact number as a text"),
    ({"epsilon": "nan"}, "epsilon: found 'nan', expected an exact number as a text"),
    ({"box": None}, "box: found nothing, expected a pair of numbers for every input"),
    ({"box": [["1", "0"], ["0", "1"]]}, "box[0]: found 1 above 0, expected the lower bound first"),
    ({"correspondence": None}, "correspondence: found nothing, expected a list"),
    ({"correspondence": [None, [0, "1"]]}, "correspondence[1]: found '1', expected an integer"),
    ({"correspondence": [None, [0, -1]]}, "correspondence[1]: found -1, expected an integer"),
    ({"tree": ["."]}, "tree: found a list of 1 entry, expected a text of numbers and points"),
    ({"tree": ""}, "tree: found '', expected numbers of inputs and points"),
    ({"tree": ". "}, "tree: found '. ', expected numbers of inputs and points"),
    ({"tree": "0  . ."}, "tree: found '0  . .', expected numbers of inputs and points"),
    ({"tree": "00 . ."}, "tree: found '00 . .', expected numbers of inputs and points"),
    ({"tree": "-1 . ."}, "tree: found '-1 . .', expected numbers of inputs and points"),
    ({"tree": "\u0661 . ."}, "tree: found '\u0661 . .', expected numbers of inputs and points"),
    ({"tree": "0 " * 1001 + "." + " ." * 1001}, "found a tree of splits deeper than 1000, expected networks, boxes"),
    ({"original": {}}, "original: found an object of 0 entries, expected an object with a digest"),
]


@pytest.mark.parametrize(("fields", "line"), FORMS, ids=[str(n) for n in range(len(FORMS))])
def test_a_certificate_of_another_form_is_refused_in_a_line(fields: dict[str, Any], line: str, tmp_path: Path) -> None:
    assert refused(tmp_path, fields).startswith(line)


HOSTILE: list[tuple[dict[str, Any], Limits, str]] = [
    ({"tree": "." + " ." * 100}, Limits(max_tree_nodes=100), "tree: found 101 nodes, expected at most 100"),
    ({}, Limits(max_tree_work=20_000), "found long numbers or polynomials that take too much work, expected networks"),
    ({}, Limits(max_zonotope=400), "found zonotopes of more than 400 bytes, expected networks, boxes and trees"),
    ({"epsilon": f"1e{'9' * 9}"}, Limits(), "epsilon: found '1e999999999', expected an exact number as a text"),
]


@pytest.mark.parametrize(("fields", "limits", "line"), HOSTILE, ids=["tree", "work", "memory", "number"])
def test_what_takes_too_much_is_refused_in_a_line(
    fields: dict[str, Any], limits: Limits, line: str, tmp_path: Path
) -> None:
    assert refused(tmp_path, fields, limits).startswith(line)


def test_numbers_of_thousands_of_digits_take_no_time(tmp_path: Path) -> None:
    """The lanes are as wide as the numbers need; the box is only too large for epsilon."""
    model, reduced, path = paths(HERE / "accepted" / "same_shape")
    certificate = json.loads(Path(path).read_text(encoding="utf-8"))
    certificate["box"] = [["-1e3900", "1e3900"], ["0", "1e-3900"]]
    (tmp_path / "c.json").write_text(json.dumps(certificate), encoding="utf-8")
    verdict = check(model, reduced, str(tmp_path / "c.json"))
    assert verdict.rule == "E8"
    assert len(verdict.line) < 1200
