"""Forges certificates of decision processes, transition systems and Markov automata, as `automata` does of automata."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from typing import Any

from forging.automata import TINY, ZERO, canonical, classes_of, column_of, constant, matrix_of
from lumpform.checker.failure import Unreadable
from lumpform.checker.processes.canonical import digest
from lumpform.checker.processes.certificate import read_process_certificate
from lumpform.checker.processes.judge import judge
from lumpform.checker.processes.process import Process, finished

KINDS = ("mdp", "lts", "ma")
RESPECTED = ("labels", "rewards", "initial", "actions")
ONE = Fraction(1)


@dataclass
class Choice:
    """Holds what a state may do: weights for all states, rates if it is Markovian."""

    name: str
    weights: list[Fraction]
    markovian: bool = False
    paid: Fraction = ZERO


@dataclass
class Plain:
    """Holds a process as plainly as possible: the choices of every state, a label, a reward, an initial state."""

    kind: str
    choices: list[list[Choice]]
    label: set[int]
    reward: list[Fraction]
    initial: int | None

    @property
    def flat(self) -> list[Choice]:
        return [choice for row in self.choices for choice in row]

    @property
    def owners(self) -> list[int]:
        return [s for s, row in enumerate(self.choices) for _ in row]

    @property
    def fees(self) -> list[Fraction]:
        return [choice.paid for choice in self.flat]

    def model(self) -> Process:
        """Return it as the checker has it after reading; `Unreadable` if it is no process."""
        first = array("q", [0])
        for row in self.choices:
            first.append(first[-1] + len(row))
        start = (
            None if self.initial is None else column_of([Fraction(s == self.initial) for s in range(len(first) - 1)])
        )
        return finished(
            Process(
                path="",
                kind=self.kind,
                matrix=matrix_of([c.weights for c in self.flat]),
                labels={"a": array("q", sorted(self.label))},
                rewards={"r": column_of(self.reward)},
                initial=start,
                first=first,
                names=[c.name for c in self.flat],
                markovian=bytearray(c.markovian for c in self.flat),
                choice_rewards={"c": column_of(self.fees)},
            )
        )

    def is_one(self) -> bool:
        """Return whether it is a process of its kind (docs/certificate-processes.md, section 2)."""
        if self.kind != "lts" and not all(self.choices):
            return False
        for c in self.flat:
            used = [w for w in c.weights if w]
            if min(c.weights) < 0 or (not c.markovian and sum(used) != 1) or not used:
                return False
            if self.kind == "lts" and len(used) != 1:
                return False
        return True


@dataclass
class Claim:
    """Holds a certificate and the models that it is handed in with; `extra` are fields that replace others."""

    respect: list[str]
    original: Plain
    reduced: Plain
    class_of: list[int]
    choice_of: list[int]
    digests: list[str | None] = field(default_factory=lambda: [None, None])
    extra: dict[str, Any] = field(default_factory=dict)


def quotient(original: Plain, states: list[list[int]], choices: list[list[int]]) -> Plain:
    """Return the quotient by the formulas, looked up at first members."""
    flat, owners = original.flat, original.owners
    number = {s: b for b, members in enumerate(states) for s in members}
    rows: list[list[Choice]] = [[] for _ in states]
    fees = constant(original.fees, choices)
    for members in choices:
        head = flat[members[0]]
        names = {flat[c].name for c in members}
        weights = [sum((head.weights[t] for t in block), ZERO) for block in states]
        name = names.pop() if len(names) == 1 else ""
        rows[number[owners[members[0]]]].append(Choice(name, weights, head.markovian, head.paid if fees else ZERO))
    marks = [s in original.label for s in range(len(original.choices))]
    label = {b for b, members in enumerate(states) if constant(marks, states) and marks[members[0]]}
    whole = constant(original.reward, states)
    reward = [original.reward[b[0]] if whole else ZERO for b in states]
    return Plain(original.kind, rows, label, reward, None if original.initial is None else number[original.initial])


def is_right(claim: Claim) -> bool:
    """Return whether everything that the claim says is true (docs/certificate-processes.md)."""
    original, reduced = claim.original, claim.reduced
    if claim.extra or any(claim.digests) or not (original.is_one() and reduced.is_one()):
        return False
    states = classes_of(claim.class_of, len(original.choices), len(reduced.choices))
    choices = classes_of(claim.choice_of, len(original.flat), len(reduced.flat))
    if states is None or choices is None:
        return False
    flat, owners = original.flat, original.owners
    seen = [{claim.choice_of[c] for c, owner in enumerate(owners) if owner == s} for s in range(len(claim.class_of))]
    if not constant(seen, states) or not constant([claim.class_of[s] for s in owners], choices):
        return False
    into = [[sum((c.weights[t] for t in block), ZERO) for block in states] for c in flat]
    if not constant(into, choices) or not constant([c.markovian for c in flat], choices):
        return False
    size = range(len(original.choices))
    marks = {
        "labels": [s in original.label for s in size],
        "rewards": original.reward,
        "initial": [s == original.initial for s in size],
    }
    if not all(constant(marks[what], states) for what in claim.respect if what in marks):
        return False
    if "actions" in claim.respect and not constant([c.name for c in flat], choices):
        return False
    if "rewards" in claim.respect and not constant(original.fees, choices):
        return False
    return quotient(original, states, choices) == reduced


def outcome_of(claim: Claim) -> str:
    """Return what the checker says."""
    try:
        models = claim.original.model(), claim.reduced.model()
        about = [{"kind": m.kind, "digest": d or digest(m)} for m, d in zip(models, claim.digests, strict=True)]
        fields = {
            "format": "lumpform-certificate",
            "version": 2,
            "domain": "mdp",
            "kind": "ordinary",
            "respect": claim.respect,
            "states": models[0].states,
            "classes": models[1].states,
            "choices": models[0].choices,
            "reduced_choices": models[1].choices,
            "original": about[0],
            "reduced": about[1],
            "class_of": claim.class_of,
            "choice_of": claim.choice_of,
            "generator": {"tool": "forger"},
        }
        verdict = judge(read_process_certificate("certificate", fields | claim.extra), *models)
    except Unreadable:
        return "unreadable"
    return "accepted" if verdict.verified else str(verdict.rule)


def right(random: Random, kind: str) -> Claim:
    """Make a lumping backwards: choices of classes first, then copies of them with their weights spread."""
    class_of = canonical([random.randrange(3) for _ in range(random.randint(1, 5))])
    states = [[s for s, c in enumerate(class_of) if c == b] for b in dict.fromkeys(class_of)]
    actions, rows, numbers = random.random() < 0.5, list[list[Choice]](), list[int]()
    small = [
        [_choice(random, kind, len(states)) for _ in range(random.randint(kind != "lts", 2))]
        for _ in range(len(states))
    ]
    for b in class_of:
        row = [
            (i, _spread(random, kind, c, states)) for i, c in enumerate(small[b]) for _ in range(random.randint(1, 2))
        ]
        random.shuffle(row)
        for _, choice in row:
            if actions:
                choice.name = random.choice(["", "x", "y"])
        rows.append([choice for _, choice in row])
        numbers += [100 * b + i for i, _ in row]
    choice_of, size = canonical(numbers), len(class_of)
    choices = [[c for c, d in enumerate(choice_of) if d == e] for e in dict.fromkeys(choice_of)]
    blocks = [random.random() < 0.5 for _ in states]
    marks = [random.random() < 0.5 if random.random() < 0.1 else blocks[c] for c in class_of]
    values = [random.choice([ZERO, ONE, Fraction(1, 3)]) for _ in states]
    paid = [random.choice([ZERO, ONE]) if random.random() < 0.1 else values[c] for c in class_of]
    start = random.choice([None, random.randrange(size)])
    original = Plain(kind, rows, {s for s in range(size) if marks[s]}, paid, start)
    flat = original.flat
    good = {
        "labels": constant(marks, states),
        "rewards": constant(paid, states) and constant(original.fees, choices),
        "initial": start is None or len(states[class_of[start]]) == 1,
        "actions": constant([c.name for c in flat], choices),
    }
    respect = [what for what in RESPECTED if good[what] and random.random() < 0.6]
    return Claim(respect, original, quotient(original, states, choices), class_of, choice_of)


def _choice(random: Random, kind: str, classes: int) -> Choice:
    """Draw what a class may do."""
    weights, name, paid = [ZERO] * classes, random.choice(["", "x", "y"]), random.choice([ZERO, ZERO, ONE])
    if kind == "ma" and random.random() < 0.4:
        weights[random.randrange(classes)] += random.choice([ONE, Fraction(1, 3), Fraction(2)])
        weights[random.randrange(classes)] += 1
        return Choice(name, weights, True, paid)
    part = ONE if kind == "lts" else random.choice([ONE, Fraction(1, 2), Fraction(1, 3)])
    weights[random.randrange(classes)] += part
    if part != 1:
        weights[random.randrange(classes)] += 1 - part
    return Choice(name, weights, False, paid)


def _spread(random: Random, kind: str, choice: Choice, states: list[list[int]]) -> Choice:
    """Return a copy of a choice of classes with weights for states."""
    weights = [ZERO] * sum(map(len, states))
    for members, weight in zip(states, choice.weights, strict=True):
        part = weight if kind == "lts" else weight * random.choice([ONE, Fraction(1, 2), Fraction(1, 3)])
        weights[random.choice(members)] += part
        weights[random.choice(members)] += weight - part
    return Choice(choice.name, weights, choice.markovian, choice.paid)


def forge(random: Random, claim: Claim) -> str:
    """Change a claim in one way, which may do no harm; returns its name."""
    which = random.choice([claim.original, claim.original, claim.reduced])
    size, flat = len(which.choices), which.flat
    how = random.choice([*range(14), 2, 3, 4, 4])
    if how == 0:
        name, entries = "another map", random.choice([claim.class_of, claim.choice_of])
        if entries:
            entries[random.randrange(len(entries))] = random.randrange(-1, len(set(entries)) + 1)
    elif how == 1:
        name = "a map of another length"
        claim.choice_of = claim.choice_of[:-1] if random.random() < 0.5 else [*claim.choice_of, 0]
    elif how == 2:
        name, claim.class_of = "another partition", canonical([random.randrange(2) for _ in claim.class_of])
        _requotient(claim)
    elif how == 3:
        name = "another partition of choices"
        claim.choice_of = canonical([c if random.random() < 0.7 else random.randrange(9) for c in claim.choice_of])
        _requotient(claim)
    elif how == 4 and flat:
        name, choice = "a weight moved", random.choice(flat)
        s, t = random.randrange(size), random.randrange(size)
        moved = random.choice([choice.weights[s], choice.weights[s] / 2, TINY])
        choice.weights[s] -= moved
        choice.weights[t] += moved
        if random.random() < 0.4:
            _requotient(claim)
    elif how == 5 and flat:
        name, choice = "a weight", random.choice(flat)
        choice.weights[random.randrange(size)] += random.choice([TINY, ONE, -ONE])
    elif how == 6 and flat:
        name, random.choice(flat).name = "an action", random.choice(["", "x", "z"])
    elif how == 7 and flat:
        name, choice = "a mark", random.choice(flat)
        choice.markovian = choice.markovian != (which.kind == "ma")
        if random.random() < 0.4:
            _requotient(claim)
    elif how == 8 and flat:
        name, random.choice(flat).paid = "a reward of a choice", random.choice([ZERO, ONE, TINY])
    elif how == 9:
        name, which.reward[random.randrange(size)] = "a reward", random.choice([ZERO, ONE, TINY])
    elif how == 10:
        name, which.label = "the label", which.label ^ {random.randrange(size)}
    elif how == 11:
        name, which.initial = "the initial state", random.choice([None, *range(size)])
    elif how == 12:
        name, claim.respect = "respect", [what for what in RESPECTED if random.random() < 0.6]
    else:
        name = _form(random, claim)
    return name


def _form(random: Random, claim: Claim) -> str:
    """Break the form, or the structure of a model."""
    rows = random.choice([claim.original, claim.reduced]).choices
    how = random.randrange(5)
    if how == 4:
        claim.reduced.kind = random.choice(KINDS)
        return "kind of process"
    if how == 0:
        claim.digests[random.randrange(2)] = f"sha256:{random.getrandbits(256):064x}"
        return "digest"
    if how == 1:
        random.shuffle(rows[random.randrange(len(rows))])
        return "order of choices"
    if how == 2:
        taken = [row for row in rows if row]
        if taken:
            random.choice(rows).append(random.choice(taken).pop())
        return "a choice of another state"
    ways = [
        ("choices", len(claim.choice_of) + 1),
        ("reduced_choices", 77),
        ("states", 0),
        ("kind", "exact"),
        ("more", 1),
    ]
    claim.extra = dict([random.choice(ways)])
    return "form"


def _requotient(claim: Claim) -> None:
    """Make the reduced process anew by the formulas, as if it were a lumping."""
    size = len(claim.original.choices)
    states = classes_of(claim.class_of, size, len(set(claim.class_of)))
    choices = classes_of(claim.choice_of, len(claim.original.flat), len(set(claim.choice_of)))
    if states is not None and choices is not None:
        claim.reduced = quotient(claim.original, states, choices)


def processes(random: Random, forgeries: int) -> Iterator[tuple[str, str, bool, Any]]:
    """Yield the parts of forgeries without end."""
    while True:
        kind = random.choice(KINDS)
        good = right(random, kind)
        yield f"process {kind}", outcome_of(good), True, lambda good=good: f"right: {good}"
        for _ in range(forgeries):
            bad = deepcopy(good)
            name = forge(random, bad)
            yield f"process {kind}", outcome_of(bad), is_right(bad), lambda bad=bad, name=name: f"{name}: {bad}"
