"""Checks the rules R1 to R14 in their order, those on maps by way of members.py. docs/certificate.md, section 5."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable
from typing import Any

from .arrays import OFFSET
from .canonical import digest
from .certificate import Certificate
from .classes import Classes
from .columns import row_sums
from .members import check_carried, check_constant, check_values
from .models import Column, Model
from .polynomial import Number, show, times, total
from .progress import tell
from .sides import Side, check_no_loops
from .verdict import Violation

RULES: dict[str, str] = {
    "R1": "the original model has the digest in the certificate",
    "R2": "the reduced model has the digest in the certificate",
    "R3": "both models are of one kind",
    "R4": "the numbers of states and classes are those of the models, and the map has one entry for each state",
    "R5": "classes are numbered by their first members, and none is empty",
    "R6": "labels are constant on classes, if the certificate respects labels",
    "R7": "rewards are constant on classes, if the certificate respects rewards",
    "R8": "the initial distribution is constant on classes, if the certificate respects it",
    "R9": "states of one class have equal sums into every class (ordinary, strict)",
    "R10": "states of one class have equal sums from every class (exact, strict)",
    "R11": "the reduced model's weights are those of the quotient",
    "R12": "the reduced model has exactly the labels that are constant on classes",
    "R13": "the reduced model has exactly the rewards that the quotient carries",
    "R14": "the reduced model's initial distribution is the original's, summed over classes",
    "R15": "scales belong to states, are positive, and 1 for the first state of a class",
    "R16": "states of one class have sums that are proportional to their scales",
}


def check_bindings(
    certificate: Certificate, original: Any, smaller: Any, digest: Callable[[Any], str] = digest
) -> None:
    """Check R1 to R4: the certificate is about these two models, whose canonical form `digest` hashes."""
    said = (certificate.original_digest, certificate.reduced_digest)
    kinds = (certificate.original_kind, certificate.reduced_kind)
    for rule, model, wanted, kind, what in zip(
        ("R1", "R2"), (original, smaller), said, kinds, ("original", "reduced"), strict=True
    ):
        if model.kind != kind:
            raise Violation(
                rule, f"the {what} model is a {model.kind}, the certificate is about a {kind}", found=model.kind
            )
        tell(f"computing the digest of the {what} model")
        found = digest(model)
        if found != wanted:
            raise Violation(
                rule, f"the {what} model has the digest {found}, the certificate is about {wanted}", found=found
            )
    if original.kind != smaller.kind:
        raise Violation("R3", f"the original is a {original.kind}, the reduced model a {smaller.kind}")
    check_counts(
        (certificate.states, original.states, "states of the original"),
        (certificate.classes, smaller.states, "states of the reduced model"),
    )


def check_counts(*counts: tuple[int, int, str]) -> None:
    """Check R4: what a certificate counts is what there is, and of what."""
    for count, actual, what in counts:
        if count != actual:
            raise Violation(
                "R4", f"the certificate counts {count}, there are {actual} {what}", found=count, expected=actual
            )


def check_respect(certificate: Certificate, original: Model, classes: Classes) -> None:
    """Check R6 to R8: what the certificate says is respected is constant on classes."""
    if "labels" in certificate.respect:
        for name in sorted(original.labels):
            pair = classes.split_by(original.labels[name])
            if pair is not None:
                raise Violation(
                    "R6",
                    f"states {pair[0]} and {pair[1]} are in one class, but only one has the label {name!r}",
                    states=pair,
                    label=name,
                )
    if "rewards" in certificate.respect:
        for name in sorted(original.rewards):
            check_constant("R7", f"reward {name!r}", original.rewards[name], classes)
    if "initial" in certificate.respect and original.initial is not None:
        check_constant("R8", "initial probability", original.initial, classes)


def check_weights(certificate: Certificate, original: Model, smaller: Model, classes: Classes) -> None:
    """Check R9 to R11."""
    generator = original.kind == "ctmc" and certificate.semantics == "generator"
    if original.kind == "ctmc" and certificate.semantics == "rates" and certificate.kind == "exact":
        check_exit_rates(original, classes)
    sides = {"ordinary": (False,), "exact": (True,), "strict": (False, True)}[certificate.kind]
    wrong = [Side(original, smaller, classes, incoming=side, generator=generator).check() for side in sides]
    for violation in wrong:
        if violation is not None:
            raise violation
    if generator:
        check_no_loops(smaller)


def check_exit_rates(original: Model, classes: Classes) -> None:
    """Check R10 for a rate matrix: a class is left at one rate, or the distribution does not stay uniform."""
    exits = row_sums(original.matrix)
    pair = classes.not_constant(exits.codes)
    if pair is not None:
        one, other = show(exits.value(pair[0])), show(exits.value(pair[1]))
        raise Violation(
            "R10",
            f"states {pair[0]} and {pair[1]} are in one class, but their exit rates are {one} and {other}",
            states=pair,
            sums=(one, other),
        )


def check_labels(original: Model, smaller: Model, classes: Classes) -> None:
    """Check R12."""
    expected = {}
    for name, states in original.labels.items():
        if classes.split_by(states) is None:
            expected[name] = array(OFFSET, sorted({classes.class_of[s] for s in states}))
    for name in sorted(expected.keys() | smaller.labels.keys()):
        wanted, found = expected.get(name), smaller.labels.get(name)
        if wanted is None:
            why = "is not constant on classes" if name in original.labels else "is not in the original"
            raise Violation("R12", f"the reduced model has the label {name!r}, which {why}", label=name)
        if found is None:
            raise Violation(
                "R12", f"the reduced model lacks the label {name!r}, which is constant on classes", label=name
            )
        if wanted != found:
            c = min(set(wanted) ^ set(found))
            state = "carries" if c in set(found) else "lacks"
            raise Violation(
                "R12",
                f"class {c} of the reduced model {state} the label {name!r}, unlike its members",
                label=name,
                **{"class": c},
            )


def check_rewards(certificate: Certificate, original: Model, smaller: Model, classes: Classes) -> None:
    """Check R13."""
    mean = _mean if certificate.kind == "exact" else None
    check_carried(original.rewards, smaller.rewards, classes, mean=mean)


def check_initial(original: Model, smaller: Model, classes: Classes) -> None:
    """Check R14."""
    if original.initial is None or smaller.initial is None:
        if original.initial is smaller.initial:
            return
        has, lacks = ("reduced model", "original") if original.initial is None else ("original", "reduced model")
        raise Violation("R14", f"the {has} has an initial distribution, the {lacks} has none")
    parts: dict[int, list[Number]] = {}
    tell("adding up initial probabilities")
    for (c, code), count in Counter(zip(classes.class_of, original.initial.codes, strict=True)).items():
        parts.setdefault(c, []).append(times(original.initial.table[code], (count, 1)))
    check_values("R14", "the initial probability", smaller.initial, lambda c: total(parts[c]), classes)


def _mean(column: Column, classes: Classes, c: int) -> Number:
    counts = Counter(column.codes[s] for s in classes.members(c))
    whole = total(times(column.table[code], (count, 1)) for code, count in counts.items())
    return times(whole, (1, classes.size(c)))
