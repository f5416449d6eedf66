"""Writes down that a label is reached with at most some probability: values that no step increases.

Version 2, defined in docs/certificate-reachability.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from lumpform.certificates.digest import bound_to
from lumpform.certificates.format import GENERATOR, Certificate, first_fields


def reachability_certificate(
    model: Any, goal: str, *, optimise: str, bound: Fraction, values: Sequence[Fraction]
) -> Certificate:
    """Return the certificate that a model reaches a label with at most some probability.

    Parameters
    ----------
    model : MarkovChain or MDP
    goal : str
        The label.
    optimise : {"max", "min"}
        Under every scheduler, or under some.
    bound : Fraction
    values : sequence of n Fractions
        Not negative, at least 1 where the label is, and elsewhere at least the mean value after a step.

    Returns
    -------
    dict
        Ready for `lumpform.certificates.format.write_certificate`. That it holds is not checked here.
    """
    return {
        **first_fields("reachability"),
        "model": bound_to(model),
        "states": model.states,
        "goal": goal,
        "optimise": optimise,
        "bound": str(bound),
        "values": [str(value) for value in values],
        "generator": dict(GENERATOR),
    }
