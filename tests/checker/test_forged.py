"""Forged certificates: the checker accepts those that are right by the definitions, and no others.

`forging/run.py` is the same as a program. The environment variable FORGERIES says how many the slow test makes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from forging.forge import CHANGES
from forging.models import Chain, Claim
from forging.polynomials import X, Y
from forging.right import MATRICES, Maker
from forging.run import DOMAINS, Forgery, Tally, outcome_of, run
from forging.truth import is_right

from lumpform.checker import rules, scaled, sides
from lumpform.checker.automata import rules as automaton_rules
from lumpform.checker.networks import judge as network_judge
from lumpform.checker.networks import lump, remove, same
from lumpform.checker.processes import judge as process_judge
from lumpform.checker.processes import rules as process_rules
from lumpform.checker.rules import RULES

OTHERS = {"automaton": (1, 2, 4, 5, 9, 10, 11, 25, 26, 27, 28), "process": (*range(1, 9), 12, 13, 14, *range(17, 25))}
"""The rules that certificates of other domains can violate."""

FEW, MANY = 900, int(os.environ.get("FORGERIES", "40000"))


@pytest.mark.medium
def test_the_checker_agrees_with_the_definitions() -> None:
    tally = run(FEW, 0, [*DOMAINS])
    assert tally.faults == []
    assert 0.2 * FEW < tally.counts.total() - sum(tally.right.values()) < 0.9 * FEW
    assert {kind.split()[0] for kind, _ in tally.counts} == {"chain", "parametric", *OTHERS, "network"}


@pytest.mark.slow
def test_the_checker_agrees_with_the_definitions_on_many(capsys: pytest.CaptureFixture[str]) -> None:
    tally = run(MANY, 1, [*DOMAINS])
    with capsys.disabled():
        print(f"\n{tally.table()}")
    assert tally.faults == []
    assert {outcome for kind, outcome in tally.counts if kind == "network"} >= {"accepted", *network_judge.RULES}
    for domain, numbers in OTHERS.items():
        found = {outcome for kind, outcome in tally.counts if kind.startswith(domain)}
        assert found == {"accepted", "unreadable", *(f"R{number}" for number in numbers)}
    for domain in ("chain", "parametric"):
        found = {outcome for kind, outcome in tally.counts if kind.startswith(domain)}
        assert found == {"accepted", "unreadable", *RULES}
        assert {kind.split()[1] for kind, _ in tally.counts if kind.startswith(domain)} == set(MATRICES)


def nothing(*arguments: Any, **named: Any) -> None:
    """In the place of a rule that is not applied."""


BROKEN: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "R1, R2 and R4": lambda p: p.setattr(rules, "check_bindings", nothing),
    "R6 to R8": lambda p: p.setattr(rules, "check_respect", nothing),
    "R9, R10 and R11": lambda p: p.setattr(sides.Side, "check", nothing),
    "R11, self-loops": lambda p: p.setattr(rules, "check_no_loops", nothing),
    "R10, exit rates": lambda p: p.setattr(rules, "check_exit_rates", nothing),
    "R12": lambda p: p.setattr(rules, "check_labels", nothing),
    "R13": lambda p: p.setattr(rules, "check_rewards", nothing),
    "R14": lambda p: p.setattr(rules, "check_initial", nothing),
    "R15": lambda p: p.setattr(scaled.Scaled, "check_scales", nothing),
    "R16": lambda p: p.setattr(scaled.Scaled, "check_sums", nothing),
    "R11, scaled": lambda p: p.setattr(scaled.Scaled, "check_weights", nothing),
    "R13, scaled": lambda p: p.setattr(scaled.Scaled, "check_rewards", nothing),
    "R14, scaled": lambda p: p.setattr(scaled.Scaled, "check_initial", nothing),
    "monomials taken for one another": lambda p: p.setattr(sides, "Monomials", OneMonomial),
}


class OneMonomial(sides.Monomials):
    """Coefficients of all monomials are added up, as if the parameters were 1."""

    def __init__(self, columns: Any) -> None:
        super().__init__(columns)
        self.places = dict.fromkeys(self.places, 0)


BROKEN_FOR_NETWORKS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "N3 and N4": lambda p: p.setattr(lump.Lumping, "check_map", nothing),
    "N5": lambda p: p.setattr(lump.Lumping, "check_scales", nothing),
    "N6": lambda p: p.setattr(lump.Lumping, "check_member", nothing),
    "N7": lambda p: p.setattr(lump.Lumping, "check_constant", nothing),
    "N9": lambda p: p.setattr(remove, "_check_place", nothing),
    "N13": lambda p: p.setattr(network_judge, "check_file", lambda *arguments: same.Account()),
}


def no_rule(module: Any, name: str) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda p: p.setattr(module, name, nothing)


BROKEN_FOR_OTHERS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "process R18 and R19": no_rule(process_rules, "check_owners"),
    "process R20": no_rule(process_rules, "check_alike"),
    "process R21 and R22": no_rule(process_rules, "check_weights"),
    "process R21 and R22, the sums": no_rule(process_rules.ChoiceSums, "check"),
    "process R23": no_rule(process_rules, "check_names"),
    "process R24": no_rule(process_judge, "check_carried"),
    "automaton R25": no_rule(automaton_rules, "check_letters"),
    "automaton R26": no_rule(automaton_rules, "check_ends"),
    "automaton R9 to R11": no_rule(automaton_rules, "check_weights"),
    "automaton R27 and R28": no_rule(automaton_rules, "check_reduced_ends"),
}


@pytest.mark.medium
@pytest.mark.parametrize("name", BROKEN_FOR_OTHERS)
def test_a_broken_checker_of_processes_or_automata_is_found_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    BROKEN_FOR_OTHERS[name](monkeypatch)
    for seed in range(20):
        try:
            if run(200, seed, [name.split()[0]]).faults:
                return
        except (IndexError, KeyError):
            return  # later rules count on it
    pytest.fail("4000 forgeries did not show that the rule is not applied")


RARE = pytest.param("N9", marks=pytest.mark.slow)  # few forgeries show it


@pytest.mark.medium
@pytest.mark.parametrize("name", [RARE if name == "N9" else name for name in BROKEN_FOR_NETWORKS])
def test_a_broken_checker_of_networks_is_found_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    BROKEN_FOR_NETWORKS[name](monkeypatch)
    for seed in range(20):
        try:
            if run(200, seed, ["network"]).faults:
                return
        except (IndexError, KeyError):
            return  # later rules count on it
    pytest.fail("4000 forgeries did not show that the rule is not applied")


@pytest.mark.medium
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_checker_is_found_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave a rule out, and soon a wrong certificate is accepted."""
    BROKEN[name](monkeypatch)
    for seed in range(40):
        if run(200, seed, ["chain", "parametric"]).faults:
            return
    pytest.fail("8000 forgeries did not show that the rule is not applied")


