"""Answers why two states are not in one class: by a shortest experiment that tells them apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from lumpform.errors import OptionError
from lumpform.graph.kinds import Kind
from lumpform.graph.views import View
from lumpform.lumping.questions.experiment import Experiment, Together
from lumpform.lumping.questions.explain import explain
from lumpform.lumping.questions.history import History
from lumpform.lumping.questions.question import Question
from lumpform.lumping.questions.why_network import NetworkExperiment, why_network
from lumpform.lumping.search import search


def why(
    model: Any,
    s: int | str,
    t: int | str,
    kind: Kind | None = None,
    *,
    view: View | None = None,
    semantics: Literal["generator", "rates"] = "generator",
    respect: str | Iterable[str] | None = None,
) -> Experiment | NetworkExperiment | Together:
    """Return a shortest experiment that tells two states apart, or say that they are in one class.

    States are parted in rounds: at first by what is respected, then, all classes at the same time, by the sums over
    the classes of the round before. Two states that part in round k look alike for k - 1 steps, so that no experiment
    with fewer rounds parts them.

    Parameters
    ----------
    model : MarkovChain, MDP, WeightedAutomaton, Network or WeightedGraph
    s, t : int or str
        States by their numbers or names; neurons by their numbers as nodes, or as ``group:number``.
    kind : {"ordinary", "exact", "strict", "proportional-exact"}, optional
        The first one of the model's `kinds` by default. Of chains, proportional-exact is the exact kind with weights
        scaled by the stationary distribution (T9); the others with scales have no rounds to show.
    view : View, optional
        Of a WeightedGraph: one of equal sums.
    semantics : {"generator", "rates"}
        Which matrix of a CTMC.
    respect : name or iterable of {"labels", "rewards", "initial", "actions"}, optional
        What may be seen at once; by default what the kind's theorem needs.

    Returns
    -------
    Experiment, NetworkExperiment or Together
        Together is false as a truth value. O(depth * (edges + n log n)), all of it exact. Of a network see
        `lumpform.lumping.questions.why_network`.

    Raises
    ------
    OptionError
        If there is no such state, or an option has a value that is not allowed.
    ModelError
        If the kind does not apply to the model.
    """
    question = Question.ask(model, kind, view, semantics, respect)
    node, other = question.node_of(s), question.node_of(t)
    start = question.start
    if question.view.normal == "function":
        return why_network(question, node, other)
    if not question.view.equal:
        how = "up to factors" if question.view.scales else "without the own class"
        raise OptionError(f"the kind {question.kind!r} compares sums {how}, expected one of equal sums")
    if start.class_of[node] == start.class_of[other]:
        whole = search(question.graph, start, question.view, None, {}).partition
        if whole.class_of[node] == whole.class_of[other]:
            return Together(question, node, other)
    history = History(question.graph, question.view, start)
    while history.parted(node, other) is None:
        history.advance()
    return explain(question, history, node, other)
