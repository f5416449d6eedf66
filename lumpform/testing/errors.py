"""Defines how the kit reports, and how it searches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException

from lumpform.theorems.run import searching
from lumpform.theorems.show import show_model


class ConformanceError(AssertionError):
    """Reports a counterexample: one line that says what is wrong, then the model and what was answered.

    Attributes
    ----------
    property : str
        Which property does not hold.
    model : MarkovChain, MDP or Network
        The smallest model found on which it does not.
    nodes : int
        Its number of nodes, the unit node of a network not counted.
    """

    def __init__(self, found: Finding) -> None:
        super().__init__(f"{found.property}: {found.reason}\n{_shown(found.model)}\n{found.answer}".rstrip())
        self.property, self.model = found.property, found.model
        nodes = found.model.weighted_graph().nodes
        self.nodes: int = nodes - 1 if found.model.domain == "network" else nodes


def _shown(model: Any) -> str:
    """Return a model in words: a process as its choices, one a line."""
    if model.domain != "mdp":
        return show_model(model)
    lines = [repr(model).strip("<>")]
    for state in range(model.states):
        for choice in model.choices_of(state):
            targets = ", ".join(f"{weight} to {target}" for target, weight in model.transitions.row(choice))
            rates = " (rates)" if model.markovian[choice] else ""
            lines.append(f"state {state}: {model.action(choice) or 'a choice'}{rates}: {targets}")
    return "\n".join(lines)


class Finding(Exception):
    """Carries a violated property out of the search."""

    def __init__(self, what: str, model: Any, reason: str, answer: str = "") -> None:
        super().__init__(reason)
        self.property, self.model, self.reason, self.answer = what, model, reason, answer


def search(attempt: Callable[[st.DataObject], None], examples: int) -> None:
    """Run an attempt on drawn data, always in the same order; what it raises last is the smallest counterexample.

    Any exception of the function under test counts: it is part of its answer.

    Raises
    ------
    ConformanceError
    """

    @searching(examples)
    @given(st.data())
    def run(data: st.DataObject) -> None:
        attempt(data)

    try:
        run()
    except Finding as found:
        raise ConformanceError(found) from found.__cause__
    except HypothesisException as error:
        raise RuntimeError(f"the search could not be made: {error}") from error


def ask(function: Callable[..., Any], model: Any, *arguments: Any) -> Any:
    """Return the function's answer; an exception of it is a finding."""
    try:
        return function(*arguments)
    except Exception as error:
        raise Finding("answers", model, f"it raised {type(error).__name__}: {error}") from error
