"""Goes from two chains and epsilon to a verdict: is every step within epsilon of the row of its class? Rule A1."""

from __future__ import annotations

from .. import rules
from ..certificate import unpack
from ..classes import Classes
from ..failure import fail
from ..limits import DEFAULT, Limits
from ..members import check_map
from ..models import Model
from ..rational import Pair, reduced, show
from ..sums import Coefficients, Monomials, Sums, row_denominator, shared_denominator
from ..verdict import Verdict, Violation
from ..words import counted
from .certificate import ApproximationCertificate

RULES = ("R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "A1", "R12", "R13", "R14")
"""In the order in which they are checked; all but A1 are those of a lumping."""


def judge_approximation(
    certificate: ApproximationCertificate, original: Model, smaller: Model, limits: Limits = DEFAULT
) -> Verdict:
    """Judge a certificate about two chains that are in memory.

    Raises
    ------
    Unreadable
        If a chain has parameters, or the packed map of the certificate cannot be unpacked.
    TooLarge
        If numbers are beyond the limits.

    Notes
    -----
    O(transitions of the original + states times transitions of a row of the smaller chain).
    """
    for model in (original, smaller):
        if model.matrix.weights.parametric:
            fail(model.path, "", "weights that depend on parameters", "numbers, of which distances are known")
    try:
        rules.check_bindings(certificate, original, smaller)
        classes = check_map(unpack(certificate, limits), certificate.states, certificate.classes)
        rules.check_respect(certificate, original, classes)
        farthest, state = check_steps(certificate.epsilon, original, smaller, classes)
        rules.check_labels(original, smaller, classes)
        rules.check_rewards(certificate, original, smaller, classes)
        rules.check_initial(original, smaller, classes)
    except Violation as found:
        return found.verdict
    if original.kind == "dtmc":
        per, what, over = "step", "one step differs by at most e = {}{}", "1 - (1 - e)^k after k steps"
    else:
        per, what = "unit of time", "rates differ by at most e = {}{} per unit of time"
        over = "1 - exp(-e t) at time t"
    what = what.format(show(farthest), f" (state {state})" if farthest[0] else "")
    return Verdict(
        True,
        None,
        f"within {show(certificate.epsilon)} per {per}: {certificate.kind} lumping of a {original.kind} with "
        f"{counted(original.states, 'state')} into {counted(smaller.states, 'class')}, respecting "
        f"{certificate.respects}; in total variation {what}, so distributions on classes by at most {over}",
    )


def check_steps(epsilon: Pair, original: Model, smaller: Model, classes: Classes) -> tuple[Pair, int]:
    """Check A1; returns the largest distance and the first state that has it."""
    monomials = Monomials([original.matrix.weights, smaller.matrix.weights])
    own = original.kind == "dtmc"  # the entry of a generator on the diagonal is minus the sum of the others
    large = Sums(original.matrix, classes.class_of, monomials, own=own)
    small = Sums(smaller.matrix, range(classes.count), monomials, own=own)
    common = shared_denominator(large, small)
    farthest, first = (0, 1), 0
    for c in classes:
        for s in classes.members(c):
            denominator = row_denominator(common, (large, s), (small, c))
            distance = apart(large.of(s, denominator), small.of(c, denominator))
            if distance * farthest[1] > farthest[0] * denominator:
                farthest, first = reduced(distance, denominator), s
            if distance * epsilon[1] > epsilon[0] * denominator:
                found = show(reduced(distance, denominator))
                raise Violation(
                    "A1",
                    f"{'one step' if own else 'the rates'} of state {s} differ{'s' if own else ''} by {found} from the "
                    f"row of class {c} in total variation, "
                    f"expected at most {show(epsilon)}",
                    state=s,
                    distance=found,
                    **{"class": c},
                )
    return farthest, first


def apart(one: Coefficients, other: Coefficients) -> int:
    """Return the total variation distance of two rows, as a numerator.

    What is in one and more than in the other, and what is less; both are the same if sums are, and if the sum over the
    own class is left out the larger one counts.
    """
    more = less = 0
    for key in one.keys() | other.keys():
        difference = one.get(key, 0) - other.get(key, 0)
        if difference > 0:
            more += difference
        else:
            less -= difference
    return max(more, less)
