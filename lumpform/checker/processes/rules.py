"""Checks the rules R18 to R23 on choices; R17 and R24 are in members.py. docs/certificate-processes.md, section 5."""

from __future__ import annotations

from .. import rules as common_rules
from ..classes import Classes
from ..members import CHOICES, check_constant
from ..verdict import Violation
from .certificate import ProcessCertificate
from .process import Process
from .sums import ChoiceSums

RULES: dict[str, str] = {
    "R17": "classes of choices are numbered by their first members, none is empty, and the map has all choices",
    "R18": "choices of one class belong to states of one class",
    "R19": "states of one class have choices of the same classes",
    "R20": "choices of one class are Markovian or not, with equal action names and rewards if those are respected",
    "R21": "choices of one class have equal sums into every class",
    "R22": "the reduced model's choices are the classes of choices, with their sums as weights",
    "R23": "the reduced model's choices have the action names that are constant on classes",
    "R24": "the reduced model has exactly the rewards of choices that are constant on classes",
}


def check_counts(certificate: ProcessCertificate, original: Process, smaller: Process) -> None:
    """Check R4 for choices: the certificate counts those of the models."""
    common_rules.check_counts(
        (certificate.choices, original.choices, "choices of the original"),
        (certificate.reduced_choices, smaller.choices, "choices of the reduced model"),
    )


def check_owners(original: Process, states: Classes, choices: Classes) -> None:
    """Check R18 and R19: choices of one class are those of states of one class, each of which has one."""
    owners = original.owners()
    pair = choices.not_constant([states.class_of[s] for s in owners])
    if pair is not None:
        one, other = (states.class_of[owners[c]] for c in pair)
        raise Violation(
            "R18",
            f"choices {pair[0]} and {pair[1]} are in one class, but belong to states of classes {one} and {other}",
            choices=pair,
            classes=(one, other),
        )
    for c in states:
        first = states.first[c]
        wanted = _classes_at(original, choices, first)
        for state in states.members(c):
            found = _classes_at(original, choices, state)
            if found != wanted:
                d = min(found ^ wanted)
                has, lacks = (first, state) if d in wanted else (state, first)
                raise Violation(
                    "R19",
                    f"states {has} and {lacks} are in one class, but only {has} has a choice of class {d}",
                    states=(has, lacks),
                    **{"class": d},
                )


def _classes_at(process: Process, choices: Classes, state: int) -> set[int]:
    return set(choices.class_of[process.first[state] : process.first[state + 1]])


def check_alike(certificate: ProcessCertificate, original: Process, choices: Classes) -> None:
    """Check R20: choices of a class have in common what is respected, and are Markovian or not in any case."""
    pair = choices.not_constant(original.markovian)
    if pair is not None:
        has, lacks = pair if original.markovian[pair[0]] else pair[::-1]
        raise Violation(
            "R20", f"choices {pair[0]} and {pair[1]} are in one class, but {has} has rates, {lacks} none", choices=pair
        )
    if "actions" in certificate.respect:
        pair = choices.not_constant(_numbered(original.names))
        if pair is not None:
            one, other = (original.names[c] for c in pair)
            raise Violation(
                "R20",
                f"choices {pair[0]} and {pair[1]} are in one class, but their actions are {one!r} and {other!r}",
                choices=pair,
                actions=(one, other),
            )
    for name in sorted(original.choice_rewards) if "rewards" in certificate.respect else ():
        check_constant("R20", f"reward {name!r}", original.choice_rewards[name], choices, CHOICES)


def _numbered(names: list[str]) -> list[int]:
    known: dict[str, int] = {}
    return [known.setdefault(name, len(known)) for name in names]


def check_weights(original: Process, smaller: Process, states: Classes, choices: Classes) -> None:
    """Check R21 and R22: equal sums, and the reduced model's choices."""
    wrong = ChoiceSums(original, smaller, states, choices).check()
    old, new = original.owners(), smaller.owners()
    for d in choices:
        first = choices.first[d]
        wanted, found = states.class_of[old[first]], new[d]
        if wanted != found:
            raise Violation(
                "R22",
                f"choice {d} of the reduced model belongs to state {found}, expected {wanted}",
                choice=d,
                found=found,
                expected=wanted,
            )
        if original.markovian[first] != smaller.markovian[d]:
            has = "rates, unlike its members" if smaller.markovian[d] else "none of the rates of its members"
            raise Violation("R22", f"choice {d} of the reduced model has {has}", choice=d)
    if wrong is not None:
        raise wrong


def check_names(original: Process, smaller: Process, choices: Classes) -> None:
    """Check R23: a choice has the name that all members of its class have, and none if they differ."""
    for d in choices:
        names = {original.names[c] for c in choices.members(d)}
        wanted, found = names.pop() if len(names) == 1 else "", smaller.names[d]
        if wanted != found:
            raise Violation(
                "R23",
                f"choice {d} of the reduced model has the action {found!r}, expected {wanted!r}",
                choice=d,
                found=found,
                expected=wanted,
            )
