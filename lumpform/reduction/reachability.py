"""Proves that a chain or decision process reaches a label with at most some probability: by values no step increases.

Values x that are not negative, at least 1 on the label, and elsewhere at least the mean of x after a step bound the
probability of reaching the label from every state, since it is the least such vector; of a decision process after every
choice (the largest probability) or after one of them (the smallest).

Exact probabilities are such values. Those of many states have long numbers, so that there x is the solution in floats
plus a small multiple of the expected number of steps: it is one more than its mean after a step, which leaves room for
rounding. What the checker will check is checked here in exact arithmetic.

References
----------
.. [1] Baier, Klein, Leuschner, Parker, Wunderlich, *Ensuring the reliability of your model checker: interval iteration
   for Markov decision processes*, CAV (2017).
.. [2] Chatterjee, Quatmann, Schaeffeler, Weininger, Winkler, Zilken, *Fixed point certificates for reachability and
   expected rewards in MDPs*, TACAS (2025).
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.certificates.format import Certificate
from lumpform.certificates.reachability import reachability_certificate
from lumpform.certificates.shown import ShownCertificate
from lumpform.chains.analysis.sparse import MSystem
from lumpform.chains.analysis.uniformise import uniformised
from lumpform.chains.chain import MarkovChain
from lumpform.display.words import with_article
from lumpform.errors import ModelError, OptionError
from lumpform.lumping.lumping import Lumping
from lumpform.mdps.iteration import best_of, float_matrix, of_choices
from lumpform.mdps.mdp import MDP
from lumpform.mdps.objective import Objective, Optimise, objective_of
from lumpform.mdps.optimal import improve_in_floats, optimal_values
from lumpform.mdps.parts import Parts
from lumpform.mdps.policy import first_scheduler
from lumpform.numbers.field import require_numbers
from lumpform.numbers.rational import not_negative

EXACT_STATES = 300
"""Undecided states up to which values are exact."""

LONG_BITS = 1000
"""Bits of exact values beyond which rounded ones are taken."""

SLACKS = (48, 42, 36, 30, 24)
"""Minus the binary exponents of the multiples of the number of steps that are added, the smallest that works."""

ROUNDS = 20
"""Values that are still too small are raised this many times."""


def certify_reachability(
    model: MarkovChain | MDP, goal: str, *, optimise: Optimise = "max", bound: Any = None
) -> Certificate:
    """Return the certificate that a label is reached from the initial distribution with at most some probability.

    Parameters
    ----------
    model : MarkovChain or MDP
        With an initial distribution; as a rule a quotient: the checker judges the certificate together with that of the
        lumping, and says what follows for the original.
    goal : str
        A label.
    optimise : {"max", "min"}
        Of an MDP: under every scheduler, or under some scheduler.
    bound : exact number, optional
        What to prove; by default the least probability for which there is a proof, the exact one if at most 300 states
        are neither sure to reach the label nor sure not to.

    Returns
    -------
    dict
        Ready for `lumpform.certificates.format.write_certificate` or `json.dumps`.

    Raises
    ------
    OptionError
        For a label that the model has not, or a bound that the values found are not below.
    ModelError
        For parameters, no initial distribution, other kinds of processes, or if no values are found.

    Notes
    -----
    T20 (an inductive upper bound of the classes bounds the states), for chains T3. O(m) exact operations, after exact
    policy iteration or two sparse LU factorisations in floats. Number type: exact.
    """
    process = _as_process(model)
    objective = objective_of(process, goal, optimise=optimise)
    if process.choices == process.states:  # both are one, and of the smallest the graph decides more quickly
        objective = replace(objective, maximise=False)
    initial: Any = process.initial
    if initial is None:
        raise ModelError("no initial distribution, expected one: the bound is about it")
    values = _exact(objective, goal) or _rounded(objective)
    least = sum((p * values[s] for s, p in enumerate(initial.fractions()) if p), Fraction(0))
    wanted = least if bound is None else not_negative(bound, "the bound")
    if wanted < least:
        raise OptionError(f"no proof that {goal!r} is reached with at most {wanted}: the values found give {least}")
    found = reachability_certificate(model, goal, optimise=optimise, bound=wanted, values=values)
    return ShownCertificate(found)


def _as_process(model: Any) -> MDP:
    """Return a process that reaches labels with the same probabilities: a chain has one choice in every state."""
    if isinstance(model, MDP):
        if model.kind != "mdp":
            raise ModelError(f"found a process of the kind {model.kind}, expected a chain or one of the kind mdp")
        return model
    if not isinstance(model, MarkovChain):
        hint = ": its .quotient, or .original" if isinstance(model, Lumping) else ""
        raise OptionError(f"found {with_article(type(model).__name__)}, expected a MarkovChain or an MDP{hint}")
    require_numbers("a bound", model.field)
    chain = uniformised(model) if model.kind == "ctmc" and model.states else model
    first = np.arange(model.states + 1, dtype=np.int64)
    return MDP(Parts(chain.weights, first, "mdp", labels=model.labels, initial=model.initial))


def _exact(objective: Objective, goal: str) -> list[Fraction] | None:
    """Return the exact probabilities, unless there are many undecided states or long numbers."""
    if np.count_nonzero(~objective.known[0]) > EXACT_STATES:
        return None
    values = optimal_values(objective.mdp, reach=goal, optimise="max" if objective.maximise else "min").values
    return values if all(v.denominator.bit_length() <= LONG_BITS for v in values) else None


def _rounded(objective: Objective) -> list[Fraction]:
    """Return values that are binary fractions, a little above the probabilities."""
    value, steps = _float_solution(objective)
    for slack in SLACKS:
        digits = slack + 8
        found = _raised(objective, np.maximum(value + steps * 2.0**-slack, 0.0).tolist(), 1 << digits)
        if found is not None:
            return [Fraction(x, 1 << digits) for x in found]
    raise ModelError("no values were found for a bound: rounding takes more than floats can tell apart")


def _float_solution(objective: Objective) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the values of a good scheduler in floats, and the expected steps until the graph decides."""
    from scipy.sparse import eye_array

    matrix, _ = float_matrix(objective)
    scheduler = first_scheduler(objective)
    if objective.mdp.choices > objective.mdp.states:
        improve_in_floats(objective, scheduler)
    known, decided = objective.known
    value, steps = np.array([float(v or 0) for v in decided]), np.zeros(len(decided))
    unknown = np.flatnonzero(~known)
    if unknown.size:
        rows = matrix[scheduler[unknown]]
        system = MSystem((eye_array(len(unknown), format="csr") - rows[:, unknown]).tocsr())
        value[unknown], steps[unknown] = system.solve(rows @ value), system.solve(np.ones(len(unknown)))
    if not np.isfinite(value + steps).all():
        raise ModelError("no values were found for a bound: a float linear system was not solved")
    return value, steps


def _raised(objective: Objective, start: list[float], one: int) -> list[int] | None:
    """Return multiples of 1 / one that no step increases, from some values that are raised where needed, or None."""
    known = objective.known[1]
    values = [
        min(ceil(Fraction(x) * one), one) if decided is None else int(decided) * one
        for x, decided in zip(start, known, strict=True)
    ]
    for _ in range(ROUNDS):
        after = best_of(objective, of_choices(objective, values))
        low = [s for s, mean in enumerate(after) if mean > values[s]]
        if not low:
            return values
        for state in low:
            values[state] = ceil(after[state])
    return None
