"""Forges certificates of weighted automata: right ones, changes, what is true by the definitions, and the checker."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

from lumpform.checker.automata.automaton import Automaton, digest
from lumpform.checker.automata.judge import judge, read_automaton_certificate
from lumpform.checker.failure import Unreadable
from lumpform.checker.models import Column, Matrix

ZERO, TINY = Fraction(0), Fraction(1, 10**12)
KINDS = ("ordinary", "exact", "strict")
Rows = list[list[Fraction]]


@dataclass
class Weighted:
    """Holds an automaton as plainly as possible."""

    initial: list[Fraction]
    final: list[Fraction]
    letters: dict[str, Rows]

    def model(self) -> Automaton:
        """Return it as the checker has it after reading."""
        matrices = {letter: matrix_of(rows) for letter, rows in self.letters.items()}
        return Automaton("", column_of(self.initial), column_of(self.final), matrices)


def column_of(values: list[Fraction]) -> Column:
    table = list(dict.fromkeys(values))
    place = {v: i for i, v in enumerate(table)}
    return Column(array("I", [place[v] for v in values]), [v.as_integer_ratio() for v in table])


def matrix_of(rows: Rows) -> Matrix:
    """Return the entries that are not zero."""
    indptr, indices, values = array("q", [0]), array("i"), list[Fraction]()
    for row in rows:
        for target, value in enumerate(row):
            if value:
                indices.append(target)
                values.append(value)
        indptr.append(len(indices))
    return Matrix(len(rows), indptr, indices, column_of(values))


@dataclass
class Claim:
    """Holds a certificate and the models that it is handed in with; `extra` are fields that replace others."""

    kind: str
    respect: list[str]
    original: Weighted
    reduced: Weighted
    class_of: list[int]
    digests: list[str | None] = field(default_factory=lambda: [None, None])
    extra: dict[str, Any] = field(default_factory=dict)


def classes_of(class_of: list[int], size: int, count: int) -> list[list[int]] | None:
    """Return the classes, numbered by their first members; None if the map is none or has other classes."""
    if len(class_of) != size or list(dict.fromkeys(class_of)) != list(range(count)):
        return None
    return [[s for s, c in enumerate(class_of) if c == b] for b in range(count)]


def constant(values: list[Any], classes: list[list[int]]) -> bool:
    return all(values[s] == values[t] for members in classes for s, t in product(members, members))


def quotient(kind: str, original: Weighted, classes: list[list[int]]) -> Weighted:
    """Return the quotient by the formulas, looked up at first members."""
    letters = {}
    for letter, a in original.letters.items():
        if kind == "exact":
            rows = [[sum((a[s][c[0]] for s in b), ZERO) * Fraction(len(c), len(b)) for c in classes] for b in classes]
        else:
            rows = [[sum((a[b[0]][t] for t in c), ZERO) for c in classes] for b in classes]
        letters[letter] = rows
    ends = original.final
    final = [sum((ends[s] for s in c), ZERO) / len(c) if kind == "exact" else ends[c[0]] for c in classes]
    return Weighted([sum((original.initial[s] for s in c), ZERO) for c in classes], final, letters)


def is_right(claim: Claim) -> bool:
    """Return whether everything that the claim says is true (docs/certificate-automata.md, section 4)."""
    original, reduced = claim.original, claim.reduced
    classes = classes_of(claim.class_of, len(original.final), len(reduced.final))
    if claim.extra or any(claim.digests) or classes is None:
        return False
    wanted = {"ordinary": ["final"], "exact": ["initial"], "strict": ["initial", "final"]}[claim.kind]
    if not all(constant(getattr(original, what), classes) for what in {*wanted, *claim.respect}):
        return False
    for a in original.letters.values():
        for members, c in product(classes, classes):
            out = [sum((a[s][t] for t in c), ZERO) for s in members]
            into = [sum((a[t][s] for t in c), ZERO) for s in members]
            if (claim.kind != "exact" and len(set(out)) > 1) or (claim.kind != "ordinary" and len(set(into)) > 1):
                return False
    return quotient(claim.kind, original, classes) == reduced


def outcome_of(claim: Claim) -> str:
    """Return what the checker says."""
    models = claim.original.model(), claim.reduced.model()
    about = [{"kind": "automaton", "digest": d or digest(m)} for m, d in zip(models, claim.digests, strict=True)]
    fields = {
        "format": "lumpform-certificate",
        "version": 2,
        "domain": "automaton",
        "kind": claim.kind,
        "respect": claim.respect,
        "states": models[0].states,
        "classes": models[1].states,
        "original": about[0],
        "reduced": about[1],
        "class_of": claim.class_of,
        "generator": {"tool": "forger"},
    }
    try:
        verdict = judge(read_automaton_certificate("certificate", fields | claim.extra), *models)
    except Unreadable:
        return "unreadable"
    return "accepted" if verdict.verified else str(verdict.rule)


def right(random: Random, kind: str) -> Claim:
    """Make a lumping backwards: block by block, with equal sums over rows, columns or both."""
    class_of = canonical([random.randrange(3) for _ in range(random.randint(1, 5))])
    classes = [[s for s, c in enumerate(class_of) if c == b] for b in dict.fromkeys(class_of)]
    n, value = (
        len(class_of),
        lambda: random.choice([ZERO, ZERO, Fraction(1), Fraction(-1), Fraction(1, 3), Fraction(2)]),
    )
    letters = {}
    for letter in random.sample(["a", "b", "c d"], random.randint(1, 2)):
        rows = [[ZERO] * n for _ in range(n)]
        for b, c in product(classes, classes):
            mean = value()
            for s, t in product(b, c):
                rows[s][t] = mean
            for _ in range(random.randrange(3)):  # moves that keep the sums
                s, u, t, v, more = random.choice(b), random.choice(b), random.choice(c), random.choice(c), value()
                rows[s][t] += more
                if kind != "exact":
                    rows[s][v] -= more
                if kind == "exact":
                    rows[u][t] -= more
                if kind == "strict":
                    rows[u][t] -= more
                    rows[u][v] += more
        letters[letter] = rows
    ends = {}
    for what in ("initial", "final"):
        whole = [value() for _ in classes]
        loose = (what == "initial" and kind == "ordinary") or (what == "final" and kind == "exact")
        ends[what] = [value() if loose else whole[c] for c in class_of]
    original = Weighted(ends["initial"], ends["final"], letters)
    respect = [w for w in ("initial", "final") if constant(ends[w], classes) and random.random() < 0.5]
    return Claim(kind, respect, original, quotient(kind, original, classes), class_of)


def canonical(class_of: list[int]) -> list[int]:
    number = {c: i for i, c in enumerate(dict.fromkeys(class_of))}
    return [number[c] for c in class_of]


def forge(random: Random, claim: Claim) -> str:
    """Change a claim in one way, which may do no harm; returns its name."""
    n, k = len(claim.original.final), len(claim.reduced.final)
    which = random.choice([claim.original, claim.reduced, claim.reduced])
    size = len(which.final)
    how = random.randrange(12)
    if how == 0:
        name, claim.class_of[:] = "another partition", canonical([random.randrange(3) for _ in range(n)])
        classes = classes_of(claim.class_of, n, max(claim.class_of) + 1)
        claim.reduced = quotient(claim.kind, claim.original, classes or [])
    elif how == 1:
        name, claim.class_of[random.randrange(n)] = "another map", random.randrange(-1, k + 1)
    elif how == 2:
        name = "a map of another length"
        claim.class_of = claim.class_of[:-1] if random.random() < 0.5 else [*claim.class_of, 0]
    elif how in (3, 4):
        name, row = "a weight", random.choice([*which.letters.values()])[random.randrange(size)]
        row[random.randrange(size)] += random.choice([TINY, Fraction(1), Fraction(-1, 3), Fraction(2**1024)])
    elif how == 5:
        name, row = "two weights", random.choice([*which.letters.values()])[random.randrange(size)]
        random.shuffle(row)
    elif how in (6, 7):
        name, ends = "ends", random.choice([which.initial, which.final])
        ends[random.randrange(size)] += random.choice([TINY, Fraction(1), ZERO])
    elif how == 8:
        name, claim.kind = "another kind", random.choice(KINDS)
        if random.random() < 0.5:
            classes = classes_of(claim.class_of, n, k)
            claim.reduced = quotient(claim.kind, claim.original, classes or [])
    elif how == 9:
        name, claim.respect = "respect", [w for w in ("initial", "final") if random.random() < 0.6]
    elif how == 10:
        name, letter = "letters", random.choice([*which.letters])
        rows = which.letters.pop(letter)
        if random.random() < 0.5 or not which.letters:
            which.letters["new"] = rows
    else:
        name = "form"
        if random.random() < 0.5:
            claim.digests[random.randrange(2)] = f"sha256:{random.getrandbits(256):064x}"
        else:
            ways = [
                ("states", n + 1),
                ("classes", k - 1),
                ("kind", "proportional"),
                ("respect", ["labels"]),
                ("more", 1),
            ]
            claim.extra = dict([random.choice(ways)])
    return name


def automata(random: Random, forgeries: int) -> Iterator[tuple[str, str, bool, Any]]:
    """Yield the parts of forgeries without end."""
    while True:
        good = right(random, random.choice(KINDS))
        yield f"automaton {good.kind}", outcome_of(good), True, lambda good=good: f"right: {good}"
        for _ in range(forgeries):
            bad = deepcopy(good)
            name = forge(random, bad)
            yield (
                f"automaton {good.kind}",
                outcome_of(bad),
                is_right(bad),
                lambda bad=bad, name=name: f"{name}: {bad}",
            )
