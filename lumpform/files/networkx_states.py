"""Adds the states of a chain or of a decision process, with what is known of them, to a graph of networkx."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from lumpform.numbers.column import Values
from lumpform.numbers.given import unique_names


class WithStates(Protocol):
    """Says what a model has of its states."""

    @property
    def states(self) -> int: ...

    @property
    def state_names(self) -> tuple[str, ...] | None: ...

    @property
    def labels(self) -> Mapping[str, NDArray[Any]]: ...

    @property
    def initial(self) -> Values | None: ...


def add_states(
    graph: Any, model: WithStates, rewards: Mapping[str, Values], convert: Callable[[Any], Any], names: bool
) -> Sequence[Hashable]:
    """Add the states as nodes, with ``labels``, ``rewards``, ``initial`` and ``name``; return the nodes.

    These are the numbers 0..n-1, or with `names` the names of the states.

    Raises
    ------
    ModelError
        If names are asked for and there are none, or two states have the same.
    """
    nodes: Sequence[Hashable] = unique_names(model.state_names) if names else range(model.states)
    for state in range(model.states):
        data: dict[str, Any] = {
            "labels": [name for name, mask in model.labels.items() if mask[state]],
            "rewards": {name: convert(column.value(state)) for name, column in rewards.items()},
        }
        if model.initial is not None:
            data["initial"] = convert(model.initial.value(state))
        if model.state_names is not None:
            data["name"] = model.state_names[state]
        graph.add_node(nodes[state], **data)
    return nodes
