"""Answers why two states are not in one class: by a shortest experiment that tells them apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

import numpy as np

from lumpform.graph.graph import WeightedGraph
from lumpform.graph.kinds import Kind
from lumpform.graph.partition import Partition
from lumpform.graph.views import View
from lumpform.lumping.foreign import require_model
from lumpform.lumping.lump import LumpableModel
from lumpform.lumping.questions.experiment import Experiment, Together
from lumpform.lumping.questions.explain import explain
from lumpform.lumping.questions.history import History
from lumpform.lumping.questions.question import Question
from lumpform.lumping.search import search
from lumpform.numbers.keywords import keywords_checked


@keywords_checked
def why(
    model: LumpableModel | WeightedGraph,
    s: int | str,
    t: int | str,
    kind: Kind | None = None,
    *,
    view: View | None = None,
    semantics: Literal["generator", "rates"] = "generator",
    respect: str | Iterable[str] | None = None,
) -> Experiment | Together:
    """Return a shortest experiment that tells two states apart, or say that they are in one class.

    States are parted in rounds: at first by what is respected, then, all classes at the same time, by the sums over
    the classes of the round before. Two states that part in round k look alike for k - 1 steps, so that no experiment
    with fewer rounds parts them. Where scales count, the rounds are the steps of T0: a node is zero until something
    reaches it, and has its scale from then on; the constants of a network are known from the beginning.

    Parameters
    ----------
    model : MarkovChain, MDP, WeightedAutomaton, Network or WeightedGraph
    s, t : int or str
        States by their numbers or names; neurons by their numbers as nodes, or as ``group:number``.
    kind : {"ordinary", "exact", "strict", "proportional", "proportional-exact", "proportional-exact-one-sided"}
        The first one of the model's `kinds` by default. Of chains, proportional-exact is the exact kind with weights
        scaled by the stationary distribution (T9).
    view : View, optional
        Of a WeightedGraph.
    semantics : {"generator", "rates"}
        Which matrix of a CTMC.
    respect : name or iterable of {"labels", "rewards", "initial", "actions"}, optional
        What may be seen at once; by default what the kind's theorem needs.

    Returns
    -------
    Experiment or Together
        Together is false as a truth value. O(depth * (edges + n log n)), all of it exact; where sums are compared up to
        factors these are operations on exact numbers.

    Raises
    ------
    OptionError
        If there is no such state, or an option has a value that is not allowed.
    ModelError
        If the kind does not apply to the model.
    """
    question = Question.ask(require_model(model, "why", ", s, t"), kind, view, semantics, respect)
    node, other = question.node_of(s), question.node_of(t)
    start, view = question.start & question.graph.coarsest, question.view
    constants = view.normal == "function" and question.graph.unit is not None
    if constants or start.class_of[node] == start.class_of[other]:
        found = search(question.graph, question.start, view, None, {})
        if found.partition.class_of[node] == found.partition.class_of[other]:
            return Together(question, node, other)
        question = replace(question, known=found if constants else None)
    history = History(question.graph, view, _start(question, start), question.constants)
    while history.parted(node, other) is None:
        if history.stable:
            raise AssertionError("nodes are in two classes of the coarsest lumping, and no round parts them")
        history.advance()
    return explain(question, history, node, other)


def _start(question: Question, start: Partition) -> Partition:
    """Return the classes before any round: constants in one, and what softmax mixes alone."""
    labels = start.class_of.astype(np.int64)
    for g in question.graph.groups if question.view.weighted else ():
        first = question.graph.offset(g.name)
        if g.function.couples:
            labels[first : first + g.size] = start.count + np.arange(first, first + g.size)
    labels[np.fromiter(question.constants, dtype=np.int64)] = -1
    return Partition(labels)
