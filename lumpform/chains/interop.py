"""Converts chains from and to other libraries: networkx, scipy, pandas, and Storm (`lumpform.chains.storm`).

Each library is imported only inside the function that needs it. networkx and scipy use floats and are entered by the
meaning that `MarkovChain` gives floats (``floats="dyadic"`` or ``"decimal"``); `to_scipy` rounds to float64. Storm's
exact models stay exact. `MarkovChain` itself takes the same objects; the functions here have further options. What is
called ``to_...`` is a method of `MarkovChain` as well.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from lumpform.chains.chain import MarkovChain
from lumpform.chains.drn_write import write_drn
from lumpform.chains.graphs import graph_source
from lumpform.chains.kinds import ChainKind
from lumpform.chains.rows import Deadlocks, Rows
from lumpform.chains.storm import storm_source
from lumpform.chains.storm_programs import read_prism_model
from lumpform.display.tables import frame
from lumpform.errors import ModelError, OptionError
from lumpform.files.networkx_states import add_states
from lumpform.files.storm_model import storm_model
from lumpform.numbers.floats import nearest_float
from lumpform.numbers.meaning import Floats, check_floats

__all__ = [
    "from_networkx",
    "from_scipy",
    "from_storm",
    "read_prism_model",
    "to_networkx",
    "to_pandas",
    "to_scipy",
    "to_stormpy",
]

TABLED = 4000
"""A chain with more states is no table of pandas: that would have an object for every pair of states."""


def from_networkx(
    graph: Any,
    *,
    weight: str = "weight",
    kind: ChainKind | None = None,
    rows: Rows = "exact",
    deadlocks: Deadlocks = "error",
    floats: Floats = "dyadic",
) -> MarkovChain:
    """Make a chain from a networkx graph: an edge is a transition, its attribute `weight` the probability or rate.

    Parameters
    ----------
    graph : networkx graph
        Nodes become states in the graph's order. An edge of an undirected graph is a transition in both directions;
        parallel edges of a multigraph are added. The attributes of a node are understood as `to_networkx` writes
        them: ``labels`` (names; one text is one name), ``rewards`` (mapping from name to number), ``initial``
        (probability). The graph's attribute ``kind`` is the kind.
    weight : str
        The edge attribute with the weight: any number, exact ones stay exact.
    kind, rows, deadlocks, floats
        As for `MarkovChain`.

    Raises
    ------
    ModelError
        If an edge has no weight, or the chain is not one.
    OptionError
        If `graph` is no graph.
    """
    if not hasattr(graph, "is_directed"):
        raise OptionError(f"{type(graph).__name__} is not a networkx graph")
    source = graph_source(graph, weight, floats)
    return MarkovChain(source, kind=kind, rows=rows, deadlocks=deadlocks, floats=floats)


def to_networkx(chain: MarkovChain, *, floats: bool = False, names: bool = False) -> Any:
    """Return a `networkx.DiGraph` with exact `Fraction` weights, or floats if asked for.

    Nodes are the states 0..n-1, or with `names` the names of the states.

    Node attributes: ``labels`` (a list of names), ``rewards`` (name to number), and ``initial`` and ``name`` where the
    chain has them; the graph's attribute ``kind`` is that of the chain. Parameters stay expressions. A label that no
    state carries is lost.

    Raises
    ------
    ModelError
        If floats are asked for and there are parameters, or numbers beyond the range of floats; if names are asked for
        and there are none, or two states have the same.
    """
    import networkx as nx

    convert: Any = nearest_float if floats else (lambda value: value)
    graph = nx.DiGraph(kind=chain.kind)
    nodes = add_states(graph, chain, chain.rewards, convert, names)
    for r, c, v in chain.weights.entries():
        graph.add_edge(nodes[r], nodes[c], weight=convert(v))
    return graph


def to_pandas(chain: MarkovChain, *, floats: bool = False) -> Any:
    """Return a `pandas.DataFrame` of P or R with exact `Fraction` entries, or floats if asked for.

    Rows and columns have the names of the states where there are any, so that `MarkovChain` takes the table back;
    labels, rewards and the initial distribution are not in it. O(n^2), for chains of up to 4000 states.

    Raises
    ------
    MissingExtra
        If pandas is not installed.
    ModelError
        If the chain is larger; for floats as in `to_networkx`.
    """
    n = chain.states
    if n > TABLED:
        raise ModelError(f"a table for {n} states, expected at most {TABLED}: to_scipy() has no such limit")
    cells = np.full((n, n), 0.0 if floats else Fraction(0), dtype=np.float64 if floats else object)
    for r, c, v in chain.weights.entries():
        cells[r, c] = nearest_float(v) if floats else v
    return frame(cells, chain.state_names, chain.state_names)


def to_stormpy(chain: MarkovChain, *, floats: bool = False) -> Any:
    """Return a sparse model of stormpy: with rational numbers, or with parameters, or with doubles if asked for.

    Names of states are lost. The chain goes through a temporary DRN file.

    Raises
    ------
    MissingExtra
        If stormpy is not installed.
    ModelError
        If DRN has no place for a part of the chain, such as an initial distribution that is not uniform.
    OptionError
        If an exact model is asked for and stormpy is too old to have them from DRN.
    """
    return storm_model(lambda path, files: write_drn(chain, path, files), not floats, bool(chain.parameters))


def from_scipy(matrix: Any, **options: Any) -> MarkovChain:
    """Make a chain from a scipy sparse array or matrix; the options are those of `MarkovChain`. Parallel entries add.

    Raises
    ------
    OptionError
        If `matrix` is not one.
    """
    if not hasattr(matrix, "tocoo"):
        raise OptionError(f"{type(matrix).__name__} is not a scipy sparse array")
    return MarkovChain(matrix, **options)


def to_scipy(chain: MarkovChain, *, generator: bool = False) -> Any:
    """Return a `scipy.sparse.csr_array` of float64: P or R, or with `generator` the Q of a CTMC; rounded to nearest.

    Raises
    ------
    ModelError
        If the weights have parameters or are beyond the range of floats, or there is no generator.
    """
    try:
        return (chain.generator if generator else chain.weights).to_scipy()
    except OverflowError:
        raise ModelError("the chain has a weight beyond the range of floats") from None


def from_storm(
    model: Any, *, rows: Rows = "exact", deadlocks: Deadlocks = "error", floats: Floats = "dyadic"
) -> MarkovChain:
    """Make a chain from a sparse DTMC or CTMC of stormpy, with double, exact (rational) or parametric values.

    Action rewards become state rewards: added (DTMC, once per step), or added after multiplication with the exit rate
    (CTMC, once per jump); transition rewards likewise with the weight of the transition. ``init`` becomes the initial
    distribution, uniform over the initial states.

    Parameters
    ----------
    model : stormpy sparse model
    rows, deadlocks : as for `MarkovChain`
    floats : {"dyadic", "decimal"}
        Doubles are the dyadic rationals that they are, so the rows of a double DTMC need not sum to exactly one; or
        the shortest decimals that round to them.

    Raises
    ------
    ModelError
        If the model is no DTMC or CTMC, or has intervals.
    OptionError
        For an unknown option.
    """
    check_floats(floats)
    return MarkovChain(storm_source(model, floats), rows=rows, deadlocks=deadlocks)
