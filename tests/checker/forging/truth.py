"""Tells whether a claim is right, from the definitions alone (docs/certificate.md, sections 1 and 4), pair by pair.

Nothing here is shared with the checker: sums are added up as the definitions write them, for all pairs of states of a
class and all classes, in `Fraction`s and in polynomials of the tests' own.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from forging.models import ZERO, Chain, Claim
from forging.polynomials import Value, constant

Matrix = list[list[Value]]
Classes = list[list[int]]

KINDS = ("ordinary", "exact", "strict", "proportional", "proportional-exact")
SCALED = KINDS[3:]


def is_right(claim: Claim) -> bool:
    """Return whether everything that the claim says is true."""
    original, reduced = claim.original, claim.reduced
    if not (is_chain(original) and is_chain(reduced) and is_well_formed(claim)):
        return False
    if original.kind != reduced.kind or any(d is not None for d in claim.digests):
        return False
    if any(k not in (None, original.kind) for k in claim.kinds):
        return False
    classes = classes_of(claim)
    if classes is None or not respects(claim, classes):
        return False
    if claim.kind in SCALED:
        return _scaled_is_right(claim, classes)
    matrix = considered(original, claim.semantics)
    if claim.kind in ("ordinary", "strict") and not equal_out(matrix, classes):
        return False
    if claim.kind in ("exact", "strict") and not equal_in(matrix, classes):
        return False
    if claim.kind == "exact" and claim.semantics == "rates" and not equal_exits(original, classes):
        return False
    weights = mean_weights if claim.kind == "exact" else first_weights
    if not same_weights(weights(matrix, classes), claim):
        return False
    averaged = claim.kind == "exact"
    return same_labels(claim, classes) and same_rewards(claim, classes, averaged) and same_initial(claim, classes)


def is_chain(chain: Chain) -> bool:
    """Return whether numbers are not negative and sum to one where they must."""
    numbers = [constant(v) for row in chain.matrix for v in row]
    if any(v is not None and v < 0 for v in numbers):
        return False
    if chain.kind == "dtmc" and any(sum(row, ZERO) != 1 for row in chain.matrix):
        return False
    start = chain.initial
    return start is None or (sum(start) == 1 and min(start) >= 0)


def is_well_formed(claim: Claim) -> bool:
    """Return whether the claim is one of the kinds that exist, with scales where the kind has some."""
    if claim.kind not in KINDS or (claim.kind in SCALED) != (claim.scales is not None):
        return False
    counts = {"states": claim.original.states, "classes": claim.reduced.states}
    if any(counts.get(name, ...) != value for name, value in claim.extra.items()):
        return False  # a wrong number; all other fields are replaced by something that is not of their form
    if claim.kind in SCALED and claim.semantics != "generator":
        return False
    return claim.kind != "proportional" or claim.original.kind == "ctmc"


def classes_of(claim: Claim) -> Classes | None:
    """Return the classes, numbered by their first members; None if the map is none or has other classes."""
    if len(claim.class_of) != claim.original.states:
        return None
    firsts = list(dict.fromkeys(claim.class_of))
    if firsts != list(range(claim.reduced.states)):
        return None
    return [[s for s, c in enumerate(claim.class_of) if c == b] for b in firsts]


def pairs(classes: Classes) -> list[tuple[int, int]]:
    return [(s, t) for members in classes for s, t in product(members, members) if s < t]


def respects(claim: Claim, classes: Classes) -> bool:
    """Return whether what the claim respects is constant on classes."""
    chain, wanted = claim.original, claim.respect
    for s, t in pairs(classes):
        if "labels" in wanted and any((s in states) != (t in states) for states in chain.labels.values()):
            return False
        if "rewards" in wanted and any(values[s] != values[t] for values in chain.rewards.values()):
            return False
        if "initial" in wanted and chain.initial is not None and chain.initial[s] != chain.initial[t]:
            return False
    return True


def considered(chain: Chain, semantics: str) -> Matrix:
    """Return the matrix A: probabilities, rates, or the generator, in which a self-loop has no effect."""
    matrix = [list(row) for row in chain.matrix]
    if chain.kind == "ctmc" and semantics == "generator":
        for s, row in enumerate(matrix):
            row[s] = ZERO
            row[s] = sum(row, ZERO) * Fraction(-1)
    return matrix


def into(matrix: Matrix, s: int, members: list[int]) -> Value:
    """Return A(s, C)."""
    return sum((matrix[s][t] for t in members), ZERO)


def out_of(matrix: Matrix, members: list[int], t: int) -> Value:
    """Return A(C, t)."""
    return sum((matrix[s][t] for s in members), ZERO)


def equal_out(matrix: Matrix, classes: Classes) -> bool:
    return all(into(matrix, s, c) == into(matrix, t, c) for s, t in pairs(classes) for c in classes)


def equal_in(matrix: Matrix, classes: Classes) -> bool:
    return all(out_of(matrix, c, s) == out_of(matrix, c, t) for s, t in pairs(classes) for c in classes)


def equal_exits(chain: Chain, classes: Classes) -> bool:
    """Tell whether exit rates are equal, or a distribution does not stay uniform inside classes (exact, rates)."""
    if chain.kind == "dtmc":
        return True
    return all(sum(chain.matrix[s], ZERO) == sum(chain.matrix[t], ZERO) for s, t in pairs(classes))


def first_weights(matrix: Matrix, classes: Classes) -> Matrix:
    return [[into(matrix, members[0], c) for c in classes] for members in classes]


def mean_weights(matrix: Matrix, classes: Classes) -> Matrix:
    return [[out_of(matrix, b, c[0]) * Fraction(len(c), len(b)) for c in classes] for b in classes]


def same_weights(wanted: Matrix, claim: Claim) -> bool:
    """Return whether the reduced chain has these weights; without self-loops where the generator counts."""
    found = claim.reduced.matrix
    generator = claim.reduced.kind == "ctmc" and claim.semantics == "generator"
    for b, row in enumerate(wanted):
        for c, value in enumerate(row):
            if found[b][c] != (ZERO if generator and b == c else value):
                return False
    return True


def same_labels(claim: Claim, classes: Classes) -> bool:
    """Return whether the reduced chain has the labels that are constant on classes, and no others."""
    wanted = {}
    for name, states in claim.original.labels.items():
        whole = {b for b, members in enumerate(classes) if set(members) <= states}
        if whole and set(states) == {s for b in whole for s in classes[b]}:
            wanted[name] = whole
    return wanted == {name: set(states) for name, states in claim.reduced.labels.items() if states}


def same_rewards(claim: Claim, classes: Classes, averaged: bool) -> bool:
    wanted = {}
    for name, values in claim.original.rewards.items():
        if averaged:
            wanted[name] = [sum((values[s] for s in c), ZERO) * Fraction(1, len(c)) for c in classes]
        elif all(values[s] == values[t] for s, t in pairs(classes)):
            wanted[name] = [values[c[0]] for c in classes]
    return wanted == claim.reduced.rewards


def same_initial(claim: Claim, classes: Classes) -> bool:
    start = claim.original.initial
    return claim.reduced.initial == (None if start is None else [sum(start[s] for s in c) for c in classes])


def _scaled_is_right(claim: Claim, classes: Classes) -> bool:
    given, chain = claim.scales or {}, claim.original
    if any(not 0 <= s < chain.states for s in given):
        return False
    d = [given.get(s, Fraction(1)) for s in range(chain.states)]
    if any(v <= 0 for v in d) or any(d[members[0]] != 1 for members in classes):
        return False
    if not same_labels(claim, classes):
        return False
    mass = [sum(d[s] for s in members) for members in classes]
    if claim.kind == "proportional":
        rates = considered(chain, "generator")
        for s, t in pairs(classes):
            for c in classes:
                if s not in c and into(rates, s, c) * d[t] != into(rates, t, c) * d[s]:
                    return False
        return (
            same_weights(first_weights(rates, classes), claim)
            and not claim.reduced.rewards
            and claim.reduced.initial is None
        )
    weighted = [[value * d[s] for value in row] for s, row in enumerate(considered(chain, "generator"))]
    for s, t in pairs(classes):
        for c in classes:
            if out_of(weighted, c, s) * d[t] != out_of(weighted, c, t) * d[s]:
                return False
    means = [
        [sum((into(weighted, s, c) for s in b), ZERO) * (1 / mass[i]) for c in classes] for i, b in enumerate(classes)
    ]
    rewards = {
        name: [sum((values[s] * d[s] for s in c), ZERO) * (1 / mass[i]) for i, c in enumerate(classes)]
        for name, values in chain.rewards.items()
    }
    return same_weights(means, claim) and rewards == claim.reduced.rewards and _masses(claim, classes, d)


def _masses(claim: Claim, classes: Classes, d: list[Fraction]) -> bool:
    """Return whether the initial distribution is summed if it is a multiple of the scales, and absent if not."""
    start = claim.original.initial
    if start is not None and all(start[s] * d[t] == start[t] * d[s] for s, t in pairs(classes)):
        return claim.reduced.initial == [sum(start[s] for s in c) for c in classes]
    return claim.reduced.initial is None
