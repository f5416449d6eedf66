"""Matches the inputs and outputs of two networks, by name or by place, and brings them into one arrangement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING

from lumpform.equivalence.arrange import arrangement, with_plain_ports
from lumpform.errors import ModelError

if TYPE_CHECKING:
    from lumpform.networks.network import Network, Port


@dataclass(frozen=True, eq=False)
class Aligned:
    """Holds two networks whose inputs and outputs correspond in order.

    Attributes
    ----------
    first, second : Network
        The ports of the second are in the order of those of the first, and hold their tensors in the same way.
    order_in, order_out : list of int, optional
        Number j of all input (output) tensors, one after the other, is entry ``order[j]`` of the groups of the inputs
        (outputs); None: they are the same.
    inputs, outputs : {"name", "place"}
        How they were matched.
    """

    first: Network
    second: Network
    inputs: str
    outputs: str
    order_in: list[int] | None = None
    order_out: list[int] | None = None

    @property
    def text(self) -> str:
        """Return how ports were matched, in words; empty where there is only one of each."""
        matched = {"inputs": self.inputs, "outputs": self.outputs}
        several = [what for what in matched if len(getattr(self.first, what)) > 1]
        if len(several) == 2 and self.inputs == self.outputs:
            return f"inputs and outputs matched by {self.inputs}"
        return ", ".join(f"{what} matched by {matched[what]}" for what in several)


def aligned(first: Network, second: Network, *, plain_inputs: bool = False) -> Aligned:
    """Match the inputs and the outputs of two networks; with `plain_inputs`, inputs are plain numbers in both.

    By name, if both have the same names, each once, and what is called the same has the same shape; otherwise by
    place. Two tensors have the same shape if their files say so, or if both networks hold them in the same way.

    Raises
    ------
    ModelError
        If there is no such match: different numbers or shapes.
    """
    inputs, how_inputs = _matched("inputs", first, second)
    outputs, how_outputs = _matched("outputs", first, second)
    second = replace(second, inputs=inputs, outputs=outputs)
    apart = [
        [k for k, (a, b) in enumerate(zip(*sides, strict=True)) if arrangement(first, a) != arrangement(second, b)]
        for sides in ((first.inputs, second.inputs), (first.outputs, second.outputs))
    ]
    if plain_inputs:
        apart[0] = list(range(len(inputs)))
    if any(apart):
        first, second = with_plain_ports(first, *apart), with_plain_ports(second, *apart)
    orders = [_order(first, ports) for ports in (first.inputs, first.outputs)]
    return Aligned(first, second, how_inputs, how_outputs, *orders)


def _order(network: Network, ports: Sequence[Port]) -> list[int] | None:
    """Return where the numbers of all tensors are among the entries of their groups; None if they are in order."""
    if all(p.order is None for p in ports):
        return None
    found: list[int] = []
    for port in ports:
        group = network.graph.group(port.group)
        local = range(group.size * prod(group.shape)) if port.order is None else port.order
        found += [len(found) + entry for entry in local]
    return found


def _matched(what: str, first: Network, second: Network) -> tuple[tuple[Port, ...], str]:
    mine, theirs = getattr(first, what), getattr(second, what)
    names = [[p.name for p in side] for side in (mine, theirs)]

    def fit(others: Sequence[Port]) -> bool:
        return len(mine) == len(others) and all(map(same_shape, mine, others))

    def same_shape(a: Port, b: Port) -> bool:
        return a.sample_shape == b.sample_shape or arrangement(first, a) == arrangement(second, b)

    if sorted(names[0]) == sorted(names[1]) and len(set(names[0])) == len(names[0]):
        by_name = {p.name: p for p in theirs}
        ordered = tuple(by_name[n] for n in names[0])
        if fit(ordered):
            return ordered, "name"
    if fit(theirs):
        return theirs, "place"
    here, there = (", ".join(_shown(p.sample_shape) for p in side) for side in (mine, theirs))
    raise ModelError(f"the networks have [{here}] and [{there}] {what}, expected the same numbers and shapes")


def _shown(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