@pytest.mark.parametrize("parameters", [False, True])
@pytest.mark.parametrize("kind", MATRICES)
def test_claims_that_are_right_by_construction_are_right_by_definition(kind: str, parameters: bool) -> None:
    maker = Maker(Random(kind), parameters=parameters)
    for _ in range(60):
        claim = maker.claim(kind)
        assert is_right(claim), claim
        assert outcome_of(claim) == "accepted", claim


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_makes_wrong_claims(name: str) -> None:
    maker, random = Maker(Random(name), parameters=True), Random(name)
    wrong = 0
    for _ in range(60):
        claim = maker.claim(random.choice([*MATRICES])).copy()
        CHANGES[name](maker, claim)
        wrong += not is_right(claim)
    assert wrong > 5


def test_changing_a_copy_leaves_the_claim_as_it_is() -> None:
    maker = Maker(Random(3), parameters=True)
    for _ in range(30):
        claim = maker.claim("proportional-exact")
        before = repr(claim)
        for change in CHANGES.values():
            change(maker, claim.copy())
        assert repr(claim) == before


def test_one_sided_lumpings_are_not_taken_for_two_sided_ones() -> None:
    """Sums into states that are proportional without weights: another condition, which no certificate states."""
    one_sided = Chain("ctmc", [[0, 1, 2], [1, 0, 0], [1, 0, 0]])
    claim = Claim("proportional-exact", "generator", [], one_sided, Chain("ctmc", [[0, 3], [1, 0]]), [0, 1, 1], {2: 1})
    assert not is_right(claim)
    assert outcome_of(claim) == "R16"
    claim.kind = "proportional-exact-one-sided"
    assert outcome_of(claim) == "unreadable"


def test_the_truth_knows_polynomials() -> None:
    """By hand: x and y are not alike, x + y and y + x are."""
    rows = [[0, X, Y], [X + Y, 0, 0], [Y + X, 0, 0]]
    claim = Claim("ordinary", "generator", [], Chain("ctmc", rows), Chain("ctmc", [[0, X + Y], [X + Y, 0]]), [0, 1, 1])
    assert is_right(claim)
    assert outcome_of(claim) == "accepted"
    claim.original.matrix[2][0] = Y + Y
    assert not is_right(claim)
    assert outcome_of(claim) == "R9"


def test_the_tally_shows_what_it_counts() -> None:
    tally = Tally()
    tally.add(Forgery("chain exact", "R9", False, lambda: "x"))
    tally.add(Forgery("chain exact", "accepted", True, lambda: "y"))
    tally.add(Forgery("chain strict", "accepted", False, lambda: "z"))
    assert tally.faults == ["accepted, but right is False: z"]
    assert tally.table().splitlines() == [
        "kind          right  accepted  R9",
        "chain exact       1         1   1",
        "chain strict      0         1   0",
        "all               1         2   1",
    ]
