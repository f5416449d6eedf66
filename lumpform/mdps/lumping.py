"""Says what lumping sees of a decision process: a graph of states and choices, and the partition to begin with.

Two groups of nodes. A state has arrows to its choices whose weights are truth values: a choice is there or not, however
often, so equal choices count once. A choice has an arrow to every state with its probability or rate. A stable
partition of this graph is a probabilistic bisimulation of the process (Larsen and Skou 1991; Segala and Lynch 1995), of
a transition system a strong bisimulation (Park 1981), of a Markov automaton a strong bisimulation (Eisentraut, Hermanns
and Zhang 2010).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import OptionError
from lumpform.graph.entries import ones
from lumpform.graph.graph import Arrow, Group, WeightedGraph
from lumpform.graph.observation import Observation
from lumpform.graph.partition import Partition
from lumpform.graph.weights import SparseWeights
from lumpform.mdps.data import MDPData
from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.given import as_names

RESPECTED = ("labels", "rewards", "initial", "actions")


def graph_of(mdp: MDPData) -> WeightedGraph:
    """Return the graph of the groups and arrows; the arrow ``choices`` is one of truth values. O(m)."""
    n, m = mdp.states, mdp.choices
    has = SparseWeights((n, m), mdp.first_choice, np.arange(m, dtype=np.int32), ones(m))
    return WeightedGraph(
        (Group("states", n), Group("choices", m)),
        (
            Arrow("choices", "states", "choices", has, boolean=True),
            Arrow("transitions", "choices", "states", mdp.transitions),
        ),
    )


def start_of(mdp: MDPData, respect: Iterable[str]) -> Partition:
    """Return the coarsest partition of states and choices that respects what is named; no class holds both. O(n + m).

    Parameters
    ----------
    mdp : MDP
    respect : name or iterable of {"labels", "rewards", "initial", "actions"}
        States are told apart by labels, state rewards, initial probability; choices by choice rewards (under
        ``rewards``), action names, and always by whether they are Markovian.

    Raises
    ------
    OptionError
        For another name.
    """
    wanted = as_names(respect)
    for name in wanted:
        if name not in RESPECTED:
            raise OptionError(f"cannot respect {name!r}, expected one of {', '.join(RESPECTED)} or none at all")
    states = _told_apart(_of_states(mdp, wanted), mdp.states)
    choices = _told_apart(_of_choices(mdp, wanted), mdp.choices)
    both = np.concatenate((states.class_of, np.int32(states.count) + choices.class_of))
    return Partition.trusted(both, states.count + choices.count)


def _of_states(mdp: MDPData, wanted: tuple[str, ...]) -> Iterator[NDArray[Any]]:
    if "labels" in wanted:
        yield from (mask.view(np.uint8) for mask in mdp.labels.values())
    if "rewards" in wanted:
        yield from (_codes(column) for column in mdp.state_rewards.values())
    if "initial" in wanted and mdp.initial is not None:
        yield _codes(mdp.initial)


def _of_choices(mdp: MDPData, wanted: tuple[str, ...]) -> Iterator[NDArray[Any]]:
    if mdp.kind == "ma":
        yield mdp.markovian.view(np.uint8)
    if "actions" in wanted:
        yield mdp.action_of
    if "rewards" in wanted:
        yield from (_codes(column) for column in mdp.choice_rewards.values())


def observations(mdp: MDPData, respect: Iterable[str]) -> Iterator[Observation]:
    """Yield what `start_of` tells states, and choices, apart by, with names."""
    wanted, n = as_names(respect), mdp.states
    if "labels" in wanted:
        yield from (Observation(f"label {name!r}", mask) for name, mask in mdp.labels.items())
    if "rewards" in wanted:
        yield from (Observation(f"reward {name!r}", column) for name, column in mdp.state_rewards.items())
        yield from (Observation(f"reward {name!r}", column, n) for name, column in mdp.choice_rewards.items())
    if "initial" in wanted and mdp.initial is not None:
        yield Observation("the initial probability", mdp.initial)
    if mdp.kind == "ma":
        yield Observation("that weights are rates", mdp.markovian, n)
    if "actions" in wanted:
        yield Observation("the action", [mdp.actions[a] for a in mdp.action_of.tolist()], n)


def node_name(mdp: MDPData, node: int) -> str:
    """Return what reports call a state or a choice."""
    if node < mdp.states:
        return f"state {node}" + ("" if mdp.state_names is None else f" ({mdp.state_names[node]})")
    choice = node - mdp.states
    state = int(np.searchsorted(mdp.first_choice, choice, side="right")) - 1
    action = mdp.action(choice)
    return f"choice {choice - int(mdp.first_choice[state])} of state {state}" + (f" ({action})" if action else "")


def _codes(column: Values) -> NDArray[Any]:
    distinct = isinstance(column, CodedValues) and len(set(column.table)) == len(column.table)
    return column.codes if isinstance(column, CodedValues) and distinct else column.coded().codes


def _told_apart(columns: Iterable[NDArray[Any]], size: int) -> Partition:
    result = Partition.trivial(size)
    for column in columns:
        result &= Partition(column)
    return result
