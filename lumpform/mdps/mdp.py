"""Defines `MDP`: a decision process, a labelled transition system or a Markov automaton with exact weights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.graph import WeightedGraph
from lumpform.graph.kinds import kinds_of
from lumpform.graph.observation import Observation
from lumpform.graph.partition import Partition
from lumpform.mdps.build import parts_of
from lumpform.mdps.data import MDPData
from lumpform.mdps.lumping import graph_of, node_name, observations, start_of
from lumpform.mdps.mdp_digest import mdp_parts
from lumpform.mdps.parts import Deadlocks, MDPKind, Parts, Rows, check_options
from lumpform.mdps.quotient import choice_map, classes_of_states, quotient_parts
from lumpform.numbers.given import overridden
from lumpform.numbers.keywords import check_keywords
from lumpform.numbers.meaning import Floats, check_floats

if TYPE_CHECKING:
    import networkx as nx
    import pandas  # pyright: ignore[reportMissingImports]


class MDPOptions(TypedDict, total=False):
    """Names the keywords of `MDP`, which explains them."""

    kind: MDPKind | None
    labels: Mapping[str, Any] | None
    rewards: Mapping[str, Any] | None
    choice_rewards: Mapping[str, Any] | None
    initial: Any
    rows: Rows
    deadlocks: Deadlocks
    floats: Floats
    state_names: Iterable[Any] | None
    notes: Iterable[str]


GIVEN = ("kind", "labels", "rewards", "choice_rewards", "initial", "state_names")
"""The keywords that take the place of what parts or a model bring along."""


class MDP(MDPData):
    """Holds a finite decision process with exact weights.

    Parameters
    ----------
    choices : list with, for every state, a list of ``(action, targets)``; or a sparse model of stormpy
        The action is a name or None, the targets are a mapping from states to probabilities. Floats are the dyadic
        rationals that they are, strings their decimals or fractions. In a Markov automaton ``(action, targets,
        "rates")`` is a Markovian choice, at most one of each state, of which it becomes the first; in a transition
        system a target is a state.
    kind : {"mdp", "lts", "ma"}, optional
        A decision process; a labelled transition system, where every choice has one target of weight 1 and states need
        no choices; a Markov automaton. By default what a model says, else a decision process.
    labels : mapping from name to states, optional
        For every label a boolean sequence of length n or an iterable of state numbers.
    rewards : mapping from name to (n,) numbers, optional
        State rewards, gained per step (in a Markov automaton per unit of time).
    choice_rewards : mapping from name to (choices,) numbers, optional
        Gained when a choice is taken; in the order in which they are given.
    initial : int, mapping or (n,) numbers, optional
        The initial state or distribution; None leaves it open.
    rows : {"exact", "normalise"}
        What to do with a choice that does not sum to exactly one: raise, or divide it by its sum (exactly).
    deadlocks : {"error", "loop"}
        What to do with a state without choices: raise, or add one that stays. In a transition system it may have none.
    floats : {"dyadic", "decimal"}
        What a float means: itself, or the shortest decimal that rounds to it.
    state_names : sequence of str, optional
        One name per state, for reports.
    notes : sequence of str, optional
        What whoever made this process assumed or changed; no part of the model.

    Attributes
    ----------
    transitions : SparseWeights, (choices, states)
        Choices stand in the order of their states, a Markovian one before the others of its state.
    first_choice : (states + 1,) int64 array
        State s has the choices ``first_choice[s]:first_choice[s + 1]``.
    actions : tuple of str
        The names of actions, "" for none; ``action_of`` is the place of every choice's among them, (choices,) int32.
    markovian : (choices,) bool array
        The choices whose weights are rates.

    Raises
    ------
    ModelError
        With state and choice: a sum other than one, a target outside the states, a state without choices, ...
    OptionError
        For an unknown option, or a kind that contradicts what the model says.
    """

    def __init__(self, choices: Any, **options: Unpack[MDPOptions]) -> None:
        check_keywords("MDP", options, MDPOptions.__annotations__)
        kind, floats = options.get("kind"), options.get("floats", "dyadic")
        rows, deadlocks = options.get("rows", "exact"), options.get("deadlocks", "error")
        check_options(kind, rows, deadlocks)
        check_floats(floats)
        parts = _understood(choices, kind, floats)
        super().__init__(overridden(parts, choices, options, GIVEN), rows=rows, deadlocks=deadlocks, floats=floats)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of lumping that apply, the default first."""
        return kinds_of(self.domain)

    def respected_by_default(self, kind: str) -> tuple[str, ...]:
        """Return what a lumping respects unless told otherwise; action names only of a transition system."""
        return ("labels", "actions") if self.kind == "lts" else ("labels", "rewards")

    def gauge(self, kind: str) -> None:
        """Return None: a lumping of a decision process has no scales."""

    def states_of(self, nodes: Partition) -> Partition:
        """Return the partition of the states in one of states and choices."""
        return classes_of_states(self, nodes)

    def nodes_of(self, states: Partition) -> Partition:
        """Return the coarsest partition of states and choices with this one of the states."""
        classes = states.class_of.astype(np.int64)
        return Partition(np.concatenate((classes, np.full(self.choices, states.count))))

    def choice_map(self, nodes: Partition) -> NDArray[np.int64]:
        """Return the choice of the quotient that every choice becomes, for a lumping's partition of all nodes."""
        return choice_map(self, nodes)

    def canonical_parts(self) -> Iterator[Any]:
        """Yield the canonical byte form, which the digest of the process hashes."""
        return mdp_parts(self)

    def sizes(self) -> dict[str, int]:
        """Return how much there is of what a report counts."""
        rewards = len(self.state_rewards) + len(self.choice_rewards)
        counts = {"states": self.states, "choices": self.choices, "transitions": self.edges}
        return counts | {"labels": len(self.labels), "rewards": rewards}

    def weighted_graph(self, semantics: str = "generator") -> WeightedGraph:
        """Return the process as a weighted graph of states and choices; see `lumpform.mdps.lumping`."""
        return graph_of(self)

    def start(self, kind: str, semantics: str, respect: Iterable[str]) -> Partition:
        """Return the partition of all states and choices that a lumping must refine; see `lumpform.mdps.lumping`."""
        return start_of(self, respect)

    def observations(self, kind: str, semantics: str, respect: Iterable[str]) -> Iterator[Observation]:
        """Yield what `start` tells states, and choices, apart by, with names."""
        return observations(self, respect)

    def node_name(self, node: int) -> str:
        """Return what reports call a state or a choice."""
        return node_name(self, node)

    def to_networkx(self, *, floats: bool = False, names: bool = False) -> nx.MultiDiGraph:
        """Return the process as a graph of networkx; see `lumpform.mdps.interop.to_networkx`."""
        from lumpform.mdps.interop import to_networkx

        return to_networkx(self, floats=floats, names=names)

    def to_pandas(self, *, floats: bool = False) -> pandas.DataFrame:
        """Return a table of pandas with a row per choice; see `lumpform.mdps.interop.to_pandas`."""
        from lumpform.mdps.interop import to_pandas

        return to_pandas(self, floats=floats)

    def to_stormpy(self, *, floats: bool = False) -> Any:
        """Return the process as a sparse model of stormpy, without names; see `lumpform.chains.interop.to_stormpy`."""
        from lumpform.files.storm_model import storm_model
        from lumpform.mdps.drn_write import write_drn

        return storm_model(lambda path, files: write_drn(self, path, files), not floats, bool(self.parameters))

    def quotient(
        self, partition: Partition, kind: str = "ordinary", semantics: str = "generator", scales: Any = None
    ) -> tuple[MDP, tuple[str, ...]]:
        """Return the quotient and the names that it could not carry; see `lumpform.mdps.quotient`."""
        parts, dropped = quotient_parts(self, partition)
        return MDP(parts), dropped


def _understood(choices: Any, kind: MDPKind | None, floats: Floats) -> Parts:
    """Return the parts of whatever a process can be made from."""
    if isinstance(choices, Parts):
        return choices
    if hasattr(choices, "transition_matrix") and hasattr(choices, "labeling"):
        from lumpform.mdps.storm import storm_parts

        return storm_parts(choices, floats)
    return parts_of(choices, kind, floats)
