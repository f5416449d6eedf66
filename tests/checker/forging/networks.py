"""Forges certificates of networks. A forgery is wrong if the two networks differ at an input, found by evaluating both.

The program makes the right certificates, of small networks in which every kind of step has something to do. What is
changed in a step is carried out by the definitions, so that the digest and the file of the reduced network fit: only
the rule of that step can tell.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from random import Random
from typing import Any

import lumpform as lf
from forging.network_models import Net, lumped, substituted, without
from lumpform.checker import Unreadable
from lumpform.checker.certificate import unpack_map
from lumpform.checker.networks.canonical import canonical
from lumpform.checker.networks.certificate import read_network_certificate
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import judge
from lumpform.graph.graph import IDENTITY
from lumpform.networks.functions import RELU, leaky_relu

POINTS = 24
"""Inputs at which both networks are evaluated."""

WEIGHTS = (-2, -1, 0, 0, 1, 1, 2, Fraction(1, 2))


@dataclass
class Claim:
    """Holds a certificate, and the networks that it is about."""

    original: Net
    reduced: Net
    fields: dict[str, Any]

    def copy(self) -> Claim:
        return Claim(self.original.copy(), self.reduced.copy(), deepcopy(self.fields))

    @property
    def steps(self) -> list[dict[str, Any]]:
        return self.fields["steps"]

    def bind(self) -> None:
        """Make digests and counts those of the networks."""
        small = canonical(self.reduced.network())
        self.fields |= {
            "nodes": sum(self.original.sizes),
            "reduced_nodes": small.offsets()[-1],
            "original": {"digest": digest(self.original.network())},
            "reduced": {"digest": digest(small)},
        }


class Maker:
    """Draws networks and right certificates about them."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def weight(self) -> Fraction:
        return Fraction(self.random.choice(WEIGHTS))

    def layer(self, inputs: int, function: Any) -> tuple[Any, list[Fraction], Any]:
        """Return a layer with neurons that are multiples, opposites, sums, constant, or never active."""
        random = self.random
        columns = [[self.weight() for _ in range(inputs + 1)] for _ in range(random.randint(1, 3))]
        for _ in range(random.randint(1, 3)):
            old, how = random.choice(columns), random.randrange(5)
            factor = Fraction(random.choice([1, 2, 3]), random.choice([1, 2]))
            new = [factor * w for w in old] if how < 2 else [-factor * w for w in old]
            if how == 3:
                new = [a + b for a, b in zip(old, random.choice(columns), strict=True)]
            if how == 4:
                new = (
                    [*([Fraction(0)] * inputs), self.weight()] if random.random() < 0.5 else [*old[:-1], Fraction(-50)]
                )
            columns.insert(random.randrange(len(columns) + 1), new)
        rows = [[column[u] for column in columns] for u in range(inputs)]
        return rows, [column[-1] for column in columns], function

    def claim(self) -> Claim:
        """Return a right claim."""
        random = self.random
        sizes, layers = random.randint(1, 3), []
        for _ in range(random.randint(1, 2)):
            layers.append(self.layer(sizes, random.choice([RELU, RELU, IDENTITY, leaky_relu(Fraction(1, 4))])))
            sizes = len(layers[-1][1])
        out = random.randint(1, 2)
        rows = [[Fraction(random.choice([0, 1, -1, 2])) for _ in range(out)] for _ in range(sizes)]
        layers.append((rows, [self.weight() for _ in range(out)], IDENTITY))
        network = lf.Network.from_layers(layers)
        options: dict[str, Any] = {name: True for name in ("opposite", "linear") if random.random() < 0.6}
        if random.random() < 0.4:
            options |= {"stable": True, "box": (-1, random.choice([0, 1, 2]))}
        reduction = lf.reduce(network, **options)
        claim = Claim(Net.of(network), Net.of(reduction.model), json.loads(json.dumps(reduction.certificate())))
        nodes = sum(claim.original.sizes)
        for step in claim.steps:
            if step["step"] == "lump":  # as a list, which is easy to change
                step["class_of"] = list(unpack_map("certificate", step["class_of"], nodes))
        return claim


