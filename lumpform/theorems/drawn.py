"""Draws models of every kind: tiny ones, for theorems that try all partitions, and small ones."""

from __future__ import annotations

from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from lumpform import strategies as ls
from lumpform.theorems.base import DOMAINS
from lumpform.theorems.common import chain_kind, is_network, listed

MOST = 5
"""Nodes that can be merged, of a tiny model."""


def tiny(data: DataObject, model: str, *, booleans: bool = False, functions: bool = False, width: int = 3) -> Any:
    """Draw a model of which all partitions can be tried.

    Parameters
    ----------
    data : DataObject
    model : str
        One of `lumpform.theorems.MODELS`, but ``unrolled``.
    booleans, functions : bool
        Of a graph: whether arrows may have truth values as weights, and groups node functions.
    width : int
        Of the groups of a feed-forward network.
    """
    if model == "graph":
        unit = functions and data.draw(st.booleans())
        return data.draw(ls.graphs(max_nodes=MOST, unit=unit, booleans=booleans, functions=functions))
    if model in DOMAINS["mdp"]:
        found: Any = data.draw(ls.mdps(kind=listed(model), max_states=3, max_choices=2))
        assume(found.states + found.choices <= MOST + 1)
        return found
    if model == "automaton":
        return data.draw(ls.automata(max_states=4))
    if model == "recurrent":
        found = data.draw(ls.recurrent_networks(max_layers=1, max_width=2))
    elif is_network(model):
        found = data.draw(ls.networks(structure=listed(model), max_layers=2, max_width=width))
    else:
        return data.draw(ls.chains(kind=chain_kind(model), max_states=MOST))
    assume(found.neurons <= MOST)
    return found


def small(data: DataObject, model: str) -> Any:
    """Draw a small model: one of `lumpform.theorems.MODELS`, but ``unrolled``."""
    if model == "graph":
        return data.draw(ls.graphs(booleans=data.draw(st.booleans())))
    if model in DOMAINS["mdp"]:
        return data.draw(ls.mdps(kind=listed(model)))
    if model == "automaton":
        return data.draw(ls.lumpable_automata()).automaton
    if model == "recurrent":
        return data.draw(ls.recurrent_networks())
    if is_network(model):
        return data.draw(ls.networks(structure=listed(model)))
    return data.draw(ls.chains(kind=chain_kind(model)))
