"""Frozen certificates: every rule of the checker has samples that violate it, and old certificates stay accepted."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lumpform.checker import check
from lumpform.checker.automata.rules import RULES as RULES_OF_AUTOMATA
from lumpform.checker.limits import DEFAULT
from lumpform.checker.processes.rules import RULES as RULES_OF_CHOICES
from lumpform.checker.rules import RULES

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
REJECTED = sorted((HERE / "rejected").iterdir())
ACCEPTED = sorted((HERE / "accepted").iterdir())


def paths(folder: Path) -> list[str]:
    """Model, reduced model and certificate."""
    suffix = next(folder.glob("model.*")).name.removeprefix("model")
    if (folder / "model.tra").exists():
        suffix = ".tra"
    return [str(folder / name) for name in (f"model{suffix}", f"reduced{suffix}", "certificate.json")]


def rule_of(folder: Path) -> str:
    return folder.name.split("_")[0]


def test_every_rule_has_a_rejected_sample() -> None:
    assert {rule_of(folder) for folder in REJECTED} == set(RULES) | set(RULES_OF_CHOICES) | set(RULES_OF_AUTOMATA)
    assert (len(RULES), len(RULES_OF_CHOICES), len(RULES_OF_AUTOMATA)) == (16, 8, 4)
    assert len(REJECTED) == 95


def test_the_document_lists_the_rules() -> None:
    pages = ("certificate.md", "certificate-processes.md", "certificate-automata.md")
    for page, rules in zip(pages, (RULES, RULES_OF_CHOICES, RULES_OF_AUTOMATA), strict=True):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        assert re.findall(r"^### (R\d+)\b", text, re.MULTILINE) == list(rules)


@pytest.mark.parametrize("folder", REJECTED, ids=lambda folder: folder.name)
def test_a_rejected_sample_names_its_rule_and_witness(folder: Path) -> None:
    verdict = check(*paths(folder))
    assert not verdict.verified
    assert verdict.rule == rule_of(folder)
    assert verdict.line + "\n" == (folder / "expected.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", REJECTED, ids=lambda folder: folder.name)
def test_a_rejected_sample_has_its_witness_as_data(folder: Path) -> None:
    """Every field of the witness, by name: what a program reads instead of the line."""
    witness = json.loads(json.dumps(dict(check(*paths(folder)).witness), default=str))
    assert witness == json.loads((HERE / "witnesses.json").read_text(encoding="utf-8"))[folder.name]


@pytest.mark.medium
@pytest.mark.parametrize("folder", [*REJECTED, *ACCEPTED], ids=lambda folder: folder.name)
def test_the_same_with_a_denominator_for_every_state(folder: Path) -> None:
    """Numbers too long for one common denominator are compared state by state; here all are."""
    verdict = check(*paths(folder), limits=replace(DEFAULT, small_bits=0))
    assert verdict.line + "\n" == (folder / "expected.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", ACCEPTED, ids=lambda folder: folder.name)
def test_an_accepted_sample_stays_accepted(folder: Path) -> None:
    verdict = check(*paths(folder))
    assert verdict.verified, verdict.line
    assert verdict.rule is None
    assert verdict.line + "\n" == (folder / "expected.txt").read_text(encoding="utf-8")


@pytest.mark.medium
@pytest.mark.parametrize("flags", [[], ["-O"], ["-OO"]], ids=["plain", "O", "OO"])
@pytest.mark.parametrize("folder", [*ACCEPTED[:1], *REJECTED[::4]], ids=lambda folder: folder.name)
def test_the_program_says_the_same_with_assertions_off(folder: Path, flags: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, *flags, "-m", "lumpform.checker", *paths(folder)], capture_output=True, text=True, cwd=ROOT
    )
    assert done.stdout == (folder / "expected.txt").read_text(encoding="utf-8")
    assert done.returncode == (0 if folder in ACCEPTED else 1)
    assert done.stderr == ""