def redone(claim: Claim) -> bool:
    """Carry the steps out by the definitions, whether they are right or not; False if that has no meaning."""
    net = claim.original
    try:
        for step in claim.steps:
            if step["step"] == "lump":
                class_of = step["class_of"]
                if len(class_of) != sum(net.sizes) or list(dict.fromkeys(class_of)) != list(range(max(class_of) + 1)):
                    return False
                net = lumped(net, class_of, {node: Fraction(r) for node, r in step["scales"]})
            elif step["step"] == "drop":
                net = without(net, set(step["nodes"]))
            else:
                net = substituted(net, step["group"], step["nodes"])
    except (IndexError, KeyError, ValueError):
        return False
    if net.sizes[0] != 1 or any(net.sizes[g] != claim.original.sizes[h] for g, h in _ports(net, claim.original)):
        return False
    claim.reduced = net
    return True


def _ports(net: Net, other: Net) -> list[tuple[int, int]]:
    return list(zip([*net.inputs, *net.outputs], [*other.inputs, *other.outputs], strict=True))


def is_wrong(claim: Claim, random: Random) -> bool:
    """Return whether the networks differ at some input of the box that the claim is about."""
    count = sum(claim.original.sizes[g] for g in claim.original.inputs)
    box = claim.fields["box"] or [["-40", "40"]] * count
    if len(box) != count:
        return True
    for k in range(POINTS):
        x = []
        for low, high in ((Fraction(a), Fraction(b)) for a, b in box):
            x.append(random.choice([low, high]) if k < POINTS // 3 else low + (high - low) * random.randint(0, 20) / 20)
        if claim.original.values(x) != claim.reduced.values(x):
            return True
    return False


def outcome_of(claim: Claim) -> str:
    """Return what the checker says of a claim."""
    try:
        certificate = read_network_certificate("certificate", claim.fields)
        verdict = judge(certificate, claim.original.network(), claim.reduced.network())
    except Unreadable:
        return "unreadable"
    return "accepted" if verdict.verified else str(verdict.rule)


def _a_step(maker: Maker, claim: Claim, kind: str) -> dict[str, Any] | None:
    steps = [step for step in claim.steps if step["step"] == kind]
    return maker.random.choice(steps) if steps else None


def other_classes(maker: Maker, claim: Claim) -> None:
    """Move nodes to other classes, or merge two."""
    step, random = _a_step(maker, claim, "lump"), maker.random
    if step is None or len(step["class_of"]) < 2:
        return
    class_of = step["class_of"]
    a, b = random.randrange(len(class_of)), random.randrange(len(class_of))
    if random.random() < 0.5:
        class_of[a] = class_of[b]
    else:
        class_of[:] = [class_of[a] if c == class_of[b] else c for c in class_of]
    number = {c: i for i, c in enumerate(dict.fromkeys(class_of))}
    class_of[:] = [number[c] for c in class_of]
    firsts = {class_of.index(c) for c in set(class_of)}
    step["scales"] = [pair for pair in step["scales"] if pair[0] not in firsts]


def other_scale(maker: Maker, claim: Claim) -> None:
    """Change the scale of a member of a class, also to zero or below."""
    step, random = _a_step(maker, claim, "lump"), maker.random
    if step is None:
        return
    class_of = step["class_of"]
    members = [n for n, c in enumerate(class_of) if class_of.index(c) != n]
    if members:
        node = random.choice(members)
        scales = dict(map(tuple, step["scales"]))
        scales[node] = str(Fraction(scales.get(node, "1")) * random.choice([2, -1, 0, 1 + Fraction(1, 10**15)]))
        step["scales"] = [[n, r] for n, r in sorted(scales.items())]


def opposites_merged(maker: Maker, claim: Claim) -> None:
    """Merge two nodes whose sums are negative multiples, which only a linear function allows."""
    net, offsets = claim.original, claim.original.offsets()
    found = []
    for g, size in enumerate(net.sizes):
        into: list[dict[tuple[int, int], Fraction]] = [{} for _ in range(size)]
        for (s, t), cells in net.arrows.items():
            for (u, v), w in cells.items():
                if t == g and w:
                    into[v][s, u] = w
        for i, j in combinations(range(0 if net.pinned[g] else size), 2):
            a, b = into[i], into[j]
            if a and a.keys() == b.keys():
                factors = {b[key] / a[key] for key in a}
                if len(factors) == 1 and min(factors) < 0:
                    found.append((offsets[g] + i, offsets[g] + j, min(factors)))
    if found:
        i, j, factor = maker.random.choice(found)
        class_of = [*range(j), i, *range(j, offsets[-1] - 1)]
        claim.fields["steps"] = [{"step": "lump", "class_of": class_of, "scales": [[j, str(factor)]]}]


def other_coefficient(maker: Maker, claim: Claim) -> None:
    """Change what a substituted node is said to be."""
    step, random = _a_step(maker, claim, "substitute"), maker.random
    if step is None:
        return
    node = random.choice(step["nodes"])
    if node["inside"] and random.random() < 0.7:
        pair = random.choice(node["inside"])
        pair[1] = str(Fraction(pair[1]) * random.choice([2, -1, 1 + Fraction(1, 10**15)]))
    else:
        node["reason"] = random.choice(["opposite", "linear", "copy", "active", "inactive"])


def another_substitution(maker: Maker, claim: Claim) -> None:
    """Say of some hidden node that it is a copy, never or always active, or another node's opposite."""
    random, net = maker.random, claim.original
    hidden = [g for g, size in enumerate(net.sizes) if size and not net.pinned[g]]
    if not hidden:
        return
    g = random.choice(hidden)
    reason = random.choice(["opposite", "linear", "copy", "active", "inactive"])
    inside = (
        [[random.randrange(net.sizes[g]), random.choice(["1", "1/2", "2"])]] if reason in ("opposite", "linear") else []
    )
    step = {"node": random.randrange(net.sizes[g]), "reason": reason, "inside": inside}
    claim.fields["steps"] = [{"step": "substitute", "group": g, "nodes": [step]}]


def dropped(maker: Maker, claim: Claim) -> None:
    """Drop a node that may be needed."""
    net, random = claim.original, maker.random
    drops = {"step": "drop", "nodes": [random.randrange(sum(net.sizes))]}
    claim.fields["steps"] = [drops] if random.random() < 0.7 else [drops, *claim.steps]


def fewer_steps(maker: Maker, claim: Claim) -> None:
    """Leave a step out."""
    if claim.steps:
        del claim.steps[maker.random.randrange(len(claim.steps))]


def other_box(maker: Maker, claim: Claim) -> None:
    """Claim more than the stable neurons of a box allow."""
    if claim.fields["box"] is not None:
        claim.fields["box"] = maker.random.choice(
            [None, [[str(Fraction(a) - 100), str(Fraction(b) + 100)] for a, b in claim.fields["box"]]]
        )


def other_weight(maker: Maker, net: Net) -> None:
    """Change one weight, a lot or by hardly anything."""
    arrows = [cells for cells in net.arrows.values() if cells]
    if arrows:
        cells = maker.random.choice(arrows)
        key = maker.random.choice([*cells])
        cells[key] += maker.random.choice([1, -cells[key], Fraction(1, 10**15)])


STEPS: dict[str, Callable[[Maker, Claim], None]] = {
    "other classes": other_classes,
    "another scale": other_scale,
    "opposites merged": opposites_merged,
    "another coefficient": other_coefficient,
    "another substitution": another_substitution,
    "a drop": dropped,
    "fewer steps": fewer_steps,
}


def forge(maker: Maker, claim: Claim) -> str:
    """Change a claim, which may do no harm; returns how."""
    random = maker.random
    how = random.choice([*STEPS, *STEPS, "the box", "a weight of the original", "a weight of the file", "a count"])
    if how in STEPS:
        STEPS[how](maker, claim)
        if random.random() < 0.9 and redone(claim):
            claim.bind()
    elif how == "the box":
        other_box(maker, claim)
    elif how == "a weight of the original":
        other_weight(maker, claim.original)
        if random.random() < 0.9:
            reduced = claim.reduced
            if random.random() < 0.5 or not redone(claim):
                claim.reduced = reduced
            claim.bind()
    elif how == "a weight of the file":
        other_weight(maker, claim.reduced)
        if random.random() < 0.5:
            claim.bind()
    else:
        name = random.choice(["nodes", "reduced_nodes"])
        claim.fields[name] += random.choice([-1, 1])
    return how


def networks(random: Random, once: int) -> Iterator[tuple[str, str, bool, Callable[[], str]]]:
    """Yield kind, outcome, whether it is right, and a story: of right certificates, each with `once` forgeries of it.

    Where a forgery computes the same at all inputs that were tried, it may be right, and either outcome is.
    """
    maker = Maker(random)
    while True:
        good = maker.claim()
        yield "network", outcome_of(good), True, lambda good=good: f"right: {good}"
        for _ in range(once):
            bad = good.copy()
            how = forge(maker, bad)
            outcome = outcome_of(bad)
            counts = how == "a count"
            right = outcome == "accepted" and not counts and not is_wrong(bad, random)
            yield "network", outcome, right, lambda bad=bad, how=how: f"{how}: {bad}"
