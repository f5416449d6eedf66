"""Claims that are right by construction, of every kind, with labels, rewards and initial distributions."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random

from forging.models import ZERO, Chain, Claim
from forging.polynomials import Value, X, Y
from forging.truth import (
    Classes,
    Matrix,
    considered,
    first_weights,
    into,
    mean_weights,
    pairs,
)

NUMBERS: list[Value] = [Fraction(n, d) for n in (1, 2, 3) for d in (1, 2, 3)] + [Fraction(1, 10**12), Fraction(2**1024)]
POLYNOMIALS: list[Value] = [X, Y, X + Y, X * Y, X * X, X * Fraction(2), Y * Fraction(1, 3), X + Fraction(2**1024)]


class Maker:
    """Draws claims.

    Parameters
    ----------
    random : Random
    parameters : bool
        Whether weights and rewards may depend on the parameters x and y.
    """

    def __init__(self, random: Random, *, parameters: bool) -> None:
        self.random, self.parameters = random, parameters

    def weight(self, zero: bool = True) -> Value:
        """Draw a weight; small numbers, so that equal ones are common."""
        if zero and self.random.random() < 0.3:
            return ZERO
        pool = POLYNOMIALS if self.parameters and self.random.random() < 0.5 else NUMBERS
        return self.random.choice(pool)

    def share(self, total: Value, parts: int) -> list[Value]:
        """Split a weight into parts that are not negative, at random."""
        if parts == 1 or not total:
            return [total] + [ZERO] * (parts - 1)
        cut = [self.random.randrange(3) for _ in range(parts)]
        whole = sum(cut) or 1
        cut = cut if sum(cut) else [1] + [0] * (parts - 1)
        return [total * Fraction(c, whole) for c in cut]

    def classes(self) -> Classes:
        """Draw up to five states in classes that are numbered by their first members."""
        n = self.random.randint(1, 5)
        class_of = [0]
        for _ in range(n - 1):
            class_of.append(self.random.randint(0, min(max(class_of) + 1, 3)))
        return [[s for s in range(n) if class_of[s] == c] for c in range(max(class_of) + 1)]

    def between(self, k: int, stochastic: bool) -> Matrix:
        """Draw weights between classes; rows of probabilities sum to one."""
        if not stochastic:
            return [[self.weight() for _ in range(k)] for _ in range(k)]
        rows = []
        for _ in range(k):
            row = self.share(Fraction(1), k)
            if self.parameters and k > 1 and self.random.random() < 0.6:  # p and 1 - p, moved between two classes
                a, b = self.random.sample(range(k), 2)
                moved = self.random.choice([X, X * Y, Y * Fraction(1, 2)])
                row[a], row[b] = row[a] + moved, row[b] - moved
            rows.append(row)
        return rows

    def claim(self, kind: str) -> Claim:
        """Draw a claim of a kind."""
        dtmc = kind != "proportional" and self.random.random() < 0.4
        semantics = "generator" if kind.startswith("proportional") else self.random.choice(["generator", "rates"])
        classes = self.classes()
        n = sum(map(len, classes))
        scales = None
        if kind.startswith("proportional"):
            scales = {s: self.scale() for members in classes for s in members[1:]}
            if self.random.random() < 0.7:
                scales = {s: value for s, value in scales.items() if value != 1}
        matrix = MATRICES[kind](self, classes, dtmc, scales or {})
        original = Chain("dtmc" if dtmc else "ctmc", matrix)
        self.decorate(original, classes)
        class_of = [next(c for c, members in enumerate(classes) if s in members) for s in range(n)]
        claim = Claim(kind, semantics, [], original, original, class_of, scales)
        claim.reduced = quotient(claim, classes)
        claim.respect = [name for name in ("labels", "rewards", "initial") if self.constant(original, classes, name)]
        return claim

    def scale(self) -> Fraction:
        return self.random.choice([Fraction(1), Fraction(2), Fraction(1, 2), Fraction(3), Fraction(2, 3)])

    def decorate(self, chain: Chain, classes: Classes) -> None:
        """Add labels, rewards and an initial distribution, some of them constant on classes."""
        n, random = chain.states, self.random
        if random.random() < 0.6:
            chain.labels["a"] = {s for members in classes if random.random() < 0.5 for s in members}
        if random.random() < 0.3:
            chain.labels["b"] = {s for s in range(n) if random.random() < 0.5}
        if random.random() < 0.6:
            values = [self.weight() for _ in classes]
            chain.rewards["r"] = [next(values[c] for c, m in enumerate(classes) if s in m) for s in range(n)]
        if random.random() < 0.3:
            chain.rewards["s"] = [self.weight() for _ in range(n)]
        if random.random() < 0.6:
            start = [Fraction(v) for v in ([1] + [0] * (n - 1) if random.random() < 0.5 else [1] * n)]
            chain.initial = [v / sum(start) for v in start]

    def constant(self, chain: Chain, classes: Classes, what: str) -> bool:
        """Draw whether something is respected; only what is constant on classes can be."""
        parts: dict[str, list[list[Value]]] = {
            "labels": [[s in states for s in range(chain.states)] for states in chain.labels.values()],
            "rewards": list(chain.rewards.values()),
            "initial": [] if chain.initial is None else [[*chain.initial]],
        }
        alike = all(values[s] == values[t] for values in parts[what] for s, t in pairs(classes))
        return alike and self.random.random() < 0.5


def quotient(claim: Claim, classes: Classes) -> Chain:
    """Return the reduced chain of a claim, by the formulas of the definitions; the partition need not be a lumping."""
    chain, d = claim.original, claim.scales or {}
    matrix = considered(chain, claim.semantics)
    kind, generator = claim.kind, chain.kind == "ctmc" and claim.semantics == "generator"
    shares = [_shares([d.get(s, Fraction(1)) for s in members]) for members in classes]
    if kind == "proportional-exact":
        weights = [
            [sum((into(matrix, s, c) * share for s, share in zip(b, part, strict=True)), ZERO) for c in classes]
            for b, part in zip(classes, shares, strict=True)
        ]
    else:
        weights = (mean_weights if kind == "exact" else first_weights)(matrix, classes)
    if generator:
        weights = [[ZERO if b == c else value for c, value in enumerate(row)] for b, row in enumerate(weights)]
    reduced = Chain(chain.kind, weights)
    for name, states in chain.labels.items():
        whole = {c for c, members in enumerate(classes) if set(members) <= states}
        if {s for c in whole for s in classes[c]} == states:
            reduced.labels[name] = whole
    _rewards_and_initial(claim, classes, shares, reduced)
    return reduced


def _shares(scales: list[Fraction]) -> list[Fraction]:
    return [scale / sum(scales) for scale in scales]


def _rewards_and_initial(claim: Claim, classes: Classes, shares: list[list[Fraction]], reduced: Chain) -> None:
    chain, d = claim.original, claim.scales or {}
    if claim.kind == "proportional":
        return
    for name, values in chain.rewards.items():
        if claim.kind in ("exact", "proportional-exact"):
            reduced.rewards[name] = [
                sum((values[s] * share for s, share in zip(members, part, strict=True)), ZERO)
                for members, part in zip(classes, shares, strict=True)
            ]
        elif all(values[s] == values[t] for s, t in pairs(classes)):
            reduced.rewards[name] = [values[members[0]] for members in classes]
    if chain.initial is not None:
        multiple = [chain.initial[s] / d.get(s, Fraction(1)) for s in range(chain.states)]
        if claim.kind != "proportional-exact" or all(multiple[s] == multiple[t] for s, t in pairs(classes)):
            reduced.initial = [sum((chain.initial[s] for s in members), ZERO) for members in classes]


def ordinary(maker: Maker, classes: Classes, dtmc: bool, scales: dict[int, Fraction]) -> Matrix:
    """Sums out of states are those between classes, shared among the targets at random."""
    small = maker.between(len(classes), dtmc)
    n = sum(map(len, classes))
    matrix: Matrix = [[ZERO] * n for _ in range(n)]
    for b, members in enumerate(classes):
        for s in members:
            for c, targets in enumerate(classes):
                for t, value in zip(targets, maker.share(small[b][c], len(targets)), strict=True):
                    matrix[s][t] = value
    return matrix


def even(maker: Maker, classes: Classes, dtmc: bool, scales: dict[int, Fraction]) -> Matrix:
    """Spread weights between classes evenly: a strict lumping."""
    small = maker.between(len(classes), dtmc)
    where = {s: c for c, members in enumerate(classes) for s in members}
    return [
        [small[where[s]][where[t]] * Fraction(1, len(classes[where[t]])) for t in range(len(where))]
        for s in range(len(where))
    ]


def exact(maker: Maker, classes: Classes, dtmc: bool, scales: dict[int, Fraction]) -> Matrix:
    """Start from an even spread, then move weights so that the sums into states stay as they are, and rows too."""
    matrix = even(maker, classes, dtmc, scales)
    n = len(matrix)
    for _ in range(2):
        members = maker.random.choice(classes)
        if len(members) > 1 and n > 3:
            s, t = maker.random.sample(members, 2)
            others = [u for u in range(n) if u not in (s, t)]
            u, v = maker.random.sample(others, 2)
            _turn(matrix, s, t, u, v)
    return matrix


def _turn(matrix: Matrix, s: int, t: int, u: int, v: int) -> None:
    """Move as much as there is from (s, v) to (s, u) and from (t, u) to (t, v), if both are equal numbers."""
    much = matrix[s][v]
    if much == matrix[t][u]:
        matrix[s][u], matrix[t][v] = matrix[s][u] + much, matrix[t][v] + much
        matrix[s][v] = matrix[t][u] = ZERO


def proportional(maker: Maker, classes: Classes, dtmc: bool, scales: dict[int, Fraction]) -> Matrix:
    """Multiply the rows of an ordinary lumping by the scales."""
    matrix = ordinary(maker, classes, False, scales)
    return [[value * scales.get(s, Fraction(1)) for value in row] for s, row in enumerate(matrix)]


def proportional_exact(maker: Maker, classes: Classes, dtmc: bool, scales: dict[int, Fraction]) -> Matrix:
    """Rates ``p(t) M(B, C)`` with M symmetric: p is stationary, and inside a class a multiple of the scales."""
    k, n = len(classes), sum(map(len, classes))
    between = [[ZERO] * k for _ in range(k)]
    for b in range(k):
        for c in range(b, k):
            between[b][c] = between[c][b] = maker.weight()
    size = [maker.random.choice([Fraction(1), Fraction(2), Fraction(1, 3)]) for _ in classes]
    where = {s: c for c, members in enumerate(classes) for s in members}
    p = [size[where[s]] * scales.get(s, Fraction(1)) for s in range(n)]
    matrix: Matrix = [[between[where[s]][where[t]] * p[t] if s != t else ZERO for t in range(n)] for s in range(n)]
    if dtmc:  # a step of the chain, slowed down until no probability is negative
        slow = Fraction(1, 2**1030)
        matrix = [[value * slow for value in row] for row in matrix]
        for s, row in enumerate(matrix):
            row[s] = Fraction(1) - sum(row, ZERO)
    return matrix


MATRICES: dict[str, Callable[[Maker, Classes, bool, dict[int, Fraction]], Matrix]] = {
    "ordinary": ordinary,
    "exact": exact,
    "strict": even,
    "proportional": proportional,
    "proportional-exact": proportional_exact,
}
