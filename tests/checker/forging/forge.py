"""Ways to change a claim. The forger makes everything else fit: digests are right unless they are what is changed."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random

from forging.models import ZERO, Chain, Claim
from forging.polynomials import Value, X, Y, constant
from forging.right import Maker, quotient

KINDS = ("ordinary", "exact", "strict", "proportional", "proportional-exact", "proportional-exact-one-sided")
TINY = Fraction(1, 10**12)
LARGE = Fraction(2**1024)
"""What once stood for a parameter in the checker."""

Change = Callable[[Maker, Claim], None]


def forge(maker: Maker, claim: Claim) -> str:
    """Change a claim in one or two ways, each of which may do no harm; returns their names."""
    count = 1 if maker.random.random() < 0.8 else 2
    names = []
    for _ in range(count):
        name = maker.random.choice(NAMES)
        CHANGES[name](maker, claim)
        names.append(name)
    return " and ".join(names)


def canonical(class_of: list[int]) -> list[int]:
    """Return the same classes, numbered by their first members."""
    number = {c: i for i, c in enumerate(dict.fromkeys(class_of))}
    return [number[c] for c in class_of]


def another_partition(maker: Maker, claim: Claim) -> None:
    """Move a state, merge or split classes, and make the reduced chain by the formulas, as if it were a lumping."""
    random, class_of = maker.random, claim.class_of
    if not class_of:
        return
    how = random.randrange(3)
    if how == 0:
        class_of[random.randrange(len(class_of))] = random.randrange(max(class_of) + 2)
    elif how == 1:
        a, b = random.choice(class_of), random.choice(class_of)
        class_of[:] = [a if c == b else c for c in class_of]
    else:
        class_of[:] = [random.randrange(3) for _ in class_of]
    class_of[:] = canonical(class_of)
    if claim.scales is not None and random.random() < 0.7:
        firsts = {class_of.index(c) for c in class_of}
        claim.scales = {s: claim.scales.get(s, Fraction(1)) for s in range(len(class_of)) if s not in firsts}
    _requotient(claim)


def _requotient(claim: Claim) -> None:
    """Make the reduced chain anew by the formulas, where they can be applied: for a map, and positive scales."""
    class_of = claim.class_of
    if len(class_of) != claim.original.states or canonical(class_of) != class_of or not class_of:
        return
    if all(scale > 0 for scale in (claim.scales or {}).values()):
        classes = [[s for s, c in enumerate(class_of) if c == b] for b in range(max(class_of) + 1)]
        claim.reduced = quotient(claim, classes)


def another_map(maker: Maker, claim: Claim) -> None:
    """Change the map alone."""
    random, class_of = maker.random, claim.class_of
    how = random.randrange(6)
    if how == 0 and class_of:
        class_of[random.randrange(len(class_of))] += random.choice([-1, 1])
    elif how == 1:
        random.shuffle(class_of)
    elif how == 2 and class_of:
        class_of.pop()
    elif how == 3:
        class_of.append(random.choice(class_of or [0]))
    elif how == 4 and class_of:
        top = max(class_of)
        class_of[:] = [top - c for c in class_of]
    elif class_of:
        s, t = random.randrange(len(class_of)), random.randrange(len(class_of))
        class_of[s], class_of[t] = class_of[t], class_of[s]


def another_scale(maker: Maker, claim: Claim) -> None:
    random = maker.random
    if claim.scales is None:
        if random.random() < 0.1:
            claim.scales = {}
        return
    n = len(claim.class_of)
    s = random.randrange(n + 1) if random.random() < 0.1 else random.randrange(max(n, 1))
    value = claim.scales.get(s, Fraction(1))
    ways = [value * 2, value / 3, value + TINY, -value, ZERO, LARGE, 1 / value if value else Fraction(5), Fraction(1)]
    claim.scales[s] = random.choice(ways)
    if random.random() < 0.3:
        _requotient(claim)


def _changed(random: Random, value: Value) -> Value:
    """Return a value near to or far from a value."""
    if constant(value) is None:
        near = [value + TINY, value + X, value * Fraction(2), value * X, value * LARGE]
        return random.choice([*near, X, Y, LARGE, ZERO])
    ways = [value + TINY, value * Fraction(2), value + 1, ZERO, value * Fraction(1, 3), LARGE, value + LARGE]
    return random.choice(ways)


def _change_weight(maker: Maker, chain: Chain) -> None:
    random, n = maker.random, chain.states
    if not n:
        return
    b, c = random.randrange(n), random.randrange(n)
    row = chain.matrix[b]
    how = random.randrange(4)
    if chain.kind == "dtmc":  # so that the row still sums to one
        other = random.randrange(n)
        if how == 0:
            row[c], row[other] = row[other], row[c]
        else:
            moved = random.choice([TINY, row[c], row[c] * Fraction(1, 2)])
            row[c], row[other] = row[c] - moved, row[other] + moved
    elif how == 0:
        other = random.randrange(n)
        row[c], row[other] = row[other], row[c]
    elif how == 1:
        chain.matrix[b][c], chain.matrix[c][b] = chain.matrix[c][b], chain.matrix[b][c]
    else:
        row[c] = _changed(random, row[c])


def another_reduced_weight(maker: Maker, claim: Claim) -> None:
    _change_weight(maker, claim.reduced)


def another_weight(maker: Maker, claim: Claim) -> None:
    """Change the original; sometimes with the reduced chain that belongs to it by the formulas."""
    _change_weight(maker, claim.original)
    if maker.random.random() < 0.5:
        _requotient(claim)


def other_labels(maker: Maker, claim: Claim) -> None:
    random = maker.random
    chain = random.choice([claim.original, claim.reduced, claim.reduced])
    how = random.randrange(4)
    name = random.choice([*chain.labels, "a"])
    if how == 0:
        chain.labels.pop(name, None)
    elif how == 1:
        chain.labels[random.choice(["a", "b", "new"])] = {s for s in range(chain.states) if random.random() < 0.5}
    elif how == 2 and chain.states:
        chain.labels[name] = chain.labels.get(name, set()) ^ {random.randrange(chain.states)}
    else:
        chain.labels["b"] = chain.labels.pop(name, set())


def other_rewards(maker: Maker, claim: Claim) -> None:
    random = maker.random
    chain = random.choice([claim.original, claim.reduced, claim.reduced])
    how = random.randrange(4)
    name = random.choice([*chain.rewards, "r"])
    if how == 0:
        chain.rewards.pop(name, None)
    elif how == 1:
        chain.rewards["new"] = [maker.weight() for _ in range(chain.states)]
    elif how == 2:
        if chain.rewards.get(name):
            values = chain.rewards[name]
            s = random.randrange(len(values))
            values[s] = -values[s] if random.random() < 0.2 else _changed(random, values[s])
    elif name in chain.rewards:
        chain.rewards["s" if name == "r" else "r"] = chain.rewards.pop(name)


def other_initial(maker: Maker, claim: Claim) -> None:
    random = maker.random
    chain = random.choice([claim.original, claim.reduced, claim.reduced])
    n = chain.states
    how = random.randrange(4)
    if how == 0 or not n:
        chain.initial = None
    elif how == 1:
        chain.initial = [Fraction(s == 0) for s in range(n)]
    elif how == 2:
        chain.initial = [Fraction(1, n)] * n
    elif chain.initial is not None:
        a, b = random.randrange(n), random.randrange(n)
        moved = random.choice([TINY, chain.initial[a]])
        chain.initial[a] -= moved
        chain.initial[b] += moved


def another_kind(maker: Maker, claim: Claim) -> None:
    """Call it another kind of lumping; sometimes with the reduced chain of that kind."""
    claim.kind = maker.random.choice(KINDS)
    scaled = claim.kind.startswith("proportional")
    if maker.random.random() < 0.9:
        claim.scales = (claim.scales or {}) if scaled else None
        claim.semantics = "generator" if scaled else claim.semantics
    if maker.random.random() < 0.7:
        _requotient(claim)


def other_semantics(maker: Maker, claim: Claim) -> None:
    claim.semantics = "rates" if claim.semantics == "generator" else "generator"
    if maker.random.random() < 0.5:
        _requotient(claim)


def more_respect(maker: Maker, claim: Claim) -> None:
    claim.respect = [name for name in ("labels", "rewards", "initial") if maker.random.random() < 0.7]


def other_digests(maker: Maker, claim: Claim) -> None:
    random, which = maker.random, maker.random.randrange(2)
    if random.random() < 0.7:
        claim.digests[which] = f"sha256:{random.getrandbits(256):064x}"
    else:
        claim.kinds[which] = random.choice(["dtmc", "ctmc"])


def another_kind_of_chain(maker: Maker, claim: Claim) -> None:
    """Hand in a CTMC in the place of a DTMC, or both, the rates being the probabilities."""
    for chain in maker.random.choice([[claim.original], [claim.reduced], [claim.original, claim.reduced]]):
        chain.kind = "ctmc" if chain.kind == "dtmc" else chain.kind


def other_counts(maker: Maker, claim: Claim) -> None:
    name = maker.random.choice(["states", "classes"])
    chain = claim.original if name == "states" else claim.reduced
    claim.extra[name] = chain.states + maker.random.choice([-1, 1])


def another_form(maker: Maker, claim: Claim) -> None:
    """Break the form of the certificate."""
    ways: list[tuple[str, object]] = [
        ("kind", "Ordinary"),
        ("semantics", "generator "),
        ("respect", ["label"]),
        ("version", 2),
        ("version", True),
        ("class_of", [str(c) for c in claim.class_of]),
        ("class_of", None),
        ("scales", [[0, 1]]),
        ("scales", [[0, "1"], [0, "1"]]),
        ("generator", None),
        ("more", 1),
    ]
    name, value = maker.random.choice(ways)
    claim.extra[name] = value


def swapped(maker: Maker, claim: Claim) -> None:
    """Hand in the reduced chain as the original, and the other way round."""
    claim.original, claim.reduced = claim.reduced, claim.original


CHANGES: dict[str, Change] = {
    "another partition": another_partition,
    "another map": another_map,
    "another scale": another_scale,
    "a weight of the reduced chain": another_reduced_weight,
    "a weight of the original": another_weight,
    "labels": other_labels,
    "rewards": other_rewards,
    "initial distribution": other_initial,
    "another kind": another_kind,
    "semantics": other_semantics,
    "respect": more_respect,
    "digests": other_digests,
    "kind of chain": another_kind_of_chain,
    "counts": other_counts,
    "form": another_form,
    "swapped": swapped,
}
WEIGHTS = (5, 3, 3, 5, 4, 3, 3, 3, 4, 2, 2, 1, 1, 1, 1, 1)
NAMES = [name for name, weight in zip(CHANGES, WEIGHTS, strict=True) for _ in range(weight)]
