"""Converts decision processes, transition systems and Markov automata to networkx and pandas."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from lumpform.display.tables import frame
from lumpform.errors import ModelError
from lumpform.files.networkx_states import add_states
from lumpform.numbers.floats import nearest_float

if TYPE_CHECKING:
    from lumpform.mdps.mdp import MDP

TABLED = 16_000_000
"""A process with more pairs of choices and states is no table of pandas: that would have an object for each."""


def to_networkx(mdp: MDP, *, floats: bool = False, names: bool = False) -> Any:
    """Return a `networkx.MultiDiGraph` whose edges are the transitions, with exact weights, or floats if asked for.

    Nodes are the states 0..n-1, or with `names` their names. A transition of choice c from s to t is the edge
    ``(s, t, c)`` with the attributes ``weight``, ``choice`` (c), ``action`` ("" for none), ``markovian`` (whether the
    weight is a rate) and ``rewards`` (of the choice, name to number). Nodes have ``labels`` (a list of names),
    ``rewards``, and ``initial`` and ``name`` where the process has them; the graph has ``kind``. O(m).

    Raises
    ------
    ModelError
        If floats are asked for and there are parameters, or numbers beyond the range of floats; if names are asked for
        and there are none, or two states have the same.
    """
    import networkx as nx

    convert: Any = nearest_float if floats else (lambda value: value)
    graph = nx.MultiDiGraph(kind=mdp.kind)
    nodes = add_states(graph, mdp, mdp.state_rewards, convert, names)
    owner = mdp.state_of.tolist()
    for choice, target, weight in mdp.transitions.entries():
        of_choice = {
            "choice": choice,
            "action": mdp.action(choice),
            "markovian": bool(mdp.markovian[choice]),
            "rewards": {name: convert(column.value(choice)) for name, column in mdp.choice_rewards.items()},
        }
        graph.add_edge(nodes[owner[choice]], nodes[target], key=choice, weight=convert(weight), **of_choice)
    return graph


def to_pandas(mdp: MDP, *, floats: bool = False) -> Any:
    """Return a `pandas.DataFrame` with a row per choice and a column per state, exact or as floats if asked for.

    The levels of the index are ``state`` (its name where there is one), ``choice`` and ``action`` ("" for none);
    labels, rewards and the initial distribution are not in it. O(choices * states).

    Raises
    ------
    MissingExtra
        If pandas is not installed.
    ModelError
        If the table has more than 16 million cells; for floats as in `to_networkx`.
    """
    m, n = mdp.choices, mdp.states
    if m * n > TABLED:
        raise ModelError(f"a table for {m} choices and {n} states, expected at most {TABLED} cells")
    cells = np.full((m, n), 0.0 if floats else Fraction(0), dtype=np.float64 if floats else object)
    for choice, target, weight in mdp.transitions.entries():
        cells[choice, target] = nearest_float(weight) if floats else weight
    called: Sequence[Hashable] = range(n) if mdp.state_names is None else mdp.state_names
    rows = [(called[s], c, mdp.action(c)) for c, s in enumerate(mdp.state_of.tolist())]
    return frame(cells, None, mdp.state_names).set_axis(_index(rows), axis="index")


def _index(rows: list[tuple[Hashable, int, str]]) -> Any:
    import pandas  # pyright: ignore[reportMissingImports]

    return pandas.MultiIndex.from_tuples(rows, names=("state", "choice", "action"))
