"""Answers whether a partition that somebody has is a lumping: with a proof, or with what refutes it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import OptionError
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.kinds import Kind
from lumpform.graph.partition import Partition
from lumpform.graph.views import View
from lumpform.lumping.certify import certify
from lumpform.lumping.definition import Definition, lumpable
from lumpform.lumping.difference import Difference
from lumpform.lumping.flat import seen_arrows
from lumpform.lumping.foreign import require_model
from lumpform.lumping.lump import LumpableModel, rescaled_back
from lumpform.lumping.lumping import Lumping
from lumpform.lumping.questions.forced import forced_scales
from lumpform.lumping.questions.history import turns_of
from lumpform.lumping.questions.one_round import split
from lumpform.lumping.questions.question import Question
from lumpform.lumping.questions.refuted import Refuted
from lumpform.lumping.search import Found
from lumpform.numbers.keywords import keywords_checked
from lumpform.numbers.residues import modulo

M = TypeVar("M", bound=LumpableModel | WeightedGraph)


@keywords_checked
def is_lumping(
    model: M,
    partition: Partition | Sequence[int] | NDArray[Any],
    kind: Kind | None = None,
    *,
    view: View | None = None,
    semantics: Literal["generator", "rates"] = "generator",
    respect: str | Iterable[str] | None = None,
) -> Lumping[M] | Difference:
    """Return the lumping that a partition is, certified; or the difference that refutes it, which is false.

    Parameters
    ----------
    model : MarkovChain, MDP, WeightedAutomaton, Network or WeightedGraph
    partition : Partition, or one class number for each
        Of the states; of a network or graph, of all nodes. Choices of a decision process are put together as far as
        their sums over the classes of states allow: states of a class need equal sets of what is left.
    kind : {"ordinary", "exact", "strict", "proportional", "proportional-exact", "proportional-exact-one-sided"}
        The first one of the model's `kinds` by default.
    view : View, optional
        Of a WeightedGraph.
    semantics : {"generator", "rates"}
        Which matrix of a CTMC.
    respect : name or iterable of {"labels", "rewards", "initial", "actions"}, optional
        What must be constant on classes; by default what the kind's theorem needs.

    Returns
    -------
    Lumping or Difference
        Scales, for the kinds that have any, are those that the partition forces. The difference names two states (or
        nodes) of one class, as the caller counts them, and a class with both exact sums, or what else differs; its
        text says it in the words of the model. Equal sums: one pass over the edges modulo each of a few primes, and
        O(n). Other kinds: O(edges) exact operations.

    Raises
    ------
    OptionError
        If the partition is of another number of states, or an option has a value that is not allowed.
    ModelError
        If the kind does not apply to the model.
    """
    require_model(model, "is_lumping", ", partition")
    question, given = Question.ask(model, kind, view, semantics, respect), _partition(partition)
    nodes, began = question.nodes_of(given), time.perf_counter()
    refuted = Refuted(question, given, nodes)
    found: Found | Difference | None = refuted.at_start()  # a difference is false as a truth value
    if found is None:
        found = _proved(question, nodes, refuted)
    if isinstance(found, Difference):
        return found
    seconds = {"certify": time.perf_counter() - began}
    plain = question.given is not None
    states = found.partition if plain else question.original.states_of(found.partition)
    what = model, question.kind, semantics, question.respect, states, True, found.evidence, seconds, found.scales
    return Lumping(*what, view=question.given, nodes=None if plain else found.partition)


def _partition(partition: Partition | Sequence[int] | NDArray[Any]) -> Partition:
    """Return what a caller gives as a partition."""
    try:
        return partition if isinstance(partition, Partition) else Partition(np.asarray(partition))
    except (ValueError, TypeError, OverflowError):
        more = "of lists of states, lf.Partition.from_classes makes one"
        raise OptionError(f"found no partition, expected one whole number for each state; {more}") from None


def _proved(question: Question, nodes: Partition, refuted: Refuted) -> Found | Difference:
    """Return a partition that refines the start with its scales, or why it is no lumping."""
    if not question.view.equal:
        return _with_scales(question, nodes, refuted)
    arrows = seen_arrows(question.graph, question.view)
    turns, needed = turns_of(arrows), 0
    if question.given is None and len(turns) > 1:  # what states choose between; the partition is of the states
        nodes = refuted.nodes = split(turns[0], nodes & question.start)
    for place, arrow in enumerate(arrows):
        proof = certify(arrow, nodes)
        if isinstance(proof, Difference):
            return refuted.by_sums(proof, place)
        needed = max(needed, proof)
    how = f"class sums proved equal {modulo(needed)}"
    found = Found(nodes, None, how if needed else "every class is a single node")
    return found if question.gauge is None else rescaled_back(found, question.gauge)


def _with_scales(question: Question, nodes: Partition, refuted: Refuted) -> Found | Difference:
    """Do the same for sums up to a factor, by the definition."""
    graph, view = question.graph, question.view
    scales = forced_scales(graph, nodes, view) if view.weighted else None
    answer = lumpable(graph, nodes, view, scales)
    if answer is not True:
        return refuted.by_ratios(answer, scales)
    if not view.scales:
        return Found(nodes, None, "class sums compared as exact numbers")
    if scales is None:
        factors = Definition(graph, view).factors(nodes)
        return Found(nodes, factors, "directions of class sums compared as exact numbers")
    return Found(nodes, tuple(scales), "weighted class sums compared as exact numbers")
