"""Judges that a label is reached with at most some probability, by values of the reduced model. Rules B1 to B7.

Defined in docs/certificate-reachability.md. The reduction is judged before, by its own certificate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .canonical import digest
from .certificate import Source, bound_to, check_generator, read_fields
from .effort import FREE_BITS, spend, words
from .failure import fail, printable
from .limits import DEFAULT, Limits
from .models import Model
from .processes.canonical import digest as process_digest
from .processes.process import Process
from .rational import Pair, bounded_denominator, scaled, show
from .verdict import Verdict, Violation
from .words import counted

DOMAIN, VERSION = "reachability", 2

FIELDS = ("format", "version", "domain", "model", "states", "goal", "optimise", "bound", "values", "generator")

RULES: dict[str, str] = {
    "B1": "the bound is about the reduced model",
    "B2": "there is one value for each state of the reduced model",
    "B3": "the lumping is one that keeps the probability of reaching a label: ordinary or strict",
    "B4": "the reduced model has the label, and an initial distribution",
    "B5": "no value is negative, and those of states with the label are at least 1",
    "B6": "elsewhere the mean value after a step is at most the value: for every choice (max) or for one (min)",
    "B7": "the mean value of the initial distribution is at most the bound",
}


@dataclass(frozen=True)
class Bound:
    """Holds the fields of a certificate that a label is reached with at most some probability."""

    path: str
    kind: str
    digest: str
    states: int
    goal: str
    optimise: str
    bound: Pair
    values: list[Pair]


def read_bound(path: str, limits: Limits = DEFAULT) -> Bound:
    """Return the bound in a file. Raises `Unreadable` unless its form is that of version 2."""
    fields = read_fields(path, limits, {DOMAIN: VERSION})
    source = Source(path, limits)
    source.named(fields, FIELDS)
    check_generator(source, fields["generator"])
    kind, wanted = bound_to(source, "model", fields["model"], ("dtmc", "ctmc", "mdp"))
    if not isinstance(fields["goal"], str):
        source.fail("goal", str(type(fields["goal"]).__name__), "the name of a label")
    values = source.list_of("values", fields["values"])
    return Bound(
        path=path,
        kind=kind,
        digest=wanted,
        states=source.count("states", fields["states"]),
        goal=fields["goal"],
        optimise=source.one_of("optimise", fields["optimise"], ("max", "min")),
        bound=source.number("bound", fields["bound"]),
        values=[source.number(f"values[{state}]", value) for state, value in enumerate(values)],
    )


def judge_bound(
    paths: tuple[str, str, str],
    bound_path: str,
    fields: dict[str, Any],
    reduction: Verdict,
    read: Callable[[str, str], Model],
    limits: Limits,
) -> Verdict:
    """Judge a bound about the reduced model of a verified reduction, and say what follows for the original.

    Parameters
    ----------
    paths : tuple of str
        The original, the reduced model, and the certificate of the reduction.
    bound_path : str
    fields : dict
        Those of the certificate of the reduction.
    reduction : Verdict
        What is said of it: verified.
    read : callable
        Reads a model, given its path and its kind.
    limits : Limits
    """
    bound = read_bound(bound_path, limits)
    try:
        if bound.kind != fields["reduced"]["kind"] or bound.digest != fields["reduced"]["digest"]:
            raise Violation("B1", "the bound is about another model than the certificate of the reduction")
        if fields["kind"] not in ("ordinary", "strict"):
            raise Violation("B3", f"the kind {fields['kind']} does not keep the probability of reaching a label")
        check_bound(bound, read(paths[1], bound.kind))
    except Violation as found:
        return found.verdict
    under = {"max": " under every scheduler", "min": " under some scheduler"}[bound.optimise]
    return Verdict(
        True,
        None,
        f"from the initial distribution of {printable(paths[0], 300)}, the probability to reach "
        f"{printable(bound.goal)!r}{under if bound.kind == 'mdp' else ''} is at most {show(bound.bound)}: "
        f"{counted(bound.states, 'value')} of the reduced model, and {reduction.reason}",
    )


def check_bound(bound: Bound, model: Model) -> None:
    """Check B1, B2 and B4 to B7 for the reduced model; raises the first violation.

    O(m) exact operations for m transitions.
    """
    found = process_digest(model) if isinstance(model, Process) else digest(model)
    if model.kind != bound.kind or found != bound.digest:
        raise Violation("B1", f"the reduced model has the digest {found}, the bound is about {bound.digest}")
    if not bound.states == len(bound.values) == model.states:
        raise Violation(
            "B2",
            f"the bound has {len(bound.values)} values and counts {bound.states} states, the reduced model has "
            f"{model.states}",
        )
    if model.matrix.weights.parametric:
        fail(model.path, "", "parameters", "a model with numbers, for a bound")
    if bound.goal not in model.labels or model.initial is None:
        missing = "no initial distribution" if bound.goal in model.labels else f"no label {bound.goal!r}"
        raise Violation("B4", f"the reduced model has {missing}")
    below = bounded_denominator({d for _, d in bound.values})
    values = scaled(bound.values, below)
    goal = set(model.labels[bound.goal])
    for state, value in enumerate(values):
        least = below if state in goal else 0
        if value < least:
            raise Violation(
                "B5", f"state {state} has the value {show(bound.values[state])}, expected {least // below} or more"
            )
    _check_inductive(bound, model, goal, values)
    _check_start(bound, model, values, below)


def _check_inductive(bound: Bound, model: Model, goal: set[int], values: list[int]) -> None:
    """Check B6: sums of weights times values against the sum of weights (1, or an exit rate) times the value."""
    matrix = model.matrix
    table = matrix.weights.table
    numbers = scaled(table, bounded_denominator({d for _, d in table}))
    longest = [max(listed, key=int.bit_length, default=0) for listed in (numbers, values)]
    if max(map(int.bit_length, longest)) > FREE_BITS:
        spend(words(longest[0]) * words(longest[1]) * len(matrix.indices))
    first = model.first if isinstance(model, Process) else range(model.states + 1)
    for state in range(model.states):
        choices = range(first[state], first[state + 1])
        if state in goal:
            continue
        failing = [c for c in choices if _exceeds(matrix, numbers, values, c, values[state])]
        if failing and (bound.optimise == "max" or len(failing) == len(choices)):
            which = f" after its choice {failing[0] - first[state]}" if isinstance(model, Process) else " after a step"
            if bound.optimise == "min" and isinstance(model, Process):
                which = " after each of its choices"
            raise Violation(
                "B6",
                f"the mean value{which} is above the value of state {state}, {show(bound.values[state])}",
                state=state,
            )


def _exceeds(matrix: Any, numbers: list[int], values: list[int], row: int, own: int) -> bool:
    """Tell whether a row's weights times values sum to more than the same weights times one value."""
    span = range(matrix.indptr[row], matrix.indptr[row + 1])
    return sum(numbers[matrix.weights.codes[e]] * (values[matrix.indices[e]] - own) for e in span) > 0


def _check_start(bound: Bound, model: Model, values: list[int], below: int) -> None:
    """Check B7."""
    initial: Any = model.initial
    common = bounded_denominator({d for _, d in initial.table})
    weights = scaled(initial.table, common)
    mean = sum(weights[code] * values[state] for state, code in enumerate(initial.codes) if weights[code])
    above, under = bound.bound
    if mean * under > above * below * common:
        raise Violation("B7", f"the mean value of the initial distribution is above the bound {show(bound.bound)}")
